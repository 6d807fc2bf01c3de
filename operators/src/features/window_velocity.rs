//! Velocity between two windows of time.
//!
//! - Formula: `(a - b) / d: time-weighted averages of the window and of the earlier one, over the
//!   seconds between their middles`.
//! - Parameters: `on`, `from`, `to`, `earlier_from`, `earlier_to`.
//! - Convention: the averages are those of window_twap; their difference is taken exactly; null
//!   where a window has no number.
//! - Warm-up: event time `earlier_from` (or `from`, if that is longer) since the first record.
//! - Cost: O(1) an event, amortised, and O(log n) a look.
//! - Source: the plain definition.

use super::{
    Ago, Definition, Length, Reads, Scales, Series,
    window::{Frame, Levels, Wide},
};
use crate::{
    bars::BarTrade,
    indicators::{About, parameters},
    market::Top,
};
use schemas::{EventTime, Span};

parameters! {
    /// How fast a number moved from an earlier window of time to a later one, a second.
    pub struct WindowVelocity {
        /// What moves.
        pub on: Series,
        /// The window begins so long ago.
        pub from: Length,
        /// The window ends so long ago.
        pub to: Ago = "0s",
        /// The earlier window begins so long ago.
        pub earlier_from: Length,
        /// The earlier window ends so long ago.
        pub earlier_to: Ago,
    }
}

impl WindowVelocity {
    fn frames(&self) -> [Frame; 2] {
        [Frame::new(self.from, self.to), Frame::new(self.earlier_from, self.earlier_to)]
    }

    fn oldest(&self) -> i64 {
        self.from.max(self.earlier_from).get().0
    }
}

impl Definition for WindowVelocity {
    const ABOUT: About = About {
        title: "Velocity between two windows of time",
        formula: "(a - b) / d: time-weighted averages of the window and of the earlier one, over \
                  the seconds between their middles",
        convention: "the averages are those of window_twap; their difference is taken exactly; \
                     null where a window has no number",
        warm_up: "event time earlier_from (or from, if that is longer) since the first record",
        cost: "O(1) an event, amortised, and O(log n) a look",
        source: "the plain definition",
    };
    type State = Levels;

    fn reads(&self) -> Reads {
        self.on.reads()
    }

    fn unit(&self) -> &'static str {
        self.on.unit_a_second()
    }

    fn warm_up(&self) -> Span {
        Span(self.oldest())
    }

    fn examples() -> Vec<Self> {
        Frame::examples()
            .map(|(on, from, to)| Self {
                on,
                from,
                to,
                earlier_from: Length::of(Span(from.get().0 * 2)),
                earlier_to: Ago::of(Span(to.get().0 + from.get().0 / 2)),
            })
            .into()
    }

    fn fault(&self) -> Option<(&'static str, &'static str)> {
        let [now, earlier] = self.frames();
        if let Some((_, why)) = earlier.fault() {
            return Some(("earlier_from", why));
        }
        let same = now.middle_doubled() >= earlier.middle_doubled();
        let fault = ("earlier_from", "the earlier window has its middle before that of the other");
        now.fault().or(same.then_some(fault))
    }

    #[inline(always)]
    fn trade(&self, levels: &mut Levels, _: Scales, at: EventTime, trade: &BarTrade) {
        levels.push(self.oldest(), at.0, self.on.of_trade(trade));
    }

    #[inline(always)]
    fn quote(&self, levels: &mut Levels, _: Scales, at: EventTime, top: &Top) {
        levels.push(self.oldest(), at.0, self.on.of_quote(top));
    }

    fn value(&self, levels: &mut Levels, scales: Scales, now: EventTime) -> f64 {
        let [frame, earlier] = self.frames();
        let (Some(a), Some(b)) = (levels.area(frame, now.0), levels.area(earlier, now.0)) else {
            return f64::NAN;
        };
        let difference = Wide::product(a.sum, b.time).minus(Wide::product(b.sum, a.time));
        let seconds = (earlier.middle_doubled() - frame.middle_doubled()) as f64 / 2e9;
        let times = a.time as f64 * b.time as f64;
        difference.to_f64() / times / self.on.one(scales) as f64 / seconds
    }
}
