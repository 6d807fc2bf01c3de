//! Sold volume of a window of time.
//!
//! - Formula: `sum(q[i]) of trades whose aggressor sold, for now - from < t <= now - to`.
//! - Parameters: `from`, `to`.
//! - Convention: trades without a known aggressor do not count; an exact sum of integers, divided
//!   once.
//! - Warm-up: event time `from` since the first record; then 0 where nothing was sold.
//! - Cost: O(1) an event, amortised.
//! - Source: the plain definition.

use super::{
    Ago, Length, Reads, Scales,
    window::{Frame, Held, Sum, Windowed},
};
use crate::{
    bars::BarTrade,
    indicators::{About, parameters},
};
use schemas::decimal::{power_of_ten, ratio};

parameters! {
    /// How much was sold in a window of time: the quantity of trades whose aggressor sold.
    pub struct WindowSellVolume {
        /// The window begins so long ago; a record of just that age is out of it.
        pub from: Length,
        /// The window ends so long ago; a record of just that age is in it.
        pub to: Ago = "0s",
    }
}

impl Windowed for WindowSellVolume {
    const ABOUT: About = About {
        title: "Sold volume of a window of time",
        formula: "sum(q[i]) of trades whose aggressor sold, for now - from < t <= now - to",
        convention: "trades without a known aggressor do not count; an exact sum of integers, \
                     divided once",
        warm_up: "event time from since the first record; then 0 where nothing was sold",
        cost: "O(1) an event, amortised",
        source: "the plain definition",
    };
    type Memory = ();
    type Aggregate = Sum;

    fn frame(&self) -> Frame {
        Frame::new(self.from, self.to)
    }

    fn reads(&self) -> Reads {
        Reads::Trades
    }

    fn unit(&self) -> &'static str {
        "quantity"
    }

    fn examples() -> Vec<Self> {
        Frame::examples().map(|(_, from, to)| Self { from, to }).into()
    }

    #[inline(always)]
    fn of_trade(&self, _: &mut (), trade: &BarTrade) -> Option<i64> {
        (trade.side < 0).then_some(trade.quantity)
    }

    fn read(&self, held: &mut Held<(), Sum>, scales: Scales) -> f64 {
        ratio(held.window.aggregate().get(), power_of_ten(scales.quantity).into())
    }
}
