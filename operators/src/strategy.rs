//! Strategies as resolved: rules, size and order style, compiled against the row that a trigger
//! brings and the columns of the account.

use crate::rules::Rule;
use schemas::{Instrument, Span, Text};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What rules know of the account; these slots stand after those of the trigger.
pub const ACCOUNT_COLUMNS: [(&str, &str); 5] = [
    ("position", "the strategy's own signed position in the instrument, as it knows it"),
    ("entry", "average price of that position; null when flat"),
    ("side", "+1 long, -1 short, 0 flat"),
    ("bars_held", "triggers since the position was opened; 0 when flat"),
    ("equity", "the account's equity in the instrument's settlement currency"),
];

/// A strategy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StrategySpec {
    /// Its name.
    pub name: Text,
    /// Its ordinal in the plan: the place of its decisions in the order key.
    pub ordinal: u16,
    /// Instruments that it trades, ascending.
    pub instruments: Vec<u32>,
    /// How many values a trigger brings.
    pub columns: u32,
    /// Digests of the models that its rules read, if they read any.
    pub models: Option<Text>,
    /// When to be long.
    pub long: Option<Rule>,
    /// When to be short.
    pub short: Option<Rule>,
    /// When to be flat.
    pub flat: Option<Rule>,
    /// How much.
    pub size: Size,
    /// How.
    pub order: OrderStyle,
    /// What ends its positions besides rules. Left out where there is none, so that the digest of
    /// a job without is what it was before there were exits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<Exit>,
}

/// What ends a position besides the rules; at least one member is there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exit {
    /// Price at which a loss is cut.
    pub stop: Option<Rule>,
    /// Price at which a profit is taken.
    pub take: Option<Rule>,
    /// Distance, above zero, from the best price since the position was known at which it ends.
    pub trail: Option<Rule>,
    /// How long it lasts at most.
    pub after: Option<After>,
}

impl Exit {
    /// Rules of `stop`, `take` and `trail`.
    pub fn rules(&self) -> [&Option<Rule>; 3] {
        [&self.stop, &self.take, &self.trail]
    }
}

/// How long a position lasts at most.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum After {
    /// So many triggers that found it held.
    Bars(u32),
    /// So long since it was known.
    Span(Span),
}

impl fmt::Display for After {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            After::Bars(1) => f.write_str("1 bar"),
            After::Bars(n) => write!(f, "{n} bars"),
            After::Span(span) => span.fmt(f),
        }
    }
}

/// How large a position is wanted; always rounded down to the lot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Size {
    /// This quantity.
    Quantity(Rule),
    /// Worth this much settlement currency.
    Notional(Rule),
    /// Worth this fraction of the account's equity.
    Fraction(f64),
    /// Loses this fraction of equity when the price moves by the distance.
    Risk {
        /// Fraction of equity at risk.
        fraction: f64,
        /// Price distance.
        distance: Rule,
    },
}

/// A size whose rules have been evaluated: what is left is the price, and the money that is there.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Amount {
    /// This quantity.
    Quantity(f64),
    /// Worth this much settlement currency.
    Notional(f64),
    /// Worth this fraction of equity.
    Fraction(f64),
    /// Loses this fraction of equity when the price moves by the distance.
    Risk {
        /// Fraction of equity at risk.
        fraction: f64,
        /// Price distance, above zero; NaN is null.
        distance: f64,
    },
}

impl Amount {
    /// The quantity at the instrument's scale, rounded down to the lot; 0 when it cannot be told.
    pub fn lots(self, instrument: &Instrument, equity: f64, price: f64) -> i64 {
        // What one unit is worth in settlement currency.
        let multiplier = instrument.multiplier as f64;
        let unit = if instrument.inverse { multiplier / price } else { multiplier * price };
        instrument.lots_down(match self {
            Amount::Quantity(quantity) => quantity,
            Amount::Notional(notional) => notional / unit,
            Amount::Fraction(fraction) => fraction * equity / unit,
            Amount::Risk { fraction, distance } => fraction * equity / (unit / price * distance),
        })
    }

    /// Does it depend on the price, or on what the account is worth?
    pub fn needs_price(self) -> bool {
        !matches!(self, Amount::Quantity(_))
    }
}

/// How orders are placed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStyle {
    /// At any price.
    Market,
    /// At a price or better.
    Limit {
        /// The price; rounded passively to the tick.
        price: Rule,
        /// Never take: rejected if it would execute on arrival.
        post_only: bool,
        /// Taken back this long after it arrived.
        timeout: Option<Span>,
        /// After the timeout, take the rest at market?
        then_market: bool,
    },
}
