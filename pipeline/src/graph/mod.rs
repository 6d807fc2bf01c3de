//! The plan on timely.
//!
//! ```text
//! source ──chunks──► market ──triggers──► account ──rows──► sink ══files══► commit
//!    └───────chunks of traded instruments────►┘ ▲              ▲              │
//!    ├──────────────rejects─────────────────────┴──────────────┘              │
//!    └──pace──► announce ──cuts──► market, account, sink ◄──────commits───────┘
//! ```
//!
//! Every worker reads its share of every source and sends column chunks: the chunk itself shared,
//! and for each worker the list of its rows. A message carries the quantum of its first row;
//! operators stash chunks, wait for the frontier, and step all rows below it in order-key order.
//! `market` has an engine for each instrument, at the worker that its bucket names (that of the
//! first where instruments read one another); `account` an account loop, likewise. Each worker
//! writes its own files, in a thread of its own. Checkpoints are cut where `announce` says: see the
//! module `cuts`.

mod account;
mod clocked;
mod commit;
mod connect;
mod cuts;
mod emit;
mod feed;
mod lane;
mod market;
mod parcel;
mod quiet;
mod recorder;
mod rehearsal;
mod scribe;
mod sheaves;
mod sink;
mod source;
mod stash;
mod topics;

pub use rehearsal::Rehearsal;
pub use sink::{Collected, SinkKind};
pub(crate) use topics::{OUTBOX, outbox_key, places};

use crate::{
    RunError,
    clock::Stopwatch,
    group::{Group, Watch},
    lake::{Epoch, FileEntry, Journal, Site, StateItem, StateStore},
    plan::Plan,
    progress::Progress,
    record::Recording,
    sinks::kafka::Shard,
    sources::{Position, Prepared},
    stats::Stats,
    tally::Tally,
};
use schemas::{EventTime, Span};
use std::{
    cell::RefCell,
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};
use timely::dataflow::operators::{
    Concat,
    probe::{Handle, Probe},
};

/// A quantum of event time, counted from 1970: the timestamp of the dataflow.
pub(crate) type Quantum = i64;

/// How a plan is run; none of it changes the results.
pub struct RunOptions {
    /// Worker threads.
    pub workers: usize,
    /// Event time in a dataflow timestamp.
    pub quantum: Span,
    /// Records before this only warm up.
    pub from: Option<EventTime>,
    /// Records at or after this are not read.
    pub to: Option<EventTime>,
    /// What happens to result rows.
    pub sink: SinkKind,
    /// Time between commits at least, by the clock on the wall: a run that catches up passes
    /// boundaries faster than a disk can follow.
    pub commit_pause: Duration,
    /// Where others can watch.
    pub progress: Arc<Progress>,
}

/// Buckets of state: an instrument or account belongs to bucket `hash(text) % BUCKETS`, a bucket
/// to worker `bucket % workers`.
pub const BUCKETS: u64 = 1024;

/// Worker threads at most: the source keeps sets of them in 64 bits.
pub const WORKERS_MAX: usize = 64;

/// The bucket of a key.
pub(crate) fn bucket(key: &str) -> u32 {
    (xxhash_rust::xxh3::xxh3_64(key.as_bytes()) % BUCKETS) as u32
}

/// The worker that holds the state of a key.
pub(crate) fn home(key: &str, workers: usize) -> usize {
    bucket(key) as usize % workers
}

/// Where a run's files go.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    pub site: Arc<Site>,
    /// The number of the epoch that is written first.
    pub next_epoch: u64,
}

/// What all workers of a process share.
pub(crate) struct Shared {
    /// Name of the run.
    pub run: String,
    pub plan: Arc<Plan>,
    pub sources: Vec<Prepared>,
    pub quantum: Span,
    /// How far accounts stay behind what has come.
    lag: Span,
    pub from: EventTime,
    pub to: Option<EventTime>,
    pub progress: Arc<Progress>,
    pub sink: SinkKind,
    pub commit_pause: Duration,
    /// Does the run make checkpoints that it can be resumed from?
    pub live: bool,
    /// The checkpoint that the run goes on from.
    pub resumed: Option<Epoch>,
    /// Shards of each Kafka sink.
    pub shards: Vec<u32>,
    /// Those of this process, until their workers take them.
    opened: Mutex<BTreeMap<usize, Shard>>,
    /// Where files go.
    pub files: Option<Files>,
    /// What the topics are recorded to.
    pub record: Option<Recording>,
    pub journals: Mutex<Journals>,
    pub outcome: Mutex<Outcome>,
    left: AtomicBool,
    /// Workers of this process that may leave.
    leaving: AtomicUsize,
    threads: usize,
    /// The other processes.
    watch: OnceLock<Watch>,
}

impl Shared {
    pub fn quantum_of(&self, ts: i64) -> Quantum {
        ts.div_euclid(self.quantum.0)
    }

    /// The end of what a frontier has passed, in event time.
    pub fn time_of(&self, quantum: Quantum) -> EventTime {
        EventTime(quantum.saturating_mul(self.quantum.0))
    }

    /// Remembers the first error; the run ends with it.
    pub fn fail(&self, error: RunError) {
        self.outcome.lock().expect("no holder panics").error.get_or_insert(error);
        self.progress.stop();
        self.leave();
    }

    fn failed(&self) -> bool {
        self.outcome.lock().expect("no holder panics").error.is_some()
    }

    /// A thread breaks too that would send to a process that is gone. That is the reason then, and
    /// known within moments.
    fn hear_of_loss(&self) {
        let waited = Stopwatch::start();
        while self.watch.get().is_some() && !self.failed() && waited.elapsed() < UNTIL_HEARD {
            std::thread::park_timeout(Duration::from_millis(10));
        }
    }

    /// Makes the workers of this process leave without closing the dataflow.
    pub fn leave(&self) {
        self.left.store(true, Relaxed);
    }

    /// A worker has done what it had to; the last one makes all of this process leave.
    pub fn leave_with_others(&self) {
        if self.leaving.fetch_add(1, Relaxed) + 1 == self.threads {
            self.leave();
        }
    }

    /// How far accounts have come when everything before a time is complete.
    pub fn settled(&self, limit: EventTime) -> EventTime {
        EventTime(limit.0.saturating_sub(self.lag.0))
    }

    /// The same as the time of a frontier.
    pub fn settled_quantum(&self, frontier: Quantum) -> Quantum {
        if self.lag == Span(0) || frontier == Quantum::MIN {
            return frontier;
        }
        self.quantum_of(self.settled(self.time_of(frontier)).0)
    }

    /// Are epochs committed on the way?
    pub fn commits(&self) -> bool {
        self.files.is_some()
    }

    /// Everything before this is in the state that the run began with.
    pub fn resumed_at(&self) -> EventTime {
        self.resumed.as_ref().map_or(EventTime::MIN, |epoch| epoch.boundary)
    }

    /// The shards whose home is this worker.
    pub fn take_shards(&self, worker: usize, workers: usize) -> Vec<(usize, Shard)> {
        let mut opened = self.opened.lock().expect("no holder panics");
        opened.extract_if(.., |number, _| number % workers == worker).collect()
    }

    /// The state of an operator's keys whose home is this worker.
    pub fn state(&self, operator: &str, worker: usize, workers: usize) -> Vec<StateItem> {
        let checkpoint = self.resumed.as_ref().and_then(|epoch| epoch.checkpoint.as_ref());
        let (Some(checkpoint), Some(files)) = (checkpoint, &self.files) else { return Vec::new() };
        let mine = |bucket: u32| bucket as usize % workers == worker;
        let store = StateStore::of(&files.site);
        store.read_state(&checkpoint.state, operator, &mine).unwrap_or_else(|error| {
            self.fail(error.into());
            Vec::new()
        })
    }
}

/// How long the end of another process takes to be heard of.
const UNTIL_HEARD: Duration = Duration::from_secs(1);

/// Ends the run if the thread that holds this panics: others would wait for it for ever.
pub(crate) struct EndsRun(pub Arc<Shared>);

impl Drop for EndsRun {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.hear_of_loss();
            let why = "a thread broke: this is a fault of the program, which it tells above";
            self.0.fail(RunError::Workers(why.to_owned()));
        }
    }
}

/// What the leader commits to.
#[derive(Default)]
pub(crate) struct Journals {
    /// The run's.
    pub run: Option<Journal>,
    /// The recording's; it is committed first.
    pub recording: Option<Journal>,
}

/// What the last epoch commits.
#[derive(Default)]
pub(crate) struct Last {
    /// Files of the run.
    pub files: Vec<FileEntry>,
    /// Files of the recording.
    pub recorded: Vec<FileEntry>,
    /// Where partitions were read up to.
    pub positions: Vec<Position>,
}

/// What the workers leave behind.
#[derive(Default)]
pub(crate) struct Outcome {
    pub error: Option<RunError>,
    pub stats: Stats,
    pub tally: Tally,
    pub collected: Collected,
    pub last: Last,
    /// The run was left at a savepoint.
    pub savepoint: Option<EventTime>,
}

/// All that a run needs.
pub(crate) struct Setup {
    /// Name of the run.
    pub run: String,
    pub plan: Arc<Plan>,
    pub sources: Vec<Prepared>,
    pub options: RunOptions,
    /// At the leader.
    pub journals: Journals,
    /// Where files go.
    pub files: Option<Files>,
    /// What the topics are recorded to.
    pub record: Option<Recording>,
    /// The checkpoint that the run goes on from.
    pub resumed: Option<Epoch>,
    /// Shards of each Kafka sink.
    pub shards: Vec<u32>,
    /// Those of this process, by number.
    pub opened: BTreeMap<usize, Shard>,
    /// The other processes.
    pub group: Option<Group>,
}

/// Runs a plan to the end of its input, or to a savepoint.
///
/// # Errors
/// When the input cannot be read or the lake not written.
pub(crate) fn run(setup: Setup) -> Result<(Outcome, Journals), RunError> {
    let Setup { run, plan, sources, options, journals, files, record, .. } = setup;
    let (resumed, shards, opened, group) = (setup.resumed, setup.shards, setup.opened, setup.group);
    let threads = options.workers;
    let processes = group.as_ref().map_or(1, Group::processes);
    if threads == 0 || threads * processes > WORKERS_MAX {
        let all = threads * processes;
        return Err(RunError::Workers(format!("1 to {WORKERS_MAX} workers in all, not {all}")));
    }
    let before = resumed.as_ref().and_then(|epoch| epoch.checkpoint.as_ref());
    let outcome = Outcome {
        stats: before.map(|c| c.stats.clone()).unwrap_or_default(),
        tally: before.map(|c| c.tally).unwrap_or_default(),
        ..Outcome::default()
    };
    let shared = Arc::new(Shared {
        run,
        live: plan.is_live() && files.is_some(),
        lag: plan.lag(),
        shards,
        opened: Mutex::new(opened),
        files,
        resumed,
        plan,
        sources,
        quantum: options.quantum,
        from: options.from.unwrap_or(EventTime::MIN),
        to: options.to,
        progress: options.progress,
        sink: options.sink,
        commit_pause: options.commit_pause,
        record,
        journals: Mutex::new(journals),
        outcome: Mutex::new(outcome),
        left: AtomicBool::new(false),
        leaving: AtomicUsize::new(0),
        threads,
        watch: OnceLock::new(),
    });
    let (builders, others) = match group {
        None => {
            timely::CommunicationConfig::Process(threads).try_build().map_err(RunError::Workers)?
        }
        Some(group) => connect::connect(group, threads, &shared)?,
    };
    let for_workers = shared.clone();
    let config = timely::WorkerConfig::default();
    let guards = timely::execute::execute_from(builders, others, config, move |worker| {
        work(worker, &for_workers);
    })
    .map_err(RunError::Workers)?;
    // A connection to a process that died ends the thread that serves it with a panic, which comes
    // out here; the sign of life between processes has told the reason.
    let joined = catch_unwind(AssertUnwindSafe(|| guards.join()));
    if let Some(error) = shared.outcome.lock().expect("no holder panics").error.take() {
        return Err(error);
    }
    let broken = |_| RunError::Workers("a connection to another process broke".to_owned());
    for guard in joined.map_err(broken)? {
        guard.map_err(RunError::Workers)?;
    }
    let shared = Arc::into_inner(shared).expect("all workers have ended");
    let outcome = shared.outcome.into_inner().expect("no holder panics");
    Ok((outcome, shared.journals.into_inner().expect("no holder panics")))
}

/// What each worker does: builds the graph, and steps it until it is empty or left.
fn work(worker: &mut timely::worker::Worker, shared: &Arc<Shared>) {
    let _ends_run = EndsRun(Arc::clone(shared));
    let probe = Handle::new();
    let commits = Rc::new(RefCell::new(cuts::Commits::default()));
    let mut waker = worker.dataflow::<Quantum, _, _>(|scope| {
        let (source, waker) = source::build(scope, shared, &probe);
        let control = cuts::announce(scope, shared, source.pace, &commits);
        let market = market::build(scope, shared, source.market, control.clone());
        let rows = account::build(scope, shared, source.account, market.triggers, control.clone());
        let emits = [source.emits, market.emits, rows];
        let sink = sink::build(scope, shared, emits, control.clone());
        let topics = topics::build(scope, shared, sink.records, control);
        sink.taken.concat(topics.taken).probe_with(&probe);
        commit::build(scope, shared, [sink.closed, topics.closed], commits);
        waker
    });
    let pause = if shared.live { source::LOOK_EVERY } else { Duration::from_millis(1) };
    let mut told = false;
    while worker.has_dataflows() && !shared.left.load(Relaxed) {
        worker.step_or_park(Some(pause));
        waker.wake(&probe);
        if shared.progress.stopped() && !told {
            told = true;
            shared.watch.get().inspect(|watch| watch.stop());
        }
    }
    // Who has failed goes without a word, which is how the others learn of it.
    if !shared.failed() {
        shared.watch.get().inspect(|watch| watch.goodbye());
    }
    for dataflow in worker.installed_dataflows() {
        worker.drop_dataflow(dataflow);
    }
}

#[cfg(test)]
mod tests {
    use super::home;

    /// What `config/desk.toml` is verified for.
    #[test]
    fn the_accounts_of_the_desk_have_homes_of_their_own() {
        assert_eq!(["hedge", "maker"].map(|name| home(name, 2)), [0, 1]);
    }
}
