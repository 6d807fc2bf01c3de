//! Ultimate oscillator.
//!
//! - Formula: `100 * (4 * b(shortest) + 2 * b(middle) + b(longest)) / 7, b(n) = sum(close - true
//!   low) / sum(true range) over n rows`.
//! - Parameters: `period1`, `period2`, `period3`.
//! - Convention: TA-Lib ULTOSC: a span without range counts 0.
//! - Warm-up: as many rows as the longest span has.
//! - Cost: O(1) a row, twice the three periods held.
//! - Source: TA-Lib `ULTOSC`; Larry Williams (1985).

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, HighLowClose, Output, Period, Unit, extreme::smaller, trange::true_range,
    window::Total,
};

parameters! {
    /// Buying pressure over three spans at once, the shortest weighed most.
    pub struct Ultosc {
        /// Rows of one span; the three may come in any order.
        pub period1: Period<1> = "7",
        /// Rows of another span.
        pub period2: Period<1> = "14",
        /// Rows of the third span.
        pub period3: Period<1> = "28",
    }
}

/// The last close, the periods with the shortest first, and what goes on in each.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    last: Option<f64>,
    periods: [usize; 3],
    short: Span,
    middle: Span,
    long: Span,
}

/// Buying pressure and range over one span.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Span {
    sums: Total<[f64; 2]>,
}

impl Span {
    /// Takes one row; the pressure as a share of the range, once there are enough.
    #[inline(always)]
    fn push(&mut self, pressure: f64, range: f64, period: usize) -> Option<f64> {
        let [pressure, range] = self.sums.push([pressure, range], period)?;
        Some(if range == 0.0 { 0.0 } else { pressure / range })
    }
}

impl Definition for Ultosc {
    const ABOUT: About = About {
        title: "Ultimate oscillator",
        formula: "100 * (4 * b(shortest) + 2 * b(middle) + b(longest)) / 7, b(n) = sum(close - \
                  true low) / sum(true range) over n rows",
        convention: "TA-Lib ULTOSC: a span without range counts 0",
        warm_up: "as many rows as the longest span has",
        cost: "O(1)",
        source: "TA-Lib ULTOSC; Larry Williams (1985)",
    };
    type Row = HighLowClose;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.periods()[2], Unit::Is("0 to 100"), "From 0 to 100.")
    }

    fn examples() -> Vec<Self> {
        [(7, 14, 28), (1, 1, 1), (9, 3, 5)]
            .map(|(one, two, three)| Self {
                period1: Period::of(one),
                period2: Period::of(two),
                period3: Period::of(three),
            })
            .into()
    }

    fn fresh(&self) -> State {
        State { periods: self.periods(), ..State::default() }
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: HighLowClose) -> [f64; 1] {
        [self.value(state, &bar).unwrap_or(f64::NAN)]
    }
}

impl Ultosc {
    /// The three periods, the shortest first.
    fn periods(&self) -> [usize; 3] {
        let mut periods = [self.period1, self.period2, self.period3].map(Period::get);
        periods.sort_unstable();
        periods
    }

    #[inline(always)]
    fn value(&self, state: &mut State, bar: &HighLowClose) -> Option<f64> {
        let last = state.last.replace(bar.close)?;
        let (pressure, range) = (bar.close - smaller(bar.low, last), true_range(bar, last));
        let [short, middle, long] = state.periods;
        let short = state.short.push(pressure, range, short);
        let middle = state.middle.push(pressure, range, middle);
        let long = state.long.push(pressure, range, long);
        Some(100.0 * ((4.0 * short? + 2.0 * middle? + long?) / 7.0))
    }
}

#[cfg(test)]
mod tests {
    use super::Ultosc;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let [one, two] = [1, 2].map(Period::of);
        let ultosc = Ultosc { period1: two, period2: one, period3: two };
        // Pressures 3, 0 and ranges 4, 2.
        let rows =
            [[0.0, 3.0, 1.0, 2.0, 0.0], [0.0, 5.0, 1.0, 4.0, 0.0], [0.0, 5.0, 3.0, 3.0, 0.0]];
        expect_bars(&ultosc, &rows, &[&[NULL, NULL, 100.0 * (2.0 * 0.5 + 0.5) / 7.0]]);
    }
}
