//! True strength index.
//!
//! - Formula: `100 * ema(ema(change, first), second) / ema(ema(|change|, first), second)`.
//! - Parameters: `first`, `second`.
//! - Convention: TA-Lib TSI: 0 where nothing moves.
//! - Warm-up: first + second - 1 rows.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `TSI`; William Blau (1991).

use serde::{Deserialize, Serialize};

use super::{About, Definition, Output, Period, Unit, smooth::Smoothed};

parameters! {
    /// How one-sided movement is, smoothed twice: 100 all of it upwards, -100 downwards.
    pub struct Tsi {
        /// Rows of the first average.
        pub first: Period<2> = "25",
        /// Rows of the second average.
        pub second: Period<2> = "13",
    }
}

/// The last value and the averages.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    last: Option<f64>,
    change: [Smoothed; 2],
    size: [Smoothed; 2],
}

impl Definition for Tsi {
    const ABOUT: About = About {
        title: "True strength index",
        formula: "100 * ema(ema(change, first), second) / ema(ema(|change|, first), second)",
        convention: "TA-Lib TSI: 0 where nothing moves",
        warm_up: "first + second - 1 rows",
        cost: "O(1)",
        source: "TA-Lib TSI; William Blau (1991)",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(
            self.first.get() + self.second.get() - 1,
            Unit::Is("-100 to 100"),
            "From -100 to 100.",
        )
    }

    fn examples() -> Vec<Self> {
        [(25, 13), (2, 2), (5, 20)]
            .map(|(first, second)| Self { first: Period::of(first), second: Period::of(second) })
            .into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 1] {
        [self.index(state, value).unwrap_or(f64::NAN)]
    }
}

impl Tsi {
    #[inline(always)]
    fn index(&self, state: &mut State, value: f64) -> Option<f64> {
        let change = value - state.last.replace(value)?;
        let twice = |averages: &mut [Smoothed; 2], value: f64| {
            let first = averages[0].exponential(value, self.first.get())?;
            averages[1].exponential(first, self.second.get())
        };
        let way = twice(&mut state.change, change);
        let size = twice(&mut state.size, change.abs());
        let (way, size) = (way?, size?);
        Some(if size == 0.0 { 0.0 } else { 100.0 * (way / size) })
    }
}

#[cfg(test)]
mod tests {
    use super::Tsi;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        let two = Period::of(2);
        let tsi = Tsi { first: two, second: two };
        // Changes 2 -2 2: first averages 0, 4 / 3 of sizes 2, 2.
        expect_series(&tsi, &[1.0, 3.0, 1.0, 3.0], &[NULL, NULL, NULL, 100.0 / 3.0]);
    }
}
