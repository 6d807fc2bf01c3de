//! Standard deviation over a window of time.
//!
//! - Formula: `sqrt(sum((x[i] - mean)^2) / n) for now - from < t <= now - to`.
//! - Parameters: `on`, `from`, `to`.
//! - Convention: of the population, as TA-Lib STDDEV; from exact integers; null where nothing came.
//! - Warm-up: event time `from` since the first record; then null where nothing came.
//! - Cost: O(1) an event, amortised.
//! - Source: the plain definition, of the population.

use super::{
    Ago, Length, Reads, Scales, Series,
    window::{Frame, Held, Moments, Windowed},
};
use crate::{
    bars::BarTrade,
    indicators::{About, parameters},
    market::Top,
};

parameters! {
    /// How far what came in a window of time lies from its mean; each record counts the same.
    pub struct WindowDeviation {
        /// What is measured.
        pub on: Series,
        /// The window begins so long ago; a record of just that age is out of it.
        pub from: Length,
        /// The window ends so long ago; a record of just that age is in it.
        pub to: Ago = "0s",
    }
}

impl Windowed for WindowDeviation {
    const ABOUT: About = About {
        title: "Standard deviation over a window of time",
        formula: "sqrt(sum((x[i] - mean)^2) / n) for now - from < t <= now - to",
        convention: "of the population, as TA-Lib STDDEV; from exact integers; null where nothing \
                     came",
        warm_up: "event time from since the first record; then null where nothing came",
        cost: "O(1) an event, amortised",
        source: "the plain definition, of the population",
    };
    type Memory = ();
    type Aggregate = Moments;

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

    fn read(&self, held: &mut Held<(), Moments>, scales: Scales) -> f64 {
        held.window.aggregate().deviation() / self.on.one(scales) as f64
    }
}
