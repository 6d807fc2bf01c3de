//! Indices of the lowest and highest value.
//!
//! - Formula: `rows of the lowest and the highest of x[t-n+1..=t], 0 the first row of all`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib MINMAXINDEX: rows without input do not count; of equal ones as in MININDEX
//!   and MAXINDEX.
//! - Warm-up: n - 1 rows.
//! - Cost: O(1) a row amortised, at most 2n values held.
//! - Source: TA-Lib `MINMAXINDEX`.

use serde::{Deserialize, Serialize};

use super::{About, Definition, Output, Period, Unit, extreme::PlaceOfHighest};

parameters! {
    /// When the lowest and the highest of the last values were.
    pub struct Minmaxindex {
        /// Rows in the window.
        pub period: Period<2> = "30",
    }
}

/// Where the extremes were.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    lowest: PlaceOfHighest,
    highest: PlaceOfHighest,
}

impl Definition for Minmaxindex {
    const ABOUT: About = About {
        title: "Indices of the lowest and highest value",
        formula: "rows of the lowest and the highest of x[t-n+1..=t], 0 the first row of all",
        convention: "TA-Lib MINMAXINDEX: rows without input do not count; of equal ones as in \
                     MININDEX and MAXINDEX",
        warm_up: "n - 1 rows",
        cost: "O(1) amortised",
        source: "TA-Lib MINMAXINDEX",
    };
    type Row = f64;
    type Values = [f64; 2];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = self.period.get() - 1;
        vec![
            Output { name: "min", warm_up, unit: Unit::Is("rows"), doc: "The row of the lowest." },
            Output { name: "max", warm_up, unit: Unit::Is("rows"), doc: "The row of the highest." },
        ]
    }

    fn examples() -> Vec<Self> {
        [2, 14, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 2] {
        let period = self.period.get();
        let (min, max) = (state.lowest.push(-value, period), state.highest.push(value, period));
        [min.unwrap_or(f64::NAN), max.unwrap_or(f64::NAN)]
    }
}

#[cfg(test)]
mod tests {
    use super::Minmaxindex;
    use crate::indicators::{
        Period,
        testing::{NULL, expect},
    };

    #[test]
    fn by_hand() {
        let minmax = Minmaxindex { period: Period::of(2) };
        expect(&minmax, &[&[5.0, 1.0, 2.0]], &[&[NULL, 1.0, 1.0], &[NULL, 0.0, 2.0]]);
    }
}
