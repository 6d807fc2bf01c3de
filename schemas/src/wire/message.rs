//! A record that was read.

use crate::chunk::{DeltaFlags, OrderRow, Other, RowHead};
use crate::records::TradeKind;
use crate::{Chunk, EventTime, Side, chunk::NO_INSTRUMENT};
use std::borrow::Cow;

/// A record of a topic; one message of the venue.
#[derive(Debug, Clone, PartialEq)]
pub struct Message<'a> {
    /// When the collector received it.
    pub ts: EventTime,
    /// The venue's time.
    pub exchange_ts: Option<EventTime>,
    /// Place of its instrument in the plan's list.
    pub instrument: Option<u32>,
    /// What it says.
    pub body: Body<'a>,
}

/// What a record says; prices and quantities are at the instrument's scales.
#[derive(Debug, Clone, PartialEq)]
pub enum Body<'a> {
    /// A trade.
    Trade {
        /// Price.
        price: i64,
        /// Quantity.
        quantity: i64,
        /// The aggressor's side.
        side: Option<Side>,
        /// How it came about.
        kind: TradeKind,
        /// The venue's id, perhaps empty.
        id: Cow<'a, str>,
    },
    /// The best bid and ask, each a price and a quantity; (0, 0) when the side is absent.
    Quote {
        /// Best bid.
        bid: (i64, i64),
        /// Best ask.
        ask: (i64, i64),
        /// The venue's update id.
        update_id: Option<u64>,
    },
    /// Levels of a book, each a price and a quantity.
    Book {
        /// The levels are all there is.
        snapshot: bool,
        /// What was known before is void.
        clear: bool,
        /// Something is missing before it: the book is void until a snapshot.
        gap: bool,
        /// First, previous and last update id; [`crate::chunk::NO_ID`] for what is unknown.
        ids: (u64, u64, u64),
        /// Bids.
        bids: Vec<(i64, i64)>,
        /// Asks.
        asks: Vec<(i64, i64)>,
    },
    /// A row about an order of a book.
    Order(OrderRow),
    /// A candle, news, a funding rate or a metric.
    Other(Other),
    /// Nothing, but that nothing earlier will follow.
    Heartbeat,
}

impl Message<'_> {
    /// How many rows it is.
    pub fn rows(&self) -> usize {
        match &self.body {
            Body::Book { snapshot, clear, gap, bids, asks, .. } => {
                let levels = bids.len() + asks.len();
                let own = *snapshot || *clear || (levels == 0 && !*gap);
                levels + usize::from(own) + usize::from(*gap)
            }
            Body::Heartbeat => 0,
            _ => 1,
        }
    }

    /// Appends its rows to a mixed chunk, as of an effective time and at an offset. A snapshot
    /// begins with a row that clears the book; a message without levels is a row that says so.
    pub fn push(self, chunk: &mut Chunk, ts: EventTime, offset: u64) {
        let head = RowHead {
            ts,
            recv_ts: self.ts,
            exchange_ts: self.exchange_ts,
            offset,
            seq: 0,
            instrument: self.instrument.unwrap_or(NO_INSTRUMENT),
        };
        match self.body {
            Body::Trade { price, quantity, side, kind, id } => {
                chunk.push_trade(head, price, quantity, side, &id);
                let trades = &mut chunk.trades;
                if kind != TradeKind::Market || !trades.kind.is_empty() {
                    trades.kind.resize(trades.price.len() - 1, TradeKind::Market);
                    trades.kind.push(kind);
                }
            }
            Body::Quote { bid, ask, update_id } => chunk.push_quote(head, bid, ask, update_id),
            Body::Book { snapshot, clear, gap, ids, bids, asks } => {
                let each = if snapshot { DeltaFlags::SNAPSHOT } else { 0 };
                let own = match (snapshot || clear, bids.is_empty() && asks.is_empty()) {
                    (true, _) => DeltaFlags::CLEAR | each,
                    (false, true) if !gap => DeltaFlags::EMPTY,
                    (false, _) => 0,
                };
                let own = [if gap { DeltaFlags::GAP } else { 0 }, own];
                let own = own.into_iter().filter(|own| *own != 0).map(|own| (0, 0, own));
                let bids = bids.into_iter().map(|(p, q)| (p, q, each | DeltaFlags::BID));
                let asks = asks.into_iter().map(|(p, q)| (p, q, each));
                push_levels(chunk, head, ids, own.chain(bids).chain(asks));
            }
            Body::Order(order) => chunk.push_order(head, order),
            Body::Other(other) => chunk.push_other(head, other),
            Body::Heartbeat => {}
        }
    }
}

fn push_levels(
    chunk: &mut Chunk,
    mut head: RowHead,
    ids: (u64, u64, u64),
    levels: impl Iterator<Item = (i64, i64, u8)>,
) {
    let mut levels = levels.peekable();
    while let Some((price, quantity, flags)) = levels.next() {
        let last = if levels.peek().is_none() { DeltaFlags::LAST } else { 0 };
        chunk.push_delta(head, price, quantity, flags | last, ids);
        head.seq += 1;
    }
}
