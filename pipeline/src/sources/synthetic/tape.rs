//! What the simulated venue says, as rows of a chunk.

use super::book::Ladder;
use super::facts::Profile;
use super::flow::Flow;
use super::news::Story;
use schemas::chunk::{DeltaFlags, NO_ID, Other, RowHead};
use schemas::{Chunk, EventTime, Side};
use std::fmt::Write;

/// A venue's channel and its collector: numbers messages and stamps them.
#[derive(Debug, Clone)]
pub(super) struct Tape {
    instrument: u32,
    tick: i64,
    lot: i64,
    /// Messages so far, and at most.
    pub(super) messages: u64,
    limit: u64,
    /// Receive time of the last message.
    received: EventTime,
    update_id: u64,
    trades: u64,
    /// Best prices and quantities that were published last.
    top: [(i64, i64); 2],
    text: String,
}

impl Tape {
    pub(super) fn new(instrument: u32, profile: &Profile, limit: u64) -> Tape {
        Tape {
            instrument,
            tick: profile.tick,
            lot: profile.lot,
            messages: 0,
            limit,
            received: EventTime::MIN,
            update_id: 0,
            trades: 0,
            top: [(0, 0); 2],
            text: String::new(),
        }
    }

    /// May nothing more be said?
    pub(super) fn full(&self) -> bool {
        self.messages >= self.limit
    }

    /// The receive time of what is sent at a moment and under way for so long.
    pub(super) fn receive(&mut self, at: EventTime, latency: i64) -> EventTime {
        self.received = self.received.max(EventTime(at.0 + latency));
        self.received
    }

    /// What all rows of the next message have.
    fn message(&mut self, exchange_ts: Option<EventTime>) -> Option<RowHead> {
        if self.full() {
            return None;
        }
        let (ts, offset, instrument) = (self.received, self.messages, self.instrument);
        self.messages += 1;
        Some(RowHead { ts, recv_ts: ts, exchange_ts, offset, seq: 0, instrument })
    }

    /// The executions of an event, one message each.
    pub(super) fn trades(&mut self, chunk: &mut Chunk, at: EventTime, flow: &Flow) {
        for (side, level) in &flow.trades {
            let Some(head) = self.message(Some(at)) else { return };
            self.trades += 1;
            self.text.clear();
            write!(self.text, "{}", self.trades).expect("text grows");
            let (price, quantity) = (level.price * self.tick, level.lots * self.lot);
            chunk.push_trade(head, price, quantity, Some(*side), &self.text);
        }
    }

    /// The levels that an event touched: bids first, on each side the best first.
    pub(super) fn changes(&mut self, chunk: &mut Chunk, at: EventTime, flow: &mut Flow) {
        let Some(mut head) = self.message(Some(at)) else { return };
        let order = |side: Side, price: i64| (side == Side::Sell, -price * side.sign());
        flow.touched.sort_unstable_by_key(|(side, price)| order(*side, *price));
        flow.touched.dedup();
        let first = self.update_id + 1;
        self.update_id += flow.touched.len() as u64;
        let ids = (first, NO_ID, self.update_id);
        for (i, (side, price)) in flow.touched.iter().enumerate() {
            let (ladder, bid) = match side {
                Side::Buy => (&flow.bids, DeltaFlags::BID),
                Side::Sell => (&flow.asks, 0),
            };
            let last = if i + 1 == flow.touched.len() { DeltaFlags::LAST } else { 0 };
            let quantity = ladder.lots(*price) * self.lot;
            chunk.push_delta(head, price * self.tick, quantity, bid | last, ids);
            head.seq += 1;
        }
    }

    /// The whole book.
    pub(super) fn snapshot(&mut self, chunk: &mut Chunk, at: EventTime, flow: &Flow) {
        let Some(mut head) = self.message(Some(at)) else { return };
        self.update_id += 1;
        let ids = (NO_ID, NO_ID, self.update_id);
        let snapshot = DeltaFlags::SNAPSHOT;
        chunk.push_delta(head, 0, 0, snapshot | DeltaFlags::CLEAR, ids);
        let bids = flow.bids.levels().iter().rev().map(|level| (level, DeltaFlags::BID));
        let asks = flow.asks.levels().iter().rev().map(|level| (level, 0));
        let count = flow.bids.levels().len() + flow.asks.levels().len();
        for (level, side) in bids.chain(asks) {
            head.seq += 1;
            let last = if head.seq as usize == count { DeltaFlags::LAST } else { 0 };
            let (price, quantity) = (level.price * self.tick, level.lots * self.lot);
            chunk.push_delta(head, price, quantity, snapshot | side | last, ids);
        }
    }

    /// The best bid and ask, if they are not what was said last.
    pub(super) fn quote(&mut self, chunk: &mut Chunk, at: EventTime, flow: &Flow) {
        let best = |ladder: &Ladder| {
            let level = ladder.best();
            (level.price * self.tick, level.lots * self.lot)
        };
        let top = [best(&flow.bids), best(&flow.asks)];
        if top == self.top {
            return;
        }
        let Some(head) = self.message(Some(at)) else { return };
        self.top = top;
        chunk.push_quote(head, top[0], top[1], Some(self.update_id));
    }

    /// A piece of news that became known at a moment.
    pub(super) fn news(&mut self, chunk: &mut Chunk, at: EventTime, story: Story) {
        let Some(head) = self.message(None) else { return };
        let news = Other::News {
            source: story.source.to_owned(),
            published_ts: Some(EventTime(at.0 - story.age)),
            headline: story.headline,
            body: None,
            url: None,
        };
        chunk.push_other(head, news);
    }
}
