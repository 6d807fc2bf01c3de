//! One instrument's view of the market: book, bars, indicators and features, stepped record by
//! record in order-key order, and the triggers that strategies wait for. Instruments that read
//! columns of one another are stepped together.

mod bars;
mod cluster;
mod doubts;
mod engine;
mod foreign;
mod models;
mod news;
mod row;
mod run;
mod snapshot;
mod spec;
mod streak;
#[cfg(test)]
mod tests;
mod trades;
mod values;
mod wants;

pub use cluster::Markets;
pub use doubts::{DoubtSpec, Stamps};
pub use engine::InstrumentEngine;
pub use foreign::ForeignNode;
pub use models::{Ask, ModelInput, ModelKind, ModelNode, NoAnswer, Windows};
pub use row::{Funding, MarketRow, Top};
pub use spec::{
    BarNode, Driver, FeatureNode, IndicatorNode, MarketSpec, Node, ReadingsNode, Trigger,
    TriggerNode, TriggerOn,
};
pub use trades::{TradeRun, trade_at};

/// A column that every instrument offers to rules, without being named in the job file.
#[derive(Debug, Clone, Copy)]
pub struct MarketColumn {
    /// Name in rules.
    pub name: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// Its unit.
    pub unit: &'static str,
}

macro_rules! market_columns {
    ($($constant:ident = $name:literal, $unit:literal, $doc:literal;)+) => {
        /// The columns of every instrument; a column's slot is its place in this list.
        pub const MARKET_COLUMNS: &[MarketColumn] =
            &[$(MarketColumn { name: $name, doc: $doc, unit: $unit }),+];
        /// Slots of the columns of every instrument.
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        enum Slot { $($constant),+ }
        /// Slots by name.
        pub mod slot {
            $(#[doc = $doc] pub const $constant: usize = super::Slot::$constant as usize;)+
        }
    };
}
market_columns! {
    BID = "bid", "price", "best bid";
    ASK = "ask", "price", "best ask";
    BID_QUANTITY = "bid_quantity", "quantity", "quantity at the best bid";
    ASK_QUANTITY = "ask_quantity", "quantity", "quantity at the best ask";
    MID = "mid", "price", "middle of best bid and ask";
    SPREAD = "spread", "price", "best ask less best bid";
    MICROPRICE = "microprice", "price", "mid weighted by the opposite side's quantity";
    PRICE = "price", "price", "price of the last trade";
    QUANTITY = "quantity", "quantity", "quantity of the last trade";
    TICK = "tick", "price", "smallest price step";
    LOT = "lot", "quantity", "smallest quantity step";
    FUNDING_RATE = "funding_rate", "fraction", "last funding rate, paid by longs to shorts";
}
