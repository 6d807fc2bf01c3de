//! Markets whose venue matches by a clock of its own: each record comes twice, for the venue when
//! it happened there, and for the strategy when it was received.

use super::AccountLoop;
use crate::{execution::VenueClock, market::MarketRow, outputs::Outputs};
use schemas::{EventTime, OrderKey};

impl VenueClock {
    /// The key of what a received record is at the venue; none of those that orders do not meet.
    pub fn key(
        &self,
        received: OrderKey,
        exchange_ts: Option<EventTime>,
        row: &MarketRow<'_>,
    ) -> Option<OrderKey> {
        use MarketRow::{Delta, Order, Quote, Trade};
        let met = matches!(row, Trade(_) | Quote(_) | Delta(_) | Order(_));
        let ts = self.time(received.ts, exchange_ts);
        met.then_some(OrderKey { ts, received: OrderKey::AT_VENUE, ..received })
    }
}

impl AccountLoop {
    /// [`AccountLoop::on_row`] for accounts in which a venue has a clock of its own: a record of
    /// that venue as received, or what it is there under [`VenueClock::key`].
    pub fn on_clocked_row(
        &mut self,
        key: OrderKey,
        market: usize,
        row: &MarketRow<'_>,
        exchange_ts: Option<EventTime>,
        out: &mut Outputs,
    ) {
        match key.received {
            OrderKey::AT_VENUE => self.on_venue_row(key, market, row, exchange_ts, out),
            _ if self.markets[market].seen.is_none() => {
                self.on_row(key, market, row, exchange_ts, out);
            }
            _ => self.on_seen_row(key, market, row, out),
        }
    }

    /// [`AccountLoop::warm`] for such accounts.
    pub fn warm_clocked(&mut self, key: OrderKey, market: usize, row: &MarketRow<'_>) {
        let place = &mut self.markets[market];
        match &mut place.seen {
            Some(seen) if key.received != OrderKey::AT_VENUE => {
                seen.on_row(row, &mut Vec::new());
                if let MarketRow::Funding(funding) = row {
                    self.expect_funding(key, market, funding);
                }
            }
            _ => self.warm(key, market, row),
        }
    }

    /// What the strategy receives: it moves what is known, and executes nothing.
    fn on_seen_row(
        &mut self,
        key: OrderKey,
        market: usize,
        row: &MarketRow<'_>,
        out: &mut Outputs,
    ) {
        if matches!(row, MarketRow::News { .. }) {
            return;
        }
        self.come_to(key, out);
        if let MarketRow::Funding(funding) = row {
            return self.on_funding(key, market, funding, out);
        }
        let place = &mut self.markets[market];
        let Some(seen) = &mut place.seen else { return };
        let moved = seen.on_row(row, &mut Vec::new());
        if moved && self.has_exits && !self.markets[market].is_calm() {
            self.watch_price(key, market, out);
        }
    }

    /// What happens at the venue: it executes orders, and nobody knows yet.
    fn on_venue_row(
        &mut self,
        key: OrderKey,
        market: usize,
        row: &MarketRow<'_>,
        exchange_ts: Option<EventTime>,
        out: &mut Outputs,
    ) {
        self.come_to(key, out);
        let mut executions = std::mem::take(&mut self.executions);
        self.markets[market].exchange.on_row(row, &mut executions);
        self.tell_woken(key, market, out);
        self.exchange_ts = exchange_ts;
        self.book(key, market, &mut executions, out);
        self.exchange_ts = None;
        self.executions = executions;
    }
}
