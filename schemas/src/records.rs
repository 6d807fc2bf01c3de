//! One struct a lake table. Field docs are the table's documentation in `tapeflow sql` (`\d`).

mod market;
mod results;

pub use crate::instrument::InstrumentFact;
pub use market::*;
pub use results::*;

use crate::{cell::Column, table::Record};
use std::fmt;

macro_rules! tables {
    ($(
        $(#[doc = $doc:literal])+
        $variant:ident = $name:literal: $record:ty, $market:literal;
    )+) => {
        /// The lake's tables.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(serde::Serialize, serde::Deserialize)]
        pub enum Table {
            $($(#[doc = $doc])+ #[serde(rename = $name)] $variant,)+
        }

        impl Table {
            /// Every table.
            pub const ALL: &'static [Table] = &[$(Table::$variant),+];

            /// Its name: the folder in the lake and the table in SQL.
            pub fn name(self) -> &'static str {
                match self { $(Table::$variant => $name,)+ }
            }

            /// One sentence about it.
            pub fn doc(self) -> &'static str {
                match self { $(Table::$variant => concat!($($doc),+).trim_ascii(),)+ }
            }

            /// Its columns; `readings` has those of the job between these.
            pub fn columns(self) -> Vec<Column> {
                match self { $(Table::$variant => <$record as Record>::columns(),)+ }
            }

            /// Market data, keyed by venue and date? The others are results, keyed by run and date.
            pub fn is_market(self) -> bool {
                match self { $(Table::$variant => $market,)+ }
            }

            /// Does the account loop make its rows?
            pub fn is_of_accounts(self) -> bool {
                use Table::{Fills, Ledger, Markouts, Orders, Portfolio, Positions, Signals};
                matches!(
                    self,
                    Signals | Orders | Fills | Markouts | Ledger | Positions | Portfolio
                )
            }
        }
    };
}
tables! {
    /// Facts of instruments
    Instruments = "instruments": InstrumentFact, true;
    /// Trades as printed by the venue
    Trades = "trades": Trade, true;
    /// Best bid and offer
    Quotes = "quotes": Quote, true;
    /// Changes of L2 books, one row a level
    BookDeltas = "book_deltas": BookDelta, true;
    /// Changes of L3 books, one row an order
    BookOrders = "book_orders": BookOrder, true;
    /// News by first-seen time
    News = "news": News, true;
    /// Funding rates of perpetual swaps
    Funding = "funding": Funding, true;
    /// Named numbers from anywhere
    Metrics = "metrics": Metric, true;
    /// Bars that venues publish
    Candles = "candles": Candle, true;
    /// Bars built by a run
    Bars = "bars": Bar, false;
    /// Every named indicator, feature and model output at strategy triggers, one column each
    Readings = "readings": Readings, false;
    /// Changes of a strategy's target
    Signals = "signals": Signal, false;
    /// Orders, one row a transition
    Orders = "orders": OrderEvent, false;
    /// Executions
    Fills = "fills": Fill, false;
    /// What the market did after executions, one row for each horizon that is over
    Markouts = "markouts": Markout, false;
    /// Postings: cash is their sum
    Ledger = "ledger": Posting, false;
    /// Positions after each change
    Positions = "positions": Position, false;
    /// Accounts after each fill and each second in which they changed
    Portfolio = "portfolio": Portfolio, false;
    /// Gaps, crossed books, late and skewed data
    Quality = "quality": Quality, false;
    /// Records that could not be used, with the reason
    Rejects = "rejects": Reject, false;
}

impl Table {
    /// Finds a table by name.
    pub fn parse(name: &str) -> Option<Table> {
        Table::ALL.iter().copied().find(|t| t.name() == name)
    }
}
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
