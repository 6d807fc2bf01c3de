//! Standard error.
//!
//! - Formula: `stddev(x) / sqrt(n) over n rows`.
//! - Parameters: `period` n.
//! - Convention: Tulip Indicators: of the population (ddof 0).
//! - Warm-up: n - 1 rows.
//! - Cost: O(1) a row.
//! - Source: Tulip Indicators stderr.

use super::{About, Definition, Output, Period, Unit, window::Moments};

parameters! {
    /// How far the mean of the last values may be off, if they vary by chance.
    pub struct Stderr {
        /// Rows in the window.
        pub period: Period<2>,
    }
}

impl Definition for Stderr {
    const ABOUT: About = About {
        title: "Standard error",
        formula: "stddev(x) / sqrt(n) over n rows",
        convention: "Tulip Indicators: of the population (ddof 0)",
        warm_up: "n - 1 rows",
        cost: "O(1)",
        source: "Tulip Indicators stderr",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = Moments;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get() - 1, Unit::Input, "The error of the mean.")
    }

    fn examples() -> Vec<Self> {
        [2, 5, 20, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> Moments {
        Moments::default()
    }

    #[inline(always)]
    fn step(&self, moments: &mut Moments, value: f64) -> [f64; 1] {
        let moments = moments.push(value, self.period.get());
        let root = (self.period.get() as f64).sqrt();
        [moments.map_or(f64::NAN, |(_, deviation)| deviation / root)]
    }
}

#[cfg(test)]
mod tests {
    use super::Stderr;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        let stderr = Stderr { period: Period::of(4) };
        expect_series(&stderr, &[1.0, 3.0, 1.0, 3.0], &[NULL, NULL, NULL, 0.5]);
    }
}
