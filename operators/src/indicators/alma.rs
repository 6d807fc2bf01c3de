//! Arnaud Legoux moving average.
//!
//! - Formula: `sum(w[k] * x[t-n+1+k]) / sum(w[k]), w[k] = exp(-(k - m)^2 / (2 s^2)), m = offset *
//!   (n - 1), s = n / sigma, k from 0`.
//! - Parameters: `period` n, `offset`, `sigma`.
//! - Convention: Stock.Indicators: m is not rounded.
//! - Warm-up: n - 1 rows.
//! - Cost: O(n) a row, 2n values held.
//! - Source: Arnaud Legoux and Dimitrios Kouzis-Loukas, 2009; as Stock.Indicators has it.

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, Output, Period, Portion, Unit, Width,
    window::{Window, buffer},
};

parameters! {
    /// A mean weighted by a bell whose top lies near the newest rows: smooth, with little lag.
    pub struct Alma {
        /// Rows in the window.
        pub period: Period<2>,
        /// Where the top is: 0 at the oldest row, 1 at the newest; 0.85 is usual.
        pub offset: Portion,
        /// How narrow the bell is; 6 is usual.
        pub sigma: Width,
    }
}

/// The last values, and the weights from the oldest row to the newest.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    values: Window,
    weights: Vec<f64>,
    rows: usize,
}

impl Definition for Alma {
    const ABOUT: About = About {
        title: "Arnaud Legoux moving average",
        formula: "sum(w[k] * x[t-n+1+k]) / sum(w[k]), w[k] = exp(-(k - m)^2 / (2 s^2)), m = \
                      offset * (n - 1), s = n / sigma, k from 0",
        convention: "Stock.Indicators: m is not rounded",
        warm_up: "n - 1 rows",
        cost: "O(n)",
        source: "Arnaud Legoux and Dimitrios Kouzis-Loukas, 2009; as Stock.Indicators has it",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get() - 1, Unit::Input, "The average.")
    }

    fn examples() -> Vec<Self> {
        [(9, 0.85, 6.0), (2, 0.0, 1.0), (20, 1.0, 3.0), (100, 0.5, 100.0)]
            .map(|(rows, offset, sigma)| Self {
                period: Period::of(rows),
                offset: Portion::of(offset),
                sigma: Width::of(sigma),
            })
            .into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 1] {
        if state.weights.is_empty() {
            state.weights = self.weights();
        }
        state.rows += usize::from(state.rows < self.period.get());
        state.values.push(value, self.period.get());
        if state.rows < self.period.get() {
            return [f64::NAN];
        }
        let (newer, older) = state.values.halves();
        let rows = older.iter().chain(newer);
        [rows.zip(&state.weights).map(|(value, weight)| value * weight).sum()]
    }
}

impl Alma {
    /// Weights that add up to 1.
    #[cold]
    fn weights(&self) -> Vec<f64> {
        let rows = self.period.get();
        let top = self.offset.get() * (rows as f64 - 1.0);
        let width = rows as f64 / self.sigma.get();
        let mut weights = buffer(rows, 0.0);
        for (row, weight) in weights.iter_mut().enumerate() {
            *weight = (-((row as f64 - top) / width).powi(2) / 2.0).exp();
        }
        let sum: f64 = weights.iter().sum();
        weights.iter_mut().for_each(|weight| *weight /= sum);
        weights
    }
}

#[cfg(test)]
mod tests {
    use super::Alma;
    use crate::indicators::{
        Period, Portion, Width,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        // The top is at the newest row, and one row is one deviation of the bell.
        let alma = Alma { period: Period::of(2), offset: Portion::of(1.0), sigma: Width::of(2.0) };
        let older = (-0.5_f64).exp();
        let expected = (1.0 * older + 4.0) / (older + 1.0);
        expect_series(&alma, &[1.0, 4.0], &[NULL, expected]);
    }
}
