//! Files of Databento: orders, trades, best bids and offers.

#![no_main]

use libfuzzer_sys::fuzz_target;
use operators::book::{L2Book, OrderBook};
use pipeline::sources::databento::Databento;
use schemas::{Side, chunk::RowKind};

fuzz_target!(|bytes: &[u8]| {
    let packed = [&b"\x1f\x8b"[..], b"\x28\xb5\x2f\xfd", b"PK\x03\x04"];
    if packed.iter().any(|magic| bytes.starts_with(magic)) {
        return;
    }
    let instruments = fuzz::instruments();
    let path = fuzz::file("day.dbn", bytes);
    let mut reader = Databento::open((3, 5), &[path], "demo", &instruments).expect("it is there");
    let Ok(tally) = fuzz::read(&mut reader) else { return };
    assert!(tally.offsets().last().is_none_or(|last| *last <= reader.records()));
    // Levels that landed are sums of the orders that rest, once all is told.
    let (mut book, mut by_order) = (L2Book::new(), OrderBook::default());
    for chunk in &tally.chunks {
        for row in 0..chunk.len() {
            let (RowKind::Order, slot) = chunk.slot(row) else { continue };
            // Other instruments have books of their own.
            if chunk.instrument[row] == 2 {
                by_order.apply(&chunk.orders.at(slot), |delta| {
                    book.apply(delta);
                });
            }
        }
    }
    let Some(orders) = reader.orders(2).filter(|_| book.synced()) else { return };
    for side in [Side::Buy, Side::Sell] {
        for (price, quantity) in book.levels(side) {
            let now = orders.quantity(side, price);
            assert!(quantity == now || !reader.is_told(2), "{price}: {quantity}, {now}");
        }
    }
});
