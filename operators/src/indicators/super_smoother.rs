//! Super smoother.
//!
//! - Formula: `s[t] = (1 - c2 - c3) * (x[t] + x[t-1]) / 2 + c2 * s[t-1] + c3 * s[t-2], a =
//!   exp(-sqrt(2) * pi / n), c2 = 2 * a * cos(sqrt(2) * pi / n), c3 = -a^2`.
//! - Parameters: `period` n.
//! - Convention: the first value stands for those before it.
//! - Warm-up: none.
//! - Cost: O(1) a row.
//! - Source: John F. Ehlers, Cycle Analytics for Traders (2013).

use serde::{Deserialize, Serialize};

use super::{About, Definition, Output, Period, Unit};

parameters! {
    /// A two-pole filter that takes out cycles of fewer rows than its period and lags less than an
    /// average that is as smooth.
    pub struct SuperSmoother {
        /// The shortest cycle that is left, in rows; 10 is usual.
        pub period: Period<2>,
    }
}

/// The factors, the last value, and the last two results.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    factors: (f64, f64),
    last: Option<(f64, f64, f64)>,
}

impl Definition for SuperSmoother {
    const ABOUT: About = About {
        title: "Super smoother",
        formula: "s[t] = (1 - c2 - c3) * (x[t] + x[t-1]) / 2 + c2 * s[t-1] + c3 * s[t-2], a = \
                  exp(-sqrt(2) * pi / n), c2 = 2 * a * cos(sqrt(2) * pi / n), c3 = -a^2",
        convention: "the first value stands for those before it",
        warm_up: "none",
        cost: "O(1)",
        source: "John F. Ehlers, Cycle Analytics for Traders (2013)",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(0, Unit::Input, "The smoothed value.")
    }

    fn examples() -> Vec<Self> {
        [10, 2, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        let angle = std::f64::consts::SQRT_2 * std::f64::consts::PI / self.period.get() as f64;
        let a = (-angle).exp();
        State { factors: (2.0 * a * angle.cos(), -a * a), last: None }
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 1] {
        let (before, first, second) = state.last.unwrap_or((value, value, value));
        let (c2, c3) = state.factors;
        let smooth = (1.0 - c2 - c3) * (value + before) / 2.0 + c2 * first + c3 * second;
        state.last = Some((value, smooth, first));
        [smooth]
    }
}

#[cfg(test)]
mod tests {
    use super::SuperSmoother;
    use crate::indicators::{Period, testing::expect_series};

    #[test]
    fn by_hand() {
        let angle = std::f64::consts::SQRT_2 * std::f64::consts::PI / 5.0;
        let (c2, c3) = (2.0 * (-angle).exp() * angle.cos(), -(-2.0 * angle).exp());
        let c1 = 1.0 - c2 - c3;
        let second = c1 * 1.5 + c2 + c3;
        let third = c1 * 2.5 + c2 * second + c3;
        let smoother = SuperSmoother { period: Period::of(5) };
        expect_series(&smoother, &[1.0, 2.0, 3.0], &[1.0, second, third]);
        expect_series(&smoother, &[7.0; 4], &[7.0; 4]);
    }
}
