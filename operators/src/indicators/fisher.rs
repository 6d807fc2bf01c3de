//! Fisher transform.
//!
//! - Formula: `v = 0.66 * ((p - lowest) / (highest - lowest) - 0.5) + 0.67 * v[t-1]; fisher = ln((1
//!   + v) / (1 - v)) / 2 + fisher[t-1] / 2, p = (high + low) / 2 over n rows`.
//! - Parameters: `period` n.
//! - Convention: Tulip fisher: v within 0.999 of 0; a range of nothing counts as 0.001; both
//!   recursions start from 0.
//! - Warm-up: n - 1 rows, both outputs.
//! - Cost: O(1) a row.
//! - Source: John Ehlers, Using the Fisher Transform (2002); as Tulip Indicators has it.

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, HighLow, Output, Period, Unit,
    extreme::{Highest, Lowest},
};

parameters! {
    /// Where the price stands in its range, stretched so that turning points are sharp.
    pub struct Fisher {
        /// Rows in the range; 10 is usual.
        pub period: Period<1>,
    }
}

/// The range of middles, and both recursions.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    highest: Highest,
    lowest: Lowest,
    place: f64,
    fisher: f64,
}

impl Definition for Fisher {
    const ABOUT: About = About {
        title: "Fisher transform",
        formula: "v = 0.66 * ((p - lowest) / (highest - lowest) - 0.5) + 0.67 * v[t-1]; \
                      fisher = ln((1 + v) / (1 - v)) / 2 + fisher[t-1] / 2, p = (high + low) / 2 \
                      over n rows",
        convention: "Tulip fisher: v within 0.999 of 0; a range of nothing counts as 0.001; both \
                      recursions start from 0",
        warm_up: "n - 1 rows, both outputs",
        cost: "O(1)",
        source: "John Ehlers, Using the Fisher Transform (2002); as Tulip Indicators has it",
    };
    type Row = HighLow;
    type Values = [f64; 2];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = self.period.get() - 1;
        vec![
            Output { name: "fisher", warm_up, unit: Unit::Is("number"), doc: "Not bounded." },
            Output {
                name: "signal",
                warm_up,
                unit: Unit::Is("number"),
                doc: "The same of the row before.",
            },
        ]
    }

    fn examples() -> Vec<Self> {
        [10, 1, 2, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: HighLow) -> [f64; 2] {
        let middle = (bar.high + bar.low) / 2.0;
        let highest = state.highest.push(middle, self.period.get());
        let lowest = state.lowest.push(middle, self.period.get());
        let Some((highest, lowest)) = highest.zip(lowest) else { return [f64::NAN; 2] };
        let range = if highest > lowest { highest - lowest } else { 0.001 };
        let place = 0.66 * ((middle - lowest) / range - 0.5) + 0.67 * state.place;
        state.place = if place.abs() > 0.99 { 0.999_f64.copysign(place) } else { place };
        let signal = state.fisher;
        state.fisher = ((1.0 + state.place) / (1.0 - state.place)).ln() / 2.0 + signal / 2.0;
        [state.fisher, signal]
    }
}

#[cfg(test)]
mod tests {
    use super::Fisher;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let rows = [1.0, 2.0, 1.0].map(|price| [0.0, price + 1.0, price - 1.0, 0.0, 0.0]);
        let first = (1.33_f64 / 0.67).ln() / 2.0;
        let place = -0.33 + 0.67 * 0.33_f64;
        let second = ((1.0 + place) / (1.0 - place)).ln() / 2.0 + first / 2.0;
        let expected: [&[f64]; 2] = [&[NULL, first, second], &[NULL, 0.0, first]];
        expect_bars(&Fisher { period: Period::of(2) }, &rows, &expected);
    }
}
