//! Extremes and quantiles of the events in a window.

use super::Aggregate;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque, btree_map::Entry};

/// The largest value: of the events in the window, those that are not below any later one. O(1) an
/// event, amortised.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Highest(VecDeque<i64>);

impl Highest {
    /// The largest.
    pub(in crate::features) fn get(&self) -> Option<i64> {
        self.0.front().copied()
    }
}

impl Aggregate for Highest {
    type Value = i64;

    #[inline(always)]
    fn enter(&mut self, _: i64, value: i64) {
        // Equal ones stay, so that each can leave by its value.
        while self.0.back().is_some_and(|last| *last < value) {
            self.0.pop_back();
        }
        self.0.push_back(value);
    }

    #[inline(always)]
    fn leave(&mut self, _: i64, value: i64) {
        if self.0.front() == Some(&value) {
            self.0.pop_front();
        }
    }
}

/// The smallest value: [`Highest`] with the comparison turned around.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Lowest(VecDeque<i64>);

impl Lowest {
    /// The smallest.
    pub(in crate::features) fn get(&self) -> Option<i64> {
        self.0.front().copied()
    }
}

impl Aggregate for Lowest {
    type Value = i64;

    #[inline(always)]
    fn enter(&mut self, _: i64, value: i64) {
        while self.0.back().is_some_and(|last| *last > value) {
            self.0.pop_back();
        }
        self.0.push_back(value);
    }

    #[inline(always)]
    fn leave(&mut self, _: i64, value: i64) {
        if self.0.front() == Some(&value) {
            self.0.pop_front();
        }
    }
}

/// The values in order, with the place of the last quantile that was asked for: those at or below
/// the place and those above it. O(log n) an event.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Ranked {
    low: Bag,
    high: Bag,
}

/// Numbers in order, with how often each is there.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Bag {
    counts: BTreeMap<i64, u32>,
    size: usize,
}

impl Bag {
    fn add(&mut self, value: i64) {
        *self.counts.entry(value).or_default() += 1;
        self.size += 1;
    }

    /// Takes one away, if it is there.
    fn remove(&mut self, value: i64) -> bool {
        let Entry::Occupied(mut count) = self.counts.entry(value) else { return false };
        match *count.get() {
            1 => {
                count.remove();
            }
            _ => *count.get_mut() -= 1,
        }
        self.size -= 1;
        true
    }

    fn first(&self) -> Option<i64> {
        self.counts.first_key_value().map(|(value, _)| *value)
    }

    fn last(&self) -> Option<i64> {
        self.counts.last_key_value().map(|(value, _)| *value)
    }
}

impl Ranked {
    /// How many values there are.
    pub(in crate::features) fn len(&self) -> usize {
        self.low.size + self.high.size
    }

    /// The value at a place from 0 and the one behind it, which is the same at the end.
    pub(in crate::features) fn at(&mut self, place: usize) -> Option<(i64, i64)> {
        while self.low.size > place + 1 {
            let largest = self.low.last()?;
            self.low.remove(largest);
            self.high.add(largest);
        }
        while self.low.size < place + 1 {
            let smallest = self.high.first()?;
            self.high.remove(smallest);
            self.low.add(smallest);
        }
        let found = self.low.last()?;
        Some((found, self.high.first().unwrap_or(found)))
    }

    /// Puts a value on its side.
    pub(in crate::features) fn add(&mut self, value: i64) {
        match self.low.last() {
            Some(largest) if value < largest => self.low.add(value),
            _ => self.high.add(value),
        }
    }

    /// Takes a value away.
    pub(in crate::features) fn remove(&mut self, value: i64) {
        // Of those that equal the largest of the low ones some may stand on each side; which of
        // them goes does not matter.
        let is_low = self.low.last().is_some_and(|largest| value <= largest);
        let _ = match is_low {
            true => self.low.remove(value),
            false => self.high.remove(value),
        };
    }
}

impl Aggregate for Ranked {
    type Value = i64;

    fn enter(&mut self, _: i64, value: i64) {
        self.add(value);
    }

    fn leave(&mut self, _: i64, value: i64) {
        self.remove(value);
    }
}
