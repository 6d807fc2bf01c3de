//! Market records as an account meets them.

use super::{AccountLoop, market::Market};
use crate::{execution::Moved, market::MarketRow, outputs::Outputs};
use schemas::{EventTime, OrderKey};

impl AccountLoop {
    /// A market record of an instrument that the account trades (`market` is its place in
    /// [`super::AccountSpec::instruments`]), where no other account has its views: as received, or
    /// what it is under [`crate::execution::VenueClock::key`] at a venue with a clock of its own.
    #[inline(always)]
    pub fn on_row(
        &mut self,
        key: OrderKey,
        market: usize,
        row: &MarketRow<'_>,
        exchange_ts: Option<EventTime>,
        out: &mut Outputs,
    ) {
        // News reaches accounts by way of strategies only.
        if matches!(row, MarketRow::News { .. }) {
            return;
        }
        self.come_to(key, out);
        let moved = self.markets[market].view_of(key).apply(key, row);
        self.meet((key, market), row, moved, exchange_ts, out);
    }

    /// A market record that has just gone into the view of its market, to which the account
    /// [came](AccountLoop::come_to) before: its orders meet it where it happened, and its exits
    /// where it was received.
    #[inline(always)]
    pub fn meet(
        &mut self,
        (key, market): (OrderKey, usize),
        row: &MarketRow<'_>,
        moved: Moved,
        exchange_ts: Option<EventTime>,
        out: &mut Outputs,
    ) {
        let place = &self.markets[market];
        let (has_clock, at_venue) = (place.seen.is_some(), key.received == OrderKey::AT_VENUE);
        match row {
            MarketRow::Funding(funding) => return self.on_funding(key, market, funding, out),
            MarketRow::Candle(candle) if place.exchange.needs_candles() => {
                return self.on_candle(key, market, candle, out);
            }
            _ => {}
        }
        if has_clock == at_venue && !place.exchange.is_idle() {
            self.match_orders((key, market), row, moved, exchange_ts, out);
        }
        if has_clock == at_venue && (moved.depth || moved.price) {
            self.watch_mark(key, market, out);
        }
        if !at_venue && moved.price && self.has_exits && !self.markets[market].is_calm() {
            self.watch_price(key, market, out);
        }
    }

    fn match_orders(
        &mut self,
        (key, market): (OrderKey, usize),
        row: &MarketRow<'_>,
        moved: Moved,
        exchange_ts: Option<EventTime>,
        out: &mut Outputs,
    ) {
        let mut executions = std::mem::take(&mut self.executions);
        self.markets[market].exchange.meet(row, (key.ts, moved), &mut executions);
        self.tell_woken(key, market, out);
        if !executions.is_empty() {
            self.exchange_ts = exchange_ts;
            self.book(key, market, &mut executions, out);
            self.exchange_ts = None;
            self.tell_ended(key, market, out);
        }
        self.executions = executions;
    }

    /// Does the account share its view of a market with others? Not where candles fill orders:
    /// within one the price goes where the account's own orders are.
    pub fn shares(&self, market: usize) -> bool {
        !self.markets[market].exchange.needs_candles()
    }

    /// The event time before which a trade at a price within [`AccountLoop::band`] can only move
    /// that price: nothing is due, and no order is at work. [`EventTime::MIN`] when the next record
    /// matters in any case.
    pub fn quiet_until(&self) -> EventTime {
        let working = |m: &Market| !m.exchange.orders().is_empty();
        if !self.deposited || self.markets.iter().any(working) {
            return EventTime::MIN;
        }
        self.next_due
    }

    /// Has a strategy of the account an exit, or a venue a margin, so that prices matter while no
    /// order is at work?
    pub fn watches_prices(&self) -> bool {
        self.has_exits || self.margins.active
    }

    /// Prices of trades of an instrument, at its scale, between which no exit has anything to do
    /// and no liquidation begins; both excluded.
    pub fn band(&self, market: usize) -> (i64, i64) {
        let (exits, margin) = (self.markets[market].band, self.calm_trades(market));
        (exits.0.max(margin.0), exits.1.min(margin.1))
    }

    /// A trade before [`AccountLoop::quiet_until`] within [`AccountLoop::band`].
    #[inline(always)]
    pub fn move_price(&mut self, market: usize, price: i64) {
        self.markets[market].exchange.view().move_price(price);
    }

    /// A market record from before the account exists: it moves the market, nothing else.
    pub fn warm(&mut self, key: OrderKey, market: usize, row: &MarketRow<'_>) {
        self.markets[market].view_of(key).apply(key, row);
        self.foresee(key, market, row);
    }

    /// What a record from before the account exists says of what is to come, where the record is
    /// in a view that is shared already.
    pub fn foresee(&mut self, key: OrderKey, market: usize, row: &MarketRow<'_>) {
        if let MarketRow::Funding(funding) = row {
            self.expect_funding(key, market, funding);
        }
    }
}
