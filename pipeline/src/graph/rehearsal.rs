//! The steps of a job on one thread, with all of its input in memory: what workers do between
//! reading and writing, and nothing else.

use super::{
    Journals, Outcome, Shared,
    account::Accounts,
    feed::Feed,
    market::Engines,
    parcel::{Parcel, Rows},
    sink::SinkKind,
    stash::Stash,
};
use crate::{RunError, oracle::Input, plan::Plan, stats::Stats};
use operators::outputs::Outputs;
use schemas::{Chunk, EventTime, Span};
use std::{
    sync::{Arc, Mutex, OnceLock, atomic::AtomicBool, atomic::AtomicUsize},
    time::Duration,
};

/// A job and its input in memory, to be stepped again and again.
pub struct Rehearsal {
    shared: Arc<Shared>,
    chunks: Vec<Arc<Chunk>>,
    /// Ends of the steps.
    limits: Vec<EventTime>,
}

impl Rehearsal {
    /// Reads all input.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn new(plan: Plan, quantum: Span) -> Result<Rehearsal, RunError> {
        let Input { mut chunks, last, .. } = Input::read(&plan, None, &mut Outputs::default())?;
        chunks.retain(|chunk| !chunk.is_empty());
        chunks.sort_by_key(|chunk| chunk.key(0));
        let first = chunks.first().map_or(last, |chunk| EventTime(chunk.ts[0]));
        let mut limits = Vec::new();
        let mut limit = first.floor(quantum);
        while limit < last {
            limit = limit.plus(quantum).min(last);
            limits.push(limit);
        }
        let shared = Shared {
            run: String::new(),
            live: false,
            lag: plan.lag(),
            shards: Vec::new(),
            opened: Mutex::default(),
            files: None,
            resumed: None,
            plan: Arc::new(plan),
            sources: Vec::new(),
            quantum,
            from: EventTime::MIN,
            to: None,
            progress: Arc::default(),
            sink: SinkKind::Count,
            commit_pause: Duration::ZERO,
            record: None,
            journals: Mutex::new(Journals::default()),
            outcome: Mutex::new(Outcome::default()),
            left: AtomicBool::new(false),
            leaving: AtomicUsize::new(0),
            threads: 1,
            watch: OnceLock::new(),
        };
        let chunks = chunks.into_iter().map(Arc::new).collect();
        Ok(Rehearsal { shared: Arc::new(shared), chunks, limits })
    }

    /// Records in memory: trades, quotes and book levels.
    pub fn events(&self) -> u64 {
        self.chunks.iter().map(|chunk| chunk.len() as u64).sum()
    }

    /// Steps all of them, from the state before the first, and gives what came out.
    ///
    /// # Errors
    /// When a model cannot be asked.
    pub fn round(&self) -> Result<Stats, RunError> {
        let shared = &self.shared;
        let mut engines = Engines::new(shared, 0, 1);
        let mut accounts = Accounts::new(shared, 0, 1);
        let (mut stash, mut feed) = (Stash::new(), Feed::new(shared));
        let (mut triggers, mut stats) = (Vec::new(), Stats::default());
        let mut chunks = self.chunks.iter().peekable();
        for limit in &self.limits {
            while let Some(chunk) = chunks.next_if(|chunk| chunk.ts[0] < limit.0) {
                let (chunk, rows) = (Arc::clone(chunk), Rows::All);
                let parcel = Parcel { target: 0, chunk, rows, end: None };
                stash.push(parcel.clone());
                feed.push(parcel);
            }
            let out = engines.step(shared, &mut stash, *limit, &mut triggers);
            stats.add(&out);
            let settled = shared.settled(*limit);
            stats.add(&accounts.step(shared, &mut feed, &mut triggers, settled));
        }
        match shared.outcome.lock().expect("no holder panics").error.take() {
            Some(error) => Err(error),
            None => Ok(stats),
        }
    }
}
