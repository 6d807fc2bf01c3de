//! Relative volume.
//!
//! - Formula: `volume[t] / mean(volume[t-n..t-1])`.
//! - Parameters: `period` n.
//! - Warm-up: n rows; null where the rows before have no volume.
//! - Cost: O(1) a row, n values held.
//! - Source: TA-Lib `RVOL`.

use serde::{Deserialize, Serialize};

use super::{About, Definition, Output, Period, Volume, state::AT_ONCE, window::Mean};

parameters! {
    /// How many times the usual volume was traded.
    pub struct Rvol {
        /// Rows of the mean.
        pub period: Period<1>,
    }
}

/// The mean, and what it was before this row.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    mean: Mean,
    usual: Option<f64>,
}

impl Definition for Rvol {
    const ABOUT: About = About {
        title: "Relative volume",
        formula: "volume[t] / mean(volume[t-n..t-1])",
        convention: "TA-Lib RVOL: the row itself is no part of the mean; null where the mean is 0",
        warm_up: "n rows; null where the rows before have no volume",
        cost: "O(1)",
        source: "TA-Lib RVOL",
    };
    type Row = Volume;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get(), "A ratio.")
    }

    fn examples() -> Vec<Self> {
        [20, 1, 2, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: Volume) -> [f64; 1] {
        let usual = state.usual;
        state.usual = state.mean.push(bar.volume, self.period.get());
        [usual.map_or(f64::NAN, |usual| bar.volume / usual)]
    }

    #[inline(always)]
    fn steps(&self, state: &mut State, [volumes]: &[&[f64]; 1], [out]: &mut [&mut [f64]; 1]) {
        let mut means = [f64::NAN; AT_ONCE];
        let means = &mut means[..volumes.len()];
        state.mean.run(volumes, self.period.get(), means);
        let mut usual = state.usual.unwrap_or(f64::NAN);
        for ((out, volume), mean) in out.iter_mut().zip(*volumes).zip(&*means) {
            *out = volume / usual;
            usual = *mean;
        }
        state.usual = (!usual.is_nan()).then_some(usual);
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
