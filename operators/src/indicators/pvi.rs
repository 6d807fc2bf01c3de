//! Positive volume index.
//!
//! - Formula: `v[t] = v[t-1] * close[t] / close[t-1] where the volume rose, else v[t-1]`.
//! - Parameters: none.
//! - Convention: TA-Lib PVI: starts at 1000; stays where the last close is 0.
//! - Warm-up: none.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `PVI`.

use super::{About, CloseVolume, Definition, Output, Unit, nvi::State};

parameters! {
    /// The price as it moved on bars with more volume than the bar before: what the crowd does.
    pub struct Pvi {}
}

impl Definition for Pvi {
    const ABOUT: About = About {
        title: "Positive volume index",
        formula: "v[t] = v[t-1] * close[t] / close[t-1] where the volume rose, else v[t-1]",
        convention: "TA-Lib PVI: starts at 1000; stays where the last close is 0",
        warm_up: "none",
        cost: "O(1)",
        source: "TA-Lib PVI",
    };
    type Row = CloseVolume;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(0, Unit::Is("number"), "A level.")
    }

    fn examples() -> Vec<Self> {
        vec![Self {}]
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: CloseVolume) -> [f64; 1] {
        [state.push(bar, bar.volume > state.volume)]
    }
}

#[cfg(test)]
mod tests {
    use super::Pvi;
    use crate::indicators::testing::expect_bars;

    #[test]
    fn by_hand() {
        let rows = [4.0, 5.0, 6.0].map(|close| [0.0, 0.0, 0.0, close, close]);
        expect_bars(&Pvi {}, &rows, &[&[1000.0, 1250.0, 1500.0]]);
        let rows = [4.0, 5.0, 6.0].map(|close| [0.0, 0.0, 0.0, close, 10.0 - close]);
        expect_bars(&Pvi {}, &rows, &[&[1000.0; 3]]);
    }
}
