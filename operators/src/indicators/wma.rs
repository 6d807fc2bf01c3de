//! Weighted moving average.
//!
//! - Formula: `sum(k * x[t-n+k] for k in 1..=n) / (n * (n + 1) / 2)`.
//! - Parameters: `period` n.
//! - Warm-up: n - 1 rows.
//! - Cost: O(1) a row, n values held.
//! - Source: TA-Lib `WMA`.

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, Output, Period,
    window::{Sum, Window},
};

parameters! {
    /// A mean whose weights fall in a straight line from the newest row to the oldest.
    pub struct Wma {
        /// Rows in the window.
        pub period: Period<1>,
    }
}

/// The window, its sum, and its sum weighted by age.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    window: Window,
    sum: Sum,
    weighted: Sum,
}

impl Definition for Wma {
    const ABOUT: About = About {
        title: "Weighted moving average",
        formula: "sum(k * x[t-n+k] for k in 1..=n) / (n * (n + 1) / 2)",
        convention: "TA-Lib WMA; the sums do not drift, and a flat window gives its value exactly",
        cost: "O(1)",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get() - 1, "The weighted mean of the window.")
    }

    fn examples() -> Vec<Self> {
        [1, 2, 10, 200].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    fn step(&self, state: &mut State, value: f64) -> [f64; 1] {
        let period = self.period.get();
        if let Some(leaving) = state.window.push(value, period) {
            // Everything becomes one row older, which takes the leaving row's weight to nothing.
            state.weighted.subtract(state.sum);
            state.sum.add(-leaving);
        }
        state.sum.add(value);
        state.weighted.add_product(value, state.window.len() as f64);
        if !state.window.is_full(period) {
            return [f64::NAN];
        }
        if state.window.is_flat() {
            return [value];
        }
        let rows = period as f64;
        [state.weighted.value() / (rows * (rows + 1.0) / 2.0)]
    }
}

#[cfg(test)]
mod tests {
    use super::Wma;
    use crate::indicators::{Period, testing::series};

    #[test]
    fn by_hand() {
        let wma = Wma { period: Period::of(3) };
        let values = series(&wma, &[1.0, 2.0, 6.0, 4.0]);
        assert_eq!(values, [None, None, Some(23.0 / 6.0), Some(26.0 / 6.0)]);
        assert_eq!(series(&wma, &[0.1; 3]), [None, None, Some(0.1)]);
    }
}
