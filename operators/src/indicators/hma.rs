//! Hull moving average.
//!
//! - Formula: `wma(2 * wma(x, n / 2) - wma(x, n), sqrt(n))`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib HMA: half the period and its root are rounded down, at least 1.
//! - Warm-up: n + floor(sqrt(n)) - 2 rows.
//! - Cost: O(1) a row, 2n values held.
//! - Source: TA-Lib `HMA`.

use serde::{Deserialize, Serialize};

use super::{About, Definition, Output, Period, Unit, state::AT_ONCE, window::WeightedMean};

parameters! {
    /// A weighted average that is corrected for its lag, then smoothed a little.
    pub struct Hma {
        /// Rows of the longest average.
        pub period: Period<1> = "20",
    }
}

/// The three averages.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    half: WeightedMean,
    whole: WeightedMean,
    smooth: WeightedMean,
}

impl Definition for Hma {
    const ABOUT: About = About {
        title: "Hull moving average",
        formula: "wma(2 * wma(x, n / 2) - wma(x, n), sqrt(n))",
        convention: "TA-Lib HMA: half the period and its root are rounded down, at least 1",
        warm_up: "n + floor(sqrt(n)) - 2 rows",
        cost: "O(1)",
        source: "TA-Lib HMA",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get() + self.period.get().isqrt() - 2, Unit::Input, "The average.")
    }

    fn examples() -> Vec<Self> {
        [1, 2, 16, 50].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 1] {
        [state.push(value, self.period.get()).unwrap_or(f64::NAN)]
    }

    #[inline(always)]
    fn steps(&self, state: &mut State, [values]: &[&[f64]; 1], [out]: &mut [&mut [f64]; 1]) {
        let (rows, period) = (values.len(), self.period.get());
        let mut half = [0.0; AT_ONCE];
        let mut whole = [0.0; AT_ONCE];
        let (half, whole) = (&mut half[..rows], &mut whole[..rows]);
        state.half.run::<false>(values, (period / 2).max(1), half, &mut []);
        let none = state.whole.run::<false>(values, period, whole, &mut []);
        half.iter_mut().zip(whole).for_each(|(half, whole)| *half = 2.0 * *half - *whole);
        out[..none].fill(f64::NAN);
        state.smooth.run::<false>(&half[none..], period.isqrt(), &mut out[none..], &mut []);
    }
}

impl State {
    /// Takes one value; the average, once there is one.
    #[inline(always)]
    pub(super) fn push(&mut self, value: f64, period: usize) -> Option<f64> {
        let half = self.half.push(value, (period / 2).max(1));
        let whole = self.whole.push(value, period);
        self.smooth.push(2.0 * half? - whole?, period.isqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::Hma;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        // Of 2: the value twice less its weighted mean with the one before.
        expect_series(&Hma { period: Period::of(2) }, &[1.0, 4.0, 1.0], &[NULL, 5.0, 0.0]);
        // Of 4: means of two rows at 4, 7 against means of four rows, then a mean of two.
        // Follows a line.
        let line = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let third = 1.0 / 3.0;
        let hma = [NULL, NULL, NULL, NULL, 5.0 - third + third, 6.0];
        expect_series(&Hma { period: Period::of(4) }, &line, &hma);
    }
}
