//! Roll's measure over a window of time.
//!
//! - Formula: `2 sqrt(-cov(y[i-1], y[i])), y[i] = p[i] - p[i-1], for now - from < t <= now - to`.
//! - Parameters: `from`, `to`.
//! - Convention: over single trades, from exact integers; the population covariance; null where it
//!   is not negative.
//! - Warm-up: event time `from` since the first record; then null where changes are not negatively
//!   correlated.
//! - Cost: O(1) an event, amortised.
//! - Source: R. Roll, A Simple Implicit Measure of the Effective Bid-Ask Spread in an Efficient
//!   Market, 1984.

use super::{
    Ago, Length, Reads, Scales,
    window::{Frame, Held, Pairs, Windowed},
};
use crate::{
    bars::BarTrade,
    indicators::{About, parameters},
};
use schemas::decimal::power_of_ten;
use serde::{Deserialize, Serialize};

parameters! {
    /// The effective spread that the bounce of trade prices between bid and ask betrays.
    pub struct RollSpread {
        /// The window begins so long ago; a record of just that age is out of it.
        pub from: Length,
        /// The window ends so long ago; a record of just that age is in it.
        pub to: Ago = "0s",
    }
}

/// The last price, and by how much it differed from the one before.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Changes {
    price: Option<i64>,
    change: Option<i64>,
}

impl Windowed for RollSpread {
    const ABOUT: About = About {
        title: "Roll's effective spread",
        formula: "2 sqrt(-cov(y[i-1], y[i])), y[i] = p[i] - p[i-1], for now - from < t <= now - to",
        convention: "over single trades, from exact integers; the population covariance; null \
                     where it is not negative",
        warm_up: "event time from since the first record; then null where changes are not \
                  negatively correlated",
        cost: "O(1) an event, amortised",
        source: "R. Roll, A Simple Implicit Measure of the Effective Bid-Ask Spread in an \
                 Efficient Market, 1984",
    };
    type Memory = Changes;
    type Aggregate = Pairs;

    fn frame(&self) -> Frame {
        Frame::new(self.from, self.to)
    }

    fn reads(&self) -> Reads {
        Reads::Trades
    }

    fn unit(&self) -> &'static str {
        "price"
    }

    fn examples() -> Vec<Self> {
        Frame::examples().map(|(_, from, to)| Self { from, to }).into()
    }

    #[inline(always)]
    fn of_trade(&self, memory: &mut Changes, trade: &BarTrade) -> Option<(i64, i64)> {
        let before = memory.price.replace(trade.price)?;
        let change = trade.price.saturating_sub(before);
        Some((memory.change.replace(change)?, change))
    }

    fn read(&self, held: &mut Held<Changes, Pairs>, scales: Scales) -> f64 {
        let covariance = held.window.aggregate().covariance();
        if covariance >= 0.0 {
            return f64::NAN;
        }
        2.0 * (-covariance).sqrt() / power_of_ten(scales.price) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::RollSpread;
    use crate::features::testing::{ago, expect_trades, length};

    #[test]
    fn a_bounce_between_bid_and_ask_is_their_spread() {
        let roll = RollSpread { from: length(10), to: ago(0) };
        let bounce: Vec<_> = (0..12).map(|i| (i, 100 + 4 * (i % 2), 1, 0)).collect();
        // Changes 4, -4, ...: of the pairs with t = 2 .. 11, five begin with 4.
        expect_trades(&roll, &bounce, &[(9, None), (11, Some(2.0 * 4.0))]);
        let trend: Vec<_> = (0..12).map(|i| (i, 100 + i, 1, 0)).collect();
        expect_trades(&roll, &trend, &[(11, None)]);
    }
}
