//! Captures of cryptofeed.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pipeline::sources::cryptofeed::{Cryptofeed, named};
use schemas::Instrument;
use schemas::chunk::RowKind;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

static INSTRUMENTS: LazyLock<Vec<Instrument>> = LazyLock::new(|| {
    let first = fuzz::instruments().remove(0);
    let names = [
        "binance:BTCUSDT",
        "bitfinex:AAA/BBB",
        "bitstamp:ab",
        "bybit:BTCUSDT",
        "bybit_spot:BTCUSDT",
        "coinbase:BTC-USD",
        "deribit:A",
        "gateio:A_B",
        "independent_reserve:a-b",
        "kraken:XBT/USD",
        "kucoin:A-B",
        "upbit:A",
    ];
    let named = |id: &str| Instrument { id: id.parse().expect("written here"), ..first.clone() };
    names.map(named).to_vec()
});

/// The text of a field of a trade of Binance on a line, where both are objects.
fn field(line: &[u8], name: &str) -> Option<String> {
    let line: BTreeMap<String, serde_json::Value> = serde_json::from_slice(line).ok()?;
    let inner = line.get("data")?.as_str()?;
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(inner).ok()?;
    let data: BTreeMap<String, &RawValue> =
        serde_json::from_str(members.get("data")?.get()).ok()?;
    Some(data.get(name)?.get().trim_matches('"').to_owned())
}

fuzz_target!(|bytes: &[u8]| {
    let packed = [&b"\x1f\x8b"[..], b"\x28\xb5\x2f\xfd", b"PK\x03\x04"];
    if packed.iter().any(|magic| bytes.starts_with(magic)) {
        return;
    }
    let path = fuzz::file("capture.jsonl", bytes);
    let _ = named(&path, None);
    let Ok(mut reader) = Cryptofeed::open((3, 5), &path, None, &INSTRUMENTS) else { return };
    let Ok(tally) = fuzz::read(&mut reader) else { return };
    let mut lines: Vec<&[u8]> = bytes
        .split_inclusive(|byte| *byte == b'\n')
        .map(|line| match line {
            [rest @ .., b'\r', b'\n'] | [rest @ .., b'\n'] => rest,
            rest => rest,
        })
        .collect();
    while lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    // Rows that make books void stand at lines, too.
    let offsets: BTreeSet<u64> = tally.chunks.iter().flat_map(|c| c.offset.clone()).collect();
    let idle: u64 = reader.idle().values().sum();
    assert_eq!(offsets.len() as u64 + idle, lines.len() as u64, "in = landed + rejected + idle");
    for chunk in &tally.chunks {
        for row in 0..chunk.len() {
            let (RowKind::Trade, slot) = chunk.slot(row) else { continue };
            if chunk.instrument[row] == 0 && chunk.seq[row] == 0 {
                let line = lines[chunk.offset[row] as usize - 1];
                let (price, quantity) = (chunk.trades.price[slot], chunk.trades.quantity[slot]);
                for (name, raw) in [("p", price), ("q", quantity)] {
                    let text = field(line, name);
                    text.into_iter().for_each(|text| fuzz::exact::same(&text, raw, 8));
                }
            }
        }
    }
});
