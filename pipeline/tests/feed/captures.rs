//! Captures of cryptofeed against what cryptofeed counts, the venue's own checksums and its best
//! bids and offers.

use super::shared::shared_file;
use operators::book::{DeltaRow, L2Book};
use pipeline::sources::cryptofeed::{Cryptofeed, Idle, Named, named};
use pipeline::sources::{Reader, SourceError};
use schemas::chunk::{DeltaFlags, NO_ID, Other, RowKind};
use schemas::instrument::Kind;
use schemas::{Chunk, Instrument, InstrumentId, OrderKey, Side};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

/// What is in a capture.
pub(super) struct Capture {
    pub(super) instruments: Vec<Instrument>,
    pub(super) chunks: Vec<Chunk>,
    pub(super) idle: BTreeMap<Idle, u64>,
}

/// An instrument of which nothing is known but how fine its numbers are.
pub(super) fn facts(id: &InstrumentId, price_scale: u8, quantity_scale: u8) -> Instrument {
    Instrument {
        id: id.clone(),
        base: "BASE".into(),
        quote: "QUOTE".into(),
        settle: "QUOTE".into(),
        kind: Kind::Spot,
        price_scale,
        quantity_scale,
        tick: 1,
        lot: 1,
        multiplier: 1,
        inverse: false,
    }
}

/// Everything in a capture; the laws of a reader are checked.
pub(super) fn read(path: &Path, instruments: &[Instrument]) -> Result<Capture, SourceError> {
    let mut reader = Cryptofeed::open((3, 5), path, None, instruments)?;
    let (mut chunks, mut before) = (Vec::new(), None::<OrderKey>);
    while let Some(chunk) = reader.next()? {
        assert!(!chunk.is_empty(), "chunks are never empty");
        for row in 0..chunk.len() {
            let key = chunk.key(row);
            assert!(before.is_none_or(|before| before < key), "{before:?} then {key:?}");
            assert_eq!((key.source_rank, key.source_partition), (3, 5));
            before = Some(key);
        }
        chunks.push(chunk);
    }
    assert!(reader.next()?.is_none(), "the end stays the end");
    if let Some((done, total)) = reader.progress() {
        assert!(done <= total, "{done} bytes of {total}");
    }
    Ok(Capture { instruments: instruments.to_vec(), idle: reader.idle().clone(), chunks })
}

/// All of a capture, of all of its instruments.
fn whole(path: &Path) -> Capture {
    let found = named(path, None).unwrap();
    let of =
        |(id, fine): (&InstrumentId, &Named)| facts(id, fine.price.max(8), fine.quantity.max(8));
    let instruments: Vec<Instrument> = found.iter().map(of).collect();
    read(path, &instruments).unwrap()
}

pub(super) fn lines(path: &Path) -> Vec<String> {
    let file = std::fs::File::open(path).unwrap();
    let unpacked = BufReader::new(zstd::Decoder::new(file).unwrap());
    unpacked.lines().map(Result::unwrap).collect()
}

impl Capture {
    /// Numbers of the lines that landed or were rejected.
    pub(super) fn offsets(&self) -> Vec<u64> {
        let mut all: Vec<u64> = self.chunks.iter().flat_map(|c| c.offset.clone()).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Origin and reason of each reject.
    pub(super) fn rejects(&self) -> Vec<(String, String)> {
        let others = self.chunks.iter().flat_map(|chunk| &chunk.others);
        let reject = |other: &Other| match other {
            Other::Reject { origin, reason, .. } => (origin.clone(), reason.clone()),
            other => panic!("captures have no {other:?}"),
        };
        others.map(reject).collect()
    }

    pub(super) fn trades(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.trades.price.len()).sum()
    }

    /// Rows that make a book void.
    pub(super) fn gap_rows(&self) -> usize {
        let flags = self.chunks.iter().flat_map(|chunk| &chunk.deltas.flags);
        flags.filter(|flags| DeltaFlags(**flags).has(DeltaFlags::GAP)).count()
    }

    /// Rebuilds the books; `seen` gets the line, the instrument and the book after each message
    /// that went into one.
    pub(super) fn rebuild(&self, mut seen: impl FnMut(u64, u32, &L2Book)) -> Rebuilt {
        let mut books: BTreeMap<u32, L2Book> = BTreeMap::new();
        let mut rebuilt = Rebuilt::default();
        for chunk in &self.chunks {
            for row in 0..chunk.len() {
                let (RowKind::Delta, slot) = chunk.slot(row) else { continue };
                let (instrument, line) = (chunk.instrument[row], chunk.offset[row]);
                let book = books.entry(instrument).or_default();
                let delta = DeltaRow::at(&chunk.deltas, slot);
                let mut updates = 0;
                let applied = book.apply_each(&delta, |book| {
                    updates += 1;
                    seen(line, instrument, book);
                });
                if applied.end && delta.flags.has(DeltaFlags::SNAPSHOT) {
                    rebuilt.snapshots += usize::from(applied.changed);
                }
                rebuilt.updates += updates;
                rebuilt.old += usize::from(applied.end && applied.synced && !applied.changed);
                rebuilt.gaps += usize::from(applied.gap);
                rebuilt.crossed += usize::from(applied.crossed);
            }
        }
        rebuilt.tainted = books.values().filter(|book| !book.synced()).count();
        rebuilt
    }
}

#[derive(Debug, Default, PartialEq)]
pub(super) struct Rebuilt {
    /// Snapshots that made a book.
    pub(super) snapshots: usize,
    /// Messages that went into one.
    pub(super) updates: usize,
    /// Messages that told nothing new of a book that stood.
    pub(super) old: usize,
    pub(super) gaps: usize,
    pub(super) crossed: usize,
    /// Books that do not stand at the end.
    pub(super) tainted: usize,
}

/// What cryptofeed counts, `beyond` less than it: book updates that it makes of messages which the
/// snapshot had already. Trades must be as many.
fn check(exchange: &str, instruments: usize, beyond: usize) -> Option<(PathBuf, Capture)> {
    let path = shared_file(&format!("cryptofeed__captures/{exchange}.jsonl.zst"))?;
    let counts = shared_file("cryptofeed__captures/expected_counts.json")?;
    let counts = std::fs::read_to_string(counts).unwrap();
    let counts: serde_json::Value = serde_json::from_str(&counts).unwrap();
    let count = |what: &str| counts[exchange][what].as_u64().unwrap_or(0) as usize;
    let capture = whole(&path);
    assert_eq!(capture.rejects(), []);
    let idle: u64 = capture.idle.values().sum();
    let all = lines(&path).len() as u64;
    assert_eq!(capture.offsets().len() as u64 + idle, all, "{:?}", capture.idle);
    assert_eq!(capture.idle[&Idle::Header], 1);
    assert!(!capture.idle.contains_key(&Idle::Instrument));
    assert_eq!((capture.instruments.len(), capture.trades()), (instruments, count("trades")));
    let rebuilt = capture.rebuild(|_, _, _| {});
    assert_eq!(rebuilt.snapshots + rebuilt.updates + beyond, count("l2_book"), "{rebuilt:?}");
    assert_eq!((rebuilt.gaps, capture.gap_rows(), rebuilt.tainted), (0, 0, 0));
    // Lines bear the receive time that is written in them.
    let mut seen = 0;
    let text = lines(&path);
    for chunk in &capture.chunks {
        for row in 0..chunk.len() {
            let line: serde_json::Value =
                serde_json::from_str(&text[chunk.offset[row] as usize - 1]).unwrap();
            let stamp = chunk.receive_time(row).0;
            let seconds = line["ts"].as_f64().unwrap();
            assert!((stamp as f64 / 1e9 - seconds).abs() < 1e-5, "{stamp} {seconds}");
            // Runs of a capture are in order, so that nothing is moved.
            assert_eq!(chunk.ts[row], stamp);
            seen += 1;
            if seen % 64 == 0 {
                break;
            }
        }
    }
    Some((path, capture))
}

#[test]
fn binance() {
    let Some((_, capture)) = check("BINANCE", 4, 0) else { return };
    assert_eq!(tops(&capture), (159, 159));
}

#[test]
fn binance_futures() {
    let Some((_, capture)) = check("BINANCE_FUTURES", 4, 0) else { return };
    assert_eq!(tops(&capture), (744, 744));
    assert!(capture.instruments.iter().all(|i| i.id.venue() == "binance_usdm"));
}

/// How often the best bid and offer after a message is that of the venue at the same update id.
fn tops(capture: &Capture) -> (usize, usize) {
    type Top = (Option<(i64, i64)>, Option<(i64, i64)>);
    let mut quotes: BTreeMap<(u32, u64), Top> = BTreeMap::new();
    for chunk in &capture.chunks {
        for row in 0..chunk.len() {
            let (RowKind::Quote, slot) = chunk.slot(row) else { continue };
            let quote = &chunk.quotes;
            let bid = (quote.bid_price[slot], quote.bid_quantity[slot]);
            let ask = (quote.ask_price[slot], quote.ask_quantity[slot]);
            assert_ne!(quote.update_id[slot], NO_ID);
            quotes.insert((chunk.instrument[row], quote.update_id[slot]), (Some(bid), Some(ask)));
        }
    }
    let (mut equal, mut compared) = (0, 0);
    capture.rebuild(|_, instrument, book| {
        let id = book.last_update_id().unwrap();
        let earlier = quotes.range((instrument, 0)..=(instrument, id)).next_back();
        let Some((_, top)) = earlier else { return };
        compared += 1;
        equal += usize::from((book.best_bid(), book.best_ask()) == *top);
    });
    (equal, compared)
}

#[test]
fn bitfinex() {
    check("BITFINEX", 7, 0);
}

#[test]
fn bitstamp() {
    // Two messages of the second in which their snapshot was made, and older than it: cryptofeed
    // looks at whole seconds, and applies them again.
    let Some((_, capture)) = check("BITSTAMP", 10, 2) else { return };
    assert_eq!(capture.rebuild(|_, _, _| {}).old, 102);
}

#[test]
fn bybit() {
    let Some((_, capture)) = check("BYBIT", 6, 0) else { return };
    let of = |venue: &str| capture.instruments.iter().filter(|i| i.id.venue() == venue).count();
    assert_eq!((of("bybit"), of("bybit_spot")), (4, 2));
}

#[test]
fn coinbase() {
    let Some((_, capture)) = check("COINBASE", 2, 0) else { return };
    // A trade is on the side of the book that its aggressor took from.
    let mut sides = [0; 2];
    let mut books: BTreeMap<u32, L2Book> = BTreeMap::new();
    for chunk in &capture.chunks {
        for row in 0..chunk.len() {
            let book = books.entry(chunk.instrument[row]).or_default();
            match chunk.slot(row) {
                (RowKind::Delta, slot) => {
                    book.apply(&DeltaRow::at(&chunk.deltas, slot));
                }
                (RowKind::Trade, slot) => {
                    let (price, buys) = (chunk.trades.price[slot], chunk.trades.side[slot] > 0);
                    let Some((bid, ask)) = book.best_bid().zip(book.best_ask()) else { continue };
                    if price >= ask.0 || price <= bid.0 {
                        sides[usize::from(buys == (price >= ask.0))] += 1;
                    }
                }
                _ => {}
            }
        }
    }
    assert_eq!(sides[0], 0, "{sides:?}");
    assert!(sides[1] > 50, "{sides:?}");
}

#[test]
fn deribit() {
    check("DERIBIT", 10, 0);
}

#[test]
fn gateio() {
    check("GATEIO", 10, 0);
}

#[test]
fn kucoin() {
    // The message that made cryptofeed ask for the snapshot, of which the snapshot is the end: of
    // each of nine books it is applied again.
    let Some((_, capture)) = check("KUCOIN", 9, 9) else { return };
    assert!(capture.instruments.iter().any(|i| i.price_scale == 10), "finer than eight places");
}

#[test]
fn upbit() {
    check("UPBIT", 5, 0);
}

/// The checksum of the landed book, by its integers: the best ten asks and bids, price and
/// quantity without point and zeros before.
#[test]
fn kraken() {
    let Some((path, capture)) = check("KRAKEN", 10, 0) else { return };
    let text = lines(&path);
    let payload = |line: u64| -> serde_json::Value {
        let line: serde_json::Value = serde_json::from_str(&text[line as usize - 1]).unwrap();
        serde_json::from_str(line["data"].as_str().unwrap()).unwrap()
    };
    let (mut equal, mut checked) = (0, 0);
    let mut places: BTreeMap<u32, usize> = BTreeMap::new();
    capture.rebuild(|line, instrument, book| {
        let message = payload(line);
        let parts = message.as_array().unwrap();
        let places = *places.entry(instrument).or_insert_with(|| {
            let levels = parts[1].get("a").or(parts[1].get("b")).unwrap();
            let price = levels[0][0].as_str().unwrap();
            price.split_once('.').map_or(0, |(_, part)| part.len())
        });
        let Some(sum) = parts.iter().find_map(|part| part.get("c")?.as_str()) else { return };
        let facts = &capture.instruments[instrument as usize];
        let mut crc = flate2::Crc::new();
        let mut add = |raw: i64, scale: u8, places: usize| {
            let digits = format!("{raw:0>30}");
            let (whole, part) = digits.split_at(30 - usize::from(scale));
            let all = format!("{whole}{part:0<20}");
            crc.update(all[..whole.len() + places].trim_start_matches('0').as_bytes());
        };
        for side in [Side::Sell, Side::Buy] {
            for (price, quantity) in book.levels(side).take(10) {
                add(price, facts.price_scale, places);
                add(quantity, facts.quantity_scale, 8);
            }
        }
        checked += 1;
        equal += usize::from(crc.sum().to_string() == sum);
    });
    assert_eq!((equal, checked), (4269, 4269));
}
