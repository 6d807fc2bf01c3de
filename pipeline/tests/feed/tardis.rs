//! Tardis's CSV files.

use super::captures::facts;
use super::shared::shared_file;
use operators::book::{DeltaRow, L2Book};
use pipeline::sources::Reader;
use pipeline::sources::columns::{Columns, Layout};
use schemas::chunk::{DeltaFlags, Other, RowKind};
use schemas::{Chunk, Side};
use std::path::{Path, PathBuf};

fn read(layout: &str, path: &Path, id: &str) -> Vec<Chunk> {
    let instruments = [facts(&id.parse().unwrap(), 8, 8)];
    let (venue, _) = id.split_once(':').unwrap();
    let layout = Layout::built_in(layout).unwrap();
    let paths = [path.to_owned()];
    let mut reader = Columns::open((3, 5), &layout, &paths, venue, None, &instruments).unwrap();
    let mut chunks = Vec::new();
    while let Some(chunk) = reader.next().unwrap() {
        chunks.push(chunk);
    }
    let keys: Vec<_> = chunks.iter().flat_map(|c| (0..c.len()).map(|row| c.key(row))).collect();
    assert!(keys.is_sorted_by(|a, b| a < b));
    chunks
}

fn sample(name: &str) -> Option<PathBuf> {
    shared_file(&format!("nautilus_trader__test_data/tardis_{name}.csv"))
}

fn written(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("book.csv");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

/// The book after each message, gaps, and reasons of rejects.
fn rebuild(chunks: &[Chunk]) -> (Vec<L2Book>, usize, Vec<String>) {
    let (mut book, mut books, mut gaps, mut rejects) = (L2Book::new(), vec![], 0, vec![]);
    for chunk in chunks {
        for row in 0..chunk.len() {
            match chunk.slot(row) {
                (RowKind::Delta, slot) => {
                    let applied = book.apply(&DeltaRow::at(&chunk.deltas, slot));
                    gaps += usize::from(applied.gap);
                    if applied.end && applied.changed {
                        books.push(book.clone());
                    }
                }
                (RowKind::Other, slot) => match &chunk.others[slot] {
                    Other::Reject { reason, .. } => rejects.push(reason.clone()),
                    other => panic!("{other:?}"),
                },
                (kind, _) => panic!("{kind:?}"),
            }
        }
    }
    (books, gaps, rejects)
}

#[test]
fn trades_and_quotes() {
    let Some(path) = sample("bitmex_trades_XBTUSD") else { return };
    let chunk = &read("tardis_trades", &path, "bitmex:XBTUSD")[0];
    assert_eq!((chunk.len(), chunk.trades.price.len()), (10, 10));
    assert_eq!(
        (chunk.trades.price[0], chunk.trades.quantity[0]),
        (853_150_000_000, 215_200_000_000)
    );
    assert_eq!((chunk.trades.side[0], chunk.ts[0]), (-1, 1_583_020_803_307_160_000));
    assert_eq!(chunk.exchange_time(0).unwrap().0, 1_583_020_803_145_000_000);
    assert_eq!(chunk.trades.id.get(0), "ccc3c1fa-212c-e8b0-1706-9b9c4f3d5ecf");
    let Some(path) = sample("huobi-dm-swap_quotes_BTC-USD") else { return };
    let chunk = &read("tardis_quotes", &path, "huobi:BTC-USD")[0];
    assert_eq!((chunk.len(), chunk.quotes.bid_price.len()), (10, 10));
    assert_eq!(
        (chunk.quotes.bid_price[0], chunk.quotes.ask_quantity[0]),
        (862_920_000_000, 549_400_000_000)
    );
}

#[test]
fn whole_books() {
    for (depth, levels) in [("5", 5), ("25", 25)] {
        let name = format!("binance-futures_book_snapshot_{depth}_BTCUSDT");
        let Some(path) = sample(&name) else { return };
        let chunks = read("tardis_snapshots", &path, "binance_usdm:BTCUSDT");
        let (books, gaps, rejects) = rebuild(&chunks);
        assert_eq!((books.len(), gaps, rejects), (10, 0, vec![]));
        for book in &books {
            assert_eq!((book.depth(Side::Buy), book.depth(Side::Sell)), (levels, levels));
            assert!(!book.crossed());
        }
        assert_eq!(books[0].best_bid(), Some((1_165_707_000_000, 1_089_600_000)));
        assert_eq!(books[0].best_ask(), Some((1_165_708_000_000, 171_400_000)));
    }
}

#[test]
fn a_book_change_by_change() {
    let name = "deribit_incremental_book_L2_BTC-PERPETUAL";
    let Some(path) = sample(name) else { return };
    let (books, gaps, rejects) = rebuild(&read("tardis_book", &path, "deribit:BTC-PERPETUAL"));
    assert_eq!((gaps, rejects), (0, vec![]));
    // All rows are of one snapshot.
    let [book] = &books[..] else { panic!("{} messages", books.len()) };
    assert_eq!((book.depth(Side::Buy), book.depth(Side::Sell)), (0, 15));
    assert_eq!(book.best_ask(), Some((642_150_000_000, 1_864_000_000_000)));
}

const HEADER: &str = "exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount\n";

fn row(us: u64, snapshot: bool, side: &str, price: &str, amount: &str) -> String {
    let at = 1_600_000_000_000_000 + us;
    format!("x,A,{at},{at},{snapshot},{side},{price},{amount}\n")
}

#[test]
fn levels_of_one_time_are_a_message() {
    let text = [
        // Before a snapshot nothing is known.
        row(0, false, "bid", "9", "1"),
        row(1, true, "bid", "10", "1"),
        row(1, true, "ask", "12", "2"),
        row(2, false, "bid", "10", "0"),
        row(2, false, "bid", "11", "5"),
        row(3, false, "ask", "12", "1e-7"),
        // A new snapshot in two parts, and the old book is gone.
        row(4, true, "bid", "1", "1"),
        row(5, true, "ask", "2", "1"),
        row(6, false, "ask", "2", "3"),
    ];
    let (_folder, path) = written(&(HEADER.to_owned() + &text.concat()));
    let chunks = read("tardis_book", &path, "x:A");
    let (books, gaps, rejects) = rebuild(&chunks);
    assert_eq!((gaps, rejects), (0, vec![]));
    let unit = 100_000_000;
    let tops: Vec<_> = books
        .iter()
        .map(|book| {
            (book.best_bid().map(|b| b.0 / unit), book.best_ask().map(|a| (a.0 / unit, a.1)))
        })
        .collect();
    let whole = |bid, ask, much| (Some(bid), Some((ask, much)));
    assert_eq!(
        tops,
        [
            whole(10, 12, 2 * unit),
            whole(11, 12, 2 * unit),
            whole(11, 12, 10),
            (Some(1), None),
            whole(1, 2, unit),
            whole(1, 2, 3 * unit),
        ]
    );
}

#[test]
fn a_level_that_cannot_be_used_makes_the_book_void() {
    let text = [
        row(1, true, "bid", "10", "1"),
        row(2, false, "bid", "10", "x"),
        row(3, false, "bid", "11", "1"),
        row(4, true, "bid", "12", "1"),
        row(5, false, "bid", "13", "1").replace(",A,", ",B,"),
        row(6, false, "left", "13", "1"),
    ];
    let (_folder, path) = written(&(HEADER.to_owned() + &text.concat()));
    let chunks = read("tardis_book", &path, "x:A");
    let (books, gaps, rejects) = rebuild(&chunks);
    // The row of another instrument is none of this book's.
    assert_eq!((books.len(), gaps, rejects.len()), (2, 2, 3), "{rejects:?}");
    let flags = chunks.iter().flat_map(|chunk| &chunk.deltas.flags);
    assert_eq!(flags.filter(|flags| DeltaFlags(**flags).has(DeltaFlags::GAP)).count(), 2);
}
