//! Values that a job file may write in more than one way.

use pipeline::plan::IN_FLIGHT;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use schemas::{EventTime, Money, Span};
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};
use std::{borrow::Cow, fmt};

/// An exact decimal number: text, or a number of at most 15 digits, which a double keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decimal(pub String);

/// A rule: an SQL expression, or just a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleText(pub String);

/// Instruments: `"demo:A"`, `"demo:*"`, `"*"`, or a list of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Targets {
    /// One each, as written.
    pub patterns: Vec<String>,
    /// Were they written as a list?
    pub is_list: bool,
}

/// A moment: a TOML date or time, text, or Unix nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment(pub EventTime);

/// A size in memory: `"16MB"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Bytes(pub u64);

/// How far a clock is ahead of another, in nanoseconds: `"1s"`, or `"-3ms"` where it is behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Offset(pub i64);

impl TryFrom<String> for Offset {
    type Error = String;

    fn try_from(text: String) -> Result<Offset, String> {
        let span: Result<Span, _> = text.strip_prefix('-').unwrap_or(&text).parse();
        let Span(ns) = span.map_err(|_| {
            format!("`{text}` is no offset: write a span of time, as in \"1s\" or \"-3ms\"")
        })?;
        Ok(Offset(if text.starts_with('-') { -ns } else { ns }))
    }
}

impl JsonSchema for Offset {
    fn schema_name() -> Cow<'static, str> {
        "Offset".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "how far a clock is ahead: a span of time, with - where it is behind",
            "type": "string", "pattern": "^-?[0-9]+(ns|us|ms|s|m|h|d)$"
        })
    }
}

impl Default for Bytes {
    fn default() -> Bytes {
        Bytes(IN_FLIGHT)
    }
}

impl TryFrom<String> for Bytes {
    type Error = String;

    fn try_from(text: String) -> Result<Bytes, String> {
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let unit = match &text[digits..] {
            "kB" => Some(1_000),
            "MB" => Some(1_000_000),
            "GB" => Some(1_000_000_000),
            _ => None,
        };
        let number: Option<u64> = text[..digits].parse().ok().filter(|number| *number > 0);
        let bytes = number.zip(unit).and_then(|(number, unit)| number.checked_mul(unit));
        bytes.map(Bytes).ok_or_else(|| {
            format!("`{text}` is no size: write a whole number and kB, MB or GB, as in \"16MB\"")
        })
    }
}

/// Most digits that every double keeps.
const DIGITS_MAX: usize = 15;

/// The number as it was written, as far as a double remembers it.
fn plain<E: Error>(value: f64) -> Result<String, E> {
    // Rust prints the shortest text that reads back as the same double, without an exponent.
    let text = value.to_string();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    match value.is_finite() && (digits <= DIGITS_MAX || value.fract() == 0.0) {
        true => Ok(text),
        false => Err(E::custom("a float does not hold this number exactly: write it as text")),
    }
}

struct DecimalVisitor;

impl Visitor<'_> for DecimalVisitor {
    type Value = Decimal;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a decimal number as text, as in \"0.0002\"")
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Decimal, E> {
        match Money::parse(text) {
            Ok(_) => Ok(Decimal(text.to_owned())),
            Err(error) => Err(E::custom(format!("`{text}` is {error}"))),
        }
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<Decimal, E> {
        Ok(Decimal(value.to_string()))
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<Decimal, E> {
        Ok(Decimal(value.to_string()))
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<Decimal, E> {
        self.visit_str(&plain::<E>(value)?)
    }
}

struct RuleVisitor;

impl Visitor<'_> for RuleVisitor {
    type Value = RuleText;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a rule as text, as in \"fast > slow\", or a number")
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<RuleText, E> {
        Ok(RuleText(text.to_owned()))
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<RuleText, E> {
        Ok(RuleText(value.to_string()))
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<RuleText, E> {
        Ok(RuleText(value.to_string()))
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<RuleText, E> {
        match value.is_finite() {
            true => Ok(RuleText(value.to_string())),
            false => Err(E::custom("a rule's numbers are finite")),
        }
    }
}

struct TargetsVisitor;

impl<'de> Visitor<'de> for TargetsVisitor {
    type Value = Targets;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("instruments, as in [\"binance:BTCUSDT\"], [\"demo:*\"] or [\"*\"]")
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Targets, E> {
        Ok(Targets { patterns: vec![text.to_owned()], is_list: false })
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Targets, A::Error> {
        let mut patterns = Vec::new();
        while let Some(pattern) = list.next_element::<String>()? {
            patterns.push(pattern);
        }
        match patterns.is_empty() {
            true => Err(A::Error::custom("the list names no instrument")),
            false => Ok(Targets { patterns, is_list: true }),
        }
    }
}

struct MomentVisitor;

impl<'de> Visitor<'de> for MomentVisitor {
    type Value = Moment;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a moment, as in 2024-08-08T23:54:13Z")
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Moment, E> {
        text.parse().map(Moment).map_err(E::custom)
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<Moment, E> {
        Ok(Moment(EventTime(value)))
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Moment, A::Error> {
        let moment = toml::value::Datetime::deserialize(MapAccessDeserializer::new(map))?;
        self.visit_str(&moment.to_string())
    }
}

macro_rules! written {
    ($($name:ident, $visitor:ident, $schema:tt;)+) => {$(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                deserializer.deserialize_any($visitor)
            }
        }
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    )+};
}
written! {
    Decimal, DecimalVisitor, {
        "description": "an exact decimal number, best as text",
        "type": ["string", "number"], "pattern": "^-?[0-9]*\\.?[0-9]*$"
    };
    RuleText, RuleVisitor, {
        "description": "an SQL expression over columns and constants, or a number",
        "type": ["string", "number"]
    };
    Targets, TargetsVisitor, {
        "description": "venue:symbol, venue:*, *, or a list of these",
        "anyOf": [
            { "type": "string" },
            { "type": "array", "items": { "type": "string" }, "minItems": 1 }
        ]
    };
    Moment, MomentVisitor, {
        "description": "RFC 3339, a date, or Unix nanoseconds",
        "type": ["string", "integer"]
    };
}
