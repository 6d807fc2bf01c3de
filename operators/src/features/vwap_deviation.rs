//! Deviation from the volume-weighted average price of a window of time.
//!
//! - Formula: `(p - v) / v, v = sum(p[i] q[i]) / sum(q[i]) for now - from < t <= now - to`.
//! - Parameters: `from`, `to`.
//! - Convention: p is the last price of all, also where the window ends before it; sums are exact
//!   integers.
//! - Warm-up: event time `from` since the first record; then null where nothing was traded.
//! - Cost: O(1) an event, amortised.
//! - Source: the plain definition.

use super::{
    Ago, Length, Reads, Scales,
    window::{Aggregate, Frame, Held, Wide, Windowed},
};
use crate::{
    bars::BarTrade,
    indicators::{About, parameters},
};
use serde::{Deserialize, Serialize};

parameters! {
    /// How far the last price lies above the volume-weighted average price of a window of time, as
    /// a part of it.
    pub struct VwapDeviation {
        /// The window begins so long ago; a record of just that age is out of it.
        pub from: Length,
        /// The window ends so long ago; a record of just that age is in it.
        pub to: Ago = "0s",
    }
}

/// Volume, and price times quantity.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Traded {
    volume: i128,
    notional: Wide,
}

impl Aggregate for Traded {
    type Value = (i64, i64);

    #[inline(always)]
    fn enter(&mut self, _: i64, (price, quantity): (i64, i64)) {
        self.volume += i128::from(quantity);
        self.notional = self.notional.plus((i128::from(price) * i128::from(quantity)).into());
    }

    #[inline(always)]
    fn leave(&mut self, _: i64, (price, quantity): (i64, i64)) {
        self.volume -= i128::from(quantity);
        self.notional = self.notional.minus((i128::from(price) * i128::from(quantity)).into());
    }
}

impl Windowed for VwapDeviation {
    const ABOUT: About = About {
        title: "Deviation from the VWAP",
        formula: "(p - v) / v, v = sum(p[i] q[i]) / sum(q[i]) for now - from < t <= now - to",
        convention: "p is the last price of all, also where the window ends before it; sums are \
                     exact integers",
        warm_up: "event time from since the first record; then null where nothing was traded",
        cost: "O(1) an event, amortised",
        source: "the plain definition",
    };
    type Memory = i64;
    type Aggregate = Traded;

    fn frame(&self) -> Frame {
        Frame::new(self.from, self.to)
    }

    fn reads(&self) -> Reads {
        Reads::Trades
    }

    fn unit(&self) -> &'static str {
        "fraction"
    }

    fn examples() -> Vec<Self> {
        Frame::examples().map(|(_, from, to)| Self { from, to }).into()
    }

    #[inline(always)]
    fn of_trade(&self, memory: &mut i64, trade: &BarTrade) -> Option<(i64, i64)> {
        *memory = trade.price;
        Some((trade.price, trade.quantity))
    }

    fn read(&self, held: &mut Held<i64, Traded>, _: Scales) -> f64 {
        let (volume, last) = (held.window.aggregate().volume, held.memory);
        let notional = held.window.aggregate().notional;
        // (p - n / v) / (n / v) = (p v - n) / n
        Wide::product(last.into(), volume).minus(notional).over(notional)
    }
}

#[cfg(test)]
mod tests {
    use super::VwapDeviation;
    use crate::features::testing::{ago, expect_trades, length};

    #[test]
    fn by_hand() {
        let deviation = VwapDeviation { from: length(10), to: ago(0) };
        let trades = [(0, 500, 9, 1), (1, 100, 1, 1), (2, 110, 3, -1), (3, 112, 0, 0)];
        // (100 + 330) / 4 = 107.5
        expect_trades(&deviation, &trades, &[(9, None), (10, Some(4.5 / 107.5))]);
        expect_trades(&deviation, &trades, &[(12, None)]);
    }
}
