//! Rate of change of a triple exponential average.
//!
//! - Formula: `100 * (e3[t] / e3[t-1] - 1), e3 the EMA of the EMA of the EMA of x`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib TRIX: each average starts from the mean of its first n values; 0 where the
//!   last value is 0.
//! - Warm-up: 3 * (n - 1) + 1 rows.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `TRIX`.

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, Output, Period, Unit,
    roc::rate,
    smooth::{Smoothed, cascade},
};

parameters! {
    /// The trend of a price that is smoothed three times: small movements do not show.
    pub struct Trix {
        /// Rows of each exponential average.
        pub period: Period<1> = "30",
    }
}

/// The averages, and the last value of the third.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    averages: [Smoothed; 3],
    last: Option<f64>,
}

impl Definition for Trix {
    const ABOUT: About = About {
        title: "Rate of change of a triple exponential average",
        formula: "100 * (e3[t] / e3[t-1] - 1), e3 the EMA of the EMA of the EMA of x",
        convention: "TA-Lib TRIX: each average starts from the mean of its first n values; 0 where \
                     the last value is 0",
        warm_up: "3 * (n - 1) + 1 rows",
        cost: "O(1)",
        source: "TA-Lib TRIX",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(3 * (self.period.get() - 1) + 1, Unit::Is("percent"), "Per cent.")
    }

    fn examples() -> Vec<Self> {
        [30, 1, 2, 9].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 1] {
        let Some([_, _, third]) = cascade(&mut state.averages, value, self.period.get()) else {
            return [f64::NAN];
        };
        [state.last.replace(third).map_or(f64::NAN, |last| rate(third, last))]
    }
}

#[cfg(test)]
mod tests {
    use super::Trix;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        // Of a period of 1 the plain rate of change.
        expect_series(&Trix { period: Period::of(1) }, &[1.0, 2.0, 3.0], &[NULL, 100.0, 50.0]);
        // Of a line: each average half a row behind the one before, so 1.5 to 2.5.
        let line = [0.0, 1.0, 2.0, 3.0, 4.0];
        expect_series(
            &Trix { period: Period::of(2) },
            &line,
            &[NULL, NULL, NULL, NULL, 200.0 / 3.0],
        );
    }
}
