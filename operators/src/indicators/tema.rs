//! Triple exponential moving average.
//!
//! - Formula: `3 * e1 - 3 * e2 + e3`, each the EMA of the one before, e1 of x.
//! - Parameters: `period` n.
//! - Warm-up: 3 * (n - 1) rows.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `TEMA`.

use super::{About, Definition, Output, Period, smooth::Smoothed};

parameters! {
    /// An exponential moving average with less lag than `dema`: it follows a straight line exactly.
    pub struct Tema {
        /// Rows of each exponential average.
        pub period: Period<1>,
    }
}

impl Definition for Tema {
    const ABOUT: About = About {
        title: "Triple exponential moving average",
        formula: "3 * e1 - 3 * e2 + e3, each the EMA of the one before, e1 of x",
        convention: "TA-Lib TEMA: each average starts from the mean of its first n values",
        cost: "O(1)",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = [Smoothed; 3];

    fn outputs(&self) -> Vec<Output> {
        Output::only(3 * (self.period.get() - 1), "The average.")
    }

    fn examples() -> Vec<Self> {
        [1, 2, 9, 50].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> [Smoothed; 3] {
        Default::default()
    }

    fn step(&self, averages: &mut [Smoothed; 3], value: f64) -> [f64; 1] {
        [self.average(averages, value).unwrap_or(f64::NAN)]
    }
}

impl Tema {
    fn average(&self, averages: &mut [Smoothed; 3], value: f64) -> Option<f64> {
        let period = self.period.get();
        let first = averages[0].exponential(value, period)?;
        let second = averages[1].exponential(first, period)?;
        let third = averages[2].exponential(second, period)?;
        Some(3.0 * first - 3.0 * second + third)
    }
}

#[cfg(test)]
mod tests {
    use super::Tema;
    use crate::indicators::{Period, testing::series};

    #[test]
    fn follows_a_line() {
        let tema = Tema { period: Period::of(2) };
        assert_eq!(
            series(&tema, &[1.0, 2.0, 3.0, 4.0, 5.0]),
            [None, None, None, Some(4.0), Some(5.0)]
        );
    }
}
