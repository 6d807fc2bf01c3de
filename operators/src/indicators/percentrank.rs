//! Percent rank.
//!
//! - Formula: `100 * (how many of x[t-n..t-1] are below x[t]) / n`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib PERCENTRANK: equal values are not below.
//! - Warm-up: n rows.
//! - Cost: O(log n) comparisons a row, and one move of at most n values in memory.
//! - Source: TA-Lib `PERCENTRANK`.

use super::{About, Definition, Output, Period, Unit, sorted::Sorted};

parameters! {
    /// How many of the last values are below the present one, in per cent.
    pub struct Percentrank {
        /// Rows in the window.
        pub period: Period<2> = "100",
    }
}

impl Definition for Percentrank {
    const ABOUT: About = About {
        title: "Percent rank",
        formula: "100 * (how many of x[t-n..t-1] are below x[t]) / n",
        convention: "TA-Lib PERCENTRANK: equal values are not below",
        warm_up: "n rows",
        cost: "O(log n) comparisons, one move of at most n values",
        source: "TA-Lib PERCENTRANK",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = Sorted;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get(), Unit::Is("0 to 100"), "From 0 to 100.")
    }

    fn examples() -> Vec<Self> {
        [2, 14, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> Sorted {
        Sorted::default()
    }

    #[inline(always)]
    fn step(&self, sorted: &mut Sorted, value: f64) -> [f64; 1] {
        let period = self.period.get();
        let full = sorted.ascending().len() == period;
        let below = sorted.below(value);
        sorted.push(value, period);
        [if full { below as f64 / period as f64 * 100.0 } else { f64::NAN }]
    }
}

#[cfg(test)]
mod tests {
    use super::Percentrank;
    use crate::indicators::{Period, testing::series};

    #[test]
    fn by_hand() {
        let rank = Percentrank { period: Period::of(2) };
        let values = series(&rank, &[5.0, 1.0, 2.0, 2.0, 9.0]);
        assert_eq!(values, [None, None, Some(50.0), Some(50.0), Some(100.0)]);
    }
}
