//! Lines that cannot be used, one by one.

use super::{INDEX, futures, read, spot};
use schemas::chunk::{DeltaFlags, NO_ID, Other, RowKind};
use schemas::records::TradeKind;
use schemas::{Chunk, Instrument};
use std::path::PathBuf;

/// 2024-08-08T23:54:15Z: the receive time of line 0.
pub const T0: i64 = 1_723_161_255_000_000_000;
const MS: i64 = 1_000_000;

pub fn trade(ts: i64) -> String {
    format!(
        "{ts} {{\"stream\":\"btcusdt@trade\",\"data\":{{{}{}}}}}",
        r#""e":"trade","E":1723161255343,"s":"BTCUSDT","t":1,"p":"61837.63000000","q":"0.02","#,
        r#""T":1723161255342,"m":true,"M":true"#
    )
}

/// A good trade with one thing replaced.
fn spoilt(from: &str, to: &str) -> String {
    let line = trade(T0 + MS);
    assert!(line.contains(from), "{from}");
    line.replacen(from, to, 1)
}

pub fn depth(ids: &str, bids: &str, asks: &str) -> String {
    let head = r#""e":"depthUpdate","E":1723161255208,"s":"BTCUSDT""#;
    let data = format!(r#"{{{head},{ids},"b":{bids},"a":{asks}}}"#);
    format!(r#"{T0} {{"stream":"btcusdt@depth@100ms","data":{data}}}"#)
}

/// Reads bytes as a file called `day.txt`.
pub fn read_bytes(instrument: &Instrument, bytes: &[u8]) -> (Vec<Chunk>, u64) {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("day.txt");
    std::fs::write(&path, bytes).unwrap();
    read(instrument, &[path]).unwrap()
}

/// Origin, reason and raw text of every reject.
pub fn rejects(chunks: &[Chunk]) -> Vec<(String, String, String)> {
    let others = chunks.iter().flat_map(|chunk| &chunk.others);
    let parts = others.map(|other| match other {
        Other::Reject { stage, origin, reason, raw } => {
            assert_eq!(stage, "decode");
            (origin.clone(), reason.clone(), raw.clone())
        }
        other => panic!("{other:?}"),
    });
    parts.collect()
}

/// The reason why a line between two good trades is rejected, and that it changes nothing else.
fn reason(instrument: &Instrument, line: &[u8]) -> String {
    let bytes = [trade(T0).as_bytes(), line, trade(T0 + 2 * MS).as_bytes()].join(&b'\n');
    let (chunks, lines) = read_bytes(instrument, &bytes);
    let (chunk, rejects) = (&chunks[0], rejects(&chunks));
    assert_eq!((lines, chunk.ts.clone()), (3, vec![T0, T0, T0 + 2 * MS]));
    assert_eq!((chunk.offset.clone(), rejects.len()), (vec![1, 2, 3], 1));
    assert_eq!((chunk.slot(1), chunk.instrument[1]), ((RowKind::Other, 0), INDEX));
    assert_eq!(rejects[0].0, "day.txt:2");
    assert_eq!(rejects[0].2, String::from_utf8_lossy(line));
    rejects[0].1.clone()
}

#[test]
fn lines_that_cannot_be_used_are_rejected_with_the_reason() {
    let a_year_on = T0 + 367 * 86_400_000 * MS;
    let levels = r#"[["1","2"]]"#;
    for (line, expected) in [
        (String::new(), "the line is empty"),
        ("nonsense".into(), "does not begin with a receive time"),
        (format!("+{}", trade(T0)), "does not begin with a receive time"),
        (trade(T0).replacen(' ', "", 1), "does not begin with a receive time"),
        (trade(0), "receive time 0 is not above zero"),
        (trade(-T0), "is not above zero"),
        (trade(T0 / 1_000_000), "is before 2017"),
        (trade(a_year_on), "is more than a year after 2024-08-08T23:54:15Z"),
        (trade(i64::MAX), "is more than a year after"),
        (spoilt("T\":1", "T\":-1"), "exchange time -1723161255342 is no Unix time"),
        (spoilt("T\":1723161255342", "T\":1723161255342000"), "is no Unix time in milliseconds"),
        (spoilt("\"p\":\"6", "\"p\":\"-6"), "price `-61837.63000000` is below zero"),
        (spoilt("61837.63000000", "0.000"), "price is zero"),
        (spoilt("\"0.02\"", "\"0.000\""), "quantity is zero"),
        (spoilt("61837.63000000", "61837.630000001"), "finer than 8 decimal places"),
        (spoilt("61837.63000000", "99999999999999"), "too large for 8 decimal places"),
        (spoilt("61837.63000000", "6e4"), "price `6e4`: not a decimal number"),
        (spoilt("\"p\":\"61837.63000000\",", ""), "`p` is missing"),
        (spoilt("\"p\":", "\"p\":\"1\",\"p\":"), "duplicate field `p`"),
        (spoilt("\"m\":true,", ""), "`m` is missing"),
        (spoilt("\"t\":1,", "\"t\":-1,"), "trade id `-1`"),
        (spoilt("\"M\":true", "\"X\":\"NA\""), "unknown type of trade `NA`"),
        (spoilt("\"e\":\"trade\"", "\"e\":\"aggTrade\""), "unknown event `aggTrade`"),
        (spoilt("\"e\":\"trade\",", ""), "`e` is missing"),
        (spoilt("\"BTCUSDT\"", "\"ETHUSDT\""), "symbol `ETHUSDT`, but"),
        (spoilt("btcusdt@", "ethusdt@"), "symbol `ethusdt`, but"),
        (spoilt("\"s\":\"BTCUSDT\",", ""), "`s` is missing"),
        (spoilt("}}", "}"), "not the JSON of this feed"),
        (spoilt("}}", "}} x"), "not the JSON of this feed"),
        (spoilt("trade\"", "tra\0de\""), "not the JSON of this feed"),
        (format!("{T0} {}", "[".repeat(4000)), "not the JSON of this feed"),
        (format!("{T0} {{\"result\":null,\"id\":1}}"), "neither a message of a stream nor"),
        (format!("{T0} {{\"lastUpdateId\":7,\"bids\":[]}}"), "neither a message"),
        (depth("\"U\":9,\"u\":8", "[]", "[]"), "first update id 9 is above the last, 8"),
        (depth("\"u\":8", "[]", "[]"), "`U` is missing"),
        (depth("\"U\":1,\"u\":9223372036854775808", "[]", "[]"), "is above 2^63 - 1"),
        (depth("\"U\":1,\"u\":18446744073709551616", "[]", "[]"), "not the JSON"),
        (depth("\"U\":1,\"u\":2,\"pu\":18446744073709551615", "[]", "[]"), "above 2^63"),
        (depth("\"U\":1,\"u\":2", levels, r#"[["1","2"],["0","3"]]"#), "price is zero"),
        (depth("\"U\":1,\"u\":2", levels, r#"[["1","-2"]]"#), "quantity `-2` is below zero"),
        (depth("\"U\":1,\"u\":2", r#"[["1"]]"#, "[]"), "not the JSON"),
        (depth("\"U\":1,\"u\":2", "{}", "[]"), "not the JSON"),
    ] {
        let reason = reason(&spot(), line.as_bytes());
        assert!(reason.contains(expected), "{reason:?} for {line:.200}");
    }
    let reason = reason(&spot(), &[trade(T0).as_bytes(), b"\xff\xfe"].concat());
    assert_eq!(reason, "the line is not UTF-8");
}

#[test]
fn late_records_land_at_the_greatest_time_before_them() {
    let lines = [T0 + 5, T0, T0 + 5, T0 + 6, 1_600_000_000_000_000_000].map(trade).join("\r\n");
    let (chunks, _) = read_bytes(&spot(), (lines + "\r\n\r\n\n").as_bytes());
    let chunk = &chunks[0];
    assert_eq!(chunk.ts, [5, 5, 5, 6, 6].map(|ns| T0 + ns));
    assert_eq!(chunk.receive_time(1).0, T0);
    assert_eq!(chunk.receive_time(4).0, 1_600_000_000_000_000_000);
    assert_eq!((chunk.others.len(), chunk.trades.price[4]), (0, 6_183_763_000_000));
}

#[test]
fn rejects_before_the_first_record_take_its_time() {
    let lines = format!("x\n\n{}\n{}\ny\n", trade(T0 - 367 * 86_400_000 * MS), trade(T0));
    let (chunks, lines) = read_bytes(&spot(), lines.as_bytes());
    assert_eq!((lines, chunks[0].ts.clone()), (5, vec![T0; 5]));
    let rejects = rejects(&chunks);
    let origins: Vec<&str> = rejects.iter().map(|reject| reject.0.as_str()).collect();
    assert_eq!(origins, ["day.txt:1", "day.txt:2", "day.txt:3", "day.txt:5"]);
    assert!(rejects[2].1.contains("more than a year from the venue's own"), "{}", rejects[2].1);
}

#[test]
fn a_file_without_any_time_is_no_recording() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    for text in ["hello\nworld\n".to_owned(), "x\n".repeat(5000) + &trade(T0)] {
        std::fs::write(&path, text).unwrap();
        let error = read(&spot(), std::slice::from_ref(&path)).unwrap_err().to_string();
        assert!(error.starts_with("notes.txt:1 is not a line of hftbacktest"), "{error}");
    }
    std::fs::write(&path, "\n\r\n\n").unwrap();
    assert_eq!(read(&spot(), std::slice::from_ref(&path)).unwrap().0, []);
    let missing = folder.path().join("none.gz");
    let error = read(&spot(), &[path, missing]).unwrap_err().to_string();
    assert!(error.contains("none.gz"), "{error}");
    // A known time makes rejects of them, however many.
    let (chunks, lines) = read_bytes(&spot(), format!("{T0} {{}}\n").repeat(2000).as_bytes());
    assert_eq!((lines, chunks[0].ts.clone()), (2000, vec![T0; 2000]));
}

#[test]
fn messages_of_the_book_become_rows_in_order() {
    let data = r#"{"u":9,"s":"BTCUSDT","b":"1.5","B":"2","a":"0","A":"0.0"}"#;
    let quote = format!(r#"{T0} {{"stream":"btcusdt@bookTicker","data":{data}}}"#);
    let snapshot = format!(r#"{T0} {{"lastUpdateId":5,"bids":[["3","1"]],"asks":[["4","1"]]}}"#);
    let none = format!(r#"{T0} {{"lastUpdateId":6,"bids":[],"asks":[]}}"#);
    let lines = [
        depth(r#""U":1,"u":2"#, r#"[["3","1"],["2","0"]]"#, r#"[["4","0.5"]]"#),
        depth(r#""U":3,"u":4,"pu":2,"T":1723161255300"#, "[]", "[]"),
        snapshot,
        none,
        quote,
    ];
    let (chunks, _) = read_bytes(&spot(), lines.join("\n").as_bytes());
    let chunk = &chunks[0];
    let deltas = &chunk.deltas;
    assert_eq!(rejects(&chunks), []);
    assert_eq!(chunk.offset, [1, 1, 1, 2, 3, 3, 3, 4, 5]);
    assert_eq!(chunk.seq, [0, 1, 2, 0, 0, 1, 2, 0, 0]);
    use DeltaFlags as F;
    let (snap, clear) = (F::SNAPSHOT, F::CLEAR | F::SNAPSHOT);
    let flags = [
        F::BID,
        F::BID,
        F::LAST,
        F::EMPTY | F::LAST,
        clear,
        snap | F::BID,
        snap | F::LAST,
        clear | F::LAST,
    ];
    assert_eq!(deltas.flags, flags);
    let unit = 100_000_000;
    assert_eq!(deltas.price, [3, 2, 4, 0, 0, 3, 4, 0].map(|price| price * unit));
    assert_eq!(deltas.quantity, [unit, 0, unit / 2, 0, 0, unit, unit, 0]);
    assert_eq!(deltas.first_update_id, [1, 1, 1, 3, NO_ID, NO_ID, NO_ID, NO_ID]);
    assert_eq!(deltas.previous_update_id, [NO_ID, NO_ID, NO_ID, 2, NO_ID, NO_ID, NO_ID, NO_ID]);
    assert_eq!(deltas.update_id, [2, 2, 2, 4, 5, 5, 5, 6]);
    assert_eq!(chunk.exchange_time(0).unwrap().0, 1_723_161_255_208 * MS);
    assert_eq!(chunk.exchange_time(3).unwrap().0, 1_723_161_255_300 * MS);
    assert_eq!((chunk.exchange_time(4), chunk.exchange_time(8)), (None, None));
    let quotes = &chunk.quotes;
    assert_eq!((quotes.bid_price[0], quotes.bid_quantity[0]), (unit * 3 / 2, 2 * unit));
    assert_eq!((quotes.ask_quantity[0], quotes.update_id[0]), (0, 9));
}

#[test]
fn futures_trades_keep_how_they_came_about() {
    let kinds = ["MARKET", "MARKET", "ADL", "INSURANCE_FUND", "MARKET"];
    let lines = kinds.map(|kind| spoilt("\"M\":true", &format!("\"X\":\"{kind}\"")));
    let (chunks, _) = read_bytes(&futures(), lines.join("\n").as_bytes());
    use TradeKind::{Adl, Liquidation, Market};
    assert_eq!(chunks[0].trades.kind, [Market, Market, Adl, Liquidation, Market]);
    assert_eq!(chunks[0].trades.id.get(2), "1");
    let (chunks, _) = read_bytes(&futures(), trade(T0).as_bytes());
    assert!(chunks[0].trades.kind.is_empty());
}
