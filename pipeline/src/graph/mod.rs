//! The plan on timely.
//!
//! ```text
//! source ──chunks──► market ──triggers──► account ──rows──► sink ──files──► committer
//!    └───────chunks of traded instruments────►┘ ▲              ▲
//!    └──────────────rejects─────────────────────┴──────────────┘
//! ```
//!
//! Every worker reads its share of every source and sends column chunks: the chunk itself shared,
//! and for each worker the list of its rows. A message carries the quantum of its first row;
//! operators stash chunks, wait for the frontier, and step all rows below it in order-key order.
//! `market` has an engine for each instrument, at the worker that its bucket names; `account` an
//! account loop, likewise. Each worker writes its own files.

mod account;
mod market;
mod parcel;
mod sink;
mod source;
mod stash;

pub use sink::{Collected, SinkKind};

use crate::{
    RunError, lake::Journal, plan::Plan, progress::Progress, sources::Prepared, stats::Stats,
};
use schemas::{EventTime, Span};
use std::sync::{Arc, Mutex};
use timely::dataflow::operators::probe::Handle;

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
    /// Where others can watch.
    pub progress: Arc<Progress>,
}

/// Buckets of state: an instrument or account belongs to bucket `hash(text) % BUCKETS`, a bucket
/// to worker `bucket % workers`.
pub const BUCKETS: u64 = 1024;

/// Worker threads at most: the source keeps sets of them in 64 bits.
pub const WORKERS_MAX: usize = 64;

/// The worker that holds the state of a key.
pub(crate) fn home(key: &str, workers: usize) -> usize {
    (xxhash_rust::xxh3::xxh3_64(key.as_bytes()) % BUCKETS) as usize % workers
}

/// What all workers of a run share.
pub(crate) struct Shared {
    pub plan: Arc<Plan>,
    pub sources: Vec<Prepared>,
    pub quantum: Span,
    pub from: EventTime,
    pub to: Option<EventTime>,
    pub progress: Arc<Progress>,
    pub sink: SinkKind,
    pub journal: Mutex<Option<Journal>>,
    pub outcome: Mutex<Outcome>,
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
    }
}

/// What the workers leave behind.
#[derive(Default)]
pub(crate) struct Outcome {
    pub error: Option<RunError>,
    pub stats: Stats,
    pub collected: Collected,
    pub files: Vec<crate::lake::FileEntry>,
}

/// Runs a plan to the end of its input.
///
/// # Errors
/// When the input cannot be read or the lake not written.
pub(crate) fn run(
    plan: Arc<Plan>,
    sources: Vec<Prepared>,
    options: RunOptions,
    journal: Option<Journal>,
) -> Result<(Outcome, Option<Journal>), RunError> {
    let workers = options.workers;
    if !(1..=WORKERS_MAX).contains(&workers) {
        return Err(RunError::Workers(format!("1 to {WORKERS_MAX} workers, not {workers}")));
    }
    let shared = Arc::new(Shared {
        plan,
        sources,
        quantum: options.quantum,
        from: options.from.unwrap_or(EventTime::MIN),
        to: options.to,
        progress: options.progress,
        sink: options.sink,
        journal: Mutex::new(journal),
        outcome: Mutex::new(Outcome::default()),
    });
    let for_workers = shared.clone();
    let guards = timely::execute(timely::Config::process(workers), move |worker| {
        let shared = for_workers.clone();
        let probe = Handle::new();
        let mut waker = worker.dataflow::<Quantum, _, _>(|scope| {
            let (source, waker) = source::build(scope, &shared, &probe);
            let market = market::build(scope, &shared, source.market);
            let rows = account::build(scope, &shared, source.account, market.triggers);
            sink::build(scope, &shared, [source.rejects, market.rows, rows], &probe);
            waker
        });
        while worker.has_dataflows() {
            worker.step_or_park(Some(std::time::Duration::from_millis(1)));
            waker.wake(&probe);
        }
    })
    .map_err(RunError::Workers)?;
    for guard in guards.join() {
        guard.map_err(RunError::Workers)?;
    }
    let shared = Arc::into_inner(shared).expect("all workers have ended");
    let mut outcome = shared.outcome.into_inner().expect("no holder panics");
    match outcome.error.take() {
        Some(error) => Err(error),
        None => Ok((outcome, shared.journal.into_inner().expect("no holder panics"))),
    }
}
