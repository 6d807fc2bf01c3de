//! Databento's files: market by order of a real future, and files made here.

use super::shared::shared_file;
use dbn::{
    FlagSet, MboMsg, Metadata, MetadataBuilder, SType, Schema, SymbolMapping, UNDEF_PRICE,
    encode::{EncodeRecord, dbn::Encoder},
    flags,
};
use operators::book::{Applied, L2Book, L3Book, OrderBook};
use pipeline::sources::{
    Reader, SourceError,
    databento::{Databento, Held, symbols},
};
use schemas::{
    Chunk, Instrument, Side,
    chunk::{Other, RowKind},
    instrument::Kind,
};
use std::path::{Path, PathBuf};

fn future(symbol: &str) -> Instrument {
    Instrument {
        id: format!("glbx:{symbol}").parse().unwrap(),
        base: "ES".into(),
        quote: "USD".into(),
        settle: "USD".into(),
        kind: Kind::Future,
        price_scale: 2,
        quantity_scale: 0,
        tick: 25,
        lot: 1,
        multiplier: 50,
        inverse: false,
    }
}

/// All chunks, how many records there were, and how many orders rest at the end.
fn read(path: PathBuf, symbol: &str) -> Result<(Vec<Chunk>, u64, usize), SourceError> {
    let mut reader = Databento::open((0, 0), &[path], "glbx", &[future(symbol)])?;
    let mut chunks: Vec<Chunk> = Vec::new();
    while let Some(chunk) = reader.next()? {
        let keys = (1..chunk.len()).map(|row| (chunk.key(row - 1), chunk.key(row)));
        assert!(keys.into_iter().all(|(before, after)| before < after), "rows are in order");
        chunks.push(chunk);
    }
    let orders = reader.orders(0).map_or(0, L3Book::len);
    Ok((chunks, reader.records(), orders))
}

/// The book after all of it, how often it was seen whole, how many trades, and the rejects.
fn replay(chunks: &[Chunk]) -> (L2Book, usize, usize, Vec<String>) {
    let (mut book, mut seen, mut trades, mut rejects) = (L2Book::new(), 0, 0, Vec::new());
    let mut orders = OrderBook::default();
    for chunk in chunks {
        for row in 0..chunk.len() {
            match chunk.slot(row) {
                (RowKind::Trade, _) => trades += 1,
                (RowKind::Order, slot) => {
                    let mut applied = Applied::default();
                    orders.apply(&chunk.orders.at(slot), |delta| applied = book.apply(delta));
                    assert!(!applied.gap);
                    seen += usize::from(applied.end && applied.synced);
                }
                (RowKind::Other, slot) => {
                    let Other::Reject { origin, reason, .. } = &chunk.others[slot] else {
                        panic!("nothing else is in these files");
                    };
                    rejects.push(format!("{origin}: {reason}"));
                }
                (RowKind::Quote | RowKind::Delta, _) => panic!("these files hold orders"),
            }
        }
    }
    (book, seen, trades, rejects)
}

#[test]
fn market_by_order_of_a_real_future_ends_where_others_say() {
    let name = "nautilus_trader__test_data/esm4_mbo_2024-05-08T000000-02.dbn.zst";
    let Some(path) = shared_file(name) else { return };
    let held = Held { symbols: vec!["ESM4".to_owned()], quotes: true, by_order: true };
    assert_eq!(symbols(&path).unwrap(), held);
    let (chunks, records, orders) = read(path, "ESM4").unwrap();
    let (book, seen, trades, rejects) = replay(&chunks);
    assert_eq!((records, trades, rejects), (13_796, 5, Vec::new()));
    assert_eq!(orders, 13_598);
    assert!(seen > 100, "{seen}");
    let levels = |side| book.levels(side).collect::<Vec<_>>();
    let (bids, asks) = (levels(Side::Buy), levels(Side::Sell));
    assert_eq!((bids.len(), asks.len()), (976, 571));
    assert_eq!((bids[0], asks[0]), ((521_400, 28), (521_425, 17)));
}

fn metadata(schema: Schema) -> Metadata {
    let day = |day: u8| time::Date::from_calendar_date(2024, time::Month::May, day).unwrap();
    let mut metadata = MetadataBuilder::new()
        .dataset("GLBX.MDP3".to_owned())
        .schema(Some(schema))
        .start(START)
        .stype_in(Some(SType::RawSymbol))
        .stype_out(SType::InstrumentId)
        .build();
    let interval =
        dbn::MappingInterval { start_date: day(8), end_date: day(9), symbol: "5602".to_owned() };
    metadata.mappings =
        vec![SymbolMapping { raw_symbol: "ESM4".to_owned(), intervals: vec![interval] }];
    metadata
}

/// 2024-05-08.
const START: u64 = 1_715_126_400_000_000_000;

fn written(folder: &Path, schema: Schema, records: &[MboMsg]) -> PathBuf {
    let path = folder.join("made.dbn");
    let file = std::fs::File::create(&path).unwrap();
    let mut encoder = Encoder::new(file, &metadata(schema)).unwrap();
    records.iter().for_each(|record| encoder.encode_record(record).unwrap());
    path
}

/// A record at so many nanoseconds: action and side, id, price in whole units, size.
fn record(at: u64, what: &[u8; 2], id: u64, price: i64, size: u32, last: bool) -> MboMsg {
    let price = if price == 0 { UNDEF_PRICE } else { price * 1_000_000_000 };
    let mut record = MboMsg {
        order_id: id,
        price,
        size,
        flags: FlagSet::new(if last { flags::LAST } else { 0 }),
        action: what[0] as std::ffi::c_char,
        side: what[1] as std::ffi::c_char,
        ts_recv: START + at,
        ..Default::default()
    };
    record.hd.instrument_id = 5602;
    record.hd.ts_event = START + at - 1;
    record
}

#[test]
fn what_cannot_be_used_is_rejected_and_the_rest_lands() {
    let folder = tempfile::tempdir().unwrap();
    let mut stranger = record(9, b"AB", 9, 10, 1, true);
    stranger.hd.instrument_id = 7;
    let records = [
        record(1, b"AB", 1, 10, 5, true),
        record(2, b"RN", 0, 0, 0, true),
        record(3, b"AB", 1, 10, 5, false),
        record(3, b"AA", 2, 11, 4, true),
        record(4, b"TA", 0, 10, 2, false),
        record(4, b"FB", 1, 10, 2, false),
        record(4, b"CB", 1, 10, 2, true),
        record(5, b"CB", 3, 10, 2, true),
        record(6, b"AN", 4, 10, 2, true),
        record(7, b"AB", 5, 0, 2, true),
        record(8, b"?B", 5, 10, 2, true),
        stranger,
        record(8, b"MA", 2, 12, 4, true),
    ];
    let path = written(folder.path(), Schema::Mbo, &records);
    let (chunks, count, orders) = read(path, "ESM4").unwrap();
    let (book, seen, trades, rejects) = replay(&chunks);
    assert_eq!((count, orders, seen, trades), (13, 2, 4, 1));
    let levels: Vec<_> =
        [Side::Buy, Side::Sell].map(|side| book.levels(side).collect::<Vec<_>>()).concat();
    assert_eq!(levels, [(1_000, 3), (1_200, 4)]);
    let told = [
        "made.dbn:1: no snapshot has come yet, so that the book before it is unknown",
        "made.dbn:8: no order 3 rests",
        "made.dbn:9: an order without a side",
        "made.dbn:10: it has no price",
        "made.dbn:11: unknown action `?`",
        "made.dbn:12: instrument 7 is none of those that are read",
    ];
    assert_eq!(rejects, told);
}

#[test]
fn files_of_something_else_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |path: PathBuf| read(path, "ESM4").map(|_| ()).unwrap_err().to_string();
    let path = written(folder.path(), Schema::Definition, &[]);
    assert!(refused(path).contains("its schema is definition; those that are read are mbo,"));
    let path = folder.path().join("text.dbn");
    std::fs::write(&path, "ts,price\n").unwrap();
    assert!(refused(path).contains("is not a file of Databento (DBN) that can be read"));
    // Nothing of it can be used.
    let path = written(folder.path(), Schema::Mbo, &[record(1, b"AB", 1, 10, 5, true)]);
    let unknown = read(path, "ESU4").unwrap_err().to_string();
    assert!(unknown.contains("instrument 5602 is none of those that are read"), "{unknown}");
}

#[test]
fn a_file_that_breaks_off_keeps_what_was_whole() {
    let folder = tempfile::tempdir().unwrap();
    let records = [record(1, b"RN", 0, 0, 0, false), record(2, b"AB", 1, 10, 5, true)];
    let path = written(folder.path(), Schema::Mbo, &records);
    let whole = std::fs::read(&path).unwrap();
    for length in 0..whole.len() {
        std::fs::write(&path, &whole[..length]).unwrap();
        // An error or what there is, never a panic.
        if let Ok((chunks, ..)) = read(path.clone(), "ESM4") {
            replay(&chunks);
        }
    }
    let mut damaged = whole.clone();
    for at in 0..whole.len() {
        for byte in [0, 1, 0x7f, 0xff] {
            damaged[at] = byte;
            std::fs::write(&path, &damaged).unwrap();
            let _ = read(path.clone(), "ESM4");
        }
        damaged[at] = whole[at];
    }
}
