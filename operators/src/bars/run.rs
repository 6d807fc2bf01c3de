//! Bars of runs.

use super::{BarOn, Measure};
use crate::indicators::{Period, parameters};

parameters! {
    /// Bars that close when one side took more than usual: when the larger of up and down reaches
    /// the usual length of a bar times the usual larger of them a record, both exponential means
    /// over the bars before.
    pub struct RunBar {
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
