//! The account loop: decision → risk → execution → position → next decision, for one account.
//!
//! One step order, the order key, decides everything. Market records, triggers and what falls due
//! (an order that arrives after its latency, its answer, a timeout, a second of event time) meet
//! in one sequence, so the same code serves backtest and live paper trading, and the number of
//! workers cannot matter.

mod amend;
#[cfg(test)]
mod amend_tests;
mod borrow;
mod candles;
#[cfg(test)]
mod candles_tests;
#[cfg(test)]
mod clocks_tests;
mod decide;
mod diagnostics;
mod due;
mod emit;
mod exits;
#[cfg(test)]
mod flow_laws;
mod funding;
#[cfg(test)]
mod impact_tests;
#[cfg(test)]
mod laws;
mod legs;
mod margin;
mod market;
mod markouts;
#[cfg(test)]
mod markouts_tests;
mod meet;
mod orders;
mod place;
#[cfg(test)]
mod place_tests;
mod quotes;
mod snapshot;
mod spec;
mod stages;
mod stance;
#[cfg(test)]
mod tests;
mod wire;
#[cfg(test)]
mod wire_tests;

pub use crate::portfolio::BarStatistics;
pub use diagnostics::{ExitReport, PartReport, RuleReport, StrategyReport};
pub use market::Views;
pub use markouts::{MarkoutSpec, Toxic, ToxicBar};
pub use spec::{AccountInstrument, AccountOrdinals, AccountSpec};

use crate::{
    execution::{Execution, Traded},
    market::Trigger,
    outputs::Outputs,
    portfolio::{Performance, Purse},
    risk::RiskState,
    rules::PartCounts,
};
use due::Pending;
use emit::Counter;
use market::Market;
use schemas::{EventTime, OrderKey, Span, Text};
use stance::{Live, News, Stance};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// One account's running state.
pub struct AccountLoop {
    spec: Arc<AccountSpec>,
    markets: Vec<Market>,
    /// What its instruments settle in: compared once, here, and not at every valuation.
    currencies: Vec<Text>,
    shows_positions: bool,
    stances: Vec<Vec<Stance>>,
    /// How far the orders have come that have not ended.
    stages: stages::Stages,
    /// Of strategies that have legs.
    legs: Vec<Option<legs::LegsState>>,
    purses: BTreeMap<Text, Purse>,
    risk: RiskState,
    pending: BTreeMap<(OrderKey, u64), Pending>,
    scheduled: u64,
    /// One for each venue, ascending.
    wires: Vec<wire::Wire>,
    next_due: EventTime,
    changed: bool,
    deposited: bool,
    counters: [Counter; 6],
    /// Counts the signals of each strategy.
    told: Vec<Counter>,
    diagnostics: Vec<diagnostics::Counts>,
    executions: Vec<Execution>,
    row: Vec<f64>,
    /// The venue's time of the record being stepped.
    exchange_ts: Option<EventTime>,
    /// The last candle of a moment that is not over.
    closing: Option<OrderKey>,
    performance: Option<Performance>,
    has_exits: bool,
    margins: margin::Margins,
    /// What was traded at each venue, by place of its wire and of the currency, for fees by volume.
    traded: BTreeMap<(usize, usize), Traded>,
}

impl AccountLoop {
    /// The state before the first record, with views of the markets that no other account has.
    pub fn new(spec: Arc<AccountSpec>) -> AccountLoop {
        AccountLoop::sharing(spec, &mut Views::default())
    }

    /// The state before the first record, with views that other accounts share.
    pub fn sharing(spec: Arc<AccountSpec>, views: &mut Views) -> AccountLoop {
        let settles = spec.instruments.iter().map(|i| i.instrument.settle.clone());
        let currencies: Vec<Text> = settles.collect::<BTreeSet<_>>().into_iter().collect();
        let venues = spec.venues();
        let market = |i| Market::new(i, &spec, (&venues, &currencies), views);
        let markets: Vec<Market> = spec.instruments.iter().map(market).collect();
        let stance = |strategy: &crate::strategy::StrategySpec| {
            let places = 0..strategy.instruments.len();
            places.map(|place| decide::start(strategy, place)).collect()
        };
        let purses = spec
            .cash
            .iter()
            .map(|(c, cash)| (c.clone(), Purse { cash: *cash, peak: *cash, ..Purse::default() }));
        AccountLoop {
            performance: AccountLoop::performance_of(&markets, &currencies),
            closing: None,
            margins: margin::Margins::new(&markets),
            markets,
            currencies,
            shows_positions: true,
            stances: spec.strategies.iter().map(stance).collect(),
            stages: stages::Stages::default(),
            legs: spec
                .strategies
                .iter()
                .map(|s| Some(legs::LegsState::new(s.legs.as_ref()?)))
                .collect(),
            purses: purses.collect(),
            risk: RiskState::default(),
            pending: BTreeMap::new(),
            scheduled: 0,
            wires: vec![wire::Wire::default(); venues.len()],
            next_due: EventTime::MAX,
            changed: false,
            deposited: false,
            counters: Default::default(),
            told: vec![Counter::default(); spec.strategies.len()],
            diagnostics: spec.strategies.iter().map(diagnostics::Counts::new).collect(),
            executions: Vec::new(),
            traded: BTreeMap::new(),
            row: Vec::new(),
            exchange_ts: None,
            has_exits: spec.strategies.iter().any(|s| s.exit.is_some()),
            spec,
        }
    }

    /// Makes no rows of `positions`, which nobody wants: one a second for each that is open.
    pub fn hide_positions(&mut self) {
        self.shows_positions = false;
    }

    /// What was resolved for this account.
    pub fn spec(&self) -> &AccountSpec {
        &self.spec
    }

    /// A strategy's moment.
    pub fn on_trigger(&mut self, trigger: &Trigger, out: &mut Outputs) {
        self.catch_up(trigger.key, out);
        if let Some(performance) = &mut self.performance
            && trigger.values.iter().all(|value| !value.is_nan())
        {
            performance.warm();
        }
        self.decide(trigger, out);
    }

    /// Fires what falls due before `end`.
    pub fn advance(&mut self, end: EventTime, out: &mut Outputs) {
        // What is due at the end itself waits; a bar that ended just before is shown.
        if self.next_due <= end {
            self.fire(OrderKey { ts: end, ..OrderKey::default() }, out);
        }
    }

    /// Lets everything happen that falls due before a record.
    #[inline(always)]
    pub fn come_to(&mut self, key: OrderKey, out: &mut Outputs) {
        if self.next_due <= key.ts || !self.deposited {
            self.catch_up(key, out);
        }
    }

    fn catch_up(&mut self, key: OrderKey, out: &mut Outputs) {
        if !self.deposited {
            self.deposited = true;
            self.deposit(key, out);
            let next = key.ts.floor(Span::SECOND).plus(Span::SECOND);
            let due = key.due(next, self.spec.ordinals.portfolio, 0, 0);
            self.pending.insert((due, 0), Pending::Second);
            self.expect_interest(key);
        }
        self.fire(key, out);
    }

    fn fire(&mut self, before: OrderKey, out: &mut Outputs) {
        loop {
            let next = self.pending.first_key_value().map(|((key, _), _)| *key);
            let next = next.filter(|key| *key < before);
            let until = next.map_or(before.ts, |key| key.ts);
            if let Some(bar) = self.closing.take_if(|bar| bar.ts < until) {
                self.close_bar(bar, out);
                continue;
            }
            if next.is_none() {
                break;
            }
            let ((key, _), pending) = self.pending.pop_first().expect("looked at above");
            match pending {
                Pending::Arrive(order) => self.arrive(key, *order, out),
                Pending::Lost(order) => self.lost(key, *order, out),
                Pending::CancelLost { strategy, instrument, order } => {
                    self.cancel_lost(key, strategy, instrument, &order, out);
                }
                Pending::Amend { instrument, order, quantity } => {
                    self.amend(key, instrument, &order, quantity, out);
                }
                Pending::AmendLost { strategy, instrument, order, quantity } => {
                    self.stance(strategy, instrument).amend_of_quote_lost(&order, quantity);
                }
                Pending::Cancel { instrument, order } => {
                    self.end_order(key, instrument, &order, false, out);
                }
                Pending::Timeout { instrument, order } => {
                    self.end_order(key, instrument, &order, true, out);
                }
                Pending::Known { strategy, instrument, order, news } => {
                    self.learn((key, key.ts), (strategy, instrument), &order, news, out);
                }
                Pending::Over { strategy, instrument } => {
                    self.position_is_over(key, strategy, instrument, out);
                }
                Pending::Unhedged { strategy } => self.is_unhedged(key, strategy, out),
                Pending::Interest => self.interest_is_due(key, out),
                Pending::Funding { instrument } => self.funding_is_due(key, instrument, out),
                Pending::Markout(watched) => self.mark_out(key, watched, out),
                Pending::Toxic { instrument, toxic } => {
                    self.count_toxic(key.ts, instrument, toxic);
                }
                Pending::Second => {
                    self.second(key, out);
                    // Until something happens, no second has anything to show. Its number never
                    // counts: how many are left out depends on how the input is cut.
                    let first = self.pending.first_key_value();
                    let event = first.map_or(before.ts, |((key, _), _)| key.ts.min(before.ts));
                    let next = key.ts.plus(Span::SECOND).max(event.floor(Span::SECOND));
                    let due = key.due(next, key.operator, 0, 0);
                    self.pending.insert((due, 0), Pending::Second);
                }
            }
        }
        self.find_next_due();
    }

    fn schedule(&mut self, key: OrderKey, pending: Pending) {
        self.pending.insert((key, self.scheduled), pending);
        self.scheduled += 1;
        self.next_due = self.next_due.min(key.ts);
    }

    fn find_next_due(&mut self) {
        let due = self.pending.first_key_value().map_or(EventTime::MAX, |((k, _), _)| k.ts);
        // A bar is over with the first moment after its end.
        let bar = self.closing.map_or(EventTime::MAX, |key| key.ts.plus(Span(1)));
        self.next_due = due.min(bar);
    }

    fn market_of(&self, instrument: u32) -> usize {
        self.markets
            .binary_search_by_key(&instrument, |m| m.index)
            .expect("an account's strategies trade its instruments")
    }

    fn stance(&mut self, strategy: u16, instrument: u32) -> &mut Stance {
        let at = self.place_of(strategy, instrument);
        &mut self.stances[usize::from(strategy)][at]
    }

    /// Place of an instrument among those that a strategy trades.
    fn place_of(&self, strategy: u16, instrument: u32) -> usize {
        self.spec.strategies[usize::from(strategy)]
            .instruments
            .binary_search(&instrument)
            .expect("a strategy is triggered for its instruments")
    }

    /// What rules did, for the report.
    pub fn reports(&self) -> Vec<StrategyReport> {
        self.spec
            .strategies
            .iter()
            .zip(&self.diagnostics)
            .map(|(strategy, counts)| counts.report(strategy))
            .collect()
    }
}

fn start_counts(rule: Option<&crate::rules::Rule>) -> Vec<PartCounts> {
    rule.map_or_else(Vec::new, |r| r.counts())
}
