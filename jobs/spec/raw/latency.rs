//! How long orders and answers travel, as written.

use crate::spec::schema;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use schemas::Span;
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor, value::MapAccessDeserializer},
};
use std::{borrow::Cow, fmt, path::PathBuf};

/// How long orders and answers travel: both ways stated, or as logged orders did.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with `entry` and `response`, or with `file`")]
pub struct Latency {
    /// From the decision to the venue.
    pub entry: Option<DelayText>,
    /// From the venue back to the strategy.
    pub response: Option<DelayText>,
    /// CSV of logged orders: the columns request_ts, exchange_ts and response_ts in nanoseconds.
    pub file: Option<PathBuf>,
}

/// How long one way takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum DelayText {
    /// Always this long.
    Constant(Span),
    /// Drawn for each order.
    Drawn(Drawn),
}

/// What a time is drawn from: exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "{ log_normal = { median = \"1ms\", sigma = 0.5 } }, …")]
pub struct Drawn {
    /// Anything between two spans, equally likely.
    pub uniform: Option<Uniform>,
    /// Most take about the median, a few much longer.
    pub log_normal: Option<LogNormal>,
    /// The shortest, and what is exponentially distributed beyond it.
    pub exponential: Option<Exponential>,
}

/// Anything between two spans.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with `from` and `to`")]
pub struct Uniform {
    /// The shortest.
    #[schemars(schema_with = "schema::span")]
    pub from: Span,
    /// The longest.
    #[schemars(schema_with = "schema::span")]
    pub to: Span,
}

/// A time whose logarithm is normally distributed.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with `median`, `sigma` and `min`")]
pub struct LogNormal {
    /// Half of all take less.
    #[schemars(schema_with = "schema::span")]
    pub median: Span,
    /// Standard deviation of the logarithm, above 0 and at most 3: at 0.5 one in six takes 1.6
    /// times the median and more.
    pub sigma: f64,
    /// The shortest; none if it does not say.
    #[schemars(schema_with = "schema::span")]
    #[serde(default)]
    pub min: Option<Span>,
}

/// The shortest time, and what comes on top.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with `min` and `mean`")]
pub struct Exponential {
    /// The shortest.
    #[schemars(schema_with = "schema::span")]
    pub min: Span,
    /// The mean of the whole.
    #[schemars(schema_with = "schema::span")]
    pub mean: Span,
}

struct DelayVisitor;

impl<'de> Visitor<'de> for DelayVisitor {
    type Value = DelayText;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a span of time, as in \"1ms\", or what it is drawn from")
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<DelayText, E> {
        text.parse().map(DelayText::Constant).map_err(E::custom)
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<DelayText, A::Error> {
        Drawn::deserialize(MapAccessDeserializer::new(map)).map(DelayText::Drawn)
    }
}

impl<'de> Deserialize<'de> for DelayText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<DelayText, D::Error> {
        deserializer.deserialize_any(DelayVisitor)
    }
}

impl JsonSchema for DelayText {
    fn schema_name() -> Cow<'static, str> {
        "Delay".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (constant, drawn) = (schema::span(generator), generator.subschema_for::<Drawn>());
        json_schema!({ "anyOf": [constant, drawn] })
    }
}
