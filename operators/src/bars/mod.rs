//! Bars from trades. One file a kind; the list is [`BarKind`].

mod time;

pub use time::{BarState, BarTrade, TimeBar};

use serde::{Deserialize, Serialize};

/// A bar's definition as it stands in the job file:
/// `{ time = { every = "1m", clock = "receive" } }`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum BarKind {
    /// Bars over equal spans of time.
    Time(TimeBar),
}

/// The columns that a bar named `b` offers to rules and indicators as `b.open`, ….
pub const BAR_COLUMNS: [(&str, &str); 8] = [
    ("open", "first price"),
    ("high", "highest price"),
    ("low", "lowest price"),
    ("close", "last price"),
    ("volume", "sum of quantities"),
    ("vwap", "volume-weighted average price"),
    ("buy_volume", "volume of trades whose aggressor bought"),
    ("trades", "number of trades"),
];
