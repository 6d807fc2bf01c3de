//! Features of the book, of trades, of best bids and offers and of news.
//!
//! Those with running state follow the model of `window_sum.rs`: documented parameters, formula,
//! state, what a record does and what the value is. To add one: write its file with an `impl
//! Definition` (or `Windowed`, over one window of time), then add its `mod` line and its entry in
//! `features!` below. The job-file syntax, the catalogue and the laws that test it follow.

#[macro_use]
mod catalogue;
mod flow;
mod parameter;
mod state;
mod window;

pub mod kyle_lambda;
pub mod order_flow_imbalance;
pub mod roll_spread;
pub mod sentiment;
pub mod streak;
pub mod trade_intensity;
pub mod vpin;
pub mod vwap_deviation;
pub mod window_buy_volume;
pub mod window_count;
pub mod window_deviation;
pub mod window_first;
pub mod window_last;
pub mod window_max;
pub mod window_mean;
pub mod window_min;
pub mod window_quantile;
pub mod window_sell_volume;
pub mod window_signed_volume;
pub mod window_slope;
pub mod window_sum;
pub mod window_surge;
pub mod window_twap;
pub mod window_velocity;

#[cfg(test)]
mod brute;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod testing;

pub use catalogue::{Definition, Reads, Scales};
pub use flow::{TradeFlow, TradeFlowState};
pub use parameter::{Ago, Amount, Length, Series};
pub use sentiment::{Sentiment, SentimentState};
pub use state::{Feature, FeatureState};
pub use window::{
    Aggregate, Area, Events, Frame, Held, Highest, Levels, Lowest, Moments, Pairs, Ranked, Sum,
    Timed, Trend, Wide, Windowed,
};

use crate::indicators::{Entry, Kind};
use serde::{Deserialize, Serialize};

features! {
    looked_up {
        /// (bid quantity - ask quantity) / (their sum) over the best levels of the rebuilt book.
        BookImbalance(BookImbalance),
        /// (bought - sold) / (bought + sold) over the last trades.
        TradeImbalance(TradeFlow),
        /// Mood of the news about the instrument, fading with time.
        Sentiment(Sentiment),
    }
    running {
        kyle_lambda::KyleLambda,
        order_flow_imbalance::OrderFlowImbalance,
        roll_spread::RollSpread,
        streak::Streak,
        trade_intensity::TradeIntensity,
        vpin::Vpin,
        vwap_deviation::VwapDeviation,
        window_buy_volume::WindowBuyVolume,
        window_count::WindowCount,
        window_deviation::WindowDeviation,
        window_first::WindowFirst,
        window_last::WindowLast,
        window_max::WindowMax,
        window_mean::WindowMean,
        window_min::WindowMin,
        window_quantile::WindowQuantile,
        window_sell_volume::WindowSellVolume,
        window_signed_volume::WindowSignedVolume,
        window_slope::WindowSlope,
        window_sum::WindowSum,
        window_surge::WindowSurge,
        window_twap::WindowTwap,
        window_velocity::WindowVelocity,
    }
}

/// Imbalance of the book: between -1 (only asks) and +1 (only bids). Null while there is no book;
/// with a best bid and offer only, `levels = 1` is taken from that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BookImbalance {
    /// Levels of each side that count.
    pub levels: std::num::NonZeroU16,
}

/// A kind of feature whose value is looked up, for `tapeflow catalogue`.
#[derive(Debug, Clone, Copy)]
pub struct FeatureEntry {
    /// Name in the job file.
    pub kind: &'static str,
    /// One sentence.
    pub doc: &'static str,
    /// How it is computed.
    pub formula: &'static str,
    /// Which choices it makes.
    pub convention: &'static str,
    /// What comes before the first value.
    pub warm_up: &'static str,
    /// Work a record, or a look.
    pub cost: &'static str,
    /// What a checkpoint holds of it.
    pub state: &'static str,
    /// Where the definition stands.
    pub source: &'static str,
    /// An example of its parameters in TOML.
    pub example: &'static str,
    /// Name, values and meaning of each parameter.
    pub parameters: &'static [[&'static str; 3]],
    /// What its columns hold.
    pub outputs: &'static [FeatureOutput],
}

/// A column of a feature.
#[derive(Debug, Clone, Copy)]
pub struct FeatureOutput {
    /// What stands behind the feature's name and a dot; empty for the name alone.
    pub suffix: &'static str,
    /// Unit or range.
    pub unit: &'static str,
    /// What it is.
    pub doc: &'static str,
}

/// How many of something count.
const COUNT: &str = "whole number from 1 to 65535";

/// The one column of a feature that is named like it.
const IMBALANCE: &[FeatureOutput] =
    &[FeatureOutput { suffix: "", unit: "-1 to 1", doc: "the imbalance" }];

impl FeatureSpec {
    /// Every kind whose value is looked up.
    pub const CATALOGUE: [FeatureEntry; 3] = [
        FeatureEntry {
            kind: "book_imbalance",
            doc: "Which side of the book is heavier near the touch: 1 only bids, -1 only asks",
            formula: "(bid - ask) / (bid + ask), quantities summed over the best levels",
            convention: "of the book rebuilt from deltas; without one levels = 1 is that of the \
                         best bid and offer, more levels are null; null where both sides are empty",
            warm_up: "until there is a book",
            cost: "O(levels) a look",
            state: "none: it is read off the book",
            source: "R. Cont, A. Kukanov and S. Stoikov, The Price Impact of Order Book Events \
                     (2014), as a level",
            example: "{ levels = 5 }",
            parameters: &[["levels", COUNT, "How many count."]],
            outputs: IMBALANCE,
        },
        FeatureEntry {
            kind: "trade_imbalance",
            doc: "Which side has been the aggressor lately: 1 only buyers, -1 only sellers",
            formula: "(bought - sold) / (bought + sold), volumes of the last `trades` trades",
            convention: "by the aggressor that the venue tells; trades without one do not count; \
                         sums of whole lots, which do not drift",
            warm_up: "until `trades` trades with an aggressor",
            cost: "O(1) a trade",
            state: "at most 10 bytes a trade of the window",
            source: "the plain definition",
            example: "{ trades = 100 }",
            parameters: &[["trades", COUNT, "How many count."]],
            outputs: IMBALANCE,
        },
        sentiment::ENTRY,
    ];

    /// What the catalogue says about a kind whose value is looked up.
    pub fn entry(&self) -> Option<&'static FeatureEntry> {
        static ENTRIES: [FeatureEntry; 3] = FeatureSpec::CATALOGUE;
        match self {
            FeatureSpec::BookImbalance(_) => ENTRIES.first(),
            FeatureSpec::TradeImbalance(_) => ENTRIES.get(1),
            FeatureSpec::Sentiment(_) => ENTRIES.get(2),
            _ => None,
        }
    }
}
