//! Strategies over several instruments at once, as written.

use super::{OrderText, RuleText, Size};
use crate::spec::schema;
use operators::strategy::Remedy;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use schemas::Span;
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor, value::MapAccessDeserializer},
};
use std::{borrow::Cow, fmt};

/// An instrument of several that are traded at once: its name, or a table with what is its own.
#[derive(Debug, Clone, PartialEq)]
pub struct LegText {
    /// `venue:symbol`.
    pub instrument: String,
    /// What a target of 1 is, in place of the strategy's `size`.
    pub size: Option<Size>,
    /// How it orders, in place of the strategy's `order`.
    pub order: Option<OrderText>,
}

/// A leg with a size or an order style of its own.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a leg: { instrument = \"demo:SYN0001\", … }")]
struct LegTable {
    /// `venue:symbol`.
    instrument: String,
    /// What a target of 1 is, in place of the strategy's `size`.
    size: Option<Size>,
    /// How it orders, in place of the strategy's `order`.
    order: Option<OrderText>,
}

/// What is done when the legs' positions have been out of the wanted ratio for some time.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "{ after = \"5s\", do = \"flatten\" }")]
pub struct UnhedgedText {
    /// For how long they must have been.
    #[schemars(schema_with = "schema::span")]
    pub after: Span,
    /// `flatten` closes all legs at market, `hedge` orders what is missing at market, `report`
    /// only tells of it in `signals`.
    #[serde(rename = "do")]
    #[schemars(schema_with = "remedy")]
    pub remedy: Remedy,
}

fn remedy(_: &mut SchemaGenerator) -> Schema {
    let all: Vec<&str> = Remedy::ALL.iter().map(|remedy| remedy.as_str()).collect();
    json_schema!({ "enum": all })
}

/// A target of each leg, by its name.
pub type TargetTexts = std::collections::BTreeMap<String, RuleText>;

struct LegVisitor;

impl<'de> Visitor<'de> for LegVisitor {
    type Value = LegText;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an instrument, or { instrument = \"demo:SYN0001\", size = { … } }")
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<LegText, E> {
        Ok(LegText { instrument: text.to_owned(), size: None, order: None })
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<LegText, A::Error> {
        let LegTable { instrument, size, order } =
            LegTable::deserialize(MapAccessDeserializer::new(map))?;
        Ok(LegText { instrument, size, order })
    }
}

impl<'de> Deserialize<'de> for LegText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<LegText, D::Error> {
        deserializer.deserialize_any(LegVisitor)
    }
}

impl JsonSchema for LegText {
    fn schema_name() -> Cow<'static, str> {
        "Leg".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let table = generator.subschema_for::<LegTable>();
        json_schema!({ "anyOf": [{ "type": "string" }, table] })
    }
}
