//! Price momentum oscillator.
//!
//! - Formula: `value = smooth(10 * smooth(roc(1), first), second), a share of 2 / n a row; signal =
//!   ema(value, signal)`.
//! - Parameters: `first`, `second`, `signal`.
//! - Convention: Stock.Indicators: each starts from the mean of its first rows; a change from 0
//!   counts as none.
//! - Warm-up: first + second - 1 rows; of the signal, signal - 1 more.
//! - Cost: O(1) a row.
//! - Source: Carl Swenlin, DecisionPoint; as Stock.Indicators has it.

use serde::{Deserialize, Serialize};

use super::{About, Definition, Output, Period, Unit, roc::rate, row::bounded, smooth::Smoothed};

parameters! {
    /// How fast the value changes, smoothed twice.
    pub struct Pmo {
        /// Rows of the first smoothing; 35 is usual.
        pub first: Period<2>,
        /// Rows of the second; 20 is usual.
        pub second: Period<2>,
        /// Rows of the signal; 10 is usual.
        pub signal: Period<1>,
    }
}

/// The last value and the averages.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    last: Option<f64>,
    first: Smoothed,
    second: Smoothed,
    signal: Smoothed,
}

impl Definition for Pmo {
    const ABOUT: About = About {
        title: "Price momentum oscillator",
        formula: "value = smooth(10 * smooth(roc(1), first), second), a share of 2 / n a row; \
                  signal = ema(value, signal)",
        convention: "Stock.Indicators: each starts from the mean of its first rows; a change \
                     from 0 counts as none",
        warm_up: "first + second - 1 rows; of the signal, signal - 1 more",
        cost: "O(1)",
        source: "Carl Swenlin, DecisionPoint; as Stock.Indicators has it",
    };
    type Row = f64;
    type Values = [f64; 2];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = self.first.get() + self.second.get() - 1;
        vec![
            Output {
                name: "value",
                warm_up,
                unit: Unit::Is("number"),
                doc: "Ten times per cent a row.",
            },
            Output {
                name: "signal",
                warm_up: warm_up + self.signal.get() - 1,
                unit: Unit::Is("number"),
                doc: "Average of `value`.",
            },
        ]
    }

    fn examples() -> Vec<Self> {
        [(35, 20, 10), (2, 2, 1), (5, 20, 3)]
            .map(|(first, second, signal)| Self {
                first: Period::of(first),
                second: Period::of(second),
                signal: Period::of(signal),
            })
            .into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 2] {
        let Some(value) = self.momentum(state, value) else { return [f64::NAN; 2] };
        let signal = state.signal.exponential(value, self.signal.get());
        [value, signal.unwrap_or(f64::NAN)]
    }
}

impl Pmo {
    #[inline(always)]
    fn momentum(&self, state: &mut State, value: f64) -> Option<f64> {
        let last = state.last.replace(value)?;
        let change = bounded(rate(value, last));
        let smooth = |average: &mut Smoothed, value: f64, rows: usize| {
            average.push(value, rows, 2.0 / rows as f64)
        };
        let first = smooth(&mut state.first, change, self.first.get())?;
        smooth(&mut state.second, 10.0 * first, self.second.get())
    }
}

#[cfg(test)]
mod tests {
    use super::Pmo;
    use crate::indicators::{
        Period,
        testing::{NULL, expect},
    };

    #[test]
    fn by_hand() {
        let pmo = Pmo { first: Period::of(2), second: Period::of(2), signal: Period::of(2) };
        // Changes 100, -50, 100, 0 %: a share of all, so only the seeds average.
        let values = [1.0, 2.0, 1.0, 2.0, 2.0];
        let expected: [&[f64]; 2] =
            [&[NULL, NULL, NULL, 625.0, 0.0], &[NULL, NULL, NULL, NULL, 312.5]];
        expect(&pmo, &[&values], &expected);
    }
}
