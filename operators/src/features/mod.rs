//! Features of the book and of trade flow. One file a member; the list is [`FeatureSpec`].

mod flow;
pub mod sentiment;

pub use flow::{TradeFlow, TradeFlowState};

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
}

impl FeatureSpec {
    /// Every kind.
    pub const CATALOGUE: [FeatureEntry; 2] = [
        FeatureEntry {
            kind: "book_imbalance",
            doc: "(bid - ask) / (bid + ask) quantity over the best levels of the book",
            example: "{ levels = 5 }",
        },
        FeatureEntry {
            kind: "trade_imbalance",
            doc: "(bought - sold) / (bought + sold) volume over the last `trades` trades",
            example: "{ trades = 100 }",
        },
    ];
}
