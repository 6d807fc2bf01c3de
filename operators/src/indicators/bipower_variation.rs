//! Bipower variation.
//!
//! - Formula: `pi / 2 sum(|r[t]| |r[t-1]|) over n returns, r[t] = ln(x[t] / x[t-1])`.
//! - Parameters: `period` n.
//! - Convention: a variance of the window from its n - 1 products, not scaled to a year; a price
//!   that is not above 0 counts as no move.
//! - Warm-up: n rows.
//! - Cost: O(1) a row, n values held.
//! - Source: O. Barndorff-Nielsen and N. Shephard, Power and Bipower Variation with Stochastic
//!   Volatility and Jumps, 2004.

use serde::{Deserialize, Serialize};

use super::{About, Definition, Output, Period, Unit, returns::log_ratio, window::Total};

parameters! {
    /// How much a price moved over the last rows, jumps left out: what the realised variance has
    /// beyond it came in jumps.
    pub struct BipowerVariation {
        /// Returns in the window.
        pub period: Period<2>,
    }
}

/// The price before, the size of the last return, and the sum of products.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    before: Option<f64>,
    size: Option<f64>,
    products: Total,
}

impl Definition for BipowerVariation {
    const ABOUT: About = About {
        title: "Bipower variation",
        formula: "pi / 2 sum(|r[t]| |r[t-1]|) over n returns, r[t] = ln(x[t] / x[t-1])",
        convention: "a variance of the window from its n - 1 products, not scaled to a year; a \
                     price that is not above 0 counts as no move",
        warm_up: "n rows",
        cost: "O(1)",
        source: "O. Barndorff-Nielsen and N. Shephard, Power and Bipower Variation with Stochastic \
                 Volatility and Jumps, 2004",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get(), Unit::Is("log return²"), "A variance.")
    }

    fn examples() -> Vec<Self> {
        [20, 2, 3, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 1] {
        let Some(before) = state.before.replace(value) else { return [f64::NAN] };
        let change = log_ratio(value, before);
        let size = state.size.replace(change.abs());
        let Some(size) = size else { return [f64::NAN] };
        let sum = state.products.push(size * change.abs(), self.period.get() - 1);
        [sum.map_or(f64::NAN, |sum| sum * std::f64::consts::FRAC_PI_2)]
    }
}

#[cfg(test)]
mod tests {
    use super::BipowerVariation;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        let two = std::f64::consts::LN_2;
        let expected = [NULL, NULL, std::f64::consts::PI * two * two, 0.0];
        let variation = BipowerVariation { period: Period::of(2) };
        expect_series(&variation, &[1.0, 2.0, 8.0, 8.0], &expected);
    }
}
