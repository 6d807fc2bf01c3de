//! The L3 book of an instrument: every order by its id, in the order in which the venue serves
//! them.
//!
//! An order goes to the end of the queue at its price when it comes, when its price changes and
//! when it grows; one that shrinks keeps its place. Semantics of Databento's market by order, which
//! are those of most venues. Where the venue says priorities, these are the places.

use super::levels::Levels;
use schemas::{
    Side,
    chunk::{NO_ID, OrderRow},
    records::OrderAction,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A place at a price, less being served earlier: the venue's priority, or the number of what came
/// here first, then that number. Before all of them stands (0, 0).
pub(crate) type Place = (u64, u64);

/// An order that rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestingOrder {
    /// Its side.
    pub side: Side,
    /// Its price at the instrument's scale.
    pub price: i64,
    /// What is left of it at the instrument's scale.
    pub quantity: i64,
    /// Its place at its price.
    pub(crate) place: Place,
}

/// Why an order cannot be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// There is none of this id.
    #[error("no order {0} rests")]
    Absent(u64),
    /// A quantity that is not above zero.
    #[error("order {0} would have no quantity")]
    NoQuantity(u64),
    /// More at one price than can be counted.
    #[error("with order {0} more stands at its price than can be counted")]
    TooMuch(u64),
}

/// All resting orders of an instrument. One goes to the end of the queue at its price when it
/// comes, when its price changes and when it grows; one that shrinks keeps its place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Kept", into = "Kept")]
pub struct L3Book {
    /// By id.
    orders: BTreeMap<u64, RestingOrder>,
    /// By side, price and place.
    queues: BTreeMap<(Side, i64, Place), u64>,
    bids: Levels,
    asks: Levels,
    /// How many places it has given.
    places: u64,
}

/// What a checkpoint keeps of an [`L3Book`]; the rest follows from it.
#[derive(Serialize, Deserialize)]
struct Kept {
    orders: BTreeMap<u64, RestingOrder>,
    places: u64,
}

impl From<L3Book> for Kept {
    fn from(book: L3Book) -> Kept {
        Kept { orders: book.orders, places: book.places }
    }
}

impl From<Kept> for L3Book {
    fn from(kept: Kept) -> L3Book {
        let mut book = L3Book { places: kept.places, ..L3Book::default() };
        for (id, order) in kept.orders {
            book.put(id, order);
        }
        book
    }
}

impl L3Book {
    /// Takes a row; one that changes no order is always taken.
    ///
    /// # Errors
    /// As [`L3Book::add`], [`L3Book::modify`] and [`L3Book::cancel`] say.
    pub fn apply(&mut self, row: &OrderRow) -> Result<(), OrderError> {
        let OrderRow { id, priority, price, quantity, .. } = *row;
        match (row.action, row.side) {
            (OrderAction::Add, Some(side)) => self.add_at(id, side, price, quantity, priority),
            (OrderAction::Add, None) => Err(OrderError::Absent(id)),
            (OrderAction::Modify, _) => self.modify_at(id, price, quantity, priority),
            (OrderAction::Cancel, _) => self.cancel(id, quantity),
            (OrderAction::Clear | OrderAction::Gap, _) => {
                self.clear();
                Ok(())
            }
            (OrderAction::Fill | OrderAction::Nothing, _) => Ok(()),
        }
    }

    /// An order comes. One that was there under this id is replaced.
    ///
    /// # Errors
    /// When it has no quantity, or too large a one.
    pub fn add(
        &mut self,
        id: u64,
        side: Side,
        price: i64,
        quantity: i64,
    ) -> Result<(), OrderError> {
        self.add_at(id, side, price, quantity, NO_ID)
    }

    fn add_at(
        &mut self,
        id: u64,
        side: Side,
        price: i64,
        quantity: i64,
        priority: u64,
    ) -> Result<(), OrderError> {
        if quantity <= 0 {
            return Err(OrderError::NoQuantity(id));
        }
        self.check(id, side, price, quantity)?;
        self.remove(id);
        self.insert(id, side, price, quantity, priority);
        Ok(())
    }

    /// So much of an order goes.
    ///
    /// # Errors
    /// When there is none, or nothing goes of it.
    pub fn cancel(&mut self, id: u64, quantity: i64) -> Result<(), OrderError> {
        let order = *self.orders.get(&id).ok_or(OrderError::Absent(id))?;
        if quantity <= 0 {
            return Err(OrderError::NoQuantity(id));
        }
        match order.quantity.checked_sub(quantity) {
            Some(left) if left > 0 => self.resize(id, left),
            _ => {
                self.remove(id);
            }
        }
        Ok(())
    }

    /// An order has another price or quantity.
    ///
    /// # Errors
    /// When there is none, or it would have no quantity or too large a one.
    pub fn modify(&mut self, id: u64, price: i64, quantity: i64) -> Result<(), OrderError> {
        self.modify_at(id, price, quantity, NO_ID)
    }

    fn modify_at(
        &mut self,
        id: u64,
        price: i64,
        quantity: i64,
        priority: u64,
    ) -> Result<(), OrderError> {
        let order = *self.orders.get(&id).ok_or(OrderError::Absent(id))?;
        if quantity <= 0 {
            return Err(OrderError::NoQuantity(id));
        }
        let keeps = match priority {
            NO_ID => quantity <= order.quantity,
            _ => priority == order.place.0,
        };
        let added = if price == order.price { quantity - order.quantity } else { quantity };
        self.check(id, order.side, price, added)?;
        if price == order.price && keeps {
            self.resize(id, quantity);
        } else {
            self.remove(id);
            self.insert(id, order.side, price, quantity, priority);
        }
        Ok(())
    }

    /// Nothing rests any more.
    pub fn clear(&mut self) {
        *self = L3Book { places: self.places, ..L3Book::default() };
    }

    /// An order by its id.
    pub fn order(&self, id: u64) -> Option<&RestingOrder> {
        self.orders.get(&id)
    }

    /// What is served before an order at its price; none if there is no such order.
    pub fn ahead(&self, id: u64) -> Option<i64> {
        let order = self.orders.get(&id)?;
        let before = (order.side, order.price, (0, 0))..(order.side, order.price, order.place);
        Some(self.queues.range(before).map(|(_, id)| self.orders[id].quantity).sum())
    }

    /// How many orders rest.
    pub fn len(&self) -> usize {
        self.orders.len()
    }

    /// Does none rest?
    pub fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    /// Quantity at a price.
    pub fn quantity(&self, side: Side, price: i64) -> i64 {
        self.side(side).get(key(side, price))
    }

    /// Prices and quantities of a side, best first.
    pub fn levels(&self, side: Side) -> impl Iterator<Item = (i64, i64)> {
        // The key of a key is the price again.
        self.side(side).iter().map(move |(level, quantity)| (key(side, level), quantity))
    }

    /// The last place at a price.
    pub(crate) fn last_place(&self, side: Side, price: i64) -> Place {
        let all = (side, price, (0, 0))..=(side, price, (u64::MAX, u64::MAX));
        self.queues.range(all).next_back().map_or((0, 0), |((.., place), _)| *place)
    }

    fn side(&self, side: Side) -> &Levels {
        match side {
            Side::Buy => &self.bids,
            Side::Sell => &self.asks,
        }
    }

    fn check(&self, id: u64, side: Side, price: i64, quantity: i64) -> Result<(), OrderError> {
        let level = self.quantity(side, price).checked_add(quantity);
        level.map(|_| ()).ok_or(OrderError::TooMuch(id))
    }

    fn insert(&mut self, id: u64, side: Side, price: i64, quantity: i64, priority: u64) {
        self.places += 1;
        let first = if priority == NO_ID { self.places } else { priority };
        self.put(id, RestingOrder { side, price, quantity, place: (first, self.places) });
    }

    fn put(&mut self, id: u64, order: RestingOrder) {
        self.orders.insert(id, order);
        self.queues.insert((order.side, order.price, order.place), id);
        self.grow(order.side, order.price, order.quantity);
    }

    fn remove(&mut self, id: u64) {
        let Some(order) = self.orders.remove(&id) else { return };
        self.queues.remove(&(order.side, order.price, order.place));
        self.grow(order.side, order.price, -order.quantity);
    }

    fn resize(&mut self, id: u64, quantity: i64) {
        let Some(order) = self.orders.get_mut(&id) else { return };
        let (side, price, more) = (order.side, order.price, quantity - order.quantity);
        order.quantity = quantity;
        self.grow(side, price, more);
    }

    fn grow(&mut self, side: Side, price: i64, more: i64) {
        let levels = match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        };
        let level = key(side, price);
        levels.set(level, levels.get(level) + more);
    }
}

/// The key of a price in [`Levels`].
fn key(side: Side, price: i64) -> i64 {
    match side {
        Side::Buy => price,
        Side::Sell => !price,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn orders_are_served_in_the_order_in_which_they_came() {
        let mut book = L3Book::default();
        for (id, quantity) in [(1, 5), (2, 7), (3, 2)] {
            book.add(id, Side::Buy, 100, quantity).unwrap();
        }
        assert_eq!((book.ahead(1), book.ahead(2), book.ahead(3)), (Some(0), Some(5), Some(12)));
        book.cancel(1, 3).unwrap();
        assert_eq!(book.ahead(3), Some(9));
        book.modify(2, 100, 6).unwrap();
        assert_eq!(book.ahead(2), Some(2), "one that shrinks keeps its place");
        book.modify(1, 100, 4).unwrap();
        assert_eq!(book.ahead(1), Some(8), "one that grows goes to the end");
        book.modify(3, 101, 2).unwrap();
        assert_eq!(book.levels(Side::Buy).collect::<Vec<_>>(), [(101, 2), (100, 10)]);
        book.cancel(2, 100).unwrap();
        assert_eq!(book.cancel(2, 1), Err(OrderError::Absent(2)));
        assert_eq!(book.modify(2, 1, 1), Err(OrderError::Absent(2)));
        assert_eq!(book.modify(1, 1, 0), Err(OrderError::NoQuantity(1)));
        assert_eq!(book.add(4, Side::Buy, 101, i64::MAX), Err(OrderError::TooMuch(4)));
        book.add(1, Side::Sell, 105, 1).unwrap();
        assert_eq!((book.len(), book.quantity(Side::Buy, 100)), (2, 0), "an id is one order");
    }

    proptest! {
        /// Levels are the sums of their orders, best first, and queues hold each order once.
        #[test]
        fn levels_are_sums_of_orders(
            steps in prop::collection::vec(
                (0..4_u8, 0..12_u64, any::<bool>(), 90..110_i64, 0..9_i64),
                1..200,
            ),
        ) {
            let mut book = L3Book::default();
            for (action, id, buys, price, quantity) in steps {
                let side = if buys { Side::Buy } else { Side::Sell };
                let _ = match action {
                    0 | 1 => book.add(id, side, price, quantity),
                    2 => book.cancel(id, quantity),
                    _ => book.modify(id, price, quantity),
                };
                prop_assert_eq!(book.queues.len(), book.orders.len());
                for side in [Side::Buy, Side::Sell] {
                    let mut sums: BTreeMap<i64, i64> = BTreeMap::new();
                    for order in book.orders.values().filter(|order| order.side == side) {
                        *sums.entry(order.price).or_default() += order.quantity;
                    }
                    let mut levels: Vec<(i64, i64)> = sums.into_iter().collect();
                    if side == Side::Buy {
                        levels.reverse();
                    }
                    prop_assert_eq!(book.levels(side).collect::<Vec<_>>(), levels);
                }
            }
        }
    }
}
