//! Average true range.
//!
//! - Formula: Wilder's average of `max(high, last close) - min(low, last close)`.
//! - Parameters: `period` n.
//! - Warm-up: n rows: the first bar has no true range, the next n are averaged.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `ATR`; J. Welles Wilder, New Concepts in Technical Trading Systems (1978).

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, HighLowClose, Output, Period, smooth::Smoothed, trange::true_range,
};

parameters! {
    /// How far the price moves in a bar, gaps included: the usual measure for stops and sizes.
    pub struct Atr {
        /// Rows of Wilder's average.
        pub period: Period<1>,
    }
}

/// The last close and the average.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    last_close: Option<f64>,
    average: Smoothed,
}

impl Definition for Atr {
    const ABOUT: About = About {
        title: "Average true range",
        formula: "Wilder's average of max(high, last close) - min(low, last close)",
        convention: "TA-Lib ATR: the first bar is left out, the average starts from a plain mean",
        cost: "O(1)",
    };
    type Row = HighLowClose;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get(), "A price difference.")
    }

    fn examples() -> Vec<Self> {
        [1, 2, 14, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    fn step(&self, state: &mut State, bar: HighLowClose) -> [f64; 1] {
        let Some(last_close) = state.last_close.replace(bar.close) else { return [f64::NAN] };
        let range = true_range(&bar, last_close);
        [state.average.wilder(range, self.period.get()).unwrap_or(f64::NAN)]
    }
}

#[cfg(test)]
mod tests {
    use super::Atr;
    use crate::indicators::{
        Period,
        testing::{bars, series_of_bars},
    };

    #[test]
    fn by_hand() {
        let atr = Atr { period: Period::of(2) };
        // Ranges: none, 2, 5, 1.
        let bars = bars(&[
            [0.0, 5.0, 3.0, 4.0, 0.0],
            [0.0, 6.0, 5.0, 6.0, 0.0],
            [0.0, 5.0, 1.0, 2.0, 0.0],
            [0.0, 3.0, 2.0, 2.0, 0.0],
        ]);
        assert_eq!(series_of_bars(&atr, &bars), [None, None, Some(3.5), Some(2.25)]);
    }
}
