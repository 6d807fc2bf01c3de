//! Bars of equal money traded.

use super::BarOn;
use crate::{features::Amount, indicators::parameters};

parameters! {
    /// Bars that close with the trade that brings price times quantity to an amount, and hold all
    /// of that trade.
    pub struct DollarBar {
        /// Price times quantity times multiplier at which a bar closes.
        pub notional: Amount,
        /// What it is built from.
        pub on: BarOn = "trades",
    }
}
