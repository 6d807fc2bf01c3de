//! Captures of Independent Reserve, order by order: a real one against cryptofeed's count and
//! against all of its messages taken over its snapshots, and made ones in which something is amiss.

use super::{
    captures::{Capture, facts, lines, read},
    shared::shared_file,
};
use operators::book::{L2Book, OrderBook};
use pipeline::sources::cryptofeed::{Named, named};
use schemas::{
    InstrumentId, Side,
    chunk::{NO_ID, RowKind},
    records::OrderAction,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// 2023-11-14T22:13:20Z.
const T0: i64 = 1_700_000_000_000;

type Levels = [Vec<(i64, i64)>; 2];

/// Books of instruments by their place, and lines with rows about orders.
#[derive(Default)]
struct Replay {
    books: BTreeMap<u32, (OrderBook, L2Book)>,
    lines: usize,
    gaps: usize,
    crossed: usize,
}

/// Replays; `after` sees the book once each line that told of it is over.
fn replay(capture: &Capture, mut after: impl FnMut(u64, u32, &OrderBook, &L2Book)) -> Replay {
    let mut seen = Replay::default();
    for chunk in &capture.chunks {
        let mut ended = true;
        for row in 0..chunk.len() {
            let (RowKind::Order, slot) = chunk.slot(row) else { continue };
            let (line, instrument) = (chunk.offset[row], chunk.instrument[row]);
            let (orders, book) = seen.books.entry(instrument).or_default();
            let order = chunk.orders.at(slot);
            assert!(order.id < 1 << 63 || order.id == NO_ID, "the lake's ids have 63 bits");
            let gap = order.action == OrderAction::Gap;
            let void = orders.apply(&order, |delta| {
                book.apply(delta);
            });
            assert!(!void.void || gap || order.action == OrderAction::Clear, "line {line}");
            seen.gaps += usize::from(gap);
            seen.lines += usize::from(ended);
            ended = order.last;
            if ended && orders.synced() {
                let best = book.best_bid().zip(book.best_ask());
                seen.crossed += usize::from(best.is_some_and(|(bid, ask)| bid.0 >= ask.0));
                after(line, instrument, orders, book);
            }
        }
        assert!(ended, "a message is in one chunk");
    }
    seen
}

fn levels(book: &L2Book) -> Levels {
    [Side::Buy, Side::Sell].map(|side| book.levels(side).collect())
}

fn scaled(number: &Value) -> i64 {
    (number.as_f64().unwrap() * 1e8).round() as i64
}

/// A book to which everything is done that is said, whenever that was.
#[derive(Default)]
struct Loose {
    quote: String,
    /// When its snapshot was made, in milliseconds.
    made: i64,
    orders: BTreeMap<String, (bool, i64, i64)>,
}

impl Loose {
    /// A bid of this capture has a price of zero in the currency of its book.
    fn shown(&self) -> impl Iterator<Item = &(bool, i64, i64)> {
        self.orders.values().filter(|order| order.1 > 0)
    }

    fn levels(&self) -> Levels {
        [true, false].map(|buys| {
            let mut sums: BTreeMap<i64, i64> = BTreeMap::new();
            for (_, price, volume) in self.shown().filter(|order| order.0 == buys) {
                *sums.entry(*price).or_default() += volume;
            }
            let levels = sums.into_iter();
            if buys { levels.rev().collect() } else { levels.collect() }
        })
    }

    fn take(&mut self, message: &Value) {
        let data = &message["Data"];
        let id = data["OrderGuid"].as_str().unwrap();
        if message["Event"] == "OrderCanceled" {
            self.orders.remove(id);
            return;
        }
        assert_eq!(message["Event"], "NewOrder", "this capture has no other events");
        let buys = data["OrderType"] == "LimitBid";
        let order = (buys, scaled(&data["Price"][&self.quote]), scaled(&data["Volume"]));
        self.orders.insert(id.to_owned(), order);
    }
}

#[test]
fn a_capture_is_what_its_messages_come_to_once_they_are_past_the_snapshots() {
    let name = "cryptofeed__captures/INDEPENDENT_RESERVE.jsonl.zst";
    let Some(path) = shared_file(name) else { return };
    let Some(counts) = shared_file("cryptofeed__captures/expected_counts.json") else { return };
    let found = named(&path, None).unwrap();
    let of = |(id, _): (&InstrumentId, &Named)| facts(id, 8, 8);
    let capture = read(&path, &found.iter().map(of).collect::<Vec<_>>()).unwrap();
    let symbols: Vec<&str> = found.keys().map(InstrumentId::symbol).collect();
    assert_eq!(symbols, ["bch-sgd", "dot-nzd", "eth-aud", "matic-usd", "pmgt-nzd"]);
    assert_eq!((capture.rejects(), capture.trades()), (Vec::new(), 0));
    let text = lines(&path);
    let idle: u64 = capture.idle.values().sum();
    assert_eq!(capture.offsets().len() as u64 + idle, text.len() as u64, "{:?}", capture.idle);

    // All lines by time, and the books after each of them.
    let mut all: Vec<(f64, usize, Value)> = Vec::new();
    for (i, line) in text.iter().enumerate() {
        let line: Value = serde_json::from_str(line).unwrap();
        if line["t"] != "header" {
            all.push((line["ts"].as_f64().unwrap(), i + 1, line));
        }
    }
    all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let (mut books, mut expected) = (BTreeMap::<String, Loose>::new(), BTreeMap::new());
    for (_, number, line) in &all {
        let Some(Ok(data)) = line["data"].as_str().map(serde_json::from_str::<Value>) else {
            continue;
        };
        if let Some(base) = data["PrimaryCurrencyCode"].as_str() {
            let quote = data["SecondaryCurrencyCode"].as_str().unwrap().to_lowercase();
            let made = data["CreatedTimestampUtc"].as_str().unwrap();
            let made = made.parse::<schemas::EventTime>().unwrap().0 / 1_000_000;
            let mut orders = BTreeMap::new();
            for (buys, side) in [(true, "BuyOrders"), (false, "SellOrders")] {
                for order in data[side].as_array().unwrap() {
                    let at = (buys, scaled(&order["Price"]), scaled(&order["Volume"]));
                    orders.insert(order["Guid"].as_str().unwrap().to_owned(), at);
                }
            }
            books.insert(base.to_lowercase(), Loose { quote, made, orders });
            continue;
        }
        let Some(base) = data["Channel"].as_str() else { continue };
        let Some(book) = books.get_mut(base.strip_prefix("orderbook-").unwrap()) else { continue };
        book.take(&data);
        if data["Time"].as_i64().unwrap() > book.made {
            expected.insert(*number as u64, (book.levels(), book.shown().count()));
        }
    }
    let mut compared = 0;
    let seen = replay(&capture, |line, _, orders, book| {
        let Some((there, count)) = expected.get(&line) else { return };
        assert_eq!((&levels(book), orders.orders().len()), (there, *count), "line {line}");
        compared += 1;
    });
    assert_eq!((seen.gaps, seen.crossed, compared), (0, 0, 1478));

    let counts: Value = serde_json::from_slice(&std::fs::read(counts).unwrap()).unwrap();
    let count = counts["INDEPENDENT_RESERVE"]["l3_book"].as_u64().unwrap() as usize;
    // The recorder fell behind, so that many messages are from before the snapshots above them.
    // cryptofeed takes these, too: 37 orders come again that the snapshot has, and 54 come that
    // were gone again before it was made, and then go. Here nothing lands of them.
    let again = 37 + 2 * 54;
    // Two orders came just before a snapshot that has them not, though no message says that they
    // were gone by then: they land with the first message after it.
    let held = 2;
    assert_eq!((seen.lines, seen.lines + again + held), (1484, count));
}

fn header() -> String {
    json!({"t": "header", "format": 2, "exchange": "INDEPENDENT_RESERVE",
        "recorded": T0 / 1000})
    .to_string()
}

/// A message that came so many seconds after the first.
fn line(kind: &str, after: f64, data: &Value) -> String {
    json!({"t": kind, "conn": kind, "ts": T0 as f64 / 1e3 + after,
        "url": "https://x/Public/GetAllOrders?", "data": data.to_string()})
    .to_string()
}

fn guid(number: u8) -> String {
    format!("{number:08}-0000-0000-0000-000000000000")
}

/// An event of `xbt` that happened so many milliseconds after the first.
fn event(kind: &str, nonce: u64, after: i64, order: u8, rest: Value) -> String {
    let mut data = json!({"OrderType": "LimitBid", "OrderGuid": guid(order)});
    data.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    let message = json!({"Channel": "orderbook-xbt", "Nonce": nonce, "Time": T0 + after,
        "Event": kind, "Data": data});
    line("recv", after as f64 / 1e3 + 1.0, &message)
}

fn new(nonce: u64, after: i64, order: u8, price: f64) -> String {
    let rest = json!({"Price": {"aud": price, "usd": price / 2.0}, "Volume": 3.0});
    event("NewOrder", nonce, after, order, rest)
}

fn left(nonce: u64, after: i64, order: u8, volume: f64) -> String {
    event("OrderChanged", nonce, after, order, json!({"Volume": volume}))
}

fn gone(nonce: u64, after: i64, order: u8) -> String {
    event("OrderCanceled", nonce, after, order, json!({}))
}

/// A reply made so many seconds after the first message, with bids of 3.
fn snapshot(quote: &str, received: f64, made: u8, orders: &[(u8, f64)]) -> String {
    let order =
        |(order, price): &(u8, f64)| json!({"Guid": guid(*order), "Price": price, "Volume": 3});
    let bids: Vec<Value> = orders.iter().map(order).collect();
    let all = json!({"BuyOrders": bids, "SellOrders": [], "PrimaryCurrencyCode": "Xbt",
        "SecondaryCurrencyCode": quote,
        "CreatedTimestampUtc": format!("2023-11-14T22:13:{:02}.0Z", 20 + made)});
    line("http", received, &all)
}

fn subscribed(names: &[&str]) -> String {
    line("recv", 0.0, &json!({"Event": "Subscriptions", "Data": names, "Time": T0}))
}

/// Reads lines after a header; books in aud and in usd are wanted.
fn read_lines(text: &[String]) -> Capture {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("capture.jsonl");
    std::fs::write(&path, [&[header()], text].concat().join("\n")).unwrap();
    let instruments = ["independent_reserve:xbt-aud", "independent_reserve:xbt-usd"]
        .map(|id| facts(&id.parse().unwrap(), 2, 2));
    let capture = read(&path, &instruments).unwrap();
    let idle: u64 = capture.idle.values().sum();
    assert_eq!(capture.offsets().len() as u64 + idle, text.len() as u64 + 1);
    capture
}

/// The bids of an instrument after each line that told of it while its book stood.
fn bids(capture: &Capture, of: u32) -> Vec<(u64, Vec<(i64, i64)>)> {
    let mut all = Vec::new();
    replay(capture, |line, instrument, _, book| {
        if instrument == of {
            all.push((line, levels(book)[0].clone()));
        }
    });
    all
}

#[test]
fn what_a_snapshot_may_know_waits_until_messages_are_past_it() {
    let text = [
        subscribed(&["orderbook-xbt"]),
        new(1, 500, 1, 10.0),
        // Made before the next messages came, and after most of them happened.
        snapshot("Aud", 1.6, 2, &[(1, 10.0), (2, 9.0)]),
        new(2, 600, 2, 9.0),
        new(3, 700, 3, 8.0),
        new(4, 800, 4, 7.0),
        gone(5, 900, 3),
        left(6, 1000, 2, 2.0),
        gone(7, 1100, 1),
        left(8, 2000, 2, 1.5),
        left(9, 2100, 2, 0.0),
        gone(10, 2200, 2),
    ];
    let told = [
        (4, vec![(1000, 300), (900, 300)]),
        // It goes, whatever the snapshot says.
        (10, vec![(900, 300)]),
        // The third has come and gone; the fourth did not go.
        (11, vec![(900, 150), (700, 300)]),
        (12, vec![(700, 300)]),
    ];
    let capture = read_lines(&text);
    assert_eq!(bids(&capture, 0), told);
    assert_eq!((bids(&capture, 1), capture.rejects()), (Vec::new(), Vec::new()));

    // Messages that came before the reply, and happened after it was made, are taken over it.
    let text = [
        new(1, 500, 1, 10.0),
        new(2, 1500, 2, 9.0),
        snapshot("Aud", 2.6, 1, &[(1, 10.0)]),
        snapshot("Usd", 2.7, 1, &[(1, 5.0)]),
        gone(3, 1800, 1),
    ];
    let capture = read_lines(&text);
    assert_eq!(bids(&capture, 0), [(4, vec![(1000, 300), (900, 300)]), (6, vec![(900, 300)])]);
    assert_eq!(bids(&capture, 1), [(5, vec![(500, 300), (450, 300)]), (6, vec![(450, 300)])]);
}

#[test]
fn books_are_void_where_something_is_missing() {
    let begun = [
        subscribed(&["orderbook-xbt"]),
        new(1, 500, 1, 10.0),
        snapshot("Aud", 1.6, 1, &[(1, 10.0)]),
        new(2, 1100, 2, 9.0),
    ];
    let connect = json!({"t": "connect", "conn": "recv", "ts": T0 / 1000 + 3, "addr": "wss://x"});
    let (over, fine) = (vec![(1000, 300), (900, 300)], new(2, 1100, 2, 9.001));
    for (case, cut, further, rejects) in [
        ("a number is left out", 4, new(4, 2000, 3, 8.0), 0),
        ("numbers begin anew", 4, new(1, 2000, 3, 8.0), 0),
        ("a number comes again", 4, new(2, 2000, 3, 8.0), 0),
        ("the connection is made anew", 4, connect.to_string(), 0),
        ("the channel is left", 4, subscribed(&["orderbook-eth"]), 0),
        ("a price is finer than the instrument's", 3, fine, 1),
    ] {
        let mut text = [&begun[..cut], &[further]].concat();
        let capture = read_lines(&text);
        let seen = replay(&capture, |_, _, _, _| {});
        assert_eq!((seen.gaps, capture.rejects().len()), (1, rejects), "{case}");
        assert!(!seen.books[&0].0.synced(), "{case}");
        // Nothing stands until there is another snapshot of what is followed.
        let nonce = if cut == 4 { 5 } else { 3 };
        text.extend([new(nonce, 2500, 5, 7.0), snapshot("Aud", 3.6, 3, &[(5, 7.0)])]);
        let capture = read_lines(&text);
        let stood = bids(&capture, 0);
        let last = stood.last().unwrap();
        assert_eq!(*last, (text.len() as u64 + 1, vec![(700, 300)]), "{case}");
        assert!(cut == 3 || stood[stood.len() - 2].1 == over, "{case}: {stood:?}");
    }
}

#[test]
fn what_cannot_be_used_is_rejected() {
    let early = snapshot("Aud", 0.5, 1, &[(1, 10.0)]);
    let pound = event("NewOrder", 1, 500, 1, json!({"Price": {"gbp": 1.0}, "Volume": 1}));
    let whole = [
        new(1, 500, 1, 10.0),
        snapshot("Aud", 1.6, 1, &[(1, 10.0)]),
        event("NewOrder", 2, 1100, 2, json!({"Price": {"gbp": 1.0}, "Volume": 1})),
        new(2, 1200, 3, 9.0),
    ];
    let capture = read_lines(&whole);
    assert_eq!(capture.rejects().len(), 1, "{:?}", capture.rejects());
    assert!(capture.rejects()[0].1.contains("`Price` is missing"));
    assert_eq!(bids(&capture, 0).len(), 2, "what was rejected has no number");
    let twice = snapshot("Aud", 1.6, 1, &[(1, 10.0), (1, 9.0)]);
    for (text, reason) in [
        (vec![early], "before the messages about its orders"),
        (vec![new(1, 1500, 1, 10.0), snapshot("Aud", 2.6, 1, &[])], "before the messages"),
        (vec![new(1, 500, 1, 10.0), twice], "the same 63 bits of hash"),
        (vec![pound.replace("LimitBid", "LimitBad")], "side `LimitBad`"),
        (vec![new(1, 500, 1, 10.0).replace("0000-0000", "0000-000g")], "order `00000001-"),
        (vec![new(1, 500, 1, 10.0).replace("NewOrder", "Odd")], "event `Odd`"),
    ] {
        let capture = read_lines(&text);
        let rejects = capture.rejects();
        assert_eq!(rejects.len(), 1, "{reason}: {rejects:?}");
        assert!(rejects[0].1.contains(reason), "{reason}: {rejects:?}");
    }
}

#[test]
fn trades_are_of_a_pair_or_have_prices_in_several_currencies() {
    let trade = |price: Value, pair: Value, side: &str| {
        let mut data = json!({"TradeGuid": "t", "TradeDate": "2023-11-15T09:13:20.5000001+11:00",
            "Price": price, "Volume": 0.5, "Side": side});
        if pair.is_string() {
            data["Pair"] = pair;
        }
        line(
            "recv",
            1.0,
            &json!({"Channel": "ticker-xbt", "Nonce": 1, "Time": T0,
            "Event": "Trade", "Data": data}),
        )
    };
    let text = [
        trade(json!(10.5), json!("xbt-usd"), "Sell"),
        trade(json!({"Aud": 20.0, "Sgd": 19.0, "Usd": 11.0}), Value::Null, "Buy"),
    ];
    let capture = read_lines(&text);
    let mut trades = Vec::new();
    for chunk in &capture.chunks {
        for row in 0..chunk.len() {
            let (RowKind::Trade, i) = chunk.slot(row) else { panic!("these are trades") };
            let t = &chunk.trades;
            assert_eq!(chunk.exchange_time(row).unwrap().0, T0 * 1_000_000 + 500_000_100);
            trades.push((chunk.instrument[row], t.price[i], t.quantity[i], t.side[i]));
        }
    }
    assert_eq!(trades, [(1, 1050, 50, -1), (0, 2000, 50, 1), (1, 1100, 50, 1)]);
}
