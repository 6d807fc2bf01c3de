//! Where checkpoints are cut: agreed before anyone gets there.
//!
//! One operator on worker 0 watches the frontier of all sources and announces the next cut, a
//! time that no operator can have passed: all of them wait for the announcements' frontier as for
//! that of their data. A savepoint is the last cut: the sources stop reading but keep their
//! capabilities, and once all have said so, the frontier that they hold is the cut.

use super::{Quantum, Shared};
use crate::clock::Stopwatch;
use schemas::EventTime;
use serde::{Deserialize, Serialize};
use std::{cell::RefCell, collections::BTreeSet, rc::Rc, sync::Arc, time::Duration};
use timely::{
    container::CapacityContainerBuilder,
    dataflow::{
        Scope, Stream,
        channels::pact::Exchange,
        operators::{
            generic::{OutputBuilder, builder_rc::OperatorBuilder},
            vec::Broadcast,
        },
    },
    scheduling::Activator,
};

/// Epochs that may be under way at once.
pub(crate) const EPOCHS_IN_FLIGHT: usize = 3;

/// What worker 0 tells every operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Control {
    /// Cut here: state as of all records before this time.
    Cut(Cut),
    /// The cut at this time is committed.
    Committed(EventTime),
    /// The savepoint is committed: leave without closing the dataflow.
    Leave,
}

/// Where to cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Cut {
    /// State as of all records before this time.
    pub at: EventTime,
    /// Nothing comes after it: a savepoint, or the end of the input.
    pub last: bool,
}

/// What a source tells worker 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Pace {
    /// This worker's source reads no more; its capability stays at this time.
    Stopped(EventTime),
}

/// What the announcing and the committing operator of worker 0 share.
#[derive(Default)]
pub(crate) struct Commits {
    /// Cuts announced and not yet committed.
    pub in_flight: BTreeSet<EventTime>,
    /// Commits that were not yet told to the others.
    pub fresh: Vec<EventTime>,
    /// The cut that ends the run.
    pub savepoint: Option<EventTime>,
    /// Wakes the announcing operator.
    pub announcer: Option<Activator>,
}

impl Commits {
    /// A cut is committed.
    pub fn done(&mut self, cut: EventTime) {
        self.in_flight.remove(&cut);
        self.fresh.push(cut);
        if let Some(announcer) = &self.announcer {
            announcer.activate();
        }
    }
}

/// Announces cuts. Without checkpoints it says at once that there will be none.
pub(crate) fn announce<'scope>(
    scope: Scope<'scope, Quantum>,
    shared: &Arc<Shared>,
    pace: Stream<'scope, Quantum, Vec<Pace>>,
    commits: &Rc<RefCell<Commits>>,
) -> Stream<'scope, Quantum, Vec<Control>> {
    let mut builder = OperatorBuilder::new("announce".to_owned(), scope);
    let mut input = builder.new_input(pace, Exchange::new(|_: &Pace| 0));
    let (out, stream) = builder.new_output::<Vec<Control>>();
    let (worker, peers) = (scope.index(), scope.peers());
    let activator = scope.activator_for(builder.operator_info().address);
    let (shared, commits) = (Arc::clone(shared), Rc::clone(commits));
    if worker == 0 {
        commits.borrow_mut().announcer = Some(activator.clone());
    }
    builder.build(move |capabilities| {
        let mut out = OutputBuilder::<_, CapacityContainerBuilder<Vec<Control>>>::from(out);
        let active = worker == 0 && shared.commits();
        let mut capability = capabilities.into_iter().next().filter(|_| active);
        let mut next: Option<EventTime> = None;
        let mut stopped: Vec<EventTime> = Vec::new();
        let mut announced = Stopwatch::start();
        move |frontiers| {
            input.for_each(|_, said| {
                stopped.extend(said.drain(..).map(|Pace::Stopped(at)| at));
            });
            let Some(held) = &mut capability else { return };
            let Some(frontier) = frontiers[0].frontier().first().copied() else {
                // The input has ended: what follows is the end, not a cut.
                capability = None;
                return;
            };
            let mut commits = commits.borrow_mut();
            let mut say = Vec::new();
            if stopped.len() == peers && stopped.iter().min() == Some(&EventTime::MIN) {
                // Nothing has come yet: there is nothing to save.
                say.push(Control::Leave);
            }
            let leaving = commits.savepoint.is_some_and(|s| commits.fresh.contains(&s));
            say.extend(commits.fresh.drain(..).map(Control::Committed));
            if leaving {
                shared.outcome.lock().expect("no holder panics").savepoint = commits.savepoint;
                say.push(Control::Leave);
            }
            let now = shared.time_of(frontier);
            if next.is_some_and(|cut| cut <= now) {
                next = None;
            }
            let savepoint = (stopped.len() == peers && commits.savepoint.is_none())
                .then(|| stopped.iter().copied().min().unwrap_or(EventTime::MAX))
                .filter(|at| !matches!(*at, EventTime::MAX | EventTime::MIN))
                .map(|at| shared.time_of(shared.quantum_of(at.0)).max(shared.resumed_at()));
            if let Some(cut) = savepoint {
                // All capabilities stand at or after it, and this frontier will come to it.
                next = Some(cut);
                commits.savepoint = Some(cut);
                commits.in_flight.insert(cut);
                say.push(Control::Cut(Cut { at: cut, last: true }));
            } else if next.is_none()
                && commits.savepoint.is_none()
                && stopped.len() < peers
                && frontier > Quantum::MIN
                && commits.in_flight.len() < EPOCHS_IN_FLIGHT
            {
                let wait = shared.commit_pause.saturating_sub(announced.elapsed());
                if wait > Duration::ZERO {
                    activator.activate_after(wait);
                } else {
                    announced.restart();
                    let every = shared.plan.lake.commit_every;
                    let cut = now.max(shared.resumed_at()).floor(every).plus(every);
                    next = Some(cut);
                    commits.in_flight.insert(cut);
                    say.push(Control::Cut(Cut { at: cut, last: false }));
                }
            }
            if !say.is_empty() {
                tracing::debug!(?say, "announces");
                out.activate().session_with_builder(held).give_iterator(say.into_iter());
            }
            if *held.time() < frontier {
                held.downgrade(&frontier);
            }
        }
    });
    stream.broadcast()
}

/// The cuts that an operator has yet to make.
#[derive(Default)]
pub(crate) struct Cuts {
    announced: BTreeSet<Cut>,
}

impl Cuts {
    /// Hears an announcement.
    pub fn hear(&mut self, control: Control) {
        if let Control::Cut(cut) = control {
            self.announced.insert(cut);
        }
    }

    /// The next cut that is due when everything before `limit` is complete.
    pub fn due(&mut self, limit: EventTime) -> Option<Cut> {
        self.announced.first().filter(|cut| cut.at <= limit)?;
        self.announced.pop_first()
    }
}
