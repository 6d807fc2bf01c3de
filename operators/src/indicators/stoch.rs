//! Slow stochastic oscillator.
//!
//! - Formula: `raw = 100 * (close - lowest low) / (highest high - lowest low)` over `fastk` rows,
//!   `k = sma(raw, slowk)`, `d = sma(k, slowd)`.
//! - Parameters: `fastk`, `slowk`, `slowd`.
//! - Warm-up: fastk + slowk + slowd - 3 rows, both outputs.
//! - Cost: O(1) a row amortised.
//! - Source: TA-Lib `STOCH` with simple averages.

use serde::{Deserialize, Serialize};

use super::{About, Definition, HighLowClose, Output, Period, extreme::Channel, window::Mean};

parameters! {
    /// Where the close stands in the range of the last bars, smoothed: 0 at the bottom, 100 at the
    /// top.
    pub struct Stoch {
        /// Rows in the range.
        pub fastk: Period<1>,
        /// Rows in the mean that gives `k`.
        pub slowk: Period<1>,
        /// Rows in the mean of `k`.
        pub slowd: Period<1>,
    }
}

/// The range and the two means.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    channel: Channel,
    k: Mean,
    d: Mean,
}

impl Definition for Stoch {
    const ABOUT: About = About {
        title: "Slow stochastic oscillator",
        formula: "raw = 100 * (close - lowest low) / (highest high - lowest low); k = sma(raw); \
                  d = sma(k)",
        convention: "TA-Lib STOCH with simple averages: raw is 0 where the range is 0; both \
                     outputs start together",
        cost: "O(1)",
    };
    type Row = HighLowClose;
    type Values = [f64; 2];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = self.fastk.get() + self.slowk.get() + self.slowd.get() - 3;
        vec![
            Output { name: "k", warm_up, doc: "Smoothed place in the range, from 0 to 100." },
            Output { name: "d", warm_up, doc: "Mean of `k`." },
        ]
    }

    fn examples() -> Vec<Self> {
        [(5, 3, 3), (1, 1, 1), (14, 3, 5), (3, 50, 2)]
            .map(|(fastk, slowk, slowd)| Self {
                fastk: Period::of(fastk),
                slowk: Period::of(slowk),
                slowd: Period::of(slowd),
            })
            .into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    fn step(&self, state: &mut State, bar: HighLowClose) -> [f64; 2] {
        self.values(state, &bar).unwrap_or([f64::NAN; 2])
    }
}

impl Stoch {
    fn values(&self, state: &mut State, bar: &HighLowClose) -> Option<[f64; 2]> {
        let raw = state.channel.percent(bar, self.fastk.get())?;
        let k = state.k.push(raw, self.slowk.get())?;
        let d = state.d.push(k, self.slowd.get())?;
        Some([k, d])
    }
}

#[cfg(test)]
mod tests {
    use super::Stoch;
    use crate::indicators::{
        Period,
        testing::{bars, outputs_of_bars},
    };

    #[test]
    fn by_hand() {
        let stoch = Stoch { fastk: Period::of(1), slowk: Period::of(2), slowd: Period::of(2) };
        // Raw: 50, 0, 75, 0 (no range).
        let bars = bars(&[
            [0.0, 4.0, 2.0, 3.0, 0.0],
            [0.0, 6.0, 3.0, 3.0, 0.0],
            [0.0, 9.0, 5.0, 8.0, 0.0],
            [0.0, 7.0, 7.0, 7.0, 0.0],
        ]);
        let values = outputs_of_bars(&stoch, &bars);
        assert_eq!(values[0], [None, None, Some(37.5), Some(37.5)]);
        assert_eq!(values[1], [None, None, Some(31.25), Some(37.5)]);
    }
}
