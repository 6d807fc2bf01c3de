//! Woodie pivot points.
//!
//! - Formula: `p = (h + l + 2o) / 4, r1 = 2p - l, s1 = 2p - h, r2 = p + h - l, s2 = p - h + l, r3
//!   = h + 2 (p - l), s3 = l - 2 (h - p); h and l of the n rows before, o of this one`.
//! - Parameters: `period` n.
//! - Convention: Stock.Indicators, Woodie points, of the rows before instead of a calendar's
//!   window: with the open of this row, not with the last close.
//! - Warm-up: n rows, all outputs.
//! - Cost: O(1) a row.
//! - Source: Ken Wood's pivots; as Stock.Indicators has its Woodie points.

use super::{
    About, Definition, HighLowClose, OpenHighLowClose, Output, Period,
    levels::{Levels, points},
};

parameters! {
    /// Floor traders' levels with twice the weight of where this bar opened.
    pub struct PivotsWoodie {
        /// Rows that they are drawn from; 1 of bars of a day is usual.
        pub period: Period<1>,
    }
}

impl Definition for PivotsWoodie {
    const ABOUT: About = About {
        title: "Woodie pivot points",
        formula: "p = (h + l + 2o) / 4, r1 = 2p - l, s1 = 2p - h, r2 = p + h - l, s2 = p - h + \
                  l, r3 = h + 2 (p - l), s3 = l - 2 (h - p); h and l of the n rows before, o of \
                  this one",
        convention: "Stock.Indicators, Woodie points, of the rows before instead of a calendar's \
                     window: with the open of this row, not with the last close",
        warm_up: "n rows, all outputs",
        cost: "O(1)",
        source: "Ken Wood's pivots; as Stock.Indicators has its Woodie points",
    };
    type Row = OpenHighLowClose;
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
    fn step(&self, state: &mut Levels, bar: OpenHighLowClose) -> [f64; 7] {
        let prices = HighLowClose { high: bar.high, low: bar.low, close: bar.close };
        let Some(HighLowClose { high, low, .. }) = state.push(prices, self.period.get()) else {
            return [f64::NAN; 7];
        };
        let (pivot, range) = ((high + low + 2.0 * bar.open) / 4.0, high - low);
        let above = [2.0 * pivot - low, pivot + range, high + 2.0 * (pivot - low)];
        let below = [2.0 * pivot - high, pivot - range, low - 2.0 * (high - pivot)];
        [pivot, above[0], above[1], above[2], below[0], below[1], below[2]]
    }
}

#[cfg(test)]
mod tests {
    use super::PivotsWoodie;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let points = PivotsWoodie { period: Period::of(1) };
        let rows = [[0.0, 16.0, 4.0, 9.0, 0.0], [12.0, 13.0, 11.0, 12.0, 0.0]];
        let expected = [11.0, 18.0, 23.0, 30.0, 6.0, -1.0, -6.0].map(|level| [NULL, level]);
        expect_bars(&points, &rows, &expected.each_ref().map(|column| &column[..]));
    }
}
