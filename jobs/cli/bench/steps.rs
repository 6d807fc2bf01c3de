//! The steps of a job, with its input in memory.

use super::print_line;
use crate::cli::{
    Failure, Outcome,
    clock::{Stopwatch, peak_memory_bytes},
    job::JobArgs,
};
use crate::spec::Files;
use clap::Args;
use pipeline::Rehearsal;
use schemas::Span;
use serde_json::json;

/// The steps of a job, with all of its input in memory: neither reading nor writing
///
/// On one thread, then on two, of which one looks at the market and one has the accounts. The
/// fastest of the rounds is told: all do the same. What other engines call their inner loop.
#[derive(Debug, Args)]
pub(super) struct StepsArgs {
    #[command(flatten)]
    job: JobArgs,
    /// How many times
    #[arg(long, value_name = "N", default_value_t = 5)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=1_000))]
    rounds: u32,
}

/// Event time of a step of all operators.
const QUANTUM: Span = Span::SECOND;

impl StepsArgs {
    pub(super) fn execute(&self) -> Outcome {
        let plan = self.job.plan(Files::MustExist)?;
        let rehearsal = Rehearsal::new(plan, QUANTUM).map_err(Failure::failed)?;
        for apart in [false, true] {
            let (mut best, mut last) = (f64::INFINITY, None);
            for _ in 0..self.rounds {
                let watch = Stopwatch::start();
                last = Some(rehearsal.round(apart).map_err(Failure::failed)?);
                best = best.min(watch.seconds());
            }
            let stats = last.expect("there is at least one round");
            print_line(&json!({
                "workload": "steps",
                "threads": 1 + u8::from(apart),
                "events": rehearsal.events(),
                "seconds_inner": best,
                "events_per_second": rehearsal.events() as f64 / best,
                "check": format!("{} orders, {} fills", stats.orders, stats.fills),
                "peak_memory_bytes": peak_memory_bytes(),
            }))?;
        }
        Ok(())
    }
}
