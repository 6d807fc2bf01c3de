//! Simple moving average.
//!
//! - Formula: `sum(x[t-n+1..=t]) / n`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib SMA: the sum does not drift, and a flat window gives its value exactly.
//! - Warm-up: n - 1 rows.
//! - Cost: O(1) a row, n values held.
//! - Source: TA-Lib `SMA`.

use super::{About, Definition, Output, Period, Unit, window::Mean};

parameters! {
    /// The mean of the last values, each with the same weight.
    pub struct Sma {
        /// Rows in the window.
        pub period: Period<1> = "30",
    }
}

impl Definition for Sma {
    const ABOUT: About = About {
        title: "Simple moving average",
        formula: "sum(x[t-n+1..=t]) / n",
        convention: "TA-Lib SMA: the sum does not drift, and a flat window gives its value exactly",
        warm_up: "n - 1 rows",
        cost: "O(1)",
        source: "TA-Lib SMA",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = Mean;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get() - 1, Unit::Input, "The mean of the window.")
    }

    fn examples() -> Vec<Self> {
        [1, 2, 20, 200].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> Mean {
        Mean::default()
    }

    #[inline(always)]
    fn step(&self, mean: &mut Mean, value: f64) -> [f64; 1] {
        [mean.push(value, self.period.get()).unwrap_or(f64::NAN)]
    }

    #[inline(always)]
    fn steps(&self, mean: &mut Mean, [values]: &[&[f64]; 1], [means]: &mut [&mut [f64]; 1]) {
        mean.run(values, self.period.get(), means);
    }
}

#[cfg(test)]
mod tests {
    use super::Sma;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_series, series},
    };

    #[test]
    fn by_hand() {
        let sma = Sma { period: Period::of(3) };
        expect_series(&sma, &[1.0, 2.0, 6.0, 4.0], &[NULL, NULL, 3.0, 4.0]);
        assert_eq!(series(&sma, &[0.1; 4]), [None, None, Some(0.1), Some(0.1)]);
    }
}
