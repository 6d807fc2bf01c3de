//! An instrument's state as bytes.

use super::{
    InstrumentEngine, doubts::Doubts, models::ModelState, row::Top, values::RunningFeature,
};
use crate::{
    bars::{BarState, Cut},
    book::{L2Book, OrderBook},
    features::{SentimentState, TradeFlowState},
    restore::{RestoreError, pack, same_shape, unpack},
};
use schemas::{EventTime, OrderKey};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct State {
    row: Vec<f64>,
    book: L2Book,
    orders: OrderBook,
    crossed: bool,
    feed_top: Option<Top>,
    last_trade: Option<(i64, i64)>,
    bars: Vec<(BarState, Cut)>,
    indicators: Vec<Vec<u8>>,
    flows: Vec<TradeFlowState>,
    running: Vec<Vec<u8>>,
    moods: Vec<SentimentState>,
    models: Vec<ModelState>,
    timers: Vec<EventTime>,
    last: Option<OrderKey>,
    next_due: EventTime,
    candles_until: EventTime,
    doubts: Doubts,
}

impl InstrumentEngine {
    /// Everything that its next step depends on, after the trades that wait. Equal state gives
    /// equal bytes.
    ///
    /// # Panics
    /// While models are awaited: their values belong to the state.
    pub fn snapshot(&mut self) -> Vec<u8> {
        self.take_run();
        assert!(!self.is_waiting(), "models have answered before state is taken");
        let state = State {
            row: self.row.clone(),
            book: self.book.clone(),
            orders: self.orders.clone(),
            crossed: self.crossed,
            feed_top: self.feed_top,
            last_trade: self.last_trade,
            bars: self.bars.iter().map(|b| (b.state().clone(), b.builder.cut.clone())).collect(),
            indicators: self.indicators.iter().map(|state| state.snapshot()).collect(),
            flows: self.flows.clone(),
            running: self.running.iter().map(|feature| feature.state.snapshot()).collect(),
            moods: self.moods.clone(),
            models: self.models.clone(),
            timers: self.timers.clone(),
            last: self.last,
            next_due: self.next_due,
            candles_until: self.candles_until,
            doubts: self.doubts.clone(),
        };
        pack(self.instrument.id.text(), &state)
    }

    /// Takes over what another engine of the same job and instrument was; on error the state
    /// stays as it was.
    ///
    /// # Errors
    /// When the bytes are broken, or of another instrument, job or version.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<(), RestoreError> {
        let state: State = unpack(self.instrument.id.text(), bytes)?;
        same_shape("columns", state.row.len(), self.row.len())?;
        same_shape("bars", state.bars.len(), self.bars.len())?;
        same_shape("indicators", state.indicators.len(), self.indicators.len())?;
        same_shape("features", state.flows.len(), self.flows.len())?;
        same_shape("running features", state.running.len(), self.running.len())?;
        same_shape("features", state.moods.len(), self.moods.len())?;
        same_shape("triggers", state.timers.len(), self.timers.len())?;
        let fits = |(state, node): (&ModelState, &super::ModelNode)| state.fits(node);
        let fitting = state.models.iter().zip(&self.spec.models).filter(|pair| fits(*pair)).count();
        same_shape("models", state.models.len().min(fitting), self.spec.models.len())?;
        let start = self.spec.indicators.iter().map(|node| node.spec.indicator().start());
        let mut indicators: Vec<_> = start.collect();
        for (indicator, bytes) in indicators.iter_mut().zip(&state.indicators) {
            indicator.restore(bytes)?;
        }
        let mut running = RunningFeature::all(&self.spec.features, &self.instrument);
        for (feature, bytes) in running.iter_mut().zip(&state.running) {
            feature.state.restore(bytes)?;
        }
        self.indicators = indicators;
        self.running = running;
        for (bar, (state, cut)) in self.bars.iter_mut().zip(state.bars) {
            (bar.builder.state, bar.builder.cut) = (state, cut);
        }
        self.row = state.row;
        self.book = state.book;
        self.orders = state.orders;
        self.crossed = state.crossed;
        self.feed_top = state.feed_top;
        self.last_trade = state.last_trade;
        self.run.clear();
        self.flows = state.flows;
        self.moods = state.moods;
        self.models = state.models;
        self.timers = state.timers;
        self.last = state.last;
        self.next_due = state.next_due;
        self.candles_until = state.candles_until;
        self.doubts = state.doubts;
        Ok(())
    }
}
