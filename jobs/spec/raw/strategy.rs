//! Strategies as written.

use super::{Decimal, LegText, RuleText, TargetTexts, Targets, UnhedgedText};
use crate::spec::schema;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use schemas::Span;
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Unexpected, Visitor, value::MapAccessDeserializer},
};
use std::{borrow::Cow, collections::BTreeMap, fmt};

/// A strategy: rules that set a target, targets of several instruments at once, or a quote on both
/// sides, once each time it is triggered.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a strategy's table")]
pub struct Strategy {
    /// Name.
    pub name: String,
    /// Its account; may be left out when there is only one.
    pub account: Option<String>,
    /// What triggers it: the name of a bar, `trade`, `quote`, `book`, `news`, `funding`, or
    /// `{ every = "100ms" }`; with legs also that of one leg, as in `perp.bar_1m`.
    pub on: TriggerText,
    /// Instruments that it trades, each by itself.
    #[serde(rename = "for")]
    pub instruments: Option<Targets>,
    /// Instruments that it trades at once, by names of its own; in place of `for`.
    pub legs: Option<BTreeMap<String, LegText>>,
    /// The wanted position in each leg as a multiple of its size, below zero for a short one: an
    /// expression over columns of legs, as in `perp.mid`, and over the targets of the legs before
    /// it by their names. Null leaves it as it is.
    pub target: Option<TargetTexts>,
    /// What is done when one leg is filled and another is not.
    pub unhedged: Option<UnhedgedText>,
    /// When to be long.
    pub long: Option<RuleText>,
    /// When to be short.
    pub short: Option<RuleText>,
    /// When to be flat; goes before `long` and `short`.
    pub flat: Option<RuleText>,
    /// How large a position it wants; needed with `long` or `short`. Of legs, what a target of 1
    /// is, in each.
    pub size: Option<Size>,
    /// How it orders; at market if it does not say.
    pub order: Option<OrderText>,
    /// What ends a position besides the rules; goes before them.
    pub exit: Option<ExitText>,
    /// Orders on both sides, instead of rules that set a target.
    pub quote: Option<QuoteText>,
    /// What a quote takes for the fair price: its other rules read it as `fair`.
    pub fair: Option<RuleText>,
    /// When all orders of a quote are taken back, doubtful data or not.
    pub pull: Option<RuleText>,
}

/// Orders on both sides. Each trigger compares what is wanted with what is at work; a side whose
/// price is null stays as it is.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "a quote: { bid = \"mid - half\", ask = \"mid + half\", quantity = \"0.01\" }, …"
)]
pub struct QuoteText {
    /// Price of the first buy order, rounded down to the tick.
    pub bid: RuleText,
    /// Price of the first sell order, rounded up to the tick.
    pub ask: RuleText,
    /// Quantity of each order, rounded down to the lot; zero takes all back.
    pub quantity: RuleText,
    /// Orders a side; 1 if it does not say.
    pub levels: Option<u32>,
    /// Ticks from one order of a side to the next; needed with several levels.
    pub step_ticks: Option<u32>,
    /// Rejected rather than executed on arrival; true if it does not say.
    pub post_only: Option<bool>,
    /// An order stays, and keeps its place in the queue, while its price is fewer ticks than this
    /// from a wanted one; 1, so that any change moves it, if it does not say.
    pub requote_ticks: Option<u32>,
    /// Largest position, long or short, that the orders of a side may bring about.
    pub max_position: Option<Decimal>,
}

/// What ends a position besides the rules: at least one of these. Levels are evaluated while a
/// position is held, and what is null leaves a level as it was.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "an exit: { stop = \"entry - side * 2 * atr\", after = \"30 bars\" }, …"
)]
pub struct ExitText {
    /// Price at which a loss is cut.
    pub stop: Option<RuleText>,
    /// Price at which a profit is taken.
    pub take: Option<RuleText>,
    /// Distance from the best price since the position was known at which it ends.
    pub trail: Option<RuleText>,
    /// How long it lasts at most: `"30 bars"`, which are triggers of the strategy, or `"4h"`.
    pub after: Option<AfterText>,
    /// Where stop and take are; with the strategy if it does not say.
    pub at: Option<ExitAt>,
}

/// Where the levels of an exit are watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExitAt {
    /// By the strategy, which orders at market once one is touched.
    Strategy,
    /// They are orders that rest there, of which one cancels the other.
    Venue,
}

/// How long a position lasts at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterText {
    /// So many triggers that found it held.
    Bars(u32),
    /// So long since it was known.
    Span(Span),
}

/// How large a position is wanted: exactly one way.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a size: { fraction = 0.1 }, { quantity = \"0.01\" }, …")]
pub struct Size {
    /// This quantity.
    pub quantity: Option<RuleText>,
    /// Worth this much settlement currency.
    pub notional: Option<RuleText>,
    /// Worth this fraction of the account's equity.
    pub fraction: Option<f64>,
    /// Loses this fraction of equity when the price moves by `distance`.
    pub risk: Option<f64>,
    /// The price distance of `risk`.
    pub distance: Option<RuleText>,
}

/// What a strategy waits for.
#[derive(Debug, Clone, PartialEq)]
pub enum TriggerText {
    /// A bar, `trade`, `quote`, `book` or `news`.
    Named(String),
    /// Each multiple of a span of event time, and so long after it.
    Every(Every),
}

/// How orders are placed.
#[derive(Debug, Clone, PartialEq)]
pub enum OrderText {
    /// At any price.
    Market,
    /// At a price or better, or once the market has come to a price.
    At(OrderTable),
}

/// An order at a price or better, `limit`; or one that waits at the venue until the market has come
/// to a price, with `stop`, `touch` or `trail`, and then goes at market, or at `limit` or better.
/// What ends a position does not wait, and goes at market.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with `limit`, `stop`, `touch` or `trail`")]
pub struct OrderTable {
    /// The price, rounded passively to the tick.
    pub limit: Option<RuleText>,
    /// Waits for a price that is worse: up to it for a buy order, down to it for a sell order.
    pub stop: Option<RuleText>,
    /// Waits for a price that is better: down to it for a buy order, up to it for a sell order.
    pub touch: Option<RuleText>,
    /// Waits until the market turns by so much: up from its lowest for a buy order, down from its
    /// highest for a sell order, since the order arrived.
    pub trail: Option<RuleText>,
    /// Rejected rather than executed on arrival.
    #[serde(default)]
    pub post_only: bool,
    /// Never more than what closes the account's position in the instrument, which is that of all
    /// of its strategies; without a price it goes at market.
    #[serde(default)]
    pub reduce_only: bool,
    /// What becomes of what cannot be had at once; it rests if this does not say.
    pub in_force: Option<InForce>,
    /// Taken back this long after it arrived.
    #[schemars(schema_with = "schema::span")]
    #[serde(default)]
    pub timeout: Option<Span>,
    /// What follows the timeout.
    pub then: Option<Then>,
}

/// What becomes of what an order cannot have at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InForce {
    /// It rests until it is taken back.
    Gtc,
    /// It is cancelled.
    Ioc,
    /// Nothing is executed at all.
    Fok,
}

/// What follows an order that ran out of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// The rest is taken at market.
    Market,
}

/// A timer.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with `every`")]
pub struct Every {
    /// Each multiple of this span of event time.
    #[schemars(schema_with = "schema::span")]
    pub every: Span,
    /// So long after it; at once if it does not say.
    #[schemars(schema_with = "schema::span")]
    #[serde(default)]
    pub offset: Option<Span>,
}

struct TriggerVisitor;

impl<'de> Visitor<'de> for TriggerVisitor {
    type Value = TriggerText;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the name of a bar, trade, quote, book, news, funding, or { every = \"100ms\" }",
        )
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<TriggerText, E> {
        Ok(TriggerText::Named(text.to_owned()))
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<TriggerText, A::Error> {
        Every::deserialize(MapAccessDeserializer::new(map)).map(TriggerText::Every)
    }
}

struct OrderVisitor;

impl<'de> Visitor<'de> for OrderVisitor {
    type Value = OrderText;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"market\", { limit = \"bid\" } or { stop = \"1.01 * mid\" }")
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<OrderText, E> {
        match text {
            "market" => Ok(OrderText::Market),
            _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
        }
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<OrderText, A::Error> {
        OrderTable::deserialize(MapAccessDeserializer::new(map)).map(OrderText::At)
    }
}

struct AfterVisitor;

impl Visitor<'_> for AfterVisitor {
    type Value = AfterText;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of bars or a span of time, as in \"30 bars\" or \"4h\"")
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<AfterText, E> {
        let wrong = || E::invalid_value(Unexpected::Str(text), &self);
        let after = match text.strip_suffix(" bars").or_else(|| text.strip_suffix(" bar")) {
            Some(bars) if bars.bytes().all(|b| b.is_ascii_digit()) => {
                AfterText::Bars(bars.parse().map_err(|_| wrong())?)
            }
            Some(_) => return Err(wrong()),
            None => AfterText::Span(text.parse().map_err(|_| wrong())?),
        };
        match after {
            AfterText::Bars(0) | AfterText::Span(Span(0)) => {
                Err(E::custom("a position lasts longer than nothing"))
            }
            after => Ok(after),
        }
    }
}

impl<'de> Deserialize<'de> for AfterText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<AfterText, D::Error> {
        deserializer.deserialize_any(AfterVisitor)
    }
}
impl JsonSchema for AfterText {
    fn schema_name() -> Cow<'static, str> {
        "After".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "a number of the strategy's triggers, or a span of time",
            "type": "string", "pattern": "^[0-9]+( bars?|ns|us|ms|s|m|h|d)$"
        })
    }
}
impl<'de> Deserialize<'de> for TriggerText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<TriggerText, D::Error> {
        deserializer.deserialize_any(TriggerVisitor)
    }
}
impl<'de> Deserialize<'de> for OrderText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<OrderText, D::Error> {
        deserializer.deserialize_any(OrderVisitor)
    }
}
impl JsonSchema for TriggerText {
    fn schema_name() -> Cow<'static, str> {
        "Trigger".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let every = generator.subschema_for::<Every>();
        json_schema!({ "anyOf": [{ "type": "string" }, every] })
    }
}
impl JsonSchema for OrderText {
    fn schema_name() -> Cow<'static, str> {
        "Order".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let table = generator.subschema_for::<OrderTable>();
        json_schema!({ "anyOf": [{ "const": "market" }, table] })
    }
}
