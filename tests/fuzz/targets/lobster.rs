//! Files of LOBSTER: messages, and after an empty line the levels beside them.

#![no_main]

use libfuzzer_sys::fuzz_target;
use operators::book::{L2Book, OrderBook};
use pipeline::sources::{Reader, lobster::Lobster};
use schemas::{Instrument, Side, chunk::RowKind};

/// Those that may tell nothing: of an order that is not known, of a cross of nothing, of a halt.
const QUIET: [&str; 5] = ["1", "2", "3", "6", "7"];

/// A field of a message, as it is written.
fn field(line: &str, at: usize) -> &str {
    let text = line.split(',').nth(at).expect("it was read").trim();
    text.strip_prefix('+').unwrap_or(text)
}

fuzz_target!(|bytes: &[u8]| {
    let cut = bytes.windows(2).position(|two| two == b"\n\n");
    let (messages, levels) = match cut {
        Some(at) => (&bytes[..=at], Some(&bytes[at + 2..])),
        None => (bytes, None),
    };
    let packed = [&b"\x1f\x8b"[..], b"\x28\xb5\x2f\xfd", b"PK\x03\x04"];
    let is_packed = |part: &[u8]| packed.iter().any(|magic| part.starts_with(magic));
    if is_packed(messages) || levels.is_some_and(is_packed) {
        return;
    }
    // Whole shares, as there: what fits one level fits it however it is counted.
    let instrument = Instrument { quantity_scale: 0, ..fuzz::instruments()[1].clone() };
    alone(messages, &instrument);
    if let Some(levels) = levels {
        beside(messages, levels, &instrument);
    }
});

/// Without levels, each message has landed, was rejected, or tells nothing.
fn alone(messages: &[u8], instrument: &Instrument) {
    let path = fuzz::file("ALONE_2012-06-21_0_0_message_1.csv", messages);
    let mut reader = Lobster::open((3, 5), &[path], 0, instrument).expect("it is there");
    let Ok(tally) = fuzz::read(&mut reader) else { return };
    let lines: Vec<String> = messages
        .split_inclusive(|byte| *byte == b'\n')
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect();
    let told = tally.offsets();
    assert!(told.last().is_none_or(|last| *last <= lines.len() as u64));
    for (offset, line) in (1..).zip(&lines) {
        let quiet = || QUIET.contains(&field(line, 1).trim_start_matches('0'));
        assert!(told.binary_search(&offset).is_ok() || quiet(), "{line:?} is lost");
    }
    for chunk in &tally.chunks {
        for row in 0..chunk.len() {
            let (RowKind::Trade, slot) = chunk.slot(row) else { continue };
            let line = &lines[chunk.offset[row] as usize - 1];
            let price = format!("{}e-4", field(line, 4));
            fuzz::exact::same(&price, chunk.trades.price[slot], instrument.price_scale);
            fuzz::exact::same(field(line, 3), chunk.trades.quantity[slot], 0);
        }
    }
}

/// Whatever the levels say, rows are in order and all of them fit the book that they make, whose
/// levels are the sums of its orders.
fn beside(messages: &[u8], levels: &[u8], instrument: &Instrument) {
    let path = fuzz::file("BESIDE_2012-06-21_0_0_message_1.csv", messages);
    fuzz::file("BESIDE_2012-06-21_0_0_orderbook_1.csv", levels);
    let mut reader = Lobster::open((3, 5), &[path], 0, instrument).expect("it is there");
    let (mut by_order, mut book) = (OrderBook::default(), L2Book::new());
    let mut before = None;
    while let Ok(Some(chunk)) = reader.next() {
        for row in 0..chunk.len() {
            let key = chunk.key(row);
            assert!(before.is_none_or(|before| before < key), "{before:?} then {key:?}");
            before = Some(key);
            let (RowKind::Order, slot) = chunk.slot(row) else { continue };
            by_order.apply(&chunk.orders.at(slot), |delta| {
                assert!(!book.apply(delta).gap, "{chunk:?}");
            });
        }
    }
    for side in [Side::Buy, Side::Sell] {
        assert!(book.levels(side).eq(by_order.orders().levels(side)), "{side:?}");
    }
}
