//! Chande momentum oscillator, unsmoothed.
//!
//! - Formula: `100 * (gain - loss) / (gain + loss), sums of rises and falls over n rows`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib CMOU: 0 when nothing moves.
//! - Warm-up: n rows.
//! - Cost: O(1) a row, 2n values held.
//! - Source: TA-Lib `CMOU`.

use serde::{Deserialize, Serialize};

use super::{About, Definition, Output, Period, Unit, window::Total};

parameters! {
    /// How one-sided the movement of the last rows was: 100 all of it upwards, -100 downwards.
    pub struct Cmou {
        /// Rows of the sums.
        pub period: Period<2> = "14",
    }
}

/// The last value and the two sums.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    last: Option<f64>,
    sums: Total<[f64; 2]>,
}

impl Definition for Cmou {
    const ABOUT: About = About {
        title: "Chande momentum oscillator, unsmoothed",
        formula: "100 * (gain - loss) / (gain + loss), sums of rises and falls over n rows",
        convention: "TA-Lib CMOU: 0 when nothing moves",
        warm_up: "n rows",
        cost: "O(1)",
        source: "TA-Lib CMOU",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get(), Unit::Is("-100 to 100"), "From -100 to 100.")
    }

    fn examples() -> Vec<Self> {
        [14, 2, 3, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 1] {
        let Some(last) = state.last.replace(value) else { return [f64::NAN] };
        let period = self.period.get();
        let moved = [(value - last).max(0.0), (last - value).max(0.0)];
        let Some([gain, loss]) = state.sums.push(moved, period) else { return [f64::NAN] };
        let movement = gain + loss;
        [if movement == 0.0 { 0.0 } else { 100.0 * ((gain - loss) / movement) }]
    }
}

#[cfg(test)]
mod tests {
    use super::Cmou;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        // Gains 2 0 1 and losses 0 1 0.
        let cmou = Cmou { period: Period::of(2) };
        expect_series(&cmou, &[10.0, 12.0, 11.0, 12.0], &[NULL, NULL, 100.0 / 3.0, 0.0]);
        expect_series(&cmou, &[5.0; 3], &[NULL, NULL, 0.0]);
    }
}
