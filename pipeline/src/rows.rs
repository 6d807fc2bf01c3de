//! From columns to what steps see, and from what they emit to columns.

use crate::plan::{ColumnPlan, Plan};
use arrow::array::RecordBatch;
use operators::{
    bars::BarTrade,
    book::DeltaRow,
    market::{Funding, MarketRow, Top},
    outputs::{Outputs, ReadingsRow, TableVisitor},
};
use schemas::{
    Chunk, Digest, EventTime, Table, Text,
    cell::{Cell, CellSink, Column, RowBuilder},
    chunk::{DeltaFlags, Other, RowKind},
    digest::RowDigest,
    records::Reject,
    table::{Record, key_columns, lead_columns, write_key},
};

/// A row of a chunk as steps see it; `None` for what no step takes.
#[inline]
pub(crate) fn market_row(chunk: &Chunk, row: usize) -> Option<MarketRow<'_>> {
    let (kind, slot) = chunk.slot(row);
    Some(match kind {
        RowKind::Trade => MarketRow::Trade(BarTrade {
            price: chunk.trades.price[slot],
            quantity: chunk.trades.quantity[slot],
            side: chunk.trades.side[slot],
            tainted: false,
        }),
        RowKind::Quote => MarketRow::Quote(Top {
            bid: chunk.quotes.bid_price[slot],
            bid_quantity: chunk.quotes.bid_quantity[slot],
            ask: chunk.quotes.ask_price[slot],
            ask_quantity: chunk.quotes.ask_quantity[slot],
            update_id: chunk.quotes.update_id[slot],
        }),
        RowKind::Delta => MarketRow::Delta(DeltaRow {
            price: chunk.deltas.price[slot],
            quantity: chunk.deltas.quantity[slot],
            flags: DeltaFlags(chunk.deltas.flags[slot]),
            first: chunk.deltas.first_update_id[slot],
            previous: chunk.deltas.previous_update_id[slot],
            last: chunk.deltas.update_id[slot],
        }),
        RowKind::Order => MarketRow::Order(chunk.orders.at(slot)),
        RowKind::Other => match &chunk.others[slot] {
            Other::Candle(candle) => MarketRow::Candle(candle),
            Other::Funding { rate, mark_price, next_ts } => {
                MarketRow::Funding(Funding { rate: *rate, mark: *mark_price, next: *next_ts })
            }
            Other::News { headline, url, .. } => MarketRow::News { headline, url: url.as_deref() },
            _ => return None,
        },
    })
}

/// Rows of a table as a batch, with their digest.
#[derive(Debug, Clone)]
pub struct TableBatch {
    /// The table.
    pub table: Table,
    /// Its rows in order-key order.
    pub batch: RecordBatch,
    /// Their digest.
    pub digest: Digest,
}

/// Turns outputs into batches.
pub(crate) struct Batcher {
    readings: Vec<Column>,
    /// Which of the job's columns tell where a model's values come from?
    sources: Vec<bool>,
    write: Vec<Table>,
}

impl Batcher {
    /// For the tables that a plan writes.
    pub fn new(plan: &Plan, write: &[Table]) -> Batcher {
        let columns = plan.readings_columns();
        let sources = columns.iter().map(|column| column.is_source()).collect();
        Batcher { readings: readings_columns(&columns), sources, write: write.to_vec() }
    }

    /// The batches of sorted rows.
    pub fn batches(&self, outputs: &Outputs) -> Vec<TableBatch> {
        let mut visitor = Visitor { batcher: self, out: Vec::new(), digest: RowDigest::default() };
        outputs.visit(&mut visitor);
        visitor.out
    }
}

struct Visitor<'a> {
    batcher: &'a Batcher,
    out: Vec<TableBatch>,
    digest: RowDigest,
}

impl TableVisitor for Visitor<'_> {
    fn rows<R: Record>(&mut self, table: Table, rows: &[R]) {
        if !self.batcher.write.contains(&table) {
            return;
        }
        let mut builder = RowBuilder::new(&R::columns());
        let mut digest = Digest::default();
        for row in rows {
            row.write(&mut builder);
            builder.end_row();
            digest.add(row.digest(&mut self.digest));
        }
        self.out.push(TableBatch { table, batch: builder.take(), digest });
    }

    fn readings(&mut self, rows: &[ReadingsRow]) {
        if !self.batcher.write.contains(&Table::Readings) {
            return;
        }
        let mut builder = RowBuilder::new(&self.batcher.readings);
        let mut digest = Digest::default();
        for row in rows {
            write_readings(row, &self.batcher.sources, &mut builder);
            builder.end_row();
            write_readings(row, &self.batcher.sources, &mut self.digest);
            digest.add(self.digest.take());
        }
        let batch = builder.take();
        self.out.push(TableBatch { table: Table::Readings, batch, digest });
    }
}

/// Columns of `readings` for a job.
pub fn readings_columns(columns: &[&ColumnPlan]) -> Vec<Column> {
    let mut out = Vec::new();
    lead_columns(&mut out);
    for column in columns {
        // A dot would have to be quoted in SQL: bar_1m.close stands as bar_1m_close.
        let name = column.name.replace('.', "_");
        match column.is_source() {
            true => Text::columns(&name, &column.doc, true, &mut out),
            false => f64::columns(&name, &column.doc, true, &mut out),
        }
    }
    bool::columns("tainted", "made while data was missing", false, &mut out);
    key_columns(&mut out);
    out
}

fn write_readings(row: &ReadingsRow, sources: &[bool], sink: &mut impl CellSink) {
    EventTime::write(&row.key.ts, sink);
    Option::<Text>::write(&Some(row.instrument.clone()), sink);
    for (value, is_source) in row.values.iter().zip(sources) {
        match is_source {
            true => source(*value).write(sink),
            false => value.write(sink),
        }
    }
    row.tainted.write(sink);
    write_key(&row.key, sink);
}

/// Where a model's values come from, in a word.
fn source(value: f64) -> Option<Text> {
    let word = if value == 1.0 { "model" } else { "fallback" };
    (!value.is_nan()).then(|| word.into())
}

/// The records of a chunk that could not be used, as rows.
pub(crate) fn reject_rows(
    plan: &Plan,
    source: &str,
    chunk: &Chunk,
    first: usize,
    to: Option<EventTime>,
    out: &mut Outputs,
) {
    if chunk.others.is_empty() {
        return;
    }
    for row in first..chunk.len() {
        let (RowKind::Other, slot) = chunk.slot(row) else { continue };
        let Other::Reject { stage, origin, reason, raw } = &chunk.others[slot] else { continue };
        if to.is_some_and(|to| chunk.ts[row] >= to.0) {
            continue;
        }
        let instrument = plan.instruments.get(chunk.instrument[row] as usize);
        out.rejects.push(Reject {
            key: chunk.key(row),
            instrument: instrument.map(|i| i.id.text().clone()),
            stage: stage.as_str().into(),
            source: source.into(),
            origin: origin.as_str().into(),
            reason: reason.as_str().into(),
            raw: raw.as_str().into(),
        });
    }
}
