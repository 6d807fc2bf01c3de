//! On-balance volume.
//!
//! - Formula: `o[t] = o[t-1] + signum(close[t] - close[t-1]) * volume[t]`.
//! - Parameters: none.
//! - Convention: TA-Lib OBV: starts at the volume of the first row.
//! - Warm-up: none.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `OBV`.

use serde::{Deserialize, Serialize};

use super::{About, CloseVolume, Definition, Output, Unit, window::Sum};

parameters! {
    /// Whether volume comes with rising or with falling prices; only its changes mean anything.
    pub struct Obv {}
}

/// The last close and the balance.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    last_close: Option<f64>,
    balance: Sum,
}

impl Definition for Obv {
    const ABOUT: About = About {
        title: "On-balance volume",
        formula: "o[t] = o[t-1] + signum(close[t] - close[t-1]) * volume[t]",
        convention: "TA-Lib OBV: starts at the volume of the first row",
        warm_up: "none",
        cost: "O(1)",
        source: "TA-Lib OBV",
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
        // Choices of numbers: which way a bar goes is not to be foreseen.
        let last = state.last_close.replace(bar.close).unwrap_or(f64::NEG_INFINITY);
        let falling = if bar.close < last { -bar.volume } else { bar.volume };
        state.balance.add(if bar.close == last { 0.0 } else { falling });
        [state.balance.value()]
    }
}

#[cfg(test)]
mod tests {
    use super::Obv;
    use crate::indicators::testing::{bars, series_of_bars};

    #[test]
    fn by_hand() {
        let bars = bars(&[
            [0.0, 0.0, 0.0, 5.0, 10.0],
            [0.0, 0.0, 0.0, 6.0, 3.0],
            [0.0, 0.0, 0.0, 6.0, 7.0],
            [0.0, 0.0, 0.0, 2.0, 20.0],
        ]);
        let values = series_of_bars(&Obv {}, &bars);
        assert_eq!(values, [Some(10.0), Some(13.0), Some(13.0), Some(-7.0)]);
    }
}
