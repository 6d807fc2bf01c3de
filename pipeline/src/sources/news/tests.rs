//! Files of news as readers give them.

use super::*;
use article::moment;
use schemas::InstrumentId;
use std::{cell::Cell, fs, path::Path};

fn instruments() -> Vec<Instrument> {
    let instrument = |symbol: &str| Instrument {
        id: InstrumentId::new("demo", symbol),
        base: symbol.into(),
        quote: "USD".into(),
        settle: "USD".into(),
        kind: schemas::instrument::Kind::Spot,
        price_scale: 2,
        quantity_scale: 2,
        tick: 1,
        lot: 1,
        multiplier: 1,
        inverse: false,
    };
    ["A", "B"].map(instrument).to_vec()
}

/// Files in a folder that goes away.
fn files(format: NewsFormat, texts: &[&str]) -> (tempfile::TempDir, NewsFiles) {
    let folder = tempfile::tempdir().unwrap();
    let write = |(i, text): (usize, &&str)| {
        let path = folder.path().join(format!("{i}.txt"));
        fs::write(&path, text).unwrap();
        path
    };
    let paths = texts.iter().enumerate().map(write).collect();
    let files = NewsFiles::new(format, paths);
    (folder, files)
}

/// One row each: seconds of effect, partition, line, seq, instrument, headline or reason.
type Row = (i64, u32, u64, u32, u32, String);

fn rows(files: &NewsFiles) -> Vec<Row> {
    let mut reader = files.open(3, &instruments()).unwrap();
    let (mut rows, mut last) = (Vec::new(), None);
    while let Some(chunk) = reader.next().unwrap() {
        for row in 0..chunk.len() {
            let key = chunk.key(row);
            assert!(last < Some(key), "{last:?} then {key:?}");
            last = Some(key);
            let text = match &chunk.others[chunk.slot(row).1] {
                Other::News { headline, .. } => headline.clone(),
                Other::Reject { stage, reason, .. } => format!("{stage}: {reason}"),
                other => panic!("{other:?}"),
            };
            rows.push((
                key.ts.0 / 1_000_000_000,
                key.source_partition,
                key.source_offset,
                key.seq,
                chunk.instrument[row],
                text,
            ));
        }
    }
    rows
}

fn line(seen: i64, headline: &str, rest: &str) -> String {
    format!("{{\"first_seen\":{seen},\"headline\":\"{headline}\"{rest}}}\n")
}

#[test]
fn articles_take_effect_when_first_seen_and_go_to_each_instrument() {
    let text = [
        line(200, "Second", ",\"published\":1,\"symbols\":[\"demo:B\",\"A\"]"),
        line(100, "First about $a, not $5", ",\"published\":150"),
        "\n".to_owned(),
        line(300, "About nobody", ",\"symbols\":\"X;Y\""),
    ];
    let (_folder, files) = files(NewsFormat::Jsonl, &[&text.concat()]);
    let row = |ts, line, seq, instrument, text: &str| (ts, 0, line, seq, instrument, text.into());
    assert_eq!(
        rows(&files),
        [
            row(100, 2, 0, 0, "First about $a, not $5"),
            row(200, 1, 0, 0, "Second"),
            row(200, 1, 1, 1, "Second"),
            row(300, 4, 0, NO_INSTRUMENT, "About nobody"),
        ]
    );
}

#[test]
fn a_mapping_tags_symbols_and_names() {
    let text = [
        line(1, "Acme Corp. rises", ""),
        line(2, "The acme corps", ""),
        line(3, "$XYZ falls", ""),
        line(4, "A headline", ",\"body\":\"about ACME-corp\""),
    ];
    let (_folder, mut files) = files(NewsFormat::Jsonl, &[&text.concat()]);
    files.tags.names = vec![("Acme corp".into(), vec![0])];
    files.tags.symbols = vec![("xyz".into(), vec![0, 1])];
    let about: Vec<(u64, u32)> = rows(&files).into_iter().map(|row| (row.2, row.4)).collect();
    assert_eq!(about, [(1, 0), (2, NO_INSTRUMENT), (3, 0), (3, 1), (4, 0)]);
}

#[test]
fn copies_are_folded_within_the_window_over_all_files() {
    let first = [
        line(10, "Acme rises", ",\"url\":\"u1\",\"symbols\":\"A\""),
        line(30, "Other words", ",\"url\":\"u1\",\"symbols\":\"A\""),
        line(50, "Acme rises", ",\"url\":\"u3\",\"symbols\":\"A B\""),
        line(130, "Acme, rises", ",\"url\":\"u4\",\"symbols\":\"A\""),
    ];
    let second = [
        line(20, "RT: ACME   rises!!", ",\"url\":\"u2\",\"symbols\":\"A\""),
        line(40, "OTHER WORDS", ",\"symbols\":\"A\""),
    ];
    let (_folder, mut files) = files(NewsFormat::Jsonl, &[&first.concat(), &second.concat()]);
    files.fold = Span(100_000_000_000);
    let found: Vec<(i64, u32, String)> =
        rows(&files).into_iter().map(|row| (row.0, row.4, row.5)).collect();
    let copy =
        |ts, what: &str| (ts, NO_INSTRUMENT, format!("duplicate: the {what} of 0.txt:1 again"));
    assert_eq!(
        found,
        [
            (10, 0, "Acme rises".into()),
            copy(20, "headline"),
            copy(30, "address"),
            copy(40, "headline"),
            // Known for one instrument, new for the other.
            (50, 1, "Acme rises".into()),
            // The window is over.
            (130, 0, "Acme, rises".into()),
        ]
    );
}

#[test]
fn lines_are_sorted_within_a_day_and_late_behind_it() {
    const DAY: i64 = 86_400;
    let text = [
        line(DAY + 50, "b", ""),
        line(DAY + 10, "a", ""),
        line(2 * DAY + 20, "d", ""),
        line(DAY + 20, "still in order", ""),
        line(3 * DAY, "e", ""),
        line(DAY + 70, "late", ""),
        line(2 * DAY + 10, "c", ""),
        line(9 * DAY, "f", ""),
        line(DAY, "very late", ""),
    ];
    let (_folder, files) = files(NewsFormat::Jsonl, &[&text.concat()]);
    let found: Vec<(i64, String)> = rows(&files).into_iter().map(|r| (r.0, r.5)).collect();
    let expected = [
        (DAY + 10, "a"),
        (DAY + 20, "still in order"),
        (DAY + 50, "b"),
        (DAY + 70, "late"),
        (2 * DAY + 10, "c"),
        (2 * DAY + 20, "d"),
        (3 * DAY, "e"),
        (3 * DAY, "very late"),
        (9 * DAY, "f"),
    ];
    assert_eq!(found, expected.map(|(ts, text)| (ts, text.to_owned())));
}

#[test]
fn what_cannot_be_used_is_told_with_its_line() {
    let text = [
        "no JSON\n".to_owned(),
        line(10, "a", ""),
        "{\"headline\":\"b\",\"published\":5}\n".to_owned(),
        line(20, " ", ""),
        "{\"headline\":\"c\",\"first_seen\":\"soon\"}\n".to_owned(),
        line(10 + 400 * 86_400, "far", ""),
    ];
    let (_folder, mut files) = files(NewsFormat::Jsonl, &[&text.concat()]);
    let found = rows(&files);
    let lines: Vec<u64> = found.iter().map(|row| row.2).collect();
    assert_eq!(lines, [1, 2, 3, 4, 5, 6]);
    assert!(found[0].5.starts_with("decode: expected"), "{}", found[0].5);
    assert!(found[2].5.contains("there is no `first_seen`"), "{}", found[2].5);
    assert_eq!(found[3].5, "decode: there is no `headline`");
    assert_eq!(found[4].5, "decode: `soon` in `first_seen` is no moment");
    assert!(found[5].5.contains("more than a year after"), "{}", found[5].5);
    files.seen_after = Some(Span(1_000_000_000));
    assert_eq!(rows(&files).iter().filter(|row| row.5 == "b").count(), 1);
}

#[test]
fn hostile_lines_land_or_are_rejected_and_none_is_lost() {
    let (mut text, lines) = (Vec::<u8>::new(), Cell::new(0));
    let mut push = |line: &[u8]| {
        text.extend_from_slice(line);
        text.push(b'\n');
        lines.set(lines.get() + 1);
    };
    push(line(10, "plain", "").trim_end().as_bytes());
    // Lands: nothing hangs on when it says it was published, and texts may hold anything.
    push(line(20, "before its publication", ",\"published\":99999").trim_end().as_bytes());
    push(br#"{"first_seen":30,"headline":"nul \u0000 in it"}"#);
    let long = "good but bad ".repeat(100_000);
    push(line(40, &long, "").trim_end().as_bytes());
    push(line(50, "body", &format!(",\"body\":\"{long}\"")).trim_end().as_bytes());
    let landed = lines.get();
    // Rejected.
    push(b"{\"first_seen\":60,\"headline\":\"a bare \0 nul\"}");
    push(b"{\"first_seen\":60,\"headline\":\"no \xff text\"}");
    push(br#"{"first_seen":60,"headline":"a lone \ud800 half"}"#);
    push(br#"{"first_seen":60,"headline":["#);
    push(br#"[1, 2]"#);
    push(b"null");
    push("[".repeat(200_000).as_bytes());
    push(br#"{"headline":"no time"}"#);
    push(br#"{"first_seen":-1,"headline":"before time"}"#);
    push(br#"{"first_seen":-9223372036854775808,"headline":"before all time"}"#);
    push(br#"{"first_seen":9223372036854775807,"headline":"after all time"}"#);
    push(br#"{"first_seen":99999999999999999999,"headline":"no number"}"#);
    push(br#"{"first_seen":{"a":1},"headline":"no moment"}"#);
    push(line(70, &"x".repeat(9 << 20), "").trim_end().as_bytes());
    let lines = lines.get();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hostile.jsonl");
    fs::write(&path, text).unwrap();
    let found = rows(&NewsFiles::new(NewsFormat::Jsonl, vec![path]));
    let rejected: Vec<&Row> = found.iter().filter(|row| row.5.starts_with("decode: ")).collect();
    assert_eq!(found.len(), lines, "in = landed + rejected");
    assert_eq!(rejected.len(), lines - landed, "{rejected:#?}");
    let mut places: Vec<u64> = found.iter().map(|row| row.2).collect();
    places.sort();
    assert_eq!(places, (1..=lines as u64).collect::<Vec<_>>());
    assert!(rejected.iter().any(|row| row.5 == "decode: the line is longer than 8 MiB"));
}

#[test]
fn hostile_csv_lands_or_is_rejected() {
    let text = b"first_seen,headline,symbols\n\
                 10,plain,A\n\
                 20,nul \0 in it,A\n\
                 30,no \xff text,A\n\
                 soon,no time,A\n\
                 ,no time,A\n\
                 40,too,many,fields,here\n\
                 50,\"open quote,A\n60,eaten,A\n";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hostile.csv");
    fs::write(&path, text).unwrap();
    let found = rows(&NewsFiles::new(NewsFormat::Csv, vec![path]));
    let said: Vec<(u64, bool)> = found.iter().map(|r| (r.2, r.5.starts_with("decode: "))).collect();
    let mut said = said;
    said.sort();
    assert_eq!(
        said,
        [(2, false), (3, false), (4, true), (5, true), (6, true), (7, false), (8, false)]
    );
}

#[test]
fn records_of_csv_that_end_without_a_newline_are_all_there() {
    let text = "first_seen,headline\r10,a\r10,b\r\n10,c\n\n10,d";
    let (_folder, files) = files(NewsFormat::Csv, &[text]);
    let found: Vec<(u64, String)> = rows(&files).into_iter().map(|row| (row.2, row.5)).collect();
    let all = [(2, "a"), (3, "b"), (4, "c"), (5, "d")];
    assert_eq!(found, all.map(|(line, headline)| (line, headline.to_owned())));
}

#[test]
fn a_quote_that_is_never_closed_does_not_eat_the_memory() {
    let head = "first_seen,headline\n10,whole\n20,\"open\n";
    let text = head.to_owned() + &"30,eaten,but not for ever\n".repeat(1 << 20);
    let (_folder, files) = files(NewsFormat::Csv, &[&text]);
    let found: Vec<(u64, String)> = rows(&files).into_iter().map(|row| (row.2, row.5)).collect();
    assert_eq!(found[0], (2, "whole".to_owned()));
    assert!(found.len() == 2 && found[1].1.contains("a record is longer than 8 MiB"), "{found:?}");
}

#[test]
fn a_file_without_news_is_refused() {
    let (_folder, files) = files(NewsFormat::Jsonl, &["1,2,3\nx\n"]);
    let mut reader = files.open(0, &instruments()).unwrap();
    let error = reader.next().unwrap_err().to_string();
    assert!(error.contains("line 1 and all that were looked at"), "{error}");
}

#[test]
fn columns_of_csv_are_found_by_their_header() {
    let text = "Date,Title,Link,Who,Tickers,Text\n\
                2024-01-01 00:00:10,\"Acme, \"\"up\"\"\",u,Wire,\"A,B\",\"two\nlines\"\n\
                2024-01-01T00:00:05Z,early,,,,\n\
                short\n";
    let (_folder, mut files) = files(NewsFormat::Csv, &[text]);
    let name = |text: &str| text.to_owned();
    files.fields = NewsFields {
        headline: name("Title"),
        body: name("Text"),
        source: name("Who"),
        url: name("Link"),
        symbols: name("Tickers"),
        first_seen: name("Date"),
        ..NewsFields::default()
    };
    let start = 1_704_067_200;
    let found: Vec<(i64, u64, u32, String)> =
        rows(&files).into_iter().map(|row| (row.0 - start, row.2, row.4, row.5)).collect();
    assert_eq!(
        found,
        [
            (5, 4, NO_INSTRUMENT, "early".into()),
            (10, 2, 0, "Acme, \"up\"".into()),
            (10, 2, 1, "Acme, \"up\"".into()),
            (10, 5, NO_INSTRUMENT, "decode: there is no `Title`".into()),
        ]
    );
    files.fields.headline = name("Headline");
    let error = files.open(0, &instruments()).err().unwrap().to_string();
    assert!(error.contains("a column `Headline`"), "{error}");
}

#[test]
fn tweets_are_put_together_and_belong_to_their_instrument() {
    let tweet = |time: &str, words: &str| {
        format!("{{\"text\":[{words}],\"created_at\":\"{time}\",\"user_id_str\":\"7\"}}\n")
    };
    let text = [
        tweet("Thu Jan 02 15:45:02 +0000 2014", "\"$\",\"b\",\"is\",\"up\",\"$\",\"5\""),
        tweet("Thu Jan 02 15:45:00 +0000 2014", "\"rt\",\"AT_USER\",\"good\",\"news\""),
        tweet("Thu Jan 02 15:46:00 +0000 2014", "\"Good\",\"news\",\"!\",\"URL\""),
    ];
    let (_folder, mut files) = files(NewsFormat::Stocknet, &[&text.concat()]);
    files.tags.about = vec![0];
    let start = 1_388_677_500;
    let found: Vec<(i64, u32, String)> =
        rows(&files).into_iter().map(|row| (row.0 - start, row.4, row.5)).collect();
    assert_eq!(
        found,
        [
            (0, 0, "rt AT_USER good news".into()),
            (2, 0, "$b is up $ 5".into()),
            (2, 1, "$b is up $ 5".into()),
            (60, NO_INSTRUMENT, "duplicate: the headline of 0.txt:2 again".into()),
        ]
    );
}

#[test]
fn packed_files_are_unpacked() {
    let text = line(1, "a", "");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl.zst");
    fs::write(&path, zstd::encode_all(text.as_bytes(), 0).unwrap()).unwrap();
    let files = NewsFiles::new(NewsFormat::Jsonl, vec![path.clone()]);
    assert_eq!(rows(&files).len(), 1);
    assert!(Path::new(&path).exists());
}

#[test]
fn of_a_file_that_breaks_off_what_can_be_unpacked_counts() {
    use std::io::Write;
    let text: String = (0..20_000).map(|i| line(i, &format!("number {}", i * i), "")).collect();
    let gzip = |text: &str| {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(text.as_bytes()).unwrap();
        packer.finish().unwrap()
    };
    let folder = tempfile::tempdir().unwrap();
    let csv = text.replace("{\"first_seen\":", "").replace(",\"headline\":", ",").replace('}', "");
    let csv = format!("first_seen,headline\n{csv}");
    for (format, bytes) in [
        (NewsFormat::Jsonl, gzip(&text)),
        (NewsFormat::Jsonl, zstd::encode_all(text.as_bytes(), 0).unwrap()),
        (NewsFormat::Csv, gzip(&csv)),
    ] {
        let path = folder.path().join("cut");
        fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        let found = rows(&NewsFiles::new(format, vec![path]));
        let last = found.last().unwrap();
        assert!(last.5.contains("cut off or damaged"), "{last:?}");
        assert!(found.len() > 5_000, "{}", found.len());
        assert_eq!(found.iter().filter(|row| row.5.starts_with("decode: ")).count(), 1);
    }
}

#[test]
fn moments_are_read_in_the_usual_spellings() {
    let at = |text: &str| moment(text).map(|ts| ts.0);
    let ns = Some(1_704_067_210_000_000_000);
    for text in [
        "1704067210",
        "1704067210000",
        "1704067210000000",
        "1704067210000000000",
        "2024-01-01T00:00:10Z",
        " 2024-01-01 00:00:10 ",
        "2024-01-01T01:00:10+01:00",
    ] {
        assert_eq!(at(text), ns, "{text}");
    }
    assert_eq!(at("2024-01-01"), Some(1_704_067_200_000_000_000));
    for text in ["", "-", "soon", "1704067210.5", "2024-13-01"] {
        assert_eq!(at(text), None, "{text}");
    }
}
