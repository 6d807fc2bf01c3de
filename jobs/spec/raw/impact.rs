//! What an account's own taking costs, as written.

use super::Decimal;
use crate::spec::schema;
use schemars::JsonSchema;
use schemas::Span;
use serde::Deserialize;

/// How much worse executions are that take: exactly one.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "{ ticks = { probability = 0.5, ticks = 1 } }, …")]
pub struct Impact {
    /// By the square root of what was taken.
    pub square_root: Option<SquareRoot>,
    /// In proportion to what was taken.
    pub linear: Option<Linear>,
    /// So many ticks, now and then.
    pub ticks: Option<Ticks>,
}

/// coefficient * volatility * sqrt(Q / volume) of the price.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "a table with `coefficient`, `volatility`, `volume` and `half_life`"
)]
pub struct SquareRoot {
    /// How strong it is, above 0 and at most 100; about 1 is usual.
    pub coefficient: f64,
    /// Standard deviation of returns over some time, such as a day, as a fraction: above 0 and at
    /// most 10.
    pub volatility: f64,
    /// Quantity of each instrument that is traded over the same time, above 0.
    pub volume: Decimal,
    /// What was taken counts half after this, a quarter after twice this.
    #[schemars(schema_with = "schema::span")]
    pub half_life: Span,
}

/// coefficient * Q / volume of the price.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with `coefficient`, `volume` and `half_life`")]
pub struct Linear {
    /// What taking the whole volume costs, as a fraction of the price: above 0 and at most 100.
    pub coefficient: f64,
    /// A quantity of each instrument, above 0.
    pub volume: Decimal,
    /// What was taken counts half after this, a quarter after twice this.
    #[schemars(schema_with = "schema::span")]
    pub half_life: Span,
}

/// Adverse ticks, drawn for each execution.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with `probability` and `ticks`")]
pub struct Ticks {
    /// How often, above 0 and at most 1.
    pub probability: f64,
    /// How many, from 1 to 1000.
    pub ticks: u32,
}
