//! Parameters that several kinds of bars share.

use schemas::Text;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a bar is built from; trades where a job does not say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum BarOn {
    /// Trades.
    #[default]
    Trades,
    /// Best bids and offers with both sides, by their middle.
    Quotes,
    /// Candles of the venue, of one length: what overlaps with the one before does not count.
    Candles,
    /// Finished bars of this name.
    Bar(Text),
}

impl BarOn {
    /// The accepted values in words.
    pub const TEXT: &'static str = "trades, quotes, candles or the name of a bar";
}

impl From<String> for BarOn {
    fn from(name: String) -> BarOn {
        match name.as_str() {
            "trades" => BarOn::Trades,
            "quotes" => BarOn::Quotes,
            "candles" => BarOn::Candles,
            _ => BarOn::Bar(name.into()),
        }
    }
}
impl From<BarOn> for String {
    fn from(on: BarOn) -> String {
        on.to_string()
    }
}
impl fmt::Display for BarOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BarOn::Trades => "trades",
            BarOn::Quotes => "quotes",
            BarOn::Candles => "candles",
            BarOn::Bar(name) => name,
        })
    }
}

/// What bars are built from in the end, through those between.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Feed {
    /// Trades.
    #[default]
    Trades,
    /// Best bids and offers: prices are twice what they mean, so that a mid is exact.
    Quotes,
    /// Candles, which do not say what each quantity cost.
    Candles,
}

impl Feed {
    /// What a bar without a lower one is built from.
    pub fn of(on: &BarOn) -> Feed {
        match on {
            BarOn::Quotes => Feed::Quotes,
            BarOn::Candles => Feed::Candles,
            BarOn::Trades | BarOn::Bar(_) => Feed::Trades,
        }
    }
}

/// What is weighed against each other in bars of imbalance and of runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Each trade, best bid and offer, or bar counts 1.
    Count,
    /// Its quantity.
    Volume,
    /// Its price times quantity.
    Notional,
}

impl Measure {
    /// The accepted values in words.
    pub const TEXT: &'static str = "one of count, volume, notional";
}

/// Where bricks begin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BrickStart {
    /// At the first price.
    #[default]
    First,
    /// At the multiple of their height that is nearest to the first price, so that runs that begin
    /// at other times draw the same lines.
    Multiple,
}

impl BrickStart {
    /// The accepted values in words.
    pub const TEXT: &'static str = "one of first, multiple";
}
