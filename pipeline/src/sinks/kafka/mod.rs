//! Results as records of topics.
//!
//! The rows of a run go through an [`Encoder`] to [`OutRow`]s, each with its output partition; the
//! rows of a partition reach the one [`Shard`] that writes it, in key order, when the frontier has
//! passed them. A start goes: [`Outlet::of_plan`], [`Outlet::check`], [`Shard::open`] of *all*
//! shards (which shuts out what is left of an earlier start), the newest manifest,
//! [`ProgressLog::read`], [`Shard::recover`], [`Shard::start`].
//!
//! # What a crash leaves
//!
//! Under `replay_dedup` and `outbox` rows go out in transactions, and each transaction carries a
//! record in the run's progress topic that says, for each output partition of the shard, how many
//! records it has, the order key of the last, and a hash chained over all of them. So however a
//! process ends, the newest progress record tells what consumers see. A resume computes again what
//! followed the checkpoint; what had been sent already is suppressed, and its hash must come out
//! the same. Under `at_least_once` there are no transactions and no progress: what followed the
//! checkpoint is sent again, with the same `id` in the record's headers.
//!
//! # Timestamps
//!
//! The Kafka timestamp of a record is the wall clock of its sending, never event time: results of
//! a replay over last year would be older than any retention and be deleted as fresh output. Event
//! time stands in the record as `ts`.

mod encode;
mod error;
mod ledger;
mod outbox;
mod outlet;
mod plan;
mod progress;
mod pump;
mod queue;
mod rest;
mod row;
mod shard;
mod writer;

pub use encode::Encoder;
pub use error::SinkError;
pub use outlet::{Outlet, Target};
pub use plan::{KafkaSink, OutputMode, OutputStream, OutputTopic};
pub use progress::ProgressLog;
pub use queue::{Backlog, ShardHandle};
pub use row::OutRow;
pub use shard::Shard;
