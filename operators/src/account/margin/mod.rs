//! Margin: what venues want to be held against positions, cross in each settlement currency.
//!
//! The venue compares equity (cash and what is open, at what positions are valued at) with the
//! maintenance margin of all positions in the currency. It does so whenever one of both may have
//! changed: after executions, funding and interest, and when a price has moved far enough. How far
//! that is is found beforehand, by what is left above the maintenance margin, which is shared
//! equally among the instruments that are held: between two prices of each of them none can have
//! used up its share, so that nothing is looked at meanwhile. The shares decide when the venue
//! looks, never what it sees.
//!
//! Initial margin is for risk: an order that would add to a position needs it, when it is decided
//! and when it comes to the venue.

#[cfg(test)]
mod initial_tests;
mod liquidate;
#[cfg(test)]
mod tests;

pub(super) use liquidate::Liquidation;

use super::{
    AccountLoop, Market, Pending,
    exits::{Band, CALM},
};
use crate::{
    execution::{Margin, Order, PaperExchange, Within},
    outputs::Outputs,
    risk,
};
use schemas::{Money, OrderKey, Price, Side, Text, records::MarkSource};
use std::collections::{BTreeMap, BTreeSet};

/// What the account remembers of margins.
pub(super) struct Margins {
    /// Does a venue of the account want margin?
    pub active: bool,
    /// For each market the marks between which it cannot have used up its share of what is left
    /// above the maintenance margin, both excluded, in tenths of its steps: marks are as fine.
    bands: Vec<Band>,
    /// By place of the currency.
    pub under_way: BTreeMap<usize, Liquidation>,
}

/// Every price is looked at.
const WATCHED: Band = (i64::MAX, i64::MIN);

/// Marks that are further away than so many times the price are not told apart.
const FAR: i64 = 8;

impl Margins {
    /// Nothing is held.
    pub fn new(markets: &[Market]) -> Margins {
        Margins {
            active: markets.iter().any(|market| market.margin().is_some()),
            bands: vec![CALM; markets.len()],
            under_way: BTreeMap::new(),
        }
    }
}

impl Market {
    /// What its venue wants to be held against positions in it.
    fn margin(&self) -> Option<&Margin> {
        self.exchange.spec().margin.as_ref()
    }

    /// What is held, at a mark, less the margin that keeps it: what it does to the account's
    /// equity, but for a constant.
    fn above_margin(&self, tenths: i64) -> Money {
        let instrument = self.exchange.instrument();
        let mark = Price::new(tenths, instrument.price_scale + 1);
        let value = instrument.value(mark, self.holding.quantity);
        let kept = self.margin().map(|margin| margin.maintenance(Money(value.0.abs())));
        value - kept.unwrap_or(Money::ZERO)
    }

    /// Marks between which [`Market::above_margin`] has not lost more than `share`. It falls with
    /// the price of what is held long, and rises with that of what is held short, whether inverse
    /// or not.
    fn calm_between(&self, tenths: i64, share: Money) -> Band {
        if tenths <= 0 {
            return WATCHED;
        }
        let least = self.above_margin(tenths) - share;
        let kept = |tenths: i64| self.above_margin(tenths) >= least;
        // The mark itself is within; `far` is out, or as far as is looked.
        let (mut within, mut out) = (tenths, tenths.saturating_mul(FAR));
        if self.holding.quantity > 0 {
            out = tenths / FAR;
        }
        while within.abs_diff(out) > 1 {
            let middle = within.midpoint(out);
            if kept(middle) { within = middle } else { out = middle }
        }
        if self.holding.quantity > 0 { (out, i64::MAX) } else { (i64::MIN, out) }
    }
}

/// The mark in tenths of a step.
fn tenths(exchange: &PaperExchange) -> Option<i64> {
    let (mark, _) = exchange.view().read().mark()?;
    let coarse = mark.scale == exchange.instrument().price_scale;
    Some(if coarse { mark.raw.saturating_mul(10) } else { mark.raw })
}

impl AccountLoop {
    /// Places of the markets that settle in a currency and are held.
    fn held_of(&self, currency: usize) -> impl Iterator<Item = usize> {
        let markets = self.markets.iter().enumerate();
        let held = markets.filter(move |(_, m)| m.currency == currency && m.holding.quantity != 0);
        held.map(|(place, _)| place)
    }

    /// Equity at the venues' marks, and the maintenance margin where some is wanted; none where
    /// something that is held has no price.
    fn at_the_venues(&self, currency: usize) -> Option<(Money, Option<Money>)> {
        let cash = self.purses.get(&self.currencies[currency]).map_or(Money::ZERO, |p| p.cash);
        let (mut equity, mut kept) = (cash, None);
        for place in self.held_of(currency) {
            let market = &self.markets[place];
            let (mark, _) = market.exchange.view().read().mark()?;
            let value = market.exchange.instrument().value(mark, market.holding.quantity);
            equity += value - market.holding.cost;
            if let Some(margin) = market.margin() {
                let before = kept.unwrap_or(Money::ZERO);
                kept = Some(before + margin.maintenance(Money(value.0.abs())));
            }
        }
        Some((equity, kept))
    }

    /// Equity and the maintenance margin; none where none is wanted, or something has no price.
    pub(super) fn equity_and_maintenance(&self, currency: usize) -> Option<(Money, Money)> {
        let (equity, kept) = self.at_the_venues(currency)?;
        Some((equity, kept?))
    }

    /// A record of the market has come: has its mark left the band?
    #[inline(always)]
    pub(super) fn watch_mark(&mut self, key: OrderKey, market: usize, out: &mut Outputs) {
        let band = self.margins.bands[market];
        if band != CALM && !is_within(&self.markets[market].exchange, band) {
            self.watch_margin(key, self.markets[market].currency, None, out);
        }
    }

    /// Equity or positions of a currency may have changed: liquidates, or finds how far prices
    /// may go. In a candle it is `within` that one's market.
    pub(super) fn watch_margin(
        &mut self,
        key: OrderKey,
        currency: usize,
        within: Option<(usize, Within)>,
        out: &mut Outputs,
    ) {
        if !self.margins.active || self.margins.under_way.contains_key(&currency) {
            return;
        }
        match self.equity_and_maintenance(currency) {
            Some((equity, kept)) if equity < kept => {
                self.calm(currency, CALM);
                self.liquidate(key, currency, (equity, kept), within, out);
            }
            Some((equity, kept)) => self.find_calm_marks(currency, equity - kept),
            None => {
                let wanted = |place: usize| self.markets[place].margin().is_some();
                let watched = self.held_of(currency).any(wanted);
                self.calm(currency, if watched { WATCHED } else { CALM });
            }
        }
    }

    fn calm(&mut self, currency: usize, band: Band) {
        for (market, own) in self.markets.iter().zip(&mut self.margins.bands) {
            if market.currency == currency {
                *own = if market.holding.quantity == 0 { CALM } else { band };
            }
        }
    }

    fn find_calm_marks(&mut self, currency: usize, left: Money) {
        self.calm(currency, CALM);
        let held: Vec<usize> = self.held_of(currency).collect();
        let share = Money(left.0 / held.len().max(1) as i128);
        for place in held {
            let market = &self.markets[place];
            let band = tenths(&market.exchange).map(|mark| market.calm_between(mark, share));
            self.margins.bands[place] = band.unwrap_or(WATCHED);
        }
    }

    /// The same for all currencies, of a state that was taken over.
    pub(super) fn find_all_calm_marks(&mut self) {
        for currency in 0..self.currencies.len() {
            let watched = self.margins.active && !self.margins.under_way.contains_key(&currency);
            match self.equity_and_maintenance(currency).filter(|_| watched) {
                Some((equity, kept)) if equity >= kept => {
                    self.find_calm_marks(currency, equity - kept);
                }
                // It was looked at before, and is at the next record.
                _ => self.calm(currency, if watched { WATCHED } else { CALM }),
            }
        }
    }

    /// Prices of trades between which no liquidation begins while nothing but trades comes, both
    /// excluded: those of the mark, where it is that of the last trade.
    pub(super) fn calm_trades(&self, market: usize) -> Band {
        let (low, high) = self.margins.bands[market];
        if (low, high) == CALM {
            return CALM;
        }
        match self.markets[market].exchange.view().read().mark() {
            Some((_, MarkSource::Mid)) => CALM,
            _ => {
                let no_price = |end: i64| end == i64::MIN || end == i64::MAX;
                let low = if no_price(low) { low } else { low.div_euclid(10) };
                (low, if no_price(high) { high } else { up_to_step(high) })
            }
        }
    }

    /// The price at which a liquidation begins if that of a market goes straight from one price to
    /// another and all others stand still; none if it does not.
    pub(super) fn liquidation_between(&self, market: usize, at: i64, to: i64) -> Option<i64> {
        let Market { currency, holding, exchange, .. } = &self.markets[market];
        let under_way = self.margins.under_way.contains_key(currency);
        let worse = (to - at) * holding.quantity.signum() < 0;
        if !self.margins.active || under_way || !worse {
            return None;
        }
        let (equity, kept) = self.equity_and_maintenance(*currency)?;
        let (low, high) = self.markets[market].calm_between(tenths(exchange)?, equity - kept);
        let level = if holding.quantity > 0 { low.div_euclid(10) } else { up_to_step(high) };
        ((level - to) * (to - at).signum() <= 0).then_some(level)
    }

    /// Initial margin of positions in a currency and of orders that would add to them, with `more`
    /// of a market: those at the venue but one, and those on their way to it if they are `known`.
    fn initial_margin(
        &self,
        currency: usize,
        known: bool,
        (but, more): (Option<&Text>, Option<(usize, i64)>),
    ) -> Option<Money> {
        let mut open = vec![(0_i64, 0_i64); self.markets.len()];
        let mut groups = BTreeSet::new();
        // Of orders of which one cancels the others one counts.
        let mut counts = |order: &Order| {
            order.linked.as_ref().is_none_or(|linked| groups.insert(linked.group.clone()))
        };
        let mut add = |place: usize, signed: i64| {
            let (buys, sells) = &mut open[place];
            *(if signed > 0 { buys } else { sells }) += signed.abs();
        };
        for (place, market) in self.markets.iter().enumerate() {
            for working in market.exchange.orders().iter().filter(|w| Some(&w.order.id) != but) {
                if counts(&working.order) {
                    add(place, working.order.side.sign() * working.remaining);
                }
            }
        }
        for pending in self.pending.values().filter(|_| known) {
            if let Pending::Arrive(order) | Pending::Lost(order) = pending {
                let order = order.order();
                if counts(order) {
                    add(self.market_of(order.instrument), order.side.sign() * order.quantity);
                }
            }
        }
        if let Some((place, signed)) = more {
            add(place, signed);
        }
        let mut all = Money::ZERO;
        for (market, (buys, sells)) in self.markets.iter().zip(open) {
            let held = market.holding.quantity;
            let most = held.saturating_add(buys).abs().max(held.saturating_sub(sells).abs());
            let Some(margin) = market.margin().filter(|_| market.currency == currency) else {
                continue;
            };
            if most != 0 {
                let view = market.exchange.view();
                let seen = if known { market.view() } else { view.read() };
                let (mark, _) = seen.mark()?;
                all += margin.initial(seen.instrument().notional(mark, most));
            }
        }
        Some(all)
    }

    /// The initial margin in use: of positions, and of orders at the venue that would add to them.
    pub(super) fn margin_in_use(&self, currency: &str) -> Money {
        let place = self.currencies.iter().position(|c| **c == *currency);
        let place = place.filter(|_| self.margins.active);
        place
            .and_then(|place| self.initial_margin(place, false, (None, None)))
            .unwrap_or(Money::ZERO)
    }

    /// Why an order lacks margin, by its side and quantity: when it is decided, with all orders
    /// that are `known` to be under way; when it meets the venue, with those that are there, but
    /// for itself.
    pub(super) fn lacks_margin(
        &mut self,
        market: usize,
        (side, quantity): (Side, i64),
        known: bool,
        itself: Option<&Text>,
    ) -> Option<String> {
        self.markets[market].margin()?;
        let currency = self.markets[market].currency;
        let more = Some((market, side.sign() * quantity));
        let before = self.initial_margin(currency, known, (itself, None));
        let after = self.initial_margin(currency, known, (itself, more));
        let (Some(before), Some(after)) = (before, after) else {
            return Some("margin: no price yet to value the position at".to_owned());
        };
        if after <= before {
            return None;
        }
        let name = self.currencies[currency].clone();
        let equity = match known {
            true => self.equity(&name),
            false => self.at_the_venues(currency)?.0,
        };
        risk::lacks_margin((after, before), equity, &name)
    }

    /// Why the venue turns an order away that has come.
    pub(super) fn turned_away(&mut self, market: usize, order: &Order) -> Option<String> {
        if !self.margins.active {
            return None;
        }
        let place = &self.markets[market];
        if place.margin().is_some() && self.margins.under_way.contains_key(&place.currency) {
            return Some("liquidation: the venue is closing the account's positions".to_owned());
        }
        if self.has_linked(order, false) {
            return None;
        }
        self.lacks_margin(market, (order.side, order.quantity), false, None)
    }

    /// Is another order of its group there already, or on its way if that counts, so that this one
    /// adds nothing to what may be executed?
    pub(super) fn has_linked(&self, order: &Order, known: bool) -> bool {
        let Some(linked) = &order.linked else { return false };
        let group = |other: &Order| {
            other.id != order.id && other.linked.as_ref().is_some_and(|l| l.group == linked.group)
        };
        let mut there = self.markets.iter().flat_map(|market| market.exchange.orders());
        let mut coming = self.pending.values().filter(|_| known);
        there.any(|working| group(&working.order))
            || coming.any(|pending| match pending {
                Pending::Arrive(order) | Pending::Lost(order) => group(order.order()),
                _ => false,
            })
    }
}

/// Lies the mark between two, in tenths of a step?
fn is_within(exchange: &PaperExchange, (low, high): Band) -> bool {
    tenths(exchange).is_some_and(|mark| low < mark && mark < high)
}

/// Whole steps at or above tenths of them.
fn up_to_step(tenths: i64) -> i64 {
    tenths.div_euclid(10) + i64::from(tenths.rem_euclid(10) != 0)
}
