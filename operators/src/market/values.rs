//! The values of one instrument: indicators that are stepped, columns that are looked up.

use super::{
    engine::InstrumentEngine,
    row::Top,
    slot,
    spec::{Driver, FeatureNode, IndicatorNode},
};
use crate::{
    book::L2Book,
    features::{FeatureSpec, FeatureState, Reads, Scales},
    indicators::IndicatorState,
};
use schemas::{EventTime, Instrument};

/// Inputs and outputs that an indicator has at most.
pub(super) const PORTS_MAX: usize = 9;

/// A feature with running state, where its value goes, and what it takes.
pub(super) struct RunningFeature {
    slot: usize,
    pub(super) reads: Reads,
    pub(super) state: Box<dyn FeatureState>,
}

impl RunningFeature {
    /// Those of a plan that have running state, for an instrument that has seen nothing.
    pub(super) fn all(nodes: &[FeatureNode], instrument: &Instrument) -> Vec<RunningFeature> {
        let scales = Scales::of(instrument);
        let start = |node: &FeatureNode| {
            let feature = node.spec.running()?;
            let (reads, state) = (feature.reads(), feature.start(scales));
            Some(RunningFeature { slot: node.slot as usize, reads, state })
        };
        nodes.iter().filter_map(start).collect()
    }
}

impl InstrumentEngine {
    pub(super) fn step_indicators(&mut self, steps: impl Fn(Driver) -> bool) {
        for (node, state) in self.spec.indicators.iter().zip(&mut self.indicators) {
            if steps(node.driver) {
                self.foreign.copy_own(&mut self.row);
                step(node, &mut **state, &mut self.row);
            }
        }
    }

    /// Steps one of them.
    pub(super) fn step_indicator(&mut self, indicator: usize) {
        self.foreign.copy_own(&mut self.row);
        let node = &self.spec.indicators[indicator];
        step(node, &mut *self.indicators[indicator], &mut self.row);
    }

    /// The best bid and offer of the feed, or while it has sent none, of the book.
    pub(super) fn top(&self) -> Top {
        self.feed_top.unwrap_or_else(|| Top::of_book(&self.book))
    }

    /// A best bid and offer from the feed, or from the book while the feed has sent none.
    pub(super) fn step_quote_features(&mut self, at: EventTime) {
        let top = self.top();
        for feature in self.running.iter_mut().filter(|f| f.reads == Reads::Quotes) {
            feature.state.quote(at, &top);
        }
    }

    pub(super) fn fill_trade_slots(&mut self) {
        if let Some((price, quantity)) = self.last_trade {
            self.row[slot::PRICE] = self.instrument.price_f64(price);
            self.row[slot::QUANTITY] = self.instrument.quantity_f64(quantity);
        }
    }

    /// The row as of `now`: columns that nobody steps are computed only when someone looks.
    pub(super) fn look(&mut self, now: EventTime) {
        self.take_run();
        self.look_up(now);
    }

    /// The columns that nobody steps.
    pub(super) fn look_up(&mut self, now: EventTime) {
        self.fill_trade_slots();
        let top = self.top();
        let instrument = &self.instrument;
        let there = |quantity: i64, value: f64| if quantity > 0 { value } else { f64::NAN };
        let row = &mut self.row;
        row[slot::BID] = there(top.bid_quantity, instrument.price_f64(top.bid));
        row[slot::ASK] = there(top.ask_quantity, instrument.price_f64(top.ask));
        row[slot::BID_QUANTITY] =
            there(top.bid_quantity, instrument.quantity_f64(top.bid_quantity));
        row[slot::ASK_QUANTITY] =
            there(top.ask_quantity, instrument.quantity_f64(top.ask_quantity));
        row[slot::MID] =
            top.mid_doubled().map_or(f64::NAN, |doubled| instrument.price_f64(doubled) / 2.0);
        row[slot::SPREAD] = row[slot::ASK] - row[slot::BID];
        row[slot::MICROPRICE] = (row[slot::BID] * row[slot::ASK_QUANTITY]
            + row[slot::ASK] * row[slot::BID_QUANTITY])
            / (row[slot::BID_QUANTITY] + row[slot::ASK_QUANTITY]);
        for (i, node) in self.spec.features.iter().enumerate() {
            let start = node.slot as usize;
            match &node.spec {
                FeatureSpec::TradeImbalance(parameters) => {
                    row[start] = self.flows[i].value(parameters);
                }
                FeatureSpec::BookImbalance(parameters) => {
                    row[start] = imbalance(&self.book, top, parameters.levels.get().into());
                }
                FeatureSpec::Sentiment(parameters) => {
                    let values = self.moods[i].values(parameters, now);
                    row[start..start + values.len()].copy_from_slice(&values);
                }
                // Those that run are below.
                _ => {}
            }
        }
        for feature in &mut self.running {
            row[feature.slot] = feature.state.value(now);
        }
        self.foreign.copy_own(row);
    }
}

/// Steps an indicator by a batch of one: bars and trades reach strategies one by one.
#[inline(always)]
fn step(node: &IndicatorNode, state: &mut dyn IndicatorState, row: &mut [f64]) {
    // Slices are put into their places one by one too: `map` of arrays is a call for each element
    // here.
    let mut inputs = [f64::NAN; PORTS_MAX];
    for (input, slot) in inputs.iter_mut().zip(&node.inputs) {
        *input = row[*slot as usize];
    }
    let mut read: [&[f64]; PORTS_MAX] = [&[]; PORTS_MAX];
    for (slice, input) in read.iter_mut().zip(inputs.chunks_exact(1)) {
        *slice = input;
    }
    let (first, outputs) = (node.slot as usize, node.outputs as usize);
    let mut written: [&mut [f64]; PORTS_MAX] =
        [&mut [], &mut [], &mut [], &mut [], &mut [], &mut [], &mut [], &mut [], &mut []];
    let columns = row[first..first + outputs].chunks_exact_mut(1);
    for (slice, column) in written.iter_mut().zip(columns) {
        *slice = column;
    }
    state.run(&read[..node.inputs.len()], &mut written[..outputs]);
}

/// Imbalance over the best levels; without a book, of the best bid and offer for one level.
fn imbalance(book: &L2Book, top: Top, levels: usize) -> f64 {
    if book.synced() {
        return crate::book::features::imbalance(book, levels).unwrap_or(f64::NAN);
    }
    if levels == 1 && top.is_complete() {
        let (bid, ask) = (top.bid_quantity as f64, top.ask_quantity as f64);
        return (bid - ask) / (bid + ask);
    }
    f64::NAN
}

#[cfg(test)]
mod tests {
    use super::PORTS_MAX;
    use crate::indicators::IndicatorSpec;

    #[test]
    fn every_indicator_has_room() {
        for spec in IndicatorSpec::examples() {
            let indicator = spec.indicator();
            let ports = indicator.outputs().len().max(indicator.input().columns());
            assert!(ports <= PORTS_MAX, "{spec:?} has {ports}");
        }
    }
}
