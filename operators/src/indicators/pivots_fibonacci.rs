//! Fibonacci pivot points.
//!
//! - Formula: `p = (h + l + c) / 3, r[k] = p + f (h - l), s[k] = p - f (h - l), f = 0.382, 0.618,
//!   1; h, l and c of the n rows before`.
//! - Parameters: `period` n.
//! - Convention: Stock.Indicators, Fibonacci points, of the rows before instead of a calendar's
//!   window.
//! - Warm-up: n rows, all outputs.
//! - Cost: O(1) a row.
//! - Source: floor-trader pivots with Fibonacci's ratios; as Stock.Indicators has them.

use super::{
    About, Definition, HighLowClose, Output, Period,
    levels::{Levels, points},
};

parameters! {
    /// Levels at golden shares of the range of the rows before.
    pub struct PivotsFibonacci {
        /// Rows that they are drawn from; 1 of bars of a day is usual.
        pub period: Period<1>,
    }
}

impl Definition for PivotsFibonacci {
    const ABOUT: About = About {
        title: "Fibonacci pivot points",
        formula: "p = (h + l + c) / 3, r[k] = p + f (h - l), s[k] = p - f (h - l), f = 0.382, \
                  0.618, 1; h, l and c of the n rows before",
        convention: "Stock.Indicators, Fibonacci points, of the rows before instead of a \
                     calendar's window",
        warm_up: "n rows, all outputs",
        cost: "O(1)",
        source: "floor-trader pivots with Fibonacci's ratios; as Stock.Indicators has them",
    };
    type Row = HighLowClose;
    type Values = [f64; 7];
    type State = Levels;

    fn outputs(&self) -> Vec<Output> {
        points(self.period.get(), "The middle.", 3)
    }

    fn examples() -> Vec<Self> {
        [1, 2, 20, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> Levels {
        Levels::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut Levels, bar: HighLowClose) -> [f64; 7] {
        let Some(before) = state.push(bar, self.period.get()) else { return [f64::NAN; 7] };
        let pivot = before.typical();
        let [a, b, c] = [0.382, 0.618, 1.0].map(|share| share * (before.high - before.low));
        [pivot, pivot + a, pivot + b, pivot + c, pivot - a, pivot - b, pivot - c]
    }
}

#[cfg(test)]
mod tests {
    use super::PivotsFibonacci;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let points = PivotsFibonacci { period: Period::of(1) };
        let rows = [[0.0, 15.0, 5.0, 10.0, 0.0], [0.0; 5]];
        let expected = [10.0, 13.82, 16.18, 20.0, 6.18, 3.82, 0.0].map(|level| [NULL, level]);
        expect_bars(&points, &rows, &expected.each_ref().map(|column| &column[..]));
    }
}
