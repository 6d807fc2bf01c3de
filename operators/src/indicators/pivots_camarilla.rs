//! Camarilla pivot points.
//!
//! - Formula: `p = c, r[k] = c + 1.1 (h - l) / d, s[k] = c - 1.1 (h - l) / d, d = 12, 6, 4, 2; h,
//!   l and c of the n rows before`.
//! - Parameters: `period` n.
//! - Convention: Stock.Indicators, Camarilla points, of the rows before instead of a calendar's
//!   window.
//! - Warm-up: n rows, all outputs.
//! - Cost: O(1) a row.
//! - Source: Nick Scott (1989); as Stock.Indicators has its Camarilla points.

use super::{
    About, Definition, HighLowClose, Output, Period,
    levels::{Levels, points},
};

parameters! {
    /// Levels around the last close, near ones to trade against and far ones to trade with, from
    /// the rows before.
    pub struct PivotsCamarilla {
        /// Rows that they are drawn from; 1 of bars of a day is usual.
        pub period: Period<1>,
    }
}

impl Definition for PivotsCamarilla {
    const ABOUT: About = About {
        title: "Camarilla pivot points",
        formula: "p = c, r[k] = c + 1.1 (h - l) / d, s[k] = c - 1.1 (h - l) / d, d = 12, 6, 4, \
                  2; h, l and c of the n rows before",
        convention: "Stock.Indicators, Camarilla points, of the rows before instead of a \
                     calendar's window",
        warm_up: "n rows, all outputs",
        cost: "O(1)",
        source: "Nick Scott (1989); as Stock.Indicators has its Camarilla points",
    };
    type Row = HighLowClose;
    type Values = [f64; 9];
    type State = Levels;

    fn outputs(&self) -> Vec<Output> {
        points(self.period.get(), "The last close.", 4)
    }

    fn examples() -> Vec<Self> {
        [1, 2, 20, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> Levels {
        Levels::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut Levels, bar: HighLowClose) -> [f64; 9] {
        let Some(before) = state.push(bar, self.period.get()) else { return [f64::NAN; 9] };
        let close = before.close;
        let [a, b, c, d] =
            [12.0, 6.0, 4.0, 2.0].map(|part| 1.1 / part * (before.high - before.low));
        [
            close,
            close + a,
            close + b,
            close + c,
            close + d,
            close - a,
            close - b,
            close - c,
            close - d,
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::PivotsCamarilla;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let points = PivotsCamarilla { period: Period::of(1) };
        let rows = [[0.0, 16.0, 4.0, 10.0, 0.0], [0.0; 5]];
        let expected =
            [10.0, 11.1, 12.2, 13.3, 16.6, 8.9, 7.8, 6.7, 3.4].map(|level| [NULL, level]);
        expect_bars(&points, &rows, &expected.each_ref().map(|column| &column[..]));
    }
}
