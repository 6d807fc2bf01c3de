//! Orders of a book by order: served one by one, in the order in which they came.
//!
//! History goes on as it was: what an order of the account takes from others is not missing to
//! them later. Of the market that trades at one moment against one side is taken to be one order's:
//! it meets better prices first, and at a price those that stand before an order of the account
//! before that order; those behind it, or at worse prices, were executed because the order was not
//! there, so as much of it as was executed of them comes to it instead. What comes to several
//! orders of the account comes to them once.
//!
//! What trades at its price without an order of the book (hidden, or implied from another book)
//! does not reach an order, because nobody knows where that stood.

use super::{Execution, PaperExchange, Working, execute};
use crate::{bars::BarTrade, book::Place, execution::QueueModel};
use schemas::{
    EventTime, Side,
    chunk::OrderRow,
    records::{Liquidity, OrderAction},
};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;

/// Where an order stands: behind this place, before which there is so much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Spot {
    last: Place,
    ahead: i64,
}

impl Spot {
    /// What stands in front.
    pub fn ahead(&self) -> i64 {
        self.ahead
    }
}

/// What trades at one moment against one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Flow {
    at: EventTime,
    /// How much of it the account's orders have got.
    served: i64,
    /// Price of the last trade, and how much of it no execution of an order has explained yet:
    /// feeds tell of both.
    printed: (i64, i64),
}

impl PaperExchange {
    /// Are orders served one by one?
    #[inline]
    pub(super) fn is_fifo(&self) -> bool {
        self.spec.fill.queue == QueueModel::Fifo
    }

    /// Where an order would stand that came now; none while that is not known.
    pub(super) fn spot(&self, working: &Working) -> Option<Spot> {
        let view = self.view.read();
        let orders = view.display.orders();
        let limit = working.order.limit.filter(|_| orders.synced())?;
        let (last, ahead) = orders.end_of(working.order.side, limit);
        Some(Spot { last, ahead })
    }

    /// A row about an order of the book, into which it has just gone.
    pub(super) fn fifo_order(
        &mut self,
        row: &OrderRow,
        at: EventTime,
        executions: &mut Vec<Execution>,
    ) {
        if row.action == OrderAction::Fill {
            return self.fifo_fill(row, at, executions);
        }
        let view = self.view.read();
        let moved = view.display.moved();
        for working in &mut self.orders {
            let (Some(spot), Some(limit)) = (&mut working.spot, working.order.limit) else {
                continue;
            };
            if moved.void {
                working.spot = None;
                continue;
            }
            let here = (working.order.side, limit);
            let before = |order: &crate::book::RestingOrder| {
                let stands = (order.side, order.price) == here && order.place <= spot.last;
                if stands { order.quantity } else { 0 }
            };
            let less = moved.before.as_ref().map_or(0, before);
            let more = moved.after.as_ref().map_or(0, before);
            spot.ahead += more - less;
        }
    }

    /// A trade. Through the price of an order it comes to it; at its price the executions tell
    /// whose it was.
    pub(super) fn fifo_trade(
        &mut self,
        trade: &BarTrade,
        at: EventTime,
        executions: &mut Vec<Execution>,
    ) {
        let mut orders = std::mem::take(&mut self.orders);
        let waits = |w: &&mut Working| w.asleep.is_none() && w.order.limit.is_none();
        for working in orders.iter_mut().filter(waits) {
            if self.groups.fit(working) {
                let before = executions.len();
                self.next_trade_if_blind(working, trade, executions);
                self.groups.count(&executions[before..]);
            }
        }
        orders.retain(|working| working.remaining > 0);
        self.orders = orders;
        for side in [Side::Buy, Side::Sell] {
            if trade.aggressor() == Some(side) {
                continue;
            }
            let flow = self.flow(side, at);
            let before = if flow.printed.0 == trade.price { flow.printed.1 } else { 0 };
            flow.printed = (trade.price, before + trade.quantity);
            for (working, limit) in resting(&mut self.orders, side) {
                if (limit - trade.price) * side.sign() > 0 {
                    working.passed += trade.quantity;
                }
            }
            self.serve(side, executions);
        }
    }

    /// An execution of an order of the book.
    fn fifo_fill(&mut self, row: &OrderRow, at: EventTime, executions: &mut Vec<Execution>) {
        let Some(side) = row.side else { return };
        let executed = self.view.read().display.orders().orders().order(row.id).copied();
        let flow = self.flow(side, at);
        let told = match flow.printed {
            (price, left) if price == row.price => left.min(row.quantity),
            _ => 0,
        };
        flow.printed.1 -= told;
        for (working, limit) in resting(&mut self.orders, side) {
            let through = (limit - row.price) * side.sign() > 0;
            let behind = |order: &crate::book::RestingOrder| {
                let last = working.spot.map(|spot| spot.last);
                (order.side, order.price) == (side, limit) && last.is_some_and(|l| l < order.place)
            };
            if through {
                working.passed += row.quantity - told;
            } else if executed.as_ref().is_some_and(behind) {
                working.passed += row.quantity;
            }
        }
        self.serve(side, executions);
    }

    /// What trades now against a side.
    fn flow(&mut self, side: Side, at: EventTime) -> &mut Flow {
        let flow = &mut self.flows[usize::from(side == Side::Sell)];
        if flow.at != at {
            *flow = Flow { at, ..Flow::default() };
            let own = self.orders.iter_mut().filter(|working| working.order.side == side);
            own.for_each(|working| working.passed = 0);
        }
        flow
    }

    /// Gives the orders of a side what has passed them, the best price first.
    fn serve(&mut self, side: Side, executions: &mut Vec<Execution>) {
        let (held, flow) = (self.held, &mut self.flows[usize::from(side == Side::Sell)]);
        let mut own: Vec<(&mut Working, i64)> =
            resting(&mut self.orders, side).filter(|(working, _)| working.passed > 0).collect();
        own.sort_by_key(|(_, limit)| Reverse(limit * side.sign()));
        for (working, limit) in own {
            if !self.groups.fit(working) {
                continue;
            }
            let open = working.open(held, executions);
            let quantity = open.min(working.passed - flow.served);
            let whole = self.spec.fill.partial || quantity == open;
            if quantity <= 0 || !whole {
                continue;
            }
            flow.served += quantity;
            let before = executions.len();
            execute(working, limit, quantity, Liquidity::Maker, working.ahead(), executions);
            self.groups.count(&executions[before..]);
        }
        self.orders.retain(|working| working.remaining > 0);
    }
}

/// Orders of a side that rest, and their prices.
fn resting(orders: &mut [Working], side: Side) -> impl Iterator<Item = (&mut Working, i64)> {
    orders.iter_mut().filter_map(move |working| {
        let limit = working.order.limit.filter(|_| working.asleep.is_none())?;
        (working.order.side == side).then_some((working, limit))
    })
}
