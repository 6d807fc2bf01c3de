//! Recordings of 2024-08-08 and -09 against the venue's `bookTicker` at the same update id.

use super::shared::shared_file;
use super::{futures, inverse, read, spot};
use operators::book::{DeltaRow, L2Book};
use schemas::chunk::{DeltaFlags, NO_ID, Other, RowKind};
use schemas::{Chunk, Instrument, Price, Quantity, Side};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

/// Price and quantity of the best bid, then of the best ask.
type Top = (Option<(i64, i64)>, Option<(i64, i64)>);

fn files(names: &[&str]) -> Option<Vec<PathBuf>> {
    names.iter().map(|name| shared_file(&format!("hftbacktest__feeds/{name}"))).collect()
}

fn chunks(instrument: &Instrument, paths: &[PathBuf]) -> Vec<Chunk> {
    read(instrument, paths).unwrap().0
}

/// Messages of each kind: trades, quotes, changes of the book, snapshots, rejects.
fn counts(chunks: &[Chunk]) -> [usize; 5] {
    let mut counts = [0; 5];
    for chunk in chunks {
        for row in 0..chunk.len() {
            let kind = match chunk.slot(row) {
                (RowKind::Trade, _) => 0,
                (RowKind::Quote, _) => 1,
                (RowKind::Delta, slot) => {
                    let flags = DeltaFlags(chunk.deltas.flags[slot]);
                    match (flags.has(DeltaFlags::LAST), flags.has(DeltaFlags::SNAPSHOT)) {
                        (true, false) => 2,
                        (true, true) => 3,
                        _ => continue,
                    }
                }
                (RowKind::Order, _) => panic!("this feed is by level"),
                (RowKind::Other, slot) => {
                    let Other::Reject { origin, reason, .. } = &chunk.others[slot] else {
                        panic!("a recording holds nothing else");
                    };
                    eprintln!("{origin}: {reason}");
                    4
                }
            };
            counts[kind] += 1;
        }
    }
    counts
}

struct Rebuilt {
    compared: usize,
    equal: usize,
    gaps: usize,
    crossed: usize,
    published: bool,
}

/// Rebuilds the book and compares its top, after each message, with the last quote whose update
/// id is not above the book's.
fn rebuild(chunks: &[Chunk]) -> Rebuilt {
    let mut quotes = BTreeMap::<u64, Top>::new();
    for quote in chunks.iter().map(|chunk| &chunk.quotes) {
        for (i, id) in quote.update_id.iter().enumerate() {
            let bid = (quote.bid_price[i], quote.bid_quantity[i]);
            let ask = (quote.ask_price[i], quote.ask_quantity[i]);
            assert_ne!(*id, NO_ID);
            quotes.insert(*id, (Some(bid), Some(ask)));
        }
    }
    let mut book = L2Book::new();
    let mut result = Rebuilt { compared: 0, equal: 0, gaps: 0, crossed: 0, published: false };
    for deltas in chunks.iter().map(|chunk| &chunk.deltas) {
        for slot in 0..deltas.price.len() {
            let applied = book.apply_each(&DeltaRow::at(deltas, slot), |book| {
                let id = book.last_update_id().unwrap();
                let Some((_, top)) = quotes.range(..=id).next_back() else { return };
                result.compared += 1;
                result.equal += usize::from((book.best_bid(), book.best_ask()) == *top);
            });
            result.gaps += usize::from(applied.gap);
            result.crossed += usize::from(applied.crossed);
            result.published |= applied.synced || book.best_bid().is_some();
            result.published |= book.levels(Side::Sell).next().is_some();
        }
    }
    result
}

#[test]
fn spot_book_equals_the_venues_top() {
    let Some(paths) = files(&["spot_btcusdt_20240808.gz"]) else { return };
    let chunks = chunks(&spot(), &paths);
    assert_eq!(counts(&chunks), [9757, 28040, 3451, 1, 0]);
    let rebuilt = rebuild(&chunks);
    assert_eq!((rebuilt.equal, rebuilt.compared), (3449, 3449));
    assert_eq!((rebuilt.gaps, rebuilt.crossed), (0, 0));
}

#[test]
fn futures_book_equals_the_venues_top() {
    let Some(paths) = files(&["usdm_btcusdt_20240808.gz"]) else { return };
    let chunks = chunks(&futures(), &paths);
    assert_eq!(counts(&chunks), [21313, 66089, 6551, 1, 0]);
    let rebuilt = rebuild(&chunks);
    assert_eq!((rebuilt.equal, rebuilt.compared), (6547, 6547));
    assert_eq!((rebuilt.gaps, rebuilt.crossed), (0, 0));
}

#[test]
fn inverse_futures_book_equals_the_venues_top() {
    let Some(paths) = files(&["cm_btcusd_perp_20240808.gz"]) else { return };
    let chunks = chunks(&inverse(), &paths);
    assert_eq!(counts(&chunks), [2286, 19136, 26847, 1, 0]);
    let rebuilt = rebuild(&chunks);
    assert_eq!((rebuilt.equal, rebuilt.compared), (26824, 26824));
    assert_eq!((rebuilt.gaps, rebuilt.crossed), (0, 0));
}

#[test]
fn the_next_day_continues_the_book() {
    let Some(paths) = files(&["spot_btcusdt_20240808.gz", "spot_btcusdt_20240809.gz"]) else {
        return;
    };
    let (chunks, lines) = read(&spot(), &paths).unwrap();
    assert_eq!(lines, 41_249 + 58_325);
    assert_eq!(chunks.last().unwrap().offset.last(), Some(&lines));
    let both = counts(&chunks);
    assert_eq!(both, [9757 + 10147, 28040 + 45134, 3451 + 3044, 1, 0]);
    let rebuilt = rebuild(&chunks);
    assert_eq!((rebuilt.compared, rebuilt.gaps), (6493, 0));
    assert!(rebuilt.equal >= 6491, "{} of 6493", rebuilt.equal);
}

#[test]
fn the_next_day_alone_publishes_no_book() {
    let Some(paths) = files(&["spot_btcusdt_20240809.gz"]) else { return };
    let chunks = chunks(&spot(), &paths);
    assert_eq!(counts(&chunks), [10147, 45134, 3044, 0, 0]);
    let rebuilt = rebuild(&chunks);
    assert_eq!((rebuilt.compared, rebuilt.published), (0, false));
}

/// Decimal text without what does not change its value.
fn plain(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

fn lines(path: &Path) -> impl Iterator<Item = String> {
    let file = BufReader::new(std::fs::File::open(path).unwrap());
    BufReader::new(flate2::bufread::MultiGzDecoder::new(file)).lines().map(Result::unwrap)
}

#[test]
fn every_trade_keeps_its_digits_times_and_side() {
    for (name, instrument, count) in
        [("spot_btcusdt_20240808.gz", spot(), 9757), ("usdm_btcusdt_20240808.gz", futures(), 21313)]
    {
        let Some(paths) = files(&[name]) else { return };
        let chunks = chunks(&instrument, &paths);
        let mut trades = chunks.iter().flat_map(|chunk| {
            (0..chunk.len())
                .filter(|row| chunk.slot(*row).0 == RowKind::Trade)
                .map(move |row| (chunk, row))
        });
        let mut seen = 0;
        for (number, line) in lines(&paths[0]).enumerate() {
            let (stamp, json) = line.split_once(' ').unwrap();
            let data = &serde_json::from_str::<serde_json::Value>(json).unwrap()["data"];
            if data["e"] != "trade" {
                continue;
            }
            let (chunk, row) = trades.next().unwrap();
            let slot = chunk.slot(row).1;
            let price = Price::new(chunk.trades.price[slot], 8).to_string();
            let quantity = Quantity::new(chunk.trades.quantity[slot], 8).to_string();
            assert_eq!(plain(&price), plain(data["p"].as_str().unwrap()));
            assert_eq!(plain(&quantity), plain(data["q"].as_str().unwrap()));
            assert_eq!(chunk.trades.id.get(slot), data["t"].to_string());
            assert_eq!(chunk.trades.side[slot], if data["m"] == true { -1 } else { 1 });
            assert_eq!(chunk.receive_time(row).0.to_string(), stamp);
            let venue = chunk.exchange_time(row).unwrap().0;
            assert_eq!(venue / 1_000_000, data["T"].as_i64().unwrap());
            assert_eq!(chunk.offset[row], number as u64 + 1);
            seen += 1;
        }
        assert!(trades.next().is_none());
        assert_eq!(seen, count);
    }
}

#[test]
fn other_venues_are_refused_by_name() {
    let Some(paths) = files(&["cm_btcusd_perp_20240808.gz"]) else { return };
    let error = read(&super::btc("kraken", 1, 1), &paths).unwrap_err().to_string();
    assert!(error.contains("binance or binance_usdm or binance_coinm"), "{error}");
    assert!(error.ends_with("its venue is kraken"), "{error}");
}

#[test]
fn a_recording_of_another_venue_lands_as_rejects() {
    let Some(paths) = files(&["hyperliquid_btcusd_20250126.gz"]) else { return };
    let (chunks, lines) = read(&spot(), &paths).unwrap();
    assert_eq!((counts(&chunks), lines), ([0, 0, 0, 0, 55], 55));
}
