//! Vertical horizontal filter.
//!
//! - Formula: `(highest - lowest) / sum(|x[i] - x[i-1]|) over n rows`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib VHF: n values, and the n changes that lead to them; 0 where nothing moves.
//! - Warm-up: n rows.
//! - Cost: O(1) a row, 3n values held.
//! - Source: TA-Lib `VHF`.

use serde::{Deserialize, Serialize};

use super::{About, Definition, HighLow, Output, Period, Unit, extreme::Channel, window::Total};

parameters! {
    /// Whether the price trends or goes sideways: the range of the last values against the way
    /// that led through it.
    pub struct Vhf {
        /// Rows in the window.
        pub period: Period<2> = "28",
    }
}

/// The range, the last value and the way.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    channel: Channel,
    last: Option<f64>,
    way: Total,
}

impl Definition for Vhf {
    const ABOUT: About = About {
        title: "Vertical horizontal filter",
        formula: "(highest - lowest) / sum(|x[i] - x[i-1]|) over n rows",
        convention: "TA-Lib VHF: n values, and the n changes that lead to them; 0 where nothing \
                     moves",
        warm_up: "n rows",
        cost: "O(1)",
        source: "TA-Lib VHF",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get(), Unit::Is("0 to 1"), "From 0 to 1.")
    }

    fn examples() -> Vec<Self> {
        [28, 2, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 1] {
        let period = self.period.get();
        let range = state.channel.push(HighLow { high: value, low: value }, period);
        let Some(last) = state.last.replace(value) else { return [f64::NAN] };
        let way = state.way.push((value - last).abs(), period);
        let (Some(range), Some(way)) = (range, way) else { return [f64::NAN] };
        [if way == 0.0 { 0.0 } else { (range.highest - range.lowest) / way }]
    }
}

#[cfg(test)]
mod tests {
    use super::Vhf;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        // Values 2 4, changes 1 2; values 4 3, changes 2 1.
        expect_series(
            &Vhf { period: Period::of(2) },
            &[1.0, 2.0, 4.0, 3.0],
            &[NULL, NULL, 2.0 / 3.0, 1.0 / 3.0],
        );
    }
}
