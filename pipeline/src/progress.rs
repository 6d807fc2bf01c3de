//! Where others can watch a run, and ask it to stop.

use crate::{models::ModelMeter, sources::kafka::KafkaMeter};
use schemas::EventTime;
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed},
};

/// Counters that workers add to while they run. Nothing in the results depends on them.
#[derive(Debug)]
pub struct Progress {
    events: AtomicU64,
    first: AtomicI64,
    last: AtomicI64,
    stop: AtomicBool,
    epochs: AtomicU64,
    newest: AtomicU64,
    kafka: KafkaMeter,
    models: Arc<ModelMeter>,
}

impl Default for Progress {
    fn default() -> Progress {
        Progress {
            events: AtomicU64::new(0),
            first: AtomicI64::new(i64::MAX),
            last: AtomicI64::new(i64::MIN),
            stop: AtomicBool::new(false),
            epochs: AtomicU64::new(0),
            newest: AtomicU64::new(0),
            kafka: KafkaMeter::default(),
            models: Arc::default(),
        }
    }
}

impl Progress {
    pub(crate) fn add(&self, events: usize, first: EventTime, last: EventTime) {
        self.events.fetch_add(events as u64, Relaxed);
        self.first.fetch_min(first.0, Relaxed);
        self.last.fetch_max(last.0, Relaxed);
    }

    /// Trades, quotes and book levels read so far.
    pub fn events(&self) -> u64 {
        self.events.load(Relaxed)
    }

    /// Event time of the first and last record read so far.
    pub fn span(&self) -> Option<(EventTime, EventTime)> {
        let (first, last) = (self.first.load(Relaxed), self.last.load(Relaxed));
        (first <= last).then_some((EventTime(first), EventTime(last)))
    }

    pub(crate) fn committed(&self, epoch: u64) {
        self.epochs.fetch_add(1, Relaxed);
        self.newest.store(epoch, Relaxed);
    }

    /// Epochs that this process has committed, and the newest of them.
    pub fn epochs(&self) -> (u64, Option<u64>) {
        let count = self.epochs.load(Relaxed);
        (count, (count > 0).then(|| self.newest.load(Relaxed)))
    }

    /// Where readers of topics count.
    pub fn kafka(&self) -> &KafkaMeter {
        &self.kafka
    }

    /// What running models costs.
    pub fn models(&self) -> &Arc<ModelMeter> {
        &self.models
    }

    /// Asks the run to end as if its input ended now.
    pub fn stop(&self) {
        self.stop.store(true, Relaxed);
    }

    pub(crate) fn stopped(&self) -> bool {
        self.stop.load(Relaxed)
    }
}
