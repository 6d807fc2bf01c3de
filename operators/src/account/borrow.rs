//! Interest: what venues take for what the account owes.
//!
//! At each whole hour of event time, by what is owed then: base currency that was sold short on a
//! spot market, at what it is worth, and money of a settlement currency beyond the cash, which is
//! what spot positions have cost less what was got for short ones. Money is owed at the highest
//! rate of the venues that lend it, because all that settles in a currency is one purse.

use super::{AccountLoop, Market, Pending};
use crate::{
    execution::margin::{HOUR, interest},
    outputs::Outputs,
};
use schemas::{
    Money, OrderKey, Text,
    instrument::{Kind, Rate},
    records::PostingKind,
};

impl Market {
    /// What is charged here of a currency in a year.
    fn lends(&self, currency: &str) -> Option<Rate> {
        self.exchange.spec().borrow.as_ref().map(|borrow| borrow.rate_of(currency))
    }

    fn is_spot(&self) -> bool {
        self.exchange.instrument().kind == Kind::Spot
    }
}

impl AccountLoop {
    /// The next whole hour after `key`, if a venue charges for what is owed.
    pub(super) fn expect_interest(&mut self, key: OrderKey) {
        if self.markets.iter().any(|market| market.exchange.spec().borrow.is_some()) {
            let due = key.due(key.ts.floor(HOUR).plus(HOUR), self.spec.ordinals.ledger, 0, 0);
            self.schedule(due, Pending::Interest);
        }
    }

    /// An hour is over.
    pub(super) fn interest_is_due(&mut self, key: OrderKey, out: &mut Outputs) {
        let mut charged = false;
        for market in 0..self.markets.len() {
            charged |= self.charge_short(key, market, out);
        }
        for currency in 0..self.currencies.len() {
            charged |= self.charge_money(key, currency, out);
        }
        if charged {
            self.changed = true;
            let drawdown = self.portfolio_rows(key, out);
            self.watch_drawdown(drawdown, key, out);
            for currency in 0..self.currencies.len() {
                self.watch_margin(key, currency, None, out);
            }
        }
        self.expect_interest(key);
    }

    /// Charges for base currency that was sold and not had; gives whether there was any.
    fn charge_short(&mut self, key: OrderKey, market: usize, out: &mut Outputs) -> bool {
        let place = &self.markets[market];
        let (facts, held) = (place.exchange.instrument().clone(), place.holding.quantity);
        let (Some(rate), true) = (place.lends(&facts.base), place.is_spot() && held < 0) else {
            return false;
        };
        let mark = place.exchange.view().read().mark();
        let Some((mark, _)) = mark else { return false };
        let (cost, none) = (interest(rate, facts.notional(mark, held)), Text::default());
        self.post(key, Some(&facts.id), &facts.settle, PostingKind::Borrow, -cost, &none, out);
        true
    }

    /// Charges for money beyond the account's own; gives whether there was any.
    fn charge_money(&mut self, key: OrderKey, currency: usize, out: &mut Outputs) -> bool {
        let name = self.currencies[currency].clone();
        let cash = self.purses.get(&name).map_or(Money::ZERO, |purse| purse.cash);
        let here = || self.markets.iter().filter(|market| market.currency == currency);
        let paid: Money = here().filter(|m| m.is_spot()).map(|m| m.holding.cost).sum();
        let (owed, rate) = (paid - cash, here().filter_map(|market| market.lends(&name)).max());
        let (Some(rate), true) = (rate, owed > Money::ZERO) else { return false };
        let (cost, none) = (interest(rate, owed), Text::default());
        self.post(key, None, &name, PostingKind::Borrow, -cost, &none, out);
        true
    }
}
