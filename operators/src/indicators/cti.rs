//! Correlation trend indicator.
//!
//! - Formula: `correlation of x with the row's number over n rows`.
//! - Parameters: `period` n.
//! - Convention: its square is the r squared of the line of least squares; 0 in a flat window.
//! - Warm-up: n - 1 rows.
//! - Cost: O(1) a row.
//! - Source: John Ehlers, Correlation As A Trend Indicator (2020).

use serde::{Deserialize, Serialize};

use super::{About, Definition, Line, Output, Period, Unit, window::Moments};

parameters! {
    /// How straight a trend is: 1 a line upwards, -1 a line downwards.
    pub struct Cti {
        /// Rows in the window; 20 is usual.
        pub period: Period<2>,
    }
}

/// The line and the deviation of the last rows.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    line: Line,
    moments: Moments,
}

impl Definition for Cti {
    const ABOUT: About = About {
        title: "Correlation trend indicator",
        formula: "correlation of x with the row's number over n rows",
        convention: "its square is the r squared of the line of least squares; 0 in a flat window",
        warm_up: "n - 1 rows",
        cost: "O(1)",
        source: "John Ehlers, Correlation As A Trend Indicator (2020)",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get() - 1, Unit::Is("-1 to 1"), "From -1 to 1.")
    }

    fn examples() -> Vec<Self> {
        [20, 2, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 1] {
        let period = self.period.get();
        let line = state.line.push(value, period);
        let moments = state.moments.push(value, period);
        let Some((fit, (_, deviation))) = line.zip(moments) else { return [f64::NAN] };
        if deviation == 0.0 {
            return [0.0];
        }
        let rows = period as f64;
        // The deviation of the numbers 1 to n.
        let steps = ((rows * rows - 1.0) / 12.0).sqrt();
        [(fit.slope * (steps / deviation)).clamp(-1.0, 1.0)]
    }
}

#[cfg(test)]
mod tests {
    use super::Cti;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        let cti = Cti { period: Period::of(3) };
        let values = [1.0, 2.0, 3.0, 3.0, 3.0, 0.0];
        let expected = [NULL, NULL, 1.0, 0.75_f64.sqrt(), 0.0, -0.75_f64.sqrt()];
        expect_series(&cti, &values, &expected);
    }
}
