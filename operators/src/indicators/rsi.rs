//! Relative strength index.
//!
//! - Formula: `100 * gain / (gain + loss)`, Wilder's averages of rises and falls from row to row.
//! - Parameters: `period` n.
//! - Warm-up: n rows.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `RSI`; J. Welles Wilder, New Concepts in Technical Trading Systems (1978).

use serde::{Deserialize, Serialize};

use super::{About, Definition, Output, Period, smooth::Smoothed};

parameters! {
    /// How much of the recent movement went up: 100 all of it, 0 none.
    pub struct Rsi {
        /// Rows of Wilder's averages.
        pub period: Period<2>,
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
        cost: "O(1)",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get(), "From 0 to 100.")
    }

    fn examples() -> Vec<Self> {
        [2, 3, 14, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    fn step(&self, state: &mut State, value: f64) -> [f64; 1] {
        let Some(last) = state.last.replace(value) else { return [f64::NAN] };
        let period = self.period.get();
        let gain = state.gain.wilder((value - last).max(0.0), period);
        let loss = state.loss.wilder((last - value).max(0.0), period);
        let Some((gain, loss)) = gain.zip(loss) else { return [f64::NAN] };
        let movement = gain + loss;
        [if movement == 0.0 { 0.0 } else { 100.0 * (gain / movement) }]
    }
}

#[cfg(test)]
mod tests {
    use super::Rsi;
    use crate::indicators::{Period, testing::series};

    #[test]
    fn by_hand() {
        let rsi = Rsi { period: Period::of(2) };
        // Gains 2 0 1 and losses 0 1 0: means 1 and 0.5, then 1 and 0.25.
        let values = series(&rsi, &[10.0, 12.0, 11.0, 12.0]);
        assert_eq!(values, [None, None, Some(100.0 * (1.0 / 1.5)), Some(80.0)]);
        assert_eq!(series(&rsi, &[5.0; 3]), [None, None, Some(0.0)]);
    }
}
