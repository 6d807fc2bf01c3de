//! DeMark pivot points.
//!
//! - Formula: `x = h + 2l + c if c < o, 2h + l + c if c > o, else h + l + 2c; p = x / 4, r1 = x /
//!   2 - l, s1 = x / 2 - h; o, h, l and c of the n rows before`.
//! - Parameters: `period` n.
//! - Convention: Stock.Indicators, Demark points, of the rows before instead of a calendar's
//!   window: o is that of the first of them.
//! - Warm-up: n rows, all outputs.
//! - Cost: O(1) a row, n values held.
//! - Source: Thomas R. DeMark, The New Science of Technical Analysis (1994); as Stock.Indicators
//!   has its Demark points.

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, HighLowClose, OpenHighLowClose, Output, Period, Unit, levels::Levels,
    window::Window,
};

parameters! {
    /// Levels that lean to where the rows before went.
    pub struct PivotsDemark {
        /// Rows that they are drawn from; 1 of bars of a day is usual.
        pub period: Period<1>,
    }
}

/// The levels and the opens of the last rows.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    levels: Levels,
    opens: Window,
}

impl Definition for PivotsDemark {
    const ABOUT: About = About {
        title: "DeMark pivot points",
        formula: "x = h + 2l + c if c < o, 2h + l + c if c > o, else h + l + 2c; p = x / 4, r1 = \
                  x / 2 - l, s1 = x / 2 - h; o, h, l and c of the n rows before",
        convention: "Stock.Indicators, Demark points, of the rows before instead of a calendar's \
                     window: o is that of the first of them",
        warm_up: "n rows, all outputs",
        cost: "O(1)",
        source: "Thomas R. DeMark, The New Science of Technical Analysis (1994); as \
                 Stock.Indicators has its Demark points",
    };
    type Row = OpenHighLowClose;
    type Values = [f64; 3];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = self.period.get();
        let output = |name, doc| Output { name, warm_up, unit: Unit::Input, doc };
        vec![output("pivot", "The middle."), output("r1", "Resistance."), output("s1", "Support.")]
    }

    fn examples() -> Vec<Self> {
        [1, 2, 20, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: OpenHighLowClose) -> [f64; 3] {
        let period = self.period.get();
        let open = state.opens.push(bar.open, period);
        let prices = HighLowClose { high: bar.high, low: bar.low, close: bar.close };
        let before = state.levels.push(prices, period);
        let Some((open, HighLowClose { high, low, close })) = open.zip(before) else {
            return [f64::NAN; 3];
        };
        let weighed = if close < open {
            high + 2.0 * low + close
        } else if close > open {
            2.0 * high + low + close
        } else {
            high + low + 2.0 * close
        };
        [weighed / 4.0, weighed / 2.0 - low, weighed / 2.0 - high]
    }
}

#[cfg(test)]
mod tests {
    use super::PivotsDemark;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let points = PivotsDemark { period: Period::of(1) };
        let fell = [10.0, 16.0, 4.0, 8.0, 0.0];
        let rows = [fell, [8.0, 16.0, 4.0, 12.0, 0.0], [8.0, 16.0, 4.0, 8.0, 0.0], fell];
        let expected: [&[f64]; 3] =
            [&[NULL, 8.0, 12.0, 9.0], &[NULL, 12.0, 20.0, 14.0], &[NULL, 0.0, 8.0, 2.0]];
        expect_bars(&points, &rows, &expected);
    }
}
