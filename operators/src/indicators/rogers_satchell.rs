//! Rogers-Satchell volatility.
//!
//! - Formula: `sqrt(sum(ln(h / c) ln(h / o) + ln(l / c) ln(l / o)) / n)`.
//! - Parameters: `period` n.
//! - Convention: a row, not a year; a price that is not above 0 counts as no move.
//! - Warm-up: n - 1 rows.
//! - Cost: O(1) a row, n values held.
//! - Source: L. Rogers and S. Satchell, Estimating Variance from High, Low and Closing Prices,
//!   1991.

use super::{
    About, Definition, OpenHighLowClose, Output, Period, Unit, returns::log_ratio, window::Total,
};

parameters! {
    /// Volatility from the ranges of bars and their opens and closes, whatever the trend.
    pub struct RogersSatchell {
        /// Rows in the window.
        pub period: Period<1>,
    }
}

impl Definition for RogersSatchell {
    const ABOUT: About = About {
        title: "Rogers-Satchell volatility",
        formula: "sqrt(sum(ln(h / c) ln(h / o) + ln(l / c) ln(l / o)) / n)",
        convention: "a row, not a year; a price that is not above 0 counts as no move",
        warm_up: "n - 1 rows",
        cost: "O(1)",
        source: "L. Rogers and S. Satchell, Estimating Variance from High, Low and Closing Prices, \
                 1991",
    };
    type Row = OpenHighLowClose;
    type Values = [f64; 1];
    type State = Total;

    fn outputs(&self) -> Vec<Output> {
        Output::only(
            self.period.get() - 1,
            Unit::Is("log return"),
            "Standard deviation of log returns a row.",
        )
    }

    fn examples() -> Vec<Self> {
        [20, 1, 2, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> Total {
        Total::default()
    }

    #[inline(always)]
    fn step(&self, total: &mut Total, bar: OpenHighLowClose) -> [f64; 1] {
        let variance = drift_free(&bar);
        let sum = total.push(variance, self.period.get());
        [sum.map_or(f64::NAN, |sum| (sum / self.period.get() as f64).max(0.0).sqrt())]
    }
}

/// The variance that a bar shows, whatever its drift.
#[inline(always)]
pub(super) fn drift_free(bar: &OpenHighLowClose) -> f64 {
    log_ratio(bar.high, bar.close) * log_ratio(bar.high, bar.open)
        + log_ratio(bar.low, bar.close) * log_ratio(bar.low, bar.open)
}

#[cfg(test)]
mod tests {
    use super::RogersSatchell;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let rows = [[2.0, 4.0, 1.0, 2.0, 0.0], [2.0, 2.0, 2.0, 2.0, 0.0], [0.0; 5]];
        let two = std::f64::consts::LN_2;
        let first = 2.0 * two * two;
        let expected = [NULL, (first / 2.0).sqrt(), 0.0];
        expect_bars(&RogersSatchell { period: Period::of(2) }, &rows, &[&expected]);
    }
}
