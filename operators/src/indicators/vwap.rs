//! Volume-weighted average price.
//!
//! - Formula: `sum(typical * volume) / sum(volume), typical = (high + low + close) / 3`.
//! - Parameters: none.
//! - Warm-up: none; 0 while no volume has been traded.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `VWAP`, without a daily restart.

use serde::{Deserialize, Serialize};

use super::{About, Definition, HighLowCloseVolume, Output, window::Sum};

parameters! {
    /// The mean price that was paid since the first bar, each unit traded with the same weight.
    pub struct Vwap {}
}

/// Money and units traded so far.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    money: Sum,
    volume: Sum,
}

impl Definition for Vwap {
    const ABOUT: About = About {
        title: "Volume-weighted average price",
        formula: "sum(typical * volume) / sum(volume), typical = (high + low + close) / 3",
        convention: "TA-Lib VWAP: from the first row on, without a restart; 0 while volume is 0",
        warm_up: "none; 0 while no volume has been traded",
        cost: "O(1)",
        source: "TA-Lib VWAP, without a daily restart",
    };
    type Row = HighLowCloseVolume;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(0, "A price.")
    }

    fn examples() -> Vec<Self> {
        vec![Self {}]
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: HighLowCloseVolume) -> [f64; 1] {
        state.money.add_product(bar.prices.typical(), bar.volume);
        state.volume.add(bar.volume);
        let volume = state.volume.value();
        [if volume == 0.0 { 0.0 } else { state.money.value() / volume }]
    }
}

#[cfg(test)]
mod tests {
    use super::Vwap;
    use crate::indicators::testing::{bars, series_of_bars};

    #[test]
    fn by_hand() {
        let bars = bars(&[
            [0.0, 3.0, 1.0, 2.0, 0.0],
            [0.0, 3.0, 1.0, 2.0, 1.0],
            [0.0, 9.0, 3.0, 6.0, 3.0],
        ]);
        assert_eq!(series_of_bars(&Vwap {}, &bars), [Some(0.0), Some(2.0), Some(5.0)]);
    }
}
