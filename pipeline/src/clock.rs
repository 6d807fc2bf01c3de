//! The wall clock, for what never reaches a result: telemetry, and when to make a checkpoint.

use schemas::EventTime;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The time of day: of what is published now, and of fences, which are written down before they
/// move anything.
#[expect(clippy::disallowed_methods, reason = "a live source sees by it that nothing comes")]
pub(crate) fn now() -> EventTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    EventTime(since.map_or(0, |since| since.as_nanos() as i64) + crate::faults::jumped())
}

/// Measures time that passed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    /// From now.
    #[expect(clippy::disallowed_methods, reason = "no result depends on it")]
    pub fn start() -> Stopwatch {
        Stopwatch(Instant::now())
    }

    /// Since the start.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    /// From now again.
    pub fn restart(&mut self) {
        *self = Stopwatch::start();
    }
}
