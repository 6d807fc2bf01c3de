//! Trades that indicators and features take together. Nobody sees their values between two looks,
//! and a step that takes a run of trades costs a fraction of as many steps.

use super::{
    engine::InstrumentEngine,
    slot,
    spec::{Driver, IndicatorNode},
    values::PORTS_MAX,
};
use crate::{
    bars::BarTrade,
    features::{FeatureSpec, Reads},
};
use schemas::EventTime;

/// Trades of a run at most: so few that its columns stay in the nearest caches, and that a look
/// does not wait long for them.
const TRADES_MAX: usize = 128;

/// Columns of a run before those that indicators write: prices and quantities.
const GIVEN: usize = 2;

impl InstrumentEngine {
    /// A trade that waits until somebody looks, or anything else changes that indicators read.
    #[inline(always)]
    pub(super) fn await_look(&mut self, at: EventTime, trade: BarTrade) {
        self.run.push((at, trade));
        if self.run.len() == TRADES_MAX {
            self.take_run();
        }
    }

    /// Steps what trades move by those that wait.
    #[inline(always)]
    pub(super) fn take_run(&mut self) {
        if !self.run.is_empty() {
            self.step_run();
        }
    }

    fn step_run(&mut self) {
        let mut run = std::mem::take(&mut self.run);
        for (flow, node) in self.flows.iter_mut().zip(&self.spec.features) {
            if let FeatureSpec::TradeImbalance(parameters) = &node.spec {
                for (_, trade) in &run {
                    if let Some(side) = trade.aggressor() {
                        flow.add(parameters, side.sign() * trade.quantity);
                    }
                }
            }
        }
        for feature in self.running.iter_mut().filter(|f| f.reads == Reads::Trades) {
            feature.state.trades(&run);
        }
        if let (true, [.., (at, _)]) = (self.wants.eager, &run[..]) {
            self.look_up(*at);
        }
        if self.wants.trade_indicators {
            match &run[..] {
                [_] => {
                    self.fill_trade_slots();
                    self.step_indicators(|driver| driver == Driver::Trade);
                }
                many => self.step_indicators_by(many),
            }
        }
        run.clear();
        self.run = run;
    }

    /// Steps the indicators that trades move by several trades, one indicator after the other. What
    /// else they read does not change meanwhile.
    fn step_indicators_by(&mut self, run: &[(EventTime, BarTrade)]) {
        let rows = run.len();
        let nodes = || self.spec.indicators.iter().filter(|node| node.driver == Driver::Trade);
        let outputs: usize = nodes().map(|node| node.outputs as usize).sum();
        let mut columns = vec![0.0; (GIVEN + outputs) * rows];
        let (prices, quantities) = columns.split_at_mut(rows);
        for (row, (_, trade)) in run.iter().enumerate() {
            prices[row] = self.instrument.price_f64(trade.price);
            quantities[row] = self.instrument.quantity_f64(trade.quantity);
        }
        let mut constants = Vec::new();
        let mut done = GIVEN;
        for (node, state) in self.spec.indicators.iter().zip(&mut self.indicators) {
            if node.driver != Driver::Trade {
                continue;
            }
            let count = node.outputs as usize;
            // Indicators stand after those that they read.
            let (before, own) = columns.split_at_mut(done * rows);
            let place = |slot: &u32| column_of(&self.spec.indicators, *slot, done);
            let missing = node.inputs.iter().filter(|slot| place(slot).is_none());
            constants.clear();
            for slot in missing {
                constants.resize(constants.len() + rows, self.row[*slot as usize]);
            }
            let mut constant = constants.chunks_exact(rows);
            let mut read: [&[f64]; PORTS_MAX] = [&[]; PORTS_MAX];
            for (slice, slot) in read.iter_mut().zip(&node.inputs) {
                *slice = match place(slot) {
                    Some(column) => &before[column * rows..(column + 1) * rows],
                    None => constant.next().expect("one for each that is missing"),
                };
            }
            let mut written = own.chunks_exact_mut(rows);
            let mut written: [&mut [f64]; PORTS_MAX] =
                std::array::from_fn(|_| written.next().unwrap_or_default());
            state.run(&read[..node.inputs.len()], &mut written[..count]);
            let first = node.slot as usize;
            for (slot, column) in self.row[first..].iter_mut().zip(&written[..count]) {
                *slot = column[rows - 1];
            }
            done += count;
        }
    }
}

/// The column of a slot that changes with every trade, of those that are `done`.
fn column_of(nodes: &[IndicatorNode], wanted: u32, done: usize) -> Option<usize> {
    if wanted == slot::PRICE as u32 {
        return Some(0);
    }
    if wanted == slot::QUANTITY as u32 {
        return Some(1);
    }
    let mut column = GIVEN;
    for node in nodes.iter().filter(|node| node.driver == Driver::Trade) {
        if (node.slot..node.slot + node.outputs).contains(&wanted) {
            let found = column + (wanted - node.slot) as usize;
            return (found < done).then_some(found);
        }
        column += node.outputs as usize;
    }
    None
}
