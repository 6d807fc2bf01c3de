//! Realised volatility.
//!
//! - Formula: `sqrt(sum(r^2)) over n returns, r[t] = ln(x[t] / x[t-1])`.
//! - Parameters: `period` n.
//! - Convention: the square root of the realised variance of the window, not scaled to a year; a
//!   price that is not above 0 counts as no move.
//! - Warm-up: n rows.
//! - Cost: O(1) a row, n values held.
//! - Source: T. Andersen, T. Bollerslev, F. Diebold and P. Labys, Modeling and Forecasting Realized
//!   Volatility, 2003.

use serde::{Deserialize, Serialize};

use super::{About, Definition, Output, Period, Unit, returns::log_ratio, window::Total};

parameters! {
    /// How much a price moved over the last rows, jumps included.
    pub struct RealizedVolatility {
        /// Returns in the window.
        pub period: Period<1>,
    }
}

/// The price before, and the sum of squares.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    before: Option<f64>,
    squares: Total,
}

impl Definition for RealizedVolatility {
    const ABOUT: About = About {
        title: "Realised volatility",
        formula: "sqrt(sum(r^2)) over n returns, r[t] = ln(x[t] / x[t-1])",
        convention: "the square root of the realised variance of the window, not scaled to a \
                     year; a price that is not above 0 counts as no move",
        warm_up: "n rows",
        cost: "O(1)",
        source: "T. Andersen, T. Bollerslev, F. Diebold and P. Labys, Modeling and Forecasting \
                 Realized Volatility, 2003",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(
            self.period.get(),
            Unit::Is("log return"),
            "Square root of the realised variance.",
        )
    }

    fn examples() -> Vec<Self> {
        [20, 1, 2, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 1] {
        let Some(before) = state.before.replace(value) else { return [f64::NAN] };
        let change = log_ratio(value, before);
        let sum = state.squares.push(change * change, self.period.get());
        [sum.map_or(f64::NAN, f64::sqrt)]
    }
}

#[cfg(test)]
mod tests {
    use super::RealizedVolatility;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        let two = std::f64::consts::LN_2;
        let expected = [NULL, NULL, (5.0 * two * two).sqrt(), 2.0 * two];
        let volatility = RealizedVolatility { period: Period::of(2) };
        expect_series(&volatility, &[1.0, 2.0, 8.0, 8.0], &expected);
    }
}
