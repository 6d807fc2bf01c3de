//! Volume-weighted moving average.
//!
//! - Formula: `sum(close * volume) / sum(volume) over n rows`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib VWMA: null where the window has no volume; a period of 1 gives the close.
//! - Warm-up: n - 1 rows; null where the window has no volume.
//! - Cost: O(1) a row, 2n values held.
//! - Source: TA-Lib `VWMA`.

use serde::{Deserialize, Serialize};

use super::{About, CloseVolume, Definition, Output, Period, Unit, window::Total};

parameters! {
    /// The mean of the last closes, each weighed by its volume.
    pub struct Vwma {
        /// Rows in the window.
        pub period: Period<1> = "30",
    }
}

/// The two sums.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    sums: Total<[f64; 2]>,
}

impl Definition for Vwma {
    const ABOUT: About = About {
        title: "Volume-weighted moving average",
        formula: "sum(close * volume) / sum(volume) over n rows",
        convention: "TA-Lib VWMA: null where the window has no volume; a period of 1 gives the \
                     close",
        warm_up: "n - 1 rows; null where the window has no volume",
        cost: "O(1)",
        source: "TA-Lib VWMA",
    };
    type Row = CloseVolume;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get() - 1, Unit::Input, "A price.")
    }

    fn examples() -> Vec<Self> {
        [1, 2, 20, 200].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: CloseVolume) -> [f64; 1] {
        let period = self.period.get();
        if period == 1 {
            return [bar.close];
        }
        let sums = state.sums.push([bar.close * bar.volume, bar.volume], period);
        [sums.map_or(f64::NAN, |[money, volume]| money / volume)]
    }
}

#[cfg(test)]
mod tests {
    use super::Vwma;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let rows = [[0.0, 0.0, 0.0, 2.0, 1.0], [0.0, 0.0, 0.0, 6.0, 3.0], [0.0; 5], [0.0; 5]];
        expect_bars(&Vwma { period: Period::of(2) }, &rows, &[&[NULL, 5.0, 6.0, NULL]]);
        expect_bars(&Vwma { period: Period::of(1) }, &rows, &[&[2.0, 6.0, 0.0, 0.0]]);
    }
}
