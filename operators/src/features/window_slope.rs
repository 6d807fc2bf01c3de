//! Regression slope over a window of time.
//!
//! - Formula: `cov(t, x) / var(t) a second for now - from < t <= now - to`.
//! - Parameters: `on`, `from`, `to`.
//! - Convention: least squares over the times of records, from exact integers; null with fewer than
//!   two times.
//! - Warm-up: event time `from` since the first record; then null with fewer than two times.
//! - Cost: O(1) an event, amortised.
//! - Source: ordinary least squares.

use super::{
    Ago, Length, Reads, Scales, Series,
    window::{Frame, Held, Trend, Windowed},
};
use crate::{
    bars::BarTrade,
    indicators::{About, parameters},
    market::Top,
};

parameters! {
    /// How fast what came in a window of time rises: the slope of the line of least squares over
    /// time.
    pub struct WindowSlope {
        /// What is measured.
        pub on: Series,
        /// The window begins so long ago; a record of just that age is out of it.
        pub from: Length,
        /// The window ends so long ago; a record of just that age is in it.
        pub to: Ago = "0s",
    }
}

impl Windowed for WindowSlope {
    const ABOUT: About = About {
        title: "Regression slope over a window of time",
        formula: "cov(t, x) / var(t) a second for now - from < t <= now - to",
        convention: "least squares over the times of records, from exact integers; null with \
                     fewer than two times",
        warm_up: "event time from since the first record; then null with fewer than two times",
        cost: "O(1) an event, amortised",
        source: "ordinary least squares",
    };
    type Memory = ();
    type Aggregate = Trend;

    fn frame(&self) -> Frame {
        Frame::new(self.from, self.to)
    }

    fn reads(&self) -> Reads {
        self.on.reads()
    }

    fn unit(&self) -> &'static str {
        self.on.unit_a_second()
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

    fn read(&self, held: &mut Held<(), Trend>, scales: Scales) -> f64 {
        held.window.aggregate().slope() * 1e9 / self.on.one(scales) as f64
    }
}
