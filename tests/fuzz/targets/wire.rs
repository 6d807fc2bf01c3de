//! The JSON of topics: the quick reader and the general one agree, and a record that is read and
//! written again says the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use schemas::wire::{Body, Message, decode_both, encode_heartbeat, encode_message};
use schemas::{Chunk, Instrument};
use std::sync::LazyLock;

static INSTRUMENTS: LazyLock<Vec<Instrument>> = LazyLock::new(fuzz::instruments);

fn find(venue: &str, symbol: &str) -> Option<(u32, &'static Instrument)> {
    let is = |(_, i): &(u32, &Instrument)| i.id.venue() == venue && i.id.symbol() == symbol;
    (0..).zip(INSTRUMENTS.iter()).find(is)
}

fn written(message: Message<'_>) -> String {
    let mut out = String::new();
    if matches!(message.body, Body::Heartbeat) {
        encode_heartbeat(message.ts, &mut out);
        return out;
    }
    let (mut chunk, ts, rows) = (Chunk::mixed(0, 0), message.ts, message.rows());
    let instrument = message.instrument.map(|place| &INSTRUMENTS[place as usize]);
    message.push(&mut chunk, ts, 1);
    assert_eq!(chunk.len(), rows);
    assert_eq!(encode_message(&chunk, 0, instrument, &mut out), rows, "one message, all its rows");
    out
}

fuzz_target!(|text: &str| {
    let (quick, long) = decode_both(text, &find);
    if let Some(quick) = quick {
        assert_eq!(Some(&quick), long.as_ref().ok(), "{text:?}");
    }
    let Ok(message) = long else { return };
    let once = written(message);
    let (_, again) = decode_both(&once, &find);
    let again = again.unwrap_or_else(|error| panic!("{text:?} was written as {once:?}: {error}"));
    assert_eq!(written(again), once, "{text:?}");
});
