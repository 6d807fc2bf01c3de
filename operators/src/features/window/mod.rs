//! Windows of event time: `now - from < t <= now - to`.
//!
//! A window holds the events in it and a few waiting to enter; each enters once and leaves once, so
//! the work is O(1) an event, amortised, whatever the window's length. What is summed are integers,
//! in as many bits as it takes. So there is no rounding until a value is read, nothing drifts, and
//! a value depends on the events in its window and on nothing that was before or between.

mod hold;
mod level;
mod order;
mod pair;
mod wide;

pub use hold::{Held, Windowed};
pub use level::{Area, Levels};
pub use order::{Highest, Lowest, Ranked};
pub use pair::{Moments, Pairs, Trend};
pub use wide::Wide;

use super::{Ago, Length, Series};
use schemas::Span;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{collections::VecDeque, fmt::Debug};

/// Where a window lies, in nanoseconds before now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// It begins so long ago; an event of just that age is out of it.
    pub from: i64,
    /// It ends so long ago; an event of just that age is in it.
    pub to: i64,
}

impl Frame {
    /// The window of two parameters.
    pub(super) fn new(from: Length, to: Ago) -> Frame {
        Frame { from: from.get().0, to: to.get().0 }
    }

    /// Twice how long ago its middle is.
    pub(super) fn middle_doubled(self) -> i64 {
        self.from.saturating_add(self.to)
    }

    /// What is wrong with it, and with which parameter.
    pub(super) fn fault(self) -> Option<(&'static str, &'static str)> {
        (self.to >= self.from).then_some(("from", "a window begins before it ends"))
    }

    /// Windows that differ in what they exercise.
    pub(super) fn examples() -> [(Series, Length, Ago); 6] {
        let length = |nanos: i64| Length::of(Span(nanos));
        let ago = |nanos: i64| Ago::of(Span(nanos));
        [
            (Series::TradePrice, length(300_000_000_000), ago(0)),
            (Series::TradeQuantity, length(2_000_000_000), ago(1_000_000_000)),
            (Series::Mid, length(5_000_000_000), ago(4_999_999_999)),
            (Series::Spread, length(1), ago(0)),
            (Series::BidQuantity, length(7_000_000_000), ago(3_000_000_000)),
            (Series::Ask, length(1_000_000_000), ago(0)),
        ]
    }

    /// Its length in seconds.
    pub(super) fn seconds(self) -> f64 {
        (self.from - self.to) as f64 / 1e9
    }
}

/// What a window remembers of the events in it: a commutative group, or something that knows that
/// events leave in the order in which they entered.
pub trait Aggregate: Debug + Default + Serialize + DeserializeOwned + Send + 'static {
    /// What it takes of an event.
    type Value: Copy + Debug + Default + Serialize + DeserializeOwned + Send + 'static;

    /// An event enters the window.
    fn enter(&mut self, at: i64, value: Self::Value);

    /// The oldest event leaves the window.
    fn leave(&mut self, at: i64, value: Self::Value);
}

/// The events of a window of time.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Timed<A: Aggregate> {
    /// Time of the first record that ever came.
    first: Option<i64>,
    /// The oldest in front; those that are in the window come before those that wait.
    events: VecDeque<(i64, A::Value)>,
    /// How many are in it.
    inside: usize,
    aggregate: A,
}

impl<A: Aggregate> Timed<A> {
    /// A record came, whether or not it has a value.
    #[inline(always)]
    pub(super) fn see(&mut self, at: i64) {
        self.first.get_or_insert(at);
    }

    /// Takes an event.
    #[inline(always)]
    pub(super) fn push(&mut self, frame: Frame, at: i64, value: A::Value) {
        self.settle(frame, at);
        self.events.push_back((at, value));
        if frame.to == 0 {
            self.aggregate.enter(at, value);
            self.inside += 1;
        }
    }

    /// Brings it to `now`.
    #[inline(always)]
    pub(super) fn settle(&mut self, frame: Frame, now: i64) {
        let (begin, end) = (now.saturating_sub(frame.from), now.saturating_sub(frame.to));
        while let Some((at, value)) = self.events.get(self.inside).filter(|(at, _)| *at <= end) {
            self.aggregate.enter(*at, *value);
            self.inside += 1;
        }
        // Looked at before it is taken, as most records let none go.
        while self.inside > 0
            && self.events.front().is_some_and(|(at, _)| *at <= begin)
            && let Some((at, value)) = self.events.pop_front()
        {
            self.aggregate.leave(at, value);
            self.inside -= 1;
        }
    }

    /// Has the whole window passed since the first record? Brings it to `now`.
    pub(super) fn is_warm(&mut self, frame: Frame, now: i64) -> bool {
        self.settle(frame, now);
        self.first.is_some_and(|first| first <= now.saturating_sub(frame.from))
    }

    /// How many events are in it.
    pub(super) fn count(&self) -> usize {
        self.inside
    }

    /// The oldest event in it.
    pub(super) fn oldest(&self) -> Option<A::Value> {
        (self.inside > 0).then(|| self.events[0].1)
    }

    /// The newest event in it.
    pub(super) fn newest(&self) -> Option<A::Value> {
        self.inside.checked_sub(1).map(|last| self.events[last].1)
    }

    /// What it remembers.
    pub(super) fn aggregate(&mut self) -> &mut A {
        &mut self.aggregate
    }
}

/// Nothing: for windows that only need their events.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Events;

impl Aggregate for Events {
    type Value = i64;
    fn enter(&mut self, _: i64, _: i64) {}
    fn leave(&mut self, _: i64, _: i64) {}
}

/// An exact sum.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Sum(i128);

impl Sum {
    /// The sum.
    pub(super) fn get(&self) -> i128 {
        self.0
    }
}

impl Aggregate for Sum {
    type Value = i64;

    #[inline(always)]
    fn enter(&mut self, _: i64, value: i64) {
        self.0 += i128::from(value);
    }

    #[inline(always)]
    fn leave(&mut self, _: i64, value: i64) {
        self.0 -= i128::from(value);
    }
}
