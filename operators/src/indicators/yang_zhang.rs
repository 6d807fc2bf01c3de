//! Yang-Zhang volatility.
//!
//! - Formula: `sqrt(var(o) + k var(c) + (1 - k) rs), o = ln(open[t] / close[t-1]), c = ln(close /
//!   open)`.
//! - Parameters: `period` n.
//! - Convention: sample variances (n - 1); k = 0.34 / (1.34 + (n + 1) / (n - 1)); a row, not a
//!   year; a price that is not above 0 counts as no move.
//! - Warm-up: n rows.
//! - Cost: O(1) a row, 7n values held.
//! - Source: D. Yang and Q. Zhang, Drift-independent Volatility Estimation Based on High, Low, Open
//!   and Close Prices, 2000.

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, OpenHighLowClose, Output, Period, Unit,
    returns::log_ratio,
    rogers_satchell::drift_free,
    window::{Moments, Total},
};

parameters! {
    /// Volatility from bars, with the gaps between them, whatever the trend.
    pub struct YangZhang {
        /// Rows in the window.
        pub period: Period<2>,
    }
}

/// The close before, and what is known of the last gaps, bodies and ranges.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    close: Option<f64>,
    gaps: Moments,
    bodies: Moments,
    ranges: Total,
}

impl Definition for YangZhang {
    const ABOUT: About = About {
        title: "Yang-Zhang volatility",
        formula: "sqrt(var(o) + k var(c) + (1 - k) rs), o = ln(open[t] / close[t-1]), \
                  c = ln(close / open)",
        convention: "sample variances (n - 1); k = 0.34 / (1.34 + (n + 1) / (n - 1)); a row, not \
                     a year; a price that is not above 0 counts as no move",
        warm_up: "n rows",
        cost: "O(1)",
        source: "D. Yang and Q. Zhang, Drift-independent Volatility Estimation Based on High, Low, \
                 Open and Close Prices, 2000",
    };
    type Row = OpenHighLowClose;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(
            self.period.get(),
            Unit::Is("log return"),
            "Standard deviation of log returns a row.",
        )
    }

    fn examples() -> Vec<Self> {
        [20, 2, 3, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: OpenHighLowClose) -> [f64; 1] {
        let Some(before) = state.close.replace(bar.close) else { return [f64::NAN] };
        let period = self.period.get();
        let gaps = state.gaps.push_variance(log_ratio(bar.open, before), period);
        let bodies = state.bodies.push_variance(log_ratio(bar.close, bar.open), period);
        let ranges = state.ranges.push(drift_free(&bar), period);
        let (Some((_, gaps)), Some((_, bodies)), Some(ranges)) = (gaps, bodies, ranges) else {
            return [f64::NAN];
        };
        let rows = period as f64;
        let share = 0.34 / (1.34 + (rows + 1.0) / (rows - 1.0));
        let sample = rows / (rows - 1.0);
        let ranges = (1.0 - share) * ranges / rows;
        [(sample * (gaps + share * bodies) + ranges).max(0.0).sqrt()]
    }
}

#[cfg(test)]
mod tests {
    use super::YangZhang;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        // Gaps ln 2 and -ln 2, bodies 0, ranges from 2 to 1 below and to 4 above.
        let rows =
            [[2.0, 2.0, 2.0, 2.0, 0.0], [4.0, 4.0, 4.0, 4.0, 0.0], [2.0, 4.0, 1.0, 2.0, 0.0]];
        let two = std::f64::consts::LN_2;
        let share = 0.34 / (1.34 + 3.0);
        let expected = (2.0 * two * two + (1.0 - share) * two * two).sqrt();
        expect_bars(&YangZhang { period: Period::of(2) }, &rows, &[&[NULL, NULL, expected]]);
    }
}
