//! Money flow index.
//!
//! - Formula: `100 * up / (up + down), sums over n rows of typical * volume where typical rose, and
//!   where it fell, typical = (high + low + close) / 3`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib MFI: a change within rounding is none; 0 where there is none.
//! - Warm-up: n rows.
//! - Cost: O(1) a row, 2n values held.
//! - Source: TA-Lib `MFI`.

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, HighLowCloseVolume, Output, Period, Unit,
    window::{NOISE, Total},
};

parameters! {
    /// How much of the money traded lately came with rising prices: 100 all of it, 0 none.
    pub struct Mfi {
        /// Rows of the sums.
        pub period: Period<2> = "14",
    }
}

/// The last price and the two sums.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    last: Option<f64>,
    sums: Total<[f64; 2]>,
}

impl Definition for Mfi {
    const ABOUT: About = About {
        title: "Money flow index",
        formula: "100 * up / (up + down), sums over n rows of typical * volume where typical rose, \
                  and where it fell, typical = (high + low + close) / 3",
        convention: "TA-Lib MFI: a change within rounding is none; 0 where there is none",
        warm_up: "n rows",
        cost: "O(1)",
        source: "TA-Lib MFI",
    };
    type Row = HighLowCloseVolume;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get(), Unit::Is("0 to 100"), "From 0 to 100.")
    }

    fn examples() -> Vec<Self> {
        [14, 2, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: HighLowCloseVolume) -> [f64; 1] {
        let typical = bar.prices.typical();
        let Some(last) = state.last.replace(typical) else { return [f64::NAN] };
        let (period, money) = (self.period.get(), typical * bar.volume);
        let (change, noise) = (typical - last, NOISE * (typical.abs() + last.abs()));
        let up = if change > noise { money } else { 0.0 };
        let down = if change < -noise { money } else { 0.0 };
        let Some([up, down]) = state.sums.push([up, down], period) else { return [f64::NAN] };
        let money = up + down;
        [if money == 0.0 { 0.0 } else { 100.0 * (up / money) }]
    }
}

#[cfg(test)]
mod tests {
    use super::Mfi;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let row = |price: f64, volume: f64| [0.0, price, price, price, volume];
        let rows = [row(1.0, 9.0), row(3.0, 2.0), row(2.0, 1.0), row(2.0, 8.0), row(2.0, 0.0)];
        expect_bars(&Mfi { period: Period::of(2) }, &rows, &[&[NULL, NULL, 75.0, 0.0, 0.0]]);
    }
}
