//! One side of a book.

use rustc_hash::FxBuildHasher;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

#[expect(clippy::disallowed_types, reason = "pages are looked up, never listed; hashes are fixed")]
type Pages = std::collections::HashMap<u64, Page, FxBuildHasher>;

/// Levels by key, the best one last. The key is the price for bids and its complement for asks, so
/// that on both sides a greater key is a better price.
///
/// Keys are multiples of a tick and stand close together where things happen, so they lie in pages
/// of neighbours: a change is one look-up of its page, and pages are kept in order too, which
/// seldom changes. On a recorded feed this takes a seventh of the time of an ordered map, and on
/// keys without a tick, each in a page of its own, no more than that. The tick is found from the
/// keys: when one comes that does not fit, it shrinks, at most 64 times.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "BTreeMap<i64, i64>", into = "BTreeMap<i64, i64>")]
pub(super) struct Levels {
    pages: Pages,
    /// Numbers of the pages.
    order: BTreeSet<u64>,
    /// Place of the best level.
    best: Option<u64>,
    len: usize,
    /// What places have between them; zero before the second one.
    step: u64,
    /// A place that there was, and what is left of all places beyond multiples of the step.
    anchor: u64,
    rest: u64,
}

/// Levels in a page.
const WIDTH: u64 = 16;

/// Neighbours.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
struct Page {
    /// Which there are, the least one in the lowest bit; beside the page's number in memory.
    there: u64,
    quantities: [i64; WIDTH as usize],
}

impl Page {
    /// The greatest place of a page.
    fn last(&self) -> u64 {
        u64::from(63 - self.there.leading_zeros())
    }
}

/// Keys in their order, without a sign.
fn unsigned(key: i64) -> u64 {
    key as u64 ^ (1 << 63)
}

impl Levels {
    /// Sets the quantity of a level; none is left at zero or below.
    #[inline(always)]
    pub(super) fn set(&mut self, key: i64, quantity: i64) {
        let Some(place) = self.place(key) else { return self.set_beside(key, quantity) };
        let (number, at) = (place / WIDTH, place % WIDTH);
        let Some(page) = self.pages.get_mut(&number) else {
            return self.set_apart(place, quantity);
        };
        // Levels come and go in no order that a processor could guess.
        let there = u64::from(quantity > 0);
        self.len = self.len + there as usize - (page.there >> at & 1) as usize;
        page.there = page.there & !(1 << at) | there << at;
        page.quantities[at as usize] = quantity;
        let there = page.there;
        if there == 0 || self.best.is_none_or(|best| place >= best) {
            self.set_edge(place, quantity, there);
        }
    }

    /// A level that was set in its page is the best, or the last one there.
    fn set_edge(&mut self, place: u64, quantity: i64, there: u64) {
        if there == 0 {
            self.pages.remove(&(place / WIDTH));
            self.order.remove(&(place / WIDTH));
        }
        if quantity > 0 {
            self.best = self.best.max(Some(place));
        } else if self.best == Some(place) {
            let last = self.order.last();
            self.best = last.map(|number| number * WIDTH + self.pages[number].last());
        }
    }

    /// A level whose page is not there.
    fn set_apart(&mut self, place: u64, quantity: i64) {
        // Removal of an unknown level is normal: venues send it for levels beyond a snapshot.
        if quantity > 0 {
            let (number, at) = (place / WIDTH, place % WIDTH);
            let page = self.pages.entry(number).or_default();
            page.there = 1 << at;
            page.quantities[at as usize] = quantity;
            self.order.insert(number);
            self.len += 1;
            self.best = self.best.max(Some(place));
        }
    }

    /// A level whose key is no multiple of the step.
    #[cold]
    fn set_beside(&mut self, key: i64, quantity: i64) {
        if quantity > 0 {
            self.refine(unsigned(key));
            self.set(key, quantity);
        }
    }

    /// The place of a key among multiples of the step; none if it is none of them.
    #[inline(always)]
    fn place(&self, key: i64) -> Option<u64> {
        let key = unsigned(key);
        match self.step {
            0 => (key == self.anchor).then_some(0),
            step => (key % step == self.rest).then_some(key / step),
        }
    }

    /// The key of a place.
    fn key(&self, place: u64) -> i64 {
        let key = if self.step == 0 { self.anchor } else { place * self.step + self.rest };
        (key ^ (1 << 63)) as i64
    }

    /// Shrinks the step so that this key has a place.
    fn refine(&mut self, key: u64) {
        if self.len == 0 && self.step == 0 {
            self.anchor = key;
            return;
        }
        let levels: Vec<(i64, i64)> = self.iter().collect();
        self.clear();
        self.step = gcd(self.step, self.anchor.abs_diff(key));
        self.rest = key % self.step;
        levels.into_iter().for_each(|(key, quantity)| self.set(key, quantity));
    }

    /// The quantity of a level, 0 when there is none.
    #[inline]
    pub(super) fn get(&self, key: i64) -> i64 {
        self.place(key).map_or(0, |place| self.quantity(place))
    }

    fn quantity(&self, place: u64) -> i64 {
        let (number, at) = (place / WIDTH, place % WIDTH);
        let page = self.pages.get(&number).filter(|page| page.there >> at & 1 == 1);
        page.map_or(0, |page| page.quantities[at as usize])
    }

    /// Key and quantity of the best level.
    #[inline]
    pub(super) fn best(&self) -> Option<(i64, i64)> {
        self.best.map(|place| (self.key(place), self.quantity(place)))
    }

    /// Keys and quantities, best first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (i64, i64)> {
        self.order.iter().rev().flat_map(move |number| {
            let page = &self.pages[number];
            let there = (0..WIDTH).rev().filter(|at| page.there >> at & 1 == 1);
            there.map(move |at| (self.key(number * WIDTH + at), page.quantities[at as usize]))
        })
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Removes all.
    pub(super) fn clear(&mut self) {
        self.pages.clear();
        self.order.clear();
        (self.best, self.len) = (None, 0);
    }
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// The same levels, whatever the step.
impl PartialEq for Levels {
    fn eq(&self, other: &Levels) -> bool {
        self.len == other.len && self.iter().eq(other.iter())
    }
}

impl Eq for Levels {}

impl From<Levels> for BTreeMap<i64, i64> {
    fn from(levels: Levels) -> BTreeMap<i64, i64> {
        levels.iter().collect()
    }
}

impl From<BTreeMap<i64, i64>> for Levels {
    fn from(all: BTreeMap<i64, i64>) -> Levels {
        let mut levels = Levels::default();
        all.into_iter().for_each(|(key, quantity)| levels.set(key, quantity));
        levels
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Keys of a tick near each other, some of another tick, and some from anywhere.
    fn keys() -> impl Strategy<Value = i64> {
        prop_oneof![
            8 => (0..60_i64).prop_map(|n| 1_000_000 + n * 250),
            8 => (0..60_i64).prop_map(|n| !(1_000_000 + n * 250)),
            2 => (0..60_i64).prop_map(|n| 1_000_000 + n * 100),
            1 => any::<i64>(),
            1 => prop_oneof![Just(i64::MIN), Just(i64::MAX), Just(0), Just(-1)],
        ]
    }

    proptest! {
        /// Whatever the keys, it is an ordered map.
        #[test]
        fn levels_are_an_ordered_map(
            steps in prop::collection::vec((keys(), -1..9_i64), 1..300),
            cleared in prop::option::of(0..300_usize),
        ) {
            let (mut levels, mut map) = (Levels::default(), BTreeMap::new());
            for (i, (key, quantity)) in steps.into_iter().enumerate() {
                if cleared == Some(i) {
                    levels.clear();
                    map.clear();
                }
                levels.set(key, quantity);
                if quantity > 0 {
                    map.insert(key, quantity);
                } else {
                    map.remove(&key);
                }
                let best = map.last_key_value().map(|(key, quantity)| (*key, *quantity));
                prop_assert_eq!(levels.best(), best);
                prop_assert_eq!(levels.get(key), quantity.max(0));
                prop_assert_eq!(levels.len(), map.len());
            }
            let expected: Vec<(i64, i64)> = map.iter().rev().map(|(k, q)| (*k, *q)).collect();
            prop_assert_eq!(levels.iter().collect::<Vec<_>>(), expected);
            let bytes = postcard::to_stdvec(&levels).unwrap();
            prop_assert_eq!(&bytes, &postcard::to_stdvec(&map).unwrap());
            prop_assert_eq!(&postcard::from_bytes::<Levels>(&bytes).unwrap(), &levels);
        }
    }
}
