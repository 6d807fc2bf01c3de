//! The wall clock, for what never reaches a result: telemetry, and when to make a checkpoint.

use std::time::{Duration, Instant};

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
