//! Commodity channel index.
//!
//! - Formula: `(typical - mean) / (0.015 * mean deviation)` over the last n rows, typical = (high +
//!   low + close) / 3.
//! - Parameters: `period` n.
//! - Warm-up: n - 1 rows.
//! - Cost: O(n) a row: the mean deviation has no running form.
//! - Source: TA-Lib `CCI`.

use super::{
    About, Definition, HighLowClose, Output, Period,
    window::{Mean, NOISE},
};

parameters! {
    /// How unusual the price is, measured in mean deviations: beyond 100 is rare.
    pub struct Cci {
        /// Rows in the window.
        pub period: Period<2>,
    }
}

/// Lambert's factor, which puts most values between -100 and 100.
const SCALE: f64 = 0.015;

impl Definition for Cci {
    const ABOUT: About = About {
        title: "Commodity channel index",
        formula: "(typical - mean) / (0.015 * mean deviation) over n rows, \
                  typical = (high + low + close) / 3",
        convention: "TA-Lib CCI: 0 in a flat window or at the mean, within rounding",
        cost: "O(period)",
    };
    type Row = HighLowClose;
    type Values = [f64; 1];
    type State = Mean;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get() - 1, "Mean deviations from the mean, times 66.7.")
    }

    fn examples() -> Vec<Self> {
        [2, 5, 20, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> Mean {
        Mean::default()
    }

    fn step(&self, state: &mut Mean, bar: HighLowClose) -> [f64; 1] {
        let period = self.period.get();
        let typical = bar.typical();
        let Some(mean) = state.push(typical, period) else { return [f64::NAN] };
        let distances: f64 = state.window().iter().map(|value| (value - mean).abs()).sum();
        let deviation = distances / period as f64;
        let noise = NOISE * mean.abs();
        let flat = deviation <= noise || (typical - mean).abs() <= noise;
        [if flat { 0.0 } else { (typical - mean) / (SCALE * deviation) }]
    }
}

#[cfg(test)]
mod tests {
    use super::Cci;
    use crate::indicators::{
        Period,
        testing::{bars, series_of_bars},
    };

    #[test]
    fn by_hand() {
        let cci = Cci { period: Period::of(3) };
        let bars = bars(&[
            [0.0, 1.0, 1.0, 1.0, 0.0],
            [0.0, 2.0, 2.0, 2.0, 0.0],
            [0.0, 6.0, 6.0, 6.0, 0.0],
            [0.0, 6.0, 6.0, 6.0, 0.0],
            [0.0, 6.0, 6.0, 6.0, 0.0],
        ]);
        // Mean 3, mean deviation 2; then 14 / 3 and 16 / 9; then flat.
        let values = series_of_bars(&cci, &bars);
        assert_eq!(values[..3], [None, None, Some(3.0 / (0.015 * 2.0))]);
        assert!((values[3].expect("warm") - 50.0).abs() < 1e-12);
        assert_eq!(values[4], Some(0.0));
    }
}
