//! The levels of one position, and which of them a price touches.

use crate::strategy::Exit;
use schemas::{Instrument, OrderKey, Side};
use serde::{Deserialize, Serialize};

/// A member of an exit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::account) enum Member {
    Stop,
    Take,
    Trail,
    After,
}

impl Member {
    /// All of them, in the order in which they are declared.
    pub const ALL: [Member; 4] = [Member::Stop, Member::Take, Member::Trail, Member::After];

    /// Its name in job files and signals.
    pub fn name(self) -> &'static str {
        ["stop", "take", "trail", "after"][self as usize]
    }
}

/// A member that ends a position, at its level; `after` has none.
pub(in crate::account) type Touched = (Member, Option<i64>);

/// Prices between which nothing happens, both excluded.
pub(in crate::account) type Band = (i64, i64);

/// Nothing ever happens.
pub(in crate::account) const CALM: Band = (i64::MIN, i64::MAX);

/// What watches over one position of a strategy. Prices are at the instrument's scale.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::account) struct Guard {
    /// +1 for a long position, -1 for a short one.
    pub side: i64,
    stop: Option<i64>,
    take: Option<i64>,
    /// Are its levels those of orders at the venue, so that no price need be watched?
    at_venue: bool,
    /// Does the exit have a trail at all? Then the best price is kept even while it is null.
    trails: bool,
    /// The newest distance of the trail.
    distance: Option<i64>,
    /// Best price since the position was known.
    best: Option<i64>,
    /// Where the trail stands: it only ever comes nearer.
    trail: Option<i64>,
    /// When the position's time is over.
    pub timer: Option<(OrderKey, u64)>,
    /// That time is over.
    pub overdue: bool,
    /// What ended the position: its orders are under way.
    pub leaving: Option<Touched>,
}

impl Guard {
    pub fn new(exit: &Exit, side: i64) -> Guard {
        Guard {
            side,
            stop: None,
            take: None,
            at_venue: exit.at_venue,
            trails: exit.trail.is_some(),
            distance: None,
            best: None,
            trail: None,
            timer: None,
            overdue: false,
            leaving: None,
        }
    }

    /// New levels and a new distance, as prices; what is NaN stays as it was, and so does the
    /// distance if the new one is not above zero.
    ///
    /// A level means the first tick at or beyond it, a distance whole ticks, at least one.
    pub fn set(&mut self, [stop, take, distance]: [f64; 3], instrument: &Instrument) {
        let long = self.side > 0;
        if stop.is_finite() {
            self.stop = Some(instrument.tick_beyond(stop, !long));
        }
        if take.is_finite() {
            self.take = Some(instrument.tick_beyond(take, long));
        }
        if distance.is_finite() && distance > 0.0 {
            self.distance = Some(instrument.tick_beyond(distance, true).max(instrument.tick));
            self.tighten();
        }
    }

    /// The price is there: it may be the best so far.
    pub fn see(&mut self, price: i64) {
        if self.trails && self.best.is_none_or(|best| (price - best) * self.side > 0) {
            self.best = Some(price);
            self.tighten();
        }
    }

    fn tighten(&mut self) {
        let (Some(best), Some(distance)) = (self.best, self.distance) else { return };
        let level = best.saturating_sub(self.side * distance);
        let nearer = |trail: i64| if self.side > 0 { trail.max(level) } else { trail.min(level) };
        self.trail = Some(self.trail.map_or(level, nearer));
    }

    /// The nearer of stop and trail; the stop if they are as near.
    fn loss(&self) -> Option<(Member, i64)> {
        let stop = self.stop.map(|level| (Member::Stop, level));
        let trail = self.trail.map(|level| (Member::Trail, level));
        match (stop, trail) {
            (Some(stop), Some(trail)) if self.at_or_beyond(stop.1, trail.1) => Some(stop),
            (stop, None) => stop,
            (_, trail) => trail,
        }
    }

    /// Is `price` as good for the position as `level`, or better?
    fn at_or_beyond(&self, price: i64, level: i64) -> bool {
        if self.side > 0 { price >= level } else { price <= level }
    }

    /// What a price touches: a loss before a profit.
    pub fn touched(&self, price: i64) -> Option<(Member, i64)> {
        if self.at_venue {
            return None;
        }
        let loss = self.loss().filter(|(_, level)| self.at_or_beyond(*level, price));
        let take = self.take.filter(|level| self.at_or_beyond(price, *level));
        loss.or(take.map(|level| (Member::Take, level)))
    }

    /// Prices between which it has nothing to do.
    pub fn band(&self) -> Band {
        if self.leaving.is_some() || self.at_venue {
            return CALM;
        }
        let loss = self.loss().map(|(_, level)| level);
        let better = self.best.map(|best| best.saturating_add(self.side));
        if self.trails && better.is_none() {
            return (i64::MAX, i64::MIN);
        }
        let (low, high) = if self.side > 0 {
            (loss, nearest(self.take, better, i64::min))
        } else {
            (nearest(self.take, better, i64::max), loss)
        };
        (low.unwrap_or(CALM.0), high.unwrap_or(CALM.1))
    }

    /// Stop and take with their levels, as far as there are any that an order can have.
    pub fn levels(&self, tick: i64) -> Vec<(Member, i64)> {
        let both = [(Member::Stop, self.stop), (Member::Take, self.take)];
        let there = both.into_iter().filter_map(|(member, level)| Some((member, level?)));
        there.filter(|(_, level)| *level >= tick).collect()
    }

    /// The side of the order that ends the position.
    pub fn way_out(&self) -> Side {
        Side::of(-self.side)
    }
}

fn nearest(a: Option<i64>, b: Option<i64>, of: fn(i64, i64) -> i64) -> Option<i64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(of(a, b)),
        (a, b) => a.or(b),
    }
}
