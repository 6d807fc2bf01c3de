//! Exits where candles are the market: what was touched within one is known when it is over.
//!
//! A candle that opens beyond a level ends the position at its open; else a candle whose path comes
//! to the level ends it there: a stop takes, and pays the half spread like all that takes, a profit
//! is given, like that of a limit order. No latency lies between. Where the model knows no path, it
//! went to the extreme against the position first, then to the other one, then to the close.

use super::Member;
use crate::{
    account::{AccountLoop, emit},
    execution::{Order, Within, id_of},
    outputs::Outputs,
};
use schemas::{
    OrderKey, Side, Text,
    chunk::Candle,
    records::{Liquidity, OrderStage},
};

/// An exit that a path comes to.
#[derive(Clone, Copy)]
struct Hit {
    /// The strategy, and the instrument's place among what it trades.
    guard: (u16, u16),
    member: Member,
    level: i64,
    /// Where the price was.
    price: i64,
    /// Did the price come to the level, rather than begin beyond it?
    reached: bool,
}

impl AccountLoop {
    /// Ends positions whose levels the open of a candle is beyond: also those that it opened.
    pub(in crate::account) fn exits_at_open(
        &mut self,
        key: OrderKey,
        market: usize,
        candle: &Candle,
        out: &mut Outputs,
    ) {
        let open = candle.prices[0];
        self.see(market, open, None);
        while let Some(hit) = self.first_hit(market, (open, open), None) {
            self.end_within(key, market, hit, Within::at_open(candle), out);
        }
    }

    /// Takes positions through a candle of which no path is known: each one through the worst.
    pub(in crate::account) fn walk_each(
        &mut self,
        key: OrderKey,
        market: usize,
        candle: &Candle,
        out: &mut Outputs,
    ) {
        let [open, high, low, close] = candle.prices;
        for i in 0..self.markets[market].guards.len() {
            let guard @ (number, place) = self.markets[market].guards[i];
            let stance = &mut self.stances[usize::from(number)][usize::from(place)];
            let path = match stance.guard() {
                Some(guard) if guard.side > 0 => [open, low, high, close],
                Some(_) => [open, high, low, close],
                None => continue,
            };
            self.walk(key, market, candle, (&path, Some(guard)), out);
        }
        if self.margins.active {
            // What no exit guards meets the worst, too.
            let path = match self.markets[market].holding.quantity > 0 {
                true => [open, low, high, close],
                false => [open, high, low, close],
            };
            self.walk(key, market, candle, (&path, None), out);
        }
    }

    /// Takes limit orders and positions along a path, in the order in which it comes to them.
    pub(in crate::account) fn walk(
        &mut self,
        key: OrderKey,
        market: usize,
        candle: &Candle,
        (path, only): (&[i64], Option<(u16, u16)>),
        out: &mut Outputs,
    ) {
        for leg in path.windows(2) {
            let (mut at, to) = (leg[0], leg[1]);
            loop {
                let hit = self.first_hit(market, (at, to), only);
                let ends = self.liquidated_first(market, (at, to), hit);
                let stop = ends.or(hit.map(|hit| hit.price));
                let mut executions = std::mem::take(&mut self.executions);
                let exchange = &mut self.markets[market].exchange;
                let filled = exchange.fill_between(candle, (at, to), stop, &mut executions);
                self.book(key, market, &mut executions, out);
                self.executions = executions;
                match (filled, ends, hit) {
                    (Some(limit), ..) => at = limit,
                    (None, Some(level), _) => {
                        at = level;
                        let place = &self.markets[market];
                        place.exchange.view().move_price(level);
                        let (currency, within) = (place.currency, Within::by_end(candle, level));
                        self.watch_margin(key, currency, Some((market, within)), out);
                    }
                    (None, None, Some(hit)) => {
                        at = hit.price;
                        let within = Within::by_end(candle, at);
                        self.end_within(key, market, hit, within, out);
                    }
                    (None, None, None) => break,
                }
                self.see(market, at, only);
            }
            self.see(market, to, only);
        }
    }

    /// The price at which a liquidation begins on the way, if it does so before an exit is met.
    fn liquidated_first(
        &mut self,
        market: usize,
        (at, to): (i64, i64),
        hit: Option<Hit>,
    ) -> Option<i64> {
        if !self.margins.active {
            return None;
        }
        self.markets[market].exchange.view().move_price(at);
        let away = |price: i64| (price - at).abs();
        let level = self.liquidation_between(market, at, to)?;
        hit.is_none_or(|hit| away(level) < away(hit.price)).then_some(level)
    }

    /// The exit that a price which goes straight from `at` to `to` comes to first.
    fn first_hit(
        &self,
        market: usize,
        (at, to): (i64, i64),
        only: Option<(u16, u16)>,
    ) -> Option<Hit> {
        let market = &self.markets[market];
        let all = market.guards.iter().filter(|guard| only.is_none_or(|only| only == **guard));
        let hit = |guard: &(u16, u16)| {
            let stance = &self.stances[usize::from(guard.0)][usize::from(guard.1)];
            let watch = stance.exits.as_ref()?.guard.as_ref()?;
            // An order that has not come to the venue yet cannot be taken back there.
            let there = |id: &Text| market.exchange.orders().iter().any(|w| w.order.id == *id);
            let free = stance.live.as_ref().is_none_or(|live| there(&live.id));
            if watch.leaving.is_some() || stance.doomed || stance.closing.is_some() || !free {
                return None;
            }
            let reached = watch.touched(at).is_none();
            let (member, level) = watch.touched(if reached { to } else { at })?;
            let price = if reached { level } else { at };
            Some(Hit { guard: *guard, member, level, price, reached })
        };
        all.filter_map(hit).min_by_key(|hit| (hit.price - at).abs())
    }

    /// The price went to `price`.
    fn see(&mut self, market: usize, price: i64, only: Option<(u16, u16)>) {
        for guard in &self.markets[market].guards {
            let stance = &mut self.stances[usize::from(guard.0)][usize::from(guard.1)];
            if let Some(watch) = stance.guard().filter(|_| only.is_none_or(|o| o == *guard)) {
                watch.see(price);
            }
        }
    }

    /// Ends a position at a moment of a candle.
    fn end_within(
        &mut self,
        key: OrderKey,
        market: usize,
        hit: Hit,
        within: Within,
        out: &mut Outputs,
    ) {
        let number = hit.guard.0;
        let index = self.markets[market].index;
        self.markets[market].exchange.view().move_price(within.mark);
        let parent = self.stance(number, index).live.take().map(|live| live.id);
        let exchange = &mut self.markets[market].exchange;
        if let Some(working) = parent.as_ref().and_then(|id| exchange.cancel(id)) {
            let row_key = self.key(emit::ORDERS, key, self.spec.ordinals.orders);
            let reason = Some("the target changed".to_owned());
            let stage = OrderStage::Cancelled;
            let known = self.answer(key, Some(key.ts), market, &working.order.id).0;
            self.order_row(row_key, &working.order, stage, Some((&working, known)), reason, out);
        }
        self.leave(key, (number, market), (hit.member, Some(hit.level)), out);
        let row_key = self.key(emit::ORDERS, key, self.spec.ordinals.orders);
        let held = self.stance(number, index).holding.quantity;
        let exchange = &self.markets[market].exchange;
        let side = Side::of(-held);
        let gives = hit.member == Member::Take && hit.reached;
        let (price, liquidity) = match gives {
            true => (hit.price, Liquidity::Maker),
            false => (exchange.price_at_open(side, hit.price), Liquidity::Taker),
        };
        let (of, sized) = ((number, index), (side, held.abs()));
        let order = Order {
            parent,
            limit: gives.then_some(hit.level),
            trigger: Some(hit.level),
            ..Order::market(id_of(&row_key), of, sized, (key, exchange.marks()))
        };
        let Some(approved) = self.approve(row_key, market, order, false, out) else { return };
        let mut executions = std::mem::take(&mut self.executions);
        let exchange = &mut self.markets[market].exchange;
        let fill = (price, liquidity);
        let arrived = exchange.fill_exit(approved, key.ts, fill, within, &mut executions);
        let row_key = self.key(emit::ORDERS, key, self.spec.ordinals.orders);
        let known = self.answer(key, Some(key.ts), market, &arrived.order.id).0;
        let (order, stage) = (&arrived.order, OrderStage::Arrived);
        self.order_row(row_key, order, stage, Some((&arrived, known)), None, out);
        self.book(key, market, &mut executions, out);
        self.executions = executions;
    }

    /// The level of the exit that a strategy's next order is for.
    pub(in crate::account) fn trigger_of(&mut self, number: u16, index: u32) -> Option<i64> {
        self.stance(number, index).guard()?.leaving?.1
    }
}
