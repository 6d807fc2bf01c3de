//! Everything that knows timely and the world: the plan and the graph built from it, sources, the
//! lake. Strategy logic is in `operators`, SQL in `jobs/query`.
//!
//! [`run()`] takes a [`plan::Plan`] and gives results; [`oracle()`] computes the same without
//! timely, and [`verify`] compares them.

mod clock;
pub mod faults;
pub mod graph;
mod group;
pub mod ingest;
pub mod kafka;
pub mod lake;
pub mod models;
mod oracle;
pub mod plan;
mod prepare;
pub mod progress;
mod record;
pub mod rows;
mod run;
pub mod sinks;
pub mod sources;
pub mod stats;
pub mod tally;
pub mod verify;

pub use graph::Rehearsal;
pub use group::{GroupError, GroupPlan};
pub use oracle::{oracle, readings};
pub use run::{Ended, Finished, RunError, RunRequest, RunSummary, run};
