//! Reads this worker's share of every source and splits it over the workers.

use super::{
    Quantum, Shared,
    cuts::Pace,
    emit::Emit,
    home,
    lane::Lanes,
    parcel::{Parcel, Rows},
};
use crate::{clock::Stopwatch, rows::reject_rows, sources::kafka::Wake};
use operators::outputs::Outputs;
use schemas::{Chunk, EventTime};
use std::{
    cell::Cell,
    collections::VecDeque,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::AcqRel},
    },
    thread,
    time::Duration,
};
use timely::{
    container::CapacityContainerBuilder,
    dataflow::{
        Scope, Stream,
        operators::{
            Capability,
            generic::{OutputBuilder, builder_rc::OperatorBuilder},
            probe::Handle,
        },
    },
    scheduling::Activator,
};

/// The streams of a source.
pub(crate) struct Streams<'scope> {
    pub market: Stream<'scope, Quantum, Vec<Parcel>>,
    pub account: Stream<'scope, Quantum, Vec<Parcel>>,
    pub emits: Stream<'scope, Quantum, Vec<Emit>>,
    pub pace: Stream<'scope, Quantum, Vec<Pace>>,
}

/// Why a source does nothing at the moment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Waits {
    /// It does something.
    No,
    /// For the other workers, or for a partition of its own that is behind.
    Others,
    /// For records that have not come yet.
    Records,
}

/// How often a source looks for records of which nobody told, and whether it is to stop.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Wakes a source that waits.
pub(crate) struct Waker {
    activator: Activator,
    waits: Rc<Cell<Waits>>,
    live: bool,
    seen: Option<Quantum>,
    /// Records have come where there were none.
    told: Arc<AtomicBool>,
    looked: Stopwatch,
}

impl Waker {
    /// Lets the source look again: for records when there are some, for the others when they got
    /// further.
    pub fn wake(&mut self, probe: &Handle<Quantum>) {
        let frontier = probe.with_frontier(|frontier| frontier.first().copied());
        let moved = self.seen != frontier;
        match self.waits.get() {
            Waits::Records if self.told.swap(false, AcqRel) => {}
            Waits::Records if self.looked.elapsed() >= LOOK_EVERY => {}
            Waits::Others if moved => {}
            // What all wait for may come to a partition of this one.
            Waits::Others if self.live && self.looked.elapsed() >= LOOK_EVERY => {}
            _ => return,
        }
        self.activator.activate();
        self.looked.restart();
        self.seen = frontier;
    }
}

/// Wakes the thread that calls this, a worker's, and says so in `told`.
fn wake(told: &Arc<AtomicBool>) -> Wake {
    let (worker, told) = (thread::current(), Arc::clone(told));
    Arc::new(move || {
        // It is awake, or on its way, if it was told before and has not looked since.
        if !told.swap(true, AcqRel) {
            worker.unpark();
        }
    })
}

/// Which workers want an instrument's rows, as a bit set for each instrument.
struct Route {
    of_instrument: Vec<u64>,
    /// The one set of all instruments, if they have one.
    common: Option<u64>,
    /// The one worker of each instrument, if they all have just one; beyond them nobody's.
    only: Option<Vec<u8>>,
}

impl Route {
    fn new(of_instrument: Vec<u64>) -> Route {
        let first = of_instrument.first().copied();
        let common = first.filter(|set| of_instrument.iter().all(|other| other == set));
        let one = of_instrument.iter().all(|set| set.is_power_of_two());
        let only =
            one.then(|| of_instrument.iter().map(|set| set.trailing_zeros() as u8).collect());
        Route { of_instrument, common, only }
    }

    fn markets(shared: &Shared, workers: usize) -> Route {
        let keys = shared.plan.home_keys();
        Route::new(keys.iter().map(|key| 1 << home(key, workers)).collect())
    }

    fn accounts(shared: &Shared, workers: usize) -> Route {
        let mut of_instrument = vec![0u64; shared.plan.instruments.len()];
        for account in &shared.plan.accounts {
            for instrument in &account.instruments {
                of_instrument[instrument.index as usize] |= 1 << home(&account.name, workers);
            }
        }
        Route::new(of_instrument)
    }

    /// The parts of a chunk from row `first` on: worker and rows.
    fn split(&self, chunk: &Chunk, first: usize, workers: usize) -> Vec<(usize, Rows)> {
        let targets = |set: u64| (0..workers).filter(move |w| set >> w & 1 == 1);
        if let Some(set) = self.common.filter(|_| first == 0) {
            return targets(set).map(|worker| (worker, Rows::All)).collect();
        }
        if let Some(only) = &self.only {
            return deal(chunk, first, workers, only);
        }
        let expected = chunk.len() / workers + chunk.len() / 8;
        let mut rows: Vec<Vec<u32>> = vec![Vec::with_capacity(expected); workers];
        for (row, instrument) in chunk.instrument.iter().enumerate().skip(first) {
            let set = self.of_instrument.get(*instrument as usize).copied().unwrap_or(0);
            if set.is_power_of_two() {
                rows[set.trailing_zeros() as usize].push(row as u32);
            } else {
                targets(set).for_each(|worker| rows[worker].push(row as u32));
            }
        }
        let parts = rows.into_iter().enumerate().filter(|(_, rows)| !rows.is_empty());
        parts.map(|(worker, rows)| (worker, Rows::Some(rows))).collect()
    }
}

/// Deals rows out where each has one worker: which one it is, is as good as random, so this must
/// not be a branch.
fn deal(chunk: &Chunk, first: usize, workers: usize, only: &[u8]) -> Vec<(usize, Rows)> {
    // The last place takes what is nobody's.
    let mut rows = vec![vec![0; chunk.len() - first]; workers + 1];
    let mut dealt = vec![0; workers + 1];
    for (row, instrument) in chunk.instrument.iter().enumerate().skip(first) {
        let to = only.get(*instrument as usize).map_or(workers, |worker| usize::from(*worker));
        rows[to][dealt[to]] = row as u32;
        dealt[to] += 1;
    }
    let parts = rows.into_iter().zip(dealt).take(workers).enumerate();
    let parts = parts.filter(|(_, (_, dealt))| *dealt > 0);
    let part = |(worker, (mut rows, dealt)): (usize, (Vec<u32>, usize))| {
        rows.truncate(dealt);
        // It waits with its chunk: room for what others got would not count as under way.
        rows.shrink_to_fit();
        (worker, Rows::Some(rows))
    };
    parts.map(part).collect()
}

pub(crate) fn build<'scope>(
    scope: Scope<'scope, Quantum>,
    shared: &Arc<Shared>,
    probe: &Handle<Quantum>,
) -> (Streams<'scope>, Waker) {
    let mut builder = OperatorBuilder::new("source".to_owned(), scope);
    let (market_out, market) = builder.new_output::<Vec<Parcel>>();
    let (account_out, account) = builder.new_output::<Vec<Parcel>>();
    let (emits_out, emits) = builder.new_output::<Vec<Emit>>();
    let (pace_out, pace) = builder.new_output::<Vec<Pace>>();
    let info = builder.operator_info();
    let activator = scope.activator_for(Rc::clone(&info.address));
    let waits = Rc::new(Cell::new(Waits::No));
    let waker = Waker {
        activator: scope.activator_for(info.address),
        waits: Rc::clone(&waits),
        live: shared.live,
        seen: None,
        told: Arc::default(),
        looked: Stopwatch::start(),
    };
    let wake = wake(&waker.told);
    let (worker, workers) = (scope.index(), scope.peers());
    let (shared, probe) = (Arc::clone(shared), probe.clone());
    builder.build(move |capabilities| {
        let mut out = Outs {
            market: OutputBuilder::from(market_out),
            account: OutputBuilder::from(account_out),
            emits: OutputBuilder::from(emits_out),
            pace: OutputBuilder::from(pace_out),
            markets: Route::markets(&shared, workers),
            accounts: Route::accounts(&shared, workers),
            workers,
        };
        let mut lanes = Lanes::open(&shared, worker, workers, &wake);
        let mut capabilities = Some(capabilities);
        let mut flying: VecDeque<(Quantum, usize)> = VecDeque::new();
        let mut stopped = false;
        tracing::debug!(worker, "sources are open");
        activator.activate();
        move |_frontiers| {
            let Some(held) = &mut capabilities else { return };
            waits.set(Waits::No);
            while flying.front().is_some_and(|(quantum, _)| !probe.less_equal(quantum)) {
                flying.pop_front();
            }
            // Asked once: the request may come while this looks for records.
            let asked_to_stop = shared.progress.stopped();
            if asked_to_stop && shared.live {
                // Not the end of the input: the capabilities stay, so that no bar closes.
                if !stopped && lanes.position().is_some() {
                    stopped = true;
                    let at = lanes.position().expect("looked at a moment ago");
                    // What the run began with is as of that time, wherever reading began.
                    let at = at.max(shared.resumed_at());
                    // Without its positions no one could go on after the cut.
                    for (boundary, positions) in lanes.positions() {
                        let emit = Emit::Positions { boundary, positions };
                        out.emits.activate().session_with_builder(&held[2]).give(emit);
                    }
                    // The cut will be there, also when nothing was sent yet.
                    advance(held, &shared, Some(at));
                    out.pace.activate().session_with_builder(&held[3]).give(Pace::Stopped(at));
                }
                if stopped {
                    return;
                }
            }
            lanes.fill(&shared);
            if lanes.ended() || asked_to_stop {
                if !lanes.ended() {
                    out.emits.activate().session_with_builder(&held[2]).give(Emit::Short);
                }
                out.end(held, lanes.end(&shared));
                capabilities = None;
                return;
            }
            for (boundary, positions) in lanes.positions() {
                let emit = Emit::Positions { boundary, positions };
                out.emits.activate().session_with_builder(&held[2]).give(emit);
            }
            if let Some(lane) = lanes.next() {
                let position = shared.quantum_of(lane.position().expect("a pending chunk").0);
                let under_way: usize = flying.iter().map(|(_, bytes)| bytes).sum();
                // The reader at the global frontier may always go on: the others wait for it, and
                // accounts may be some way behind it.
                let front = shared.settled_quantum(position);
                if under_way as u64 >= shared.plan.in_flight && probe.less_than(&front) {
                    waits.set(Waits::Others);
                    lanes.attend(&shared);
                } else {
                    let _span = tracing::debug_span!("source", worker, name = lane.name).entered();
                    let (chunk, first) = lane.take();
                    tracing::trace!(rows = chunk.len() - first, "sends a chunk");
                    let last = *chunk.ts.last().expect("chunks are never empty");
                    flying.push_back((shared.quantum_of(last), chunk.bytes()));
                    count(&shared, &chunk, first);
                    let mut rejects = Outputs::default();
                    reject_rows(&shared.plan, &lane.name, &chunk, first, None, &mut rejects);
                    lane.fill(&shared);
                    out.send(held, &Arc::new(chunk), first);
                    if !rejects.rejects.is_empty() {
                        let emit = Emit::Rows(rejects);
                        out.emits.activate().session_with_builder(&held[2]).give(emit);
                    }
                    activator.activate();
                }
            } else {
                waits.set(Waits::Records);
            }
            for (boundary, positions) in lanes.positions() {
                let emit = Emit::Positions { boundary, positions };
                out.emits.activate().session_with_builder(&held[2]).give(emit);
            }
            advance(held, &shared, lanes.position());
        }
    });
    (Streams { market, account, emits, pace }, waker)
}

/// Gives up what lies before a position.
fn advance(held: &mut [Capability<Quantum>], shared: &Shared, position: Option<EventTime>) {
    if let Some(position) = position.filter(|at| *at > EventTime::MIN) {
        let at = shared.quantum_of(position.0);
        for capability in held.iter_mut().filter(|c| *c.time() < at) {
            capability.downgrade(&at);
        }
    }
}

type Out<T> = OutputBuilder<Quantum, CapacityContainerBuilder<Vec<T>>>;

struct Outs {
    market: Out<Parcel>,
    account: Out<Parcel>,
    emits: Out<Emit>,
    pace: Out<Pace>,
    markets: Route,
    accounts: Route,
    workers: usize,
}

impl Outs {
    /// Sends a chunk from row `first` on to the workers that want rows of it.
    fn send(&mut self, held: &[Capability<Quantum>], chunk: &Arc<Chunk>, first: usize) {
        let parts = [&self.markets, &self.accounts].map(|r| r.split(chunk, first, self.workers));
        for ((out, held), parts) in
            [&mut self.market, &mut self.account].into_iter().zip(held).zip(parts)
        {
            let mut out = out.activate();
            let mut session = out.session_with_builder(held);
            for (target, rows) in parts {
                session.give(Parcel { target, chunk: Arc::clone(chunk), rows, end: None });
            }
        }
    }

    /// Tells everyone where this worker's input ends; then its frontier may go.
    fn end(&mut self, held: &[Capability<Quantum>], end: i64) {
        let chunk = Arc::new(Chunk::mixed(0, 0));
        for (out, held) in [&mut self.market, &mut self.account].into_iter().zip(held) {
            let parcels = (0..self.workers).map(|target| Parcel {
                target,
                chunk: Arc::clone(&chunk),
                rows: Rows::All,
                end: Some(end),
            });
            out.activate().session_with_builder(held).give_iterator(parcels);
        }
        // Whoever has ended will not go on reading.
        let never = Pace::Stopped(EventTime::MAX);
        self.pace.activate().session_with_builder(&held[3]).give(never);
    }
}

fn count(shared: &Shared, chunk: &Chunk, first: usize) {
    let others = chunk.others.len();
    let last = EventTime(chunk.ts[chunk.len() - 1]);
    let rows = (chunk.len() - first).saturating_sub(others);
    shared.progress.add(rows, EventTime(chunk.ts[first]), last);
}
