//! Market data in columns: what sources produce and the graph moves.

mod columns;
mod orders;

pub use columns::{Candle, DeltaFlags, Deltas, Other, Quotes, Strings, Trades};
pub use orders::{OrderRow, Orders};

use crate::records::{Side, TradeKind};
use crate::{EventTime, OrderKey};
use serde::{Deserialize, Serialize};

/// What a row of a chunk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RowKind {
    /// A row of [`Trades`].
    Trade,
    /// A row of [`Quotes`].
    Quote,
    /// A row of [`Deltas`].
    Delta,
    /// A row of [`Chunk::others`].
    Other,
    /// A row of [`Orders`].
    Order,
}

/// Which kind each row has, and where it stands in its kind's columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Kinds {
    /// All rows are of one kind, in order: row `i` is row `i` of its columns.
    Only(RowKind),
    /// One entry a row.
    Mixed(Vec<(RowKind, u32)>),
}

/// A run of rows of one source, in ascending order of their keys: of one partition, or of several
/// that are merged already (as in a file of the lake). Instruments are indices into the plan's
/// sorted list; prices and quantities are at their scales.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Chunk {
    /// The source's place in the job file.
    pub source_rank: u16,
    /// The partition within the source, unless `partitions` says otherwise.
    pub source_partition: u32,
    /// The partition of each row; empty when all rows are of `source_partition`.
    pub partitions: Vec<u32>,
    /// Effective time of each row, nanoseconds.
    pub ts: Vec<i64>,
    /// Offset of each row; rows of one message share it.
    pub offset: Vec<u64>,
    /// Level of each row within its message; empty when all are 0.
    pub seq: Vec<u32>,
    /// Instrument of each row; [`NO_INSTRUMENT`] for what belongs to none.
    pub instrument: Vec<u32>,
    /// The venue's time of each row, [`NO_TIME`] when unknown; empty when no one asked for it.
    pub exchange_ts: Vec<i64>,
    /// Receive time as stamped; empty when it equals `ts` everywhere.
    pub recv_ts: Vec<i64>,
    /// Which columns hold each row.
    pub kinds: Kinds,
    /// Trades.
    pub trades: Trades,
    /// Best bids and offers.
    pub quotes: Quotes,
    /// Levels of books.
    pub deltas: Deltas,
    /// Orders of books.
    pub orders: Orders,
    /// What comes rarely.
    pub others: Vec<Other>,
}

/// In [`Chunk::exchange_ts`]: the venue did not say.
pub const NO_TIME: i64 = i64::MIN;
/// In [`Chunk::instrument`]: belongs to none.
pub const NO_INSTRUMENT: u32 = u32::MAX;
/// In update ids: the venue did not say.
pub const NO_ID: u64 = u64::MAX;

impl Chunk {
    /// An empty chunk whose rows may be of any kind.
    pub fn mixed(source_rank: u16, source_partition: u32) -> Chunk {
        Chunk::with(source_rank, source_partition, Kinds::Mixed(Vec::new()))
    }

    /// An empty chunk whose rows are all of one kind.
    pub fn only(source_rank: u16, source_partition: u32, kind: RowKind) -> Chunk {
        Chunk::with(source_rank, source_partition, Kinds::Only(kind))
    }

    fn with(source_rank: u16, source_partition: u32, kinds: Kinds) -> Chunk {
        Chunk {
            source_rank,
            source_partition,
            partitions: Vec::new(),
            ts: Vec::new(),
            offset: Vec::new(),
            seq: Vec::new(),
            instrument: Vec::new(),
            exchange_ts: Vec::new(),
            recv_ts: Vec::new(),
            kinds,
            trades: Trades::default(),
            quotes: Quotes::default(),
            deltas: Deltas::default(),
            orders: Orders::default(),
            others: Vec::new(),
        }
    }

    /// Drops all rows from `rows` on; the columns of their kinds keep what no row points at.
    pub fn truncate(&mut self, rows: usize) {
        self.ts.truncate(rows);
        self.offset.truncate(rows);
        self.seq.truncate(rows);
        self.instrument.truncate(rows);
        self.partitions.truncate(rows);
        self.exchange_ts.truncate(rows);
        self.recv_ts.truncate(rows);
        if let Kinds::Mixed(slots) = &mut self.kinds {
            slots.truncate(rows);
        }
    }

    /// Rows.
    pub fn len(&self) -> usize {
        self.ts.len()
    }

    /// No rows?
    pub fn is_empty(&self) -> bool {
        self.ts.is_empty()
    }

    /// Bytes that its columns take, texts of what comes rarely not counted.
    pub fn bytes(&self) -> usize {
        let Chunk { trades, quotes, deltas, .. } = self;
        let slots = match &self.kinds {
            Kinds::Only(_) => 0,
            Kinds::Mixed(slots) => size_of_val(&slots[..]),
        };
        let heads = size_of_val(&self.ts[..])
            + size_of_val(&self.offset[..])
            + size_of_val(&self.seq[..])
            + size_of_val(&self.instrument[..])
            + size_of_val(&self.partitions[..])
            + size_of_val(&self.exchange_ts[..])
            + size_of_val(&self.recv_ts[..]);
        // Prices and quantities of 8 bytes, and what else a row of each kind has.
        let rows = trades.price.len() * 17
            + quotes.bid_price.len() * 40
            + deltas.price.len() * 41
            + self.orders.len() * 35;
        slots + heads + rows + trades.id.bytes() + size_of_val(&self.others[..])
    }

    /// The order key of a row.
    #[inline(always)]
    pub fn key(&self, row: usize) -> OrderKey {
        let seq = self.seq.get(row).copied().unwrap_or(0);
        OrderKey::source(
            EventTime(self.ts[row]),
            self.source_rank,
            self.partition(row),
            self.offset[row],
            seq,
        )
    }

    /// The partition of a row.
    #[inline(always)]
    pub fn partition(&self, row: usize) -> u32 {
        self.partitions.get(row).copied().unwrap_or(self.source_partition)
    }

    /// The kind of a row and its place in that kind's columns.
    #[inline(always)]
    pub fn slot(&self, row: usize) -> (RowKind, usize) {
        match &self.kinds {
            Kinds::Only(kind) => (*kind, row),
            Kinds::Mixed(slots) => (slots[row].0, slots[row].1 as usize),
        }
    }

    /// The venue's time of a row.
    #[inline(always)]
    pub fn exchange_time(&self, row: usize) -> Option<EventTime> {
        self.exchange_ts.get(row).copied().filter(|ts| *ts != NO_TIME).map(EventTime)
    }

    /// The receive time of a row as stamped.
    pub fn receive_time(&self, row: usize) -> EventTime {
        EventTime(self.recv_ts.get(row).copied().unwrap_or(self.ts[row]))
    }

    /// Appends a trade to a mixed chunk.
    pub fn push_trade(
        &mut self,
        head: RowHead,
        price: i64,
        quantity: i64,
        side: Option<Side>,
        id: &str,
    ) {
        self.push_head(head, RowKind::Trade, self.trades.price.len());
        self.trades.price.push(price);
        self.trades.quantity.push(quantity);
        self.trades.side.push(side.map_or(0, |s| s.sign() as i8));
        self.trades.id.push(id);
    }

    /// Appends a quote to a mixed chunk: (price, quantity) of bid and ask.
    pub fn push_quote(
        &mut self,
        head: RowHead,
        bid: (i64, i64),
        ask: (i64, i64),
        update_id: Option<u64>,
    ) {
        self.push_head(head, RowKind::Quote, self.quotes.bid_price.len());
        self.quotes.bid_price.push(bid.0);
        self.quotes.bid_quantity.push(bid.1);
        self.quotes.ask_price.push(ask.0);
        self.quotes.ask_quantity.push(ask.1);
        self.quotes.update_id.push(update_id.unwrap_or(NO_ID));
    }

    /// Appends a book level to a mixed chunk; `ids` are (first, previous, last), [`NO_ID`] for
    /// what the venue does not say.
    pub fn push_delta(
        &mut self,
        head: RowHead,
        price: i64,
        quantity: i64,
        flags: u8,
        ids: (u64, u64, u64),
    ) {
        self.push_head(head, RowKind::Delta, self.deltas.price.len());
        self.deltas.price.push(price);
        self.deltas.quantity.push(quantity);
        self.deltas.flags.push(flags);
        self.deltas.first_update_id.push(ids.0);
        self.deltas.previous_update_id.push(ids.1);
        self.deltas.update_id.push(ids.2);
    }

    /// Appends a row about an order to a mixed chunk.
    pub fn push_order(&mut self, head: RowHead, order: OrderRow) {
        self.push_head(head, RowKind::Order, self.orders.len());
        self.orders.push(order);
    }

    /// Appends a rare row to a mixed chunk.
    pub fn push_other(&mut self, head: RowHead, other: Other) {
        self.push_head(head, RowKind::Other, self.others.len());
        self.others.push(other);
    }

    /// Appends a row of another chunk to a mixed chunk, with its partition.
    pub fn push_row_of(&mut self, other: &Chunk, row: usize) {
        let head = RowHead {
            ts: EventTime(other.ts[row]),
            recv_ts: other.receive_time(row),
            exchange_ts: other.exchange_time(row),
            offset: other.offset[row],
            seq: other.seq.get(row).copied().unwrap_or(0),
            instrument: other.instrument[row],
        };
        self.partitions.push(other.partition(row));
        let (kind, slot) = other.slot(row);
        match kind {
            RowKind::Trade => {
                let trades = &other.trades;
                let side = Some(trades.side[slot]).filter(|s| *s != 0);
                let side = side.map(|s| Side::of(s.into()));
                let (price, quantity) = (trades.price[slot], trades.quantity[slot]);
                self.push_trade(head, price, quantity, side, trades.id.get(slot));
                if let Some(kind) = trades.kind.get(slot).filter(|k| **k != TradeKind::Market) {
                    let before = self.trades.price.len() - 1;
                    self.trades.kind.resize(before, TradeKind::Market);
                    self.trades.kind.push(*kind);
                } else if !self.trades.kind.is_empty() {
                    self.trades.kind.push(TradeKind::Market);
                }
            }
            RowKind::Quote => {
                let quotes = &other.quotes;
                let bid = (quotes.bid_price[slot], quotes.bid_quantity[slot]);
                let ask = (quotes.ask_price[slot], quotes.ask_quantity[slot]);
                let id = Some(quotes.update_id[slot]).filter(|id| *id != NO_ID);
                self.push_quote(head, bid, ask, id);
            }
            RowKind::Delta => {
                let deltas = &other.deltas;
                let ids = (
                    deltas.first_update_id[slot],
                    deltas.previous_update_id[slot],
                    deltas.update_id[slot],
                );
                let (price, quantity) = (deltas.price[slot], deltas.quantity[slot]);
                self.push_delta(head, price, quantity, deltas.flags[slot], ids);
            }
            RowKind::Order => self.push_order(head, other.orders.at(slot)),
            RowKind::Other => self.push_other(head, other.others[slot].clone()),
        }
    }

    fn push_head(&mut self, head: RowHead, kind: RowKind, slot: usize) {
        let Kinds::Mixed(slots) = &mut self.kinds else {
            panic!("rows of any kind go to a mixed chunk");
        };
        slots.push((kind, slot as u32));
        self.ts.push(head.ts.0);
        self.recv_ts.push(head.recv_ts.0);
        self.exchange_ts.push(head.exchange_ts.map_or(NO_TIME, |t| t.0));
        self.offset.push(head.offset);
        self.seq.push(head.seq);
        self.instrument.push(head.instrument);
    }
}

/// What every row of a mixed chunk has.
#[derive(Debug, Clone, Copy)]
pub struct RowHead {
    /// Effective time.
    pub ts: EventTime,
    /// Receive time as stamped.
    pub recv_ts: EventTime,
    /// The venue's time.
    pub exchange_ts: Option<EventTime>,
    /// Offset in the partition.
    pub offset: u64,
    /// Level within the message.
    pub seq: u32,
    /// Index in the plan's sorted list, or [`NO_INSTRUMENT`].
    pub instrument: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_of_the_chunks_partition_unless_it_has_its_own() {
        let mut chunk = Chunk::only(2, 7, RowKind::Trade);
        chunk.ts = vec![5, 5];
        chunk.offset = vec![1, 0];
        assert_eq!(chunk.key(1), OrderKey::source(EventTime(5), 2, 7, 0, 0));
        chunk.partitions = vec![3, 4];
        assert_eq!(chunk.key(0), OrderKey::source(EventTime(5), 2, 3, 1, 0));
        assert!(chunk.key(0) < chunk.key(1), "the partition comes before the offset");
    }
}
