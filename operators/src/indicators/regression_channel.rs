//! Regression channel.
//!
//! - Formula: `middle = linearreg(x, n); upper = middle + k * stddev(x, n), lower = middle - k *
//!   stddev(x, n)`.
//! - Parameters: `period` n, `deviations` k.
//! - Convention: Stock.Indicators' standard deviation channels, which draw the line again with each
//!   row; here it is its end at each row, so nothing repaints.
//! - Warm-up: n - 1 rows, all outputs.
//! - Cost: O(1) a row.
//! - Source: the plain definition; as Stock.Indicators has its standard deviation channels.

use serde::{Deserialize, Serialize};

use super::{About, Definition, Deviations, Line, Output, Period, Unit, window::Moments};

parameters! {
    /// A channel around a straight line through the last values, as wide as they are spread.
    pub struct RegressionChannel {
        /// Rows in the window; 20 is usual.
        pub period: Period<2>,
        /// Standard deviations from the line to a band; 2 is usual.
        pub deviations: Deviations,
    }
}

/// The line and the deviation of the last rows.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    line: Line,
    moments: Moments,
}

impl Definition for RegressionChannel {
    const ABOUT: About = About {
        title: "Regression channel",
        formula: "middle = linearreg(x, n); upper = middle + k * stddev(x, n), lower = middle - k \
                  * stddev(x, n)",
        convention: "Stock.Indicators' standard deviation channels, which draw the line again \
                     with each row; here it is its end at each row, so nothing repaints",
        warm_up: "n - 1 rows, all outputs",
        cost: "O(1)",
        source: "the plain definition; as Stock.Indicators has its standard deviation channels",
    };
    type Row = f64;
    type Values = [f64; 3];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = self.period.get() - 1;
        vec![
            Output { name: "upper", warm_up, unit: Unit::Input, doc: "The upper band." },
            Output { name: "middle", warm_up, unit: Unit::Input, doc: "The end of the line." },
            Output { name: "lower", warm_up, unit: Unit::Input, doc: "The lower band." },
        ]
    }

    fn examples() -> Vec<Self> {
        [(20, 2.0), (2, 0.0), (100, 1.5)]
            .map(|(rows, deviations)| Self {
                period: Period::of(rows),
                deviations: Deviations::of(deviations),
            })
            .into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 3] {
        let line = state.line.push(value, self.period.get());
        let moments = state.moments.push(value, self.period.get());
        let Some((fit, (_, deviation))) = line.zip(moments) else { return [f64::NAN; 3] };
        let width = self.deviations.get() * deviation;
        [fit.end + width, fit.end, fit.end - width]
    }
}

#[cfg(test)]
mod tests {
    use super::RegressionChannel;
    use crate::indicators::{
        Deviations, Period,
        testing::{NULL, expect},
    };

    #[test]
    fn by_hand() {
        let channel = RegressionChannel { period: Period::of(2), deviations: Deviations::of(2.0) };
        expect(&channel, &[&[1.0, 3.0]], &[&[NULL, 5.0], &[NULL, 3.0], &[NULL, 1.0]]);
    }
}
