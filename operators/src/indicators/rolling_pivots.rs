//! Rolling pivot points.
//!
//! - Formula: `p = (h + l + c) / 3, r1 = 2p - l, s1 = 2p - h, r2 = p + h - l, s2 = p - h + l, r3 =
//!   h + 2 (p - l), s3 = l - 2 (h - p); h, l and c of the n rows before`.
//! - Parameters: `period` n.
//! - Convention: Stock.Indicators, standard points: highest high, lowest low and last close of the
//!   window before this row.
//! - Warm-up: n rows, all outputs.
//! - Cost: O(1) a row.
//! - Source: floor-trader pivots; as Stock.Indicators has its rolling ones.

use super::{
    About, Definition, HighLowClose, Output, Period,
    levels::{Levels, points},
};

parameters! {
    /// Levels at which floor traders look for support and resistance, from the rows before: those
    /// of yesterday are the last 1 of bars of a day.
    pub struct RollingPivots {
        /// Rows that they are drawn from; 20 is usual.
        pub period: Period<1>,
    }
}

impl Definition for RollingPivots {
    const ABOUT: About = About {
        title: "Rolling pivot points",
        formula: "p = (h + l + c) / 3, r1 = 2p - l, s1 = 2p - h, r2 = p + h - l, s2 = p - h + \
                      l, r3 = h + 2 (p - l), s3 = l - 2 (h - p); h, l and c of the n rows before",
        convention: "Stock.Indicators, standard points: highest high, lowest low and last close \
                      of the window before this row",
        warm_up: "n rows, all outputs",
        cost: "O(1)",
        source: "floor-trader pivots; as Stock.Indicators has its rolling ones",
    };
    type Row = HighLowClose;
    type Values = [f64; 7];
    type State = Levels;

    fn outputs(&self) -> Vec<Output> {
        points(self.period.get(), "The middle.", 3)
    }

    fn examples() -> Vec<Self> {
        [20, 1, 2, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> Levels {
        Levels::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut Levels, bar: HighLowClose) -> [f64; 7] {
        let Some(HighLowClose { high, low, close }) = state.push(bar, self.period.get()) else {
            return [f64::NAN; 7];
        };
        let pivot = (high + low + close) / 3.0;
        let range = high - low;
        let above = [2.0 * pivot - low, pivot + range, high + 2.0 * (pivot - low)];
        let below = [2.0 * pivot - high, pivot - range, low - 2.0 * (high - pivot)];
        [pivot, above[0], above[1], above[2], below[0], below[1], below[2]]
    }
}

#[cfg(test)]
mod tests {
    use super::RollingPivots;
    use crate::indicators::{
        Period,
        testing::{NULL, outputs_of_bars},
    };

    #[test]
    fn by_hand() {
        let rows = [[0.0, 5.0, 3.0, 4.0, 0.0], [0.0, 8.0, 4.0, 6.0, 0.0], [0.0; 5]];
        let bars = crate::indicators::testing::bars(&rows);
        let found = outputs_of_bars(&RollingPivots { period: Period::of(2) }, &bars);
        let last: Vec<f64> = found.iter().map(|column| column[2].unwrap_or(NULL)).collect();
        let pivot = 17.0 / 3.0;
        let expected = [
            pivot,
            2.0 * pivot - 3.0,
            pivot + 5.0,
            8.0 + 2.0 * (pivot - 3.0),
            2.0 * pivot - 8.0,
            pivot - 5.0,
            3.0 - 2.0 * (8.0 - pivot),
        ];
        assert_eq!(last, expected);
        assert!(found.iter().all(|column| column[..2] == [None, None]));
    }
}
