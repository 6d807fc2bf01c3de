//! Volume-weighted average price.
//!
//! - Formula: `sum(typical * volume) / sum(volume), typical = (high + low + close) / 3`.
//! - Parameters: none.
//! - Convention: TA-Lib VWAP: from the first row on, without a restart; 0 while volume is 0.
//! - Warm-up: none; 0 while no volume has been traded.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `VWAP`, without a daily restart.

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, HighLowClose, HighLowCloseVolume, Output, Unit, exact::exact_product,
    state::AT_ONCE, window::Sum,
};

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
        Output::only(0, Unit::Input, "A price.")
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
        [price(state.money.value(), state.volume.value())]
    }

    #[inline(always)]
    fn steps(
        &self,
        state: &mut State,
        [highs, lows, closes, volumes]: &[&[f64]; 4],
        [out]: &mut [&mut [f64]; 1],
    ) {
        // Each product and what its rounding lost, which are added one after the other.
        let mut money = [0.0; 2 * AT_ONCE];
        let money = &mut money[..2 * volumes.len()];
        let prices = highs.iter().zip(*lows).zip(*closes);
        for (money, (((high, low), close), volume)) in
            money.as_chunks_mut::<2>().0.iter_mut().zip(prices.zip(*volumes))
        {
            let prices = HighLowClose { high: *high, low: *low, close: *close };
            *money = exact_product(prices.typical(), *volume).into();
        }
        let money = money.as_chunks::<2>().0.iter().zip(*volumes);
        for (out, ([product, error], volume)) in out.iter_mut().zip(money) {
            state.money.add(*product);
            state.money.add(*error);
            state.volume.add(*volume);
            *out = price(state.money.value(), state.volume.value());
        }
    }
}

/// 0 while nothing was traded.
#[inline(always)]
fn price(money: f64, volume: f64) -> f64 {
    let price = money / volume;
    if volume == 0.0 { 0.0 } else { price }
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
