//! What a run says about itself: as text for people, as one JSON object for programs.

mod bars;
pub mod idle;
mod json;
mod markouts;
pub mod metrics;
pub mod numbers;
mod queries;
#[cfg(test)]
mod testing;
mod text;
pub mod verdict;
mod worlds;

pub use json::RunJson;

use pipeline::{RunSummary, models::ModelCost};
use serde::Serialize;
use std::collections::BTreeMap;

/// What a process measured of itself while it ran; a run's results hold nothing of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Telemetry {
    /// Wall time, seconds.
    pub wall_seconds: Option<f64>,
    /// The most memory that it held.
    pub peak_memory_bytes: Option<u64>,
    /// How it kept up with its topics.
    pub live: Option<LiveStatus>,
    /// What its models cost.
    pub models: BTreeMap<String, ModelCost>,
}

/// How a run on topics goes, or went.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct LiveStatus {
    /// Seconds since the start of the process.
    pub seconds: f64,
    /// Records read, heartbeats included.
    pub records: u64,
    /// Of them a second, since the status before; at the end since the start.
    pub records_per_second: f64,
    /// Records that are there and not yet read, as the brokers said a second ago or less.
    pub lag_records: u64,
    /// How far the clock is ahead of the times that all partitions have reached; none before they
    /// have told any.
    pub lag_ms: Option<f64>,
    /// Bytes that were fetched and wait.
    pub queued_bytes: u64,
    /// Epochs committed since the start of the process.
    pub epochs: u64,
    /// The newest of them.
    pub epoch: Option<u64>,
    /// Memory that the process holds.
    pub memory_bytes: Option<u64>,
}

/// The result of a run, to be shown.
#[derive(Debug, Clone)]
pub struct RunReport<'a> {
    summary: &'a RunSummary,
    telemetry: Telemetry,
}

impl<'a> RunReport<'a> {
    /// Of a run, and of the process that ran it; there is no telemetry of former ones.
    pub fn new(summary: &'a RunSummary, telemetry: Telemetry) -> RunReport<'a> {
        RunReport { summary, telemetry }
    }

    /// For programs.
    pub fn json(&self) -> RunJson<'a> {
        RunJson::new(self)
    }

    /// For people; `lake` is where they find the tables, `program` what they type to query them.
    pub fn text(&self, lake: &str, program: &str) -> String {
        text::text(self, lake, program)
    }

    fn events_per_second(&self) -> Option<f64> {
        let seconds = self.telemetry.wall_seconds.filter(|seconds| *seconds > 0.0)?;
        Some(self.summary.events as f64 / seconds)
    }
}
