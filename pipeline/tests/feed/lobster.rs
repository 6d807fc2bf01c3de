//! LOBSTER's files, written here from the public format: a market is simulated, its messages told
//! as far as the best levels reach, and the levels beside them.

use operators::book::{L2Book, OrderBook};
use pipeline::sources::{Reader, SourceError, lobster::Lobster};
use schemas::{
    Chunk, Instrument, Side,
    chunk::{Other, RowKind},
    instrument::Kind,
    records::TradeKind,
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

const MESSAGES: &str = "AAPL_2012-06-21_34200000_57600000_message_2.csv";
const LEVELS: &str = "AAPL_2012-06-21_34200000_57600000_orderbook_2.csv";

fn share() -> Instrument {
    Instrument {
        id: "nasdaq:AAPL".parse().unwrap(),
        base: "AAPL".into(),
        quote: "USD".into(),
        settle: "USD".into(),
        kind: Kind::Spot,
        price_scale: 2,
        quantity_scale: 0,
        tick: 1,
        lot: 1,
        multiplier: 1,
        inverse: false,
    }
}

fn read(path: PathBuf) -> Result<Vec<Chunk>, SourceError> {
    let mut reader = Lobster::open((0, 0), &[path], 0, &share())?;
    let mut chunks: Vec<Chunk> = Vec::new();
    while let Some(chunk) = reader.next()? {
        let keys = (1..chunk.len()).map(|row| (chunk.key(row - 1), chunk.key(row)));
        assert!(keys.into_iter().all(|(before, after)| before < after), "rows are in order");
        chunks.push(chunk);
    }
    Ok(chunks)
}

fn written(folder: &Path, messages: &str, levels: Option<&str>) -> PathBuf {
    let path = folder.join(MESSAGES);
    std::fs::write(&path, messages).unwrap();
    let beside = folder.join(LEVELS);
    match levels {
        Some(levels) => std::fs::write(beside, levels).unwrap(),
        None => std::fs::remove_file(beside).unwrap(),
    }
    path
}

/// What came of it: the book, how many orders rest, trades, and rejects.
struct Seen {
    book: L2Book,
    orders: usize,
    trades: Vec<(i64, i64, i8, TradeKind)>,
    rejects: Vec<String>,
}

/// Replays; `after` sees the book once each message (by its number) is over.
fn replay(chunks: &[Chunk], mut after: impl FnMut(u64, &L2Book)) -> Seen {
    let (mut orders, mut book) = (OrderBook::default(), L2Book::new());
    let (mut trades, mut rejects) = (Vec::new(), Vec::new());
    for chunk in chunks {
        for row in 0..chunk.len() {
            match chunk.slot(row) {
                (RowKind::Order, slot) => {
                    orders.apply(&chunk.orders.at(slot), |delta| {
                        assert!(!book.apply(delta).gap);
                    });
                }
                (RowKind::Trade, i) => {
                    let t = &chunk.trades;
                    let kind = t.kind.get(i).copied().unwrap_or(TradeKind::Market);
                    trades.push((t.price[i], t.quantity[i], t.side[i], kind));
                }
                (RowKind::Other, slot) => {
                    let Other::Reject { origin, reason, .. } = &chunk.others[slot] else {
                        panic!("nothing else is in these files");
                    };
                    rejects.push(format!("{origin}: {reason}"));
                }
                _ => panic!("these files hold orders and trades"),
            }
            if row + 1 == chunk.len() || chunk.offset[row + 1] != chunk.offset[row] {
                after(chunk.offset[row], &book);
            }
        }
    }
    Seen { book, orders: orders.orders().len(), trades, rejects }
}

#[test]
fn orders_of_before_are_anonymous_and_known_ones_have_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let messages = "34200.5,1,11,100,5850000,1\n\
                    34200.6,4,7,30,5860000,-1\n\
                    34200.6,5,0,10,5855000,1\n\
                    34201.0,2,11,40,5850000,1\n\
                    34201.2,3,11,60,5850000,1\n\
                    34202,7,0,0,-1,-1\n\
                    34203,6,-1,500,5855000,-1\n\
                    nonsense\n\
                    34204,1,12,5,5850050,1\n";
    let levels = "5860000,80,5850000,120,9999999999,0,5840000,9\n\
                  5860000,50,5850000,120,9999999999,0,5840000,9\n\
                  5860000,50,5850000,120,9999999999,0,5840000,9\n\
                  5860000,50,5850000,80,9999999999,0,5840000,9\n\
                  5860000,50,5850000,20,9999999999,0,5840000,9\n\
                  5860000,50,5850000,20,9999999999,0,5840000,9\n\
                  5860000,50,5850000,20,9999999999,0,5840000,9\n\
                  5860000,50,5850000,20,9999999999,0,5840000,9\n\
                  5860000,50,5850000,20,9999999999,0,5840000,9\n";
    let chunks = read(written(folder.path(), messages, Some(levels))).unwrap();
    // Half past nine in New York, in summer.
    assert_eq!(chunks[0].ts[0], "2012-06-21T13:30:00.5Z".parse::<schemas::EventTime>().unwrap().0);
    let seen = replay(&chunks, |_, _| {});
    let [bids, asks] = [Side::Buy, Side::Sell].map(|side| seen.book.levels(side).collect());
    let (bids, asks): (Vec<_>, Vec<_>) = (bids, asks);
    assert_eq!((bids, asks), (vec![(58_500, 20), (58_400, 9)], vec![(58_600, 50)]));
    assert_eq!(seen.orders, 3, "all of them are of before");
    let (market, auction) = (TradeKind::Market, TradeKind::Auction);
    let trades = [(58_600, 30, 1, market), (58_550, 10, -1, market), (58_550, 500, 0, auction)];
    assert_eq!(seen.trades, trades);
    assert_eq!(seen.rejects.len(), 2, "{:?}", seen.rejects);
    assert!(seen.rejects[0].contains("message_2.csv:8: its time is `nonsense`"));
    assert!(seen.rejects[1].contains("decimal places"), "{:?}", seen.rejects);

    // Without levels beside, what was there before is not known.
    let chunks = read(written(folder.path(), messages, None)).unwrap();
    let seen = replay(&chunks, |_, _| {});
    assert_eq!((seen.orders, seen.trades.len(), seen.rejects.len()), (0, 3, 2));
    assert!(seen.book.synced());
}

#[test]
fn levels_that_contradict_the_messages_are_told_and_believed() {
    let folder = tempfile::tempdir().unwrap();
    let messages = "1,1,11,100,5850000,1\n2,1,12,50,5850000,1\n";
    let levels = "9999999999,0,5850000,100,9999999999,0,-9999999999,0\n\
                  9999999999,0,5850000,120,9999999999,0,-9999999999,0\n";
    let seen = replay(&read(written(folder.path(), messages, Some(levels))).unwrap(), |_, _| {});
    assert_eq!(seen.book.level(Side::Buy, 58_500), 120);
    assert_eq!(seen.rejects.len(), 1);
    let told = "the levels beside say 120 at 5850000, and the messages come to 150";
    assert!(seen.rejects[0].ends_with(told), "{}", seen.rejects[0]);
    let unnamed = folder.path().join("messages.csv");
    std::fs::write(&unnamed, messages).unwrap();
    assert!(read(unnamed).unwrap_err().to_string().contains("of which day"));
}

/// Of linear congruence: the same market for ever.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

#[test]
fn a_simulated_market_is_rebuilt_as_far_as_its_levels_are_told() {
    const SIGHT: usize = 2;
    let mut chance = Chance(7);
    // By id: side, price in cents, size; the ids ascend with time.
    let mut orders: BTreeMap<u64, (Side, i64, i64)> = BTreeMap::new();
    let levels = |orders: &BTreeMap<u64, (Side, i64, i64)>, side: Side| {
        let mut sums: BTreeMap<i64, i64> = BTreeMap::new();
        for (_, price, size) in orders.values().filter(|order| order.0 == side) {
            *sums.entry(*price).or_default() += size;
        }
        let mut levels: Vec<(i64, i64)> = sums.into_iter().collect();
        if side == Side::Buy {
            levels.reverse();
        }
        levels.truncate(SIGHT);
        levels
    };
    let (mut messages, mut beside, mut told) = (String::new(), String::new(), Vec::new());
    for id in 1..=4000_u64 {
        let side = if chance.below(2) == 0 { Side::Buy } else { Side::Sell };
        let place = |n: u64, len: usize| (n % len.max(1) as u64) as usize;
        let which = place(chance.below(1 << 20), orders.len());
        let message = match (chance.below(10), orders.iter().nth(which).map(|(id, o)| (*id, *o))) {
            (0..=4, _) | (_, None) => {
                let (price, size) = (1000 + chance.below(6) as i64, 1 + chance.below(9) as i64);
                let price = if side == Side::Buy { price - 6 } else { price + 1 };
                orders.insert(id, (side, price, size));
                (1, id, size, price, side)
            }
            (5..=6, Some((other, (side, price, size)))) if size > 1 => {
                orders.insert(other, (side, price, size - 1));
                (2, other, 1, price, side)
            }
            (5..=7, Some((other, (side, price, size)))) => {
                orders.remove(&other);
                (3, other, size, price, side)
            }
            _ => {
                let Some((price, _)) = levels(&orders, side).first().copied() else { continue };
                let at = |(_, o): &(&u64, &(Side, i64, i64))| (o.0, o.1) == (side, price);
                let first = orders.iter().find(at).map(|(id, o)| (*id, o.2));
                let Some((first, size)) = first else { continue };
                let part = 1 + chance.below(size as u64) as i64;
                match size - part {
                    0 => orders.remove(&first),
                    left => orders.insert(first, (side, price, left)),
                };
                (4, first, part, price, side)
            }
        };
        // The first hundred came before the file begins, and what is out of sight is not told.
        let (kind, order, size, price, side) = message;
        let [bids, asks] = [Side::Buy, Side::Sell].map(|side| levels(&orders, side));
        let sight = if side == Side::Buy { &bids } else { &asks };
        let worst = sight.last().map_or(price, |(price, _)| *price);
        if id <= 100 || (sight.len() == SIGHT && (price - worst) * side.sign() < 0) {
            continue;
        }
        let direction = side.sign();
        let at = 34_200 + id;
        messages += &format!("{at}.5,{kind},{order},{size},{}00,{direction}\n", price);
        let mut cells = Vec::new();
        for i in 0..SIGHT {
            let (ask, size) = asks.get(i).map_or((9_999_999_999, 0), |(p, q)| (p * 100, *q));
            cells.extend([ask.to_string(), size.to_string()]);
            let (bid, size) = bids.get(i).map_or((-9_999_999_999, 0), |(p, q)| (p * 100, *q));
            cells.extend([bid.to_string(), size.to_string()]);
        }
        beside += &(cells.join(",") + "\n");
        told.push([bids, asks]);
    }
    let folder = tempfile::tempdir().unwrap();
    let chunks = read(written(folder.path(), &messages, Some(&beside))).unwrap();
    let seen = replay(&chunks, |message, book| {
        let found =
            [Side::Buy, Side::Sell].map(|side| book.levels(side).take(SIGHT).collect::<Vec<_>>());
        assert_eq!(found, told[message as usize - 1], "after message {message}");
    });
    assert!(told.len() > 1000 && seen.trades.len() > 50, "{}", told.len());
    assert_eq!(seen.rejects, Vec::<String>::new());
}
