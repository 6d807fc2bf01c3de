//! Rolling volume-weighted average price.
//!
//! - Formula: `sum(typical * volume) / sum(volume) over n rows, typical = (high + low + close) /
//!   3`.
//! - Parameters: `period` n.
//! - Convention: `vwap` over a window; null where the volume is 0.
//! - Warm-up: n - 1 rows; null where the window has no volume.
//! - Cost: O(1) a row, 2n values held.
//! - Source: `vwap` over a window.

use serde::{Deserialize, Serialize};

use super::{About, Definition, HighLowCloseVolume, Output, Period, Unit, window::Total};

parameters! {
    /// The mean price that was paid over the last bars, each unit traded with the same weight.
    pub struct RollingVwap {
        /// Rows in the window.
        pub period: Period<1>,
    }
}

/// Money and volume of the window.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    sums: Total<[f64; 2]>,
}

impl Definition for RollingVwap {
    const ABOUT: About = About {
        title: "Rolling volume-weighted average price",
        formula: "sum(typical * volume) / sum(volume) over n rows, \
                  typical = (high + low + close) / 3",
        convention: "`vwap` over a window; null where the volume is 0",
        warm_up: "n - 1 rows; null where the window has no volume",
        cost: "O(1)",
        source: "vwap over a window",
    };
    type Row = HighLowCloseVolume;
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
    fn step(&self, state: &mut State, bar: HighLowCloseVolume) -> [f64; 1] {
        let period = self.period.get();
        let sums = state.sums.push([bar.prices.typical() * bar.volume, bar.volume], period);
        [sums.map_or(f64::NAN, |[money, volume]| money / volume)]
    }
}

#[cfg(test)]
mod tests {
    use super::RollingVwap;
    use crate::indicators::{
        Period,
        testing::{bars, series_of_bars},
    };

    #[test]
    fn by_hand() {
        let vwap = RollingVwap { period: Period::of(2) };
        let bars = bars(&[
            [0.0, 3.0, 1.0, 2.0, 1.0],
            [0.0, 9.0, 3.0, 6.0, 3.0],
            [0.0, 0.3, 0.1, 0.2, 0.0],
            [0.0, 3.0, 1.0, 2.0, 0.0],
            [0.0, 7.0, 7.0, 7.0, 0.1],
        ]);
        let values = series_of_bars(&vwap, &bars);
        assert_eq!(values, [None, Some(5.0), Some(6.0), None, Some(7.0)]);
    }
}
