//! Limits, terms of venues, and where results go, as written.

use super::{Borrow, Decimal, Impact, Latency, Liquidation, Margin, Offset};
use crate::spec::schema;
use operators::execution::{Consumed, FillModel, QueueModel};
use schemars::JsonSchema;
use schemas::Span;
use serde::Deserialize;
use std::num::NonZeroU32;

/// Limits of every account.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table of limits")]
pub struct Risk {
    /// Largest position in one instrument; a quarter of equity if it does not say.
    pub max_position: Option<MaxPosition>,
    /// Largest position in one instrument, in settlement currency.
    pub max_notional: Option<Decimal>,
    /// Furthest that a limit price may lie from the mark, as a fraction of it.
    pub price_band: Option<Decimal>,
    /// Most orders in a span of event time.
    pub order_rate: Option<OrderRate>,
    /// Loss that closes the account for good; a quarter of its highest equity if it does not say.
    pub drawdown: Option<Stop>,
}

/// Largest position in one instrument.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with `fraction`")]
pub struct MaxPosition {
    /// As a fraction of equity.
    pub fraction: Decimal,
}

/// Most orders in a span of event time.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with `count` and `per`")]
pub struct OrderRate {
    /// Orders.
    pub count: NonZeroU32,
    /// In any span of this length.
    #[schemars(schema_with = "schema::span")]
    pub per: Span,
}

/// Loss that closes an account.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with `stop`")]
pub struct Stop {
    /// As a fraction of the highest equity.
    pub stop: Decimal,
}

/// How a venue treats orders.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with `latency`, `fees` and `fill`")]
pub struct Execution {
    /// How long orders and answers travel. There is no default.
    pub latency: Latency,
    /// Fees as fractions of notional.
    pub fees: Fees,
    /// What decides executions.
    pub fill: Fill,
    /// The clock by which orders meet the market; that of receipt if it does not say.
    pub match_on: Option<MatchOn>,
    /// How far the venue's clock is ahead of the receiver's, for `match_on = "exchange"`; not at
    /// all if it does not say.
    pub clock_offset: Option<Offset>,
    /// The longest that a record travels, for `match_on = "exchange"`; a second if it does not say.
    #[schemars(schema_with = "schema::span")]
    #[serde(default)]
    pub max_latency: Option<Span>,
    /// What is to be held against positions; nothing if it does not say.
    pub margin: Option<Margin>,
    /// What a liquidation costs; nothing besides the fee if it does not say.
    pub liquidation: Option<Liquidation>,
    /// Interest on what is owed; none if it does not say.
    pub borrow: Option<Borrow>,
    /// How much worse executions are that take; own orders do not move the market if it does not
    /// say.
    pub impact: Option<Impact>,
}

/// Fees as fractions of notional; one below 0 is a rebate.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with `maker` and `taker`")]
pub struct Fees {
    /// Of a resting order.
    pub maker: Decimal,
    /// Of a taking order.
    pub taker: Decimal,
    /// Other fees from some volume on, by volume.
    #[serde(default)]
    pub tiers: Vec<FeeTier>,
    /// What the account had traded before it began, as if the day before.
    pub traded: Option<Decimal>,
}

/// Fees from some volume on.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "a tier: { volume = \"1000000\", maker = \"0.0001\", taker = \"0.0004\" }"
)]
pub struct FeeTier {
    /// What the account has traded at the venue in the thirty days before the day, in settlement
    /// currency.
    pub volume: Decimal,
    /// Of a resting order.
    pub maker: Decimal,
    /// Of a taking order.
    pub taker: Decimal,
}

/// What decides executions.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with `model`")]
pub struct Fill {
    /// The model.
    #[schemars(schema_with = "schema::fill_model")]
    pub model: FillModel,
    /// May an order be filled in parts? `displayed_depth` must say; the others fill whole.
    pub partial: Option<bool>,
    /// How a resting order advances among those at its price, for `displayed_depth`. If it does not
    /// say: `fifo` where books are by order, else `risk_averse`.
    #[schemars(schema_with = "schema::queue_model")]
    #[serde(default)]
    pub queue: Option<QueueModel>,
    /// When what the account took of what is displayed is there again, for `displayed_depth`;
    /// `until_refresh` if it does not say.
    #[schemars(schema_with = "schema::consumed")]
    #[serde(default)]
    pub consumed: Option<Consumed>,
    /// What a market order pays beyond the trade where there are no quotes, or beyond the open of
    /// a candle, in price units.
    pub half_spread: Option<Decimal>,
}

/// The clock by which orders meet the market.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MatchOn {
    /// When records were received.
    Receive,
    /// When the venue made them: in replay, where the records of a moment are known to be all.
    Exchange,
}

/// Where results go.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table such as { url = \"./lake\" }")]
pub struct LakeSection {
    /// Directory of the lake; `./lake` in the working directory if it does not say.
    pub url: Option<String>,
    /// When readings of indicators and features are written; at triggers if it does not say.
    pub readings: Option<Readings>,
    /// Do the topics that the job reads go to the lake, too? `true`, under the job's name, or the
    /// name of the recording.
    pub record: Option<Record>,
    /// Result tables that are written; all of them if it does not say.
    pub write: Option<Vec<String>>,
    /// Event time between commits; a day if it does not say.
    #[schemars(schema_with = "schema::span")]
    #[serde(default)]
    pub commit_every: Option<Span>,
}

/// Whether topics are recorded, and under which name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "`true`, `false` or the name of the recording")]
pub enum Record {
    /// Under the job's name, or not.
    Flag(bool),
    /// Under this name.
    Name(String),
}

/// When readings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Readings {
    /// When a strategy is triggered.
    Triggers,
    /// When a bar closes, too.
    Bars,
    /// Never.
    None,
}
