//! The orders of one side of a quote, and how they are brought to what is wanted.

use crate::account::News;
use schemas::{Side, Text};
use serde::{Deserialize, Serialize};

/// An order whose end the strategy does not know: on its way, at work, or being taken back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Quoted {
    pub id: Text,
    pub price: i64,
    /// Not executed yet, as far as the strategy knows.
    pub remaining: i64,
    /// Has the venue been asked to take it back?
    pub cancelling: bool,
}

/// What is wanted of a side. Prices and quantities are at the instrument's scales.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Wanted {
    /// Best first, all of them different.
    pub prices: Vec<i64>,
    /// Quantity of each.
    pub quantity: i64,
    /// What the position may still grow by on this side; all orders of the side are part of it.
    pub room: i64,
    /// Orders are whole lots.
    pub lot: i64,
}

impl Wanted {
    /// How much is to be at work.
    pub fn total(&self) -> i64 {
        self.fits((self.prices.len() as i64).saturating_mul(self.quantity), self.room)
    }

    /// As many whole lots as fit: what is filled of an order may be no whole lot.
    fn fits(&self, quantity: i64, room: i64) -> i64 {
        let most = quantity.min(room);
        most - most % self.lot.max(1)
    }

    /// The price of the first order, if there is one.
    pub fn first(&self) -> Option<i64> {
        self.prices.first().copied().filter(|_| self.total() > 0)
    }

    /// How much of what is wanted at most is to be at work, up to 1.
    pub fn strength(&self) -> f64 {
        self.total() as f64 / (self.prices.len() as f64 * self.quantity as f64)
    }
}

/// The orders of one side, in the order in which they were decided.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Ladder {
    pub orders: Vec<Quoted>,
    /// The first price and the whole quantity that were told last.
    pub told: (Option<i64>, i64),
}

impl Ladder {
    /// Marks orders that are not wanted, whose ids it gives, and says which orders are missing:
    /// price and quantity, best first.
    ///
    /// An order stays if its price is less than `tolerance` from a wanted one that no other order
    /// is nearer to, and if it fits into the room that better prices leave.
    pub fn compare(&mut self, wanted: &Wanted, tolerance: i64) -> (Vec<Text>, Vec<(i64, i64)>) {
        let mut at: Vec<Option<usize>> = vec![None; wanted.prices.len()];
        let mut kept = vec![false; self.orders.len()];
        for within in [1, tolerance] {
            for (level, price) in wanted.prices.iter().enumerate() {
                if at[level].is_some() {
                    continue;
                }
                let near = |(i, order): &(usize, &Quoted)| {
                    !order.cancelling && !kept[*i] && (order.price - price).abs() < within
                };
                let nearest = self.orders.iter().enumerate().filter(near);
                at[level] = nearest.min_by_key(|(_, o)| (o.price - price).abs()).map(|(i, _)| i);
                if let Some(order) = at[level] {
                    kept[order] = true;
                }
            }
        }
        let (mut left, mut missing) = (wanted.room, Vec::new());
        for (price, order) in wanted.prices.iter().zip(at) {
            let fits = wanted.fits(wanted.quantity, left);
            let taken = match order {
                Some(order) if self.orders[order].remaining <= left => self.orders[order].remaining,
                Some(order) => {
                    kept[order] = false;
                    fits
                }
                None => {
                    missing.extend((fits > 0).then_some((*price, fits)));
                    fits
                }
            };
            left -= taken;
        }
        let mut gone = Vec::new();
        for (order, kept) in self.orders.iter_mut().zip(kept) {
            if !kept && !std::mem::replace(&mut order.cancelling, true) {
                gone.push(order.id.clone());
            }
        }
        (gone, missing)
    }

    /// Takes all orders back; gives the ids of those that were not being taken back already.
    pub fn clear(&mut self) -> Vec<Text> {
        let staying = self.orders.iter_mut().filter(|order| !order.cancelling);
        let gone = |order: &mut Quoted| {
            order.cancelling = true;
            order.id.clone()
        };
        staying.map(gone).collect()
    }

    /// Which of the missing orders can go out now: what is being taken back still counts until its
    /// end is known, and holds its price. They go out whole and best first, so that the first that
    /// has to wait lets the rest wait, too.
    pub fn sendable(&self, missing: Vec<(i64, i64)>, room: i64) -> Vec<(i64, i64)> {
        let busy: i64 = self.orders.iter().map(|order| order.remaining).sum();
        let mut left = room.saturating_sub(busy);
        let mut free = missing;
        free.retain(|(price, _)| self.orders.iter().all(|order| order.price != *price));
        let fits = |(_, quantity): &(i64, i64)| {
            left -= quantity;
            left >= 0
        };
        free.into_iter().take_while(fits).collect()
    }

    /// Would an order of the other side at `price` trade with one that stays here?
    pub fn meets(&self, own: Side, price: i64) -> bool {
        let staying = self.orders.iter().filter(|order| !order.cancelling);
        staying.into_iter().any(|order| (order.price - price) * own.sign() >= 0)
    }

    /// The strategy learns of an order. Gives whether it is one of these.
    pub fn hear(&mut self, id: &Text, news: News) -> bool {
        let Some(at) = self.orders.iter().position(|order| order.id == *id) else { return false };
        match news {
            News::Filled { signed, done: false, .. } => self.orders[at].remaining -= signed.abs(),
            News::Filled { .. } | News::Ended { .. } | News::Liquidated => {
                self.orders.remove(at);
            }
        }
        true
    }
}
