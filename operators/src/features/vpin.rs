//! Volume-synchronised probability of informed trading.
//!
//! - Formula: `sum(|b - s|) / (n v)` over the last n buckets of volume v, with the bought volume b
//!   and the sold volume s of each.
//! - Parameters: `bucket`, `buckets`.
//! - Convention: the aggressor is that of the record, not guessed in bulk; a trade without one
//!   counts half to each side; a trade that overfills a bucket is split.
//! - Warm-up: until `buckets` buckets are full.
//! - Cost: O(1) a trade and a bucket.
//! - Source: D. Easley, M. Lopez de Prado and M. O'Hara, Flow Toxicity and Liquidity in a
//!   High-frequency World, 2012.

use super::{Amount, Definition, Reads, Scales};
use crate::{
    bars::BarTrade,
    indicators::{About, Period, parameters},
    market::Top,
};
use schemas::{EventTime, decimal::ratio};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

parameters! {
    /// How one-sided trading is: the imbalance of bought and sold volume over the last buckets of
    /// equal volume, from 0 to 1.
    pub struct Vpin {
        /// Volume of a bucket.
        pub bucket: Amount,
        /// Buckets that count.
        pub buckets: Period<1>,
    }
}

/// The bucket that fills, and the imbalances of the full ones.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    filled: i128,
    signed: i128,
    full: VecDeque<i128>,
    sum: i128,
}

impl State {
    fn close(&mut self, buckets: usize, imbalance: i128) {
        self.full.push_back(imbalance);
        self.sum += imbalance;
        if self.full.len() > buckets
            && let Some(old) = self.full.pop_front()
        {
            self.sum -= old;
        }
    }
}

impl Definition for Vpin {
    const ABOUT: About = About {
        title: "Volume-synchronised probability of informed trading",
        formula: "sum(|b - s|) / (n v) over the last n buckets of volume v",
        convention: "the aggressor is that of the record, not guessed in bulk; a trade without one \
                     counts half to each side; a trade that overfills a bucket is split",
        warm_up: "until buckets buckets are full",
        cost: "O(1) a trade and a bucket",
        source: "D. Easley, M. Lopez de Prado and M. O'Hara, Flow Toxicity and Liquidity in a \
                 High-frequency World, 2012",
    };
    type State = State;

    fn reads(&self) -> Reads {
        Reads::Trades
    }

    fn unit(&self) -> &'static str {
        "0 to 1"
    }

    fn examples() -> Vec<Self> {
        [("25", 20), ("0.3", 3), ("10", 50), ("1", 1)]
            .map(|(bucket, buckets)| Self {
                bucket: Amount::of(bucket),
                buckets: Period::of(buckets),
            })
            .into()
    }

    fn trade(&self, state: &mut State, scales: Scales, _: EventTime, trade: &BarTrade) {
        let (bucket, buckets) = (self.bucket.at(scales.quantity), self.buckets.get());
        let mut left = i128::from(trade.quantity.max(0));
        let side = i128::from(trade.side);
        let room = bucket - state.filled;
        if left >= room {
            let signed = state.signed + side * room;
            state.close(buckets, signed.abs());
            left -= room;
            // A trade may fill more buckets than count: only the last ones leave a trace.
            let whole = left / bucket;
            for _ in 0..whole.min(buckets as i128) {
                state.close(buckets, side.abs() * bucket);
            }
            left -= whole * bucket;
            (state.filled, state.signed) = (0, 0);
        }
        state.filled += left;
        state.signed += side * left;
    }

    fn quote(&self, _: &mut State, _: Scales, _: EventTime, _: &Top) {}

    fn value(&self, state: &mut State, scales: Scales, _: EventTime) -> f64 {
        if state.full.len() < self.buckets.get() {
            return f64::NAN;
        }
        ratio(state.sum, self.bucket.at(scales.quantity).saturating_mul(state.full.len() as i128))
    }
}

#[cfg(test)]
mod tests {
    use super::Vpin;
    use crate::{
        features::{Amount, testing::expect_trades},
        indicators::Period,
    };

    #[test]
    fn trades_are_split_over_buckets() {
        let vpin = Vpin { bucket: Amount::of("10"), buckets: Period::of(2) };
        // Buckets: 6 bought and 4 sold; 3 sold, 2 of nobody, 5 bought; then four bought and a rest.
        let trades = [(0, 1, 6, 1), (1, 1, 7, -1), (2, 1, 2, 0), (3, 1, 5, 1), (4, 1, 42, 1)];
        expect_trades(&vpin, &trades[..3], &[(3, None)]);
        expect_trades(&vpin, &trades[..4], &[(3, Some((2.0 + 2.0) / 20.0))]);
        expect_trades(&vpin, &trades, &[(5, Some(1.0))]);
    }
}
