//! Moving average convergence and divergence, 12 and 26.
//!
//! - Formula: `macd = ema(15 %) - ema(7.5 %); signal = ema(macd); histogram = macd - signal`.
//! - Parameters: `signal`.
//! - Convention: TA-Lib MACDFIX: as MACD, but for the shares, which are rounded there.
//! - Warm-up: signal + 24 rows, all outputs.
//! - Cost: O(1) a row.
//! - Source: TA-Lib `MACDFIX`.

use super::{About, Definition, Output, Period, Unit, macd::State};

parameters! {
    /// `macd` with the first two periods of old: 12 and 26 rows, as shares of 15 and 7.5 per cent.
    pub struct Macdfix {
        /// Rows of the average of the difference.
        pub signal: Period<1> = "9",
    }
}

impl Definition for Macdfix {
    const ABOUT: About = About {
        title: "Moving average convergence and divergence, 12 and 26",
        formula: "macd = ema(15 %) - ema(7.5 %); signal = ema(macd); histogram = macd - signal",
        convention: "TA-Lib MACDFIX: as MACD, but for the shares, which are rounded there",
        warm_up: "signal + 24 rows, all outputs",
        cost: "O(1)",
        source: "TA-Lib MACDFIX",
    };
    type Row = f64;
    type Values = [f64; 3];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = self.signal.get() + 24;
        vec![
            Output {
                name: "macd",
                warm_up,
                unit: Unit::Input,
                doc: "Fast average minus slow average.",
            },
            Output { name: "signal", warm_up, unit: Unit::Input, doc: "Average of `macd`." },
            Output { name: "histogram", warm_up, unit: Unit::Input, doc: "`macd` minus `signal`." },
        ]
    }

    fn examples() -> Vec<Self> {
        [9, 1, 30].map(|signal| Self { signal: Period::of(signal) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 3] {
        let found = state.push(value, (12, 0.15), (26, 0.075), self.signal.get());
        found.unwrap_or([f64::NAN; 3])
    }
}

#[cfg(test)]
mod tests {
    use super::Macdfix;
    use crate::indicators::{Period, testing::outputs};

    #[test]
    fn by_hand() {
        // A step from 0 to 1 in row 26, before which both averages start from 0.
        let mut values = [0.0; 27];
        values[26] = 1.0;
        let found = outputs(&Macdfix { signal: Period::of(1) }, &[&values]);
        assert_eq!(found[0][24..], [None, Some(0.0), Some(0.15 - 0.075)]);
        assert_eq!(found[2][26], Some(0.0));
    }
}
