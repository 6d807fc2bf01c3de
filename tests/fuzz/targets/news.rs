//! Files of news, in the three ways in which they are written.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pipeline::sources::news::{NewsFiles, NewsFormat};
use schemas::Span;

/// Records of a CSV file behind its header.
fn csv_records(bytes: &[u8]) -> usize {
    let reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    reader.into_byte_records().count()
}

fuzz_target!(|data: &[u8]| {
    let Some((mode, bytes)) = data.split_first() else { return };
    let packed = [&b"\x1f\x8b"[..], b"\x28\xb5\x2f\xfd", b"PK\x03\x04"];
    if packed.iter().any(|magic| bytes.starts_with(magic)) {
        return;
    }
    let format = [NewsFormat::Jsonl, NewsFormat::Csv, NewsFormat::Stocknet][*mode as usize % 3];
    let path = fuzz::file("news.txt", bytes);
    let mut files = NewsFiles::new(format, vec![path]);
    if mode & 64 != 0 {
        files.seen_after = Some(Span::SECOND);
    }
    files.tags.symbols = vec![("BTC".into(), vec![0]), ("ETH".into(), vec![0, 1])];
    files.tags.names = vec![("bitcoin cash".into(), vec![0])];
    let Ok(mut reader) = files.open(2, &fuzz::instruments()) else { return };
    let Ok(tally) = fuzz::read(&mut reader) else { return };
    if format == NewsFormat::Csv {
        assert_eq!(tally.records.len(), csv_records(bytes), "in = landed + rejected");
        return;
    }
    let lines = bytes.split(|byte| *byte == b'\n');
    let full = (1..).zip(lines).filter(|(_, line)| !line.trim_ascii().is_empty());
    let full: Vec<u64> = full.map(|(number, _)| number).collect();
    assert_eq!(tally.offsets(), full, "in = landed + rejected");
});
