//! Double exponential moving average.
//!
//! - Formula: `2 * e1 - e2`, where e2 is the EMA of e1, itself the EMA of x.
//! - Parameters: `period` n.
//! - Warm-up: 2 * (n - 1) rows.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `DEMA`.

use super::{About, Definition, Output, Period, smooth::Smoothed};

parameters! {
    /// An exponential moving average with less lag than `ema`: it follows a straight line exactly.
    pub struct Dema {
        /// Rows of each exponential average.
        pub period: Period<1>,
    }
}

impl Definition for Dema {
    const ABOUT: About = About {
        title: "Double exponential moving average",
        formula: "2 * e1 - e2, where e2 is the EMA of e1, itself the EMA of x",
        convention: "TA-Lib DEMA: each average starts from the mean of its first n values",
        cost: "O(1)",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = [Smoothed; 2];

    fn outputs(&self) -> Vec<Output> {
        Output::only(2 * (self.period.get() - 1), "The average.")
    }

    fn examples() -> Vec<Self> {
        [1, 2, 9, 50].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> [Smoothed; 2] {
        Default::default()
    }

    fn step(&self, averages: &mut [Smoothed; 2], value: f64) -> [f64; 1] {
        [self.average(averages, value).unwrap_or(f64::NAN)]
    }
}

impl Dema {
    fn average(&self, averages: &mut [Smoothed; 2], value: f64) -> Option<f64> {
        let period = self.period.get();
        let first = averages[0].exponential(value, period)?;
        let second = averages[1].exponential(first, period)?;
        Some(2.0 * first - second)
    }
}

#[cfg(test)]
mod tests {
    use super::Dema;
    use crate::indicators::{Period, testing::series};

    #[test]
    fn follows_a_line() {
        let dema = Dema { period: Period::of(2) };
        assert_eq!(series(&dema, &[1.0, 2.0, 3.0, 4.0]), [None, None, Some(3.0), Some(4.0)]);
    }
}
