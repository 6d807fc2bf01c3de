//! Coppock curve.
//!
//! - Formula: `wma(roc(roc1) + roc(roc2), wma)`.
//! - Parameters: `wma`, `roc1`, `roc2`.
//! - Convention: TA-Lib COPPOCK: a rate is 0 where the earlier value is 0.
//! - Warm-up: max(roc1, roc2) + wma - 1 rows.
//! - Cost: O(1) a row, roc1 + roc2 + wma values held.
//! - Source: TA-Lib `COPPOCK`.

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, Output, Period, Unit,
    roc::rate,
    row::bounded,
    window::{WeightedMean, Window},
};

parameters! {
    /// Long-term momentum, smoothed: its turn upwards from below 0 is the signal.
    pub struct Coppock {
        /// Rows of the weighted average.
        pub wma: Period<1> = "10",
        /// Rows that the first rate of change looks back.
        pub roc1: Period<1> = "11",
        /// Rows that the second one looks back.
        pub roc2: Period<1> = "14",
    }
}

/// Earlier values for the two rates, and the average.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    first: Window,
    second: Window,
    average: WeightedMean,
}

impl Definition for Coppock {
    const ABOUT: About = About {
        title: "Coppock curve",
        formula: "wma(roc(roc1) + roc(roc2), wma)",
        convention: "TA-Lib COPPOCK: a rate is 0 where the earlier value is 0",
        warm_up: "max(roc1, roc2) + wma - 1 rows",
        cost: "O(1)",
        source: "TA-Lib COPPOCK",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(
            self.roc1.max(self.roc2).get() + self.wma.get() - 1,
            Unit::Is("percent"),
            "Per cent.",
        )
    }

    fn examples() -> Vec<Self> {
        [(10, 11, 14), (1, 1, 1), (3, 9, 2)]
            .map(|(wma, roc1, roc2)| Self {
                wma: Period::of(wma),
                roc1: Period::of(roc1),
                roc2: Period::of(roc2),
            })
            .into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 1] {
        [self.curve(state, value).unwrap_or(f64::NAN)]
    }
}

impl Coppock {
    #[inline(always)]
    fn curve(&self, state: &mut State, value: f64) -> Option<f64> {
        let first = state.first.push(value, self.roc1.get());
        let second = state.second.push(value, self.roc2.get());
        let both = rate(value, first?) + rate(value, second?);
        state.average.push(bounded(both), self.wma.get())
    }
}

#[cfg(test)]
mod tests {
    use super::Coppock;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        let coppock = Coppock { wma: Period::of(2), roc1: Period::of(1), roc2: Period::of(2) };
        // Rates 100 + 300, then 50 + 200: weighted 1 and 2.
        expect_series(&coppock, &[1.0, 2.0, 4.0, 6.0], &[NULL, NULL, NULL, 300.0]);
    }
}
