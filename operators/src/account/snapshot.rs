//! An account's state as bytes.

use super::{
    AccountLoop, Counter, Pending, Stance, diagnostics, legs::LegsState, margin::Liquidation,
    markouts::Toxicity, stages::Stages, wire::Wire,
};
use crate::{
    execution::{ExchangeState, Traded, ViewState},
    portfolio::{Holding, Performance, Purse},
    restore::{RestoreError, pack, same_shape, unpack},
    risk::RiskState,
};
use schemas::{EventTime, Money, OrderKey, Price, Text, instrument::Rate};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Serialize, Deserialize)]
struct State {
    markets: Vec<MarketState>,
    stances: Vec<Vec<Stance>>,
    stages: Stages,
    legs: Vec<Option<LegsState>>,
    purses: BTreeMap<Text, Purse>,
    risk: RiskState,
    pending: BTreeMap<(OrderKey, u64), Pending>,
    scheduled: u64,
    wires: Vec<Wire>,
    next_due: EventTime,
    changed: bool,
    deposited: bool,
    counters: [Counter; 6],
    told: Vec<Counter>,
    diagnostics: Vec<diagnostics::Counts>,
    exchange_ts: Option<EventTime>,
    closing: Option<OrderKey>,
    performance: Option<Performance>,
    traded: BTreeMap<(usize, usize), Traded>,
    liquidations: BTreeMap<usize, Liquidation>,
}

#[derive(Serialize, Deserialize)]
struct MarketState {
    exchange: ExchangeState,
    view: ViewState,
    seen: Option<ViewState>,
    holding: Holding,
    opened: Option<i64>,
    valued: Option<(Price, Money)>,
    shown: Option<Money>,
    funding: BTreeMap<EventTime, Rate>,
    toxicity: Toxicity,
}

impl AccountLoop {
    /// Everything that its next step depends on: orders under way and what falls due included.
    /// Equal state gives equal bytes.
    pub fn snapshot(&self) -> Vec<u8> {
        let market = |market: &super::Market| MarketState {
            exchange: market.exchange.state(),
            view: market.exchange.view().state(),
            seen: market.seen.as_ref().map(|seen| seen.state()),
            holding: market.holding,
            opened: market.opened,
            valued: market.valued,
            shown: market.shown,
            funding: market.funding.clone(),
            toxicity: market.toxicity,
        };
        let state = State {
            markets: self.markets.iter().map(market).collect(),
            stances: self.stances.clone(),
            stages: self.stages.clone(),
            legs: self.legs.clone(),
            purses: self.purses.clone(),
            risk: self.risk.clone(),
            pending: self.pending.clone(),
            scheduled: self.scheduled,
            wires: self.wires.clone(),
            next_due: self.next_due,
            changed: self.changed,
            deposited: self.deposited,
            counters: self.counters.clone(),
            told: self.told.clone(),
            diagnostics: self.diagnostics.clone(),
            exchange_ts: self.exchange_ts,
            closing: self.closing,
            performance: self.performance.clone(),
            traded: self.traded.clone(),
            liquidations: self.margins.under_way.clone(),
        };
        pack(&self.spec.name, &state)
    }

    /// Takes over what another loop of the same job and account was; on error the state stays as
    /// it was.
    ///
    /// # Errors
    /// When the bytes are broken, or of another account, job or version.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<(), RestoreError> {
        let state: State = unpack(&self.spec.name, bytes)?;
        same_shape("instruments", state.markets.len(), self.markets.len())?;
        same_shape("strategies", state.stances.len(), self.stances.len())?;
        same_shape("strategies", state.diagnostics.len(), self.diagnostics.len())?;
        same_shape("strategies", state.told.len(), self.told.len())?;
        let legs = |all: &[Option<LegsState>]| all.iter().flatten().count();
        same_shape("strategies with legs", legs(&state.legs), legs(&self.legs))?;
        same_shape("venues", state.wires.len(), self.wires.len())?;
        let theirs = state.markets.iter().filter(|market| market.seen.is_some()).count();
        let own = self.markets.iter().filter(|market| market.seen.is_some()).count();
        same_shape("markets by a clock of their own", theirs, own)?;
        for (theirs, own) in state.stances.iter().zip(&self.stances) {
            same_shape("instruments of a strategy", theirs.len(), own.len())?;
            let exits = |all: &[Stance]| all.iter().filter(|s| s.exits.is_some()).count();
            same_shape("exits of a strategy", exits(theirs), exits(own))?;
            let quotes = |all: &[Stance]| all.iter().filter(|s| s.quotes.is_some()).count();
            same_shape("quotes of a strategy", quotes(theirs), quotes(own))?;
        }
        for (market, state) in self.markets.iter_mut().zip(state.markets) {
            market.exchange.set_state(state.exchange);
            // Each account that shares a view has it as it was at the same moment.
            market.exchange.view().set_state(state.view);
            if let (Some(seen), Some(state)) = (&market.seen, state.seen) {
                seen.set_state(state);
            }
            market.holding = state.holding;
            market.exchange.hold(state.holding.quantity);
            market.opened = state.opened;
            market.valued = state.valued;
            market.shown = state.shown;
            market.funding = state.funding;
            market.toxicity = state.toxicity;
        }
        self.stances = state.stances;
        self.stages = state.stages;
        self.legs = state.legs;
        self.purses = state.purses;
        self.risk = state.risk;
        self.pending = state.pending;
        self.scheduled = state.scheduled;
        self.wires = state.wires;
        self.next_due = state.next_due;
        self.changed = state.changed;
        self.deposited = state.deposited;
        self.counters = state.counters;
        self.told = state.told;
        self.diagnostics = state.diagnostics;
        self.exchange_ts = state.exchange_ts;
        self.closing = state.closing;
        self.performance = state.performance;
        self.traded = state.traded;
        self.margins.under_way = state.liquidations;
        (0..self.markets.len()).for_each(|market| self.find_band(market));
        self.find_all_calm_marks();
        Ok(())
    }
}
