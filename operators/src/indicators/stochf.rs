//! Fast stochastic oscillator.
//!
//! - Formula: `k = 100 * (close - lowest low) / (highest high - lowest low)` over `fastk` rows, `d
//!   = sma(k, fastd)`.
//! - Parameters: `fastk`, `fastd`.
//! - Warm-up: fastk + fastd - 2 rows, both outputs.
//! - Cost: O(1) a row amortised.
//! - Source: TA-Lib `STOCHF` with simple averages.

use serde::{Deserialize, Serialize};

use super::{About, Definition, HighLowClose, Output, Period, extreme::Channel, window::Mean};

parameters! {
    /// Where the close stands in the range of the last bars: 0 at the bottom, 100 at the top.
    pub struct Stochf {
        /// Rows in the range.
        pub fastk: Period<1>,
        /// Rows in the mean of `k`.
        pub fastd: Period<1>,
    }
}

/// The range and the mean.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    channel: Channel,
    d: Mean,
}

impl Definition for Stochf {
    const ABOUT: About = About {
        title: "Fast stochastic oscillator",
        formula: "k = 100 * (close - lowest low) / (highest high - lowest low); d = sma(k)",
        convention: "TA-Lib STOCHF with simple averages: k is 0 where the range is 0; both outputs \
                     start together",
        cost: "O(1)",
    };
    type Row = HighLowClose;
    type Values = [f64; 2];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = self.fastk.get() + self.fastd.get() - 2;
        vec![
            Output { name: "k", warm_up, doc: "Place in the range, from 0 to 100." },
            Output { name: "d", warm_up, doc: "Mean of `k`." },
        ]
    }

    fn examples() -> Vec<Self> {
        [(5, 3), (1, 1), (14, 1), (3, 50)]
            .map(|(fastk, fastd)| Self { fastk: Period::of(fastk), fastd: Period::of(fastd) })
            .into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    fn step(&self, state: &mut State, bar: HighLowClose) -> [f64; 2] {
        self.values(state, &bar).unwrap_or([f64::NAN; 2])
    }
}

impl Stochf {
    fn values(&self, state: &mut State, bar: &HighLowClose) -> Option<[f64; 2]> {
        let k = state.channel.percent(bar, self.fastk.get())?;
        let d = state.d.push(k, self.fastd.get())?;
        Some([k, d])
    }
}

#[cfg(test)]
mod tests {
    use super::Stochf;
    use crate::indicators::{
        Period,
        testing::{bars, outputs_of_bars},
    };

    #[test]
    fn by_hand() {
        let stochf = Stochf { fastk: Period::of(2), fastd: Period::of(2) };
        let bars = bars(&[
            [0.0, 4.0, 2.0, 3.0, 0.0],
            [0.0, 6.0, 3.0, 3.0, 0.0],
            [0.0, 7.0, 5.0, 6.0, 0.0],
            [0.0, 7.0, 7.0, 7.0, 0.0],
            [0.0, 7.0, 7.0, 7.0, 0.0],
        ]);
        let values = outputs_of_bars(&stochf, &bars);
        assert_eq!(values[0], [None, None, Some(75.0), Some(100.0), Some(0.0)]);
        assert_eq!(values[1], [None, None, Some(50.0), Some(87.5), Some(50.0)]);
    }
}
