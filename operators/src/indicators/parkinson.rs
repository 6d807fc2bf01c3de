//! Parkinson volatility.
//!
//! - Formula: `sqrt(sum(ln(high / low)^2) / (4 n ln 2))`.
//! - Parameters: `period` n.
//! - Convention: a row, not a year; a price that is not above 0 counts as no move.
//! - Warm-up: n - 1 rows.
//! - Cost: O(1) a row, n values held.
//! - Source: M. Parkinson, The Extreme Value Method for Estimating the Variance of the Rate of
//!   Return,
//!   1980.

use super::{About, Definition, HighLow, Output, Period, Unit, returns::log_ratio, window::Total};

parameters! {
    /// Volatility from the ranges of bars alone.
    pub struct Parkinson {
        /// Rows in the window.
        pub period: Period<1>,
    }
}

impl Definition for Parkinson {
    const ABOUT: About = About {
        title: "Parkinson volatility",
        formula: "sqrt(sum(ln(high / low)^2) / (4 n ln 2))",
        convention: "a row, not a year; a price that is not above 0 counts as no move",
        warm_up: "n - 1 rows",
        cost: "O(1)",
        source: "M. Parkinson, The Extreme Value Method for Estimating the Variance of the Rate of \
                 Return, 1980",
    };
    type Row = HighLow;
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
    fn step(&self, total: &mut Total, bar: HighLow) -> [f64; 1] {
        let range = log_ratio(bar.high, bar.low);
        let variance = range * range / (4.0 * std::f64::consts::LN_2);
        let sum = total.push(variance, self.period.get());
        [sum.map_or(f64::NAN, |sum| (sum / self.period.get() as f64).max(0.0).sqrt())]
    }
}

#[cfg(test)]
mod tests {
    use super::Parkinson;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let rows = [[2.0, 4.0, 1.0, 2.0, 0.0], [2.0, 2.0, 2.0, 2.0, 0.0], [0.0; 5]];
        let two = std::f64::consts::LN_2;
        let first = 4.0 * two * two / (4.0 * two);
        let expected = [NULL, (first / 2.0).sqrt(), 0.0];
        expect_bars(&Parkinson { period: Period::of(2) }, &rows, &[&expected]);
    }
}
