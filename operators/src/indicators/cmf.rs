//! Chaikin money flow.
//!
//! - Formula: `sum(volume * (2 * close - high - low) / (high - low)) / sum(volume) over n rows`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib CMF: a bar without range counts as even; 0 where the window has no volume.
//! - Warm-up: n - 1 rows.
//! - Cost: O(1) a row, 2n values held.
//! - Source: TA-Lib `CMF`.

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, HighLowCloseVolume, Output, Period, Unit,
    ad::{flow, flows},
    state::AT_ONCE,
    window::Total,
};

parameters! {
    /// Whether volume came with closes near the top of the bars or near the bottom, over the last
    /// bars.
    pub struct Cmf {
        /// Rows in the window.
        pub period: Period<2> = "20",
    }
}

/// The two sums.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    sums: Total<[f64; 2]>,
}

impl Definition for Cmf {
    const ABOUT: About = About {
        title: "Chaikin money flow",
        formula: "sum(volume * (2 * close - high - low) / (high - low)) / sum(volume) over n rows",
        convention: "TA-Lib CMF: a bar without range counts as even; 0 where the window has no \
                     volume",
        warm_up: "n - 1 rows",
        cost: "O(1)",
        source: "TA-Lib CMF",
    };
    type Row = HighLowCloseVolume;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get() - 1, Unit::Is("-1 to 1"), "From -1 to 1.")
    }

    fn examples() -> Vec<Self> {
        [20, 2, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: HighLowCloseVolume) -> [f64; 1] {
        let sums = state.sums.push([flow(&bar), bar.volume], self.period.get());
        let share = |[flow, volume]: [f64; 2]| if volume == 0.0 { 0.0 } else { flow / volume };
        [sums.map_or(f64::NAN, share)]
    }

    #[inline(always)]
    fn steps(&self, state: &mut State, bars: &[&[f64]; 4], [out]: &mut [&mut [f64]; 1]) {
        let mut both = [[0.0; 2]; AT_ONCE];
        let mut sums = [[0.0; 2]; AT_ONCE];
        let (both, sums) = (&mut both[..out.len()], &mut sums[..out.len()]);
        flows(bars, out);
        for (both, (flow, volume)) in both.iter_mut().zip(out.iter().zip(bars[3])) {
            *both = [*flow, *volume];
        }
        let none = state.sums.run(both, self.period.get(), sums);
        out[..none].fill(f64::NAN);
        for (out, [flow, volume]) in out[none..].iter_mut().zip(&sums[none..]) {
            *out = if *volume == 0.0 { 0.0 } else { flow / volume };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Cmf;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let rows = [[0.0, 5.0, 1.0, 4.0, 8.0], [0.0, 3.0, 1.0, 1.0, 2.0], [0.0; 5], [0.0; 5]];
        expect_bars(&Cmf { period: Period::of(2) }, &rows, &[&[NULL, 0.2, -1.0, 0.0]]);
    }
}
