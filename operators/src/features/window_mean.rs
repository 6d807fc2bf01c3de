//! Mean over a window of time.
//!
//! - Formula: `sum(x[i]) / n for now - from < t <= now - to`.
//! - Parameters: `on`, `from`, `to`.
//! - Convention: an exact sum of integers, divided once; null where nothing came.
//! - Warm-up: event time `from` since the first record; then null where nothing came.
//! - Cost: O(1) an event, amortised.
//! - Source: the plain definition.

use super::{
    Ago, Length, Reads, Scales, Series,
    window::{Frame, Held, Sum, Windowed},
};
use crate::{
    bars::BarTrade,
    indicators::{About, parameters},
    market::Top,
};
use schemas::decimal::ratio;

parameters! {
    /// The mean of what came in a window of time; each record counts the same.
    pub struct WindowMean {
        /// What is averaged.
        pub on: Series,
        /// The window begins so long ago; a record of just that age is out of it.
        pub from: Length,
        /// The window ends so long ago; a record of just that age is in it.
        pub to: Ago = "0s",
    }
}

impl Windowed for WindowMean {
    const ABOUT: About = About {
        title: "Mean over a window of time",
        formula: "sum(x[i]) / n for now - from < t <= now - to",
        convention: "an exact sum of integers, divided once; null where nothing came",
        warm_up: "event time from since the first record; then null where nothing came",
        cost: "O(1) an event, amortised",
        source: "the plain definition",
    };
    type Memory = ();
    type Aggregate = Sum;

    fn frame(&self) -> Frame {
        Frame::new(self.from, self.to)
    }

    fn reads(&self) -> Reads {
        self.on.reads()
    }

    fn unit(&self) -> &'static str {
        self.on.unit()
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

    fn read(&self, held: &mut Held<(), Sum>, scales: Scales) -> f64 {
        let count = held.window.count() as i128;
        ratio(held.window.aggregate().get(), count * self.on.one(scales))
    }
}
