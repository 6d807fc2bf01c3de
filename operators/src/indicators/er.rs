//! Kaufman's efficiency ratio.
//!
//! - Formula: `|x[t] - x[t-n]| / sum(|x[i] - x[i-1]|) over n rows`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib ER: 1 where nothing moves.
//! - Warm-up: n rows.
//! - Cost: O(1) a row, 2n values held.
//! - Source: TA-Lib `ER`; Perry J. Kaufman, Smarter Trading (1995).

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, Output, Period, Unit,
    window::{Total, Window},
};

parameters! {
    /// How straight the way of the price was: 1 in one direction, near 0 to and fro.
    pub struct Er {
        /// Rows of the way.
        pub period: Period<2> = "10",
    }
}

/// The last values, and the length of the way.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    last: Option<f64>,
    earlier: Window,
    way: Total,
}

impl Definition for Er {
    const ABOUT: About = About {
        title: "Kaufman's efficiency ratio",
        formula: "|x[t] - x[t-n]| / sum(|x[i] - x[i-1]|) over n rows",
        convention: "TA-Lib ER: 1 where nothing moves",
        warm_up: "n rows",
        cost: "O(1)",
        source: "TA-Lib ER; Perry J. Kaufman, Smarter Trading (1995)",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get(), Unit::Is("0 to 1"), "From 0 to 1.")
    }

    fn examples() -> Vec<Self> {
        [10, 2, 3, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 1] {
        [state.push(value, self.period.get()).unwrap_or(f64::NAN)]
    }
}

impl State {
    /// Takes one value; the ratio, once there is one.
    #[inline(always)]
    pub(super) fn push(&mut self, value: f64, period: usize) -> Option<f64> {
        let earlier = self.earlier.push(value, period);
        let last = self.last.replace(value)?;
        let way = self.way.push((value - last).abs(), period)?;
        let distance = (value - earlier?).abs();
        Some(if way <= distance { 1.0 } else { distance / way })
    }
}

#[cfg(test)]
mod tests {
    use super::Er;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        expect_series(
            &Er { period: Period::of(2) },
            &[1.0, 2.0, 4.0, 3.0],
            &[NULL, NULL, 1.0, 1.0 / 3.0],
        );
    }
}
