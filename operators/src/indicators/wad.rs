//! Williams' accumulation and distribution.
//!
//! - Formula: `w[t] = w[t-1] + close - true low where the close rose, + close - true high where it
//!   fell`.
//! - Parameters: none.
//! - Convention: TA-Lib WAD: starts at 0.
//! - Warm-up: none.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `WAD`.

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, HighLowClose, Output, Unit,
    extreme::{larger, smaller},
    window::Sum,
};

parameters! {
    /// What buyers and sellers won, bar by bar: only its changes mean anything.
    pub struct Wad {}
}

/// The last close and the sum.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    last: Option<f64>,
    sum: Sum,
}

impl Definition for Wad {
    const ABOUT: About = About {
        title: "Williams' accumulation and distribution",
        formula: "w[t] = w[t-1] + close - true low where the close rose, + close - true high where \
                  it fell",
        convention: "TA-Lib WAD: starts at 0",
        warm_up: "none",
        cost: "O(1)",
        source: "TA-Lib WAD",
    };
    type Row = HighLowClose;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(0, Unit::Input, "A price difference.")
    }

    fn examples() -> Vec<Self> {
        vec![Self {}]
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: HighLowClose) -> [f64; 1] {
        let last = state.last.replace(bar.close).unwrap_or(bar.close);
        // Which way the close goes is not to be foreseen: a choice of numbers, not of ways.
        let won = bar.close - smaller(bar.low, last);
        let lost = bar.close - larger(bar.high, last);
        let fallen = if bar.close < last { lost } else { 0.0 };
        state.sum.add(if bar.close > last { won } else { fallen });
        [state.sum.value()]
    }
}

#[cfg(test)]
mod tests {
    use super::Wad;
    use crate::indicators::testing::expect_bars;

    #[test]
    fn by_hand() {
        let rows = [
            [0.0, 3.0, 1.0, 2.0, 0.0],
            [0.0, 5.0, 3.0, 4.0, 0.0],
            [0.0, 5.0, 1.0, 1.0, 0.0],
            [0.0, 1.0, 1.0, 1.0, 0.0],
        ];
        expect_bars(&Wad {}, &rows, &[&[0.0, 2.0, -2.0, -2.0]]);
    }
}
