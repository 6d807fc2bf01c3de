//! Chaikin's volatility.
//!
//! - Formula: `roc(ema(high - low, n), roc)`.
//! - Parameters: `period`, `roc`.
//! - Convention: TA-Lib CVI: 0 where the earlier average is 0.
//! - Warm-up: n + roc - 1 rows.
//! - Cost: O(1) a row, `roc` values held.
//! - Source: TA-Lib `CVI`.

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, HighLow, Output, Period, Unit, roc::rate, smooth::Smoothed, window::Window,
};

parameters! {
    /// Whether bars are getting wider or narrower.
    pub struct Cvi {
        /// Rows of the average.
        pub period: Period<2> = "10",
        /// Rows that the rate of change looks back.
        pub roc: Period<1> = "10",
    }
}

/// The average and its last values.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    average: Smoothed,
    earlier: Window,
}

impl Definition for Cvi {
    const ABOUT: About = About {
        title: "Chaikin's volatility",
        formula: "roc(ema(high - low, n), roc)",
        convention: "TA-Lib CVI: 0 where the earlier average is 0",
        warm_up: "n + roc - 1 rows",
        cost: "O(1)",
        source: "TA-Lib CVI",
    };
    type Row = HighLow;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get() + self.roc.get() - 1, Unit::Is("percent"), "Per cent.")
    }

    fn examples() -> Vec<Self> {
        [(10, 10), (2, 1), (5, 20)]
            .map(|(rows, roc)| Self { period: Period::of(rows), roc: Period::of(roc) })
            .into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: HighLow) -> [f64; 1] {
        let average = state.average.exponential(bar.high - bar.low, self.period.get());
        let Some(average) = average else { return [f64::NAN] };
        let earlier = state.earlier.push(average, self.roc.get());
        [earlier.map_or(f64::NAN, |earlier| rate(average, earlier))]
    }
}

#[cfg(test)]
mod tests {
    use super::Cvi;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let cvi = Cvi { period: Period::of(2), roc: Period::of(1) };
        let rows = [1.0, 3.0, 5.0].map(|range| [0.0, range, 0.0, 0.0, 0.0]);
        expect_bars(&cvi, &rows, &[&[NULL, NULL, 100.0]]);
    }
}
