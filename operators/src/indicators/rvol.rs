//! Relative volume.
//!
//! - Formula: `n * volume[t] / sum(volume[t-n..t-1])`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib RVOL: the row itself is no part of the sum; null where the sum is 0.
//! - Warm-up: n rows; null where the rows before have no volume.
//! - Cost: O(1) a row, n values held.
//! - Source: TA-Lib `RVOL`.

use serde::{Deserialize, Serialize};

use super::{About, Definition, Output, Period, Unit, Volume, state::AT_ONCE, window::Total};

parameters! {
    /// How many times the usual volume was traded.
    pub struct Rvol {
        /// Rows of the usual volume.
        pub period: Period<1> = "20",
    }
}

/// The sum, and what it was before this row.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    sum: Total,
    before: Option<f64>,
}

impl Definition for Rvol {
    const ABOUT: About = About {
        title: "Relative volume",
        formula: "n * volume[t] / sum(volume[t-n..t-1])",
        convention: "TA-Lib RVOL: the row itself is no part of the sum; null where the sum is 0",
        warm_up: "n rows; null where the rows before have no volume",
        cost: "O(1)",
        source: "TA-Lib RVOL",
    };
    type Row = Volume;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get(), Unit::Is("number"), "A ratio.")
    }

    fn examples() -> Vec<Self> {
        [20, 1, 2, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: Volume) -> [f64; 1] {
        let before = state.before;
        state.before = state.sum.push(bar.volume, self.period.get());
        [before.map_or(f64::NAN, |before| self.ratio(bar.volume, before))]
    }

    #[inline(always)]
    fn steps(&self, state: &mut State, [volumes]: &[&[f64]; 1], [out]: &mut [&mut [f64]; 1]) {
        let mut sums = [f64::NAN; AT_ONCE];
        let sums = &mut sums[..volumes.len()];
        let none = state.sum.run(volumes, self.period.get(), sums);
        sums[..none].fill(f64::NAN);
        let (Some(volume), Some(last)) = (volumes.first(), sums.last()) else { return };
        out[0] = self.ratio(*volume, state.before.unwrap_or(f64::NAN));
        for (out, (volume, before)) in out[1..].iter_mut().zip(volumes[1..].iter().zip(&*sums)) {
            *out = self.ratio(*volume, *before);
        }
        state.before = (!last.is_nan()).then_some(*last);
    }
}

impl Rvol {
    /// Multiplied first, as a division takes longer than all the rest.
    #[inline(always)]
    fn ratio(&self, volume: f64, sum: f64) -> f64 {
        volume * self.period.get() as f64 / sum
    }
}

#[cfg(test)]
mod tests {
    use super::Rvol;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let rows = [1.0, 3.0, 8.0, 0.0].map(|volume| [0.0, 0.0, 0.0, 0.0, volume]);
        expect_bars(&Rvol { period: Period::of(2) }, &rows, &[&[NULL, NULL, 4.0, 0.0]]);
    }
}
