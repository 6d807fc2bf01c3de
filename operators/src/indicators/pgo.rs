//! Pretty good oscillator.
//!
//! - Formula: `(close - sma(close, n)) / ema(true range, n)`.
//! - Parameters: `period` n.
//! - Convention: the average starts from a plain mean; 0 where bars have no range.
//! - Warm-up: n rows.
//! - Cost: O(1) a row.
//! - Source: Mark Johnson, as in pandas-ta.

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, HighLowClose, Output, Period, Unit, smooth::Smoothed, trange::true_range,
    window::Mean,
};

parameters! {
    /// How many average ranges the close is above its mean.
    pub struct Pgo {
        /// Rows of the mean and of the average; 14 is usual.
        pub period: Period<1>,
    }
}

/// The last close, the mean and the average.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    last_close: Option<f64>,
    mean: Mean,
    range: Smoothed,
}

impl Definition for Pgo {
    const ABOUT: About = About {
        title: "Pretty good oscillator",
        formula: "(close - sma(close, n)) / ema(true range, n)",
        convention: "the average starts from a plain mean; 0 where bars have no range",
        warm_up: "n rows",
        cost: "O(1)",
        source: "Mark Johnson, as in pandas-ta",
    };
    type Row = HighLowClose;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get(), Unit::Is("number"), "Average ranges.")
    }

    fn examples() -> Vec<Self> {
        [14, 1, 2, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: HighLowClose) -> [f64; 1] {
        let period = self.period.get();
        let mean = state.mean.push(bar.close, period);
        let range = state
            .last_close
            .replace(bar.close)
            .and_then(|last_close| state.range.exponential(true_range(&bar, last_close), period));
        let Some((mean, range)) = mean.zip(range) else { return [f64::NAN] };
        [if range == 0.0 { 0.0 } else { (bar.close - mean) / range }]
    }
}

#[cfg(test)]
mod tests {
    use super::Pgo;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let rows = [3.0, 4.0, 6.0].map(|close| [0.0, close + 1.0, close - 1.0, close, 0.0]);
        // Ranges 2 and 3.
        expect_bars(&Pgo { period: Period::of(2) }, &rows, &[&[NULL, NULL, 0.4]]);
    }
}
