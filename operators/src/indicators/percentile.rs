//! Percentile.
//!
//! - Formula: `k-th smallest of the last n rows, k = ceil(percentile * n / 100), at least 1`.
//! - Parameters: `period` n, `percentile`.
//! - Convention: TA-Lib PERCENTILE: nearest rank, one of the values.
//! - Warm-up: n - 1 rows.
//! - Cost: O(log n) comparisons a row, and one move of at most n values in memory.
//! - Source: TA-Lib `PERCENTILE`.

use super::{About, Definition, Output, Percent, Period, Unit, sorted::Sorted};

parameters! {
    /// The value that a given share of the last values do not exceed.
    pub struct Percentile {
        /// Rows in the window.
        pub period: Period<2> = "30",
        /// Share of the values, in per cent.
        pub percentile: Percent = "50.0",
    }
}

impl Definition for Percentile {
    const ABOUT: About = About {
        title: "Percentile",
        formula: "k-th smallest of the last n rows, k = ceil(percentile * n / 100), at least 1",
        convention: "TA-Lib PERCENTILE: nearest rank, one of the values",
        warm_up: "n - 1 rows",
        cost: "O(log n) comparisons, one move of at most n values",
        source: "TA-Lib PERCENTILE",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = Sorted;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get() - 1, Unit::Input, "One of the values.")
    }

    fn examples() -> Vec<Self> {
        [(30, 50.0), (2, 0.0), (7, 90.0), (100, 100.0)]
            .map(|(rows, percentile)| Self {
                period: Period::of(rows),
                percentile: Percent::of(percentile),
            })
            .into()
    }

    fn fresh(&self) -> Sorted {
        Sorted::default()
    }

    #[inline(always)]
    fn step(&self, sorted: &mut Sorted, value: f64) -> [f64; 1] {
        let period = self.period.get();
        if !sorted.push(value, period) {
            return [f64::NAN];
        }
        // Multiplied first: the share of a round percentage would be rounded up by a rank.
        let rank = (self.percentile.get() * period as f64 / 100.0).ceil() as usize;
        [sorted.ascending()[rank.clamp(1, period) - 1]]
    }
}

#[cfg(test)]
mod tests {
    use super::Percentile;
    use crate::indicators::{Percent, Period, testing::series};

    #[test]
    fn by_hand() {
        let values = [5.0, 1.0, 2.0, 9.0];
        for (percentile, last) in [(0.0, 1.0), (33.0, 1.0), (34.0, 2.0), (100.0, 9.0)] {
            let percentile =
                Percentile { period: Period::of(3), percentile: Percent::of(percentile) };
            assert_eq!(series(&percentile, &values)[3], Some(last));
        }
    }
}
