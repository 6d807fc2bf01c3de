//! Ulcer index.
//!
//! - Formula: `sqrt(mean(d^2)) over n rows, d = 100 * (x / the highest of the window up to its row
//!   - 1)`.
//! - Parameters: `period` n.
//! - Convention: Stock.Indicators: the highest begins anew with each window; a highest that is not
//!   above 0 counts as no fall.
//! - Warm-up: n - 1 rows.
//! - Cost: O(n) a row, n values held.
//! - Source: Peter Martin, The Investor's Guide to Fidelity Funds (1989); as Stock.Indicators has
//!   it.

use serde::{Deserialize, Serialize};

use super::{About, Definition, Output, Period, Unit, row::bounded, window::Window};

parameters! {
    /// How deep and how long the falls from a high were: 0 while the price only rises.
    pub struct Ulcer {
        /// Rows in the window; 14 is usual.
        pub period: Period<1>,
    }
}

/// The last values, and how many they are.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    values: Window,
    rows: usize,
}

impl Definition for Ulcer {
    const ABOUT: About = About {
        title: "Ulcer index",
        formula: "sqrt(mean(d^2)) over n rows, d = 100 * (x / the highest of the window up to \
                      its row - 1)",
        convention: "Stock.Indicators: the highest begins anew with each window; a highest that \
                      is not above 0 counts as no fall",
        warm_up: "n - 1 rows",
        cost: "O(n)",
        source: "Peter Martin, The Investor's Guide to Fidelity Funds (1989); as Stock.Indicators \
                 has it",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get() - 1, Unit::Is("percent"), "In per cent.")
    }

    fn examples() -> Vec<Self> {
        [14, 1, 2, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 1] {
        let period = self.period.get();
        state.values.push(value, period);
        state.rows += usize::from(state.rows < period);
        if state.rows < period {
            return [f64::NAN];
        }
        let (newer, older) = state.values.halves();
        let (mut highest, mut squares) = (0.0_f64, 0.0);
        for value in older.iter().chain(newer) {
            highest = highest.max(*value);
            let fall = if highest > 0.0 { 100.0 * (value / highest - 1.0) } else { 0.0 };
            squares += bounded(fall) * bounded(fall);
        }
        [(squares / period as f64).sqrt()]
    }
}

#[cfg(test)]
mod tests {
    use super::Ulcer;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        let ulcer = Ulcer { period: Period::of(3) };
        // Falls of 0, 50, 25 per cent; then 0, 0 (a new window), and 0.
        let first = f64::sqrt((50.0 * 50.0 + 25.0 * 25.0) / 3.0);
        expect_series(&ulcer, &[4.0, 2.0, 3.0, 5.0], &[NULL, NULL, first, 0.0]);
    }
}
