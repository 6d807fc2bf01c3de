//! A book order by order at a venue whose snapshots are not numbered, though its messages are.
//!
//! A snapshot says when it was made, and messages when they happened, but it may be older than it
//! says: what happened shortly before may be in it or not. Orders have ids that are used once, so
//! that all messages from before the snapshot may be taken again, and come to the book as it was:
//! an order that came and is there is there already, and one that goes and is not there is gone
//! already. What is not clear until the messages have caught up with the snapshot waits until then:
//! orders that came and are not in it (it may know that they have gone again), and what is left of
//! those that are. Orders that go do so at once. One whose price comes to zero in the currency of
//! the book is followed and not shown.

use super::event::OrderEvent;
use super::fault::Fault;
use schemas::records::OrderAction;
use schemas::{EventTime, Side};
use std::collections::BTreeMap;
use xxhash_rust::xxh3::xxh3_64;

/// A message about an order.
#[derive(Debug, Clone)]
pub(super) struct Told {
    /// The venue's id.
    pub(super) guid: u128,
    /// The venue's time.
    pub(super) at: EventTime,
    pub(super) change: Change,
}

/// What it says; numbers are as written.
#[derive(Debug, Clone)]
pub(super) enum Change {
    /// It came, at a price in each currency.
    New { side: Side, prices: BTreeMap<String, String>, volume: String },
    /// So much of it is left.
    Left(String),
    /// It went.
    Gone,
}

/// An order that rests.
#[derive(Debug, Clone)]
pub(super) struct Resting {
    pub(super) guid: u128,
    pub(super) side: Side,
    pub(super) price: String,
    pub(super) volume: String,
}

/// The id of an order here: 63 bits of the hash (xxh3) of the 16 bytes of the venue's, which is
/// what the lake can hold.
pub(super) fn order_id(guid: u128) -> u64 {
    xxh3_64(&guid.to_be_bytes()) >> 1
}

/// The orders of an instrument since a snapshot.
#[derive(Debug)]
pub(super) struct Followed {
    /// Currency of prices.
    quote: String,
    orders: BTreeMap<u64, Resting>,
    /// What waits, as it will be, in the order of these numbers.
    held: BTreeMap<u64, (u64, Resting)>,
    holds: u64,
    /// When the snapshot was made, while messages are older.
    behind: Option<EventTime>,
}

impl Followed {
    /// A book as a snapshot says that it was.
    ///
    /// # Errors
    /// When two of its orders have one id.
    pub(super) fn begin(
        quote: String,
        made: EventTime,
        orders: Vec<Resting>,
        rows: &mut Vec<OrderEvent>,
    ) -> Result<Followed, Fault> {
        let (mut book, held) = (BTreeMap::new(), BTreeMap::new());
        rows.push(OrderEvent::bare(OrderAction::Clear));
        for order in orders {
            let id = order_id(order.guid);
            tell(OrderAction::Add, id, &order, rows);
            if book.insert(id, order).is_some() {
                return Err(Fault::Collision(id));
            }
        }
        Ok(Followed { quote, orders: book, held, holds: 0, behind: Some(made) })
    }

    /// Can a message be taken?
    ///
    /// # Errors
    /// When its order has the id of another one, or no price.
    pub(super) fn check(&self, told: &Told) -> Result<(), Fault> {
        let id = order_id(told.guid);
        let there = self.orders.get(&id).or(self.held.get(&id).map(|(_, order)| order));
        if there.is_some_and(|order| order.guid != told.guid) {
            return Err(Fault::Collision(id));
        }
        match &told.change {
            Change::New { prices, .. } if !prices.contains_key(&self.quote) => {
                Err(Fault::Missing("Price"))
            }
            _ => Ok(()),
        }
    }

    /// Takes a message that was looked at.
    pub(super) fn take(&mut self, told: &Told, rows: &mut Vec<OrderEvent>) {
        if self.behind.is_some_and(|made| told.at >= made) {
            self.catch_up(rows);
        }
        let id = order_id(told.guid);
        match &told.change {
            Change::New { side, prices, volume } => {
                let price = prices.get(&self.quote);
                let known = self.orders.contains_key(&id) || self.held.contains_key(&id);
                let Some(price) = price.filter(|_| !known) else { return };
                let (price, volume) = (price.clone(), volume.clone());
                self.put(id, Resting { guid: told.guid, side: *side, price, volume }, rows);
            }
            Change::Left(volume) if !is_zero(volume) => {
                let held = self.held.get(&id).map(|(_, order)| order);
                let Some(order) = held.or(self.orders.get(&id)) else { return };
                let order = Resting { volume: volume.clone(), ..order.clone() };
                self.put(id, order, rows);
            }
            Change::Left(_) | Change::Gone => {
                self.held.remove(&id);
                if let Some(order) = self.orders.remove(&id) {
                    tell(OrderAction::Cancel, id, &order, rows);
                }
            }
        }
    }

    fn put(&mut self, id: u64, order: Resting, rows: &mut Vec<OrderEvent>) {
        if self.behind.is_some() {
            self.holds += 1;
            let number = self.held.get(&id).map_or(self.holds, |(number, _)| *number);
            self.held.insert(id, (number, order));
            return;
        }
        let known = self.orders.contains_key(&id);
        tell(if known { OrderAction::Modify } else { OrderAction::Add }, id, &order, rows);
        self.orders.insert(id, order);
    }

    fn catch_up(&mut self, rows: &mut Vec<OrderEvent>) {
        self.behind = None;
        let mut held: Vec<_> = std::mem::take(&mut self.held).into_iter().collect();
        held.sort_unstable_by_key(|(_, (number, _))| *number);
        for (id, (_, order)) in held {
            self.put(id, order, rows);
        }
    }
}

fn tell(action: OrderAction, id: u64, order: &Resting, rows: &mut Vec<OrderEvent>) {
    let Resting { side, price, volume, .. } = order;
    if !is_zero(price) {
        let (side, price, quantity) = (Some(*side), price.clone(), volume.clone());
        rows.push(OrderEvent { action, id, side, price, quantity });
    }
}

/// Is a number zero, however it is written?
fn is_zero(number: &str) -> bool {
    let digits = number.split(['e', 'E']).next().unwrap_or_default();
    digits.bytes().all(|byte| matches!(byte, b'0' | b'.'))
}
