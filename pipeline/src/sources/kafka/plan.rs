//! A Kafka source as resolved.

use crate::kafka::KafkaAccess;
use crate::sources::news::NewsTags;
use schemas::{EventTime, Span, Table};
use serde::{Deserialize, Serialize};

/// Topics of one cluster. Each topic has a source rank of its own, in order from the source's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KafkaSource {
    /// The brokers.
    pub access: KafkaAccess,
    /// The topics; the place of one is added to the source's rank.
    pub topics: Vec<TopicInput>,
    /// Where a run without a checkpoint begins.
    pub start: StartAt,
    /// A record may come this much behind the latest of its partition and still be in order;
    /// 0 for topics that one writer keeps in order.
    pub allowed_delay: Span,
    /// A record stamped this much after its Kafka timestamp is rejected: one from 2099 would end
    /// the job's time.
    pub allowed_skew: Span,
    /// A partition without records or heartbeats for this long is fenced, so that the others need
    /// not wait for it; none for topics with heartbeats in band.
    pub fence_after: Option<Span>,
    /// Where records go that cannot be used.
    pub dead_letters: Option<String>,
    /// What was recorded of these topics: read first, and then the topics from where it ends.
    pub history: Option<History>,
}

/// A recording of topics in a lake.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// Address of the lake.
    pub url: String,
    /// Id of the recording.
    pub recording: String,
    /// Tables that are read.
    pub tables: Vec<Table>,
    /// Places of the instruments that are read, ascending.
    pub instruments: Vec<u32>,
    /// Does the job write it itself? Then there is none before its first run.
    pub own: bool,
}

impl KafkaSource {
    /// What decides when its records take effect, beside the records.
    pub(crate) fn rules(&self) -> (Span, Span) {
        (self.allowed_delay, self.allowed_skew)
    }
}

/// A topic that is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TopicInput {
    /// Its name.
    pub topic: String,
    /// What its records are.
    pub format: RecordFormat,
    /// Offsets that are read, by partition: from the first to before the second; all partitions
    /// and everything that comes when empty.
    pub ranges: Vec<(u32, u64, u64)>,
}

/// What the records of a topic are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordFormat {
    /// The JSON of topics.
    Json,
    /// The exchange's own JSON as hftbacktest's collector writes it, of one instrument, with the
    /// receive time as the Kafka timestamp or in front.
    Binance {
        /// Place of the instrument in the plan.
        instrument: u32,
    },
    /// The JSON of topics, and news that name no instrument are tagged.
    News {
        /// What tags them.
        tags: NewsTags,
    },
}

/// Where a run without a checkpoint begins in each partition.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StartAt {
    /// The oldest record that is still there.
    Earliest,
    /// What comes from now on.
    Latest,
    /// The first record whose Kafka timestamp is not before this.
    Time(EventTime),
}
