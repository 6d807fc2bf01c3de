//! Triangular moving average.
//!
//! - Formula: `sma(sma(x, ceil(n / 2)), floor(n / 2) + 1)`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib TRIMA.
//! - Warm-up: n - 1 rows.
//! - Cost: O(1) a row, n values held.
//! - Source: TA-Lib `TRIMA`.

use serde::{Deserialize, Serialize};

use super::{About, Definition, Output, Period, Unit, window::Mean};

parameters! {
    /// A mean that weighs the middle of the window most.
    pub struct Trima {
        /// Rows in the window.
        pub period: Period<1> = "30",
    }
}

/// The two means.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    first: Mean,
    second: Mean,
}

impl Definition for Trima {
    const ABOUT: About = About {
        title: "Triangular moving average",
        formula: "sma(sma(x, ceil(n / 2)), floor(n / 2) + 1)",
        convention: "TA-Lib TRIMA",
        warm_up: "n - 1 rows",
        cost: "O(1)",
        source: "TA-Lib TRIMA",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get() - 1, Unit::Input, "The weighted mean.")
    }

    fn examples() -> Vec<Self> {
        [1, 2, 5, 20, 200].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 1] {
        [state.push(value, self.period.get()).unwrap_or(f64::NAN)]
    }
}

impl State {
    /// Takes one value; the average, once there is one.
    #[inline(always)]
    pub(super) fn push(&mut self, value: f64, period: usize) -> Option<f64> {
        let half = period.div_ceil(2);
        self.second.push(self.first.push(value, half)?, period - half + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::Trima;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        expect_series(
            &Trima { period: Period::of(3) },
            &[1.0, 2.0, 7.0, 4.0],
            &[NULL, NULL, 3.0, 5.0],
        );
        expect_series(&Trima { period: Period::of(2) }, &[1.0, 2.0, 7.0], &[NULL, 1.5, 4.5]);
    }
}
