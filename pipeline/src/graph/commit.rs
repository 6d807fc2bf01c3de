//! Worker 0 commits a cut once everything of it is durable.

use super::{EndsRun, Journals, Last, Quantum, Shared, cuts::Commits, scribe::Closed};
use crate::{
    RunError, faults,
    lake::{Checkpoint, EpochDraft},
    record,
};
use schemas::EventTime;
use std::{
    cell::RefCell,
    collections::BTreeMap,
    rc::Rc,
    sync::{Arc, Mutex, mpsc},
    thread::JoinHandle,
};
use timely::{
    dataflow::{
        Scope, Stream, channels::pact::Exchange, operators::generic::builder_rc::OperatorBuilder,
    },
    scheduling::SyncActivator,
};

pub(crate) fn build<'scope>(
    scope: Scope<'scope, Quantum>,
    shared: &Arc<Shared>,
    closed: [Stream<'scope, Quantum, Vec<Closed>>; 2],
    commits: Rc<RefCell<Commits>>,
) {
    let mut builder = OperatorBuilder::new("commit".to_owned(), scope);
    let mut inputs = closed.map(|stream| builder.new_input(stream, Exchange::new(|_: &Closed| 0)));
    let worker = scope.index();
    let address = builder.operator_info().address.to_vec();
    let waker = scope.worker().sync_activator_for(address);
    let shared = Arc::clone(shared);
    builder.build(move |_| {
        let mut committer = (worker == 0).then(|| Committer::start(&shared, waker));
        let mut closed: BTreeMap<EventTime, Vec<Closed>> = BTreeMap::new();
        move |frontiers| {
            for input in &mut inputs {
                input.for_each(|_, some| {
                    for part in some.drain(..) {
                        closed.entry(part.cut).or_default().push(part);
                    }
                });
            }
            let Some(active) = &mut committer else { return };
            for cut in active.committed() {
                commits.borrow_mut().done(cut);
            }
            let frontier = frontiers.iter().filter_map(|f| f.frontier().first().copied()).min();
            let limit = frontier.map_or(EventTime::MAX, |quantum| shared.time_of(quantum));
            while let Some(entry) = closed.first_entry().filter(|e| *e.key() <= limit) {
                let (cut, parts) = entry.remove_entry();
                let savepoint = commits.borrow().savepoint == Some(cut);
                if let Err(fault) = faults::hit("commit.gathered") {
                    shared.fail(fault.into());
                }
                active.add(&shared, cut, savepoint, parts);
            }
            if frontier.is_none() {
                committer = None;
            }
        }
    });
}

/// An epoch of the run, and of the recording if there is one.
struct Draft {
    run: EpochDraft,
    recording: Option<EpochDraft>,
}

impl Draft {
    /// The recording first: what it has and the run has not is read again and left out, but what
    /// the run has and it has not would never come again.
    fn commit(self, shared: &Shared, journals: &mut Journals) -> Result<(), RunError> {
        if let (Some(recording), Some(draft)) = (&mut journals.recording, self.recording) {
            faults::hit("record.before_manifest")?;
            record::commit(recording, &shared.plan, draft)?;
            faults::hit("record.after_manifest")?;
        }
        // An epoch that changes nothing is none.
        let changes = self.run.checkpoint.is_some() || !self.run.files.is_empty();
        if let Some(journal) = journals.run.as_mut().filter(|_| changes) {
            let points = match self.run.savepoint {
                false => ["commit.before_manifest", "commit.after_manifest"],
                true => ["savepoint.before_manifest", "savepoint.after_manifest"],
            };
            faults::hit(points[0])?;
            journal.commit(self.run)?;
            faults::hit(points[1])?;
        }
        Ok(())
    }
}

/// Adds up what the workers have closed, and commits it in a thread of its own.
struct Committer {
    drafts: Option<mpsc::Sender<Draft>>,
    done: Arc<Mutex<Vec<EventTime>>>,
    thread: Option<JoinHandle<()>>,
    resumable: bool,
}

impl Committer {
    fn start(shared: &Arc<Shared>, waker: SyncActivator) -> Committer {
        let (drafts, incoming) = mpsc::channel::<Draft>();
        let done = Arc::new(Mutex::new(Vec::new()));
        let mut journals = std::mem::take(&mut *shared.journals.lock().expect("no holder panics"));
        let (theirs, for_thread) = (Arc::clone(&done), Arc::clone(shared));
        let write = move || {
            let _ends_run = EndsRun(Arc::clone(&for_thread));
            while let Ok(draft) = incoming.recv() {
                let _span = tracing::debug_span!("commit").entered();
                let cut = draft.run.boundary;
                tracing::debug!(%cut, files = draft.run.files.len(), "commits an epoch");
                if let Err(error) = draft.commit(&for_thread, &mut journals) {
                    for_thread.fail(error);
                    break;
                }
                if let Some(journal) = &journals.run {
                    for_thread.progress.committed(journal.next_epoch().saturating_sub(1));
                }
                theirs.lock().expect("no holder panics").push(cut);
                let _ = waker.activate();
            }
            *for_thread.journals.lock().expect("no holder panics") = journals;
        };
        let thread = std::thread::Builder::new().name("commit".to_owned()).spawn(write);
        let thread = thread.expect("the system gives a thread");
        Committer { drafts: Some(drafts), done, thread: Some(thread), resumable: shared.live }
    }

    fn committed(&mut self) -> Vec<EventTime> {
        std::mem::take(&mut *self.done.lock().expect("no holder panics"))
    }

    /// Takes what all workers have closed for a cut.
    fn add(&mut self, shared: &Shared, cut: EventTime, savepoint: bool, parts: Vec<Closed>) {
        let mut outcome = shared.outcome.lock().expect("no holder panics");
        let mut draft = EpochDraft::new(cut, Vec::new());
        let mut recorded = Vec::new();
        draft.savepoint = savepoint;
        let mut checkpoint = Checkpoint {
            buckets: super::BUCKETS as u32,
            models: shared.plan.pinned_models(),
            ..Checkpoint::default()
        };
        if cut < EventTime::MAX && parts.iter().any(|part| part.short) {
            return;
        }
        for part in parts {
            outcome.stats.absorb(part.stats);
            outcome.tally.add(&part.tally);
            draft.files.extend(part.files);
            recorded.extend(part.recorded);
            checkpoint.state.extend(part.state);
            checkpoint.sources.extend(part.positions);
            checkpoint.sinks.extend(part.outputs);
        }
        if cut == EventTime::MAX {
            // Committed with the result of the run, by whoever started it.
            let positions = checkpoint.sources;
            outcome.last = Last { files: draft.files, recorded, positions };
            return;
        }
        checkpoint.sources.sort();
        let begins = shared.record.as_ref().map(|record| record.from);
        // A recording that is ahead has all of this already.
        let recording = begins
            .filter(|begins| cut > *begins)
            .map(|_| record::draft(cut, recorded, checkpoint.sources.clone()));
        if self.resumable {
            checkpoint.sinks.sort_by(|a, b| (&a.topic, a.partition).cmp(&(&b.topic, b.partition)));
            checkpoint.shards = shared.shards.clone();
            checkpoint.stats = outcome.stats.clone();
            checkpoint.tally = outcome.tally;
            draft.checkpoint = Some(checkpoint);
        }
        // The thread ends early only after an error, which ends the run.
        let _ =
            self.drafts.as_ref().expect("open until dropped").send(Draft { run: draft, recording });
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        self.drafts = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
