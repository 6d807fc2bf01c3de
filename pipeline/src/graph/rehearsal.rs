//! The steps of a job with all of its input in memory: what workers do between
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
use operators::{market::Trigger, outputs::Outputs};
use schemas::{Chunk, EventTime, Span};
use std::{
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicBool, AtomicUsize},
        mpsc,
    },
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

    /// Steps all of them, from the state before the first, and gives what came out: on one thread,
    /// or what looks at the market on one and accounts on another.
    ///
    /// # Errors
    /// When a model cannot be asked.
    ///
    /// # Panics
    /// When a step does.
    pub fn round(&self, apart: bool) -> Result<Stats, RunError> {
        let (shared, mut stats) = (&*self.shared, Stats::default());
        if apart {
            let (to_accounts, triggers) = mpsc::channel();
            std::thread::scope(|scope| {
                scope.spawn(move || {
                    let mut markets = MarketSteps::new(shared);
                    for step in self.steps() {
                        let (triggers, _) = markets.step(shared, &step);
                        // Whoever does not hear it has failed, and says so.
                        drop(to_accounts.send(triggers));
                    }
                });
                let mut accounts = AccountSteps::new(shared);
                for step in self.steps() {
                    let triggers = triggers.recv().unwrap_or_default();
                    stats.add(&accounts.step(shared, &step, triggers));
                }
            });
        } else {
            let (mut markets, mut accounts) = (MarketSteps::new(shared), AccountSteps::new(shared));
            for step in self.steps() {
                let (triggers, out) = markets.step(shared, &step);
                stats.add(&out);
                stats.add(&accounts.step(shared, &step, triggers));
            }
        }
        match self.shared.outcome.lock().expect("no holder panics").error.take() {
            Some(error) => Err(error),
            None => Ok(stats),
        }
    }

    /// Steps through all input.
    fn steps(&self) -> impl Iterator<Item = Step> {
        let mut chunks = self.chunks.iter().peekable();
        self.limits.iter().map(move |limit| {
            let here = |chunk: &&Arc<Chunk>| chunk.ts[0] < limit.0;
            let chunks = std::iter::from_fn(|| chunks.next_if(here)).cloned().collect();
            Step { limit: *limit, chunks }
        })
    }
}

/// Everything before a limit that did not come before.
struct Step {
    limit: EventTime,
    chunks: Vec<Arc<Chunk>>,
}

impl Step {
    fn parcels(&self) -> impl Iterator<Item = Parcel> {
        let parcel = |chunk: &Arc<Chunk>| Parcel {
            target: 0,
            chunk: Arc::clone(chunk),
            rows: Rows::All,
            end: None,
        };
        self.chunks.iter().map(parcel)
    }
}

struct MarketSteps {
    engines: Engines,
    stash: Stash,
}

impl MarketSteps {
    fn new(shared: &Shared) -> MarketSteps {
        MarketSteps { engines: Engines::new(shared, 0, 1), stash: Stash::new() }
    }

    fn step(&mut self, shared: &Shared, step: &Step) -> (Vec<Trigger>, Outputs) {
        step.parcels().for_each(|parcel| self.stash.push(parcel));
        let mut triggers = Vec::new();
        let out = self.engines.step(shared, &mut self.stash, step.limit, &mut triggers);
        (triggers, out)
    }
}

struct AccountSteps {
    accounts: Accounts,
    feed: Feed,
    waiting: Vec<Trigger>,
}

impl AccountSteps {
    fn new(shared: &Shared) -> AccountSteps {
        let (accounts, feed) = (Accounts::new(shared, 0, 1), Feed::new(shared));
        AccountSteps { accounts, feed, waiting: Vec::new() }
    }

    fn step(&mut self, shared: &Shared, step: &Step, mut triggers: Vec<Trigger>) -> Outputs {
        step.parcels().for_each(|parcel| self.feed.push(parcel));
        self.waiting.append(&mut triggers);
        let settled = shared.settled(step.limit);
        self.accounts.step(shared, &mut self.feed, &mut self.waiting, settled)
    }
}
