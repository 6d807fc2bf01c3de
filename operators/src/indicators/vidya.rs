//! Variable index dynamic average.
//!
//! - Formula: `v[t] = v[t-1] + alpha * stddev(short) / stddev(long) * (x[t] - v[t-1])`.
//! - Parameters: `short`, `long`, `alpha`.
//! - Convention: Tulip Indicators: starts from the value of row long - 1; it stays where the values
//!   are all equal, or while a deviation has too few.
//! - Warm-up: long - 2 rows.
//! - Cost: O(1) a row, n values held.
//! - Source: Tushar Chande (1992); as Tulip Indicators has it.

use serde::{Deserialize, Serialize};

use super::{About, Definition, Factor, Output, Period, Unit, row::bounded, window::Moments};

parameters! {
    /// An average that follows quicker while values are spread wider than they were for long.
    pub struct Vidya {
        /// Rows of the newer deviation.
        pub short: Period<2>,
        /// Rows of the longer one, which is no shorter.
        pub long: Period<2>,
        /// Share of the way to the value where both are equal.
        pub alpha: Factor,
    }
}

/// The deviations, the average and the rows so far.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    short: Moments,
    long: Moments,
    average: f64,
    rows: usize,
}

impl Definition for Vidya {
    const ABOUT: About = About {
        title: "Variable index dynamic average",
        formula: "v[t] = v[t-1] + alpha * stddev(short) / stddev(long) * (x[t] - v[t-1])",
        convention: "Tulip Indicators: starts from the value of row long - 1; it stays where the \
                     values are all equal, or while a deviation has too few",
        warm_up: "long - 2 rows",
        cost: "O(1)",
        source: "Tushar Chande (1992); as Tulip Indicators has it",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.long.get() - 2, Unit::Input, "The average.")
    }

    fn examples() -> Vec<Self> {
        [(2, 5, 0.2), (2, 2, 1.0), (12, 26, 0.1)]
            .map(|(short, long, alpha)| Self {
                short: Period::of(short),
                long: Period::of(long),
                alpha: Factor::of(alpha),
            })
            .into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 1] {
        let short = state.short.push(value, self.short.get());
        let long = state.long.push(value, self.long.get());
        let late = self.long.get() - 2;
        if state.rows <= late {
            state.rows += 1;
            state.average = value;
            return [if state.rows > late { value } else { f64::NAN }];
        }
        let share = match short.zip(long) {
            Some(((_, short), (_, long))) if long > 0.0 => self.alpha.get() * (short / long),
            _ => 0.0,
        };
        state.average = bounded(state.average + share * (value - state.average));
        [state.average]
    }
}

#[cfg(test)]
mod tests {
    use super::Vidya;
    use crate::indicators::{
        Factor, Period,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        let vidya = Vidya { short: Period::of(2), long: Period::of(3), alpha: Factor::of(0.5) };
        // The deviation of 3, 5 is 1, of 1, 3, 5 the root of 8 / 3; that of 5, 5 is 0.
        let first = 3.0 + 0.5 / (8.0_f64 / 3.0).sqrt() * 2.0;
        let expected = [NULL, 3.0, first, first];
        expect_series(&vidya, &[1.0, 3.0, 5.0, 5.0], &expected);
    }
}
