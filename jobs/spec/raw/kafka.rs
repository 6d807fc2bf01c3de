//! Topics that are read and written, as written in a job.

use super::Moment;
use crate::spec::schema;
use pipeline::sinks::kafka::{OutputMode, OutputStream};
use schemars::JsonSchema;
use schemas::Span;
use serde::Deserialize;
use std::{collections::BTreeMap, num::NonZeroU32, path::PathBuf};

/// Topics of a Kafka cluster, read as they grow.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with `brokers`, `topics` and `instruments`")]
pub struct KafkaInput {
    /// `host:port`, several with commas between.
    pub brokers: String,
    /// The topics; each has a source rank of its own, in this order.
    pub topics: Vec<String>,
    /// The instruments that are read, as `venue:symbol`.
    pub instruments: Vec<String>,
    /// What the records are: the JSON of topics if it does not say.
    pub format: Option<TopicFormat>,
    /// A file that says which instruments the symbols and names in news mean that name no
    /// instrument.
    pub map: Option<PathBuf>,
    /// Where a run without a checkpoint begins: `earliest`, `latest` or a time. No default.
    pub start: StartText,
    /// A record may come this much behind the latest of its partition and still be in order.
    #[serde(default)]
    #[schemars(schema_with = "schema::span")]
    pub allowed_delay: Option<Span>,
    /// A record stamped this much after its Kafka timestamp is rejected; 5 s if it does not say.
    #[serde(default)]
    #[schemars(schema_with = "schema::span")]
    pub allowed_skew: Option<Span>,
    /// A partition without records for this long is fenced; for topics without heartbeats.
    #[serde(default)]
    #[schemars(schema_with = "schema::span")]
    pub fence_after: Option<Span>,
    /// A recording of these topics that is read first; the topics follow from where it ends.
    pub history: Option<HistoryInput>,
    /// Topic for records that cannot be used; they stand in the table `rejects` in any case.
    pub dead_letters: Option<String>,
    /// SASL and TLS settings of librdkafka; a value `$NAME` is taken from the environment.
    #[serde(default)]
    pub security: BTreeMap<String, String>,
}

/// A recording of topics.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with `lake` and `recording`")]
pub struct HistoryInput {
    /// Address of the lake.
    pub lake: String,
    /// Id of the recording: the `record` of the job that made it.
    pub recording: String,
}

/// What the records of topics are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TopicFormat {
    /// The JSON of topics.
    Json,
    /// Binance's own JSON, of the one instrument that is read.
    Binance,
}

/// `earliest`, `latest` or a time.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "`earliest`, `latest` or a time")]
pub enum StartText {
    /// A word.
    Word(StartWord),
    /// The first record not before this, by Kafka's timestamps.
    Time(Moment),
}

/// One end of a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StartWord {
    /// The oldest record that is still there.
    Earliest,
    /// What comes from now on.
    Latest,
}

/// Topics of results.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with `brokers`, `streams` and `mode`")]
pub struct KafkaOutput {
    /// `host:port`, several with commas between.
    pub brokers: String,
    /// What is sent.
    #[schemars(with = "Vec<StreamText>")]
    pub streams: Vec<OutputStream>,
    /// When records become visible, and what a crash may repeat.
    #[schemars(with = "ModeText")]
    pub mode: OutputMode,
    /// Topics by stream; `JOB.STREAM` for those that it does not name.
    #[serde(default)]
    #[schemars(with = "BTreeMap<StreamText, String>")]
    pub topics: BTreeMap<OutputStream, String>,
    /// Partitions of each topic; 1 if it does not say.
    pub partitions: Option<NonZeroU32>,
    /// Writers; 1 if it does not say.
    pub shards: Option<NonZeroU32>,
    /// SASL and TLS settings of librdkafka; a value `$NAME` is taken from the environment.
    #[serde(default)]
    pub security: BTreeMap<String, String>,
}

/// The values of [`OutputStream`], for the schema.
#[derive(PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[allow(dead_code)]
enum StreamText {
    Signals,
    Orders,
    Fills,
    Positions,
    Portfolio,
    Alerts,
}

/// The values of [`OutputMode`], for the schema.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[allow(dead_code)]
enum ModeText {
    ReplayDedup,
    Outbox,
    AtLeastOnce,
}
