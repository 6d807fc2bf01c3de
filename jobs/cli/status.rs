//! How a run on topics goes: lag, rates, epochs and memory.

use super::clock::{Stopwatch, memory_bytes, now};
use crate::report::{
    LiveStatus,
    numbers::{bytes, grouped, nanoseconds},
};
use anyhow::{Error, anyhow};
use pipeline::progress::Progress;
use schemas::Span;
use std::{sync::Arc, time::Duration};

/// Looks at a run from time to time.
pub struct Gauge {
    progress: Arc<Progress>,
    watch: Stopwatch,
    /// Seconds and records at the look before.
    before: (f64, u64),
    shown: LiveStatus,
}

/// Rates are taken over at least so long.
const RATE_SECONDS: f64 = 0.9;

impl Gauge {
    /// Of a run that begins now.
    pub fn new(progress: &Arc<Progress>) -> Gauge {
        let (progress, watch) = (Arc::clone(progress), Stopwatch::start());
        Gauge { progress, watch, before: (0.0, 0), shown: LiveStatus::default() }
    }

    /// How it goes now.
    pub fn look(&mut self) -> LiveStatus {
        let kafka = self.progress.kafka().snapshot();
        let all = || kafka.partitions.values().flat_map(|topic| topic.values());
        let reached = match all().any(|partition| partition.watermark.is_none()) {
            true => None,
            false => all().filter_map(|partition| partition.watermark).min(),
        };
        let (epochs, epoch) = self.progress.epochs();
        let (seconds, records) = (self.watch.seconds(), kafka.records());
        let passed = seconds - self.before.0;
        if passed >= RATE_SECONDS {
            self.shown.records_per_second = (records - self.before.1) as f64 / passed;
            self.before = (seconds, records);
        }
        self.shown = LiveStatus {
            seconds,
            records,
            lag_records: kafka.lag(),
            lag_ms: reached.map(|at| (now().0.saturating_sub(at.0)) as f64 / 1e6),
            queued_bytes: all().map(|partition| partition.queued_bytes).sum(),
            epochs,
            epoch,
            memory_bytes: memory_bytes(),
            ..self.shown
        };
        self.shown
    }

    /// How it went, with the rate over all its time.
    pub fn end(mut self) -> LiveStatus {
        let last = self.look();
        LiveStatus { records_per_second: last.records as f64 / last.seconds.max(1e-3), ..last }
    }
}

/// A status on a line, for people.
pub fn line(status: &LiveStatus) -> String {
    let mut text = format!(
        "{} records  {}/s  lag {} records",
        grouped(status.records),
        grouped(status.records_per_second as u64),
        grouped(status.lag_records),
    );
    if let Some(ms) = status.lag_ms {
        text.push_str(&format!(", {}", nanoseconds((ms * 1e6) as i64)));
    }
    if let Some(epoch) = status.epoch {
        text.push_str(&format!("  epoch {epoch}"));
    }
    if let Some(memory) = status.memory_bytes {
        text.push_str(&format!("  {}", bytes(memory)));
    }
    text
}

/// Reads how often a status is wanted.
pub fn every(text: &str) -> Result<Duration, Error> {
    let span: Span = text.parse().map_err(|_| anyhow!("write a span of time, as in 1s"))?;
    match u64::try_from(span.0) {
        Ok(ns) if ns >= 100_000_000 => Ok(Duration::from_nanos(ns)),
        _ => Err(anyhow!("at least 100ms")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_a_line() {
        let status = LiveStatus {
            records: 1_234_567,
            records_per_second: 20_000.4,
            lag_records: 12,
            lag_ms: Some(3.5),
            epoch: Some(7),
            memory_bytes: Some(64 << 20),
            ..LiveStatus::default()
        };
        let text = "1,234,567 records  20,000/s  lag 12 records, 3.5 ms  epoch 7  64 MiB";
        assert_eq!(line(&status), text);
        assert_eq!(line(&LiveStatus::default()), "0 records  0/s  lag 0 records");
    }

    #[test]
    fn a_gauge_takes_rates_over_a_while() {
        let mut gauge = Gauge::new(&Arc::default());
        let first = gauge.look();
        assert_eq!((first.records, first.epochs, first.epoch, first.lag_ms), (0, 0, None, None));
        gauge.before = (-10.0, 0);
        assert_eq!(gauge.look().records_per_second, 0.0);
        assert!(gauge.before.0 >= 0.0, "a new while has begun");
        assert!(every("1s").is_ok() && every("10ms").is_err() && every("often").is_err());
    }
}
