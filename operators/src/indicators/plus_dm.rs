//! Plus directional movement.
//!
//! - Formula: `Wilder's sum of high[t] - high[t-1] where that is above 0 and above low[t-1] -
//!   low[t], else 0`.
//! - Parameters: `period`, `unstable`.
//! - Convention: TA-Lib PLUS_DM: the sum starts from n - 1 bars.
//! - Warm-up: n - 1 rows, at least 1, and `unstable`.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `PLUS_DM`; J. Welles Wilder, New Concepts in Technical Trading Systems (1978).

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, HighLow, Output, Period, Unit, Unstable, movement::Movement,
    smooth::Decaying,
};

parameters! {
    /// How far the last bars reached upwards beyond the ones before.
    pub struct PlusDm {
        /// Rows of Wilder's sum.
        pub period: Period<1> = "14",
        /// Rows held back after the warm-up while the recursion settles.
        pub unstable: Unstable = "0",
    }
}

/// The last bar and the sum.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    movement: Movement,
    sum: Decaying,
}

impl Definition for PlusDm {
    const ABOUT: About = About {
        title: "Plus directional movement",
        formula: "Wilder's sum of high[t] - high[t-1] where that is above 0 and above low[t-1] - \
                  low[t], else 0",
        convention: "TA-Lib PLUS_DM: the sum starts from n - 1 bars",
        warm_up: "n - 1 rows, at least 1, and unstable",
        cost: "O(1)",
        source: "TA-Lib PLUS_DM; J. Welles Wilder, New Concepts in Technical Trading Systems \
                 (1978)",
    };
    type Row = HighLow;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(
            (self.period.get() - 1).max(1) + self.unstable.get(),
            Unit::Input,
            "A price difference.",
        )
    }

    fn examples() -> Vec<Self> {
        [(14, 0), (1, 5), (2, 0), (100, 30)]
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
    fn step(&self, state: &mut State, bar: HighLow) -> [f64; 1] {
        let Some((plus, _)) = state.movement.push(bar) else { return [f64::NAN] };
        [state.sum.push(plus, self.period.get()).unwrap_or(f64::NAN)]
    }
}

#[cfg(test)]
mod tests {
    use super::PlusDm;
    use crate::indicators::{
        Period, Unstable,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let dm = |rows| PlusDm { period: Period::of(rows), unstable: Unstable::of(0) };
        // Up 2, down 1, down 1.
        let rows = [[3.0, 1.0], [5.0, 3.0], [5.0, 2.0], [1.0, 1.0]];
        let rows = rows.map(|[high, low]| [0.0, high, low, 0.0, 0.0]);
        expect_bars(&dm(1), &rows, &[&[NULL, 2.0, 0.0, 0.0]]);
        expect_bars(&dm(2), &rows, &[&[NULL, 2.0, 1.0, 0.5]]);
    }
}
