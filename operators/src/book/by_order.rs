//! A book by order as a feed tells it, and the levels that follow from it.

use super::{
    DeltaRow, L3Book,
    orders::{Place, RestingOrder},
};
use schemas::{
    Side,
    chunk::{DeltaFlags, NO_ID, OrderRow},
    records::OrderAction,
};
use serde::{Deserialize, Serialize};

/// An [`L3Book`] that knows whether it is the venue's, and what its message under way has changed.
///
/// It begins when it is cleared. What does not fit it (a change of an order that does not rest)
/// means that something is missing: the book is void, which is a gap of its levels too, until it
/// is cleared again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderBook {
    orders: L3Book,
    phase: Phase,
    /// Levels that the message under way has changed.
    touched: Vec<(Side, i64)>,
}

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
enum Phase {
    /// Not cleared yet, or void since a gap.
    #[default]
    Waiting,
    /// Cleared by the message under way.
    Loading,
    /// As the venue's.
    Following,
}

/// What a row did to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OrderMoved {
    /// As it was.
    pub before: Option<RestingOrder>,
    /// As it is.
    pub after: Option<RestingOrder>,
    /// Nothing is known any more of where orders stood.
    pub void: bool,
}

impl OrderBook {
    /// Takes a row. At the end of a message `level` gets what it changed as rows of an L2 book.
    pub fn apply(&mut self, row: &OrderRow, mut level: impl FnMut(&DeltaRow)) -> OrderMoved {
        let mut moved = OrderMoved::default();
        match row.action {
            OrderAction::Clear => {
                self.void();
                self.phase = Phase::Loading;
                moved.void = true;
            }
            OrderAction::Gap => return self.lose(&mut level),
            OrderAction::Fill | OrderAction::Nothing => {}
            OrderAction::Add | OrderAction::Modify | OrderAction::Cancel => {
                if self.phase == Phase::Waiting {
                    return moved;
                }
                moved.before = self.orders.order(row.id).copied();
                if self.orders.apply(row).is_err() {
                    return self.lose(&mut level);
                }
                moved.after = self.orders.order(row.id).copied();
                let both = moved.before.iter().chain(&moved.after);
                self.touched.extend(both.map(|order| (order.side, order.price)));
            }
        }
        if row.last {
            self.end(&mut level);
        }
        moved
    }

    /// The orders that rest; none while the book is void.
    pub fn orders(&self) -> &L3Book {
        &self.orders
    }

    /// Is it the venue's book? Not so before it has begun, while it is told anew, and once void.
    pub fn synced(&self) -> bool {
        self.phase == Phase::Following
    }

    /// Where an order would stand that came now: behind this place, before which there is so much.
    pub(crate) fn end_of(&self, side: Side, price: i64) -> (Place, i64) {
        (self.orders.last_place(side, price), self.orders.quantity(side, price))
    }

    fn void(&mut self) {
        self.orders.clear();
        self.touched.clear();
        self.phase = Phase::Waiting;
    }

    fn lose(&mut self, level: &mut impl FnMut(&DeltaRow)) -> OrderMoved {
        self.void();
        level(&delta(0, 0, DeltaFlags::GAP | DeltaFlags::LAST));
        OrderMoved { void: true, ..OrderMoved::default() }
    }

    fn end(&mut self, level: &mut impl FnMut(&DeltaRow)) {
        let mut touched = std::mem::take(&mut self.touched);
        let orders = &self.orders;
        match self.phase {
            Phase::Waiting => {}
            Phase::Loading => {
                self.phase = Phase::Following;
                let each = DeltaFlags::SNAPSHOT;
                let sides = [Side::Buy, Side::Sell];
                let all = sides.map(|side| orders.levels(side).map(move |level| (side, level)));
                let mut all = all.into_iter().flatten().peekable();
                let last = if all.peek().is_none() { DeltaFlags::LAST } else { 0 };
                level(&delta(0, 0, DeltaFlags::CLEAR | each | last));
                while let Some((side, (price, quantity))) = all.next() {
                    let last = if all.peek().is_none() { DeltaFlags::LAST } else { 0 };
                    level(&delta(price, quantity, bid(side) | each | last));
                }
            }
            Phase::Following => {
                touched.sort_unstable();
                touched.dedup();
                for (i, (side, price)) in touched.iter().enumerate() {
                    let last = if i + 1 == touched.len() { DeltaFlags::LAST } else { 0 };
                    level(&delta(*price, orders.quantity(*side, *price), bid(*side) | last));
                }
            }
        }
        // Its memory serves the next message.
        touched.clear();
        self.touched = touched;
    }
}

fn bid(side: Side) -> u8 {
    if side == Side::Buy { DeltaFlags::BID } else { 0 }
}

fn delta(price: i64, quantity: i64, flags: u8) -> DeltaRow {
    let flags = DeltaFlags(flags);
    DeltaRow { price, quantity, flags, first: NO_ID, previous: NO_ID, last: NO_ID }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::L2Book;
    use proptest::prelude::*;

    fn levels(book: &L2Book) -> [Vec<(i64, i64)>; 2] {
        [Side::Buy, Side::Sell].map(|side| book.levels(side).collect())
    }

    #[test]
    fn what_does_not_fit_makes_the_book_void_until_it_is_cleared() {
        let (mut orders, mut book) = (OrderBook::default(), L2Book::new());
        let mut gaps = 0;
        let mut take = |orders: &mut OrderBook, row: OrderRow| {
            orders.apply(&row, |delta| gaps += i32::from(book.apply(delta).gap));
            (levels(&book), book.tainted(), gaps)
        };
        let add = |id, price| OrderRow {
            last: true,
            ..OrderRow::about(OrderAction::Add, id, Side::Buy, price, 5)
        };
        let nothing = [Vec::new(), Vec::new()];
        assert_eq!(take(&mut orders, add(1, 10)).0, nothing, "it has not begun");
        take(&mut orders, OrderRow::bare(OrderAction::Clear, false));
        assert_eq!(take(&mut orders, OrderRow { last: false, ..add(2, 11) }).0, nothing);
        assert_eq!(take(&mut orders, add(3, 11)).0, [vec![(11, 10)], Vec::new()]);
        let absent = OrderRow { action: OrderAction::Cancel, ..add(7, 11) };
        assert_eq!(take(&mut orders, absent), (nothing.clone(), true, 1));
        assert_eq!(take(&mut orders, add(4, 9)), (nothing.clone(), true, 1), "still void");
        take(&mut orders, OrderRow::bare(OrderAction::Clear, true));
        assert_eq!(take(&mut orders, add(4, 9)).0, [vec![(9, 5)], Vec::new()]);
        let gap = OrderRow::bare(OrderAction::Gap, true);
        assert_eq!(take(&mut orders, gap), (nothing, true, 2));
    }

    proptest! {
        /// At the end of each message the levels are the sums of the orders, and a book that goes
        /// on from its bytes is the same book.
        #[test]
        fn levels_follow_orders(
            steps in prop::collection::vec(
                (0..24_u8, 0..12_u64, any::<bool>(), 90..110_i64, 1..9_i64, any::<bool>()),
                1..200,
            ),
        ) {
            let (mut orders, mut book) = (OrderBook::default(), L2Book::new());
            for (action, id, buys, price, quantity, last) in steps {
                let side = if buys { Side::Buy } else { Side::Sell };
                let action = match action {
                    0 => OrderAction::Clear,
                    1..12 => OrderAction::Add,
                    12..16 => OrderAction::Modify,
                    16..20 => OrderAction::Cancel,
                    20..22 => OrderAction::Fill,
                    _ => OrderAction::Nothing,
                };
                let about = OrderRow::about(action, id, side, price, quantity);
                let mut row = OrderRow { last, ..about };
                if row.is_bare() {
                    row = OrderRow::bare(action, last);
                }
                orders.apply(&row, |delta| {
                    book.apply(delta);
                });
                let bytes = postcard::to_stdvec(&orders).unwrap();
                let again: OrderBook = postcard::from_bytes(&bytes).unwrap();
                prop_assert_eq!(&again, &orders);
                if last && orders.synced() {
                    let sums = [Side::Buy, Side::Sell]
                        .map(|side| orders.orders().levels(side).collect::<Vec<_>>());
                    prop_assert_eq!(levels(&book), sums);
                }
            }
        }
    }
}
