//! Relative strength index.
//!
//! - Formula: `100 * gain / (gain + loss), Wilder's averages of rises and falls`.
//! - Parameters: `period`, `unstable`.
//! - Convention: TA-Lib RSI: averages start from plain means; 0 when nothing moves.
//! - Warm-up: n rows and `unstable`.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `RSI`; J. Welles Wilder, New Concepts in Technical Trading Systems (1978).

use serde::{Deserialize, Serialize};

use super::{About, Definition, Output, Period, Unit, Unstable, smooth::Smoothed};

parameters! {
    /// How much of the recent movement went up: 100 all of it, 0 none.
    pub struct Rsi {
        /// Rows of Wilder's averages.
        pub period: Period<2> = "14",
        /// Rows held back after the warm-up while the recursion settles.
        pub unstable: Unstable = "0",
    }
}

/// The last value and the two averages.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    last: Option<f64>,
    gain: Smoothed,
    loss: Smoothed,
}

impl Definition for Rsi {
    const ABOUT: About = About {
        title: "Relative strength index",
        formula: "100 * gain / (gain + loss), Wilder's averages of rises and falls",
        convention: "TA-Lib RSI: averages start from plain means; 0 when nothing moves",
        warm_up: "n rows and unstable",
        cost: "O(1)",
        source: "TA-Lib RSI; J. Welles Wilder, New Concepts in Technical Trading Systems (1978)",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(
            self.period.get() + self.unstable.get(),
            Unit::Is("0 to 100"),
            "From 0 to 100.",
        )
    }

    fn examples() -> Vec<Self> {
        [(14, 0), (2, 5), (3, 0), (100, 30)]
            .map(|(rows, unstable)| Self {
                period: Period::of(rows),
                unstable: Unstable::of(unstable),
            })
            .into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    fn unstable(&self) -> usize {
        self.unstable.get()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 1] {
        [state.push(value, self.period.get()).map_or(f64::NAN, Self::index)]
    }
}

impl Rsi {
    /// The share of the gain in the movement.
    #[inline(always)]
    pub(super) fn index((gain, loss): (f64, f64)) -> f64 {
        let movement = gain + loss;
        if movement == 0.0 { 0.0 } else { 100.0 * (gain / movement) }
    }
}

impl State {
    /// Takes one value; the averages of rises and of falls, once there are both.
    #[inline(always)]
    pub(super) fn push(&mut self, value: f64, period: usize) -> Option<(f64, f64)> {
        let last = self.last.replace(value)?;
        let gain = self.gain.wilder((value - last).max(0.0), period);
        let loss = self.loss.wilder((last - value).max(0.0), period);
        Some((gain?, loss?))
    }
}

#[cfg(test)]
mod tests {
    use super::Rsi;
    use crate::indicators::{
        Period, Unstable,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        let rsi = Rsi { period: Period::of(2), unstable: Unstable::of(0) };
        // Gains 2 0 1 and losses 0 1 0: means 1 and 0.5, then 1 and 0.25.
        expect_series(&rsi, &[10.0, 12.0, 11.0, 12.0], &[NULL, NULL, 200.0 / 3.0, 80.0]);
        expect_series(&rsi, &[5.0; 3], &[NULL, NULL, 0.0]);
    }
}
