//! Schaff's trend cycle.
//!
//! - Formula: `mean over 3 rows of 100 * (macd - lowest) / (highest - lowest) over n rows, macd =
//!   ema(x, fast) - ema(x, slow)`.
//! - Parameters: `cycle` n, `fast`, `slow`.
//! - Convention: Stock.Indicators: one stochastic pass; 0 where the range is 0.
//! - Warm-up: the longer of fast and slow, and n rows.
//! - Cost: O(1) a row, n values held.
//! - Source: Doug Schaff (1999); as Stock.Indicators has it.

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, Output, Period, Unit,
    extreme::{Highest, Lowest},
    smooth::Smoothed,
    window::Mean,
};

/// Rows of the last average.
const SMOOTHED: usize = 3;

parameters! {
    /// Where the difference of two averages stands in its own range.
    pub struct Stc {
        /// Rows in the range; 10 is usual.
        pub cycle: Period<1>,
        /// Rows of the fast average; 23 is usual.
        pub fast: Period<1>,
        /// Rows of the slow average; 50 is usual.
        pub slow: Period<1>,
    }
}

/// The averages, and the range of their difference.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    fast: Smoothed,
    slow: Smoothed,
    highest: Highest,
    lowest: Lowest,
    mean: Mean,
}

impl Definition for Stc {
    const ABOUT: About = About {
        title: "Schaff trend cycle",
        formula: "mean over 3 rows of 100 * (macd - lowest) / (highest - lowest) over n rows, macd \
                  = ema(x, fast) - ema(x, slow)",
        convention: "Stock.Indicators: one stochastic pass; 0 where the range is 0",
        warm_up: "the longer of fast and slow, and n rows",
        cost: "O(1)",
        source: "Doug Schaff (1999); as Stock.Indicators has it",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let averages = self.fast.get().max(self.slow.get()) - 1;
        Output::only(
            averages + self.cycle.get() - 1 + SMOOTHED - 1,
            Unit::Is("0 to 100"),
            "From 0 to 100.",
        )
    }

    fn examples() -> Vec<Self> {
        [(10, 23, 50), (1, 1, 2), (5, 12, 3)]
            .map(|(cycle, fast, slow)| Self {
                cycle: Period::of(cycle),
                fast: Period::of(fast),
                slow: Period::of(slow),
            })
            .into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 1] {
        [self.place(state, value).unwrap_or(f64::NAN)]
    }
}

impl Stc {
    #[inline(always)]
    fn place(&self, state: &mut State, value: f64) -> Option<f64> {
        let fast = state.fast.exponential(value, self.fast.get());
        let slow = state.slow.exponential(value, self.slow.get());
        let macd = fast? - slow?;
        let highest = state.highest.push(macd, self.cycle.get());
        let lowest = state.lowest.push(macd, self.cycle.get());
        let (lowest, range) = (lowest?, highest? - lowest?);
        let place = if range == 0.0 { 0.0 } else { 100.0 * ((macd - lowest) / range) };
        state.mean.push(place, SMOOTHED)
    }
}

#[cfg(test)]
mod tests {
    use super::Stc;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        let stc = Stc { cycle: Period::of(2), fast: Period::of(1), slow: Period::of(2) };
        // Differences 0.5, 0.17, -0.01, 0.4: down, down, up, so 0, 0, 100.
        let expected = [NULL, NULL, NULL, NULL, 100.0 / 3.0];
        expect_series(&stc, &[1.0, 2.0, 2.0, 1.8, 3.0], &expected);
    }
}
