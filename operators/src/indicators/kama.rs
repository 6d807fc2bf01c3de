//! Kaufman's adaptive moving average.
//!
//! - Formula: `k[t] = k[t-1] + c^2 * (x[t] - k[t-1]), c = er(n) * (2 / 3 - 2 / 31) + 2 / 31`.
//! - Parameters: `period`, `unstable`.
//! - Convention: TA-Lib KAMA: starts from the value before the first one; a period of 1 smooths
//!   nothing.
//! - Warm-up: n rows and `unstable`.
//! - Cost: O(1) a row, 2n values held.
//! - Source: TA-Lib `KAMA`; Perry J. Kaufman, Smarter Trading (1995).

use serde::{Deserialize, Serialize};

use super::{About, Definition, Output, Period, Unit, Unstable, er};

parameters! {
    /// An exponential average that is fast while the price goes one way, and slow while it goes to
    /// and fro.
    pub struct Kama {
        /// Rows of the efficiency ratio.
        pub period: Period<1> = "30",
        /// Rows held back after the warm-up while the recursion settles.
        pub unstable: Unstable = "0",
    }
}

/// The efficiency ratio and the average.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    efficiency: er::State,
    last: f64,
    level: Option<f64>,
}

impl Definition for Kama {
    const ABOUT: About = About {
        title: "Kaufman's adaptive moving average",
        formula: "k[t] = k[t-1] + c^2 * (x[t] - k[t-1]), c = er(n) * (2 / 3 - 2 / 31) + 2 / 31",
        convention: "TA-Lib KAMA: starts from the value before the first one; a period of 1 \
                     smooths nothing",
        warm_up: "n rows and unstable",
        cost: "O(1)",
        source: "TA-Lib KAMA; Perry J. Kaufman, Smarter Trading (1995)",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get() + self.unstable.get(), Unit::Input, "The average.")
    }

    fn examples() -> Vec<Self> {
        [(10, 0), (2, 5), (3, 0), (100, 30)]
            .map(|(rows, unstable)| Self {
                period: Period::of(rows),
                unstable: Unstable::of(unstable),
            })
            .into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    fn unstable(&self) -> usize {
        self.unstable.get()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 1] {
        [state.push(value, self.period.get()).unwrap_or(f64::NAN)]
    }
}

impl State {
    /// Takes one value; the average, once there is one.
    #[inline(always)]
    pub(super) fn push(&mut self, value: f64, period: usize) -> Option<f64> {
        let last = std::mem::replace(&mut self.last, value);
        let efficiency = self.efficiency.push(value, period)?;
        let constant = efficiency * (2.0 / 3.0 - 2.0 / 31.0) + 2.0 / 31.0;
        let level = self.level.unwrap_or(last);
        let level = level + (value - level) * (constant * constant);
        self.level = Some(level);
        Some(level)
    }
}

#[cfg(test)]
mod tests {
    use super::Kama;
    use crate::indicators::{
        Period, Unstable,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        // One way is fully efficient: c = 2 / 3. To and fro not at all: c = 2 / 31.
        let kama = Kama { period: Period::of(2), unstable: Unstable::of(0) };
        let first = 2.0 + 4.0 / 9.0;
        let then = first + (2.0 - first) * (2.0 / 31.0 * 2.0 / 31.0);
        expect_series(&kama, &[1.0, 2.0, 3.0, 2.0], &[NULL, NULL, first, then]);
    }
}
