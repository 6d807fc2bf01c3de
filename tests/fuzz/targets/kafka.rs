//! Records of a topic, as the JSON of topics, as Binance's own, and as news.

#![no_main]

use fuzz::Tally;
use libfuzzer_sys::fuzz_target;
use pipeline::sources::kafka::{RecordFormat, fuzzing::records};
use pipeline::sources::news::NewsTags;
use schemas::Span;
use schemas::wire::{Body, decode_line};

fuzz_target!(|data: &[u8]| {
    let [mode, delay, data @ ..] = data else { return };
    let mut tags = NewsTags::default();
    tags.symbols = vec![("BTC".into(), vec![0]), ("ETH".into(), vec![0, 1])];
    tags.names = vec![("bitcoin cash".into(), vec![0])];
    let format = match mode % 3 {
        0 => RecordFormat::Json,
        1 => RecordFormat::Binance { instrument: 0 },
        _ => RecordFormat::News { tags },
    };
    let values: Vec<(Option<i64>, &[u8])> = data
        .split(|byte| *byte == b'\n')
        .map(|value| ((mode & 64 != 0).then_some(1_704_067_200_000), value))
        .collect();
    let instruments = fuzz::instruments();
    let delay = Span(i64::from(*delay) * 1_000_000);
    let Ok((chunk, rejected)) = records(&format, &instruments, &values, delay) else { return };
    if chunk.is_empty() {
        return;
    }
    let mut tally = Tally::default();
    tally.count(chunk);
    let counted = tally.records.values().filter(|rejected| **rejected).count();
    assert_eq!(counted as u64, rejected);
    let find = |venue: &str, symbol: &str| {
        let is = |(_, i): &(u32, &_)| {
            let i: &schemas::Instrument = i;
            i.id.venue() == venue && i.id.symbol() == symbol
        };
        (0..).zip(instruments.iter()).find(is)
    };
    for (offset, (_, value)) in (0..).zip(&values) {
        let heartbeat =
            |text| matches!(decode_line(text, &find), Ok(m) if matches!(m.body, Body::Heartbeat));
        let silent = mode % 3 != 1 && std::str::from_utf8(value).is_ok_and(heartbeat);
        let there = tally.records.contains_key(&(7, offset));
        assert!(there || silent, "record {offset} is lost: {value:?}");
    }
});
