//! The values of one instrument: indicators that are stepped, columns that are looked up.

use super::{
    engine::{InstrumentEngine, Top},
    slot,
    spec::Driver,
};
use crate::{book::L2Book, features::FeatureSpec};
use schemas::EventTime;

/// Inputs and outputs that an indicator has at most.
const PORTS_MAX: usize = 8;

impl InstrumentEngine {
    pub(super) fn step_indicators(&mut self, steps: impl Fn(Driver) -> bool) {
        for (node, state) in self.spec.indicators.iter().zip(&mut self.indicators) {
            if !steps(node.driver) {
                continue;
            }
            // A batch of one: bars and trades reach strategies one by one.
            let mut inputs = [[f64::NAN; 1]; PORTS_MAX];
            for (input, slot) in inputs.iter_mut().zip(&node.inputs) {
                input[0] = self.row[*slot as usize];
            }
            let mut outputs = [[f64::NAN; 1]; PORTS_MAX];
            state.run(
                &inputs.each_ref().map(|i| &i[..])[..node.inputs.len()],
                &mut outputs.each_mut().map(|o| &mut o[..])[..node.outputs as usize],
            );
            for (i, output) in outputs[..node.outputs as usize].iter().enumerate() {
                self.row[node.slot as usize + i] = output[0];
            }
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
        self.fill_trade_slots();
        let top = self.feed_top.unwrap_or_else(|| Top::of_book(&self.book));
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
            }
        }
    }
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
