//! Historical volatility.
//!
//! - Formula: `sqrt(y) * stddev(x[t] / x[t-1] - 1) over n rows`.
//! - Parameters: `period` n, `rows_per_year` y.
//! - Convention: Tulip Indicators: of the population (ddof 0), simple returns, of which a year of
//!   days has 252; a return from 0 counts as 0.
//! - Warm-up: n rows.
//! - Cost: O(1) a row.
//! - Source: Tulip Indicators volatility.

use serde::{Deserialize, Serialize};

use super::{About, Definition, Factor, Output, Period, Unit, row::bounded, window::Moments};

parameters! {
    /// How widely returns are spread, for a year.
    pub struct Volatility {
        /// Rows in the window.
        pub period: Period<2>,
        /// Rows that make a year: 252 of daily bars, 525600 of minutes; 1 for a row itself.
        pub rows_per_year: Factor,
    }
}

/// The last value, and the spread of the returns.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    last: Option<f64>,
    moments: Moments,
}

impl Definition for Volatility {
    const ABOUT: About = About {
        title: "Historical volatility",
        formula: "sqrt(y) * stddev(x[t] / x[t-1] - 1) over n rows",
        convention: "Tulip Indicators: of the population (ddof 0), simple returns, of which a \
                     year of days has 252; a return from 0 counts as 0",
        warm_up: "n rows",
        cost: "O(1)",
        source: "Tulip Indicators volatility",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get(), Unit::Is("number"), "A ratio: 0.2 is 20 per cent a year.")
    }

    fn examples() -> Vec<Self> {
        [(20, 252.0), (2, 1.0), (100, 0.0)]
            .map(|(rows, year)| Self { period: Period::of(rows), rows_per_year: Factor::of(year) })
            .into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 1] {
        let Some(last) = state.last.replace(value) else { return [f64::NAN] };
        let change = if last == 0.0 { 0.0 } else { bounded(value / last - 1.0) };
        let moments = state.moments.push(change, self.period.get());
        let year = self.rows_per_year.get().sqrt();
        [moments.map_or(f64::NAN, |(_, deviation)| deviation * year)]
    }
}

#[cfg(test)]
mod tests {
    use super::Volatility;
    use crate::indicators::{
        Factor, Period,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        let volatility = Volatility { period: Period::of(2), rows_per_year: Factor::of(4.0) };
        // Returns of 100, 0 and 50 per cent.
        expect_series(&volatility, &[1.0, 2.0, 2.0, 3.0], &[NULL, NULL, 1.0, 0.5]);
    }
}
