//! Commodity channel index.
//!
//! - Formula: `(typical - mean) / (0.015 * mean deviation) over n rows, typical = (high + low +
//!   close) / 3`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib CCI: 0 in a flat window or at the mean, within rounding.
//! - Warm-up: n - 1 rows.
//! - Cost: O(period): the mean deviation has no running form a row.
//! - Source: TA-Lib `CCI`.

use super::{
    About, Definition, HighLowClose, Output, Period, Unit,
    window::{NOISE, Window, sum_by},
};

parameters! {
    /// How unusual the price is, measured in mean deviations: beyond 100 is rare.
    pub struct Cci {
        /// Rows in the window.
        pub period: Period<2> = "14",
    }
}

/// Lambert's factor, which puts most values between -100 and 100.
const SCALE: f64 = 0.015;

impl Definition for Cci {
    const ABOUT: About = About {
        title: "Commodity channel index",
        formula: "(typical - mean) / (0.015 * mean deviation) over n rows, typical = (high + low + \
                  close) / 3",
        convention: "TA-Lib CCI: 0 in a flat window or at the mean, within rounding",
        warm_up: "n - 1 rows",
        cost: "O(period): the mean deviation has no running form",
        source: "TA-Lib CCI",
    };
    type Row = HighLowClose;
    type Values = [f64; 1];
    type State = Window;

    fn outputs(&self) -> Vec<Output> {
        Output::only(
            self.period.get() - 1,
            Unit::Is("number"),
            "Mean deviations from the mean, times 66.7.",
        )
    }

    fn examples() -> Vec<Self> {
        [2, 5, 20, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> Window {
        Window::default()
    }

    #[inline(always)]
    fn step(&self, window: &mut Window, bar: HighLowClose) -> [f64; 1] {
        let period = self.period.get();
        let typical = bar.typical();
        window.push(typical, period);
        if !window.is_full() {
            return [f64::NAN];
        }
        let prices = window.all();
        // All from the last price on: what is taken from near prices is exact, while the rounding
        // of a mean would be felt a thousandfold where they have hardly moved.
        let off = |price: f64| price - typical;
        let mean = sum_by(prices, off) / period as f64;
        let distance = |price: f64| (off(price) - mean).abs();
        let deviation = sum_by(prices, distance) / period as f64;
        let noise = NOISE * typical.abs();
        let flat = deviation <= noise || mean.abs() <= noise;
        [if flat { 0.0 } else { -mean / (SCALE * deviation) }]
    }
}

#[cfg(test)]
mod tests {
    use super::Cci;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        // Typical 1 2 6: mean 3, mean deviation 2; then 14 / 3 and 16 / 9; then flat.
        let rows = [1.0, 2.0, 6.0, 6.0, 6.0].map(|price| [0.0, price, price, price, 0.0]);
        let expected = [NULL, NULL, 3.0 / (0.015 * 2.0), 50.0, 0.0];
        expect_bars(&Cci { period: Period::of(3) }, &rows, &[&expected]);
    }
}
