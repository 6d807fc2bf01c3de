//! Moving average convergence and divergence.
//!
//! - Formula: `macd = ema(fast) - ema(slow); signal = ema(macd); histogram = macd - signal`.
//! - Parameters: `fast`, `slow`, `signal`.
//! - Convention: TA-Lib MACD: the fast average starts from the mean of the last `fast` of the first
//!   `slow` rows, so at first it is not `ema` of the same period.
//! - Warm-up: slow + signal - 2 rows, all outputs; the fast average starts together with the slow
//!   one.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `MACD`.

use serde::{Deserialize, Serialize};

use super::{About, Definition, Output, Period, Unit, smooth::Smoothed};

parameters! {
    /// How far a fast average runs ahead of a slow one, and whether that is growing.
    pub struct Macd {
        /// Rows of the fast average. If it is the longer one, the two change places.
        pub fast: Period<2> = "12",
        /// Rows of the slow average.
        pub slow: Period<2> = "26",
        /// Rows of the average of the difference.
        pub signal: Period<1> = "9",
    }
}

/// Rows skipped by the fast average, and the three averages.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    skipped: usize,
    fast: Smoothed,
    slow: Smoothed,
    signal: Smoothed,
}

impl Definition for Macd {
    const ABOUT: About = About {
        title: "Moving average convergence and divergence",
        formula: "macd = ema(fast) - ema(slow); signal = ema(macd); histogram = macd - signal",
        convention: "TA-Lib MACD: the fast average starts from the mean of the last `fast` of the \
                     first `slow` rows, so at first it is not `ema` of the same period",
        warm_up: "slow + signal - 2 rows, all outputs; the fast average starts together with the \
                  slow one",
        cost: "O(1)",
        source: "TA-Lib MACD",
    };
    type Row = f64;
    type Values = [f64; 3];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = self.fast.max(self.slow).get() + self.signal.get() - 2;
        vec![
            Output {
                name: "macd",
                warm_up,
                unit: Unit::Input,
                doc: "Fast average minus slow average.",
            },
            Output { name: "signal", warm_up, unit: Unit::Input, doc: "Average of `macd`." },
            Output { name: "histogram", warm_up, unit: Unit::Input, doc: "`macd` minus `signal`." },
        ]
    }

    fn examples() -> Vec<Self> {
        [(12, 26, 9), (2, 3, 1), (5, 5, 5), (35, 19, 4)]
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
    fn step(&self, state: &mut State, value: f64) -> [f64; 3] {
        let (fast, slow) = (self.fast.min(self.slow).get(), self.fast.max(self.slow).get());
        let share = |rows: usize| 2.0 / (rows as f64 + 1.0);
        let fast = (fast, share(fast));
        state.push(value, fast, (slow, share(slow)), self.signal.get()).unwrap_or([f64::NAN; 3])
    }
}

impl State {
    /// Takes one value, periods and shares of the two averages, and the period of the third.
    #[inline(always)]
    pub(super) fn push(
        &mut self,
        value: f64,
        fast: (usize, f64),
        slow: (usize, f64),
        signal: usize,
    ) -> Option<[f64; 3]> {
        let slow_level = self.slow.push(value, slow.0, slow.1);
        if self.skipped < slow.0 - fast.0 {
            self.skipped += 1;
            return None;
        }
        let macd = self.fast.push(value, fast.0, fast.1)? - slow_level?;
        let signal = self.signal.exponential(macd, signal)?;
        Some([macd, signal, macd - signal])
    }
}

#[cfg(test)]
mod tests {
    use super::Macd;
    use crate::indicators::{
        Period,
        testing::{NULL, expect},
    };

    #[test]
    fn by_hand() {
        let macd = Macd { fast: Period::of(2), slow: Period::of(3), signal: Period::of(2) };
        // Slow 4, 6 (mean of 1 3 8, then half way to 8); fast 5.5 (mean of 3 8), then 43 / 6.
        let (now, signal) = (7.0 / 6.0, (1.5 + 7.0 / 6.0) / 2.0);
        let row = |value: f64| [NULL, NULL, NULL, value];
        let expected = [row(now), row(signal), row(now - signal)];
        expect(&macd, &[&[1.0, 3.0, 8.0, 8.0]], &[&expected[0], &expected[1], &expected[2]]);
    }
}
