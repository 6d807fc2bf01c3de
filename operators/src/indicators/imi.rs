//! Intraday momentum index.
//!
//! - Formula: `100 * gain / (gain + loss), sums over n rows of close - open where that is above 0,
//!   and of open - close`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib IMI: 50 where nothing moves.
//! - Warm-up: n - 1 rows.
//! - Cost: O(1) a row, 2n values held.
//! - Source: TA-Lib `IMI`.

use serde::{Deserialize, Serialize};

use super::{About, Definition, OpenClose, Output, Period, Unit, window::Total};

parameters! {
    /// How much of the movement within the last bars went up: 100 all of it, 0 none.
    pub struct Imi {
        /// Rows in the window.
        pub period: Period<2> = "14",
    }
}

/// The two sums.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    sums: Total<[f64; 2]>,
}

impl Definition for Imi {
    const ABOUT: About = About {
        title: "Intraday momentum index",
        formula: "100 * gain / (gain + loss), sums over n rows of close - open where that is above \
                  0, and of open - close",
        convention: "TA-Lib IMI: 50 where nothing moves",
        warm_up: "n - 1 rows",
        cost: "O(1)",
        source: "TA-Lib IMI",
    };
    type Row = OpenClose;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get() - 1, Unit::Is("0 to 100"), "From 0 to 100.")
    }

    fn examples() -> Vec<Self> {
        [14, 2, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: OpenClose) -> [f64; 1] {
        let period = self.period.get();
        let moved = [(bar.close - bar.open).max(0.0), (bar.open - bar.close).max(0.0)];
        let Some([gain, loss]) = state.sums.push(moved, period) else { return [f64::NAN] };
        let movement = gain + loss;
        [if movement == 0.0 { 50.0 } else { 100.0 * (gain / movement) }]
    }
}

#[cfg(test)]
mod tests {
    use super::Imi;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let rows =
            [[1.0, 0.0, 0.0, 4.0, 0.0], [3.0, 0.0, 0.0, 2.0, 0.0], [2.0, 0.0, 0.0, 1.0, 0.0]];
        expect_bars(&Imi { period: Period::of(2) }, &rows, &[&[NULL, 75.0, 0.0]]);
    }
}
