//! Recursive moving trend average.
//!
//! - Formula: `b[t] = beta * b[t-1] + x[t]; r[t] = beta * r[t-1] + (1 - beta) * (x[t] + b[t] -
//!   b[t-1])`.
//! - Parameters: `period`, `beta`.
//! - Convention: Tulip Indicators rmta: the first b is (1 + beta) x and counts in full in the first
//!   r, before which r was x.
//! - Warm-up: period - 1 rows.
//! - Cost: O(1) a row.
//! - Source: Dennis Meyers, The Japanese Yen, Recursed (1998); as Tulip Indicators has it.

use serde::{Deserialize, Serialize};

use super::{About, Definition, Limit, Output, Period, Unit};

parameters! {
    /// An exponential average of where the value will be, by its own trend, in the next row: it
    /// lags less than one of values.
    pub struct Rmta {
        /// Rows before the first value, that one with them; 21 is usual. It says nothing else.
        pub period: Period<1>,
        /// What stays of a row in the next one: about 1 - 2 / (period + 1).
        pub beta: Limit,
    }
}

/// The sum of faded values, the average and the rows so far.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    faded: f64,
    average: f64,
    rows: usize,
}

impl Definition for Rmta {
    const ABOUT: About = About {
        title: "Recursive moving trend average",
        formula: "b[t] = beta * b[t-1] + x[t]; r[t] = beta * r[t-1] + (1 - beta) * (x[t] + b[t] \
                  - b[t-1])",
        convention: "Tulip Indicators rmta: the first b is (1 + beta) x and counts in full in the \
                     first r, before which r was x",
        warm_up: "period - 1 rows",
        cost: "O(1)",
        source: "Dennis Meyers, The Japanese Yen, Recursed (1998); as Tulip Indicators has it",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get() - 1, Unit::Input, "The average.")
    }

    fn examples() -> Vec<Self> {
        [(21, 0.9), (1, 0.01), (100, 0.98)]
            .map(|(rows, beta)| Self { period: Period::of(rows), beta: Limit::of(beta) })
            .into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 1] {
        let beta = self.beta.get();
        let (before, average) = match state.rows {
            0 => (value, value),
            _ => (state.faded, state.average),
        };
        state.faded = beta * before + value;
        // What the first row adds to the sum counts in full.
        let added = if state.rows == 0 { state.faded } else { state.faded - before };
        state.average = beta * average + (1.0 - beta) * (value + added);
        if state.rows < self.period.get() {
            state.rows += 1;
        }
        [if state.rows < self.period.get() { f64::NAN } else { state.average }]
    }
}

#[cfg(test)]
mod tests {
    use super::Rmta;
    use crate::indicators::{
        Limit, Period,
        testing::{NULL, expect_series, series},
    };

    #[test]
    fn by_hand() {
        let rmta = Rmta { period: Period::of(2), beta: Limit::of(0.5) };
        // b: 6, 7, 11.5; r: 2 + (4 + 6) / 2 = 7, 3.5 + (4 + 1) / 2 = 6, 3 + (8 + 4.5) / 2.
        expect_series(&rmta, &[4.0, 4.0, 8.0], &[NULL, 6.0, 9.25]);
    }

    #[test]
    fn it_comes_to_rest_where_the_value_does() {
        let rmta = Rmta { period: Period::of(21), beta: Limit::of(0.9) };
        let last = series(&rmta, &[7.0; 700]).pop().flatten().unwrap();
        assert!((last - 7.0).abs() < 1e-12, "{last}");
    }
}
