//! Strategies over several instruments at once: a target each, decided at one moment.
//!
//! Each leg's expression gives its target as a multiple of its size. What changes is ordered in the
//! same moment, each leg by itself, and from then on each may fare differently: risk may refuse
//! one, another may time out. The wanted ratio is that of the last targets that were not all flat.
//! Positions are in it if some multiple of those targets, rounded to the nearest lot of each leg,
//! is what is held. When they have been out of it for as long as the job says, something is done,
//! and again after as long until they are in it.

mod ratio;
#[cfg(test)]
pub(super) mod tests;

use super::{AccountLoop, Pending, place::Prices};
use crate::{
    market::Trigger,
    outputs::Outputs,
    rules::{Context, RuleState},
    strategy::{Amount, Legs, Remedy, StrategySpec},
};
use ratio::is_in_ratio;
use schemas::{EventTime, OrderKey};
use serde::{Deserialize, Serialize};

/// What a strategy with legs remembers besides what it knows of each.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct LegsState {
    rules: Vec<RuleState>,
    /// The values last acted on, as multiples of the size; NaN before the first.
    acted: Vec<f64>,
    /// The last targets that were not all flat.
    wanted: Vec<i64>,
    /// When positions will have been out of ratio for too long.
    timer: Option<(OrderKey, u64)>,
    /// It was told of, and nothing else is to be done until they are in ratio again.
    told: bool,
    /// All legs are being closed, and nothing new is wanted before they are.
    leaving: bool,
    /// They were closed without an expression having wanted it: with the next change of one all
    /// are wanted anew.
    closed: bool,
}

impl LegsState {
    /// Before the first trigger.
    pub fn new(legs: &Legs) -> LegsState {
        LegsState {
            rules: legs.legs.iter().map(|leg| leg.target.start()).collect(),
            acted: vec![f64::NAN; legs.legs.len()],
            wanted: vec![0; legs.legs.len()],
            timer: None,
            told: false,
            leaving: false,
            closed: false,
        }
    }
}

/// What a leg shall be.
struct Wish {
    value: f64,
    amount: Amount,
    prices: Option<Prices>,
    /// Is it another value than the one that was acted on?
    is_new: bool,
}

impl AccountLoop {
    /// The moment of a strategy with legs: all of them are decided on.
    pub(super) fn decide_legs(
        &mut self,
        trigger: &Trigger,
        (strategy, legs): (&StrategySpec, &Legs),
        number: u16,
        out: &mut Outputs,
    ) {
        let markets = self.markets_of(strategy, legs);
        let mut wishes = self.wishes(trigger, (strategy, legs), (number, &markets));
        let closed = self.are_closed(number, &markets);
        let state = self.legs_of(number);
        state.leaving &= !closed;
        let anything = wishes.iter().any(|wish| wish.is_new);
        if state.leaving || !anything || self.risk.stopped {
            return;
        }
        if self.legs_of(number).closed {
            wishes.iter_mut().for_each(|wish| wish.is_new = !wish.value.is_nan());
        }
        let mut targets = Vec::new();
        for (wish, market) in wishes.iter().zip(&markets) {
            let lots = self.size(wish.amount, *market);
            // One leg of less than a lot would leave the others without it.
            if wish.is_new && wish.value != 0.0 && lots == 0 {
                self.diagnostics[usize::from(number)].no_size += 1;
                return;
            }
            targets.push(if wish.value < 0.0 { -lots } else { lots });
        }
        self.legs_of(number).closed = false;
        for (i, (wish, market)) in wishes.iter().zip(&markets).enumerate() {
            if !wish.is_new {
                continue;
            }
            let (market, target) = (*market, targets[i]);
            self.legs_of(number).acted[i] = wish.value;
            let index = self.markets[market].index;
            let stance = self.stance(number, index);
            (stance.target, stance.wanted) = (target, target.signum() as i8);
            stance.amount = (target != 0).then_some(wish.amount);
            self.signal(trigger.key, number, market, target, wish.value, "target", out);
        }
        let standing: Vec<i64> = markets.iter().map(|m| self.target_of(number, *m)).collect();
        if standing.iter().any(|target| *target != 0) {
            self.legs_of(number).wanted = standing;
        }
        for (wish, market) in wishes.iter().zip(&markets).filter(|(wish, _)| wish.is_new) {
            self.pursue(trigger.key, number, *market, wish.prices, None, out);
        }
        self.watch_ratio(trigger.key, trigger.key.ts, number);
    }

    /// Evaluates everything, every time: `prev` inside it counts triggers.
    fn wishes(
        &mut self,
        trigger: &Trigger,
        (strategy, legs): (&StrategySpec, &Legs),
        (number, markets): (u16, &[usize]),
    ) -> Vec<Wish> {
        let mut row = std::mem::take(&mut self.row);
        row.clear();
        row.extend_from_slice(&trigger.values);
        for market in markets {
            let index = self.markets[*market].index;
            let stance = self.stance(number, index);
            stance.held = if stance.holding.quantity == 0 { 0 } else { stance.held + 1 };
            row.extend(self.account_columns(number, *market, trigger.key.ts));
        }
        let first = row.len();
        row.resize(first + legs.legs.len(), f64::NAN);
        let ts = trigger.key.ts.0;
        let counts = &mut self.diagnostics[usize::from(number)];
        counts.triggers += 1;
        counts.tainted += u64::from(trigger.tainted);
        let state = self.legs[usize::from(number)].as_mut().expect("it has legs");
        for (i, leg) in legs.legs.iter().enumerate() {
            let counts = &mut counts.rules[i];
            let cx = Context { row: &row, ts };
            let value = leg.target.number_counted(&cx, &mut state.rules[i], &mut counts.parts);
            counts.was_true += u64::from(!value.is_nan());
            // Null or doubtful is no opinion: the legs after it read what it stays at.
            let opinion = !value.is_nan() && !trigger.tainted;
            // Without the sign that a zero may have.
            row[first + i] = if opinion { value + 0.0 } else { state.acted[i] };
        }
        let acted = state.acted.clone();
        let mut wishes = Vec::new();
        for (i, leg) in legs.legs.iter().enumerate() {
            let (cx, place) = (Context { row: &row, ts }, usize::from(leg.place));
            let amount = self.amount(strategy, number, &cx, place);
            let prices = self.prices(strategy, number, &cx, place);
            let value = row[first + i];
            let is_new = !value.is_nan() && value != acted[i];
            wishes.push(Wish { value, amount: amount.times(value.abs()), prices, is_new });
        }
        self.row = row;
        wishes
    }

    /// Places of the legs' markets, in the order of the legs.
    fn markets_of(&self, strategy: &StrategySpec, legs: &Legs) -> Vec<usize> {
        let index = |place: u16| strategy.instruments[usize::from(place)];
        legs.legs.iter().map(|leg| self.market_of(index(leg.place))).collect()
    }

    fn legs_of(&mut self, number: u16) -> &mut LegsState {
        self.legs[usize::from(number)].as_mut().expect("it has legs")
    }

    /// Are all legs being closed, so that what is ordered to that end is left alone?
    pub(super) fn legs_are_leaving(&self, number: u16) -> bool {
        self.legs[usize::from(number)].as_ref().is_some_and(|legs| legs.leaving)
    }

    fn target_of(&mut self, number: u16, market: usize) -> i64 {
        let index = self.markets[market].index;
        self.stance(number, index).target
    }

    fn are_closed(&mut self, number: u16, markets: &[usize]) -> bool {
        markets.iter().all(|market| {
            let index = self.markets[*market].index;
            let stance = self.stance(number, index);
            stance.holding.quantity == 0 && stance.live.is_none()
        })
    }

    /// What is held or wanted has changed: the time out of ratio begins or ends.
    pub(super) fn watch_ratio(&mut self, key: OrderKey, since: EventTime, number: u16) {
        let spec = self.spec.clone();
        let strategy = &spec.strategies[usize::from(number)];
        let Some(legs) = &strategy.legs else { return };
        let Some(unhedged) = &legs.unhedged else { return };
        let markets = self.markets_of(strategy, legs);
        let (mut held, mut lots) = (Vec::new(), Vec::new());
        for market in markets {
            let index = self.markets[market].index;
            lots.push(self.markets[market].exchange.instrument().lot);
            held.push(self.stance(number, index).holding.quantity);
        }
        let state = self.legs_of(number);
        let is_in = is_in_ratio(&held, &state.wanted, &lots);
        if is_in {
            state.told = false;
            if let Some(timer) = state.timer.take() {
                self.pending.remove(&timer);
                self.find_next_due();
            }
        } else if state.timer.is_none() && !state.told {
            self.start_timer(key, since.plus(unhedged.after), number);
        }
    }

    fn start_timer(&mut self, key: OrderKey, at: EventTime, number: u16) {
        let due = key.due(at, self.spec.ordinals.orders, 0, 0);
        self.legs_of(number).timer = Some((due, self.scheduled));
        self.schedule(due, Pending::Unhedged { strategy: number });
    }

    /// Positions have been out of ratio for too long.
    pub(super) fn is_unhedged(&mut self, key: OrderKey, number: u16, out: &mut Outputs) {
        let spec = self.spec.clone();
        let strategy = &spec.strategies[usize::from(number)];
        let Some(legs) = &strategy.legs else { return };
        let Some(unhedged) = &legs.unhedged else { return };
        self.diagnostics[usize::from(number)].unhedged += 1;
        let markets = self.markets_of(strategy, legs);
        if unhedged.remedy == Remedy::Flatten {
            for market in &markets {
                let index = self.markets[*market].index;
                let stance = self.stance(number, index);
                (stance.target, stance.amount, stance.wanted) = (0, None, 0);
            }
        }
        let reason = format!("unhedged: {}", unhedged.remedy);
        for (i, market) in markets.iter().enumerate() {
            let target = self.target_of(number, *market);
            let acted = self.legs_of(number).acted[i];
            let strength = if target == 0 || acted.is_nan() { 0.0 } else { acted };
            self.signal(key, number, *market, target, strength, &reason, out);
        }
        self.legs_of(number).timer = None;
        if unhedged.remedy == Remedy::Report {
            self.legs_of(number).told = true;
            return;
        }
        for market in &markets {
            let index = self.markets[*market].index;
            let live = self.stance(number, index).live.as_ref();
            let on_its_way = live.is_some_and(|live| live.market && !live.cancelling);
            // To hedge, what is under way at market towards the same target does it.
            if unhedged.remedy == Remedy::Flatten || !on_its_way {
                self.pursue(key, number, *market, None, None, out);
            }
        }
        let flattens = unhedged.remedy == Remedy::Flatten;
        let state = self.legs_of(number);
        (state.leaving, state.closed) = (state.leaving || flattens, state.closed || flattens);
        // What is done takes its time, and may be refused or lost: it is done anew.
        self.start_timer(key, key.ts.plus(unhedged.after), number);
    }
}
