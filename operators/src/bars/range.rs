//! Bars of equal range.

use super::BarOn;
use crate::{features::Amount, indicators::parameters};

parameters! {
    /// Bars that close with the record that brings their range (high less low) to an amount, and
    /// hold that record: after a jump the range is larger.
    pub struct RangeBar {
        /// The range at which a bar closes.
        pub range: Amount,
        /// What it is built from.
        pub on: BarOn = "trades",
    }
}
