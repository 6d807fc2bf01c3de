//! Negative volume index.
//!
//! - Formula: `v[t] = v[t-1] * close[t] / close[t-1] where the volume fell, else v[t-1]`.
//! - Parameters: none.
//! - Convention: TA-Lib NVI: starts at 1000; stays where the last close is 0.
//! - Warm-up: none.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `NVI`.

use serde::{Deserialize, Serialize};

use super::{About, CloseVolume, Definition, MAGNITUDE_MAX, Output, Unit};

parameters! {
    /// The price as it moved on bars with less volume than the bar before: what the quiet money
    /// does.
    pub struct Nvi {}
}

/// The last bar and the level.
#[derive(Debug, Serialize, Deserialize)]
pub struct State {
    close: f64,
    pub(super) volume: f64,
    level: f64,
}

impl Default for State {
    fn default() -> Self {
        Self { close: 0.0, volume: 0.0, level: 1000.0 }
    }
}

impl Definition for Nvi {
    const ABOUT: About = About {
        title: "Negative volume index",
        formula: "v[t] = v[t-1] * close[t] / close[t-1] where the volume fell, else v[t-1]",
        convention: "TA-Lib NVI: starts at 1000; stays where the last close is 0",
        warm_up: "none",
        cost: "O(1)",
        source: "TA-Lib NVI",
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
        [state.push(bar, bar.volume < state.volume)]
    }
}

impl State {
    /// Takes one bar, and whether it counts; the level.
    #[inline(always)]
    pub(super) fn push(&mut self, bar: CloseVolume, counts: bool) -> f64 {
        if counts && self.close != 0.0 {
            let level = self.level * (bar.close / self.close);
            // Closes of almost nothing lead to levels that no later one could bring back.
            let sane = level.abs() <= MAGNITUDE_MAX && level.abs() >= 1.0 / MAGNITUDE_MAX;
            self.level = if sane || bar.close == 0.0 { level } else { self.level };
        }
        (self.close, self.volume) = (bar.close, bar.volume);
        self.level
    }
}

#[cfg(test)]
mod tests {
    use super::Nvi;
    use crate::indicators::testing::expect_bars;

    #[test]
    fn by_hand() {
        let rows = [4.0, 5.0, 6.0].map(|close| [0.0, 0.0, 0.0, close, 10.0 - close]);
        expect_bars(&Nvi {}, &rows, &[&[1000.0, 1250.0, 1500.0]]);
        let rows = [4.0, 5.0, 6.0].map(|close| [0.0, 0.0, 0.0, close, close]);
        expect_bars(&Nvi {}, &rows, &[&[1000.0; 3]]);
    }
}
