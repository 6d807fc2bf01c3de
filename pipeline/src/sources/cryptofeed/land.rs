//! Lines become rows of a chunk: records, or a reject with its reason.

use super::event::{Body, Event, Idle, Instruments, Level, OrderEvent, Said, Venue};
use super::fault::Fault;
use super::frame::FrameKind;
use super::read::scaled;
use super::runs::Item;
use schemas::chunk::{DeltaFlags, NO_ID, NO_INSTRUMENT, OrderRow, Other, RowHead};
use schemas::records::{OrderAction, TradeKind, cut_raw};
use schemas::{Chunk, Instrument, Side};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Puts the lines of a capture into chunks.
pub(super) struct Landing {
    instruments: Arc<Instruments>,
    /// Name of the file, for the origin of rejects.
    name: String,
    /// Books that stand, with the connection of their messages where a snapshot came on it.
    live: BTreeMap<u32, Option<String>>,
    idle: BTreeMap<Idle, u64>,
}

/// A record at the scales of its instrument.
enum Row<'a> {
    Trade { price: i64, quantity: i64, side: Side, kind: TradeKind, id: Cow<'a, str> },
    Quote { bid: (i64, i64), ask: (i64, i64), update_id: u64 },
    Book { snapshot: bool, gap: bool, ids: (u64, u64, u64), levels: Vec<(u8, i64, i64)> },
    Orders(Vec<OrderRow>),
}

impl Landing {
    pub(super) fn new(venue: &str, name: String, instruments: &[Instrument]) -> Landing {
        let instruments = Arc::new(Instruments::new(venue, instruments));
        Landing { instruments, name, live: BTreeMap::new(), idle: BTreeMap::new() }
    }

    /// Lines that say nothing that lands.
    pub(super) fn idle(&self) -> &BTreeMap<Idle, u64> {
        &self.idle
    }

    /// Lands a line.
    pub(super) fn land(&mut self, item: Item, venue: &mut dyn Venue, chunk: &mut Chunk) {
        let Item { ts, stamp, number, head: raw, frame } = item;
        let (offset, instrument) = (number, NO_INSTRUMENT);
        let mut head =
            RowHead { ts, recv_ts: stamp, exchange_ts: None, offset, seq: 0, instrument };
        let frame = match frame {
            Ok(frame) if frame.kind != FrameKind::Alone || venue.alone() => frame,
            other => {
                let fault = other.err().unwrap_or(Fault::NoFrame);
                self.void(|_| !venue.linked(), &mut head, chunk);
                return self.reject(head, &raw, &fault, chunk);
            }
        };
        if !frame.kind.speaks() {
            let header = frame.kind == FrameKind::Header;
            return self.pass(if header { Idle::Header } else { Idle::Connection });
        }
        let mut said = Said::new(Some(Arc::clone(&self.instruments)));
        let (mut rows, mut count) = (Vec::new(), 0);
        // Books by order, whose messages build on each other.
        let mut by_order = Vec::new();
        let read = venue.read(&frame, &mut said).and_then(|()| {
            let events = std::mem::take(&mut said.events);
            let find = |event: &Event<'_>| self.instruments.find(event.market, &event.symbol);
            let orders = events.iter().filter(|event| matches!(event.body, Body::Orders(_)));
            by_order.extend(orders.filter_map(|event| find(event).map(|(place, _)| place)));
            for event in events {
                count += 1;
                let Some((place, facts)) = find(&event) else { continue };
                rows.push((place, event.exchange_ts, row(event.body, &said.levels, facts)?));
            }
            Ok(())
        });
        let conn = &frame.conn;
        let of_it = |live: &Option<String>| live.as_ref().is_none_or(|live| live == conn);
        if let Err(fault) = read {
            let lost = frame.kind == FrameKind::Received && !venue.linked();
            self.void(|live| lost && of_it(live), &mut head, chunk);
            for instrument in by_order {
                head = RowHead { exchange_ts: None, instrument, ..head };
                chunk.push_order(head, OrderRow::bare(OrderAction::Gap, true));
                head.seq += 1;
            }
            return self.reject(head, &raw, &fault, chunk);
        }
        let (gap, idle) = (said.gap, said.idle);
        // What was kept by a connection of this name came to its end with it.
        let anew = frame.kind == FrameKind::Connect && !venue.linked();
        self.void(|live| (gap || anew) && of_it(live), &mut head, chunk);
        if rows.is_empty() {
            if head.seq == 0 {
                self.pass(if count > 0 { Idle::Instrument } else { idle });
            }
            return;
        }
        let conn = (frame.kind == FrameKind::Received).then(|| frame.conn.clone());
        for (instrument, exchange_ts, row) in rows {
            head = RowHead { exchange_ts, instrument, ..head };
            self.push(row, &conn, &mut head, chunk);
        }
    }

    fn push(&mut self, row: Row<'_>, conn: &Option<String>, head: &mut RowHead, chunk: &mut Chunk) {
        match row {
            Row::Trade { price, quantity, side, kind, id } => {
                chunk.push_trade(*head, price, quantity, Some(side), &id);
                let trades = &mut chunk.trades;
                if kind != TradeKind::Market || !trades.kind.is_empty() {
                    trades.kind.resize(trades.price.len() - 1, TradeKind::Market);
                    trades.kind.push(kind);
                }
                head.seq += 1;
            }
            Row::Quote { bid, ask, update_id } => {
                chunk.push_quote(*head, bid, ask, Some(update_id));
                head.seq += 1;
            }
            Row::Orders(orders) => {
                for order in orders {
                    chunk.push_order(*head, order);
                    head.seq += 1;
                }
            }
            Row::Book { snapshot, gap, ids, levels } => {
                if gap && self.live.remove(&head.instrument).is_some() {
                    push_gap(head, chunk);
                }
                let each = if snapshot { DeltaFlags::SNAPSHOT } else { 0 };
                if snapshot {
                    self.live.insert(head.instrument, conn.clone());
                }
                let own = match (snapshot, levels.is_empty()) {
                    (true, _) => Some(DeltaFlags::CLEAR),
                    (false, true) => Some(DeltaFlags::EMPTY),
                    (false, false) => None,
                };
                let rows = own.map(|own| (own, 0, 0)).into_iter().chain(levels);
                let mut rows = rows.peekable();
                while let Some((flags, price, quantity)) = rows.next() {
                    let last = if rows.peek().is_none() { DeltaFlags::LAST } else { 0 };
                    chunk.push_delta(*head, price, quantity, flags | each | last, ids);
                    head.seq += 1;
                }
            }
        }
    }

    /// Books of which something is missing are void until a snapshot.
    fn void(
        &mut self,
        which: impl Fn(&Option<String>) -> bool,
        head: &mut RowHead,
        chunk: &mut Chunk,
    ) {
        self.live.retain(|instrument, live| {
            let lost = which(live);
            if lost {
                *head = RowHead { exchange_ts: None, instrument: *instrument, ..*head };
                push_gap(head, chunk);
            }
            !lost
        });
    }

    fn pass(&mut self, idle: Idle) {
        *self.idle.entry(idle).or_default() += 1;
    }

    fn reject(&self, head: RowHead, raw: &[u8], fault: &Fault, chunk: &mut Chunk) {
        let head = RowHead { exchange_ts: None, instrument: NO_INSTRUMENT, ..head };
        let reject = Other::Reject {
            stage: "decode".to_owned(),
            origin: format!("{}:{}", self.name, head.offset),
            reason: fault.to_string(),
            raw: cut_raw(&String::from_utf8_lossy(raw)).to_owned(),
        };
        chunk.push_other(head, reject);
    }
}

fn push_gap(head: &mut RowHead, chunk: &mut Chunk) {
    let flags = DeltaFlags::GAP | DeltaFlags::LAST;
    chunk.push_delta(*head, 0, 0, flags, (NO_ID, NO_ID, NO_ID));
    head.seq += 1;
}

/// An event at the scales of its instrument.
fn row<'a>(body: Body<'a>, levels: &[Level<'_>], facts: &Instrument) -> Result<Row<'a>, Fault> {
    let price = |text: &str| match scaled("price", text, facts.price_scale)? {
        0 => Err(Fault::Zero { what: "price" }),
        price => Ok(price),
    };
    let quantity = |text: &str| scaled("quantity", text, facts.quantity_scale);
    Ok(match body {
        Body::Trade { price: at, quantity: much, side, kind, id } => Row::Trade {
            price: price(at)?,
            quantity: match quantity(much)? {
                0 => return Err(Fault::Zero { what: "quantity" }),
                quantity => quantity,
            },
            side,
            kind,
            id,
        },
        Body::Quote { bid, ask, update_id } => {
            // An empty side has no price.
            let side = |(at, much)| match quantity(much)? {
                0 => Ok((0, 0)),
                much => Ok::<_, Fault>((price(at)?, much)),
            };
            Row::Quote { bid: side(bid)?, ask: side(ask)?, update_id }
        }
        Body::Book { snapshot, gap, ids, levels: places } => {
            let level = |level: &Level<'_>| {
                let flag = if level.bid { DeltaFlags::BID } else { 0 };
                Ok((flag, price(&level.price)?, quantity(&level.quantity)?))
            };
            let levels = levels[places].iter().map(level).collect::<Result<_, Fault>>()?;
            Row::Book { snapshot, gap, ids, levels }
        }
        Body::Orders(orders) => {
            let count = orders.len();
            let order = |(i, order): (usize, OrderEvent)| {
                let last = i + 1 == count;
                let Some(side) = order.side else { return Ok(OrderRow::bare(order.action, last)) };
                let quantity = match quantity(&order.quantity)? {
                    0 => return Err(Fault::Zero { what: "quantity" }),
                    quantity => quantity,
                };
                let price = price(&order.price)?;
                let about = OrderRow::about(order.action, order.id, side, price, quantity);
                Ok(OrderRow { last, ..about })
            };
            Row::Orders(orders.into_iter().enumerate().map(order).collect::<Result<_, Fault>>()?)
        }
    })
}
