//! Accelerator oscillator.
//!
//! - Formula: `ao - sma(ao, signal), ao = sma(middle, fast) - sma(middle, slow), middle = (high +
//!   low) / 2`.
//! - Parameters: `fast`, `slow`, `signal`.
//! - Convention: TA-Lib AC.
//! - Warm-up: max(fast, slow) + signal - 2 rows.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `AC`.

use serde::{Deserialize, Serialize};

use super::{About, Definition, HighLow, Output, Period, Unit, ao, window::Mean};

parameters! {
    /// How far momentum is ahead of its own average: it turns before momentum does.
    pub struct Ac {
        /// Rows of the fast average.
        pub fast: Period<2> = "5",
        /// Rows of the slow average.
        pub slow: Period<2> = "34",
        /// Rows of the average of the difference.
        pub signal: Period<2> = "5",
    }
}

/// The oscillator and its average.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    ao: ao::State,
    signal: Mean,
}

impl Definition for Ac {
    const ABOUT: About = About {
        title: "Accelerator oscillator",
        formula: "ao - sma(ao, signal), ao = sma(middle, fast) - sma(middle, slow), middle = (high \
                  + low) / 2",
        convention: "TA-Lib AC",
        warm_up: "max(fast, slow) + signal - 2 rows",
        cost: "O(1)",
        source: "TA-Lib AC",
    };
    type Row = HighLow;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(
            self.fast.max(self.slow).get() + self.signal.get() - 2,
            Unit::Input,
            "A price difference.",
        )
    }

    fn examples() -> Vec<Self> {
        [(5, 34, 5), (2, 3, 2), (9, 4, 20)]
            .map(|(fast, slow, signal)| Self {
                fast: Period::of(fast),
                slow: Period::of(slow),
                signal: Period::of(signal),
            })
            .into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: HighLow) -> [f64; 1] {
        let Some(ao) = state.ao.push(bar, self.fast.get(), self.slow.get()) else {
            return [f64::NAN];
        };
        [state.signal.push(ao, self.signal.get()).map_or(f64::NAN, |signal| ao - signal)]
    }
}

#[cfg(test)]
mod tests {
    use super::Ac;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let ac = Ac { fast: Period::of(2), slow: Period::of(3), signal: Period::of(2) };
        let rows = [0.0, 3.0, 6.0, 12.0].map(|middle| [0.0, middle + 1.0, middle - 1.0, 0.0, 0.0]);
        // Means 4.5 - 3, 9 - 7: 1.5 and 2.
        expect_bars(&ac, &rows, &[&[NULL, NULL, NULL, 0.25]]);
    }
}
