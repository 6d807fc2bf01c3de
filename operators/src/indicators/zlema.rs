//! Zero-lag exponential moving average.
//!
//! - Formula: `ema(2 * x[t] - x[t-lag], n), lag = floor((n - 1) / 2)`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib ZLEMA: the average starts from the mean of its first n values.
//! - Warm-up: n - 1 + lag rows.
//! - Cost: O(1) a row, n / 2 values held.
//! - Source: TA-Lib `ZLEMA`.

use serde::{Deserialize, Serialize};

use super::{About, Definition, Output, Period, Unit, smooth::Smoothed, window::Window};

parameters! {
    /// An exponential average of values that are carried forward by their change over its lag.
    pub struct Zlema {
        /// Rows of the average.
        pub period: Period<1> = "30",
    }
}

/// The last values and the average.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    earlier: Window,
    average: Smoothed,
}

impl Definition for Zlema {
    const ABOUT: About = About {
        title: "Zero-lag exponential moving average",
        formula: "ema(2 * x[t] - x[t-lag], n), lag = floor((n - 1) / 2)",
        convention: "TA-Lib ZLEMA: the average starts from the mean of its first n values",
        warm_up: "n - 1 + lag rows",
        cost: "O(1)",
        source: "TA-Lib ZLEMA",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(
            self.period.get() - 1 + (self.period.get() - 1) / 2,
            Unit::Input,
            "The average.",
        )
    }

    fn examples() -> Vec<Self> {
        [1, 2, 3, 20, 100].map(|rows| Self { period: Period::of(rows) }).into()
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
        let lag = (period - 1) / 2;
        let earlier = if lag == 0 { value } else { self.earlier.push(value, lag)? };
        self.average.exponential(2.0 * value - earlier, period)
    }
}

#[cfg(test)]
mod tests {
    use super::Zlema;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        // Carried forward 3, 10, 2, 11: their mean of three, then half way.
        let zlema = Zlema { period: Period::of(3) };
        expect_series(&zlema, &[1.0, 2.0, 6.0, 4.0, 7.5], &[NULL, NULL, NULL, 5.0, 8.0]);
    }
}
