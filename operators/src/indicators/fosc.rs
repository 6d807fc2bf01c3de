//! Forecast oscillator.
//!
//! - Formula: `100 * (x[t] - f) / x[t], f the least-squares line through rows t-n..t-1, carried on
//!   to t`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib FOSC: 0 where the price is 0.
//! - Warm-up: n rows.
//! - Cost: O(1) a row, 2n values held.
//! - Source: TA-Lib `FOSC`.

use serde::{Deserialize, Serialize};

use super::{About, Definition, Output, Period, Unit, line::Line};

parameters! {
    /// How far the price is from what a straight line through the rows before it foretold, in per
    /// cent of the price.
    pub struct Fosc {
        /// Rows of the line.
        pub period: Period<2> = "5",
    }
}

/// The line, and what it foretells for the next row.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    line: Line,
    forecast: Option<f64>,
}

impl Definition for Fosc {
    const ABOUT: About = About {
        title: "Forecast oscillator",
        formula: "100 * (x[t] - f) / x[t], f the least-squares line through rows t-n..t-1, carried \
                  on to t",
        convention: "TA-Lib FOSC: 0 where the price is 0",
        warm_up: "n rows",
        cost: "O(1)",
        source: "TA-Lib FOSC",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get(), Unit::Is("percent"), "Per cent.")
    }

    fn examples() -> Vec<Self> {
        [5, 2, 14, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 1] {
        let period = self.period.get();
        let forecast = state.forecast;
        state.forecast = state.line.push(value, period).map(|fit| fit.end + fit.slope);
        let off =
            |forecast: f64| if value == 0.0 { 0.0 } else { 100.0 * (value - forecast) / value };
        [forecast.map_or(f64::NAN, off)]
    }
}

#[cfg(test)]
mod tests {
    use super::Fosc;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        // A line is foretold exactly.
        expect_series(
            &Fosc { period: Period::of(3) },
            &[1.0, 2.0, 3.0, 4.0, 10.0],
            &[NULL, NULL, NULL, 0.0, 50.0],
        );
    }
}
