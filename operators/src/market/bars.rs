//! The bars of one instrument: what is added to them, which close, and how one closes another.

use super::{
    engine::InstrumentEngine,
    spec::{BarNode, MarketSpec, Trigger},
};
use crate::{
    bars::{BarEvent, BarKind, BarState, Builder, Feed, Made, Rule},
    outputs::Outputs,
};
use schemas::{
    EventTime, Instrument, OrderKey,
    chunk::Candle,
    records::{Clock, QualityKind},
};

/// A bar under construction, with what every record asks of its definition.
pub(super) struct BarSlot {
    pub(super) builder: Builder,
    /// The lower bar that it is built from.
    upstream: Option<usize>,
    /// What it is built from in the end.
    feed: Feed,
    pub(super) exchange: bool,
}

impl BarSlot {
    /// The bars of a plan, which have seen nothing.
    pub(super) fn all(spec: &MarketSpec, instrument: &Instrument) -> Vec<BarSlot> {
        let mut slots: Vec<BarSlot> = Vec::new();
        for BarNode { kind, upstream, .. } in &spec.bars {
            let upstream = upstream.map(usize::from);
            let feed = match upstream {
                Some(lower) => slots[lower].feed,
                None => Feed::of(kind.on()),
            };
            let builder = Builder::new(Rule::new(kind, instrument, feed));
            let exchange = matches!(kind, BarKind::Time(bar) if bar.clock == Clock::Exchange);
            slots.push(BarSlot { builder, upstream, feed, exchange });
        }
        slots
    }

    /// Is it built from this without a bar between?
    pub(super) fn takes(&self, feed: Feed) -> bool {
        self.upstream.is_none() && self.feed == feed
    }

    /// The bar as it is.
    pub(super) fn state(&self) -> &BarState {
        &self.builder.state
    }
}

impl InstrumentEngine {
    /// Does the passing of time alone close this bar at `due`? Where a lower one closes then, this
    /// one follows, through those between: they all end with it.
    pub(super) fn closes_at(&self, bar: usize, due: EventTime) -> bool {
        let is_due = |bar: usize| self.bars[bar].builder.due() == Some(due);
        let lower = |bar: &usize| self.bars[*bar].upstream;
        is_due(bar) && !std::iter::successors(lower(&bar), lower).any(is_due)
    }

    /// Adds a record to the bars that are built from its kind.
    #[inline(always)]
    pub(super) fn add_to_bars(
        &mut self,
        feed: Feed,
        key: OrderKey,
        exchange_ts: Option<EventTime>,
        event: &BarEvent,
    ) {
        let mut opened = false;
        for bar in self.bars.iter_mut().filter(|bar| bar.takes(feed)) {
            let at = if bar.exchange { exchange_ts.unwrap_or(key.ts) } else { key.ts };
            opened |= !bar.builder.state.is_open();
            bar.builder.add(key, &BarEvent { from: at, to: at, ..*event });
        }
        if opened {
            self.find_next_due();
        }
    }

    /// A best bid and offer for the bars that are built from them.
    pub(super) fn add_quote_to_bars(
        &mut self,
        key: OrderKey,
        exchange_ts: Option<EventTime>,
        out: &mut Outputs,
        triggers: &mut Vec<Trigger>,
    ) {
        let top = self.top();
        let Some(mid_doubled) = top.mid_doubled() else { return };
        self.close_by_exchange_clock(Feed::Quotes, key, exchange_ts, out, triggers);
        let event = BarEvent::of_quote(key.ts, mid_doubled, self.tainted());
        self.add_to_bars(Feed::Quotes, key, exchange_ts, &event);
        self.close_complete(key, out, triggers);
    }

    /// A candle for the bars that are built from them. It closes those that end where it does, and
    /// before that those that had ended before it began.
    pub(super) fn add_candle_to_bars(
        &mut self,
        key: OrderKey,
        candle: &Candle,
        out: &mut Outputs,
        triggers: &mut Vec<Trigger>,
    ) {
        // What overlaps with another candle would count twice.
        let overlaps = candle.open_ts < self.candles_until;
        let takes = |bar: &BarSlot| bar.takes(Feed::Candles);
        let fits = |bar: &BarSlot| bar.builder.fits(candle.open_ts, candle.close_ts);
        if overlaps || self.bars.iter().any(|bar| takes(bar) && !fits(bar)) {
            let kind = if overlaps { QualityKind::Duplicate } else { QualityKind::Misfit };
            return self.tell(key, kind, (candle.open_ts, candle.close_ts), 1, out);
        }
        self.candles_until = candle.close_ts;
        self.close_by_exchange_clock(Feed::Candles, key, Some(candle.open_ts), out, triggers);
        let event = BarEvent::of_candle(candle);
        for bar in self.bars.iter_mut().filter(|bar| takes(bar)) {
            bar.builder.add(key, &event);
        }
        self.close_by_exchange_clock(Feed::Candles, key, Some(candle.close_ts), out, triggers);
        self.close_complete(key, out, triggers);
    }

    /// Closes what events completed: several bricks one after the other, each a moment.
    pub(super) fn close_complete(
        &mut self,
        base: OrderKey,
        out: &mut Outputs,
        triggers: &mut Vec<Trigger>,
    ) {
        while self.bars.iter().any(|bar| bar.builder.complete) {
            let closing: Vec<bool> = self.bars.iter().map(|bar| bar.builder.complete).collect();
            self.close(base, &closing, (false, false), out, triggers);
        }
    }

    /// Bars by the exchange's clock are known to be over with the record that the venue dates
    /// after them, so that record is the cause.
    pub(super) fn close_by_exchange_clock(
        &mut self,
        feed: Feed,
        key: OrderKey,
        exchange_ts: Option<EventTime>,
        out: &mut Outputs,
        triggers: &mut Vec<Trigger>,
    ) {
        let at = exchange_ts.unwrap_or(key.ts);
        loop {
            let of_it = |bar: &&BarSlot| bar.exchange && bar.feed == feed;
            let over = |bar: &&BarSlot| of_it(bar) && bar.builder.is_over(at);
            // Several spans may have passed: what ended first closes first.
            let ends = self.bars.iter().filter(over).map(|bar| bar.state().close_ts);
            let Some(end) = ends.min() else { break };
            let closing: Vec<bool> =
                self.bars.iter().map(|bar| over(&bar) && bar.state().close_ts == end).collect();
            self.exchange_now = end;
            self.close(key, &closing, (false, false), out, triggers);
            self.close_complete(key, out, triggers);
            self.bars.iter_mut().for_each(|bar| bar.builder.end_carrying(at));
        }
        self.exchange_now = at;
    }

    /// Ends bars, and those that they complete: the flags then say which. Lower ones stand before
    /// those that are built from them.
    pub(super) fn finish_bars(&mut self, base: OrderKey, closing: &mut [bool], out: &mut Outputs) {
        let seq = super::engine::count(&mut self.closed, base);
        for i in 0..closing.len() {
            if !closing[i] {
                continue;
            }
            let bar = self.bars[i].builder.finish();
            let node = &self.spec.bars[i];
            let made = Made {
                name: &node.node.name,
                origin: node.kind.on().to_string().into(),
                clock: node.kind.clock(),
                feed: self.bars[i].feed,
            };
            let key = base.derived(node.node.ordinal, self.index, seq);
            out.bars.push(bar.record(key, &made, &self.instrument));
            let columns = bar.columns(&self.instrument, self.bars[i].feed);
            let start = node.slot as usize;
            self.row[start..start + columns.len()].copy_from_slice(&columns);
            let event = bar.event();
            for (higher, closing) in self.bars.iter_mut().zip(&mut *closing).skip(i + 1) {
                if higher.upstream == Some(i) {
                    let now = if higher.exchange { self.exchange_now } else { base.ts };
                    higher.builder.add(bar.cause, &event);
                    *closing |= higher.builder.complete || higher.builder.is_over(now);
                }
            }
        }
    }
}
