//! The orders of a day as far as they are known, prices in ten thousandths and sizes in shares.

use super::line::Message;
use operators::book::L3Book;
use schemas::{Side, chunk::OrderRow, records::OrderAction};
use std::collections::BTreeMap;

/// Marks the ids of anonymous orders, which those of the venue do not reach.
const ANONYMOUS: u64 = 1 << 62;

/// What it takes to keep a book in step with the messages and with the levels beside them.
#[derive(Default)]
pub(super) struct Book {
    orders: L3Book,
    /// Ids at each price in the order in which they came there; some of them may be gone.
    at: BTreeMap<(Side, i64), Vec<u64>>,
    /// The worst prices that were in sight, of bids and of asks; none before the first.
    sight: Option<[Option<i64>; 2]>,
}

impl Book {
    /// What a message does to orders. One that is not known was part of the anonymous order at its
    /// price, if there is one. What stands at a price in sight is known, and falls by what goes:
    /// which of its orders changed while it was out of sight has been guessed, and so an order may
    /// have less here than goes of it, or more than it had when it went as a whole.
    pub fn message(&mut self, message: &Message, rows: &mut Vec<OrderRow>) {
        let side = if message.buys { Side::Buy } else { Side::Sell };
        let Message { id, size, price, .. } = *message;
        if message.kind == 1 {
            return self.take(OrderRow::about(OrderAction::Add, id, side, price, size), rows);
        }
        let others = self.at.get(&(side, price)).into_iter().flatten().rev().copied();
        let all = [id, anonymous(side, price)].into_iter().chain(others).collect::<Vec<u64>>();
        let mut left = size;
        for id in all {
            let order = self.orders.order(id);
            let order = order.filter(|order| (order.side, order.price) == (side, price));
            let gone = order.map_or(0, |order| order.quantity.min(left));
            if gone == 0 {
                continue;
            }
            left -= gone;
            if message.kind == 4 {
                rows.push(OrderRow::about(OrderAction::Fill, id, side, price, gone));
            }
            self.take(OrderRow::about(OrderAction::Cancel, id, side, price, gone), rows);
        }
        let rest = self.orders.order(id).filter(|order| (order.side, order.price) == (side, price));
        if let Some(more) = rest.filter(|_| message.kind == 3).map(|order| order.quantity) {
            self.take(OrderRow::about(OrderAction::Cancel, id, side, price, more), rows);
            let have = self.orders.quantity(side, price);
            self.resize((side, price), have, have + more, rows);
        }
    }

    /// Puts what is in sight right: asks and bids, best first. Says where levels that were in sight
    /// before are not what the messages come to.
    pub fn see(
        &mut self,
        [asks, bids]: &[Vec<(i64, i64)>; 2],
        rows: &mut Vec<OrderRow>,
    ) -> Option<String> {
        let (mut wrong, before) = (None, self.sight);
        let mut sight = [None, None];
        for (i, (side, levels)) in [(Side::Buy, bids), (Side::Sell, asks)].into_iter().enumerate() {
            let there: BTreeMap<i64, i64> =
                levels.iter().copied().filter(|(price, size)| *price > 0 && *size > 0).collect();
            // A side with fewer levels than there are columns is in sight as a whole.
            let cut = there.len() == levels.len();
            sight[i] = levels.last().map(|(price, _)| *price).filter(|_| cut);
            let within = |price: i64, worst: Option<i64>| {
                worst.is_none_or(|worst| (price - worst) * side.sign() >= 0)
            };
            let own = self.orders.levels(side).filter(|(price, _)| within(*price, sight[i]));
            let mut differ: Vec<(i64, i64, i64)> = own
                .filter(|(price, have)| there.get(price) != Some(have))
                .map(|(price, have)| (price, have, there.get(&price).copied().unwrap_or(0)))
                .collect();
            let new = there.iter().filter(|(price, _)| self.orders.quantity(side, **price) == 0);
            differ.extend(new.map(|(price, size)| (*price, 0, *size)));
            for (price, have, size) in differ {
                if before.is_some_and(|before| within(price, before[i])) && wrong.is_none() {
                    wrong = Some(format!(
                        "the levels beside say {size} at {price}, and the messages come to {have}"
                    ));
                }
                self.resize((side, price), have, size, rows);
            }
        }
        self.sight = Some(sight);
        wrong
    }

    /// Makes of what stands at a price another quantity: the anonymous order grows or shrinks, and
    /// then those shrink that came last.
    fn resize(&mut self, at: (Side, i64), have: i64, size: i64, rows: &mut Vec<OrderRow>) {
        let id = anonymous(at.0, at.1);
        let anonymous = self.orders.order(id).map_or(0, |order| order.quantity);
        if size > have {
            let (action, size) = match anonymous {
                0 => (OrderAction::Add, size - have),
                there => (OrderAction::Modify, there + size - have),
            };
            return self.take(OrderRow::about(action, id, at.0, at.1, size), rows);
        }
        let mut left = have - size;
        let last = self.at.get(&at).into_iter().flatten().rev().copied();
        let ids: Vec<u64> = [id].into_iter().chain(last).collect();
        for id in ids {
            let order = self.orders.order(id).filter(|order| (order.side, order.price) == at);
            let gone = order.map_or(0, |order| order.quantity.min(left));
            if gone > 0 {
                left -= gone;
                self.take(OrderRow::about(OrderAction::Cancel, id, at.0, at.1, gone), rows);
            }
        }
    }

    fn take(&mut self, row: OrderRow, rows: &mut Vec<OrderRow>) {
        // Whatever does not fit has no effect here, and so it has none on those who read the rows.
        if self.orders.apply(&row).is_err() {
            return;
        }
        let Some(at) = row.side.map(|side| (side, row.price)) else { return };
        let ids = self.at.entry(at).or_default();
        if row.action == OrderAction::Add {
            ids.push(row.id);
        }
        if self.orders.quantity(at.0, at.1) == 0 {
            self.at.remove(&at);
        }
        rows.push(row);
    }
}

fn anonymous(side: Side, price: i64) -> u64 {
    ANONYMOUS | u64::from(side == Side::Sell) << 61 | price as u64
}
