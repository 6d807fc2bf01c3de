//! The orders of one side of a quote, and how they are brought to what is wanted.

use crate::account::News;
use schemas::{Side, Text};
use serde::{Deserialize, Serialize};

/// An order whose end the strategy does not know: on its way, at work, or being taken back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Quoted {
    pub id: Text,
    pub price: i64,
    /// All of it, as far as the strategy knows.
    pub quantity: i64,
    /// Not executed yet, likewise.
    pub remaining: i64,
    /// All of it as the venue has been asked for last, if that is not known to be so yet.
    pub asked: Option<i64>,
    /// Has the venue been asked to take it back?
    pub cancelling: bool,
}

impl Quoted {
    /// What will be left of it once the venue has done what it was asked for.
    fn staying(&self) -> i64 {
        let less = self.asked.map_or(0, |asked| (self.quantity - asked).max(0));
        (self.remaining - less).max(0)
    }

    /// Asks for only so much to be left of it; gives its new quantity.
    fn leave(&mut self, remaining: i64) -> i64 {
        let asked = self.quantity - self.remaining + remaining;
        self.asked = Some(asked);
        asked
    }
}

/// What a comparison comes to.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Ids of orders that are not wanted.
    pub gone: Vec<Text>,
    /// Ids of orders that are to be smaller, with their new quantities.
    pub smaller: Vec<(Text, i64)>,
    /// Orders that are missing: price and quantity, best first.
    pub missing: Vec<(i64, i64)>,
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
    /// Marks orders that are not wanted, or to be smaller, and says which are missing.
    ///
    /// An order stays if its price is less than `tolerance` from a wanted one that no other order
    /// is nearer to. If it is larger than wanted, or than the room that better prices leave, it
    /// becomes smaller; if not even a lot of it fits, it goes.
    pub fn compare(&mut self, wanted: &Wanted, tolerance: i64) -> Changes {
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
        let (mut left, mut changes) = (wanted.room, Changes::default());
        for (price, order) in wanted.prices.iter().zip(at) {
            let fits = wanted.fits(wanted.quantity, left);
            let taken = match order {
                Some(order) => {
                    let quoted = &mut self.orders[order];
                    let staying = quoted.staying();
                    if staying <= wanted.quantity.min(left) {
                        staying
                    } else {
                        kept[order] = fits > 0;
                        if kept[order] {
                            changes.smaller.push((quoted.id.clone(), quoted.leave(fits)));
                        }
                        fits
                    }
                }
                None => {
                    changes.missing.extend((fits > 0).then_some((*price, fits)));
                    fits
                }
            };
            left -= taken;
        }
        for (order, kept) in self.orders.iter_mut().zip(kept) {
            if !kept && !std::mem::replace(&mut order.cancelling, true) {
                changes.gone.push(order.id.clone());
            }
        }
        changes
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
            News::Amended { quantity } => {
                let order = &mut self.orders[at];
                order.remaining -= order.quantity - quantity;
                order.quantity = quantity;
                order.asked = order.asked.filter(|asked| *asked < quantity);
            }
            News::Filled { .. } | News::Ended { .. } | News::Liquidated => {
                self.orders.remove(at);
            }
        }
        true
    }
}
