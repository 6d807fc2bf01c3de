//! Average directional index rating.
//!
//! - Formula: `(adx[t] + adx[t-n+1]) / 2`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib ADXR.
//! - Warm-up: 3n - 2 rows.
//! - Cost: O(1) a row, n values held.
//! - Source: TA-Lib `ADXR`; J. Welles Wilder, New Concepts in Technical Trading Systems (1978).

use serde::{Deserialize, Serialize};

use super::{About, Definition, HighLowClose, Output, Period, Unit, adx, window::Window};

parameters! {
    /// The mean of the average directional index now and some rows ago: steadier still.
    pub struct Adxr {
        /// Rows of Wilder's averages.
        pub period: Period<2> = "14",
    }
}

/// The index and its last values.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    adx: adx::State,
    earlier: Window,
}

impl Definition for Adxr {
    const ABOUT: About = About {
        title: "Average directional index rating",
        formula: "(adx[t] + adx[t-n+1]) / 2",
        convention: "TA-Lib ADXR",
        warm_up: "3n - 2 rows",
        cost: "O(1)",
        source: "TA-Lib ADXR; J. Welles Wilder, New Concepts in Technical Trading Systems (1978)",
    };
    type Row = HighLowClose;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(3 * self.period.get() - 2, Unit::Is("0 to 100"), "From 0 to 100.")
    }

    fn examples() -> Vec<Self> {
        [14, 2, 5, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: HighLowClose) -> [f64; 1] {
        let period = self.period.get();
        let Some(adx) = state.adx.push(&bar, period) else { return [f64::NAN] };
        [state.earlier.push(adx, period - 1).map_or(f64::NAN, |earlier| (adx + earlier) / 2.0)]
    }
}

#[cfg(test)]
mod tests {
    use super::Adxr;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let rows = [
            [0.0, 3.0, 1.0, 2.0, 0.0],
            [0.0, 5.0, 3.0, 4.0, 0.0],
            [0.0, 5.0, 2.0, 4.0, 0.0],
            [0.0, 8.0, 4.0, 6.0, 0.0],
            [0.0, 8.0, 4.0, 6.0, 0.0],
        ];
        // The index of these bars is 37.5, then 56.25.
        expect_bars(&Adxr { period: Period::of(2) }, &rows, &[&[NULL, NULL, NULL, NULL, 46.875]]);
    }
}
