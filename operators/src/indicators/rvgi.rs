//! Relative vigor index.
//!
//! - Formula: `value = sum(swma(close - open)) / sum(swma(high - low)) over n rows, swma = (x[t] +
//!   2 x[t-1] + 2 x[t-2] + x[t-3]) / 6; signal = swma(value)`.
//! - Parameters: `period` n.
//! - Convention: 0 where the bars have no range.
//! - Warm-up: n + 2 rows of the value, 3 more of the signal.
//! - Cost: O(1) a row.
//! - Source: John F. Ehlers, Relative Vigor Index, Technical Analysis of Stocks & Commodities
//!   (2002).

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, OpenHighLowClose, Output, Period, Unit, row::bounded, window::Total,
};

parameters! {
    /// Whether bars close above their open, measured by their range.
    pub struct Rvgi {
        /// Rows in the window; 10 is usual.
        pub period: Period<1>,
    }
}

/// The last three of a series, the newest first, and how many there are.
#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize)]
struct Symmetric {
    last: [f64; 3],
    seen: usize,
}

impl Symmetric {
    /// Takes one value; the mean of four with weights 1, 2, 2 and 1, once there are as many.
    #[inline(always)]
    fn push(&mut self, value: f64) -> Option<f64> {
        let [a, b, c] = self.last;
        self.last = [value, a, b];
        if self.seen < 3 {
            self.seen += 1;
            return None;
        }
        Some((value + 2.0 * a + 2.0 * b + c) / 6.0)
    }
}

/// The means, their sums and the mean of what comes of them.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    moves: Symmetric,
    ranges: Symmetric,
    sums: Total<[f64; 2]>,
    signal: Symmetric,
}

impl Definition for Rvgi {
    const ABOUT: About = About {
        title: "Relative vigor index",
        formula: "value = sum(swma(close - open)) / sum(swma(high - low)) over n rows, swma = \
                  (x[t] + 2 x[t-1] + 2 x[t-2] + x[t-3]) / 6; signal = swma(value)",
        convention: "0 where the bars have no range",
        warm_up: "n + 2 rows of the value, 3 more of the signal",
        cost: "O(1)",
        source: "John F. Ehlers, Relative Vigor Index, Technical Analysis of Stocks & Commodities \
                 (2002)",
    };
    type Row = OpenHighLowClose;
    type Values = [f64; 2];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = self.period.get() + 2;
        vec![
            Output { name: "value", warm_up, unit: Unit::Is("-1 to 1"), doc: "From -1 to 1." },
            Output {
                name: "signal",
                warm_up: warm_up + 3,
                unit: Unit::Is("-1 to 1"),
                doc: "Its mean.",
            },
        ]
    }

    fn examples() -> Vec<Self> {
        [10, 1, 2, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: OpenHighLowClose) -> [f64; 2] {
        let moved = state.moves.push(bar.close - bar.open);
        let ranged = state.ranges.push(bar.high - bar.low);
        let sums = moved.zip(ranged).map(<[f64; 2]>::from);
        let sums = sums.and_then(|row| state.sums.push(row, self.period.get()));
        let Some([moved, ranged]) = sums else { return [f64::NAN; 2] };
        let value = if ranged == 0.0 { 0.0 } else { bounded(moved / ranged) };
        [value, state.signal.push(value).unwrap_or(f64::NAN)]
    }
}

#[cfg(test)]
mod tests {
    use super::Rvgi;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let rows = [1.0, 2.0, 2.0, 1.0, 0.0, 0.0, 0.0].map(|rise| [0.0, 4.0, 0.0, rise, 0.0]);
        let expected: [&[f64]; 2] = [
            &[NULL, NULL, NULL, 10.0 / 24.0, 8.0 / 24.0, 4.0 / 24.0, 1.0 / 24.0],
            &[NULL, NULL, NULL, NULL, NULL, NULL, 35.0 / 144.0],
        ];
        expect_bars(&Rvgi { period: Period::of(1) }, &rows, &expected);
    }
}
