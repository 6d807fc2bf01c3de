//! A Kafka sink as resolved.

use crate::kafka::KafkaAccess;
use serde::{Deserialize, Serialize};

/// Topics that results go to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KafkaSink {
    /// The brokers.
    pub access: KafkaAccess,
    /// What goes where.
    pub topics: Vec<OutputTopic>,
    /// When records become visible, and what a crash may repeat.
    pub mode: OutputMode,
    /// Writers; output partition p (counted over all topics in order) belongs to shard p % shards.
    /// Fixed for a run: the manifest holds it.
    pub shards: u32,
}

/// A topic of results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputTopic {
    /// What its records are.
    pub stream: OutputStream,
    /// Its name.
    pub topic: String,
    /// Its partitions, as stated in the job: a topic that has another number is refused.
    pub partitions: u32,
}

schemas::text_enum! {
    /// What can be sent.
    OutputStream {
        /// Changes of targets.
        Signals = "signals",
        /// Transitions of orders.
        Orders = "orders",
        /// Executions.
        Fills = "fills",
        /// Positions.
        Positions = "positions",
        /// Account states.
        Portfolio = "portfolio",
        /// Gaps, crossed books, rejects, stops.
        Alerts = "alerts",
    }
}

schemas::text_enum! {
    /// When records become visible, and what a crash may repeat.
    OutputMode {
        /// At once, in transactions; what was sent before a crash is not sent again.
        ReplayDedup = "replay_dedup",
        /// After the checkpoint that holds their cause.
        Outbox = "outbox",
        /// At once, without transactions; a crash may repeat records, with the same id.
        AtLeastOnce = "at_least_once",
    }
}
