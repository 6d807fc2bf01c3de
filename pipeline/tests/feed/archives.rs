//! Bybit's own archive of books, against a book that is kept here from the same lines.

use super::captures::{facts, read};
use super::shared::shared_file;
use pipeline::sources::cryptofeed::named;
use schemas::{Instrument, InstrumentId, Side};
use std::collections::BTreeMap;
use std::path::Path;

/// The lines of the only member of a zip file, which holds it as it is.
fn lines(path: &Path) -> Vec<serde_json::Value> {
    let bytes = std::fs::read(path).unwrap();
    let number = |at: usize, length: usize| {
        bytes[at..at + length].iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte))
    };
    assert_eq!(number(8, 2), 0, "not packed");
    let start = 30 + number(26, 2) + number(28, 2);
    let text = std::str::from_utf8(&bytes[start..start + number(18, 4)]).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A number of so many decimal places.
fn raw(text: &str, places: i32) -> i64 {
    (text.parse::<f64>().unwrap() * 10f64.powi(places)).round() as i64
}

#[test]
fn bybit() {
    let file = "nautilus_trader__test_data/bybit_xrpusdt-ob500.data.zip";
    let Some(path) = shared_file(file) else { return };
    let ids: Vec<InstrumentId> = named(&path, None).unwrap().into_keys().collect();
    assert_eq!(ids.iter().map(ToString::to_string).collect::<Vec<_>>(), ["bybit:XRPUSDT"]);
    let instruments: Vec<Instrument> = ids.iter().map(|id| facts(id, 4, 1)).collect();
    let archive = read(&path, &instruments).unwrap();
    let lines = lines(&path);
    assert_eq!(archive.rejects(), []);
    assert_eq!(archive.offsets(), (1..=lines.len() as u64).collect::<Vec<_>>());
    let mut kept: [BTreeMap<i64, i64>; 2] = Default::default();
    let (mut seen, mut done) = (0, 0);
    let rebuilt = archive.rebuild(|line, _, book| {
        for told in &lines[done..line as usize] {
            for (side, key) in ["b", "a"].into_iter().enumerate() {
                if told["type"] == "snapshot" {
                    kept[side].clear();
                }
                for level in told["data"][key].as_array().unwrap() {
                    let price = raw(level[0].as_str().unwrap(), 4);
                    match raw(level[1].as_str().unwrap(), 1) {
                        0 => kept[side].remove(&price),
                        quantity => kept[side].insert(price, quantity),
                    };
                }
            }
        }
        done = line as usize;
        let bids: Vec<(i64, i64)> = book.levels(Side::Buy).collect();
        let asks: Vec<(i64, i64)> = book.levels(Side::Sell).collect();
        let pairs =
            |side: &BTreeMap<i64, i64>| side.iter().map(|(p, q)| (*p, *q)).collect::<Vec<_>>();
        assert_eq!(bids, pairs(&kept[0]).into_iter().rev().collect::<Vec<_>>(), "line {line}");
        assert_eq!(asks, pairs(&kept[1]), "line {line}");
        seen += 1;
    });
    assert_eq!((seen, rebuilt.snapshots, rebuilt.updates, rebuilt.gaps), (49, 1, 49, 0));
    // A line takes effect when the venue says that it made it.
    let first = lines[0]["ts"].as_i64().unwrap() * 1_000_000;
    assert_eq!(archive.chunks[0].ts[0], first);
}

#[test]
fn a_message_by_itself_is_none_of_a_capture() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("BYBIT.jsonl");
    let alone = concat!(
        r#"{"topic":"orderbook.50.BTCUSDT","type":"delta","ts":1626992741000,"#,
        r#""data":{"s":"BTCUSDT","b":[["1","2"]],"a":[],"u":7}}"#
    );
    let header = r#"{"t":"header","exchange":"BYBIT","v":2}"#;
    let connect = concat!(
        r#"{"t":"connect","conn":"a","ts":1626992740.5,"#,
        r#""url":"wss://stream.bybit.com/v5/public/linear"}"#
    );
    std::fs::write(&path, format!("{header}\n{connect}\n{alone}\n")).unwrap();
    let instrument = facts(&"bybit:BTCUSDT".parse().unwrap(), 1, 1);
    let capture = read(&path, &[instrument]).unwrap();
    assert_eq!(capture.rejects().len(), 1);
    assert_eq!(capture.offsets(), [3]);
}
