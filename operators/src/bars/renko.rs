//! Renko bricks.

use super::{BarOn, BrickStart};
use crate::{features::Amount, indicators::parameters};

parameters! {
    /// Bricks: each is a fixed step up or down from the close of the one before; a turn takes two
    /// steps. A record that moves the price by several steps closes as many bricks at once, of
    /// which the first has the volume; one that moves it by more than 1,000 begins anew from its
    /// price.
    pub struct RenkoBar {
        /// Height of a brick.
        pub brick: Amount,
        /// Where the first one begins.
        pub start: BrickStart = "first",
        /// What it is built from.
        pub on: BarOn = "trades",
    }
}
