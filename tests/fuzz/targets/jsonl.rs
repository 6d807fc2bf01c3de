//! Files of records in the JSON of topics.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pipeline::sources::jsonl::Jsonl;
use schemas::Instrument;
use schemas::wire::{Body, decode_line};
use std::sync::LazyLock;

static INSTRUMENTS: LazyLock<Vec<Instrument>> = LazyLock::new(fuzz::instruments);

fn find(venue: &str, symbol: &str) -> Option<(u32, &'static Instrument)> {
    let is = |(_, i): &(u32, &Instrument)| i.id.venue() == venue && i.id.symbol() == symbol;
    (0..).zip(INSTRUMENTS.iter()).find(is)
}

/// Does a line need not land: because it is empty, or only tells the time?
fn may_be_missing(line: &[u8]) -> bool {
    let heartbeat =
        |text| matches!(decode_line(text, &find), Ok(m) if matches!(m.body, Body::Heartbeat));
    line.trim_ascii().is_empty() || std::str::from_utf8(line).is_ok_and(heartbeat)
}

fuzz_target!(|bytes: &[u8]| {
    let packed = [&b"\x1f\x8b"[..], b"\x28\xb5\x2f\xfd", b"PK\x03\x04"];
    if packed.iter().any(|magic| bytes.starts_with(magic)) {
        return;
    }
    let path = fuzz::file("records.jsonl", bytes);
    let mut reader = Jsonl::open(2, 5, &path, &INSTRUMENTS).expect("it is there");
    let Ok(tally) = fuzz::read(&mut reader) else { return };
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    for (number, line) in (1..).zip(&lines) {
        let there = tally.records.contains_key(&(5, number));
        assert!(there || may_be_missing(line), "line {number} is lost: {line:?}");
    }
    assert!(tally.offsets().iter().all(|offset| *offset <= lines.len() as u64));
});
