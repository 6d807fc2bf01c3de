//! Kyle's lambda over a window of time.
//!
//! - Formula: `cov(x, y) / var(x), x = b[i] q[i], y = p[i] - p[i-1], for now - from < t <= now -
//!   to`.
//! - Parameters: `from`, `to`.
//! - Convention: least squares with intercept over single trades, from exact integers; trades
//!   without a known aggressor count as no volume; the first trade of a run has no change and does
//!   not count.
//! - Warm-up: event time `from` since the first record; then null where all signed volumes are
//!   equal.
//! - Cost: O(1) an event, amortised.
//! - Source: A. Kyle, Continuous Auctions and Insider Trading, 1985; M. Lopez de Prado, Advances in
//!   Financial Machine Learning, 2018, 19.4.1.

use super::{
    Ago, Length, Reads, Scales,
    window::{Frame, Held, Pairs, Windowed},
};
use crate::{
    bars::BarTrade,
    indicators::{About, parameters},
};
use schemas::decimal::power_of_ten;

parameters! {
    /// How far a unit of signed volume moves the price: the slope of price changes from trade to
    /// trade over the signed quantity of the trade.
    pub struct KyleLambda {
        /// The window begins so long ago; a record of just that age is out of it.
        pub from: Length,
        /// The window ends so long ago; a record of just that age is in it.
        pub to: Ago = "0s",
    }
}

impl Windowed for KyleLambda {
    const ABOUT: About = About {
        title: "Kyle's lambda",
        formula: "cov(x, y) / var(x), x = b[i] q[i], y = p[i] - p[i-1], for now - from < t <= now \
                  - to",
        convention: "least squares with intercept over single trades, from exact integers; trades \
                     without a known aggressor count as no volume; the first trade of a run has \
                     no change and does not count",
        warm_up: "event time from since the first record; then null where all signed volumes are \
                  equal",
        cost: "O(1) an event, amortised",
        source: "A. Kyle, Continuous Auctions and Insider Trading, 1985; M. Lopez de Prado, \
                 Advances in Financial Machine Learning, 2018, 19.4.1",
    };
    type Memory = Option<i64>;
    type Aggregate = Pairs;

    fn frame(&self) -> Frame {
        Frame::new(self.from, self.to)
    }

    fn reads(&self) -> Reads {
        Reads::Trades
    }

    fn unit(&self) -> &'static str {
        "price a quantity"
    }

    fn examples() -> Vec<Self> {
        Frame::examples().map(|(_, from, to)| Self { from, to }).into()
    }

    #[inline(always)]
    fn of_trade(&self, memory: &mut Option<i64>, trade: &BarTrade) -> Option<(i64, i64)> {
        let before = memory.replace(trade.price)?;
        let signed = trade.quantity.saturating_mul(trade.side.into());
        Some((signed, trade.price.saturating_sub(before)))
    }

    fn read(&self, held: &mut Held<Option<i64>, Pairs>, scales: Scales) -> f64 {
        let unit = power_of_ten(scales.quantity) as f64 / power_of_ten(scales.price) as f64;
        held.window.aggregate().slope() * unit
    }
}

#[cfg(test)]
mod tests {
    use super::KyleLambda;
    use crate::features::testing::{ago, expect_trades, length};

    #[test]
    fn by_hand() {
        let lambda = KyleLambda { from: length(10), to: ago(0) };
        // Changes are twice the signed quantity, and one more.
        let trades = [(0, 100, 1, 1), (1, 103, 1, 1), (2, 100, 2, -1), (3, 107, 3, 1)];
        expect_trades(&lambda, &trades, &[(9, None), (10, Some(2.0))]);
        // One trade is left, then none.
        expect_trades(&lambda, &trades, &[(12, None), (20, None)]);
    }
}
