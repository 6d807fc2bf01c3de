//! Rows that an account emits.

use super::{AccountLoop, Market, orders::status};
use crate::{
    execution::{Order, Wake, Working},
    outputs::Outputs,
};
use schemas::{
    EventTime, InstrumentId, Money, OrderKey, Text,
    records::{OrderEvent, OrderKind, OrderStage, Portfolio, Position, Posting, PostingKind},
};
use serde::{Deserialize, Serialize};

pub(super) const ORDERS: usize = 0;
pub(super) const FILLS: usize = 1;
const LEDGER: usize = 2;
const POSITIONS: usize = 3;
const PORTFOLIO: usize = 4;
pub(super) const MARKOUTS: usize = 5;

/// Gives keys of derived records their last component: a count per (operator, cause).
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Counter {
    base: OrderKey,
    next: u32,
}

impl Counter {
    pub fn key(&mut self, base: OrderKey, operator: u16, state: u32) -> OrderKey {
        let base = base.derived(operator, state, 0);
        if self.base != base {
            (self.base, self.next) = (base, 0);
        }
        self.next += 1;
        OrderKey { seq: self.next - 1, ..base }
    }
}

impl AccountLoop {
    /// The next key of a kind of row.
    pub(super) fn key(&mut self, kind: usize, base: OrderKey, operator: u16) -> OrderKey {
        self.counters[kind].key(base, operator, self.spec.index)
    }

    pub(super) fn deposit(&mut self, key: OrderKey, out: &mut Outputs) {
        let spec = self.spec.clone();
        for (currency, amount) in &spec.cash {
            // The purse holds it already: the account is as old as its first record.
            let purse = self.purses.get_mut(currency).expect("every deposit has a purse");
            purse.cash = Money::ZERO;
            self.post(key, None, currency, PostingKind::Deposit, *amount, &Text::default(), out);
        }
        self.changed = true;
        self.portfolio_rows(key, out);
    }

    #[allow(clippy::too_many_arguments)]
    pub(super) fn post(
        &mut self,
        base: OrderKey,
        instrument: Option<&InstrumentId>,
        currency: &Text,
        kind: PostingKind,
        amount: Money,
        reference: &Text,
        out: &mut Outputs,
    ) {
        self.purses.entry(currency.clone()).or_default().cash += amount;
        out.ledger.push(Posting {
            key: self.key(LEDGER, base, self.spec.ordinals.ledger),
            instrument: instrument.map(|i| i.text().clone()),
            account: self.spec.name.clone(),
            currency: currency.clone(),
            kind,
            amount,
            r#ref: (!reference.is_empty()).then(|| reference.clone()),
        });
    }

    /// A row of `orders`, made here and nowhere else; of one that came to the venue, with what it
    /// is after that and when the strategy knows.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn order_row(
        &mut self,
        key: OrderKey,
        order: &Order,
        event: OrderStage,
        working: Option<(&Working, EventTime)>,
        reason: Option<String>,
        out: &mut Outputs,
    ) {
        self.stages.enter(&order.id, event);
        let left = working.map_or(order.quantity, |(working, _)| working.remaining);
        assert!((0..=order.quantity).contains(&left), "no more is executed than was ordered");
        let market = &self.markets[self.market_of(order.instrument)];
        let instrument = market.exchange.instrument();
        let known = working.map(|(_, known)| known);
        let working = working.map(|(working, _)| working);
        out.orders.push(OrderEvent {
            key,
            instrument: Some(instrument.id.text().clone()),
            account: self.spec.name.clone(),
            strategy: self.spec.strategies[usize::from(order.strategy)].name.clone(),
            order_id: order.id.clone(),
            parent_id: order.parent.clone(),
            event,
            side: order.side,
            kind: kind_of(order),
            time_in_force: order.in_force,
            quantity: instrument.quantity(order.quantity),
            limit_price: order.limit.map(|raw| instrument.price(raw)),
            trigger_price: waits_for(order, working).map(|raw| instrument.price(raw)),
            status: status(event).into(),
            filled_quantity: instrument.quantity(working.map_or(0, |w| w.filled())),
            average_price: working.map_or(f64::NAN, |w| w.average_price(instrument)),
            decided_ts: order.decided.ts,
            arrived_ts: working.map(|w| w.arrived),
            // What was lost on its way is known when this is told.
            acknowledged_ts: known.or_else(|| (event == OrderStage::Rejected).then_some(key.ts)),
            reason: reason.map(Text::from),
        });
    }

    /// Cash and what is open, in one currency.
    pub(super) fn equity(&mut self, currency: &Text) -> Money {
        let cash = self.purses.get(currency).map_or(Money::ZERO, |p| p.cash);
        cash + self.held_in(currency).map(Market::unrealised).sum()
    }

    fn held_in(&mut self, currency: &Text) -> impl Iterator<Item = &mut Market> {
        let place = self.currencies.iter().position(|c| c == currency);
        let held = move |m: &&mut Market| m.holding.quantity != 0 && Some(m.currency) == place;
        self.markets.iter_mut().filter(held)
    }

    pub(super) fn position_row(&mut self, base: OrderKey, market: usize, out: &mut Outputs) {
        let unrealised = self.markets[market].unrealised();
        self.markets[market].shown = Some(unrealised);
        if !self.shows_positions {
            return;
        }
        let key = self.key(POSITIONS, base, self.spec.ordinals.positions);
        let Market { exchange, holding, .. } = &self.markets[market];
        let (instrument, mark) = (exchange.instrument(), self.markets[market].view().mark());
        out.positions.push(Position {
            key,
            instrument: Some(instrument.id.text().clone()),
            account: self.spec.name.clone(),
            quantity: instrument.quantity(holding.quantity),
            average_price: holding.average_price(instrument),
            realised_pnl: holding.realised,
            unrealised_pnl: unrealised,
            fees: holding.fees,
            mark: mark.map(|(mark, _)| mark),
            mark_source: mark.map(|(_, source)| source),
            currency: instrument.settle.clone(),
        });
    }

    /// A second is over: what changed is shown, and the drawdown stop looks.
    pub(super) fn second(&mut self, key: OrderKey, out: &mut Outputs) {
        for market in 0..self.markets.len() {
            let place = &mut self.markets[market];
            if place.holding.quantity == 0 {
                continue;
            }
            let now = Some(place.unrealised());
            if place.shown != now {
                self.position_row(key, market, out);
                self.changed = true;
            }
        }
        if self.changed {
            let drawdown = self.portfolio_rows(key, out);
            self.changed = false;
            self.watch_drawdown(drawdown, key, out);
        }
    }

    /// What the account is worth in each currency; gives the largest drawdown.
    pub(super) fn portfolio_rows(&mut self, base: OrderKey, out: &mut Outputs) -> f64 {
        let mut largest: f64 = 0.0;
        let currencies: Vec<Text> = self.purses.keys().cloned().collect();
        for currency in currencies {
            let key = self.key(PORTFOLIO, base, self.spec.ordinals.portfolio);
            let mut row = Portfolio {
                key,
                instrument: None,
                account: self.spec.name.clone(),
                currency: currency.clone(),
                cash: Money::ZERO,
                equity: Money::ZERO,
                realised: Money::ZERO,
                unrealised: Money::ZERO,
                fees: Money::ZERO,
                funding: Money::ZERO,
                drawdown: 0.0,
                gross_exposure: Money::ZERO,
                net_exposure: Money::ZERO,
                margin: Money::ZERO,
            };
            for market in self.held_in(&currency) {
                row.unrealised += market.unrealised();
                if let Some((mark, _)) = market.view().mark() {
                    let (instrument, held) =
                        (market.exchange.instrument(), market.holding.quantity);
                    let worth = instrument.notional(mark, held);
                    row.gross_exposure += worth;
                    row.net_exposure += if held < 0 { -worth } else { worth };
                }
            }
            let purse = self.purses.get_mut(&currency).expect("listed above");
            (row.cash, row.realised, row.fees) = (purse.cash, purse.realised, purse.fees);
            row.funding = purse.funding;
            row.equity = row.cash + row.unrealised;
            row.drawdown = purse.drawdown(row.equity);
            row.margin = self.margin_in_use(&currency);
            largest = largest.max(row.drawdown);
            out.portfolio.push(row);
        }
        largest
    }
}

/// How an order meets the market.
fn kind_of(order: &Order) -> OrderKind {
    match (order.wake.map(|wake| wake.on), order.limit.is_some()) {
        (None, false) => OrderKind::Market,
        (None, true) => OrderKind::Limit,
        (Some(Wake::Stop), false) => OrderKind::Stop,
        (Some(Wake::Stop), true) => OrderKind::StopLimit,
        (Some(Wake::Touch), false) => OrderKind::Touch,
        (Some(Wake::Touch), true) => OrderKind::TouchLimit,
        (Some(Wake::Trail), _) => OrderKind::Trailing,
    }
}

/// The price that an order waits for, or the level of the exit that made it.
fn waits_for(order: &Order, working: Option<&Working>) -> Option<i64> {
    let told = order.wake.filter(|wake| wake.on != Wake::Trail).map(|wake| wake.at);
    order.trigger.or(told).or_else(|| working?.wakes_at())
}
