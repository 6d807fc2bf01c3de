//! Tillson's T3.
//!
//! - Formula: `(1 + v) * e1 - v * e2, e1 the EMA and e2 its EMA, three times over`.
//! - Parameters: `period`, `vfactor`, `unstable`.
//! - Convention: TA-Lib T3: each average starts from the mean of its first n values.
//! - Warm-up: 6 * (n - 1) rows and `unstable`.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `T3`; Tim Tillson, Smoothing Techniques for More Accurate Signals (1998).

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, Output, Period, Portion, Unit, Unstable,
    smooth::{Smoothed, cascade},
};

parameters! {
    /// Six exponential averages of each other, weighed so that lag and overshoot cancel as far as
    /// the factor says.
    pub struct T3 {
        /// Rows of each exponential average.
        pub period: Period<1> = "5",
        /// How far lag is taken back: 0 not at all, 1 as `dema`.
        pub vfactor: Portion = "0.7",
        /// Rows held back after the warm-up while the recursion settles.
        pub unstable: Unstable = "0",
    }
}

/// The factor of [`super::MaType::T3`].
pub(super) const USUAL: f64 = 0.7;

/// The six averages.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    averages: [Smoothed; 6],
}

impl Definition for T3 {
    const ABOUT: About = About {
        title: "Tillson's T3",
        formula: "(1 + v) * e1 - v * e2, e1 the EMA and e2 its EMA, three times over",
        convention: "TA-Lib T3: each average starts from the mean of its first n values",
        warm_up: "6 * (n - 1) rows and unstable",
        cost: "O(1)",
        source: "TA-Lib T3; Tim Tillson, Smoothing Techniques for More Accurate Signals (1998)",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(6 * (self.period.get() - 1) + self.unstable.get(), Unit::Input, "The average.")
    }

    fn examples() -> Vec<Self> {
        [(5, 0.7, 0), (1, 0.5, 3), (2, 0.0, 0), (20, 1.0, 7)]
            .map(|(rows, vfactor, unstable)| Self {
                period: Period::of(rows),
                vfactor: Portion::of(vfactor),
                unstable: Unstable::of(unstable),
            })
            .into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    fn unstable(&self) -> usize {
        self.unstable.get()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 1] {
        [state.push(value, self.period.get(), self.vfactor.get()).unwrap_or(f64::NAN)]
    }
}

impl State {
    /// Takes one value; the average, once there is one.
    #[inline(always)]
    pub(super) fn push(&mut self, value: f64, period: usize, v: f64) -> Option<f64> {
        let [_, _, e3, e4, e5, e6] = cascade(&mut self.averages, value, period)?;
        // ((1 + v) - v * ema)^3, multiplied out.
        let (one, square) = (1.0 + v, v * v);
        Some(
            one * one * one * e3 - 3.0 * one * one * v * e4 + 3.0 * one * square * e5
                - square * v * e6,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::T3;
    use crate::indicators::{
        Period, Portion, Unstable,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        // With factor 1 it follows a line, with 0 it is three averages of two rows, each half a
        // row behind.
        let t3 =
            |v| T3 { period: Period::of(2), vfactor: Portion::of(v), unstable: Unstable::of(1) };
        let line: Vec<f64> = (0..9).map(f64::from).collect();
        let [mut one, mut none] = [[NULL; 9]; 2];
        one[7..].copy_from_slice(&[7.0, 8.0]);
        none[7..].copy_from_slice(&[5.5, 6.5]);
        expect_series(&t3(1.0), &line, &one);
        expect_series(&t3(0.0), &line, &none);
    }
}
