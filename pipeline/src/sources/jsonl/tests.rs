//! Files as they should be, and as they should not.

use super::*;
use std::io::Write;

const HOUR: i64 = 3600 * 1_000_000_000;

fn instruments() -> Vec<Instrument> {
    crate::sources::synthetic::tests::market(1, 2, 1).instruments()
}

fn trade(symbol: &str, ts: i64) -> String {
    let head = format!(r#"{{"type":"trade","version":1,"venue":"demo","symbol":"{symbol}""#);
    format!(r#"{head},"ts":"{ts}","price":"1.5","quantity":"2"}}"#)
}

fn read(bytes: &[u8]) -> Result<Vec<Chunk>, SourceError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.jsonl");
    std::fs::write(&path, bytes).unwrap();
    let mut reader = Jsonl::open(2, 5, &path, &instruments())?;
    let mut chunks = Vec::new();
    while let Some(chunk) = reader.next()? {
        assert!(!chunk.is_empty());
        chunks.push(chunk);
    }
    let all = bytes.len() as u64;
    assert_eq!(reader.progress(), Some((all, all)));
    Ok(chunks)
}

/// Time, offset, instrument, and the reason of a reject.
type Seen = (i64, u64, u32, String);

fn seen(chunk: &Chunk) -> Vec<Seen> {
    let reason = |row| match chunk.slot(row) {
        (schemas::chunk::RowKind::Other, slot) => match &chunk.others[slot] {
            Other::Reject { origin, reason, raw, .. } => format!("{origin} {reason} <{raw}>"),
            other => panic!("{other:?}"),
        },
        _ => String::new(),
    };
    let row = |row| (chunk.ts[row], chunk.offset[row], chunk.instrument[row], reason(row));
    (0..chunk.len()).map(row).collect()
}

#[test]
fn every_line_lands_or_is_rejected_and_time_never_goes_back() {
    let heartbeat = r#"{"type":"heartbeat","version":1,"ts":"70"}"#;
    let lines = [
        "garbage".to_owned(),
        trade("SYN0002", 50),
        trade("SYN0001", 40),
        String::new(),
        heartbeat.to_owned(),
        trade("NONE", 90),
        trade("SYN0001", 60),
        trade("SYN0001", 9_000 * HOUR),
        "{}".to_owned(),
        trade("SYN0001", 95),
    ];
    let chunks = read(lines.join("\n").as_bytes()).unwrap();
    assert_eq!((chunks.len(), chunks[0].source_rank, chunks[0].source_partition), (1, 2, 5));
    let seen = seen(&chunks[0]);
    let times: Vec<_> = seen.iter().map(|s| (s.0, s.1, s.2)).collect();
    let none = NO_INSTRUMENT;
    let (first, second) = (0, 1);
    assert_eq!(
        times,
        [
            (50, 1, none),
            (50, 2, second),
            (50, 3, first),
            (90, 6, none),
            (90, 7, first),
            (90, 8, none),
            (90, 9, none),
            (95, 10, first)
        ]
    );
    assert_eq!(chunks[0].receive_time(2), EventTime(40));
    assert!(seen[0].3.starts_with("records.jsonl:1 not a record"), "{}", seen[0].3);
    assert!(seen[0].3.ends_with("<garbage>"));
    assert!(seen[3].3.contains("instrument `demo:NONE` is not among those of the job"));
    assert!(seen[5].3.contains("more than a year after"), "{}", seen[5].3);
    assert!(seen[6].3.contains("field `type` is missing"), "{}", seen[6].3);
}

#[test]
fn a_gzip_file_that_breaks_off_gives_what_there_was_and_a_reject() {
    let lines: String = (0..5000).map(|ts| trade("SYN0001", ts) + "\n").collect();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(lines.as_bytes()).unwrap();
    let bytes = gzip.finish().unwrap();
    assert_eq!(read(&bytes).unwrap().iter().map(Chunk::len).sum::<usize>(), 5000);
    let chunks = read(&bytes[..bytes.len() / 2]).unwrap();
    let rows = seen(&chunks[0]);
    assert!((100..5000).contains(&rows.len()));
    let (last, before) = rows.split_last().unwrap();
    assert!(last.3.contains("cut off or damaged") && before.iter().all(|s| s.3.is_empty()));
    assert_eq!(last.1, before.last().unwrap().1 + 1);
    // Two members in a row are one file.
    assert_eq!(read(&[&bytes[..], &bytes].concat()).unwrap()[0].len(), 10_000);
}

#[test]
fn a_message_is_never_split_and_lines_have_a_limit() {
    let levels = vec![r#"["1.5","2"]"#; 9_000].join(",");
    let head = r#"{"type":"book_snapshot","version":1,"venue":"demo","symbol":"SYN0001""#;
    let snapshot = format!(r#"{head},"ts":"7","bids":[{levels}],"asks":[]}}"#);
    let mut lines = vec![snapshot; 3];
    lines.push("x".repeat(LINE_BYTES as usize + 5));
    lines.push(trade("SYN0002", 8));
    let chunks = read(lines.join("\r\n").as_bytes()).unwrap();
    let lengths: Vec<usize> = chunks.iter().map(Chunk::len).collect();
    assert_eq!(lengths, [9_001, 9_001, 9_003]);
    let rows = seen(&chunks[2]);
    assert_eq!((rows[9_002].0, rows[9_002].1), (8, 5));
    assert!(rows[9_001].3.starts_with("records.jsonl:4 the line is longer than 8 MiB <xxx"));
    assert!(rows[9_001].3.len() < RAW_LIMIT_BYTES + 100);
}

#[test]
fn other_files_are_refused_and_empty_ones_hold_nothing() {
    let error = read(b"ts,price\n1,2\n").unwrap_err().to_string();
    assert!(error.contains("is not a file of records in the JSON of topics"), "{error}");
    assert!(read(b"x\n".repeat(HELD_LINES + 2).as_slice()).is_err());
    assert!(read(b"").unwrap().is_empty() && read(b"\n\n").unwrap().is_empty());
    let missing = Jsonl::open(0, 0, Path::new("/no/such.jsonl"), &[]).err().unwrap();
    assert!(missing.to_string().starts_with("cannot read /no/such.jsonl"), "{missing}");
}

#[test]
fn hostile_lines_are_rejects_and_change_nothing_else() {
    let good = trade("SYN0001", 50);
    let spoilt = |from: &str, to: &str| good.replacen(from, to, 1).into_bytes();
    let long = vec![b'1'; 100 << 20];
    let utf16: Vec<u8> = good.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let lines: [(Vec<u8>, &str); 12] = [
        (spoilt("1.5", "-1.5"), "price `-1.5` is too low"),
        (spoilt("1.5", "0"), "price `0` is too low"),
        (spoilt("\"2\"", "\"0.0\""), "quantity `0.0` is too low"),
        (spoilt("1.5", "1.0000000000000000001"), "finer than"),
        (spoilt("1.5", "99999999999999999999"), "too large for"),
        (spoilt("1.5", "1,5"), "not a decimal number"),
        (spoilt("1.5", "1.5\0"), "not a record"),
        (spoilt("\"50\"", "\"99999999999999999999\""), "ts `9"),
        (spoilt("trade", "tr\u{e4}de"), "type"),
        (good.replacen("demo", "d\u{e9}mo", 1).chars().map(|c| c as u8).collect(), "not UTF-8"),
        (utf16, "not a record"),
        (long, "longer than 8 MiB"),
    ];
    for (line, reason) in lines {
        let bytes = [good.as_bytes(), &line, good.as_bytes()].join(&b"\r\n"[..]);
        let chunks = read(&bytes).unwrap();
        let rows = seen(&chunks[0]);
        let shown = String::from_utf8_lossy(&line[..line.len().min(200)]);
        assert_eq!(rows.len(), 3, "{shown}");
        assert!(rows[1].3.contains(reason), "{} for {shown}", rows[1].3);
        assert!(rows.iter().all(|row| row.0 == 50), "{rows:?}");
        assert!(rows[0].3.is_empty() && rows[2].3.is_empty(), "{rows:?}");
    }
}
