//! Beta.
//!
//! - Formula: `cov(u, v) / var(u) over n rows, u = a[t] / a[t-1] - 1, v = b[t] / b[t-1] - 1`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib BETA: the first column is the market, the second what is held; a change
//!   from 0 counts as 0, and so does beta where the first does not move; the sums do not drift.
//! - Warm-up: n rows.
//! - Cost: O(1) a row, 7n values held.
//! - Source: TA-Lib `BETA`.

use serde::{Deserialize, Serialize};

use super::{About, Definition, Output, Pair, Period, Unit, moments::PairMoments, row::bounded};

parameters! {
    /// How much a second series moves, in per cent, where the first moves by one.
    pub struct Beta {
        /// Rows in the window.
        pub period: Period<1> = "5",
    }
}

/// The last row, and the changes.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    last: Option<(f64, f64)>,
    moments: PairMoments,
}

/// Below this TA-Lib takes a price for 0.
const ZERO: f64 = 1e-14;

#[inline(always)]
fn change(value: f64, last: f64) -> f64 {
    if last.abs() < ZERO { 0.0 } else { bounded((value - last) / last) }
}

impl Definition for Beta {
    const ABOUT: About = About {
        title: "Beta",
        formula: "cov(u, v) / var(u) over n rows, u = a[t] / a[t-1] - 1, v = b[t] / b[t-1] - 1",
        convention: "TA-Lib BETA: the first column is the market, the second what is held; a \
                     change from 0 counts as 0, and so does beta where the first does not move; \
                     the sums do not drift",
        warm_up: "n rows",
        cost: "O(1)",
        source: "TA-Lib BETA",
    };
    type Row = Pair;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get(), Unit::Is("number"), "The slope of the second on the first.")
    }

    fn examples() -> Vec<Self> {
        [1, 2, 14, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, row: Pair) -> [f64; 1] {
        let Some(last) = state.last.replace((row.first, row.second)) else { return [f64::NAN] };
        let changes = Pair { first: change(row.first, last.0), second: change(row.second, last.1) };
        let spread = state.moments.push(changes, self.period.get());
        [spread.map_or(f64::NAN, |spread| spread.slope())]
    }
}

#[cfg(test)]
mod tests {
    use super::Beta;
    use crate::indicators::{
        Period,
        testing::{NULL, expect},
    };

    #[test]
    fn by_hand() {
        // The first rises by 100 and 50 per cent, the second by 50 and 100; then 0 and 0.
        let beta = Beta { period: Period::of(2) };
        let (a, b) = ([1.0, 2.0, 3.0, 3.0, 3.0], [2.0, 3.0, 6.0, 6.0, 6.0]);
        expect(&beta, &[&a, &b], &[&[NULL, NULL, -1.0, 2.0, 0.0]]);
    }
}
