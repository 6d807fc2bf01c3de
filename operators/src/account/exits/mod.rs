//! What ends a position besides the rules: levels that are watched at every price, and time.
//!
//! Levels are found at each trigger that is not tainted, and when a fill of the position becomes
//! known: then with the row of the last such trigger and what the account has now. So a position is
//! protected from the moment it is known, and its levels follow its average price. What is null
//! leaves a level as it was.
//!
//! One price is watched: that of the last trade. Until an instrument has had one, it is what could
//! be had, the best bid for a long position and the best ask for a short one. A level that the
//! price is beyond already when it is set ends the position at once.
//!
//! Where stop and take rest at the venue (`at_venue`), no price is watched.
//!
//! A position on its way out, by a market order that closes or turns it, is watched no more.

mod at_venue;
#[cfg(test)]
mod at_venue_tests;
mod guard;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;
mod within;

pub(super) use at_venue::Resting;
pub(super) use guard::{Band, CALM, Guard, Member, Touched};

use super::{AccountLoop, Pending, Stance};
use crate::{
    market::Trigger,
    outputs::Outputs,
    rules::{Context, RuleState},
    strategy::{After, Exit, StrategySpec},
};
use schemas::{EventTime, OrderKey};
use serde::{Deserialize, Serialize};

/// What a strategy with an exit remembers in one instrument.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Exits {
    /// Of stop, take and trail, as the last trigger left them.
    rules: [RuleState; 3],
    /// The market's columns at the last trigger that was not tainted, its time, and the states
    /// before it.
    row: Vec<f64>,
    ts: EventTime,
    before: [RuleState; 3],
    /// What `long` and `short` were when they last had an opinion.
    truth: [bool; 2],
    /// Those that were true when a position was ended, and have not been false since.
    spent: [bool; 2],
    pub guard: Option<Guard>,
    /// Its orders at the venue, where it has any.
    pub resting: Resting,
}

impl Exits {
    /// Before the first trigger.
    pub fn new(exit: &Exit) -> Exits {
        let start = |rule: &Option<crate::rules::Rule>| {
            rule.as_ref().map_or_else(RuleState::default, |rule| rule.start())
        };
        let rules = exit.rules().map(start);
        Exits {
            before: rules.clone(),
            rules,
            row: Vec::new(),
            ts: EventTime::MIN,
            truth: [false; 2],
            spent: [false; 2],
            guard: None,
            resting: Resting::default(),
        }
    }

    /// What `long` (0) and `short` (1) are now, if they have an opinion.
    pub fn hear(&mut self, rule: usize, opinion: Option<bool>) {
        let Some(now) = opinion else { return };
        self.truth[rule] = now;
        self.spent[rule] &= now;
    }

    /// Must the rule become true anew before it opens a position?
    pub fn is_spent(&self, rule: usize) -> bool {
        self.spent.get(rule).is_some_and(|spent| *spent)
    }
}

fn levels(exit: &Exit, cx: &Context<'_>, states: &mut [RuleState; 3]) -> [f64; 3] {
    let mut levels = [f64::NAN; 3];
    for (i, rule) in exit.rules().into_iter().enumerate() {
        if let Some(rule) = rule {
            levels[i] = rule.number(cx, &mut states[i]);
        }
    }
    levels
}

impl Stance {
    /// Has an exit ended the position, so that it goes when that is known?
    pub(super) fn is_leaving(&self) -> bool {
        let guard = self.exits.as_ref().and_then(|exits| exits.guard.as_ref());
        guard.is_some_and(|guard| guard.leaving.is_some())
    }

    /// Is a market order under way that closes or turns the position, or does the venue close it?
    fn on_the_way_out(&self) -> bool {
        let market = self.live.as_ref().is_some_and(|live| live.market);
        self.closing.is_some() || market && self.target.signum() != self.holding.quantity.signum()
    }

    fn guard(&mut self) -> Option<&mut Guard> {
        self.exits.as_mut()?.guard.as_mut()
    }
}

impl AccountLoop {
    /// A strategy's moment: new levels, and what is over ends. Gives whether an exit has just
    /// spoken, so that rules have nothing to say.
    pub(super) fn exits_at_trigger(
        &mut self,
        strategy: &StrategySpec,
        (number, market): (u16, usize),
        (trigger, cx): (&Trigger, &Context<'_>),
        out: &mut Outputs,
    ) -> bool {
        let Some(exit) = &strategy.exit else { return false };
        let instrument = self.markets[market].exchange.instrument().clone();
        let stance = self.stance(number, trigger.instrument);
        let (held, target, idle) = (stance.held, stance.target, stance.live.is_none());
        let exits = stance.exits.as_mut().expect("its strategy has an exit");
        if !trigger.tainted {
            exits.before.clone_from(&exits.rules);
            exits.row.clone_from(&trigger.values);
            exits.ts = trigger.key.ts;
        }
        let levels = levels(exit, cx, &mut exits.rules);
        let Some(guard) = &mut exits.guard else { return false };
        if !trigger.tainted {
            guard.set(levels, &instrument);
        }
        if guard.leaving.is_some() {
            // An order that risk refused, or that was lost on its way, is tried anew.
            let refused = idle && target == 0;
            if refused {
                self.pursue(trigger.key, number, market, None, None, out);
            }
            return refused;
        }
        let over = match exit.after {
            Some(After::Bars(bars)) => held >= bars,
            Some(After::Span(_)) => guard.overdue,
            None => false,
        };
        let ended = self.test(trigger.key, (number, market), over, out);
        self.find_band(market);
        ended
    }

    /// Ends the position if the price of now touches a level, or its time is over; candles say
    /// only later what they touched.
    fn test(
        &mut self,
        key: OrderKey,
        (number, market): (u16, usize),
        over: bool,
        out: &mut Outputs,
    ) -> bool {
        let place = &self.markets[market];
        let (index, candles) = (place.index, place.exchange.needs_candles());
        let at = self.place_of(number, index);
        let stance = &self.stances[usize::from(number)][at];
        let Some(guard) = stance.exits.as_ref().and_then(|exits| exits.guard.as_ref()) else {
            return false;
        };
        if guard.leaving.is_some() || stance.on_the_way_out() {
            return false;
        }
        let price = place.view().watched(guard.way_out()).filter(|_| !candles);
        let touched = price.and_then(|price| guard.touched(price));
        let touched = touched.map(|(member, level)| (member, Some(level)));
        match touched.or(over.then_some((Member::After, None))) {
            Some(touched) => {
                self.leave(key, (number, market), touched, out);
                self.pursue(key, number, market, None, None, out);
                true
            }
            None => false,
        }
    }

    /// The target is flat from now on, and the signal says why.
    fn leave(
        &mut self,
        key: OrderKey,
        (number, market): (u16, usize),
        touched: Touched,
        out: &mut Outputs,
    ) {
        let index = self.markets[market].index;
        self.diagnostics[usize::from(number)].exits[touched.0 as usize] += 1;
        let stance = self.stance(number, index);
        (stance.target, stance.amount, stance.wanted) = (0, None, 0);
        let exits = stance.exits.as_mut().expect("its strategy has an exit");
        exits.spent = exits.truth;
        exits.guard.as_mut().expect("it has touched").leaving = Some(touched);
        self.find_band(market);
        self.signal(key, number, market, 0, 0.0, touched.0.name(), out);
    }

    /// The strategy has learnt of a fill, or of the end of an order: the position, if there is
    /// one, is watched from now on.
    pub(super) fn watch_position(
        &mut self,
        key: OrderKey,
        since: EventTime,
        (number, market): (u16, usize),
        filled: bool,
        out: &mut Outputs,
    ) {
        let spec = self.spec.clone();
        let strategy = &spec.strategies[usize::from(number)];
        let Some(exit) = &strategy.exit else { return };
        let index = self.markets[market].index;
        let side = self.stance(number, index).holding.quantity.signum();
        let gone = self.stance(number, index).guard().filter(|guard| guard.side != side);
        if let Some(timer) = gone.and_then(|guard| guard.timer.take()) {
            self.pending.remove(&timer);
            self.find_next_due();
        }
        if side == 0 {
            self.stance(number, index).exits.as_mut().expect("it has an exit").guard = None;
            return self.find_band(market);
        }
        if self.stance(number, index).guard().is_none_or(|guard| guard.side != side) {
            let mut guard = Guard::new(exit, side);
            if let Some(price) = self.markets[market].view().watched(guard.way_out()) {
                guard.see(price);
            }
            if let Some(After::Span(span)) = exit.after {
                let due = key.due(since.plus(span), spec.ordinals.orders, 0, 0);
                guard.timer = Some((due, self.scheduled));
                self.schedule(due, Pending::Over { strategy: number, instrument: index });
            }
            self.stance(number, index).exits.as_mut().expect("it has an exit").guard = Some(guard);
        }
        if filled {
            self.find_levels(strategy, exit, (number, market));
        }
        let stance = self.stance(number, index);
        // An order of the exit that was taken back for a new wish: the position is kept.
        let kept = stance.live.is_none() && stance.target.signum() == side;
        let guard = stance.guard().expect("it was made above");
        if kept {
            guard.leaving = None;
        }
        let over = guard.overdue;
        self.find_band(market);
        self.test(key, (number, market), over, out);
    }

    /// Levels by the row of the last trigger and what the account has now.
    fn find_levels(
        &mut self,
        strategy: &StrategySpec,
        exit: &Exit,
        (number, market): (u16, usize),
    ) {
        let index = self.markets[market].index;
        let instrument = self.markets[market].exchange.instrument().clone();
        let exits = self.stance(number, index).exits.as_ref().expect("it has an exit");
        let now = exits.ts;
        let account = self.account_columns(number, market, now);
        let exits = self.stance(number, index).exits.as_mut().expect("it has an exit");
        if exits.row.len() != strategy.columns as usize {
            return;
        }
        let row = [&exits.row[..], &account].concat();
        // `prev` means the trigger before the last one, and that is not a trigger.
        let mut states = exits.before.clone();
        let levels = levels(exit, &Context { row: &row, ts: exits.ts.0 }, &mut states);
        exits.guard.as_mut().expect("it was made before").set(levels, &instrument);
    }

    /// The time of a position is over.
    pub(super) fn position_is_over(
        &mut self,
        key: OrderKey,
        strategy: u16,
        instrument: u32,
        out: &mut Outputs,
    ) {
        let market = self.market_of(instrument);
        let Some(guard) = self.stance(strategy, instrument).guard() else { return };
        (guard.timer, guard.overdue) = (None, true);
        self.test(key, (strategy, market), true, out);
    }

    /// A price left the band of its market.
    #[inline(never)]
    pub(super) fn watch_price(&mut self, key: OrderKey, market: usize, out: &mut Outputs) {
        for i in 0..self.markets[market].guards.len() {
            let (number, place) = self.markets[market].guards[i];
            self.test(key, (number, market), false, out);
            let seen = self.markets[market].view();
            let stance = &mut self.stances[usize::from(number)][usize::from(place)];
            let Some(guard) = stance.guard() else { continue };
            if let Some(price) = seen.watched(guard.way_out()) {
                guard.see(price);
            }
        }
        self.find_band(market);
    }

    /// Finds the prices between which nothing is touched.
    pub(super) fn find_band(&mut self, market: usize) {
        let market = &mut self.markets[market];
        market.band = CALM;
        if market.exchange.needs_candles() {
            return;
        }
        for (number, place) in &market.guards {
            let exits = &self.stances[usize::from(*number)][usize::from(*place)].exits;
            let Some(guard) = exits.as_ref().and_then(|exits| exits.guard.as_ref()) else {
                continue;
            };
            let (low, high) = guard.band();
            market.band = (market.band.0.max(low), market.band.1.min(high));
        }
    }
}
