//! One side of a book.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Levels by key, the best one last. The key is the price for bids and its complement for asks, so
/// that on both sides a greater key is a better price. A sorted vector is a tenth faster on
/// recorded feeds, and quadratic in the number of levels on a hostile one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Levels {
    quantities: BTreeMap<i64, i64>,
}

impl Levels {
    /// Sets the quantity of a level; none is left at zero or below.
    pub(super) fn set(&mut self, key: i64, quantity: i64) {
        if quantity > 0 {
            self.quantities.insert(key, quantity);
        } else {
            // Removal of an unknown level is normal: venues send it for levels beyond a snapshot.
            self.quantities.remove(&key);
        }
    }

    /// The quantity of a level, 0 when there is none.
    pub(super) fn get(&self, key: i64) -> i64 {
        self.quantities.get(&key).copied().unwrap_or(0)
    }

    /// Key and quantity of the best level.
    pub(super) fn best(&self) -> Option<(i64, i64)> {
        self.quantities.last_key_value().map(|(key, quantity)| (*key, *quantity))
    }

    /// Keys and quantities, best first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (i64, i64)> {
        self.quantities.iter().rev().map(|(key, quantity)| (*key, *quantity))
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.quantities.len()
    }

    /// Removes all.
    pub(super) fn clear(&mut self) {
        self.quantities.clear();
    }
}
