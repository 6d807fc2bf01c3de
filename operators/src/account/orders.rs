//! Orders at the venue, what becomes of them, and what it does to the account.

use super::{AccountLoop, Market, News, Pending, amend, emit};
use crate::{
    execution::{Execution, OTHER_FILLED, OTHER_FILLED_IN_PART, Order, Within, Working, id_of},
    outputs::Outputs,
    risk::Approved,
};
use schemas::{
    EventTime, Money, OrderKey, Span, Text,
    instrument::Rate,
    records::{Fill, Liquidity, OrderStage, PostingKind, TimeInForce},
};

impl AccountLoop {
    /// An order reaches the venue.
    pub(super) fn arrive(&mut self, key: OrderKey, order: Approved, out: &mut Outputs) {
        let market = self.market_of(order.order().instrument);
        let row_key = self.key(emit::ORDERS, key, self.spec.ordinals.orders);
        let (order, cut) = match self.cut(market, order) {
            Ok(cut) => cut,
            Err(order) => {
                let working = self.markets[market].exchange.come(*order, key.ts);
                let reason = amend::NOTHING.to_owned();
                return self.reject((key, row_key), market, &working, reason, out);
            }
        };
        if let Some(reason) = self.turned_away(market, order.order()) {
            let working = self.markets[market].exchange.come(order, key.ts);
            return self.reject((key, row_key), market, &working, reason, out);
        }
        let mut executions = Vec::new();
        match self.markets[market].exchange.arrive(order, key.ts, &mut executions) {
            Ok(working) => {
                let stage = OrderStage::Arrived;
                let known = self.answer(key, None, market, &working.order.id).0;
                let why = cut.or(working.is_less().then(|| OTHER_FILLED_IN_PART.to_owned()));
                self.order_row(row_key, &working.order, stage, Some((&working, known)), why, out);
                if let Some(timeout) = working.order.timeout {
                    let due = key.due(key.ts.plus(timeout), self.spec.ordinals.orders, 0, 0);
                    let (instrument, order) = (working.order.instrument, working.order.id.clone());
                    self.schedule(due, Pending::Timeout { instrument, order });
                }
                self.tell_woken(key, market, out);
                self.book(key, market, &mut executions, out);
                self.tell_ended(key, market, out);
                if working.order.in_force == TimeInForce::Ioc {
                    let (index, id) = (working.order.instrument, &working.order.id);
                    let reason = "ioc: the rest could not be had at once".to_owned();
                    self.take_back(key, index, id, reason, false, out);
                }
            }
            Err(refusal) => {
                let (working, reason) = *refusal;
                self.reject((key, row_key), market, &working, reason.to_owned(), out);
            }
        }
    }

    /// The venue does not take an order that has come.
    fn reject(
        &mut self,
        (key, row_key): (OrderKey, OrderKey),
        market: usize,
        working: &Working,
        reason: String,
        out: &mut Outputs,
    ) {
        let (stage, reason) = (OrderStage::Rejected, Some(reason));
        let answer = self.answer(key, None, market, &working.order.id);
        self.order_row(row_key, &working.order, stage, Some((working, answer.0)), reason, out);
        self.tell(key, answer, working, News::Ended { timed_out: false }, out);
    }

    /// Rows of the orders that the market has woken.
    #[inline(always)]
    pub(super) fn tell_woken(&mut self, key: OrderKey, market: usize, out: &mut Outputs) {
        for working in self.markets[market].exchange.take_woken() {
            self.tell_less(key, market, &working, out);
            let row_key = self.key(emit::ORDERS, key, self.spec.ordinals.orders);
            let known = self.answer(key, None, market, &working.order.id).0;
            let stage = OrderStage::Triggered;
            self.order_row(row_key, &working.order, stage, Some((&working, known)), None, out);
        }
    }

    /// The row of an order, as it was before anything else, that its group has made smaller.
    fn tell_less(&mut self, key: OrderKey, market: usize, working: &Working, out: &mut Outputs) {
        if working.is_less() {
            let row_key = self.key(emit::ORDERS, key, self.spec.ordinals.orders);
            let known = self.answer(key, None, market, &working.order.id).0;
            let (stage, why) = (OrderStage::Amended, Some(OTHER_FILLED_IN_PART.to_owned()));
            self.order_row(row_key, &working.order, stage, Some((working, known)), why, out);
        }
    }

    /// Rows of the orders that others of their groups have ended, or made smaller.
    pub(super) fn tell_ended(&mut self, key: OrderKey, market: usize, out: &mut Outputs) {
        for working in self.markets[market].exchange.take_lessened() {
            self.tell_less(key, market, &working, out);
        }
        for working in self.markets[market].exchange.take_ended() {
            self.tell_less(key, market, &working, out);
            let reason = OTHER_FILLED.to_owned();
            self.tell_cancelled(key, market, &working, (reason, false), out);
        }
    }

    /// An order is taken back, on request or at its timeout; nothing happens if it has ended.
    pub(super) fn end_order(
        &mut self,
        key: OrderKey,
        instrument: u32,
        order: &Text,
        timed_out: bool,
        out: &mut Outputs,
    ) {
        let market = &self.markets[self.market_of(instrument)];
        let strategy = |w: &&Working| &self.spec.strategies[usize::from(w.order.strategy)];
        let working = market.exchange.orders().iter().find(|w| w.order.id == *order);
        let quotes = working.as_ref().is_some_and(|w| strategy(w).quote.is_some());
        let exits = working.as_ref().is_some_and(|w| w.order.linked.is_some());
        let reason = match timed_out {
            true => "timeout",
            false if exits => "the exit changed",
            false if quotes => "the quote changed",
            false => "the target changed",
        };
        self.take_back(key, instrument, order, reason.to_owned(), timed_out, out);
    }

    pub(super) fn take_back(
        &mut self,
        key: OrderKey,
        instrument: u32,
        order: &Text,
        reason: String,
        timed_out: bool,
        out: &mut Outputs,
    ) {
        let market = self.market_of(instrument);
        let Some(working) = self.markets[market].exchange.cancel(order) else { return };
        self.tell_cancelled(key, market, &working, (reason, timed_out), out);
    }

    fn tell_cancelled(
        &mut self,
        key: OrderKey,
        market: usize,
        working: &Working,
        (reason, timed_out): (String, bool),
        out: &mut Outputs,
    ) {
        let row_key = self.key(emit::ORDERS, key, self.spec.ordinals.orders);
        let (stage, reason) = (OrderStage::Cancelled, Some(reason));
        let answer = self.answer(key, None, market, &working.order.id);
        self.order_row(row_key, &working.order, stage, Some((working, answer.0)), reason, out);
        self.tell(key, answer, working, News::Ended { timed_out }, out);
    }

    /// Books executions: order, fill, postings, position, portfolio.
    pub(super) fn book(
        &mut self,
        key: OrderKey,
        market: usize,
        executions: &mut Vec<Execution>,
        out: &mut Outputs,
    ) {
        let Some(last) = executions.last() else { return };
        let within = last.within.map(|within| (market, within));
        for execution in executions.drain(..) {
            self.book_one(key, market, &execution, out);
        }
        self.reduce_only(key, market, out);
        self.watch_margin(key, self.markets[market].currency, within, out);
    }

    fn book_one(&mut self, key: OrderKey, market: usize, execution: &Execution, out: &mut Outputs) {
        let ordinals = self.spec.ordinals;
        let Execution { working, price, quantity, liquidity, queue_ahead, within } = execution;
        if let Some(Within { mark, exchange_ts, .. }) = within {
            self.markets[market].exchange.view().move_price(*mark);
            self.exchange_ts = *exchange_ts;
        }
        if working.is_less() {
            let mut before = working.clone();
            before.remaining += quantity;
            before.paid -= i128::from(*price) * i128::from(*quantity);
            self.tell_less(key, market, &before, out);
        }
        let order = &working.order;
        let done = working.remaining == 0;
        let stage = if done { OrderStage::Filled } else { OrderStage::PartlyFilled };
        let order_key = self.key(emit::ORDERS, key, ordinals.orders);
        let by = within.map(|within| within.by);
        let answer = self.answer(key, by, market, &order.id);
        // Of what a candle tells the row says when it would be known if it had happened at its end.
        let known = match by {
            Some(by) => key.ts.plus(Span(answer.0.0 - by.0)),
            None => answer.0,
        };
        self.order_row(order_key, order, stage, Some((working, known)), None, out);

        let exchange = &self.markets[market].exchange;
        let (instrument, marks) = (exchange.instrument().clone(), exchange.marks());
        let signed = order.side.sign() * quantity;
        let price = instrument.price(*price);
        let notional = instrument.notional(price, *quantity);
        let fee = self.fee(market, (*liquidity, notional), key.ts);
        let exchange = &self.markets[market].exchange;
        let fill_model = exchange.spec().fill_name(*liquidity);
        let holding = &mut self.markets[market].holding;
        holding.fees += fee;
        let before = *holding;
        let realised = holding.execute(&instrument, price, signed);
        let after = *holding;
        self.markets[market].exchange.hold(after.quantity);
        self.markets[market].valued = None;
        if let (Some(performance), Some(within)) = (&mut self.performance, within) {
            performance.fill(market, within.opened, (before, after), (realised, fee));
        }
        let purse = self.purses.entry(instrument.settle.clone()).or_default();
        purse.realised += realised;
        purse.fees += fee;

        let fill_key = self.key(emit::FILLS, key, ordinals.fills);
        let fill_id = id_of(&fill_key);
        out.fills.push(Fill {
            key: fill_key,
            instrument: Some(instrument.id.text().clone()),
            account: self.spec.name.clone(),
            strategy: self.spec.strategies[usize::from(order.strategy)].name.clone(),
            order_id: order.id.clone(),
            fill_id: fill_id.clone(),
            side: order.side,
            price,
            quantity: instrument.quantity(*quantity),
            fee,
            fee_currency: instrument.settle.clone(),
            liquidity: *liquidity,
            fill_model: fill_model.as_str().into(),
            queue_ahead: queue_ahead.map(|q| instrument.quantity(q)),
            exchange_ts: self.exchange_ts,
            decision_mid: order.decision.mid,
            decision_spread: order.decision.spread,
            arrival_mid: working.arrival.mid,
            arrival_spread: working.arrival.spread,
            fill_mid: marks.mid,
            fill_spread: marks.spread,
        });
        self.watch_fill(key, answer.0, (order.strategy, market), out);
        let id = Some(&instrument.id);
        if realised != Money::ZERO {
            self.post(key, id, &instrument.settle, PostingKind::Trade, realised, &fill_id, out);
        }
        if fee != Money::ZERO {
            self.post(key, id, &instrument.settle, PostingKind::Fee, -fee, &fill_id, out);
        }
        self.book_liquidation(key, market, (&order.id, done), (notional, &fill_id), out);
        self.position_row(key, market, out);
        self.changed = true;
        let drawdown = self.portfolio_rows(key, out);
        self.tell(key, answer, working, News::Filled { signed, price, done }, out);
        self.watch_drawdown(drawdown, key, out);
    }

    /// What the venue takes of an execution.
    fn fee(
        &mut self,
        market: usize,
        (liquidity, notional): (Liquidity, Money),
        at: EventTime,
    ) -> Money {
        let Market { exchange, wire, currency, .. } = &self.markets[market];
        let fees = &exchange.spec().fees;
        let mut volume = Money::ZERO;
        if !fees.tiers.is_empty() {
            volume = self.traded.entry((*wire, *currency)).or_default().add(at, notional, fees);
        }
        fees.rate(liquidity, volume).of(notional)
    }

    /// Lets the strategy know when the answer has come. What happened before the record that tells
    /// of it (a candle's open) may be known already when that comes.
    pub(super) fn tell(
        &mut self,
        key: OrderKey,
        (known, due): (EventTime, OrderKey),
        working: &Working,
        news: News,
        out: &mut Outputs,
    ) {
        let of = (working.order.strategy, working.order.instrument);
        let order = working.order.id.clone();
        if known < key.ts {
            return self.learn((key, known), of, &order, news, out);
        }
        let news = Pending::Known { strategy: of.0, instrument: of.1, order, news };
        self.schedule(due, news);
    }

    /// A strategy learns what became of its order; `since` is when it could.
    pub(super) fn learn(
        &mut self,
        (key, since): (OrderKey, EventTime),
        (strategy, instrument): (u16, u32),
        order: &Text,
        news: News,
        out: &mut Outputs,
    ) {
        if let News::Liquidated = news {
            return self.hear_of_liquidation(key, (strategy, instrument), order, out);
        }
        let market = self.market_of(instrument);
        let facts = self.markets[market].exchange.instrument().clone();
        let stopped = self.risk.stopped;
        let stance = self.stance(strategy, instrument);
        let filled = matches!(news, News::Filled { .. });
        if let News::Filled { signed, price, .. } = news {
            let before = stance.holding.quantity.signum();
            stance.holding.execute(&facts, price, signed);
            if stance.holding.quantity.signum() != before {
                stance.held = 0;
            }
        }
        if filled {
            self.watch_ratio(key, since, strategy);
        }
        let stance = self.stance(strategy, instrument);
        if stance.hears_of_quote(order, news) {
            if stopped {
                self.pursue(key, strategy, market, None, None, out);
            }
            return;
        }
        if let Some(heard) = stance.hears_of_exit(order, news) {
            return self.exit_moved((key, since), (strategy, market), heard, out);
        }
        let closing = stance.closing.as_ref() == Some(order);
        let own = stance.live.as_ref().is_some_and(|live| live.id == *order);
        match news {
            News::Filled { done: true, .. } if closing => {
                stance.closing = None;
                if stance.reconcile && stance.live.is_none() {
                    self.pursue(key, strategy, market, None, None, out);
                }
            }
            News::Filled { done: true, .. } if own => {
                stance.live = None;
                if stance.reconcile {
                    self.pursue(key, strategy, market, None, None, out);
                }
            }
            News::Filled { .. } | News::Amended { .. } | News::Liquidated => {}
            News::Ended { timed_out } => {
                let Some(live) = stance.live.take() else { return };
                if stance.reconcile || (timed_out && live.then_market) {
                    self.pursue(key, strategy, market, None, Some(live.id), out);
                }
            }
        }
        self.watch_position(key, since, (strategy, market), filled, out);
        self.protect(key, (strategy, market), out);
    }

    /// Does an order close what its strategy has in the instrument, or a part of it?
    pub(super) fn closes_own(&self, order: &Order) -> bool {
        let place = self.place_of(order.strategy, order.instrument);
        let held = self.stances[usize::from(order.strategy)][place].holding.quantity;
        held.signum() == -order.side.sign() && order.quantity <= held.abs()
    }

    /// Closes everything for good once the drawdown stop is reached.
    pub(super) fn watch_drawdown(&mut self, drawdown: f64, key: OrderKey, out: &mut Outputs) {
        let Some(stop) = self.spec.risk.drawdown_stop else { return };
        if self.risk.stopped {
            return;
        }
        if drawdown < stop.0 as f64 / Rate::ONE as f64 {
            return;
        }
        self.risk.stopped = true;
        let spec = self.spec.clone();
        for (number, strategy) in spec.strategies.iter().enumerate() {
            for instrument in &strategy.instruments {
                let (number, market) = (number as u16, self.market_of(*instrument));
                let stance = self.stance(number, *instrument);
                let idle = stance.live.is_none() && !stance.has_quotes();
                // What the venue has liquidated ends without an order of its own.
                let ended = stance.target == 0 && idle && stance.holding.quantity == 0;
                if ended || stance.doomed {
                    continue;
                }
                (stance.target, stance.amount, stance.wanted) = (0, None, 0);
                self.signal(key, number, market, 0, 0.0, "drawdown stop", out);
                self.pursue(key, number, market, None, None, out);
            }
        }
    }
}

/// Status of an order after a stage.
pub(super) fn status(stage: OrderStage) -> &'static str {
    match stage {
        OrderStage::Decided => "pending",
        OrderStage::Arrived
        | OrderStage::Triggered
        | OrderStage::PartlyFilled
        | OrderStage::Amended => "working",
        _ => "done",
    }
}
