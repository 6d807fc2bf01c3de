//! A small tape and how it gets into a lake.

use pipeline::lake::{EpochDraft, FileEntry, Journal, Lake, LakeSource, market_batches};
use pipeline::sources::Reader;
use schemas::chunk::{DeltaFlags, NO_ID, NO_INSTRUMENT, OrderRow, Other, RowHead};
use schemas::instrument::Kind;
use schemas::records::OrderAction;
use schemas::{Chunk, Digest, EventTime, Instrument, InstrumentId, OrderKey, Side, Table};
use std::collections::BTreeSet;
use std::sync::Arc;
use tempfile::TempDir;

pub const DAY_NS: i64 = 86_400_000_000_000;
/// Ten seconds before a midnight.
pub const START: i64 = 19_943 * DAY_NS - 10_000_000_000;

pub fn lake() -> (TempDir, Lake) {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::open(folder.path().join("lake").to_str().unwrap()).unwrap();
    (folder, lake)
}

pub fn instrument(id: &str, price_scale: u8) -> Instrument {
    Instrument {
        id: id.parse().unwrap(),
        base: "BTC".into(),
        quote: "USDT".into(),
        settle: "USDT".into(),
        kind: Kind::Spot,
        price_scale,
        quantity_scale: 5,
        tick: 1,
        lot: 1,
        multiplier: 1,
        inverse: false,
    }
}

pub fn plan() -> Vec<Instrument> {
    vec![instrument("binance:BTCUSDT", 2), instrument("binance:ETHUSDT", 4), {
        instrument("kraken:XBTUSD", 1)
    }]
}

pub fn everything() -> LakeSource {
    LakeSource {
        plan: plan(),
        only: BTreeSet::new(),
        recording: None,
        from: None,
        to: None,
        exchange_ts: true,
        trade_ids: true,
    }
}

pub fn only(ids: &[&str]) -> BTreeSet<InstrumentId> {
    ids.iter().map(|id| id.parse().unwrap()).collect()
}

/// Rows of all kinds over two venues, three partitions and a midnight; row `i` at `START + 1ms*i`
/// (two rows each share an instant).
pub fn chunks(rows: i64) -> Vec<Chunk> {
    let all: Vec<i64> = (0..rows).collect();
    all.chunks(1000).map(chunk).collect()
}

fn chunk(rows: &[i64]) -> Chunk {
    let mut chunk = Chunk::mixed(3, 0);
    for &i in rows {
        let ts = EventTime(START + i / 2 * 1_000_000);
        let instrument = (i % 3) as u32;
        let late = EventTime(ts.0 - i64::from(i % 50 == 7));
        let exchange_ts = (i % 5 != 0).then_some(EventTime(ts.0 - 3_000_000));
        let head = RowHead { ts, recv_ts: late, exchange_ts, offset: i as u64, seq: 0, instrument };
        let price = 6_165_001 + i % 97;
        match i % 8 {
            0 => chunk.push_quote(head, (price, 5), (price + 1, i % 16), Some(i as u64)),
            1 => {
                let ids = (i as u64, NO_ID, i as u64 + 2);
                let flags = DeltaFlags::BID | DeltaFlags::SNAPSHOT;
                chunk.push_delta(head, price, 7, flags, ids);
                let head = RowHead { seq: 1, ..head };
                chunk.push_delta(head, price, 0, DeltaFlags::LAST, ids);
                chunk.partitions.push((i % 3) as u32);
                let clear = RowHead { seq: 2, ..head };
                chunk.push_delta(clear, 0, 0, DeltaFlags::CLEAR, (NO_ID, NO_ID, NO_ID));
                chunk.partitions.push((i % 3) as u32);
            }
            3 => chunk.push_order(head, order(i, price)),
            2 => chunk.push_other(RowHead { instrument: other(i), ..head }, rare(i)),
            _ => {
                let side = [Some(Side::Buy), Some(Side::Sell), None][(i % 3) as usize];
                chunk.push_trade(head, price, 1 + i % 1000, side, &format!("t{i}"));
            }
        }
        chunk.partitions.push((i % 3) as u32);
    }
    chunk
}

/// With all that it can have, or as little.
fn order(i: i64, price: i64) -> OrderRow {
    let action = OrderAction::ALL[(i / 8) as usize % OrderAction::ALL.len()];
    let side = if i % 3 == 0 { Side::Buy } else { Side::Sell };
    let about = OrderRow::about(action, u64::MAX - i as u64 * 7 - 1, side, price, 1 + i % 1000);
    match OrderRow::bare(action, i % 5 == 0) {
        bare if bare.is_bare() => bare,
        bare => OrderRow { last: bare.last, priority: [NO_ID, i as u64][i as usize % 2], ..about },
    }
}

fn other(i: i64) -> u32 {
    if matches!(i / 8 % 4, 0 | 3) { NO_INSTRUMENT } else { (i % 3) as u32 }
}

fn rare(i: i64) -> Other {
    match i / 8 % 4 {
        0 => Other::News {
            source: "wire".into(),
            published_ts: Some(EventTime(START)),
            headline: format!("news {i}"),
            body: None,
            url: Some("https://example.org".into()),
        },
        1 => Other::Funding { rate: 0.0001, mark_price: Some(i), next_ts: None },
        2 => Other::Metric { name: "open_interest".into(), value: i as f64 },
        _ => Other::Reject {
            stage: "decode".into(),
            origin: format!("f:{i}"),
            reason: "no price".into(),
            raw: "{}".into(),
        },
    }
}

/// Writes chunks into files of the journal's next epoch.
pub fn write(journal: &Journal, chunks: &[Chunk]) -> Vec<FileEntry> {
    let mut writer = journal.writer(0);
    for chunk in chunks {
        for rows in market_batches(chunk, &plan(), "feed") {
            writer.append(rows.table, &rows.batch, rows.digest).unwrap();
        }
    }
    writer.finish_epoch().unwrap()
}

/// Records chunks as one complete recording.
pub fn record(lake: &Lake, id: &str, chunks: &[Chunk]) {
    let mut journal = lake.start_recording(id, "ingest", Digest(9)).unwrap().unwrap();
    let files = write(&journal, chunks);
    journal.commit(EpochDraft::last(EventTime::MAX, files, None)).unwrap();
}

/// What a row says, whichever chunk it stands in.
pub type Row = (Table, OrderKey, u32, Option<EventTime>, EventTime, String);

/// The rows of chunks, by table in order of their keys.
pub fn rows<'a>(chunks: impl IntoIterator<Item = &'a Chunk>) -> Vec<Row> {
    let mut rows = Vec::new();
    for chunk in chunks {
        for row in 0..chunk.len() {
            let (kind, i) = chunk.slot(row);
            let (t, q, d) = (&chunk.trades, &chunk.quotes, &chunk.deltas);
            use schemas::chunk::RowKind;
            let (table, text) = match kind {
                RowKind::Trade => {
                    let kind = t.kind.get(i);
                    let numbers = (t.price[i], t.quantity[i], t.side[i], t.id.get(i), kind);
                    (Table::Trades, format!("{numbers:?}"))
                }
                RowKind::Quote => {
                    // The price of an absent side is not kept.
                    let side = |p: i64, q: i64| if q == 0 { (0, 0) } else { (p, q) };
                    let bid = side(q.bid_price[i], q.bid_quantity[i]);
                    let ask = side(q.ask_price[i], q.ask_quantity[i]);
                    (Table::Quotes, format!("{:?}", (bid, ask, q.update_id[i])))
                }
                RowKind::Delta => {
                    let ids = (d.first_update_id[i], d.previous_update_id[i], d.update_id[i]);
                    let level = (d.price[i], d.quantity[i], d.flags[i]);
                    (Table::BookDeltas, format!("{level:?} {ids:?}"))
                }
                RowKind::Order => (Table::BookOrders, format!("{:?}", chunk.orders.at(i))),
                RowKind::Other => {
                    let other = &chunk.others[i];
                    let table = match other {
                        Other::News { .. } => Table::News,
                        Other::Funding { .. } => Table::Funding,
                        Other::Metric { .. } => Table::Metrics,
                        Other::Candle(_) => Table::Candles,
                        Other::Reject { .. } => Table::Rejects,
                    };
                    (table, format!("{other:?}"))
                }
            };
            // News and rejects have no time of the venue.
            let exchange = chunk.exchange_time(row).filter(|_| table != Table::News);
            let received = chunk.receive_time(row);
            rows.push((table, chunk.key(row), chunk.instrument[row], exchange, received, text));
        }
    }
    rows.sort_by_key(|row| (row.0, row.1));
    rows
}

/// All chunks of all readers of all workers; asserts that each reader's keys ascend.
pub fn replay(lake: &Lake, source: &LakeSource, workers: usize) -> Vec<Chunk> {
    let source = Arc::new(source.clone());
    let chains = lake.chains(&pipeline::lake::REPLAYED, &source).unwrap();
    let mut all = Vec::new();
    for chain in &chains {
        for worker in 0..workers {
            let mut reader = lake.reader(&source, chain, worker, workers);
            let mut last = None;
            while let Some(chunk) = reader.next().unwrap() {
                assert!(!chunk.is_empty());
                for row in 0..chunk.len() {
                    assert!(last < Some(chunk.key(row)), "keys ascend");
                    last = Some(chunk.key(row));
                }
                all.push(chunk);
            }
        }
    }
    all
}
