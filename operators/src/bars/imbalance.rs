//! Bars of imbalance.

use super::{BarOn, Measure};
use crate::indicators::{Period, parameters};

parameters! {
    /// Bars that close when what was bought and what was sold differ by more than usual: when |up -
    /// down| reaches the usual length of a bar times the usual |up - down| a record, both
    /// exponential means over the bars before.
    pub struct ImbalanceBar {
        /// What is weighed.
        pub of: Measure,
        /// Records of the first bar; the usual length stays from an eighth of it to eight times it.
        pub expected: Period<1>,
        /// Bars that the means are spread over: the newest weighs `2 / (bars + 1)`.
        pub bars: Period<1>,
        /// What it is built from.
        pub on: BarOn = "trades",
    }
}
