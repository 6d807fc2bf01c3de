//! Lag.
//!
//! - Formula: `x[t-n]`.
//! - Parameters: `period` n.
//! - Convention: Tulip Indicators lag.
//! - Warm-up: n rows.
//! - Cost: O(1) a row, n values held.
//! - Source: Tulip Indicators lag.

use super::{About, Definition, Output, Period, Unit, window::Window};

parameters! {
    /// What the value was some rows before.
    pub struct Lag {
        /// Rows to look back.
        pub period: Period<1>,
    }
}

impl Definition for Lag {
    const ABOUT: About = About {
        title: "Lag",
        formula: "x[t-n]",
        convention: "Tulip Indicators lag",
        warm_up: "n rows",
        cost: "O(1)",
        source: "Tulip Indicators lag",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = Window;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get(), Unit::Input, "The earlier value.")
    }

    fn examples() -> Vec<Self> {
        [1, 10, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> Window {
        Window::default()
    }

    #[inline(always)]
    fn step(&self, window: &mut Window, value: f64) -> [f64; 1] {
        [window.push(value, self.period.get()).unwrap_or(f64::NAN)]
    }
}

#[cfg(test)]
mod tests {
    use super::Lag;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        let lag = Lag { period: Period::of(2) };
        expect_series(&lag, &[1.0, 2.0, 4.0, 3.0], &[NULL, NULL, 1.0, 2.0]);
    }
}
