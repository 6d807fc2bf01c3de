//! Intensity of trade arrivals.
//!
//! - Formula: `sum(k 2^(-age / half_life)), k = ln 2 / half_life`.
//! - Parameters: `half_life`.
//! - Convention: exponential kernel, so that steady trading gives trades a second; each trade fades
//!   what was before, so errors fade as well.
//! - Warm-up: none; 0 before the first trade.
//! - Cost: O(1) a trade.
//! - Source: the exponential kernel of A. Hawkes, Spectra of Some Self-exciting and Mutually
//!   Exciting Point Processes, 1971.

use super::{Definition, Length, Reads, Scales};
use crate::{
    bars::BarTrade,
    indicators::{About, parameters},
};
use schemas::{EventTime, Span};
use serde::{Deserialize, Serialize};

parameters! {
    /// How many trades a second arrive of late: each counts half after each half-life.
    pub struct TradeIntensity {
        /// After this time a trade counts half.
        pub half_life: Length,
    }
}

/// The faded number of trades as of the last one.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    at: i64,
    weight: f64,
}

impl TradeIntensity {
    /// The number as of `now`.
    fn faded(&self, state: &State, now: i64) -> f64 {
        let age = i128::from(now) - i128::from(state.at);
        if age == 0 { state.weight } else { state.weight * self.fade(age as f64) }
    }

    fn fade(&self, age: f64) -> f64 {
        (-age / self.half_life.get().0 as f64).exp2()
    }
}

impl Definition for TradeIntensity {
    const ABOUT: About = About {
        title: "Intensity of trade arrivals",
        formula: "sum(k 2^(-age / half_life)), k = ln 2 / half_life",
        convention: "exponential kernel, so that steady trading gives trades a second; each trade \
                     fades what was before, so errors fade as well",
        warm_up: "none; 0 before the first trade",
        cost: "O(1)",
        source: "the exponential kernel of A. Hawkes, Spectra of Some Self-exciting and Mutually \
                 Exciting Point Processes, 1971",
    };
    type State = State;

    fn reads(&self) -> Reads {
        Reads::Trades
    }

    fn unit(&self) -> &'static str {
        "trades a second"
    }

    fn examples() -> Vec<Self> {
        [10_000_000_000, 1, 300_000_000]
            .map(|half_life| Self { half_life: Length::of(Span(half_life)) })
            .into()
    }

    #[inline(always)]
    fn trade(&self, state: &mut State, _: Scales, at: EventTime, _: &BarTrade) {
        *state = State { at: at.0, weight: self.faded(state, at.0) + 1.0 };
    }

    fn value(&self, state: &mut State, _: Scales, now: EventTime) -> f64 {
        let seconds = self.half_life.get().0 as f64 / 1e9;
        self.faded(state, now.0) * (std::f64::consts::LN_2 / seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::TradeIntensity;
    use crate::features::testing::{expect_trades, length};

    #[test]
    fn a_trade_counts_half_after_each_half_life() {
        let intensity = TradeIntensity { half_life: length(4) };
        let one = std::f64::consts::LN_2 / 4.0;
        let trades = [(0, 1, 1, 0), (4, 1, 1, 0), (4, 1, 1, 0)];
        expect_trades(&intensity, &trades[..1], &[(0, Some(one)), (8, Some(one / 4.0))]);
        expect_trades(&intensity, &trades, &[(4, Some(2.5 * one))]);
        expect_trades(&intensity, &[], &[(9, Some(0.0))]);
    }
}
