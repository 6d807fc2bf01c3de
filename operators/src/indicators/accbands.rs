//! Acceleration bands.
//!
//! - Formula: `w = 4 * (high - low) / (high + low); upper = sma(high * (1 + w)); middle =
//!   sma(close); lower = sma(low * (1 - w))`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib ACCBANDS: high and low themselves where their sum is 0; every band is held
//!   back where one has no finite value.
//! - Warm-up: n - 1 rows, all outputs.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `ACCBANDS`.

use serde::{Deserialize, Serialize};

use super::{About, Definition, HighLowClose, Output, Period, Unit, row::bounded, window::Total};

parameters! {
    /// A band around the mean that widens with the range of the bars.
    pub struct Accbands {
        /// Rows in the window.
        pub period: Period<2> = "20",
    }
}

/// The three sums.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    sums: Total<[f64; 3]>,
}

impl Definition for Accbands {
    const ABOUT: About = About {
        title: "Acceleration bands",
        formula: "w = 4 * (high - low) / (high + low); upper = sma(high * (1 + w)); middle = \
                  sma(close); lower = sma(low * (1 - w))",
        convention: "TA-Lib ACCBANDS: high and low themselves where their sum is 0; every band is \
                     held back where one has no finite value",
        warm_up: "n - 1 rows, all outputs",
        cost: "O(1)",
        source: "TA-Lib ACCBANDS",
    };
    type Row = HighLowClose;
    type Values = [f64; 3];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = self.period.get() - 1;
        vec![
            Output { name: "upper", warm_up, unit: Unit::Input, doc: "Mean of the widened highs." },
            Output { name: "middle", warm_up, unit: Unit::Input, doc: "Mean of the closes." },
            Output { name: "lower", warm_up, unit: Unit::Input, doc: "Mean of the widened lows." },
        ]
    }

    fn examples() -> Vec<Self> {
        [2, 5, 20, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: HighLowClose) -> [f64; 3] {
        self.bands(state, &bar).unwrap_or([f64::NAN; 3])
    }
}

impl Accbands {
    #[inline(always)]
    fn bands(&self, state: &mut State, bar: &HighLowClose) -> Option<[f64; 3]> {
        let period = self.period.get();
        let sum = bar.high + bar.low;
        let width = if sum == 0.0 { 0.0 } else { 4.0 * (bar.high - bar.low) / sum };
        let (upper, lower) = (bounded(bar.high * (1.0 + width)), bounded(bar.low * (1.0 - width)));
        let [upper, middle, lower] = state.sums.push([upper, bar.close, lower], period)?;
        let rows = period as f64;
        Some([upper / rows, middle / rows, lower / rows])
    }
}

#[cfg(test)]
mod tests {
    use super::Accbands;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        // Widths 4 * 1 / 4 and 4 * 2 / 8: highs widened to 5 and 10, lows narrowed to 0 and 0.
        let accbands = Accbands { period: Period::of(2) };
        let rows = [[0.0, 2.5, 1.5, 2.0, 0.0], [0.0, 5.0, 3.0, 4.0, 0.0]];
        expect_bars(&accbands, &rows, &[&[NULL, 7.5], &[NULL, 3.0], &[NULL, 0.0]]);
    }
}
