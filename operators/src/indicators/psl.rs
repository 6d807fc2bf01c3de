//! Psychological line.
//!
//! - Formula: `100 * (how many of the last n rows rose) / n`.
//! - Parameters: `period` n.
//! - Convention: a row that is equal to the one before did not rise.
//! - Warm-up: n rows.
//! - Cost: O(1) a row.
//! - Source: the plain definition, as in pandas-ta.

use serde::{Deserialize, Serialize};

use super::{About, Definition, Output, Period, Unit, window::Total};

parameters! {
    /// How often the value rose lately.
    pub struct Psl {
        /// Rows in the window; 12 is usual.
        pub period: Period<1>,
    }
}

/// The last value, and how many rows rose.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    last: Option<f64>,
    rises: Total,
}

impl Definition for Psl {
    const ABOUT: About = About {
        title: "Psychological line",
        formula: "100 * (how many of the last n rows rose) / n",
        convention: "a row that is equal to the one before did not rise",
        warm_up: "n rows",
        cost: "O(1)",
        source: "the plain definition, as in pandas-ta",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get(), Unit::Is("0 to 100"), "From 0 to 100.")
    }

    fn examples() -> Vec<Self> {
        [12, 1, 2, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 1] {
        let Some(last) = state.last.replace(value) else { return [f64::NAN] };
        let rises = state.rises.push(if value > last { 1.0 } else { 0.0 }, self.period.get());
        [rises.map_or(f64::NAN, |rises| 100.0 * rises / self.period.get() as f64)]
    }
}

#[cfg(test)]
mod tests {
    use super::Psl;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        let psl = Psl { period: Period::of(2) };
        expect_series(&psl, &[1.0, 2.0, 2.0, 3.0, 4.0], &[NULL, NULL, 50.0, 50.0, 100.0]);
    }
}
