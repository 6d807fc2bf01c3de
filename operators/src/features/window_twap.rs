//! Time-weighted average over a window of time.
//!
//! - Formula: `integral of x dt / time, over now - from < t <= now - to`.
//! - Parameters: `on`, `from`, `to`.
//! - Convention: a number holds from its own time until that of the next; time in which a side of
//!   the quote is absent does not count; exact integers, divided once.
//! - Warm-up: event time `from` since the first record; then null where there was no number.
//! - Cost: O(1) an event, amortised, and O(log n) a look.
//! - Source: the plain definition.

use super::{
    Ago, Definition, Length, Reads, Scales, Series,
    window::{Frame, Levels},
};
use crate::{
    bars::BarTrade,
    indicators::{About, parameters},
    market::Top,
};
use schemas::{EventTime, Span, decimal::ratio};

parameters! {
    /// The average of a number that holds until the next one comes, each weighted by how long it
    /// held in a window of time: the time-weighted average price.
    pub struct WindowTwap {
        /// What is averaged.
        pub on: Series,
        /// The window begins so long ago.
        pub from: Length,
        /// The window ends so long ago.
        pub to: Ago = "0s",
    }
}

impl WindowTwap {
    fn frame(&self) -> Frame {
        Frame::new(self.from, self.to)
    }
}

impl Definition for WindowTwap {
    const ABOUT: About = About {
        title: "Time-weighted average over a window of time",
        formula: "integral of x dt / time, over now - from < t <= now - to",
        convention: "a number holds from its own time until that of the next; time in which a side \
                     of the quote is absent does not count; exact integers, divided once",
        warm_up: "event time from since the first record; then null where there was no number",
        cost: "O(1) an event, amortised, and O(log n) a look",
        source: "the plain definition",
    };
    type State = Levels;

    fn reads(&self) -> Reads {
        self.on.reads()
    }

    fn unit(&self) -> &'static str {
        self.on.unit()
    }

    fn warm_up(&self) -> Span {
        self.from.get()
    }

    fn examples() -> Vec<Self> {
        Frame::examples().map(|(on, from, to)| Self { on, from, to }).into()
    }

    fn fault(&self) -> Option<(&'static str, &'static str)> {
        self.frame().fault()
    }

    #[inline(always)]
    fn trade(&self, levels: &mut Levels, _: Scales, at: EventTime, trade: &BarTrade) {
        levels.push(self.frame().from, at.0, self.on.of_trade(trade));
    }

    #[inline(always)]
    fn quote(&self, levels: &mut Levels, _: Scales, at: EventTime, top: &Top) {
        levels.push(self.frame().from, at.0, self.on.of_quote(top));
    }

    fn value(&self, levels: &mut Levels, scales: Scales, now: EventTime) -> f64 {
        let area = levels.area(self.frame(), now.0);
        area.map_or(f64::NAN, |area| ratio(area.sum, area.time * self.on.one(scales)))
    }
}
