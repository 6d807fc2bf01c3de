//! Steps one instrument.

use super::{
    bars::BarSlot,
    doubts::{Doubts, Stamps},
    foreign::Foreign,
    models::{Awaited, ModelState},
    row::{MarketRow, Top},
    slot,
    spec::{Driver, MarketSpec, Trigger, TriggerOn},
    values::RunningFeature,
    wants::Wants,
};
use crate::{
    bars::{BarEvent, BarTrade, Feed},
    book::{Applied, L2Book, L3Book, OrderBook},
    features::{SentimentState, TradeFlowState},
    indicators::IndicatorState,
    outputs::{Outputs, ReadingsRow},
};
use schemas::{EventTime, Instrument, OrderKey, chunk::Deltas};
use std::{ops::Range, sync::Arc};

/// One instrument's running state.
pub struct InstrumentEngine {
    pub(super) spec: Arc<MarketSpec>,
    pub(super) instrument: Arc<Instrument>,
    pub(super) index: u32,
    pub(super) row: Vec<f64>,
    pub(super) book: L2Book,
    /// Where the feed is by order: what the levels of the book follow from.
    pub(super) orders: OrderBook,
    pub(super) crossed: bool,
    pub(super) feed_top: Option<Top>,
    pub(super) last_trade: Option<(i64, i64)>,
    /// Trades that indicators and features have not taken yet.
    pub(super) run: Vec<(EventTime, BarTrade)>,
    pub(super) bars: Vec<BarSlot>,
    pub(super) indicators: Vec<Box<dyn IndicatorState>>,
    pub(super) flows: Vec<TradeFlowState>,
    pub(super) running: Vec<RunningFeature>,
    pub(super) moods: Vec<SentimentState>,
    pub(super) models: Vec<ModelState>,
    pub(super) model_slots: Range<u32>,
    pub(super) awaited: Awaited,
    triggers: Vec<usize>,
    pub(super) timers: Vec<EventTime>,
    pub(super) last: Option<OrderKey>,
    pub(super) next_due: EventTime,
    /// By the exchange's clock, while a record is taken.
    pub(super) exchange_now: EventTime,
    /// Where the last candle ended.
    pub(super) candles_until: EventTime,
    /// The last moment at which bars closed, and at which strategies were told, and how often.
    pub(super) closed: (OrderKey, u32),
    told: (OrderKey, u32),
    /// The last moment at which quality was told of, and how often.
    pub(super) noted: (OrderKey, u32),
    pub(super) doubts: Doubts,
    pub(super) foreign: Foreign,
    pub(super) wants: Wants,
}

/// Counts what happens at one key: 0 for the first.
pub(super) fn count(last: &mut (OrderKey, u32), key: OrderKey) -> u32 {
    let seq = if last.0 == key { last.1 + 1 } else { 0 };
    *last = (key, seq);
    seq
}

impl InstrumentEngine {
    /// The state before the first record.
    pub fn new(spec: Arc<MarketSpec>, instrument: Arc<Instrument>, index: u32) -> Self {
        let triggers: Vec<usize> = (0..spec.triggers.len())
            .filter(|t| spec.triggers[*t].instruments.binary_search(&index).is_ok())
            .collect();
        let bars = BarSlot::all(&spec, &instrument);
        let wants = Wants::new(&spec, &bars, &triggers);
        let mut row = vec![f64::NAN; spec.slots as usize];
        row[slot::TICK] = instrument.price_f64(instrument.tick);
        row[slot::LOT] = instrument.quantity_f64(instrument.lot);
        InstrumentEngine {
            row,
            book: L2Book::default(),
            orders: OrderBook::default(),
            crossed: false,
            feed_top: None,
            last_trade: None,
            run: Vec::new(),
            bars,
            indicators: spec.indicators.iter().map(|n| n.spec.indicator().start()).collect(),
            flows: vec![TradeFlowState::default(); spec.features.len()],
            running: RunningFeature::all(&spec.features, &instrument),
            moods: vec![SentimentState::default(); spec.features.len()],
            models: spec.models.iter().map(ModelState::start).collect(),
            model_slots: model_slots(&spec),
            awaited: Awaited::default(),
            timers: vec![EventTime::MAX; triggers.len()],
            triggers,
            last: None,
            next_due: EventTime::MAX,
            exchange_now: EventTime::MIN,
            candles_until: EventTime::MIN,
            closed: Default::default(),
            told: Default::default(),
            noted: Default::default(),
            doubts: Doubts::default(),
            foreign: Foreign::new(&spec, index),
            wants,
            spec,
            instrument,
            index,
        }
    }

    /// Its book.
    pub fn book(&self) -> &L2Book {
        &self.book
    }

    /// Where its feed is by order, the orders that rest.
    pub fn orders(&self) -> &L3Book {
        self.orders.orders()
    }

    /// Steps one record: first what fell due until then, then the record itself.
    #[inline(always)]
    pub fn on_row<'a>(
        &mut self,
        key: OrderKey,
        row: &MarketRow<'_>,
        stamps: impl Into<Stamps<'a>>,
        out: &mut Outputs,
        triggers: &mut Vec<Trigger>,
    ) {
        let stamps = stamps.into();
        let exchange_ts = stamps.exchange;
        if let MarketRow::News { headline, url } = row {
            return self.on_news(key, headline, *url, out, triggers);
        }
        if self.next_due <= key.ts {
            self.advance(EventTime(key.ts.0.saturating_add(1)), out, triggers);
        }
        if self.last.is_none() {
            self.start_timers(key.ts);
        }
        self.last = Some(key);
        if self.wants.doubts {
            self.doubt(key, row, &stamps, out);
        }
        match row {
            MarketRow::Trade(trade) => self.on_trade(key, *trade, exchange_ts, out, triggers),
            MarketRow::Quote(top) => {
                self.feed_top = Some(*top);
                self.on_top(key, exchange_ts, out, triggers);
                if self.wants.quote {
                    self.moment(key, TriggerOn::Quote, out, triggers);
                }
            }
            MarketRow::Delta(delta) => {
                let applied = self.book.apply(delta);
                self.on_book(applied, key, exchange_ts, out, triggers);
            }
            MarketRow::Order(order) => {
                let mut applied = Applied::default();
                self.orders.apply(order, |delta| applied = self.book.apply(delta));
                self.on_book(applied, key, exchange_ts, out, triggers);
            }
            MarketRow::Candle(candle) => {
                if self.wants.candle_bars {
                    self.add_candle_to_bars(key, candle, out, triggers);
                }
            }
            MarketRow::Funding(funding) => {
                self.row[slot::FUNDING_RATE] =
                    if funding.rate.is_finite() { funding.rate } else { f64::NAN };
                if self.wants.funding {
                    self.moment(key, TriggerOn::Funding, out, triggers);
                }
            }
            MarketRow::News { .. } => {}
        }
    }

    /// Steps levels within a message about the book: with its first one the engine came to its
    /// moment, and what is doubtful of that one is of all; before its last one nobody looks. The
    /// key is that of the last of them.
    pub(super) fn on_levels(&mut self, key: OrderKey, columns: &Deltas, slots: Range<usize>) {
        self.last = Some(key);
        if self.wants.doubts {
            self.doubt_again(slots.len() as u64);
        }
        self.book.apply_rows(columns, slots);
    }

    /// Fires what falls due before `end`: bars that close, timers of strategies, news.
    pub fn advance(&mut self, end: EventTime, out: &mut Outputs, triggers: &mut Vec<Trigger>) {
        // Not only when somebody looks: by then a live job has been idle.
        self.take_run();
        while self.next_due < end {
            let due = self.next_due;
            if self.doubts.next_due() == due {
                self.look_for_silence(due, out);
            }
            // Several bars may close now. They are one moment if they have one cause; else the
            // order key decides, and it begins with the cause.
            for cause in self.causes(due) {
                let closing = self.closing(due, cause);
                let timers = Some(cause) == self.last;
                let news = self.release_news(due, cause);
                let base = cause.due(due, 0, self.index, 0);
                self.close(base, &closing, (timers, news), out, triggers);
                self.close_complete(base, out, triggers);
            }
            self.find_next_due();
        }
    }

    /// The causes of what is due now, ascending.
    pub(super) fn causes(&self, due: EventTime) -> Vec<OrderKey> {
        let closing = (0..self.bars.len()).filter(|b| self.closes_at(*b, due));
        let mut causes: Vec<OrderKey> = closing.map(|b| self.bars[b].state().cause).collect();
        if self.timers.contains(&due) {
            causes.push(self.last.expect("a timer starts with a record"));
        }
        causes.extend(self.moods.iter().flat_map(|mood| mood.causes(due)));
        causes.sort();
        causes.dedup();
        causes
    }

    /// Which bars the passing of time alone closes now that have this cause.
    pub(super) fn closing(&self, due: EventTime, cause: OrderKey) -> Vec<bool> {
        let closes = |b| self.closes_at(b, due) && self.bars[b].state().cause == cause;
        (0..self.bars.len()).map(closes).collect()
    }

    fn start_timers(&mut self, now: EventTime) {
        for (timer, trigger) in self.timers.iter_mut().zip(&self.triggers) {
            if let TriggerOn::Every { every, offset } = self.spec.triggers[*trigger].on {
                let since = EventTime(now.0.saturating_sub(offset.0));
                *timer = since.floor(every).plus(every).plus(offset);
            }
        }
        self.find_next_due();
    }

    pub(super) fn find_next_due(&mut self) {
        let bars = self.bars.iter().filter_map(|b| b.builder.due());
        let timers = self.timers.iter().copied();
        let news = self.moods.iter().map(SentimentState::next_due);
        let due = bars.chain(timers).chain(news).min().unwrap_or(EventTime::MAX);
        self.next_due = due.min(self.doubts.next_due());
    }

    #[inline(always)]
    fn on_trade(
        &mut self,
        key: OrderKey,
        mut trade: BarTrade,
        exchange_ts: Option<EventTime>,
        out: &mut Outputs,
        triggers: &mut Vec<Trigger>,
    ) {
        trade.tainted = self.tainted();
        if self.wants.exchange_bars {
            self.close_by_exchange_clock(Feed::Trades, key, exchange_ts, out, triggers);
        }
        self.add_to_bars(Feed::Trades, key, exchange_ts, &BarEvent::of_trade(key.ts, &trade));
        self.last_trade = Some((trade.price, trade.quantity));
        if self.wants.trade_steps {
            self.await_look(key.ts, trade);
        }
        if self.wants.eager {
            self.take_run();
        }
        if self.wants.trade_models {
            self.ask_models(key.ts, |driver| driver == Driver::Trade);
        }
        self.close_complete(key, out, triggers);
        if self.wants.trade {
            self.moment(key, TriggerOn::Trade, out, triggers);
        }
    }

    /// The book after a row.
    fn on_book(
        &mut self,
        applied: Applied,
        key: OrderKey,
        exchange_ts: Option<EventTime>,
        out: &mut Outputs,
        triggers: &mut Vec<Trigger>,
    ) {
        if !applied.end {
            return;
        }
        self.judge_book(key, applied.gap, out);
        if self.feed_top.is_none() {
            self.on_top(key, exchange_ts, out, triggers);
        }
        if self.wants.book {
            self.moment(key, TriggerOn::Book, out, triggers);
        }
    }

    /// Another best bid and offer.
    fn on_top(
        &mut self,
        key: OrderKey,
        exchange_ts: Option<EventTime>,
        out: &mut Outputs,
        triggers: &mut Vec<Trigger>,
    ) {
        self.step_quote_features(key.ts);
        if self.wants.quote_bars {
            self.add_quote_to_bars(key, exchange_ts, out, triggers);
        }
    }

    /// Closes bars, steps what they drive, and lets strategies see it: one moment. Timers may be
    /// due at it too, or news.
    pub(super) fn close(
        &mut self,
        base: OrderKey,
        closing: &[bool],
        (timers, news): (bool, bool),
        out: &mut Outputs,
        triggers: &mut Vec<Trigger>,
    ) {
        self.take_run();
        let mut closing = closing.to_vec();
        self.finish_bars(base, &mut closing, out);
        if self.wants.looks {
            self.look(base.ts);
        }
        self.step_indicators(|driver| driver.is_in(&closing));
        self.conclude(base, &closing, (timers, news), out, triggers);
    }

    /// What follows when indicators know of the bars that closed: models are asked, strategies
    /// told.
    pub(super) fn conclude(
        &mut self,
        base: OrderKey,
        closing: &[bool],
        (timers, news): (bool, bool),
        out: &mut Outputs,
        triggers: &mut Vec<Trigger>,
    ) {
        self.ask_models(base.ts, |driver| driver.is_in(closing));
        let mut due = Vec::new();
        for (timer, trigger) in self.timers.iter_mut().zip(&self.triggers) {
            let fires = match self.spec.triggers[*trigger].on {
                TriggerOn::Bar(bar) => closing[usize::from(bar)],
                TriggerOn::Every { every, .. } if timers && *timer == base.ts => {
                    *timer = timer.plus(every);
                    true
                }
                TriggerOn::News => news,
                _ => false,
            };
            if fires {
                due.push(*trigger);
            }
        }
        let bars_close = closing.contains(&true);
        self.emit(base, &due, bars_close, out, triggers);
        if bars_close {
            self.find_next_due();
        }
    }

    /// A record that strategies wait for.
    pub(super) fn moment(
        &mut self,
        key: OrderKey,
        on: TriggerOn,
        out: &mut Outputs,
        triggers: &mut Vec<Trigger>,
    ) {
        let due: Vec<usize> =
            self.triggers.iter().copied().filter(|t| self.spec.triggers[*t].on == on).collect();
        self.emit(key, &due, false, out, triggers);
    }

    fn emit(
        &mut self,
        base: OrderKey,
        due: &[usize],
        bars_close: bool,
        out: &mut Outputs,
        triggers: &mut Vec<Trigger>,
    ) {
        let spec = Arc::clone(&self.spec);
        let readings = spec.readings.as_ref();
        let reads = readings.is_some_and(|r| !due.is_empty() || (r.at_bars && bars_close));
        if due.is_empty() && !reads {
            return;
        }
        let tainted = self.tainted();
        let seq = count(&mut self.told, base);
        self.look(base.ts);
        if let (Some(readings), true) = (readings, reads) {
            let row = &self.row;
            out.readings.push(ReadingsRow {
                key: base.derived(readings.ordinal, self.index, seq),
                instrument: self.instrument.id.text().clone(),
                values: readings.slots.iter().map(|s| row[*s as usize]).collect(),
                tainted: tainted || self.foreign.tainted && self.foreign.in_readings,
            });
            self.leave_holes_in_readings(&readings.slots, out.readings.len() - 1);
        }
        for place in due {
            let (node, row) = (&spec.triggers[*place], &self.row);
            triggers.push(Trigger {
                key: base.derived(node.node.ordinal, self.index, seq),
                strategy: node.strategy,
                instrument: self.index,
                tainted: tainted || self.foreign.tainted && self.foreign.in_triggers[*place],
                values: node.slots.iter().map(|s| row[*s as usize]).collect(),
            });
            self.leave_holes_in_trigger(&node.slots, triggers.len() - 1);
        }
    }
}

/// The slots of all models; they stand together.
fn model_slots(spec: &MarketSpec) -> Range<u32> {
    let start = spec.models.first().map_or(0, |node| node.slot);
    start..spec.models.last().map_or(0, |node| node.source() as u32 + 1)
}
