//! Records there and back, and what is wrong with those that cannot be used.

use super::*;
use crate::chunk::{Candle, DeltaFlags, NO_ID, NO_INSTRUMENT, OrderRow, Other, RowHead};
use crate::instrument::Kind;
use crate::records::{OrderAction, TradeKind};
use crate::{Chunk, EventTime, Instrument, InstrumentId, Side};

fn instrument() -> Instrument {
    Instrument {
        id: InstrumentId::new("demo", "ABC"),
        base: "ABC".into(),
        quote: "USDT".into(),
        settle: "USDT".into(),
        kind: Kind::Spot,
        price_scale: 8,
        quantity_scale: 8,
        tick: 1_000_000,
        lot: 1_000,
        multiplier: 1,
        inverse: false,
    }
}

/// Decodes with ABC of demo as instrument 4.
fn decode(text: &str) -> Result<Message<'_>, WireError> {
    let facts = instrument();
    decode_line(text, &|venue, symbol| ((venue, symbol) == ("demo", "ABC")).then_some((4, &facts)))
}

fn encode(chunk: &Chunk, row: usize) -> (String, usize) {
    let facts = instrument();
    let mut out = String::new();
    let known = (chunk.instrument[row] != NO_INSTRUMENT).then_some(&facts);
    let end = encode_message(chunk, row, known, &mut out);
    (out, end)
}

fn head(offset: u64) -> RowHead {
    let exchange_ts = offset.is_multiple_of(2).then_some(EventTime(1_723_161_253_100_000_000));
    let ts = EventTime(1_723_161_253_123_456_789);
    RowHead { ts, recv_ts: ts, exchange_ts, offset, seq: 0, instrument: 4 }
}

/// A row of every kind, with everything and with as little as possible.
fn tape() -> Chunk {
    let mut chunk = Chunk::mixed(0, 0);
    chunk.push_trade(head(0), 6_165_001_000_000, 140_000, Some(Side::Buy), "3712345678");
    chunk.push_trade(head(1), 1, i64::MAX, None, "");
    chunk.trades.kind = vec![TradeKind::Market, TradeKind::Liquidation];
    chunk.push_quote(head(2), (10_000_000, 500), (20_000_000, i64::MAX), Some(7));
    chunk.push_quote(head(3), (0, 0), (0, 0), None);
    let levels = |chunk: &mut Chunk, offset, ids, flags: &[u8]| {
        for (seq, flags) in flags.iter().enumerate() {
            let own = DeltaFlags(*flags).bare();
            let (price, quantity) = if own { (0, 0) } else { (1_000_000, seq as i64 * 5) };
            let head = RowHead { seq: seq as u32, ..head(offset) };
            chunk.push_delta(head, price, quantity, *flags, ids);
        }
    };
    let (bid, last) = (DeltaFlags::BID, DeltaFlags::LAST);
    let (snapshot, clear) = (DeltaFlags::SNAPSHOT, DeltaFlags::CLEAR);
    let none = (NO_ID, NO_ID, NO_ID);
    levels(&mut chunk, 4, (NO_ID, NO_ID, 9), &[snapshot | clear, snapshot | bid, snapshot | last]);
    levels(&mut chunk, 5, (10, 9, 12), &[bid, bid, 0, last]);
    levels(&mut chunk, 6, none, &[last]);
    levels(&mut chunk, 7, none, &[DeltaFlags::EMPTY | last]);
    levels(&mut chunk, 7, none, &[DeltaFlags::GAP | last]);
    levels(&mut chunk, 8, none, &[clear | last]);
    levels(&mut chunk, 9, none, &[clear | snapshot | last]);
    for (at, action) in OrderAction::ALL.iter().enumerate() {
        let about = OrderRow::about(*action, u64::MAX - 1, Side::Sell, 3_000_000, 7_000);
        let full = OrderRow { priority: 8, side: Some(Side::Buy), ..about };
        let rows = match OrderRow::bare(*action, false) {
            bare if bare.is_bare() => [bare, OrderRow { last: true, ..bare }],
            _ => [full, OrderRow { last: true, ..about }],
        };
        rows.into_iter().for_each(|row| chunk.push_order(head(30 + at as u64), row));
    }
    let text = "a \"quoted\" \\ line\nand ünïcode";
    let other = |other| (RowHead { exchange_ts: None, ..head(10) }, other);
    let news = |body: Option<&str>| Other::News {
        source: text.into(),
        published_ts: body.map(|_| EventTime(-1)),
        headline: text.into(),
        body: body.map(str::to_owned),
        url: body.map(str::to_owned),
    };
    for (at, (head, other)) in [
        other(news(Some(text))),
        other(news(None)),
        other(Other::Funding { rate: -1.1e-7, mark_price: Some(5), next_ts: Some(EventTime(9)) }),
        other(Other::Funding { rate: 0.1 + 0.2, mark_price: None, next_ts: None }),
        other(Other::Metric { name: text.into(), value: 1.0 / 3.0 }),
        other(Other::Candle(CANDLE)),
        other(Other::Candle(Candle { buy_volume: Some(4), trades: Some(2), ..CANDLE })),
    ]
    .into_iter()
    .enumerate()
    {
        chunk.push_other(RowHead { offset: 10 + at as u64, ..head }, other);
    }
    let metric = Other::Metric { name: "x".into(), value: 1e300 };
    chunk.push_other(RowHead { instrument: NO_INSTRUMENT, ..head(18) }, metric);
    chunk
}

const CANDLE: Candle = Candle {
    open_ts: EventTime(-7),
    close_ts: EventTime(9),
    prices: [3, 5, 2, 4],
    volume: 6,
    buy_volume: None,
    trades: None,
};

#[test]
fn every_row_comes_back_as_it_was() {
    let chunk = tape();
    let mut back = Chunk::mixed(0, 0);
    let (mut row, mut messages) = (0, 0);
    while row < chunk.len() {
        let (text, end) = encode(&chunk, row);
        assert!(text.starts_with("{\"type\":\"") && !text.contains('\n'), "{text}");
        let message = decode(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert_eq!(message.rows(), end - row, "{text}");
        message.push(&mut back, EventTime(chunk.ts[row]), chunk.offset[row]);
        (row, messages) = (end, messages + 1);
    }
    assert_eq!(messages, 33);
    assert_eq!(back, chunk);
}

#[test]
fn records_look_as_the_interface_says() {
    let chunk = tape();
    let head = concat!(
        r#""version":1,"venue":"demo","symbol":"ABC","ts":"1723161253123456789","#,
        r#""exchange_ts":"1723161253100000000""#
    );
    let fields = r#""trade_id":"3712345678","price":"61650.01","quantity":"0.00140","side":"buy""#;
    assert_eq!(encode(&chunk, 0).0, format!(r#"{{"type":"trade",{head},{fields}}}"#));
    let fields = r#""update_id":"9","bids":[["0.01","0.00000005"]],"asks":[["0.01","0.0000001"]]"#;
    assert_eq!(encode(&chunk, 4).0, format!(r#"{{"type":"book_snapshot",{head},{fields}}}"#));
    let mut out = String::new();
    encode_heartbeat(EventTime(12), &mut out);
    assert_eq!(out, r#"{"type":"heartbeat","version":1,"ts":"12"}"#);
    let message = decode(&out).unwrap();
    assert_eq!((message.ts, message.body), (EventTime(12), Body::Heartbeat));
}

#[test]
fn a_reject_is_no_record() {
    let mut chunk = Chunk::mixed(0, 0);
    let text = || "x".to_owned();
    let reject = Other::Reject { stage: text(), origin: text(), reason: text(), raw: text() };
    chunk.push_other(head(0), reject);
    assert_eq!(encode(&chunk, 0), (String::new(), 1));
}

#[test]
fn unknown_fields_do_no_harm_and_escapes_are_read() {
    let text = r#"{"later":{"a":[1]},"type":"trade","version":1,"venue":"demo","symbol":"A\u0042C",
        "ts":"5","price":"1.50","quantity":"2","side":null,"trade_id":"a\"b"}"#;
    let message = decode(text).unwrap();
    let Body::Trade { price, quantity, side, kind, id } = message.body else { panic!() };
    assert_eq!((price, quantity, side), (150_000_000, 200_000_000, None));
    assert_eq!((kind, &*id, message.instrument), (TradeKind::Market, "a\"b", Some(4)));
}

/// A record on ABC; no fields of its own if there are none.
fn record(kind: &str, fields: &str) -> String {
    let head = r#""version":1,"venue":"demo","symbol":"ABC","ts":"5""#;
    let comma = if fields.is_empty() { "" } else { "," };
    format!(r#"{{"type":"{kind}",{head}{comma}{fields}}}"#)
}

#[test]
fn every_field_that_is_needed_is_named_when_it_is_missing() {
    let quote = r#""bid_price":"1","bid_quantity":"1","ask_price":"2","ask_quantity":"1""#;
    let candle =
        r#""open_ts":"1","close_ts":"2","open":"1","high":"1","low":"1","close":"1","volume":"0""#;
    let full = [
        record("trade", r#""price":"1","quantity":"1""#),
        record("quote", quote),
        record("book_delta", r#""bids":[],"asks":[]"#),
        record("book_snapshot", r#""bids":[],"asks":[]"#),
        record(
            "book_order",
            r#""action":"add","order_id":"1","side":"buy","price":"1","quantity":"1""#,
        ),
        record("news", r#""source":"s","headline":"h""#),
        record("funding", r#""rate":0.1"#),
        record("metric", r#""name":"n","value":1"#),
        record("candle", candle),
        r#"{"type":"heartbeat","version":1,"ts":"5"}"#.to_owned(),
    ];
    for text in full {
        decode(&text).unwrap();
        let fields: Vec<&str> = text[1..text.len() - 1].split(',').collect();
        for (i, field) in fields.iter().enumerate() {
            let rest: Vec<&str> = [&fields[..i], &fields[i + 1..]].concat();
            let cut = format!("{{{}}}", rest.join(","));
            let error = decode(&cut).expect_err(&cut).to_string();
            let name = field.split('"').nth(1).unwrap();
            assert_eq!(error, format!("field `{name}` is missing"), "{text}");
        }
    }
}

#[track_caller]
fn refused(text: &str, reason: &str) {
    assert_eq!(decode(text).expect_err(text).to_string(), reason, "{text}");
}

#[test]
fn values_that_do_not_fit_are_named() {
    let trade = |fields: &str, reason: &str| refused(&record("trade", fields), reason);
    let too_fine = "price `1.123456789`: finer than 8 decimal places";
    trade(r#""price":"1.123456789","quantity":"1""#, too_fine);
    trade(r#""price":"0","quantity":"1""#, "price `0` is too low");
    trade(r#""price":"1","quantity":"0""#, "quantity `0` is too low");
    trade(r#""price":"1","quantity":"-1""#, "quantity `-1` is too low");
    trade(r#""price":"1","quantity":"1","side":"BUY""#, "side `BUY`; known are buy and sell");
    let no_time = "exchange_ts `1e9` is no Unix time in nanoseconds";
    trade(r#""price":"1","quantity":"1","exchange_ts":"1e9""#, no_time);
    let huge = r#""bids":[],"asks":[],"update_id":"9223372036854775808""#;
    let reason = "update_id `9223372036854775808` is no number from 0 to 2^63 - 1";
    refused(&record("book_delta", huge), reason);
    let reason = "price of a level `x`: not a decimal number";
    refused(&record("book_delta", r#""bids":[["x","1"]],"asks":[]"#), reason);
    let reason = "value `\"1\"`; known are JSON numbers and null";
    refused(&record("metric", r#""name":"n","value":"1""#), reason);
    let candle = |high: &str, volume: &str| {
        let prices = format!(r#""open":"2","high":"{high}","low":"1","close":"1.5""#);
        let rest = format!(r#""volume":"{volume}","buy_volume":"3","open_ts":"1","close_ts":"2""#);
        record("candle", &format!("{prices},{rest}"))
    };
    decode(&candle("2", "3")).unwrap();
    let reason = "no candle: open and close do not lie between low and high";
    refused(&candle("1.9", "3"), reason);
    refused(&candle("2", "2.9"), "no candle: the volumes do not fit each other");
    refused(&candle("0", "3"), "high `0` is too low");
    let null = record("metric", r#""name":"n","value":null"#);
    let Body::Other(Other::Metric { value, .. }) = decode(&null).unwrap().body else { panic!() };
    assert!(value.is_nan());
}

#[test]
fn what_is_no_record_says_why() {
    let reason = "not a record of a topic: invalid type: floating point `1.5`, expected a string \
                  at line 1 column 78";
    refused(&record("trade", r#""price":1.5,"quantity":"1""#), reason);
    let reason = "instrument `demo:XYZ` is not among those of the job";
    refused(&record("trade", "").replace("ABC", "XYZ"), reason);
    // Of another version or type, the fields may well be of other types too.
    let reason = "version 2 of a record; this program reads version 1";
    refused(r#"{"type":"trade","version":2,"price":7}"#, reason);
    let reason = "type `fill`; known are trade, quote, book_snapshot, book_delta, candle, \
                  news, funding, metric and heartbeat";
    refused(&record("fill", r#""price":7"#), reason);
    refused("garbage", "not a record of a topic: expected value at line 1 column 1");
    let reason = "not a record of a topic: trailing characters at line 1 column 43";
    refused(r#"{"type":"heartbeat","version":1,"ts":"5"} x"#, reason);
}

/// Decodes the quick way only.
fn decode_quickly(text: &str) -> Option<Message<'_>> {
    let facts = instrument();
    quick::decode(text, &|venue, symbol| {
        ((venue, symbol) == ("demo", "ABC")).then_some((4, &facts))
    })
}

fn decode_slowly(text: &str) -> Result<Message<'_>, WireError> {
    let facts = instrument();
    decode::decode_long(text, &|venue, symbol| {
        ((venue, symbol) == ("demo", "ABC")).then_some((4, &facts))
    })
}

/// Records of every kind, as publishers write them.
fn records() -> Vec<String> {
    let chunk = tape();
    let quote = r#""bid_price":"1.50","bid_quantity":"2","ask_price":"1.6","ask_quantity":"0.1""#;
    let heartbeat = r#"{"type":"heartbeat","version":1,"ts":"12"}"#;
    let mut all = vec![heartbeat.to_owned(), record("quote", quote)];
    let mut row = 0;
    while row < chunk.len() {
        let (text, end) = encode(&chunk, row);
        all.push(text);
        row = end;
    }
    all
}

#[test]
fn the_quick_way_takes_what_topics_are_made_of() {
    let quick: Vec<String> =
        records().into_iter().filter(|text| decode_quickly(text).is_some()).collect();
    for kind in ["heartbeat", "trade", "quote", "book_snapshot", "book_delta"] {
        assert!(quick.iter().any(|text| text.contains(kind)), "{kind}");
    }
    assert!(quick.iter().all(|text| decode_slowly(text).ok() == decode_quickly(text)));
}

proptest::proptest! {
    /// Whatever becomes of a record on its way, the quick way says nothing else than the long one.
    #[test]
    fn the_quick_way_is_right_or_silent(
        record in 0usize..18,
        edits in proptest::collection::vec((0usize..400, 0usize..24), 1..4),
    ) {
        const BYTES: &[u8] = b"\"\\,:{}[].-+0159etpabclnus ";
        let all = records();
        let mut text = all[record % all.len()].clone().into_bytes();
        for (at, what) in edits {
            let at = at % text.len();
            match what {
                0..8 => { text.remove(at); }
                8..16 => text[at] = BYTES[(at + what) % BYTES.len()],
                // A piece again: fields that come twice.
                _ => {
                    let piece = text[at..text.len().min(at + 3 * what - 40)].to_vec();
                    text.splice(at..at, piece);
                }
            }
        }
        if let Ok(text) = std::str::from_utf8(&text)
            && let Some(message) = decode_quickly(text)
        {
            proptest::prop_assert_eq!(decode_slowly(text).expect(text), message, "{}", text);
        }
    }
}
