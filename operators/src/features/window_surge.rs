//! Surge of a window of time against an earlier one.
//!
//! - Formula: `(a / s) / (b / r): sums of the window and of the earlier one over their lengths`.
//! - Parameters: `on`, `from`, `to`, `earlier_from`, `earlier_to`.
//! - Convention: 1 where as much comes as before; null where nothing came before.
//! - Warm-up: event time `earlier_from` (or `from`, if that is longer) since the first record; then
//!   null where the earlier sum is 0.
//! - Cost: O(1) an event, amortised.
//! - Source: the plain definition.

use super::{
    Ago, Definition, Length, Reads, Scales, Series,
    window::{Frame, Sum, Timed},
};
use crate::{
    bars::BarTrade,
    indicators::{About, parameters},
    market::Top,
};
use schemas::{EventTime, Span, decimal::ratio};
use serde::{Deserialize, Serialize};

parameters! {
    /// How many times as much came in a window of time as in an earlier one, each taken by the
    /// second: the volume surge.
    pub struct WindowSurge {
        /// What is summed: `trade.quantity` for the volume.
        pub on: Series,
        /// The window begins so long ago; a record of just that age is out of it.
        pub from: Length,
        /// The window ends so long ago; a record of just that age is in it.
        pub to: Ago = "0s",
        /// The earlier window begins so long ago. It may hold the other.
        pub earlier_from: Length,
        /// The earlier window ends so long ago.
        pub earlier_to: Ago,
    }
}

/// The two windows.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    now: Timed<Sum>,
    earlier: Timed<Sum>,
}

impl WindowSurge {
    fn frames(&self) -> [Frame; 2] {
        [Frame::new(self.from, self.to), Frame::new(self.earlier_from, self.earlier_to)]
    }

    #[inline(always)]
    fn take(&self, state: &mut State, at: EventTime, value: Option<i64>) {
        for (window, frame) in [&mut state.now, &mut state.earlier].into_iter().zip(self.frames()) {
            window.see(at.0);
            if let Some(value) = value {
                window.push(frame, at.0, value);
            }
        }
    }
}

impl Definition for WindowSurge {
    const ABOUT: About = About {
        title: "Surge of a window of time",
        formula: "(a / s) / (b / r): sums of the window and of the earlier one over their lengths",
        convention: "1 where as much comes as before; null where nothing came before",
        warm_up: "event time earlier_from (or from, if that is longer) since the first record; \
                  then null where the earlier sum is 0",
        cost: "O(1) an event, amortised",
        source: "the plain definition",
    };
    type State = State;

    fn reads(&self) -> Reads {
        self.on.reads()
    }

    fn unit(&self) -> &'static str {
        "number"
    }

    fn warm_up(&self) -> Span {
        self.from.max(self.earlier_from).get()
    }

    fn examples() -> Vec<Self> {
        Frame::examples()
            .map(|(on, from, to)| Self {
                on,
                from,
                to,
                earlier_from: Length::of(Span(from.get().0 * 3)),
                earlier_to: to,
            })
            .into()
    }

    fn fault(&self) -> Option<(&'static str, &'static str)> {
        let [now, earlier] = self.frames();
        now.fault().or_else(|| Some(("earlier_from", earlier.fault()?.1)))
    }

    #[inline(always)]
    fn trade(&self, state: &mut State, _: Scales, at: EventTime, trade: &BarTrade) {
        self.take(state, at, self.on.of_trade(trade));
    }

    #[inline(always)]
    fn quote(&self, state: &mut State, _: Scales, at: EventTime, top: &Top) {
        self.take(state, at, self.on.of_quote(top));
    }

    fn value(&self, state: &mut State, _: Scales, now: EventTime) -> f64 {
        let [frame, earlier] = self.frames();
        let warm = state.now.is_warm(frame, now.0) & state.earlier.is_warm(earlier, now.0);
        if !warm {
            return f64::NAN;
        }
        let sums = ratio(state.now.aggregate().get(), state.earlier.aggregate().get());
        sums * (earlier.seconds() / frame.seconds())
    }
}
