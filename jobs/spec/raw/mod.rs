//! A job file as it is written: one struct a table, every field documented, no unknown key.
//!
//! What these types accept is well-formed; whether it makes sense (names that exist, limits that
//! fit) is decided when the job is resolved. Spans are not kept here: an error that is found
//! later asks the [document](super::document) where the value stands.

mod impact;
mod kafka;
mod latency;
mod legs;
mod margin;
mod markouts;
mod model;
mod source;
mod strategy;
mod terms;
mod value;

pub use impact::{Impact, Linear, SquareRoot, Ticks};
pub use kafka::{KafkaInput, KafkaOutput, StartText, StartWord, TopicFormat};
pub use latency::{DelayText, Drawn, Exponential, Latency, LogNormal, Uniform};
pub use legs::{LegText, TargetTexts, UnhedgedText};
pub use margin::{Borrow, Liquidation, Margin, MarginTier};
pub use markouts::{MarkoutSection, ToxicText};
pub use model::{EnsembleText, FallbackText, InputsText, ModelSection, ModelText, OnnxText};
pub use source::{
    FileFormat, FileSource, InstrumentFacts, LakeInput, NewsColumns, Source, SyntheticSource,
};
pub use strategy::{
    AfterText, Every, ExitAt, ExitText, InForce, OrderTable, OrderText, QuoteText, Size, Strategy,
    Then, TriggerText,
};
pub use terms::{
    Execution, FeeTier, Fees, Fill, LakeSection, MatchOn, MaxPosition, OrderRate, Readings, Record,
    Risk, Stop,
};
pub use value::{Bytes, Decimal, Moment, Offset, RuleText, Targets};

use super::schema;
use operators::{
    bars::BarKind,
    features::FeatureSpec,
    indicators::{Period, Portion},
};
use schemars::JsonSchema;
use schemas::Span;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A job: what to read, what to compute, what to trade, and where results go.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "the tables of a job file")]
pub struct JobSpec {
    /// Name and seed.
    pub job: JobSection,
    /// Numbers that every rule can name.
    #[serde(default)]
    pub constants: BTreeMap<String, f64>,
    /// Where market data comes from; the order gives the source rank.
    pub source: Vec<Source>,
    /// Facts of contracts by `venue:symbol`: they define an instrument or correct what is known.
    #[serde(default)]
    pub instruments: BTreeMap<String, InstrumentFacts>,
    /// Bars by name, built from the trades of each instrument.
    #[serde(default)]
    #[schemars(schema_with = "schema::bars")]
    pub bars: BTreeMap<String, BarKind>,
    /// Indicators by name: `{ ema = { period = 12, on = "bar_1m.close" } }`.
    #[serde(default)]
    #[schemars(schema_with = "schema::indicators")]
    pub indicators: BTreeMap<String, IndicatorText>,
    /// Features of the book, of trade flow and of news by name.
    #[serde(default)]
    #[schemars(schema_with = "schema::features")]
    pub features: BTreeMap<String, FeatureSpec>,
    /// Models by name: `{ onnx = { path = "trend.onnx", on = "bar_1m", inputs = ["fast"] } }`.
    #[serde(default)]
    pub models: BTreeMap<String, ModelText>,
    /// Where models are run.
    #[serde(default)]
    pub model: ModelSection,
    /// Paper accounts; without any, `paper` with 10,000 of the settlement currency.
    #[serde(default)]
    pub account: Vec<Account>,
    /// Strategies: rules that say when to be long, short or flat.
    #[serde(default)]
    pub strategy: Vec<Strategy>,
    /// Limits of every account.
    #[serde(default)]
    pub risk: Risk,
    /// How venues treat orders, by venue.
    #[serde(default)]
    pub execution: BTreeMap<String, Execution>,
    /// The same job with other values, over the same tape.
    #[serde(default)]
    pub worlds: Option<Worlds>,
    /// When the market is looked at after fills.
    #[serde(default)]
    pub markouts: MarkoutSection,
    /// What makes data doubtful, besides gaps and crossed books.
    #[serde(default)]
    pub quality: QualitySection,
    /// Where results go.
    #[serde(default)]
    pub lake: LakeSection,
    /// Topics that results go to.
    #[serde(default)]
    pub kafka_sink: Vec<KafkaOutput>,
}

/// Worlds besides the job as it is written: each is the job with some of its values replaced, and
/// has accounts of its own.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "`grid`, `named` or both")]
pub struct Worlds {
    /// Lists of values by their path in the job file: every combination is a world, named by its
    /// number.
    #[schemars(with = "BTreeMap<String, Vec<serde_json::Value>>")]
    pub grid: BTreeMap<String, toml::Value>,
    /// Values by their path, by the name of the world.
    #[schemars(with = "BTreeMap<String, BTreeMap<String, serde_json::Value>>")]
    pub named: BTreeMap<String, BTreeMap<String, toml::Value>>,
}

/// Who the job is.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with `name`")]
pub struct JobSection {
    /// The job's name, and its run's unless `--run` says another.
    pub name: String,
    /// Seed of everything that is random in the job.
    #[serde(default)]
    pub seed: u64,
    /// Market data that each worker may have under way before it waits for the others.
    #[serde(default)]
    #[schemars(schema_with = "schema::bytes")]
    pub in_flight: Bytes,
}

/// What makes an instrument's data doubtful: told in the table `quality`, and rules that read it
/// have no opinion meanwhile. Nothing is doubted that is not named.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "`stale`, `skew`, `outlier`, `late` and `duplicate`"
)]
pub struct QualitySection {
    /// No record of the instrument for so long.
    #[schemars(schema_with = "schema::span")]
    pub stale: Option<Span>,
    /// The times of the venue and of receipt are further apart.
    #[schemars(schema_with = "schema::span")]
    pub skew: Option<Span>,
    /// A trade lies further than this share of the price from the trades before it, from 0 to 1.
    #[schemars(with = "Option<f64>")]
    pub outlier: Option<Portion>,
    /// A record says that it was received so long before what its partition had already passed.
    #[schemars(schema_with = "schema::span")]
    pub late: Option<Span>,
    /// A trade has the venue's id of one of so many trades of the instrument before it.
    #[schemars(with = "Option<u16>")]
    pub duplicate: Option<Period<1>>,
}

/// An indicator: its kind and parameters, of which `on` is its input. It gets its type when the
/// job is resolved, because `on` belongs to the job and not to the indicator.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct IndicatorText(pub toml::Table);

/// A paper account.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with `name` and `cash`")]
pub struct Account {
    /// Name.
    pub name: String,
    /// Deposits by currency: `{ USDT = "10000" }`.
    pub cash: BTreeMap<String, Decimal>,
}
