//! Recordings of hftbacktest's collector.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pipeline::sources::hftbacktest::HftBacktest;
use schemas::chunk::RowKind;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// The text of a field of the message on a line.
fn field(line: &str, name: &str) -> String {
    let json = line.split_once(' ').expect("it has a receive time").1;
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(json).expect("it was read");
    let data: BTreeMap<String, &RawValue> =
        serde_json::from_str(members["data"].get()).expect("it was read");
    data[name].get().trim_matches('"').to_owned()
}

fuzz_target!(|bytes: &[u8]| {
    let packed = [&b"\x1f\x8b"[..], b"\x28\xb5\x2f\xfd", b"PK\x03\x04"];
    if packed.iter().any(|magic| bytes.starts_with(magic)) {
        return;
    }
    let instrument = &fuzz::instruments()[0];
    let path = fuzz::file("day.txt", bytes);
    let mut reader = HftBacktest::open(3, 5, vec![path], 0, instrument).expect("it is there");
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
    let all: Vec<u64> = (1..=lines.len() as u64).collect();
    assert_eq!(tally.offsets(), all, "in = landed + rejected");
    for chunk in &tally.chunks {
        for row in 0..chunk.len() {
            let (RowKind::Trade, slot) = chunk.slot(row) else { continue };
            let line = std::str::from_utf8(lines[chunk.offset[row] as usize - 1]).expect("landed");
            fuzz::exact::same(&field(line, "p"), chunk.trades.price[slot], 8);
            fuzz::exact::same(&field(line, "q"), chunk.trades.quantity[slot], 8);
            assert_eq!(field(line, "t"), chunk.trades.id.get(slot));
        }
    }
});
