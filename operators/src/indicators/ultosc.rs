//! Ultimate oscillator.
//!
//! - Formula: `100 * (4 * b(shortest) + 2 * b(middle) + b(longest)) / 7, b(n) = sum(close - true
//!   low) / sum(true range) over n rows`.
//! - Parameters: `period1`, `period2`, `period3`.
//! - Warm-up: as many rows as the longest span has.
//! - Cost: O(1) a row, twice the three periods held.
//! - Source: TA-Lib `ULTOSC`; Larry Williams (1985).

use serde::{Deserialize, Serialize};

use super::{About, Definition, HighLowClose, Output, Period, trange::true_range, window::Total};

parameters! {
    /// Buying pressure over three spans at once, the shortest weighed most.
    pub struct Ultosc {
        /// Rows of one span; the three may come in any order.
        pub period1: Period<1>,
        /// Rows of another span.
        pub period2: Period<1>,
        /// Rows of the third span.
        pub period3: Period<1>,
    }
}

/// The last close, and pressure and range of each span.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    last: Option<f64>,
    spans: [(Total, Total); 3],
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
        Output::only(self.periods()[2], "From 0 to 100.")
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
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: HighLowClose) -> [f64; 1] {
        [self.value(state, &bar).unwrap_or(f64::NAN)]
    }
}

impl Ultosc {
    /// The three periods, the shortest first.
    #[inline(always)]
    fn periods(&self) -> [usize; 3] {
        let mut periods = [self.period1, self.period2, self.period3].map(Period::get);
        periods.sort_unstable();
        periods
    }

    #[inline(always)]
    fn value(&self, state: &mut State, bar: &HighLowClose) -> Option<f64> {
        let last = state.last.replace(bar.close)?;
        let (pressure, range) = (bar.close - bar.low.min(last), true_range(bar, last));
        let mut value = Some(0.0);
        let spans = self.periods().into_iter().zip(&mut state.spans).zip([4.0, 2.0, 1.0]);
        for ((period, (pressures, ranges)), weight) in spans {
            let pressure = pressures.push(pressure, period);
            let range = ranges.push(range, period);
            let part = pressure.zip(range).map(|(pressure, range)| match range {
                0.0 => 0.0,
                _ => weight * (pressure / range),
            });
            value = value.zip(part).map(|(value, part)| value + part);
        }
        value.map(|value| 100.0 * (value / 7.0))
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
