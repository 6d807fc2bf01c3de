//! Garman-Klass volatility.
//!
//! - Formula: `sqrt(sum(ln(high / low)^2 / 2 - (2 ln 2 - 1) ln(close / open)^2) / n)`.
//! - Parameters: `period` n.
//! - Convention: the practical estimator, a row, not a year; a price that is not above 0 counts as
//!   no move.
//! - Warm-up: n - 1 rows.
//! - Cost: O(1) a row, n values held.
//! - Source: M. Garman and M. Klass, On the Estimation of Security Price Volatilities from
//!   Historical
//!   Data, 1980.

use super::{
    About, Definition, OpenHighLowClose, Output, Period, Unit, returns::log_ratio, window::Total,
};

parameters! {
    /// Volatility from the ranges of bars and their opens and closes.
    pub struct GarmanKlass {
        /// Rows in the window.
        pub period: Period<1>,
    }
}

impl Definition for GarmanKlass {
    const ABOUT: About = About {
        title: "Garman-Klass volatility",
        formula: "sqrt(sum(ln(high / low)^2 / 2 - (2 ln 2 - 1) ln(close / open)^2) / n)",
        convention: "the practical estimator, a row, not a year; a price that is not above 0 \
                     counts as no move",
        warm_up: "n - 1 rows",
        cost: "O(1)",
        source: "M. Garman and M. Klass, On the Estimation of Security Price Volatilities from \
                 Historical Data, 1980",
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
        let range = log_ratio(bar.high, bar.low);
        let body = log_ratio(bar.close, bar.open);
        let share = 2.0 * std::f64::consts::LN_2 - 1.0;
        let variance = 0.5 * range * range - share * body * body;
        let sum = total.push(variance, self.period.get());
        [sum.map_or(f64::NAN, |sum| (sum / self.period.get() as f64).max(0.0).sqrt())]
    }
}

#[cfg(test)]
mod tests {
    use super::GarmanKlass;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let rows = [[2.0, 4.0, 1.0, 2.0, 0.0], [2.0, 2.0, 2.0, 2.0, 0.0], [0.0; 5]];
        let two = std::f64::consts::LN_2;
        let first = 0.5 * 4.0 * two * two;
        let expected = [NULL, (first / 2.0).sqrt(), 0.0];
        expect_bars(&GarmanKlass { period: Period::of(2) }, &rows, &[&expected]);
    }
}
