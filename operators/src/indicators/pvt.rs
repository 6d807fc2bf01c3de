//! Price volume trend.
//!
//! - Formula: `p[t] = p[t-1] + volume * (close[t] - close[t-1]) / close[t-1]`.
//! - Parameters: none.
//! - Warm-up: none.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `PVT`.

use serde::{Deserialize, Serialize};

use super::{About, CloseVolume, Definition, Output, row::bounded, window::Sum};

parameters! {
    /// Volume weighed by the rate of change that came with it, added up: only its changes mean
    /// anything.
    pub struct Pvt {}
}

/// The last close and the sum.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    last: Option<f64>,
    sum: Sum,
}

impl Definition for Pvt {
    const ABOUT: About = About {
        title: "Price volume trend",
        formula: "p[t] = p[t-1] + volume * (close[t] - close[t-1]) / close[t-1]",
        convention: "TA-Lib PVT: starts at 0; a row after a close of 0 adds nothing",
        warm_up: "none",
        cost: "O(1)",
        source: "TA-Lib PVT",
    };
    type Row = CloseVolume;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(0, "A quantity.")
    }

    fn examples() -> Vec<Self> {
        vec![Self {}]
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: CloseVolume) -> [f64; 1] {
        let last = state.last.replace(bar.close).unwrap_or(0.0);
        if last != 0.0 {
            state.sum.add(bounded((bar.close - last) / last * bar.volume));
        }
        [state.sum.value()]
    }
}

#[cfg(test)]
mod tests {
    use super::Pvt;
    use crate::indicators::testing::expect_bars;

    #[test]
    fn by_hand() {
        let rows =
            [[0.0, 0.0, 0.0, 2.0, 1.0], [0.0, 0.0, 0.0, 3.0, 4.0], [0.0, 0.0, 0.0, 0.0, 1.0]];
        expect_bars(&Pvt {}, &rows, &[&[0.0, 2.0, 1.0]]);
    }
}
