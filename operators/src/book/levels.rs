//! One side of a book.

mod pages;

use pages::{Pages, WIDTH};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Levels by key, the best one last. The key is the price for bids and its complement for asks, so
/// that on both sides a greater key is a better price.
///
/// Keys are multiples of a tick and stand close together where things happen, so they lie in pages
/// of neighbours: a change is one look-up of its page, and pages are kept in order too, which
/// seldom changes. On a recorded feed this takes an eighth of the time of an ordered map, and on
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
    step: Step,
}

impl Levels {
    /// Sets the quantity of a level; none is left at zero or below.
    #[inline(always)]
    pub(super) fn set(&mut self, key: i64, quantity: i64) {
        let Some(place) = self.step.place(unsigned(key)) else {
            return self.set_beside(key, quantity);
        };
        let Some((was, there)) = self.pages.set(place, quantity) else {
            return self.set_apart(place, quantity);
        };
        // Levels come and go in no order that a processor could guess.
        self.len = self.len + usize::from(quantity > 0) - usize::from(was);
        if there == 0 || self.best.is_none_or(|best| place >= best) {
            self.set_edge(place, quantity, there);
        }
    }

    /// A level that was set in its page is the best, or the last one there.
    fn set_edge(&mut self, place: u64, quantity: i64, there: u16) {
        if there == 0 {
            self.pages.remove(place / WIDTH);
            self.order.remove(&(place / WIDTH));
        }
        if quantity > 0 {
            self.best = self.best.max(Some(place));
        } else if self.best == Some(place) {
            let last = self.order.last();
            self.best = last.and_then(|number| {
                let last = self.pages.there(*number).checked_ilog2()?;
                Some(number * WIDTH + u64::from(last))
            });
        }
    }

    /// A level whose page is not there.
    fn set_apart(&mut self, place: u64, quantity: i64) {
        // Removal of an unknown level is normal: venues send it for levels beyond a snapshot.
        if quantity > 0 {
            self.pages.insert(place, quantity);
            self.order.insert(place / WIDTH);
            self.len += 1;
            self.best = self.best.max(Some(place));
        }
    }

    /// A level whose key is no multiple of the step.
    #[cold]
    fn set_beside(&mut self, key: i64, quantity: i64) {
        if quantity > 0 {
            let levels: Vec<(i64, i64)> = self.iter().collect();
            self.clear();
            self.step.refine(unsigned(key));
            levels.into_iter().for_each(|(key, quantity)| self.set(key, quantity));
            self.set(key, quantity);
        }
    }

    /// The quantity of a level, 0 when there is none.
    #[inline]
    pub(super) fn get(&self, key: i64) -> i64 {
        self.step.place(unsigned(key)).map_or(0, |place| self.pages.get(place))
    }

    /// Key and quantity of the best level.
    #[inline]
    pub(super) fn best(&self) -> Option<(i64, i64)> {
        self.best.map(|place| (signed(self.step.key(place)), self.pages.get(place)))
    }

    /// Keys and quantities, best first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (i64, i64)> {
        self.order.iter().rev().flat_map(move |number| {
            let there = self.pages.there(*number);
            let places = (0..WIDTH).rev().filter(move |at| there >> at & 1 == 1);
            places.map(move |at| {
                let place = number * WIDTH + at;
                (signed(self.step.key(place)), self.pages.get(place))
            })
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

/// Keys in their order, without a sign.
fn unsigned(key: i64) -> u64 {
    key as u64 ^ (1 << 63)
}

fn signed(key: u64) -> i64 {
    (key ^ (1 << 63)) as i64
}

/// What places have between them; zero before the second one.
#[derive(Debug, Clone, Copy, Default)]
struct Step {
    step: u64,
    /// A key that there was, if there was one, and what is left of all keys beyond multiples of the
    /// step.
    anchor: Option<u64>,
    rest: u64,
    /// To divide by multiplication: the inverse of the odd part of the step modulo 2^64, the
    /// power of two in it, and the greatest quotient.
    inverse: u64,
    twos: u32,
    most: u64,
}

impl Step {
    /// The place of a key among multiples of the step; none if it is none of them.
    #[inline(always)]
    fn place(&self, key: u64) -> Option<u64> {
        if self.step == 0 {
            return (self.anchor == Some(key)).then_some(0);
        }
        // Times the inverse a multiple of the step gives its quotient, and anything else more than
        // the greatest one: Granlund and Montgomery, "Division by invariant integers", section 9.
        let beyond = key.wrapping_sub(self.rest);
        let quotient = beyond.wrapping_mul(self.inverse).rotate_right(self.twos);
        (quotient <= self.most && key >= self.rest).then_some(quotient)
    }

    /// The key of a place.
    fn key(&self, place: u64) -> u64 {
        match self.step {
            0 => self.anchor.unwrap_or_default(),
            step => place * step + self.rest,
        }
    }

    /// Shrinks so that this key has a place.
    fn refine(&mut self, key: u64) {
        let Some(anchor) = self.anchor else {
            self.anchor = Some(key);
            return;
        };
        let step = gcd(self.step, anchor.abs_diff(key));
        (self.step, self.rest, self.most) = (step, key % step, u64::MAX / step);
        self.twos = step.trailing_zeros();
        let odd = step >> self.twos;
        // Newton's iteration doubles the bits that are right, of which an odd number has three.
        self.inverse = (0..5).fold(odd, |inverse, _| {
            inverse.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(inverse)))
        });
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
