//! When the market is looked at after fills, as written.

use crate::spec::schema;
use schemars::JsonSchema;
use schemas::Span;
use serde::Deserialize;

/// When the market is looked at after each fill.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a table with `horizons` and `toxic`")]
pub struct MarkoutSection {
    /// How long after a fill; 100ms, 1s, 10s and 1m if it does not say, and never with `[]`.
    #[schemars(schema_with = "schema::spans")]
    pub horizons: Option<Vec<Span>>,
    /// Which fills are toxic; none are marked if it does not say.
    pub toxic: Option<ToxicText>,
}

/// Which fills are toxic: those whose markout is worse than a distance, stated in exactly one way.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table: { horizon = \"1s\", spreads = 0.5 }")]
pub struct ToxicText {
    /// The horizon that tells, one of `horizons`.
    #[schemars(schema_with = "schema::span")]
    pub horizon: Span,
    /// The distance in spreads, as they were at the fill.
    pub spreads: Option<f64>,
    /// The distance in ticks.
    pub ticks: Option<f64>,
    /// Half of what a toxic fill counts in the column `toxicity` is gone after so long; 5m if it
    /// does not say.
    #[schemars(schema_with = "schema::span")]
    #[serde(default)]
    pub half_life: Option<Span>,
}
