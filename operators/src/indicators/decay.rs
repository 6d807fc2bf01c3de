//! Linear decay.
//!
//! - Formula: `d[t] = max(x[t], d[t-1] - 1 / n)`.
//! - Parameters: `period` n.
//! - Convention: Tulip Indicators decay: starts at the first value.
//! - Warm-up: none.
//! - Cost: O(1) a row.
//! - Source: Tulip Indicators decay.

use super::{About, Definition, Output, Period, Unit, extreme::larger};

parameters! {
    /// The last high of the value, which wears off by a fixed amount a row.
    pub struct Decay {
        /// Rows in which it wears off by 1.
        pub period: Period<1>,
    }
}

impl Definition for Decay {
    const ABOUT: About = About {
        title: "Linear decay",
        formula: "d[t] = max(x[t], d[t-1] - 1 / n)",
        convention: "Tulip Indicators decay: starts at the first value",
        warm_up: "none",
        cost: "O(1)",
        source: "Tulip Indicators decay",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = Option<f64>;

    fn outputs(&self) -> Vec<Output> {
        Output::only(0, Unit::Input, "The level.")
    }

    fn examples() -> Vec<Self> {
        [5, 1, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> Option<f64> {
        None
    }

    #[inline(always)]
    fn step(&self, level: &mut Option<f64>, value: f64) -> [f64; 1] {
        let rows = self.period.get() as f64;
        let worn = level.map_or(value, |level| level - 1.0 / rows);
        [*level.insert(larger(value, worn))]
    }
}

#[cfg(test)]
mod tests {
    use super::Decay;
    use crate::indicators::{Period, testing::expect_series};

    #[test]
    fn by_hand() {
        expect_series(
            &Decay { period: Period::of(2) },
            &[1.0, 0.0, 0.75, 0.0],
            &[1.0, 0.5, 0.75, 0.25],
        );
    }
}
