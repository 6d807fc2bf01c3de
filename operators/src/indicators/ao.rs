//! Awesome oscillator.
//!
//! - Formula: `sma(middle, fast) - sma(middle, slow), middle = (high + low) / 2`.
//! - Parameters: `fast`, `slow`.
//! - Convention: TA-Lib AO.
//! - Warm-up: max(fast, slow) - 1 rows.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `AO`.

use serde::{Deserialize, Serialize};

use super::{About, Definition, HighLow, Output, Period, Unit, state::AT_ONCE, window::Mean};

parameters! {
    /// How far the middle of the last bars is ahead of that of more bars.
    pub struct Ao {
        /// Rows of the fast average.
        pub fast: Period<2> = "5",
        /// Rows of the slow average.
        pub slow: Period<2> = "34",
    }
}

/// The two means.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    fast: Mean,
    slow: Mean,
}

impl Definition for Ao {
    const ABOUT: About = About {
        title: "Awesome oscillator",
        formula: "sma(middle, fast) - sma(middle, slow), middle = (high + low) / 2",
        convention: "TA-Lib AO",
        warm_up: "max(fast, slow) - 1 rows",
        cost: "O(1)",
        source: "TA-Lib AO",
    };
    type Row = HighLow;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.fast.max(self.slow).get() - 1, Unit::Input, "A price difference.")
    }

    fn examples() -> Vec<Self> {
        [(5, 34), (2, 3), (9, 4)]
            .map(|(fast, slow)| Self { fast: Period::of(fast), slow: Period::of(slow) })
            .into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: HighLow) -> [f64; 1] {
        [state.push(bar, self.fast.get(), self.slow.get()).unwrap_or(f64::NAN)]
    }

    #[inline(always)]
    fn steps(&self, state: &mut State, [highs, lows]: &[&[f64]; 2], [out]: &mut [&mut [f64]; 1]) {
        let mut middles = [0.0; AT_ONCE];
        let mut quick = [0.0; AT_ONCE];
        let (middles, quick) = (&mut middles[..highs.len()], &mut quick[..highs.len()]);
        for (middle, (high, low)) in middles.iter_mut().zip(highs.iter().zip(*lows)) {
            *middle = (high + low) / 2.0;
        }
        state.fast.run(middles, self.fast.get(), quick);
        state.slow.run(middles, self.slow.get(), out);
        out.iter_mut().zip(quick).for_each(|(calm, quick)| *calm = *quick - *calm);
    }
}

impl State {
    /// Takes one bar; the difference, once there is one.
    #[inline(always)]
    pub(super) fn push(&mut self, bar: HighLow, fast: usize, slow: usize) -> Option<f64> {
        let middle = (bar.high + bar.low) / 2.0;
        let quick = self.fast.push(middle, fast);
        let calm = self.slow.push(middle, slow);
        Some(quick? - calm?)
    }
}

#[cfg(test)]
mod tests {
    use super::Ao;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let ao = Ao { fast: Period::of(2), slow: Period::of(3) };
        let rows = [0.0, 3.0, 6.0, 12.0].map(|middle| [0.0, middle + 1.0, middle - 1.0, 0.0, 0.0]);
        expect_bars(&ao, &rows, &[&[NULL, NULL, 1.5, 2.0]]);
    }
}
