//! Accounts whose orders candles fill: sizes are found at the fill, and what came of it is
//! gathered bar by bar.

use super::{AccountLoop, Market};
use crate::{
    execution::{Order, Within},
    outputs::Outputs,
    portfolio::{BarStatistics, Performance},
    risk::{self, RiskView},
};
use schemas::{Money, OrderKey, Text, chunk::Candle};

impl AccountLoop {
    /// Gathers what comes of the account if candles fill all of its orders, in one currency.
    pub(super) fn performance_of(markets: &[Market], currencies: &[Text]) -> Option<Performance> {
        let candles = markets.iter().all(|m| m.exchange.needs_candles());
        (candles && currencies.len() == 1).then(|| Performance::new(markets.len()))
    }

    /// A candle of an instrument whose orders candles fill.
    pub(super) fn on_candle(
        &mut self,
        key: OrderKey,
        market: usize,
        candle: &Candle,
        out: &mut Outputs,
    ) {
        self.markets[market].opened = Some(candle.prices[0]);
        for order in self.markets[market].exchange.open_candle(candle) {
            self.size_at_open(key, market, &order, candle, out);
        }
        let mut executions = std::mem::take(&mut self.executions);
        self.markets[market].exchange.fill_at_open(candle, &mut executions);
        self.book(key, market, &mut executions, out);
        self.executions = executions;
        self.exits_at_open(key, market, candle, out);
        let currency = self.markets[market].currency;
        self.watch_margin(key, currency, Some((market, Within::at_open(candle))), out);
        match self.markets[market].exchange.path(candle) {
            Some(path) => self.walk(key, market, candle, (&path, None), out),
            None => self.walk_each(key, market, candle, out),
        }
        self.markets[market].exchange.end_candle(candle);
        self.exchange_ts = None;
        self.markets[market].exchange.view().move_price(candle.prices[3]);
        if let Some(performance) = &mut self.performance {
            performance.candle(candle);
        }
        // Shown once all candles of this moment have come.
        self.closing = Some(key);
        self.find_next_due();
    }

    /// Finds the quantity of an order at the open that is about to fill it.
    fn size_at_open(
        &mut self,
        key: OrderKey,
        market: usize,
        id: &Text,
        candle: &Candle,
        out: &mut Outputs,
    ) {
        let equity = self.equity_for(market);
        let Market { index, exchange, holding, .. } = &self.markets[market];
        let (index, position) = (*index, holding.quantity);
        let instrument = exchange.instrument().clone();
        let working = exchange.orders().iter().find(|w| w.order.id == *id);
        let order = working.expect("it was there a moment ago").order.clone();
        let sizing = order.sizing.expect("its quantity is to be found");
        let price = instrument.price(exchange.price_at_open(order.side, candle.prices[0]));
        let lots = sizing.amount.lots(&instrument, equity.to_f64(), price.to_f64());
        let target = i64::from(sizing.side) * lots;
        let stance = self.stance(order.strategy, index);
        let signed = (target - stance.holding.quantity) * order.side.sign();
        // A new wish that came meanwhile keeps its own target.
        let current = stance.live.as_ref().is_some_and(|live| live.id == *id) && !stance.reconcile;
        if current {
            stance.target = target;
        }
        if signed <= 0 {
            self.diagnostics[usize::from(order.strategy)].no_size += 1;
            let reason = format!("no lot is left to order at {price}");
            return self.take_back(key, index, id, reason, false, out);
        }
        let (open_buys, open_sells) = self.open_orders(index, Some(id), None);
        let mark = Some(price);
        let instrument = &instrument;
        let view = RiskView {
            now: key.ts,
            instrument,
            equity,
            position,
            open_buys,
            open_sells,
            mark,
            closes_own: false,
        };
        let sized = Order { quantity: signed, ..order };
        let judged = risk::regate(&self.spec.risk, &self.risk, &view, &sized);
        let lacks = self.lacks_margin(market, (sized.side, signed), false, Some(id));
        match judged.and(lacks.map_or(Ok(()), Err)) {
            Ok(()) => self.markets[market].exchange.resize(id, signed),
            Err(reason) => {
                self.diagnostics[usize::from(sized.strategy)].refused += 1;
                self.take_back(key, index, id, reason, false, out);
            }
        }
    }

    /// All candles of a moment have come: the account is shown at their close.
    pub(super) fn close_bar(&mut self, key: OrderKey, out: &mut Outputs) {
        self.second(key, out);
        if self.performance.is_none() {
            return;
        }
        let held = self.markets.iter().any(|m| m.holding.quantity != 0);
        let equity = self.equity_for(0).to_f64();
        self.performance.as_mut().expect("looked at above").close_bar(equity, held);
    }

    /// What came of the account bar by bar, with what is open valued at the last open; none if
    /// other than candles fill orders, or before the first bar.
    pub fn statistics(&self) -> Option<BarStatistics> {
        let performance = self.performance.as_ref()?;
        let unrealised = |market: &Market| match market.opened {
            Some(open) => {
                let instrument = market.exchange.instrument();
                market.holding.unrealised(instrument, instrument.price(open))
            }
            None => Money::ZERO,
        };
        let open: Vec<Money> = self.markets.iter().map(unrealised).collect();
        let cash = self.purses.get(&self.currencies[0]).map_or(Money::ZERO, |purse| purse.cash);
        performance.statistics(cash + open.iter().copied().sum(), &open)
    }
}
