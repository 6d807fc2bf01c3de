//! Centre of gravity.
//!
//! - Formula: `-sum((k + 1) * x[t-k]) / sum(x[t-k]), k from 0 to n - 1`.
//! - Parameters: `period` n.
//! - Convention: counted from 1 at the newest row; the middle, -(n + 1) / 2, where the sum is 0.
//! - Warm-up: n - 1 rows.
//! - Cost: O(1) a row.
//! - Source: John F. Ehlers, The CG Oscillator, Stocks & Commodities (2002).

use super::{About, Definition, Output, Period, Unit, row::bounded, window::WeightedMean};

parameters! {
    /// Where in the window the values weigh most: it turns almost without lag.
    pub struct Cog {
        /// Rows in the window; 10 is usual.
        pub period: Period<2>,
    }
}

impl Definition for Cog {
    const ABOUT: About = About {
        title: "Centre of gravity",
        formula: "-sum((k + 1) * x[t-k]) / sum(x[t-k]), k from 0 to n - 1",
        convention: "counted from 1 at the newest row; the middle, -(n + 1) / 2, where the sum is \
                     0",
        warm_up: "n - 1 rows",
        cost: "O(1)",
        source: "John F. Ehlers, The CG Oscillator, Stocks & Commodities (2002)",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = WeightedMean;

    fn outputs(&self) -> Vec<Output> {
        Output::only(
            self.period.get() - 1,
            Unit::Is("rows"),
            "Rows, counted backwards: from -n to -1.",
        )
    }

    fn examples() -> Vec<Self> {
        [10, 2, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> WeightedMean {
        WeightedMean::default()
    }

    #[inline(always)]
    fn step(&self, means: &mut WeightedMean, value: f64) -> [f64; 1] {
        let means = means.push_with_mean(value, self.period.get());
        let Some((weighted, mean)) = means else { return [f64::NAN] };
        // The weights of the mean fall from n at the newest row to 1: n + 1 less what is wanted.
        let share = if mean == 0.0 { 1.0 } else { bounded(weighted / mean) };
        [(self.period.get() as f64 + 1.0) * (share / 2.0 - 1.0)]
    }
}

#[cfg(test)]
mod tests {
    use super::Cog;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        // (1 * 4 + 2 * 2 + 3 * 2) / 8, (1 * 2 + 2 * 4 + 3 * 2) / 8.
        let expected = [NULL, NULL, -1.75, -2.0, -2.0];
        let values = [2.0, 2.0, 4.0, 2.0, 0.0];
        expect_series(&Cog { period: Period::of(3) }, &values[..4], &expected[..4]);
        expect_series(&Cog { period: Period::of(3) }, &[0.0; 3], &[NULL, NULL, -2.0]);
    }
}
