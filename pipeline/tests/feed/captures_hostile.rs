//! Captures in which something is missing, wrong or damaged.

use super::captures::{Capture, facts, read};
use pipeline::sources::SourceError;
use pipeline::sources::cryptofeed::{Idle, named};
use schemas::Side;
use serde_json::{Value, json};

const T0: f64 = 1_700_000_000.0;

fn header(exchange: &str) -> String {
    json!({"t": "header", "format": 2, "exchange": exchange, "recorded": T0}).to_string()
}

/// A message that came so many seconds after the first.
fn message(conn: &str, after: f64, data: Value) -> String {
    json!({"t": "recv", "conn": conn, "ts": T0 + after, "data": data.to_string()}).to_string()
}

fn connect(conn: &str, after: f64, address: &str) -> String {
    json!({"t": "connect", "conn": conn, "ts": T0 + after, "addr": address}).to_string()
}

fn read_bytes(bytes: &[u8], instruments: &[&str]) -> Result<Capture, SourceError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("capture.jsonl");
    std::fs::write(&path, bytes).unwrap();
    let instruments: Vec<_> =
        instruments.iter().map(|id| facts(&id.parse().unwrap(), 8, 8)).collect();
    read(&path, &instruments)
}

/// Reads lines, of which each landed, was rejected or is counted.
fn read_lines(lines: &[String], instruments: &[&str]) -> Capture {
    let capture = read_bytes(lines.join("\n").as_bytes(), instruments).unwrap();
    let idle: u64 = capture.idle.values().sum();
    assert_eq!(capture.offsets().len() as u64 + idle, lines.len() as u64, "{:?}", capture.idle);
    capture
}

fn coinbase_book(number: u64, kind: &str, product: &str, price: &str) -> Value {
    let update = |side: &str, price: &str| {
        json!({"side": side, "price_level": price,
        "new_quantity": "1"})
    };
    json!({"channel": "l2_data", "timestamp": "2023-11-14T22:13:20.5Z", "sequence_num": number,
        "events": [{"type": kind, "product_id": product,
            "updates": [update("bid", price), update("offer", "900")]}]})
}

#[test]
fn a_number_left_out_makes_all_books_of_a_connection_void() {
    let products = ["coinbase:A-USD", "coinbase:B-USD"];
    let mut lines = vec![header("COINBASE"), connect("a", 0.0, "wss://x")];
    for (number, kind, product) in [
        (0, "snapshot", "A-USD"),
        (1, "snapshot", "B-USD"),
        (2, "update", "A-USD"),
        // 3 is missing, of whichever book.
        (4, "update", "A-USD"),
        (5, "update", "B-USD"),
        (6, "snapshot", "B-USD"),
        (7, "update", "B-USD"),
    ] {
        let book = coinbase_book(number, kind, product, "100.5");
        lines.push(message("a", 1.0 + number as f64, book));
    }
    let capture = read_lines(&lines, &products);
    assert_eq!(capture.rejects(), []);
    assert_eq!(capture.gap_rows(), 2);
    let rebuilt = capture.rebuild(|_, _, _| {});
    assert_eq!((rebuilt.gaps, rebuilt.tainted, rebuilt.snapshots), (2, 1, 3));
    assert_eq!(rebuilt.updates, 2);
}

#[test]
fn bitfinex_counts_its_messages_if_asked_to() {
    let subscribed = json!({"event": "subscribed", "channel": "book", "chanId": 7,
        "symbol": "tAAA:BBB", "prec": "P0"});
    let lines = |flags: u64| {
        vec![
            header("BITFINEX"),
            connect("a", 0.0, "wss://x"),
            message("a", 0.1, json!({"event": "conf", "status": "OK", "flags": flags})),
            message("a", 0.2, subscribed.clone()),
            message("a", 1.0, json!([7, [[10, 1, 2.5], [11, 1, -1]], 1])),
            message("a", 2.0, json!([7, [10, 0, 1], 2])),
            message("a", 3.0, json!([7, "hb", 4])),
            message("a", 4.0, json!([7, [10, 2, 3e-7], 5])),
            message("a", 5.0, json!([8, [10, 2, 3], 6])),
        ]
    };
    let numbered = read_lines(&lines(65536), &["bitfinex:AAA/BBB"]);
    assert_eq!(numbered.rejects().len(), 1);
    assert_eq!(numbered.rejects()[0].1, "channel 8 was not subscribed to");
    // At the heartbeat, and no more at the reject.
    assert_eq!((numbered.gap_rows(), numbered.rebuild(|_, _, _| {}).gaps), (1, 1));
    assert_eq!(numbered.chunks[0].deltas.quantity[1], 250_000_000);
    // A number that was not asked for is no payload that is understood.
    let bare = read_lines(&lines(0), &["bitfinex:AAA/BBB"]);
    assert!(bare.gap_rows() <= 1);
}

fn kraken(levels: Value) -> Value {
    json!([0, levels, "book-10", "XBT/USD"])
}

/// A snapshot of two levels a side, and a change with the checksum of what the exchange has.
fn kraken_lines(quantity: &str) -> Vec<String> {
    let row = |price: &str, quantity: &str| json!([price, quantity, "1700000000.123456"]);
    let all = json!({"as": [row("100.1", "1.50"), row("100.2", "0.70")],
        "bs": [row("99.9", "2.00"), row("0.8", "3.00")]});
    // The best bid is gone, and a worse one has changed.
    let mut crc = flate2::Crc::new();
    for digits in ["1001", "150", "1002", "70", "8", "250"] {
        crc.update(digits.as_bytes());
    }
    let change = json!({"b": [row("99.9", "0.00"), row("0.8", quantity)],
        "c": crc.sum().to_string()});
    let both = json!([0, {"a": [row("100.1", "1.50")]}, {"b": [row("0.8", "2.50")],
        "c": crc.sum().to_string()}, "book-10", "XBT/USD"]);
    vec![
        header("KRAKEN"),
        connect("a", 0.0, "wss://ws.kraken.com"),
        message("a", 0.5, json!({"event": "heartbeat"})),
        message("a", 1.0, kraken(all.clone())),
        message("a", 2.0, kraken(change)),
        message("a", 3.0, both.clone()),
        message("a", 4.0, kraken(all)),
        message("a", 5.0, both),
    ]
}

#[test]
fn a_checksum_holds_or_the_book_is_void() {
    let sound = read_lines(&kraken_lines("2.50"), &["kraken:XBT/USD"]);
    // The last: the best bid is still there.
    assert_eq!((sound.rejects(), sound.gap_rows()), (vec![], 1));
    let rebuilt = sound.rebuild(|_, _, _| {});
    assert_eq!((rebuilt.snapshots, rebuilt.updates, rebuilt.gaps), (2, 2, 1));
    assert_eq!(rebuilt.tainted, 1);

    let wrong = read_lines(&kraken_lines("2.51"), &["kraken:XBT/USD"]);
    assert_eq!((wrong.rejects(), wrong.gap_rows()), (vec![], 2));
    let rebuilt = wrong.rebuild(|_, _, _| {});
    assert_eq!((rebuilt.snapshots, rebuilt.updates, rebuilt.gaps), (2, 0, 2));
}

#[test]
fn what_lies_deeper_than_the_book_is_gone() {
    let row = |price: &str| json!([price, "1.5", "1700000000.1"]);
    let book = |levels: Value| json!([0, levels, "book-2", "XBT/USD"]);
    let lines = [
        header("KRAKEN"),
        message("a", 1.0, book(json!({"as": [row("11"), row("12")], "bs": [row("9"), row("8")]}))),
        message("a", 2.0, book(json!({"b": [row("10")]}))),
        message("a", 3.0, book(json!({"a": [row("10.5")]}))),
    ];
    let capture = read_lines(&lines, &["kraken:XBT/USD"]);
    // The last has another number of decimal places than the book: it is no price of it.
    assert_eq!((capture.rejects().len(), capture.gap_rows()), (1, 1));
    let mut bids = Vec::new();
    capture.rebuild(|_, _, book| {
        bids = book.levels(Side::Buy).map(|(price, _)| price / 100_000_000).collect();
    });
    assert_eq!(bids, [10, 9], "the exchange tells no more of 8");
}

#[test]
fn a_line_that_cannot_be_used_makes_books_without_ids_void() {
    let mut lines = kraken_lines("2.50");
    lines.truncate(4);
    lines.push(message("a", 1.5, json!([0, {"b": 5}, "book-10", "XBT/USD"])));
    let capture = read_lines(&lines, &["kraken:XBT/USD"]);
    assert_eq!((capture.rejects().len(), capture.gap_rows()), (1, 1));
    // On another connection it is no business of this book.
    lines[4] = message("b", 1.5, json!([0, {"b": 5}, "book-10", "XBT/USD"]));
    let capture = read_lines(&lines, &["kraken:XBT/USD"]);
    assert_eq!((capture.rejects().len(), capture.gap_rows()), (1, 0));
    // A line that is no JSON may be of any.
    lines[4] = "{".to_owned();
    let capture = read_lines(&lines, &["kraken:XBT/USD"]);
    assert_eq!((capture.rejects().len(), capture.gap_rows()), (1, 1));
    // A connection made anew under the same name has lost what was between.
    lines[4] = connect("a", 1.5, "wss://ws.kraken.com");
    let capture = read_lines(&lines, &["kraken:XBT/USD"]);
    assert_eq!((capture.rejects().len(), capture.gap_rows()), (0, 1));
}

fn binance_lines() -> Vec<String> {
    let depth = |first: u64, last: u64| {
        json!({"stream": "btcusdt@depth", "data": {"e": "depthUpdate", "E": 1_700_000_000_123u64,
            "s": "BTCUSDT", "U": first, "u": last, "b": [["100", "1"]], "a": []}})
    };
    let snapshot = json!({"lastUpdateId": 11, "bids": [["100", "2"]], "asks": [["101", "1"]]});
    let url = "https://api.binance.com/api/v3/depth?symbol=BTCUSDT&limit=1000";
    let reply = json!({"t": "http", "conn": "h", "ts": T0 + 2.5, "url": url,
        "data": snapshot.to_string()});
    vec![
        header("BINANCE"),
        reply.to_string(),
        connect("a", 0.0, "wss://x"),
        message("a", 1.0, depth(9, 10)),
        message("a", 2.0, depth(11, 12)),
        message("a", 3.0, depth(13, 13)),
    ]
}

#[test]
fn connections_one_after_another_are_merged_by_time() {
    let capture = read_lines(&binance_lines(), &["binance:BTCUSDT"]);
    let offsets: Vec<u64> = capture.chunks[0].offset.clone();
    // The reply is the second line, and came before the last.
    assert_eq!(offsets, [4, 5, 2, 2, 2, 6]);
    let rebuilt = capture.rebuild(|_, _, _| {});
    assert_eq!((rebuilt.snapshots, rebuilt.updates, rebuilt.gaps), (1, 2, 0));
    // Ids tell that one is missing, and a bad line does not.
    let mut lines = binance_lines();
    lines.push(message("a", 4.0, json!({"stream": "x", "data": {"e": "depthUpdate"}})));
    lines.push(message("a", 5.0, json!({"stream": "x", "data": {"e": "kline"}})));
    let capture = read_lines(&lines, &["binance:BTCUSDT"]);
    assert_eq!((capture.rejects().len(), capture.gap_rows()), (1, 0));
    lines.remove(4);
    assert_eq!(read_lines(&lines, &["binance:BTCUSDT"]).rebuild(|_, _, _| {}).gaps, 1);
}

#[test]
fn a_file_that_goes_back_again_and_again_is_refused() {
    let mut lines = vec![header("BINANCE")];
    for i in 0..40 {
        lines.push(message(&format!("c{i}"), 100.0 - f64::from(i), json!({"result": null})));
    }
    let error = read_bytes(lines.join("\n").as_bytes(), &[]).err().unwrap().to_string();
    assert!(error.contains("goes back in time more than 32 times"), "{error}");
    lines.truncate(12);
    assert!(read_bytes(lines.join("\n").as_bytes(), &[]).is_ok());
}

#[test]
fn bybit_begins_anew_and_says_of_which_segment_it_is() {
    let book = |kind: &str, update: u64| {
        json!({"topic": "orderbook.200.BTCUSDT", "type": kind, "ts": 1_700_000_000_123u64,
            "data": {"s": "BTCUSDT", "b": [["100", "1"]], "a": [["101", "1"]], "u": update}})
    };
    let mut lines = vec![
        header("BYBIT"),
        connect("a", 0.0, "wss://stream.bybit.com/v5/public/linear"),
        connect("b", 0.1, "wss://stream.bybit.com/v5/public/spot"),
        message("a", 1.0, book("snapshot", 50)),
        message("b", 1.1, book("snapshot", 7)),
        message("a", 2.0, book("delta", 51)),
        message("a", 3.0, book("snapshot", 1)),
        message("a", 4.0, book("delta", 2)),
        message("c", 5.0, book("delta", 2)),
    ];
    let capture = read_lines(&lines, &["bybit:BTCUSDT", "bybit_spot:BTCUSDT"]);
    assert_eq!(
        capture.rejects(),
        [("capture.jsonl:9".to_owned(), "market segment of `c` is not understood".to_owned())]
    );
    let rebuilt = capture.rebuild(|_, _, _| {});
    assert_eq!((rebuilt.snapshots, rebuilt.updates, rebuilt.gaps), (3, 2, 1));
    lines.pop();
    // What nobody asked for is counted.
    let capture = read_lines(&lines, &["bybit_spot:BTCUSDT"]);
    assert_eq!(capture.idle[&Idle::Instrument], 4);
    assert_eq!(capture.rebuild(|_, _, _| {}).snapshots, 1);
}

#[test]
fn nonsense_is_rejected_with_its_line_and_reason() {
    let trade = |price: &str, quantity: &str| {
        let head = r#"{"stream":"btcusdt@trade","data":{"e":"trade","s":"BTCUSDT","t":1"#;
        format!(r#"{head},"p":{price},"q":{quantity},"T":1700000000123,"m":true}}}}"#)
    };
    let raw =
        |data: String| json!({"t": "recv", "conn": "a", "ts": T0 + 1.0, "data": data}).to_string();
    let cases = [
        (raw(trade("\"1\"", "\"2\"")), ""),
        (raw(trade("1e-7", "2E2")), ""),
        (raw(trade("1e999999999", "2")), "not a decimal number"),
        (raw(trade("1e-400", "2")), "finer than 8 decimal places"),
        (raw(trade("1e300", "2")), "too large for 8 decimal places"),
        (raw(trade("-1", "2")), "below zero"),
        (raw(trade("\"0.0\"", "2")), "price is zero"),
        (raw(trade("[1]", "2")), "not a decimal number"),
        (raw(trade("1", "{}")), "not a decimal number"),
        (raw(trade("1", "0")), "quantity is zero"),
        (raw(trade("1", "1,\"q\":2")), "duplicate field `q`"),
        (raw(String::new()), "not the JSON of this exchange"),
        (raw("[".repeat(100_000)), "not the JSON of this exchange"),
        (raw("\u{0}".to_owned()), "not the JSON of this exchange"),
        ("[]".to_owned(), "not the JSON of this exchange"),
        (r#"{"t":"recv","conn":"a","ts":true,"data":""}"#.to_owned(), "time `true`"),
        (r#"{"t":"recv","conn":"a","ts":-1,"data":""}"#.to_owned(), "below zero"),
        (r#"{"t":"recv","conn":"a","ts":17,"data":""}"#.to_owned(), "before 2017"),
        (r#"{"t":"recv","conn":"a","ts":9e9,"data":""}"#.to_owned(), "more than a year"),
        (r#"{"t":"recv","conn":"a","ts":1700000001}"#.to_owned(), "`data` is missing"),
        (r#"{"t":"recv","conn":"a","ts":1700000001,"b64":"x"}"#.to_owned(), "not base64"),
        (r#"{"t":"recv","conn":"a","ts":1700000001,"b64":"/w=="}"#.to_owned(), "not UTF-8"),
        (raw(trade("1", &format!("\"{}\"", "9".repeat(9 << 20)))), "longer than 8 MiB"),
    ];
    let mut lines = vec![header("BINANCE")];
    lines.extend(cases.iter().map(|case| case.0.clone()));
    let capture = read_lines(&lines, &["binance:BTCUSDT"]);
    let rejects = capture.rejects();
    let mut rejects = rejects.iter();
    for (number, (line, why)) in (2..).zip(&cases) {
        if why.is_empty() {
            continue;
        }
        let (origin, reason) = rejects.next().unwrap();
        assert_eq!(*origin, format!("capture.jsonl:{number}"), "{reason}");
        assert!(reason.contains(why), "{reason} for {}", &line[..line.len().min(300)]);
    }
    assert_eq!((rejects.next(), capture.trades()), (None, 2));
    assert_eq!(capture.chunks[0].trades.price, [100_000_000, 10]);
    assert_eq!(capture.chunks[0].trades.quantity, [200_000_000, 20_000_000_000]);
}

#[test]
fn damage_is_told_and_what_came_before_it_lands() {
    let mut text = binance_lines().join("\n") + "\n";
    for i in 0..3000u64 {
        let data = json!({"stream": "x", "data": {"e": "trade", "s": "BTCUSDT", "t": i,
            "p": (100 + i).to_string(), "q": "1", "T": 1_700_000_000_123u64, "m": i % 2 == 0}});
        text += &(message("a", 6.0 + i as f64, data) + "\n");
    }
    let packed = zstd::encode_all(text.as_bytes(), 3).unwrap();
    let whole = read_bytes(&packed, &["binance:BTCUSDT"]).unwrap();
    assert_eq!((whole.trades(), whole.rejects().len()), (3000, 0));
    assert!(read_bytes(text.as_bytes(), &["binance:BTCUSDT"]).unwrap().chunks == whole.chunks);
    for cut in [packed.len() - 1, packed.len() / 2, packed.len() / 3, 200, 60, 20, 6, 3] {
        match read_bytes(&packed[..cut], &["binance:BTCUSDT"]) {
            Ok(capture) => {
                let rejects = capture.rejects();
                assert_eq!(rejects.len(), 1, "{cut}: {rejects:?}");
                assert!(rejects[0].1.contains("cut off or damaged"), "{rejects:?}");
            }
            Err(SourceError::Format { expected, .. }) => assert!(expected.contains("capture")),
            Err(other) => panic!("{cut}: {other}"),
        }
    }
    let mut flipped = packed.clone();
    for place in [packed.len() / 2, packed.len() / 4, packed.len() - 9] {
        flipped[place] ^= 0x55;
    }
    match read_bytes(&flipped, &["binance:BTCUSDT"]) {
        Ok(capture) => assert!(!capture.rejects().is_empty()),
        Err(error) => assert!(matches!(error, SourceError::Format { .. }), "{error}"),
    }
}

#[test]
fn other_files_are_refused_with_what_they_are() {
    for (text, why) in [
        ("", "it is empty"),
        ("1723161253123456789 {}", "not the JSON"),
        (r#"{"t":"recv","conn":"a","ts":1700000001,"data":""}"#, "the first line is something"),
        (r#"{"t":"header"}"#, "`exchange` is missing"),
        (r#"{"t":"header","exchange":"MTGOX"}"#, "it is one of MTGOX"),
        (r#"{"t":"header","exchange":"KRAKEN"}"#, "no line says when"),
    ] {
        let error = read_bytes(text.as_bytes(), &[]).err().unwrap().to_string();
        assert!(error.contains(why), "{error}");
    }
}

#[test]
fn names_and_their_places_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    std::fs::write(&path, kraken_lines("2.51").join("\n")).unwrap();
    let found = named(&path, None).unwrap();
    let (id, fine) = found.first_key_value().unwrap();
    assert_eq!((found.len(), id.to_string().as_str()), (1, "kraken:XBT/USD"));
    assert_eq!((fine.price, fine.quantity), (1, 2));
    let other = named(&path, Some("mine")).unwrap();
    assert_eq!(other.keys().next().unwrap().to_string(), "mine:XBT/USD");
}
