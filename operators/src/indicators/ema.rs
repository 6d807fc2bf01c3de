//! Exponential moving average.
//!
//! - Formula: `e[t] = e[t-1] + 2 / (n + 1) * (x[t] - e[t-1])`.
//! - Parameters: `period` n.
//! - Warm-up: n - 1 rows; the first value is the mean of the first n rows.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `EMA`.

use super::{About, Definition, Output, Period, smooth::Smoothed};

parameters! {
    /// A mean that weighs each row less than the next one, by a constant factor.
    pub struct Ema {
        /// Rows that the weights are spread over: the newest weighs `2 / (period + 1)`.
        pub period: Period<1>,
    }
}

impl Definition for Ema {
    const ABOUT: About = About {
        title: "Exponential moving average",
        formula: "e[t] = e[t-1] + 2 / (n + 1) * (x[t] - e[t-1])",
        convention: "TA-Lib EMA: starts from the mean of the first n rows",
        cost: "O(1)",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = Smoothed;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get() - 1, "The weighted mean.")
    }

    fn examples() -> Vec<Self> {
        [1, 2, 12, 200].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> Smoothed {
        Smoothed::default()
    }

    fn step(&self, average: &mut Smoothed, value: f64) -> [f64; 1] {
        [average.exponential(value, self.period.get()).unwrap_or(f64::NAN)]
    }
}

#[cfg(test)]
mod tests {
    use super::Ema;
    use crate::indicators::{Period, testing::series};

    #[test]
    fn by_hand() {
        let ema = Ema { period: Period::of(3) };
        let values = series(&ema, &[1.0, 2.0, 6.0, 4.0, 8.0]);
        assert_eq!(values, [None, None, Some(3.0), Some(3.5), Some(5.75)]);
        assert_eq!(series(&ema, &[7.0; 3]), [None, None, Some(7.0)]);
    }
}
