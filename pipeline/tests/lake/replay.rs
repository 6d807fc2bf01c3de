//! What was recorded comes back, whoever reads it.

use crate::tape::{DAY_NS, START, chunks, everything, instrument, lake, only, plan};
use crate::tape::{record, replay, rows, write};
use pipeline::lake::{EpochDraft, FileFilter, Lake, LakeError, recording_id};
use pipeline::lake::{InputFile, JournalKind, NO_VENUE, ROW_GROUP_ROWS, digest_of, market_batches};
use pipeline::sources::Reader;
use schemas::chunk::RowKind;
use schemas::records::{BookDelta, BookOrder, Funding, Metric, News, Quote, Reject, Trade};
use schemas::table::Record;
use schemas::{Chunk, Digest, EventTime, OrderKey, Price, Quantity, Table};
use std::sync::Arc;

/// All that is recorded but not replayed.
fn replayed(tape: &[Chunk]) -> Vec<crate::tape::Row> {
    rows(tape).into_iter().filter(|row| row.0 != Table::Rejects).collect()
}

#[test]
fn what_was_recorded_comes_back() {
    let (_folder, lake) = lake();
    let tape = chunks(40_000);
    record(&lake, "tape", &tape);
    assert_eq!(rows(&replay(&lake, &everything(), 1)), replayed(&tape));
    let recording = lake.committed_in(JournalKind::Recording, "tape").unwrap().unwrap();
    let dates: Vec<Option<&str>> = recording.files.iter().map(|f| f.key("date")).collect();
    assert!(dates.contains(&Some("2024-08-07")) && dates.contains(&Some("2024-08-08")));
    let rejects = recording.files.iter().find(|f| f.table == Table::Rejects).unwrap();
    assert_eq!(rejects.key("run"), Some("tape"));
    let news = recording.files.iter().find(|f| f.table == Table::News).unwrap();
    assert_eq!(news.key("venue"), Some(NO_VENUE));
}

#[test]
fn stored_rows_are_what_the_records_say() {
    let (_folder, lake) = lake();
    record(&lake, "tape", &chunks(3000));
    let recording = lake.committed_in(JournalKind::Recording, "tape").unwrap().unwrap();
    let mut seen = 0;
    for (table, total) in recording.tables() {
        assert_eq!(lake.recompute(&recording, *table).unwrap(), *total, "{table}");
        for batch in lake.read_all(&recording, *table).unwrap() {
            seen += batch.num_rows();
            let mut sum = Digest::default();
            let mut scratch = schemas::digest::RowDigest::default();
            macro_rules! through {
                ($record:ty) => {{
                    let rows = <$record>::read_all(&batch).unwrap();
                    rows.iter().for_each(|row| sum.add(row.digest(&mut scratch)));
                    assert_eq!(<$record>::batch(&rows), batch, "{table}");
                }};
            }
            match table {
                Table::Trades => through!(Trade),
                Table::Quotes => through!(Quote),
                Table::BookDeltas => through!(BookDelta),
                Table::BookOrders => through!(BookOrder),
                Table::News => through!(News),
                Table::Funding => through!(Funding),
                Table::Metrics => through!(Metric),
                _ => through!(Reject),
            }
            assert_eq!(digest_of(&batch).unwrap(), sum, "{table}");
        }
    }
    assert_eq!(seen, 3000 / 8 * 10, "a level in eight has two more");
}

/// Trades enough for several row groups, of two files.
fn long_tape() -> Vec<Chunk> {
    let step = DAY_NS / (2 * ROW_GROUP_ROWS as i64);
    let all: Vec<i64> = (0..3 * ROW_GROUP_ROWS as i64 + 777).collect();
    let make = |part: &[i64]| {
        let mut chunk = Chunk::only(0, 5, RowKind::Trade);
        for &i in part {
            chunk.ts.push(19_000 * DAY_NS + i * step);
            chunk.offset.push(i as u64);
            chunk.instrument.push((i % 2) as u32);
            chunk.trades.price.push(100 + i % 7);
            chunk.trades.quantity.push(i);
            chunk.trades.side.push([1, -1, 0][(i % 3) as usize]);
            chunk.trades.id.push("x");
        }
        chunk
    };
    all.chunks(16_000).map(make).collect()
}

#[test]
fn workers_share_row_groups_and_lose_nothing() {
    let (_folder, lake) = lake();
    let tape = long_tape();
    record(&lake, "long", &tape);
    let source = crate::tape::everything();
    let expected = rows(&tape);
    for workers in 1..=4 {
        assert_eq!(rows(&replay(&lake, &source, workers)), expected, "{workers} workers");
    }
    // Four row groups: with two workers each has half.
    let source = Arc::new(source);
    let chains = lake.chains(&[Table::Trades], &source).unwrap();
    assert_eq!(chains.len(), 1, "one file after the other");
    let mut share = 0;
    let mut reader = lake.reader(&source, &chains[0], 1, 2);
    while let Some(chunk) = reader.next().unwrap() {
        share += chunk.len();
        assert!(chunk.partitions.is_empty() && chunk.source_partition == 5);
        assert!(chunk.recv_ts.is_empty() && chunk.seq.is_empty());
    }
    assert!(share > expected.len() / 4 && share < expected.len() * 3 / 4, "{share}");
}

#[test]
fn times_and_instruments_select_rows() {
    let (_folder, lake) = lake();
    let tape = chunks(30_000);
    record(&lake, "tape", &tape);
    let (from, to) = (EventTime(START + 2_000_500_000), EventTime(START + 11_000_000_000));
    let mut source = everything();
    (source.from, source.to) = (Some(from), Some(to));
    source.only = only(&["binance:ETHUSDT", "kraken:XBTUSD"]);
    let mut expected = replayed(&tape);
    expected.retain(|row| row.1.ts >= from && row.1.ts < to && row.2 != 0);
    assert!(expected.len() > 5000);
    assert_eq!(rows(&replay(&lake, &source, 2)), expected);
    // An instrument that the plan does not know shifts the others' indices.
    source.plan.remove(0);
    source.only.clear();
    let shift = |i: u32| if i == schemas::chunk::NO_INSTRUMENT { i } else { i - 1 };
    expected.iter_mut().for_each(|row| row.2 = shift(row.2));
    assert_eq!(rows(&replay(&lake, &source, 1)), expected);
}

#[test]
fn numbers_come_at_the_scales_of_the_plan_or_not_at_all() {
    let (_folder, lake) = lake();
    let tape = chunks(2000);
    record(&lake, "tape", &tape);
    let mut source = everything();
    source.only = only(&["binance:BTCUSDT"]);
    let sum = |source: &_| -> i64 {
        replay(&lake, source, 1).iter().flat_map(|c| c.trades.price.iter()).sum()
    };
    let plain = sum(&source);
    assert!(plain > 0);
    source.plan[0] = instrument("binance:BTCUSDT", 4);
    assert_eq!(sum(&source), plain * 100);
    source.plan[0] = instrument("binance:BTCUSDT", 1);
    let source = Arc::new(source);
    let chains = lake.chains(&[Table::Trades], &source).unwrap();
    let error = lake.reader(&source, &chains[0], 0, 1).next().unwrap_err();
    assert!(error.to_string().contains("cannot read"), "{error}");
}

#[test]
fn recordings_that_overlap_are_read_side_by_side() {
    let (_folder, lake) = lake();
    let tape = chunks(4000);
    let (odd, even): (Vec<_>, Vec<_>) =
        tape.iter().cloned().enumerate().partition(|c| c.0 % 2 == 1);
    let strip = |part: Vec<(usize, Chunk)>| part.into_iter().map(|c| c.1).collect::<Vec<_>>();
    record(&lake, "odd", &strip(odd));
    record(&lake, "even", &strip(even));
    // Both count their partitions from 0; the reader keeps them apart.
    let mut found = rows(&replay(&lake, &everything(), 3));
    let partitions = |row: &crate::tape::Row| row.1.source_partition >> 16;
    assert!(found.iter().any(|r| partitions(r) == 0) && found.iter().any(|r| partitions(r) == 1));
    found.iter_mut().for_each(|row| row.1.source_partition &= 0xffff);
    found.sort_by_key(|row| (row.0, row.1));
    assert_eq!(found, replayed(&tape));
    let mut source = everything();
    source.recording = Some("odd".into());
    assert!(replay(&lake, &source, 1).iter().map(Chunk::len).sum::<usize>() < 3000);
    let wanted = FileFilter { venue: Some("kraken".into()), ..FileFilter::default() };
    let files = lake.files(Table::Trades, &wanted).unwrap();
    assert!(files.len() >= 2 && files.iter().all(|f| f.entry.path.contains("venue=kraken/")));
}

#[test]
fn tops_of_rebuilt_books_are_not_replayed() {
    use schemas::records::QuoteOrigin::{Book, Feed};
    let (_folder, lake) = lake();
    for (id, origins) in [("books", [Book, Book]), ("both", [Book, Feed]), ("feed", [Feed, Feed])] {
        let mut journal = lake.start_recording(id, "job", Digest(1)).unwrap().unwrap();
        let mut writer = journal.writer(0);
        let make = |(offset, origin)| Quote {
            key: OrderKey::source(EventTime(START), 0, 0, offset, 0),
            instrument: Some("binance:BTCUSDT".into()),
            recv_ts: EventTime(START),
            exchange_ts: None,
            origin,
            update_id: None,
            bid_price: Some(Price::new(100 + offset as i64, 2)),
            bid_quantity: Some(Quantity::new(1, 5)),
            ask_price: None,
            ask_quantity: None,
        };
        let rows: Vec<Quote> = [0, 1].into_iter().zip(origins).map(make).collect();
        writer.append(Table::Quotes, &Quote::batch(&rows), Digest(0)).unwrap();
        let files = writer.finish_epoch().unwrap();
        journal.commit(EpochDraft::last(EventTime::MAX, files, None)).unwrap();
        let mut source = everything();
        source.recording = Some(id.to_owned());
        let wanted = |o: &(usize, _)| o.1 == Feed;
        let expected: Vec<i64> =
            origins.into_iter().enumerate().filter(wanted).map(|o| 100 + o.0 as i64).collect();
        let found: Vec<i64> =
            replay(&lake, &source, 1).iter().flat_map(|c| c.quotes.bid_price.clone()).collect();
        assert_eq!(found, expected, "{id}");
    }
}

#[test]
fn rows_out_of_order_are_refused() {
    let (_folder, lake) = lake();
    let journal = lake.start_recording("r", "ingest", Digest(1)).unwrap().unwrap();
    let tape = chunks(2000);
    let mut writer = journal.writer(0);
    let mut append = |chunk: &Chunk| -> Result<(), LakeError> {
        let batches = market_batches(chunk, &plan(), "s");
        batches.iter().try_for_each(|b| writer.append(b.table, &b.batch, b.digest))
    };
    append(&tape[1]).unwrap();
    assert!(matches!(append(&tape[0]), Err(LakeError::Rows { .. })));
}

#[test]
fn the_same_files_make_the_same_recording() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("a.csv"), folder.path().join("b.csv"));
    std::fs::write(&a, "1,2").unwrap();
    std::fs::write(&b, "1,3").unwrap();
    let file = |path| InputFile::identify(path).unwrap();
    let id = |settings, files: &[InputFile]| recording_id("binance_csv", settings, files).0;
    let first = id("BTCUSDT", &[file(&a), file(&b)]);
    assert_eq!(first, id("BTCUSDT", &[file(&a), file(&b)]));
    assert_ne!(first, id("BTCUSDT", &[file(&a)]));
    assert_ne!(first, id("ETHUSDT", &[file(&a), file(&b)]));
    std::fs::write(&a, "1,4").unwrap();
    assert_ne!(first, id("BTCUSDT", &[file(&a), file(&b)]));
    Lake::open(folder.path().to_str().unwrap())
        .unwrap()
        .start_recording(&first, "ingest", Digest(1))
        .expect("the id is a name");
}

#[test]
fn a_file_that_is_torn_is_named() {
    let (_folder, lake) = lake();
    let mut journal = lake.start_recording("r", "ingest", Digest(1)).unwrap().unwrap();
    let files = write(&journal, &chunks(1000));
    journal.commit(EpochDraft::last(EventTime::MAX, files, None)).unwrap();
    let source = Arc::new(everything());
    let chain = &lake.chains(&[Table::Trades], &source).unwrap()[0];
    let place = lake.place(&chain.files[0].entry).unwrap();
    let bytes = std::fs::read(&place).unwrap();
    std::fs::write(&place, &bytes[..bytes.len() / 2]).unwrap();
    let error = lake.reader(&source, chain, 0, 1).next().unwrap_err().to_string();
    assert!(error.contains(&chain.files[0].entry.path), "{error}");
    std::fs::remove_file(&place).unwrap();
    assert!(matches!(lake.place(&chain.files[0].entry), Err(LakeError::MissingFile(_))));
}
