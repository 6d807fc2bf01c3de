//! Bars of equal volume.

use super::BarOn;
use crate::{features::Amount, indicators::parameters};

parameters! {
    /// Bars that close with the trade that brings their volume to a quantity, and hold all of that
    /// trade.
    pub struct VolumeBar {
        /// The volume at which a bar closes.
        pub quantity: Amount,
        /// What it is built from.
        pub on: BarOn = "trades",
    }
}
