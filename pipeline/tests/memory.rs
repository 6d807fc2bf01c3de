//! A process of its own, because what it measures is the memory of the whole process.

#![cfg(target_os = "linux")]

use flate2::{Compression, write::GzEncoder};
use pipeline::sources::{Reader, hftbacktest::HftBacktest};
use schemas::Instrument;
use schemas::chunk::Other;
use schemas::instrument::Kind;
use std::io::Write;

/// Resident memory at its greatest, in KiB.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn quote(id: u32) -> String {
    let data = r#""s":"BTCUSDT","b":"1","B":"1","a":"2","A":"1""#;
    let data = format!(r#"{{"u":{id},{data}}}"#);
    format!(r#"1723161255000000000 {{"stream":"btcusdt@bookTicker","data":{data}}}"#)
}

#[test]
fn a_line_of_a_hundred_megabytes_is_rejected_without_being_held() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.gz");
    let mut file = GzEncoder::new(std::fs::File::create(&path).unwrap(), Compression::fast());
    writeln!(file, "{}", quote(1)).unwrap();
    for _ in 0..100 {
        file.write_all(&[b'7'; 1 << 20]).unwrap();
    }
    writeln!(file, "\n{}", quote(2)).unwrap();
    file.finish().unwrap();

    let instrument = Instrument {
        id: "binance:BTCUSDT".parse().unwrap(),
        base: "BTC".into(),
        quote: "USDT".into(),
        settle: "USDT".into(),
        kind: Kind::Spot,
        price_scale: 8,
        quantity_scale: 8,
        tick: 1_000_000,
        lot: 1_000,
        multiplier: 1,
        inverse: false,
    };
    let before = peak_kib();
    let mut reader = HftBacktest::open(0, 0, vec![path], 0, &instrument).unwrap();
    let chunk = reader.next().unwrap().unwrap();
    let grown = peak_kib() - before;
    assert_eq!((reader.lines(), &*chunk.quotes.update_id), (3, &[1, 2][..]));
    let [Other::Reject { origin, reason, raw, .. }] = &*chunk.others else {
        panic!("{:?}", chunk.others);
    };
    assert_eq!((origin.as_str(), raw.len()), ("long.gz:2", 4096));
    assert_eq!(reason, "the line is longer than 8 MiB");
    assert!(grown < 40 << 10, "{grown} KiB");
}
