//! What a venue wants to be held against positions, and what it takes for what it lends, as it is
//! written.

use super::Decimal;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Margin of positions, cross in each settlement currency: for all positions alike, or by tiers.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "a table such as { initial = \"0.1\", maintenance = \"0.05\" }, or with `tiers`"
)]
pub struct Margin {
    /// What opens a position, as a fraction of its notional.
    pub initial: Option<Decimal>,
    /// What keeps it; with less equity than that the venue closes everything.
    pub maintenance: Option<Decimal>,
    /// By notional, as venues publish them, from 0 on.
    #[serde(default)]
    pub tiers: Vec<MarginTier>,
}

/// Margin from some notional of a position on.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "a tier: { from = \"50000\", initial = \"0.01\", maintenance = \"0.005\" }"
)]
pub struct MarginTier {
    /// Notional of the position in settlement currency; that of the first is 0.
    pub from: Decimal,
    /// What opens a position of this tier, as a fraction of its whole notional: one by the largest
    /// leverage.
    pub initial: Decimal,
    /// What keeps it, as a fraction of the part of the notional that lies in the tier.
    pub maintenance: Decimal,
}

/// What a liquidation costs.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with `fee`")]
pub struct Liquidation {
    /// Of the notional that it closes, besides the fee of a taking order.
    pub fee: Decimal,
}

/// Interest on what is owed.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table such as { rate = \"0.10\" }")]
pub struct Borrow {
    /// A year's, of any currency.
    pub rate: Decimal,
    /// A year's, of currencies that have one of their own: `{ BTC = "0.02" }`.
    #[serde(default)]
    pub rates: BTreeMap<String, Decimal>,
}
