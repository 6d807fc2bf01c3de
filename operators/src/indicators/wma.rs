//! Weighted moving average.
//!
//! - Formula: `sum(k * x[t-n+k] for k in 1..=n) / (n * (n + 1) / 2)`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib WMA: the sums do not drift, and a flat window gives its value exactly.
//! - Warm-up: n - 1 rows.
//! - Cost: O(1) a row, n values held.
//! - Source: TA-Lib `WMA`.

use super::{About, Definition, Output, Period, Unit, window::WeightedMean};

parameters! {
    /// A mean whose weights fall in a straight line from the newest row to the oldest.
    pub struct Wma {
        /// Rows in the window.
        pub period: Period<1> = "30",
    }
}

impl Definition for Wma {
    const ABOUT: About = About {
        title: "Weighted moving average",
        formula: "sum(k * x[t-n+k] for k in 1..=n) / (n * (n + 1) / 2)",
        convention: "TA-Lib WMA: the sums do not drift, and a flat window gives its value exactly",
        warm_up: "n - 1 rows",
        cost: "O(1)",
        source: "TA-Lib WMA",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = WeightedMean;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get() - 1, Unit::Input, "The weighted mean of the window.")
    }

    fn examples() -> Vec<Self> {
        [1, 2, 10, 200].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> WeightedMean {
        WeightedMean::default()
    }

    #[inline(always)]
    fn step(&self, mean: &mut WeightedMean, value: f64) -> [f64; 1] {
        [mean.push(value, self.period.get()).unwrap_or(f64::NAN)]
    }

    #[inline(always)]
    fn steps(
        &self,
        mean: &mut WeightedMean,
        [values]: &[&[f64]; 1],
        [means]: &mut [&mut [f64]; 1],
    ) {
        mean.run::<false>(values, self.period.get(), means, &mut []);
    }
}

#[cfg(test)]
mod tests {
    use super::Wma;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_series, series},
    };

    #[test]
    fn by_hand() {
        let wma = Wma { period: Period::of(3) };
        expect_series(&wma, &[1.0, 2.0, 6.0, 4.0], &[NULL, NULL, 23.0 / 6.0, 26.0 / 6.0]);
        assert_eq!(series(&wma, &[0.1; 3]), [None, None, Some(0.1)]);
    }
}
