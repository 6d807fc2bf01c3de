//! From a trigger to a target, and from a target to an order.

use super::{
    AccountLoop, Live, Market, Pending, Stance,
    diagnostics::rules_of,
    exits::Exits,
    place::{Place, Prices},
    quotes::Quotes,
};
use crate::{
    execution::{Linked, Order, Sizing, id_of},
    market::Trigger,
    outputs::Outputs,
    risk::{self, Approved, RiskView},
    rules::{Context, Rule, RuleState},
    strategy::{ACCOUNT_COLUMNS, Amount, OrderStyle, Size, StrategySpec},
};
use schemas::{
    EventTime, Money, OrderKey, Price, Side, Text,
    records::{OrderStage, Signal},
};
use std::collections::BTreeSet;

/// A stance before the first trigger.
pub(super) fn start(strategy: &StrategySpec, place: usize) -> Stance {
    let state = |rule: &Option<Rule>| rule.as_ref().map_or_else(RuleState::default, |r| r.start());
    let size = match strategy.size_at(place) {
        Size::Quantity(rule) | Size::Notional(rule) | Size::Risk { distance: rule, .. } => {
            rule.start()
        }
        Size::Fraction(_) => RuleState::default(),
    };
    let prices = match strategy.order_at(place).plain() {
        OrderStyle::Limit { price, .. } => [price.start(), RuleState::default()],
        OrderStyle::Wait { at, limit, .. } => [state(limit), at.start()],
        OrderStyle::Market | OrderStyle::Reduce(_) => Default::default(),
    };
    Stance {
        target: 0,
        amount: None,
        wanted: 0,
        holding: Default::default(),
        held: 0,
        live: None,
        reconcile: false,
        rules: rules_of(strategy).map(state),
        was_true: [false; 3],
        size,
        prices,
        exits: strategy.exit.as_ref().map(Exits::new),
        quotes: strategy.quote.as_ref().map(Quotes::new),
        doomed: false,
        closing: None,
    }
}

impl AccountLoop {
    /// Evaluates a strategy once and acts on what it wants.
    pub(super) fn decide(&mut self, trigger: &Trigger, out: &mut Outputs) {
        let spec = self.spec.clone();
        let Some(at) = spec.strategies.iter().position(|s| s.ordinal == trigger.key.operator)
        else {
            return;
        };
        let (strategy, number) = (&spec.strategies[at], at as u16);
        if let Some(legs) = &strategy.legs {
            return self.decide_legs(trigger, (strategy, legs), number, out);
        }
        let market = self.market_of(trigger.instrument);
        if let Some(quote) = &strategy.quote {
            return self.quote(trigger, (strategy, quote), (number, market), out);
        }
        self.fill_row(trigger, number, market);
        let row = std::mem::take(&mut self.row);
        let cx = Context { row: &row, ts: trigger.key.ts.0 };
        let counts = &mut self.diagnostics[at];
        let place = strategy.instruments.binary_search(&trigger.instrument).expect("its own");
        let stance = &mut self.stances[at][place];
        counts.triggers += 1;
        counts.tainted += u64::from(trigger.tainted);
        let mut truth = [false; 3];
        for (i, rule) in rules_of(strategy).into_iter().enumerate() {
            let Some(rule) = rule else { continue };
            let rule_counts = &mut counts.rules[i];
            let value = rule.truth_counted(&cx, &mut stance.rules[i], &mut rule_counts.parts);
            // A null or tainted rule is no opinion.
            let opinion = value.filter(|_| !trigger.tainted);
            truth[i] = opinion == Some(true);
            rule_counts.was_true += u64::from(truth[i]);
            if let Some(exits) = stance.exits.as_mut().filter(|_| i < 2) {
                exits.hear(i, opinion);
            }
        }
        let [long, short, flat] = truth;
        let rising = |i: usize, stance: &Stance| truth[i] && !stance.was_true[i];
        counts.conflicts += u64::from(long && short && !flat);
        let choice = match (flat, long, short) {
            (true, _, _) => Some((0, 2)),
            (_, true, false) => Some((1, 0)),
            (_, false, true) => Some((-1, 1)),
            _ => None,
        };
        // The size and the price are evaluated every time: `prev` inside them counts triggers.
        let amount = self.amount(strategy, number, &cx, place);
        let size = self.size(amount, market);
        let prices = self.prices(strategy, number, &cx, place);
        let ended = self.exits_at_trigger(strategy, (number, market), (trigger, &cx), out);
        let stance = &mut self.stances[at][place];
        let spent = |i: usize| stance.exits.as_ref().is_some_and(|exits| exits.is_spent(i));
        let news = match choice {
            // An exit goes before the rules, and what was true then must become true anew.
            Some((_, i)) if ended || spent(i) => None,
            Some((side, i)) if side != i64::from(stance.wanted) => Some((side, i)),
            // The same wish anew, after an order that came to nothing: try again.
            Some((side, i)) if rising(i, stance) && side != 0 => {
                let idle = stance.live.is_none() && stance.holding.quantity.signum() != side;
                idle.then_some((side, i))
            }
            _ => None,
        };
        stance.was_true = truth;
        if let Some((side, i)) = news.filter(|_| !self.risk.stopped) {
            let target = side * size;
            if side != 0 && size == 0 {
                self.diagnostics[at].no_size += 1;
            } else {
                stance.wanted = side as i8;
                stance.target = target;
                stance.amount = (side != 0).then_some(amount);
                let reason = super::diagnostics::RULES[i];
                self.signal(trigger.key, number, market, target, side as f64, reason, out);
                self.pursue(trigger.key, number, market, prices, None, out);
            }
        }
        self.protect(trigger.key, (number, market), out);
        self.row = row;
    }

    /// The row of a trigger and the columns of the account.
    pub(super) fn fill_row(&mut self, trigger: &Trigger, strategy: u16, market: usize) {
        let stance = self.stance(strategy, trigger.instrument);
        stance.held = if stance.holding.quantity == 0 { 0 } else { stance.held + 1 };
        let account = self.account_columns(strategy, market, trigger.key.ts);
        self.row.clear();
        self.row.extend_from_slice(&trigger.values);
        self.row.extend_from_slice(&account);
    }

    /// What rules know of the account now.
    pub(super) fn account_columns(
        &mut self,
        strategy: u16,
        market: usize,
        now: EventTime,
    ) -> [f64; ACCOUNT_COLUMNS.len()] {
        let toxicity = self.toxicity(market, now);
        let equity = self.equity_for(market);
        let Market { index, exchange, .. } = &self.markets[market];
        let (index, instrument) = (*index, exchange.instrument().clone());
        let stance = self.stance(strategy, index);
        let quantity = stance.holding.quantity;
        [
            instrument.quantity_f64(quantity),
            stance.holding.average_price(&instrument),
            quantity.signum() as f64,
            stance.held.into(),
            equity.to_f64(),
            toxicity,
        ]
    }

    /// The wanted amount.
    pub(super) fn amount(
        &mut self,
        strategy: &StrategySpec,
        number: u16,
        cx: &Context<'_>,
        place: usize,
    ) -> Amount {
        let state = &mut self.stances[usize::from(number)][place].size;
        match strategy.size_at(place) {
            Size::Quantity(rule) => Amount::Quantity(rule.number(cx, state)),
            Size::Notional(rule) => Amount::Notional(rule.number(cx, state)),
            Size::Fraction(fraction) => Amount::Fraction(*fraction),
            Size::Risk { fraction, distance } => {
                let distance = rule_distance(distance.number(cx, state));
                Amount::Risk { fraction: *fraction, distance }
            }
        }
    }

    /// The quantity that an amount is now, rounded down to the lot; 0 when it cannot be told.
    pub(super) fn size(&mut self, amount: Amount, market: usize) -> i64 {
        let equity = self.equity_for(market).to_f64();
        let seen = self.markets[market].view();
        let price = seen.mark().map_or(f64::NAN, |(mark, _)| mark.to_f64());
        amount.lots(seen.instrument(), equity, price)
    }

    /// Orders what is missing to the target, once nothing of the strategy's is under way.
    pub(super) fn pursue(
        &mut self,
        key: OrderKey,
        strategy: u16,
        market: usize,
        prices: Option<Prices>,
        parent: Option<Text>,
        out: &mut Outputs,
    ) {
        let index = self.markets[market].index;
        if self.take_back_quotes(key, strategy, market) {
            return;
        }
        let exits_are_there = self.take_back_exits(key, strategy, market, prices);
        let closes = self.legs_are_leaving(strategy);
        let stance = self.stance(strategy, index);
        // A new wish waits for the order of an exit.
        let ends = closes || stance.is_leaving();
        if let Some(live) = &mut stance.live {
            stance.reconcile = true;
            let stays = ends && live.market;
            if !stays && !std::mem::replace(&mut live.cancelling, true) {
                let order = live.id.clone();
                self.send_cancel(key, strategy, market, order);
            }
            return;
        }
        // What the venue closes, it closes itself.
        stance.reconcile = stance.closing.is_some() || exits_are_there;
        if stance.reconcile {
            return;
        }
        let missing = stance.target - stance.holding.quantity;
        if missing != 0 {
            self.order(key, strategy, market, missing, prices, parent, out);
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn order(
        &mut self,
        key: OrderKey,
        strategy: u16,
        market: usize,
        signed: i64,
        prices: Option<Prices>,
        parent: Option<Text>,
        out: &mut Outputs,
    ) {
        let spec = self.spec.clone();
        let row_key = self.key(super::emit::ORDERS, key, spec.ordinals.orders);
        let index = self.markets[market].index;
        let stance = self.stance(strategy, index);
        let (amount, target) = (stance.amount, stance.target);
        let exchange = &self.markets[market].exchange;
        let instrument = exchange.instrument().clone();
        let side = Side::of(signed);
        let style = spec.strategies[usize::from(strategy)].order_at(self.place_of(strategy, index));
        let place = Place::of(style, prices, &instrument, (side, target));
        let found_at_fill = place.limit.is_none() && exchange.needs_candles();
        let sizing = amount
            .filter(|amount| found_at_fill && amount.needs_price())
            .map(|amount| Sizing { amount, side: target.signum() as i8 });
        let order = Order {
            id: id_of(&row_key),
            parent,
            strategy,
            instrument: index,
            side,
            quantity: signed.abs(),
            limit: place.limit,
            trigger: if target == 0 { self.trigger_of(strategy, index) } else { None },
            post_only: place.post_only,
            // What closes the account for good closes what each strategy has.
            reduce_only: style.reduces() && !self.risk.stopped,
            wake: place.wake,
            timeout: place.timeout,
            in_force: place.in_force,
            sizing,
            linked: None,
            decided: key,
            decision: self.markets[market].view().marks(),
        };
        if let Some(wrong) = place.wrong {
            let reason = format!("the {wrong} is null or below one tick");
            self.order_row(row_key, &order, OrderStage::Refused, None, Some(reason), out);
            self.diagnostics[usize::from(strategy)].refused += 1;
            return;
        }
        if let Some(approved) = self.approve(row_key, market, order, place.then_market, out) {
            self.send_order(key, market, approved);
        }
    }

    /// Lets risk judge an order of a strategy that has none, and tells what came of it.
    pub(super) fn approve(
        &mut self,
        row_key: OrderKey,
        market: usize,
        order: Order,
        then_market: bool,
        out: &mut Outputs,
    ) -> Option<Approved> {
        let (strategy, index) = (order.strategy, order.instrument);
        let approved = self.judge(row_key, market, order, out)?;
        let order = approved.order();
        let live = Live {
            id: order.id.clone(),
            cancelling: false,
            then_market,
            market: order.limit.is_none() && order.wake.is_none(),
        };
        self.stance(strategy, index).live = Some(live);
        Some(approved)
    }

    /// Lets risk judge an order, and tells what came of it.
    pub(super) fn judge(
        &mut self,
        row_key: OrderKey,
        market: usize,
        order: Order,
        out: &mut Outputs,
    ) -> Option<Approved> {
        let (strategy, sized) = (order.strategy, (order.side, order.quantity));
        let closes = order.reduce_only || self.risk.stopped || self.has_linked(&order, true);
        let lacks = if closes { None } else { self.lacks_margin(market, sized, true, None) };
        if let Some(reason) = lacks {
            self.order_row(row_key, &order, OrderStage::Refused, None, Some(reason), out);
            self.diagnostics[usize::from(strategy)].refused += 1;
            return None;
        }
        let equity = self.equity_for(market);
        let (open_buys, open_sells) =
            self.open_orders(order.instrument, None, order.linked.as_ref());
        let place = &self.markets[market];
        let view = RiskView {
            now: row_key.ts,
            instrument: &place.exchange.instrument().clone(),
            equity,
            position: place.holding.quantity,
            open_buys,
            open_sells,
            mark: place.view().mark().map(|(mark, _)| mark),
            closes_own: self.closes_own(&order),
        };
        match risk::gate(&self.spec.risk, &mut self.risk, &view, order) {
            Ok(approved) => {
                let order = approved.order();
                self.order_row(row_key, order, OrderStage::Decided, None, None, out);
                Some(approved)
            }
            Err(refusal) => {
                let (order, reason) = *refusal;
                self.order_row(row_key, &order, OrderStage::Refused, None, Some(reason), out);
                self.diagnostics[usize::from(strategy)].refused += 1;
                None
            }
        }
    }

    /// Quantities that the account's orders may still buy and sell in an instrument: those at the
    /// venue and those on their way, but for one and for those of a group. Of orders of which one
    /// cancels the others one counts.
    pub(super) fn open_orders(
        &self,
        instrument: u32,
        but: Option<&Text>,
        group: Option<&Linked>,
    ) -> (i64, i64) {
        let mut counted: BTreeSet<&Text> = group.iter().map(|linked| &linked.group).collect();
        let there = self
            .markets
            .iter()
            .filter(|m| m.index == instrument)
            .flat_map(|m| m.exchange.orders())
            .filter(|w| Some(&w.order.id) != but)
            .map(|w| (&w.order, w.remaining));
        let coming = self.pending.values().filter_map(|pending| match pending {
            // Nobody knows yet that an order is lost.
            Pending::Arrive(order) | Pending::Lost(order)
                if order.order().instrument == instrument =>
            {
                Some((order.order(), order.order().quantity))
            }
            _ => None,
        });
        let mut open = (0, 0);
        for (order, quantity) in there.chain(coming) {
            if order.linked.as_ref().is_none_or(|linked| counted.insert(&linked.group)) {
                *(if order.side == Side::Buy { &mut open.0 } else { &mut open.1 }) += quantity;
            }
        }
        open
    }

    #[allow(clippy::too_many_arguments)]
    pub(super) fn signal(
        &mut self,
        key: OrderKey,
        strategy: u16,
        market: usize,
        target: i64,
        strength: f64,
        reason: &str,
        out: &mut Outputs,
    ) {
        let place = &self.markets[market];
        let (index, mark) = (place.index, place.view().mark().map(|(mark, _)| mark));
        let change = target - self.stance(strategy, index).holding.quantity;
        let side = (change != 0).then(|| Side::of(change));
        self.tell_signal(key, (strategy, market), (side, target, strength), mark, reason, out);
    }

    /// A row of `signals`: side, target and strength, the price, and why.
    pub(super) fn tell_signal(
        &mut self,
        key: OrderKey,
        (strategy, market): (u16, usize),
        (side, target, strength): (Option<Side>, i64, f64),
        price: Option<Price>,
        reason: &str,
        out: &mut Outputs,
    ) {
        let spec = self.spec.clone();
        let strategy_spec = &spec.strategies[usize::from(strategy)];
        let instrument = self.markets[market].exchange.instrument().clone();
        out.signals.push(Signal {
            key: self.told[usize::from(strategy)].key(key, strategy_spec.ordinal, self.spec.index),
            instrument: Some(instrument.id.text().clone()),
            strategy: strategy_spec.name.clone(),
            side,
            target: instrument.quantity(target),
            strength,
            price,
            reason: reason.into(),
            model_digest: strategy_spec.models.clone(),
        });
    }

    /// The account's equity in the instrument's settlement currency.
    pub(super) fn equity_for(&mut self, market: usize) -> Money {
        let currency = self.markets[market].exchange.instrument().settle.clone();
        self.equity(&currency)
    }
}

fn rule_distance(distance: f64) -> f64 {
    if distance > 0.0 { distance } else { f64::NAN }
}
