//! Cointegration residual.
//!
//! - Formula: `a - (alpha + beta * b), the line of least squares through the last n rows; z =
//!   residual / its deviation over them`.
//! - Parameters: `period` n.
//! - Convention: alpha, beta and the deviation (population) are of the window that ends with this
//!   row; beta and z are 0 where a series does not move.
//! - Warm-up: n - 1 rows, all outputs.
//! - Cost: O(1) a row, 7n values held.
//! - Source: R. Engle and C. Granger, Co-integration and Error Correction (1987), first step.

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, Output, Pair, Period, Unit, moments::PairMoments, row::bounded, window::Mean,
};

parameters! {
    /// How far one series is from where another one says it should be: what pairs are traded on.
    pub struct Cointegration {
        /// Rows of the line.
        pub period: Period<2>,
    }
}

/// Both series over the window.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    moments: PairMoments,
    first: Mean,
    second: Mean,
}

impl Definition for Cointegration {
    const ABOUT: About = About {
        title: "Cointegration residual",
        formula: "a - (alpha + beta * b), the line of least squares through the last n rows; \
                      z = residual / its deviation over them",
        convention: "alpha, beta and the deviation (population) are of the window that ends with \
                      this row; beta and z are 0 where a series does not move",
        warm_up: "n - 1 rows, all outputs",
        cost: "O(1)",
        source: "R. Engle and C. Granger, Co-integration and Error Correction (1987), first step",
    };
    type Row = Pair;
    type Values = [f64; 4];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = self.period.get() - 1;
        vec![
            Output {
                name: "residual",
                warm_up,
                unit: Unit::Input,
                doc: "What the line leaves over.",
            },
            Output {
                name: "z",
                warm_up,
                unit: Unit::Is("number"),
                doc: "The residual in deviations.",
            },
            Output {
                name: "beta",
                warm_up,
                unit: Unit::Is("number"),
                doc: "Units of the second against one of the first.",
            },
            Output { name: "alpha", warm_up, unit: Unit::Input, doc: "Where the line begins." },
        ]
    }

    fn examples() -> Vec<Self> {
        [2, 20, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, row: Pair) -> [f64; 4] {
        let period = self.period.get();
        // The slope is of the second of a pair on the first.
        let turned = Pair { first: row.second, second: row.first };
        let spread = state.moments.push(turned, period);
        let means = state.first.push(row.first, period).zip(state.second.push(row.second, period));
        let Some((spread, (first, second))) = spread.zip(means) else { return [f64::NAN; 4] };
        let beta = bounded(spread.slope());
        let residual = (row.first - first) - beta * (row.second - second);
        let deviation = spread.residual_deviation(period);
        let z = deviation.map_or(0.0, |deviation| bounded(residual / deviation));
        [residual, z, beta, first - beta * second]
    }
}

#[cfg(test)]
mod tests {
    use super::Cointegration;
    use crate::indicators::{
        Period,
        testing::{NULL, expect},
    };

    #[test]
    fn by_hand() {
        let pairs = Cointegration { period: Period::of(3) };
        let (a, b) = ([3.0, 5.0, 10.0, 7.0], [1.0, 2.0, 3.0, 3.0]);
        // Through (1, 3), (2, 5), (3, 10) goes 3.5 b - 1; residuals 0.5, -1, 0.5.
        let deviation = f64::sqrt(1.5 / 3.0);
        // Through (2, 5), (3, 10), (3, 7) goes 3.5 b - 2; residuals 0, 1.5, -1.5.
        let next = f64::sqrt(4.5 / 3.0);
        let expected: [&[f64]; 4] = [
            &[NULL, NULL, 0.5, -1.5],
            &[NULL, NULL, 0.5 / deviation, -1.5 / next],
            &[NULL, NULL, 3.5, 3.5],
            &[NULL, NULL, -1.0, -2.0],
        ];
        expect(&pairs, &[&a, &b], &expected);
    }
}
