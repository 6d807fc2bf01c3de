//! Correlation.
//!
//! - Formula: `cov(a, b) / sqrt(var(a) * var(b)) over n rows`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib CORREL: Pearson's; 0 where one of the two does not move; the sums do not
//!   drift.
//! - Warm-up: n - 1 rows.
//! - Cost: O(1) a row, 7n values held.
//! - Source: TA-Lib `CORREL`.

use super::{About, Definition, Output, Pair, Period, Unit, moments::PairMoments};

parameters! {
    /// How closely two series move together: 1 always alike, 0 not at all, -1 always against.
    pub struct Correl {
        /// Rows in the window.
        pub period: Period<1> = "30",
    }
}

impl Definition for Correl {
    const ABOUT: About = About {
        title: "Correlation",
        formula: "cov(a, b) / sqrt(var(a) * var(b)) over n rows",
        convention: "TA-Lib CORREL: Pearson's; 0 where one of the two does not move; the sums do \
                     not drift",
        warm_up: "n - 1 rows",
        cost: "O(1)",
        source: "TA-Lib CORREL",
    };
    type Row = Pair;
    type Values = [f64; 1];
    type State = PairMoments;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get() - 1, Unit::Is("-1 to 1"), "From -1 to 1.")
    }

    fn examples() -> Vec<Self> {
        [1, 2, 14, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> PairMoments {
        PairMoments::default()
    }

    #[inline(always)]
    fn step(&self, moments: &mut PairMoments, row: Pair) -> [f64; 1] {
        [moments.push(row, self.period.get()).map_or(f64::NAN, |spread| spread.correlation())]
    }
}

#[cfg(test)]
mod tests {
    use super::Correl;
    use crate::indicators::{
        Period,
        testing::{NULL, expect},
    };

    #[test]
    fn by_hand() {
        let correl = Correl { period: Period::of(3) };
        let (a, b) = ([1.0, 2.0, 3.0, 3.0, 3.0], [5.0, 7.0, 9.0, 8.0, 1.0]);
        let third = 1.0 / f64::sqrt(2.0 / 3.0 * 2.0);
        expect(&correl, &[&a, &b], &[&[NULL, NULL, 1.0, third, 0.0]]);
    }
}
