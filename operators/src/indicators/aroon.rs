//! Aroon.
//!
//! - Formula: `up = 100 * (n - rows since the highest high) / n; down the same of the lowest low,
//!   over n + 1 rows`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib AROON: of equal extremes the last one counts.
//! - Warm-up: n rows, both outputs.
//! - Cost: O(1) a row, 2n values held.
//! - Source: TA-Lib `AROON`; Tushar Chande (1995).

use serde::{Deserialize, Serialize};

use super::{About, Definition, HighLow, Output, Period, Unit, extreme::SinceHighest};

parameters! {
    /// How long ago the highest high and the lowest low of the last bars were.
    pub struct Aroon {
        /// Rows to look back.
        pub period: Period<2> = "14",
    }
}

/// Where the extremes are.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    high: SinceHighest,
    low: SinceHighest,
}

impl Definition for Aroon {
    const ABOUT: About = About {
        title: "Aroon",
        formula: "up = 100 * (n - rows since the highest high) / n; down the same of the lowest \
                  low, over n + 1 rows",
        convention: "TA-Lib AROON: of equal extremes the last one counts",
        warm_up: "n rows, both outputs",
        cost: "O(1)",
        source: "TA-Lib AROON; Tushar Chande (1995)",
    };
    type Row = HighLow;
    type Values = [f64; 2];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = self.period.get();
        vec![
            Output {
                name: "down",
                warm_up,
                unit: Unit::Is("0 to 100"),
                doc: "100 where the low is the lowest, 0 where the lowest is n rows old.",
            },
            Output {
                name: "up",
                warm_up,
                unit: Unit::Is("0 to 100"),
                doc: "100 where the high is the highest, 0 where the highest is n rows old.",
            },
        ]
    }

    fn examples() -> Vec<Self> {
        [2, 14, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: HighLow) -> [f64; 2] {
        state.push(bar, self.period.get()).unwrap_or([f64::NAN; 2])
    }
}

impl State {
    /// Takes one bar; down and up, once there are as many bars.
    #[inline(always)]
    pub(super) fn push(&mut self, bar: HighLow, period: usize) -> Option<[f64; 2]> {
        let down = self.low.push(-bar.low, period + 1);
        let up = self.high.push(bar.high, period + 1);
        let place = |since: usize| 100.0 * (period - since) as f64 / period as f64;
        Some([place(down?), place(up?)])
    }
}

#[cfg(test)]
mod tests {
    use super::Aroon;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let rows = [1.0, 4.0, 3.0, 3.0, 2.0].map(|price| [0.0, price, price, 0.0, 0.0]);
        let expected: [&[f64]; 2] =
            [&[NULL, NULL, 0.0, 100.0, 100.0], &[NULL, NULL, 50.0, 0.0, 50.0]];
        expect_bars(&Aroon { period: Period::of(2) }, &rows, &expected);
    }
}
