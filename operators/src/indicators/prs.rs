//! Price relative strength.
//!
//! - Formula: `ratio = a / b; change = a[t] / a[t-n] - b[t] / b[t-n]`.
//! - Parameters: `period` n.
//! - Convention: Stock.Indicators: the first column is what is held, the second the market; a share
//!   of 0 counts as 0.
//! - Warm-up: none of the ratio, n rows of the change.
//! - Cost: O(1) a row.
//! - Source: the plain definition; as Stock.Indicators has it.

use serde::{Deserialize, Serialize};

use super::{About, Definition, Output, Pair, Period, Unit, row::bounded, window::Window};

parameters! {
    /// Whether one price does better than another.
    pub struct Prs {
        /// Rows that the change looks back; 20 is usual.
        pub period: Period<1>,
    }
}

/// The last values of both.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    first: Window,
    second: Window,
}

impl Definition for Prs {
    const ABOUT: About = About {
        title: "Price relative strength",
        formula: "ratio = a / b; change = a[t] / a[t-n] - b[t] / b[t-n]",
        convention: "Stock.Indicators: the first column is what is held, the second the market; a \
                     share of 0 counts as 0",
        warm_up: "none of the ratio, n rows of the change",
        cost: "O(1)",
        source: "the plain definition; as Stock.Indicators has it",
    };
    type Row = Pair;
    type Values = [f64; 2];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = self.period.get();
        vec![
            Output {
                name: "ratio",
                warm_up: 0,
                unit: Unit::Is("number"),
                doc: "The first in units of the second.",
            },
            Output {
                name: "change",
                warm_up,
                unit: Unit::Is("number"),
                doc: "What the first gained more, a ratio.",
            },
        ]
    }

    fn examples() -> Vec<Self> {
        [20, 1, 2, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, row: Pair) -> [f64; 2] {
        let first = state.first.push(row.first, self.period.get());
        let second = state.second.push(row.second, self.period.get());
        let change = |(first, second)| share(row.first, first) - share(row.second, second);
        [share(row.first, row.second), first.zip(second).map_or(f64::NAN, change)]
    }
}

/// A quotient; 0 of 0.
#[inline(always)]
fn share(value: f64, of: f64) -> f64 {
    if of == 0.0 { 0.0 } else { bounded(value / of) }
}

#[cfg(test)]
mod tests {
    use super::Prs;
    use crate::indicators::{
        Period,
        testing::{NULL, expect},
    };

    #[test]
    fn by_hand() {
        let prs = Prs { period: Period::of(1) };
        // Tripled against doubled.
        expect(&prs, &[&[4.0, 12.0], &[2.0, 4.0]], &[&[2.0, 3.0], &[NULL, 1.0]]);
    }
}
