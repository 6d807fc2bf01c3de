//! Price volume trend.
//!
//! - Formula: `p[t] = p[t-1] + volume * (close[t] - close[t-1]) / close[t-1]`.
//! - Parameters: none.
//! - Convention: TA-Lib PVT: starts at 0; a row after a close of 0 adds nothing.
//! - Warm-up: none.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `PVT`.

use serde::{Deserialize, Serialize};

use super::{About, CloseVolume, Definition, Output, Unit, row::bounded, window::Sum};

parameters! {
    /// Volume weighed by the rate of change that came with it, added up: only its changes mean
    /// anything.
    pub struct Pvt {}
}

/// The last close and the sum.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    last: Option<f64>,
    sum: Sum,
}

impl Definition for Pvt {
    const ABOUT: About = About {
        title: "Price volume trend",
        formula: "p[t] = p[t-1] + volume * (close[t] - close[t-1]) / close[t-1]",
        convention: "TA-Lib PVT: starts at 0; a row after a close of 0 adds nothing",
        warm_up: "none",
        cost: "O(1)",
        source: "TA-Lib PVT",
    };
    type Row = CloseVolume;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(0, Unit::Is("quantity"), "A quantity.")
    }

    fn examples() -> Vec<Self> {
        vec![Self {}]
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: CloseVolume) -> [f64; 1] {
        let last = state.last.replace(bar.close).unwrap_or(0.0);
        state.sum.add(moved(&bar, last));
        [state.sum.value()]
    }

    #[inline(always)]
    fn steps(
        &self,
        state: &mut State,
        [closes, volumes]: &[&[f64]; 2],
        [out]: &mut [&mut [f64]; 1],
    ) {
        let (Some(close), Some(last)) = (closes.first(), closes.last()) else { return };
        let before = state.last.replace(*last).unwrap_or(0.0);
        out[0] = moved(&CloseVolume { close: *close, volume: volumes[0] }, before);
        let bars = closes[1..].iter().zip(&volumes[1..]).zip(*closes);
        for (out, ((close, volume), before)) in out[1..].iter_mut().zip(bars) {
            *out = moved(&CloseVolume { close: *close, volume: *volume }, *before);
        }
        state.sum.run(out);
    }
}

/// The volume times the rate of change; 0 after a close of 0.
#[inline(always)]
fn moved(bar: &CloseVolume, last: f64) -> f64 {
    // A choice of numbers, so that several bars are worked out at a time.
    let moved = bounded((bar.close - last) / last * bar.volume);
    if last == 0.0 { 0.0 } else { moved }
}

#[cfg(test)]
mod tests {
    use super::Pvt;
    use crate::indicators::testing::expect_bars;

    #[test]
    fn by_hand() {
        let rows =
            [[0.0, 0.0, 0.0, 2.0, 1.0], [0.0, 0.0, 0.0, 3.0, 4.0], [0.0, 0.0, 0.0, 0.0, 1.0]];
        expect_bars(&Pvt {}, &rows, &[&[0.0, 2.0, 1.0]]);
    }
}
