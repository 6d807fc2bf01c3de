//! Files of comma-separated values, under many layouts.

#![no_main]

use fuzz::layouts::LAYOUTS;
use libfuzzer_sys::fuzz_target;
use pipeline::sources::columns::{Columns, Record};
use schemas::chunk::{Other, RowKind};

/// A line without the mark of its encoding.
fn bare(line: &str) -> &str {
    line.strip_prefix('\u{feff}').unwrap_or(line)
}

fuzz_target!(|data: &[u8]| {
    let Some((mode, bytes)) = data.split_first() else { return };
    let packed = [&b"\x1f\x8b"[..], b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"PAR1", b"ARROW1"];
    if packed.iter().any(|magic| bytes.starts_with(magic))
        || bytes.trim_ascii_start().starts_with(b"[")
    {
        return;
    }
    let layout = &LAYOUTS[*mode as usize % LAYOUTS.len()];
    let path = fuzz::file("BTCUSDT-5m.csv", bytes);
    let only = layout.symbol.is_none().then_some(0);
    let instruments = fuzz::instruments();
    let opened = Columns::open((3, 5), layout, &[path], "binance", only, &instruments);
    let Ok(tally) = fuzz::read(&mut opened.expect("it is there")) else { return };
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
    let offsets = tally.offsets();
    let first = offsets.first().copied().unwrap_or(1);
    let all: Vec<u64> = (first..=lines.len() as u64).collect();
    assert!(first <= 2 && (offsets == all || lines.len() < 2), "{offsets:?} of {}", lines.len());
    let header: Vec<&str> = match first {
        // The first line is a header.
        2 => match std::str::from_utf8(lines[0]) {
            Ok(line) => bare(line).split(layout.delimiter).collect(),
            Err(_) => return,
        },
        _ => layout.names.iter().map(String::as_str).collect(),
    };
    let cell = |offset: u64, field: &str| {
        let line = std::str::from_utf8(lines[offset as usize - 1]).expect("it landed");
        let column = &layout.columns[field];
        let place = header.iter().position(|name| name.trim().eq_ignore_ascii_case(column))?;
        let line = bare(line);
        let quoted = line.contains('"') || lines[0].contains(&b'"');
        (!quoted).then(|| line.split(layout.delimiter).nth(place).expect("it landed").trim())
    };
    for chunk in &tally.chunks {
        for row in 0..chunk.len() {
            let facts = &instruments[(chunk.instrument[row] as usize).min(2)];
            let check = |field: &str, raw, scale| {
                if let Some(text) = cell(chunk.offset[row], field) {
                    fuzz::exact::same(text, raw, scale);
                }
            };
            match (layout.record, chunk.slot(row)) {
                (Record::Trade, (RowKind::Trade, slot)) => {
                    check("price", chunk.trades.price[slot], facts.price_scale);
                    check("quantity", chunk.trades.quantity[slot], facts.quantity_scale);
                }
                (Record::Quote, (RowKind::Quote, slot)) => {
                    check("bid", chunk.quotes.bid_price[slot], facts.price_scale);
                    check("ask_quantity", chunk.quotes.ask_quantity[slot], facts.quantity_scale);
                }
                (Record::Candle, (RowKind::Other, slot)) => {
                    let Other::Candle(candle) = &chunk.others[slot] else { continue };
                    check("high", candle.prices[1], facts.price_scale);
                    check("volume", candle.volume, facts.quantity_scale);
                }
                // Levels are told by several rows.
                (Record::Level | Record::Book, (RowKind::Delta, _)) => {}
                (_, (RowKind::Other, _)) => {}
                (record, (kind, _)) => panic!("{kind:?} of a {record:?}"),
            }
        }
    }
});
