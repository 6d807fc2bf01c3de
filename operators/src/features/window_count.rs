//! Number of records in a window of time.
//!
//! - Formula: `count of i with now - from < t <= now - to`.
//! - Parameters: `on`, `from`, `to`.
//! - Convention: 0 where nothing came.
//! - Warm-up: event time `from` since the first record; then 0 where nothing came.
//! - Cost: O(1) an event, amortised.
//! - Source: the plain definition.

use super::{
    Ago, Length, Reads, Scales, Series,
    window::{Events, Frame, Held, Windowed},
};
use crate::{
    bars::BarTrade,
    indicators::{About, parameters},
    market::Top,
};

parameters! {
    /// How many trades, or best bids and offers, came in a window of time.
    pub struct WindowCount {
        /// What is counted, where it is there.
        pub on: Series,
        /// The window begins so long ago; a record of just that age is out of it.
        pub from: Length,
        /// The window ends so long ago; a record of just that age is in it.
        pub to: Ago = "0s",
    }
}

impl Windowed for WindowCount {
    const ABOUT: About = About {
        title: "Number of records in a window of time",
        formula: "count of i with now - from < t <= now - to",
        convention: "0 where nothing came",
        warm_up: "event time from since the first record; then 0 where nothing came",
        cost: "O(1) an event, amortised",
        source: "the plain definition",
    };
    type Memory = ();
    type Aggregate = Events;

    fn frame(&self) -> Frame {
        Frame::new(self.from, self.to)
    }

    fn reads(&self) -> Reads {
        self.on.reads()
    }

    fn unit(&self) -> &'static str {
        "count"
    }

    fn examples() -> Vec<Self> {
        Frame::examples().map(|(on, from, to)| Self { on, from, to }).into()
    }

    #[inline(always)]
    fn of_trade(&self, _: &mut (), trade: &BarTrade) -> Option<i64> {
        self.on.of_trade(trade)
    }

    #[inline(always)]
    fn of_quote(&self, _: &mut (), top: &Top) -> Option<i64> {
        self.on.of_quote(top)
    }

    fn read(&self, held: &mut Held<(), Events>, _: Scales) -> f64 {
        held.window.count() as f64
    }
}
