//! Batches of what comes rarely (news, funding, metrics) as chunks, record by record.

use super::decode::{DROP, instrument_index};
use super::fields::rescale;
use super::{LakeError, LakeSource};
use arrow::array::RecordBatch;
use schemas::chunk::{NO_TIME, Other, RowKind};
use schemas::records::{Candle, Funding, Metric, News};
use schemas::table::Record;
use schemas::{Chunk, EventTime, OrderKey, Price, Quantity, Table, chunk};

/// The wanted rows of a batch, one chunk for each run of rows of one source rank.
pub(crate) fn rare_chunks(
    path: &str,
    table: Table,
    source: &LakeSource,
    batch: &RecordBatch,
) -> Result<Vec<Chunk>, LakeError> {
    let wrong = |reason: String| {
        let reason = format!("{path}: {reason}");
        LakeError::Rows { table: table.name().to_owned(), reason }
    };
    let mut rows = Rare { source, chunks: Vec::new() };
    macro_rules! each {
        ($record:ty, |$row:ident| $exchange:expr, $other:expr) => {
            for $row in <$record>::read_all(batch).map_err(|e| wrong(e.to_string()))? {
                let index = instrument_index(source, $row.instrument.as_deref());
                let (key, received, exchange) = ($row.key, $row.recv_ts, $exchange);
                rows.push(&key, received, exchange, index, || $other(index, $row))
                    .map_err(wrong)?;
            }
        };
    }
    match table {
        Table::News => each!(News, |row| None, |_, row: News| {
            Ok(Other::News {
                source: row.source.to_string(),
                published_ts: row.published_ts,
                headline: row.headline.to_string(),
                body: row.body.map(|text| text.to_string()),
                url: row.url.map(|text| text.to_string()),
            })
        }),
        Table::Candles => each!(Candle, |row| None, |index, row: Candle| {
            let price = |price| at_scale(source, index, price);
            let quantity = |quantity| quantity_at_scale(source, index, quantity);
            Ok(Other::Candle(chunk::Candle {
                open_ts: row.open_ts,
                close_ts: row.close_ts,
                prices: [price(row.open)?, price(row.high)?, price(row.low)?, price(row.close)?],
                volume: quantity(row.volume)?,
                buy_volume: row.buy_volume.map(quantity).transpose()?,
                trades: row.trades,
            }))
        }),
        Table::Funding => each!(Funding, |row| row.exchange_ts, |index, row: Funding| {
            let mark_price =
                row.mark_price.map(|mark| at_scale(source, index, mark)).transpose()?;
            Ok(Other::Funding { rate: row.rate, mark_price, next_ts: row.next_ts })
        }),
        _ => each!(Metric, |row| row.exchange_ts, |_, row: Metric| {
            Ok(Other::Metric { name: row.name.to_string(), value: row.value })
        }),
    }
    Ok(rows.chunks)
}

/// A stored price at the plan's scale for its instrument.
fn at_scale(source: &LakeSource, index: u32, price: Price) -> Result<i64, String> {
    let Some(instrument) = source.plan.get(index as usize) else {
        return Err("a price belongs to an instrument".to_owned());
    };
    let wanted = instrument.price_scale;
    rescale(price.raw, price.scale.into(), wanted).ok_or_else(|| {
        format!(
            "{price} does not fit {wanted} decimal places, which the job gives {}",
            instrument.id
        )
    })
}

/// A stored quantity at the plan's scale for its instrument.
fn quantity_at_scale(source: &LakeSource, index: u32, quantity: Quantity) -> Result<i64, String> {
    let Some(instrument) = source.plan.get(index as usize) else {
        return Err("a quantity belongs to an instrument".to_owned());
    };
    let wanted = instrument.quantity_scale;
    rescale(quantity.raw, quantity.scale.into(), wanted).ok_or_else(|| {
        format!(
            "{quantity} does not fit {wanted} decimal places, which the job gives {}",
            instrument.id
        )
    })
}

struct Rare<'a> {
    source: &'a LakeSource,
    chunks: Vec<Chunk>,
}

impl Rare<'_> {
    fn push(
        &mut self,
        key: &OrderKey,
        received: EventTime,
        exchange: Option<EventTime>,
        index: u32,
        other: impl FnOnce() -> Result<Other, String>,
    ) -> Result<(), String> {
        let early = self.source.from.is_some_and(|from| key.ts < from);
        if index == DROP || early || self.source.to.is_some_and(|to| key.ts >= to) {
            return Ok(());
        }
        if self.chunks.last().is_none_or(|chunk| chunk.source_rank != key.source_rank) {
            let (rank, partition) = (key.source_rank, key.source_partition);
            self.chunks.push(Chunk::only(rank, partition, RowKind::Other));
        }
        let chunk = self.chunks.last_mut().expect("one was pushed if there was none");
        chunk.others.push(other()?);
        chunk.partitions.push(key.source_partition);
        chunk.ts.push(key.ts.0);
        chunk.offset.push(key.source_offset);
        chunk.seq.push(key.seq);
        chunk.instrument.push(index);
        chunk.recv_ts.push(received.0);
        chunk.exchange_ts.push(exchange.map_or(NO_TIME, |ts| ts.0));
        Ok(())
    }
}
