//! The way between the account and a venue: what is sent, when it comes there, and what is lost.
//!
//! Requests of the account to a venue come there in the order in which they were sent, and answers
//! come back in the order in which they were given, however the latency of each is drawn: what
//! would overtake comes at the moment of what was sent before, and after it. News of a request that
//! was lost waits for the answers before it, but holds none of those up that come after: it is not
//! known when it was sent.

use super::{AccountLoop, News, Pending, emit};
use crate::{
    execution::{Message, Trip},
    outputs::Outputs,
    risk::Approved,
};
use schemas::{EventTime, OrderKey, Span, Text, records::OrderStage};
use serde::{Deserialize, Serialize};

/// What came last each way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Wire {
    request: OrderKey,
    answer: OrderKey,
}

impl Default for Wire {
    fn default() -> Wire {
        let none = OrderKey { ts: EventTime::MIN, ..OrderKey::default() };
        Wire { request: none, answer: none }
    }
}

/// When what follows from `key` comes that would come at `ts`, if it must not come before `last`.
fn behind(last: OrderKey, key: OrderKey, ts: EventTime, (turn, operator): (u8, u16)) -> OrderKey {
    let due = key.due_as(turn, ts.max(last.ts), operator, 0, 0);
    // At one moment keys go by what caused them, and the later one may have the lesser cause.
    if due < last { key.due_as(turn, last.ts.plus(Span(1)), operator, 0, 0) } else { due }
}

impl AccountLoop {
    /// Sends an order to its venue.
    pub(super) fn send_order(&mut self, key: OrderKey, market: usize, order: Approved) {
        let order = Box::new(order);
        match self.trip(key, market, &order.order().id, Message::Order) {
            (Some(due), _) => self.schedule(due, Pending::Arrive(order)),
            (None, due) => self.schedule(due, Pending::Lost(order)),
        }
    }

    /// Sends the wish to take an order back.
    pub(super) fn send_cancel(&mut self, key: OrderKey, strategy: u16, market: usize, order: Text) {
        let instrument = self.markets[market].index;
        match self.trip(key, market, &order, Message::Cancel) {
            (Some(due), _) => self.schedule(due, Pending::Cancel { instrument, order }),
            (None, due) => {
                self.schedule(due, Pending::CancelLost { strategy, instrument, order });
            }
        }
    }

    /// Sends the wish that an order be smaller: of `quantity` as a whole.
    pub(super) fn send_amend(
        &mut self,
        key: OrderKey,
        (strategy, market): (u16, usize),
        (order, quantity): (Text, i64),
    ) {
        let instrument = self.markets[market].index;
        match self.trip(key, market, &order, Message::Amend) {
            (Some(due), _) => self.schedule(due, Pending::Amend { instrument, order, quantity }),
            (None, due) => {
                let lost = Pending::AmendLost { strategy, instrument, order, quantity };
                self.schedule(due, lost);
            }
        }
    }

    /// When a request that sets out now comes to the venue, or when its loss is known.
    fn trip(
        &mut self,
        key: OrderKey,
        market: usize,
        order: &str,
        message: Message,
    ) -> (Option<OrderKey>, OrderKey) {
        let operator = self.spec.ordinals.orders;
        let market = &self.markets[market];
        let [requests, answers] = market.turns().map(|turn| (turn, operator));
        let wire = &mut self.wires[market.wire];
        match market.exchange.spec().latency.entry(order, message, key.ts) {
            Trip::Arrives(after) => {
                let due = behind(wire.request, key, key.ts.plus(after), requests);
                wire.request = due;
                (Some(due), due)
            }
            Trip::Lost(after) => (None, behind(wire.answer, key, key.ts.plus(after), answers)),
        }
    }

    /// When the strategy knows what became of an order at the venue now, and the key of that
    /// moment. What a candle tells had happened before (`by`); it comes by no wire, and may have
    /// been known before now.
    pub(super) fn answer(
        &mut self,
        key: OrderKey,
        by: Option<EventTime>,
        market: usize,
        order: &str,
    ) -> (EventTime, OrderKey) {
        let operator = self.spec.ordinals.orders;
        let market = &self.markets[market];
        let at = by.unwrap_or(key.ts);
        let known = at.plus(market.exchange.spec().latency.response(order, at));
        if by.is_some() {
            return (known, key.due(known, operator, 0, 0));
        }
        let [_, answers] = market.turns().map(|turn| (turn, operator));
        let wire = &mut self.wires[market.wire];
        let due = behind(wire.answer, key, known, answers);
        wire.answer = due;
        (due.ts, due)
    }

    /// An order was lost on its way, and the strategy learns of it.
    pub(super) fn lost(&mut self, key: OrderKey, order: Approved, out: &mut Outputs) {
        let order = order.into_order();
        let row_key = self.key(emit::ORDERS, key, self.spec.ordinals.orders);
        let reason = "it did not come to the venue, as in the log of latencies".to_owned();
        self.order_row(row_key, &order, OrderStage::Rejected, None, Some(reason), out);
        let news = News::Ended { timed_out: false };
        self.learn((key, key.ts), (order.strategy, order.instrument), &order.id, news, out);
    }

    /// The wish to take an order back was lost on its way: if it still stands, it is sent anew.
    pub(super) fn cancel_lost(
        &mut self,
        key: OrderKey,
        strategy: u16,
        instrument: u32,
        order: &Text,
        out: &mut Outputs,
    ) {
        let market = self.market_of(instrument);
        let stopped = self.risk.stopped;
        let stance = self.stance(strategy, instrument);
        stance.cancel_of_quote_lost(order);
        if stopped && stance.has_quotes() {
            return self.pursue(key, strategy, market, None, None, out);
        }
        if stance.cancel_of_exit_lost(order) {
            if stance.reconcile {
                self.pursue(key, strategy, market, None, None, out);
            }
            return self.protect(key, (strategy, market), out);
        }
        let Some(live) = stance.live.as_mut().filter(|live| live.id == *order) else { return };
        live.cancelling = false;
        if stance.reconcile {
            self.pursue(key, strategy, market, None, None, out);
        }
    }
}
