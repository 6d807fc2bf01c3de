//! Market data from chunks to batches of the lake's tables, with the digest of their rows.

use arrow::array::RecordBatch;
use schemas::cell::{Cell, CellSink, RowBuilder};
use schemas::chunk::{DeltaFlags, NO_ID, Other, RowKind};
use schemas::digest::RowDigest;
use schemas::records::{Action, QuoteOrigin, TradeKind};
use schemas::table::write_key;
use schemas::{Chunk, Digest, EventTime, Instrument, Money, Price, Quantity, Side, Table};
use std::collections::BTreeMap;

/// Rows of one table.
#[derive(Debug, Clone)]
pub struct MarketBatch {
    /// The table.
    pub table: Table,
    /// Its rows, in the chunk's order.
    pub batch: RecordBatch,
    /// Their digest.
    pub digest: Digest,
}

/// The rows of a chunk as batches, one a table. `instruments` is the sorted list that the chunk's
/// indices point into; `source` is the source's name, which rejects carry.
///
/// # Panics
/// When a row points beyond the list, or a trade, quote or level belongs to no instrument.
pub fn market_batches(chunk: &Chunk, instruments: &[Instrument], source: &str) -> Vec<MarketBatch> {
    let mut tables: BTreeMap<Table, Rows> = BTreeMap::new();
    for row in 0..chunk.len() {
        let (kind, slot) = chunk.slot(row);
        let table = match kind {
            RowKind::Trade => Table::Trades,
            RowKind::Quote => Table::Quotes,
            RowKind::Delta => Table::BookDeltas,
            RowKind::Order => Table::BookOrders,
            RowKind::Other => other_table(&chunk.others[slot]),
        };
        let rows = tables.entry(table).or_insert_with(|| Rows::new(table));
        let instrument = instruments.get(chunk.instrument[row] as usize);
        EventTime(chunk.ts[row]).write(rows);
        match instrument {
            Some(instrument) => rows.text(instrument.id.text()),
            None => rows.null(),
        }
        let at = At { chunk, row, slot, instrument };
        match kind {
            RowKind::Trade => at.trade(rows),
            RowKind::Quote => at.quote(rows),
            RowKind::Delta => at.delta(rows),
            RowKind::Order => at.order(rows),
            RowKind::Other => at.other(source, rows),
        }
        write_key(&chunk.key(row), rows);
        rows.end_row();
    }
    tables.into_iter().map(|(table, rows)| rows.take(table)).collect()
}

fn other_table(other: &Other) -> Table {
    match other {
        Other::News { .. } => Table::News,
        Other::Candle(_) => Table::Candles,
        Other::Funding { .. } => Table::Funding,
        Other::Metric { .. } => Table::Metrics,
        Other::Reject { .. } => Table::Rejects,
    }
}

/// A row of a chunk, written as the columns between `instrument` and the key. The records of
/// `schemas` say the same; going through them would cost an allocation a row.
struct At<'a> {
    chunk: &'a Chunk,
    row: usize,
    slot: usize,
    instrument: Option<&'a Instrument>,
}

impl At<'_> {
    fn instrument(&self) -> &Instrument {
        self.instrument.expect("trades, quotes and levels belong to an instrument")
    }
    fn price(&self, raw: i64) -> Price {
        Price::new(raw, self.instrument().price_scale)
    }
    fn quantity(&self, raw: i64) -> Quantity {
        Quantity::new(raw, self.instrument().quantity_scale)
    }
    fn times(&self, sink: &mut impl CellSink) {
        self.chunk.receive_time(self.row).write(sink);
        nullable::<1>(self.chunk.exchange_time(self.row), sink);
    }

    fn trade(&self, sink: &mut impl CellSink) {
        let (trades, i) = (&self.chunk.trades, self.slot);
        self.times(sink);
        sink.text(trades.id.get(i));
        self.price(trades.price[i]).write(sink);
        self.quantity(trades.quantity[i]).write(sink);
        let side = trades.side[i];
        nullable::<1>((side != 0).then(|| Side::of(side.into())), sink);
        trades.kind.get(i).copied().unwrap_or(TradeKind::Market).write(sink);
        sink.null();
    }

    fn quote(&self, sink: &mut impl CellSink) {
        let (quotes, i) = (&self.chunk.quotes, self.slot);
        self.times(sink);
        QuoteOrigin::Feed.write(sink);
        id(quotes.update_id.get(i), sink);
        let sides = [
            (quotes.bid_price[i], quotes.bid_quantity[i]),
            (quotes.ask_price[i], quotes.ask_quantity[i]),
        ];
        for (price, quantity) in sides {
            nullable::<3>((quantity != 0).then(|| self.price(price)), sink);
            nullable::<3>((quantity != 0).then(|| self.quantity(quantity)), sink);
        }
    }

    fn delta(&self, sink: &mut impl CellSink) {
        let (deltas, i) = (&self.chunk.deltas, self.slot);
        let (flags, quantity) = (DeltaFlags(deltas.flags[i]), deltas.quantity[i]);
        let action = flags.action(quantity);
        let level = matches!(action, Action::Set | Action::Delete);
        self.times(sink);
        id(deltas.first_update_id.get(i), sink);
        id(deltas.previous_update_id.get(i), sink);
        id(deltas.update_id.get(i), sink);
        action.write(sink);
        nullable::<1>(level.then(|| flags.side()), sink);
        nullable::<3>(level.then(|| self.price(deltas.price[i])), sink);
        nullable::<3>(level.then(|| self.quantity(quantity)), sink);
        sink.bool(flags.has(DeltaFlags::SNAPSHOT));
        sink.bool(flags.has(DeltaFlags::LAST));
    }

    fn order(&self, sink: &mut impl CellSink) {
        let order = self.chunk.orders.at(self.slot);
        self.times(sink);
        order.action.write(sink);
        id(Some(&order.id), sink);
        id(Some(&order.priority), sink);
        nullable::<1>(order.side, sink);
        nullable::<3>(order.side.map(|_| self.price(order.price)), sink);
        nullable::<3>(order.side.map(|_| self.quantity(order.quantity)), sink);
        sink.bool(order.last);
    }

    fn other(&self, from: &str, sink: &mut impl CellSink) {
        match &self.chunk.others[self.slot] {
            Other::News { source, published_ts, headline, body, url } => {
                self.chunk.receive_time(self.row).write(sink);
                sink.text(source);
                nullable::<1>(*published_ts, sink);
                sink.text(headline);
                optional(body, sink);
                optional(url, sink);
            }
            Other::Candle(candle) => {
                self.chunk.receive_time(self.row).write(sink);
                candle.open_ts.write(sink);
                candle.close_ts.write(sink);
                candle.prices.iter().for_each(|raw| self.price(*raw).write(sink));
                self.quantity(candle.volume).write(sink);
                nullable::<3>(candle.buy_volume.map(|raw| self.quantity(raw)), sink);
                id(candle.trades.as_ref(), sink);
            }
            Other::Funding { rate, mark_price, next_ts } => {
                self.times(sink);
                sink.f64(*rate);
                nullable::<3>(mark_price.map(|raw| self.price(raw)), sink);
                nullable::<1>(*next_ts, sink);
            }
            Other::Metric { name, value } => {
                self.times(sink);
                sink.text(name);
                sink.f64(*value);
            }
            Other::Reject { stage, origin, reason, raw } => {
                for text in [stage, from, origin, reason, raw] {
                    sink.text(text);
                }
            }
        }
    }
}

fn id(id: Option<&u64>, sink: &mut impl CellSink) {
    nullable::<1>(id.copied().filter(|id| *id != NO_ID), sink);
}

/// A value of this many columns; `Option` as a cell would count them anew for every null.
fn nullable<const COLUMNS: usize>(value: Option<impl Cell>, sink: &mut impl CellSink) {
    match value {
        Some(value) => value.write(sink),
        None => (0..COLUMNS).for_each(|_| sink.null()),
    }
}

fn optional(text: &Option<String>, sink: &mut impl CellSink) {
    match text {
        Some(text) => sink.text(text),
        None => sink.null(),
    }
}

/// Columns and digest of rows at once.
struct Rows {
    builder: RowBuilder,
    row: RowDigest,
    digest: Digest,
}

impl Rows {
    fn new(table: Table) -> Rows {
        let builder = RowBuilder::new(&table.columns());
        Rows { builder, row: RowDigest::default(), digest: Digest::default() }
    }

    fn end_row(&mut self) {
        self.builder.end_row();
        self.digest.add(self.row.take());
    }

    fn take(mut self, table: Table) -> MarketBatch {
        MarketBatch { table, batch: self.builder.take(), digest: self.digest }
    }
}

macro_rules! both {
    ($($name:ident: $type:ty),+) => {
        impl CellSink for Rows {
            $(fn $name(&mut self, value: $type) {
                self.builder.$name(value);
                self.row.$name(value);
            })+
            fn null(&mut self) {
                self.builder.null();
                self.row.null();
            }
        }
    };
}
both!(
    i64: i64, i32: i32, i8: i8, time: EventTime, f64: f64, text: &str, bool: bool, money: Money
);
