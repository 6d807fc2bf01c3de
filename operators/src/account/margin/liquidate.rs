//! Liquidation: the venue closes what equity does not keep any more.
//!
//! At one moment it takes back all of the account's orders in instruments with margin that settle
//! in the currency, and sends a market order of its own for the whole position in each of them,
//! which meets the market as any other: it walks the book, and what is not there yet it waits for.
//! Until all is closed the venue turns away what else comes. What is left below zero in the end it
//! bears, so that an account never owes more than it had.
//!
//! Strategies learn of it as of their orders, after the response latency. Their targets are flat
//! from then on, and what was true must become true anew; while the venue is closing a position its
//! strategy orders nothing in it. Where strategies are on both sides of one instrument the venue
//! closes what is left of their sum, from those on its side, the first ones first.

use super::{AccountLoop, Market};
use crate::{
    account::{News, Pending, emit},
    execution::{Order, Within, id_of},
    outputs::Outputs,
    risk::{self, Approved},
};
use schemas::{
    EventTime, InstrumentId, Money, OrderKey, Side, Text,
    records::{Liquidity, OrderStage, PostingKind},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A liquidation under way: orders of the venue that are not filled yet.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(in crate::account) struct Liquidation {
    orders: BTreeSet<Text>,
}

/// An order of the venue: of which market.
struct Closing {
    market: usize,
    order: Approved,
}

/// The reason that is told of orders and signals.
const REASON: &str = "liquidation";

impl AccountLoop {
    /// Closes all that a currency keeps no more.
    pub(super) fn liquidate(
        &mut self,
        key: OrderKey,
        currency: usize,
        (equity, kept): (Money, Money),
        within: Option<(usize, Within)>,
        out: &mut Outputs,
    ) {
        let reason = format!(
            "{REASON}: equity is {} {} and the maintenance margin {}",
            risk::told(equity),
            self.currencies[currency],
            risk::told(kept)
        );
        let here = |m: &Market| m.currency == currency && m.exchange.spec().margin.is_some();
        let places: Vec<usize> =
            (0..self.markets.len()).filter(|place| here(&self.markets[*place])).collect();
        let mut all = Vec::new();
        for market in &places {
            let by = within.filter(|(place, _)| place == market).map(|(_, within)| within.by);
            let parts = self.parts(*market);
            let closing = self.closings(key, *market, &parts, &reason, out);
            let ids = closing.iter().map(|closing| closing.order.order().id.clone());
            self.margins.under_way.entry(currency).or_default().orders.extend(ids);
            self.tell_strategies(key, (*market, by), &parts, &closing, out);
            all.extend(closing);
        }
        for market in &places {
            self.take_all_back(key, *market, out);
        }
        for closing in all {
            let within = within.filter(|(place, _)| *place == closing.market);
            self.close(key, closing, within.map(|(_, within)| within), &reason, out);
        }
    }

    /// What each strategy has in an instrument, whether it knows or not.
    fn parts(&mut self, market: usize) -> BTreeMap<u16, i64> {
        let index = self.markets[market].index;
        let spec = self.spec.clone();
        let mut parts = BTreeMap::new();
        for (number, strategy) in spec.strategies.iter().enumerate() {
            if strategy.instruments.binary_search(&index).is_ok() {
                let known = self.stance(number as u16, index).holding.quantity;
                parts.insert(number as u16, known);
            }
        }
        for pending in self.pending.values() {
            if let Pending::Known { strategy, instrument, news, .. } = pending
                && let (News::Filled { signed, .. }, true) = (news, *instrument == index)
            {
                *parts.entry(*strategy).or_default() += signed;
            }
        }
        parts
    }

    /// Orders for the whole position, and a row for each that the venue has decided it.
    fn closings(
        &mut self,
        key: OrderKey,
        market: usize,
        parts: &BTreeMap<u16, i64>,
        reason: &str,
        out: &mut Outputs,
    ) -> Vec<Closing> {
        let Market { index, holding, exchange, .. } = &self.markets[market];
        let (index, held, decision) = (*index, holding.quantity, exchange.marks());
        let (side, mut left) = (Side::of(-held), held.abs());
        let mut all = Vec::new();
        for (strategy, part) in parts {
            let quantity = left.min(part * held.signum()).max(0);
            if quantity == 0 {
                continue;
            }
            left -= quantity;
            let row_key = self.key(emit::ORDERS, key, self.spec.ordinals.orders);
            let (of, sized) = ((*strategy, index), (side, quantity));
            let order = Order::market(id_of(&row_key), of, sized, (key, decision));
            let why = Some(reason.to_owned());
            self.order_row(row_key, &order, OrderStage::Decided, None, why, out);
            all.push(Closing { market, order: risk::of_venue(order) });
        }
        assert_eq!(left, 0, "what an account holds its strategies have bought");
        all
    }

    /// Lets strategies that have something in a market know, each with the order that closes it.
    fn tell_strategies(
        &mut self,
        key: OrderKey,
        (market, by): (usize, Option<EventTime>),
        parts: &BTreeMap<u16, i64>,
        closing: &[Closing],
        out: &mut Outputs,
    ) {
        let index = self.markets[market].index;
        let working = self.markets[market].exchange.orders().iter();
        let mut concerned: BTreeSet<u16> = working.map(|w| w.order.strategy).collect();
        concerned.extend(parts.iter().filter(|(_, part)| **part != 0).map(|(number, _)| *number));
        for strategy in concerned {
            let own = closing.iter().map(|closing| closing.order.order());
            let own = own.filter(|order| order.strategy == strategy);
            // Without an order the answer takes as long as that to an order without a name.
            let order = own.map(|order| order.id.clone()).next().unwrap_or_default();
            self.stance(strategy, index).doomed = true;
            let (known, due) = self.answer(key, by, market, &order);
            let (of, news) = ((strategy, index), News::Liquidated);
            if known < key.ts {
                self.learn((key, known), of, &order, news, out);
            } else {
                self.schedule(due, Pending::Known { strategy, instrument: index, order, news });
            }
        }
    }

    fn take_all_back(&mut self, key: OrderKey, market: usize, out: &mut Outputs) {
        let index = self.markets[market].index;
        let working = self.markets[market].exchange.orders().iter();
        let orders: Vec<Text> = working.map(|working| working.order.id.clone()).collect();
        for order in orders {
            self.take_back(key, index, &order, REASON.to_owned(), false, out);
        }
    }

    /// Sends an order of the venue to the market: in a candle it is filled where that stands.
    fn close(
        &mut self,
        key: OrderKey,
        Closing { market, order }: Closing,
        within: Option<Within>,
        reason: &str,
        out: &mut Outputs,
    ) {
        let mut executions = Vec::new();
        let exchange = &mut self.markets[market].exchange;
        let arrived = match within {
            Some(within) => {
                let price = exchange.price_at_open(order.order().side, within.mark);
                let fill = (price, Liquidity::Taker);
                exchange.fill_exit(order, key.ts, fill, within, &mut executions)
            }
            None => match exchange.arrive(order, key.ts, &mut executions) {
                Ok(arrived) => arrived,
                Err(refusal) => unreachable!("a market order is taken: {}", refusal.1),
            },
        };
        let row_key = self.key(emit::ORDERS, key, self.spec.ordinals.orders);
        let by = within.map(|_| key.ts);
        let known = self.answer(key, by, market, &arrived.order.id).0;
        let (order, stage) = (&arrived.order, OrderStage::Arrived);
        let why = Some(reason.to_owned());
        self.order_row(row_key, order, stage, Some((&arrived, known)), why, out);
        self.book(key, market, &mut executions, out);
    }

    /// An execution of an order of the venue is booked, if it is one: what the liquidation takes
    /// besides the fee, and after the last one what is left below zero.
    pub(in crate::account) fn book_liquidation(
        &mut self,
        key: OrderKey,
        market: usize,
        (order, done): (&Text, bool),
        (notional, fill): (Money, &Text),
        out: &mut Outputs,
    ) {
        let Market { currency, exchange, .. } = &self.markets[market];
        let (currency, id) = (*currency, exchange.instrument().id.clone());
        let Some(liquidation) = self.margins.under_way.get_mut(&currency) else { return };
        if !liquidation.orders.contains(order) {
            return;
        }
        if done {
            liquidation.orders.remove(order);
        }
        let over = liquidation.orders.is_empty();
        let rate = exchange.spec().margin.as_ref().map(|margin| margin.liquidation_fee);
        let fee = rate.map_or(Money::ZERO, |rate| rate.of(notional));
        if fee != Money::ZERO {
            self.post_of((key, currency), &id, (PostingKind::Liquidation, -fee), fill, out);
        }
        if over {
            self.margins.under_way.remove(&currency);
            let equity = self.at_the_venues(currency).map_or(Money::ZERO, |(equity, _)| equity);
            if equity < Money::ZERO {
                self.post_of((key, currency), &id, (PostingKind::Insurance, -equity), fill, out);
            }
        }
    }

    fn post_of(
        &mut self,
        (key, currency): (OrderKey, usize),
        instrument: &InstrumentId,
        (kind, amount): (PostingKind, Money),
        fill: &Text,
        out: &mut Outputs,
    ) {
        let currency = self.currencies[currency].clone();
        self.post(key, Some(instrument), &currency, kind, amount, fill, out);
    }

    /// A strategy learns that the venue liquidates what it has in an instrument: with which order.
    pub(in crate::account) fn hear_of_liquidation(
        &mut self,
        key: OrderKey,
        (strategy, instrument): (u16, u32),
        order: &Text,
        out: &mut Outputs,
    ) {
        let market = self.market_of(instrument);
        // Where candles fill orders, it may be known before this one is filled, or after.
        let coming = self.margins.under_way.values().any(|l| l.orders.contains(order));
        let mut working = self.markets[market].exchange.orders().iter();
        let told = |pending: &Pending| match pending {
            Pending::Known { order: of, .. } => of == order,
            _ => false,
        };
        let unknown = !order.is_empty()
            && (coming || working.any(|w| w.order.id == *order) || self.pending.values().any(told));
        let stance = self.stance(strategy, instrument);
        // `wanted` stays: what has been true since before opens nothing.
        (stance.target, stance.amount, stance.doomed) = (0, None, false);
        stance.closing = unknown.then(|| order.clone());
        self.signal(key, strategy, market, 0, 0.0, REASON, out);
        self.pursue(key, strategy, market, None, None, out);
    }
}
