//! Features of the book, of trade flow and of news. One file a member; the list is [`FeatureSpec`].

mod flow;
pub mod sentiment;

pub use flow::{TradeFlow, TradeFlowState};
pub use sentiment::{Sentiment, SentimentState};

use serde::{Deserialize, Serialize};

/// A feature as it stands in the job file: `imbalance = { book_imbalance = { levels = 5 } }`.
/// `spread`, `mid` and `microprice` are there without being named, as columns of every
/// instrument.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FeatureSpec {
    /// (bid quantity - ask quantity) / (their sum) over the best levels of the rebuilt book.
    BookImbalance(BookImbalance),
    /// (bought - sold) / (bought + sold) over the last trades.
    TradeImbalance(TradeFlow),
    /// Mood of the news about the instrument, fading with time.
    Sentiment(Sentiment),
}

/// Imbalance of the book: between -1 (only asks) and +1 (only bids). Null while there is no book;
/// with a best bid and offer only, `levels = 1` is taken from that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BookImbalance {
    /// Levels of each side that count.
    pub levels: std::num::NonZeroU16,
}

/// A kind of feature, for `tapeflow catalogue`.
#[derive(Debug, Clone, Copy)]
pub struct FeatureEntry {
    /// Name in the job file.
    pub kind: &'static str,
    /// One sentence.
    pub doc: &'static str,
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
    /// Every kind.
    pub const CATALOGUE: [FeatureEntry; 3] = [
        FeatureEntry {
            kind: "book_imbalance",
            doc: "(bid - ask) / (bid + ask) quantity over the best levels of the book",
            example: "{ levels = 5 }",
            parameters: &[["levels", COUNT, "How many count."]],
            outputs: IMBALANCE,
        },
        FeatureEntry {
            kind: "trade_imbalance",
            doc: "(bought - sold) / (bought + sold) volume over the last `trades` trades",
            example: "{ trades = 100 }",
            parameters: &[["trades", COUNT, "How many count."]],
            outputs: IMBALANCE,
        },
        sentiment::ENTRY,
    ];

    /// What the catalogue says about it.
    pub fn entry(&self) -> &'static FeatureEntry {
        static ENTRIES: [FeatureEntry; 3] = FeatureSpec::CATALOGUE;
        &ENTRIES[match self {
            FeatureSpec::BookImbalance(_) => 0,
            FeatureSpec::TradeImbalance(_) => 1,
            FeatureSpec::Sentiment(_) => 2,
        }]
    }
}
