//! Bars of equal numbers of records.

use super::BarOn;
use crate::indicators::{Period, parameters};

parameters! {
    /// Bars of so many trades, best bids and offers, or lower bars each.
    pub struct TickBar {
        /// How many.
        pub count: Period<1>,
        /// What it is built from.
        pub on: BarOn = "trades",
    }
}
