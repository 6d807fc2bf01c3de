//! Files that are damaged, huge, or in pieces.

use super::hostile::{T0, depth, read_bytes, rejects, trade};
use super::{read, spot};
use flate2::{Compression, write::GzEncoder};
use schemas::Chunk;
use std::io::Write;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn day(from: i64, lines: i64) -> String {
    (from..from + lines).map(|i| trade(T0 + i * 1000) + "\n").collect()
}

fn trades(chunks: &[Chunk]) -> usize {
    chunks.iter().map(|chunk| chunk.trades.price.len()).sum()
}

#[test]
fn packed_or_plain_whole_or_in_members_is_the_same() {
    let text = day(0, 40_000);
    let (plain, lines) = read_bytes(&spot(), text.as_bytes());
    assert_eq!((lines, trades(&plain), plain.len()), (40_000, 40_000, 3));
    assert!(read_bytes(&spot(), &gzip(text.as_bytes())).0 == plain);
    let (head, tail) = text.as_bytes().split_at(777_777);
    assert!(read_bytes(&spot(), &[gzip(head), gzip(tail)].concat()).0 == plain);
}

#[test]
fn offsets_count_every_line_of_every_file() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("a.txt"), folder.path().join("b.txt"));
    std::fs::write(&first, day(0, 2) + "\n\n").unwrap();
    std::fs::write(&second, format!("\n{}bad", day(2, 1))).unwrap();
    let (chunks, lines) = read(&spot(), &[first, second]).unwrap();
    assert_eq!((lines, chunks[0].offset.clone()), (7, vec![1, 2, 5, 6, 7]));
    let rejects = rejects(&chunks);
    assert_eq!((rejects[0].0.as_str(), rejects[1].0.as_str()), ("b.txt:1", "b.txt:3"));
}

#[test]
fn a_file_cut_off_lands_up_to_the_cut_and_the_next_one_follows() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("a.gz"), folder.path().join("b.txt"));
    let whole = gzip(day(0, 5000).as_bytes());
    std::fs::write(&second, day(6000, 10)).unwrap();
    for cut in [whole.len() - 1, whole.len() - 8, whole.len() / 2, 30, 12, 5, 2] {
        std::fs::write(&first, &whole[..cut]).unwrap();
        let (chunks, lines) = read(&spot(), &[first.clone(), second.clone()]).unwrap();
        let (landed, rejects) = (trades(&chunks), rejects(&chunks));
        assert_eq!((rejects.len(), landed as u64 + 1), (1, lines), "{cut}: {rejects:?}");
        let (origin, reason, raw) = &rejects[0];
        assert_eq!(*origin, format!("a.gz:{}", landed - 10 + 1));
        assert!(reason.starts_with("the file is cut off or damaged here"), "{reason}");
        assert!(trade(T0 + (landed as i64 - 10) * 1000).starts_with(raw), "{raw}");
        if cut == whole.len() / 2 {
            assert!((2000..3010).contains(&landed), "{landed}");
        }
        let last = chunks.last().unwrap();
        assert_eq!(last.ts.last(), Some(&(T0 + 6009 * 1000)));
    }
}

#[test]
fn damage_inside_a_packed_file_is_told() {
    let mut bytes = gzip(day(0, 5000).as_bytes());
    let middle = bytes.len() / 2;
    bytes[middle..middle + 64].fill(0xff);
    let (chunks, lines) = read_bytes(&spot(), &bytes);
    let rejects = rejects(&chunks);
    assert_eq!((trades(&chunks) + rejects.len()) as u64, lines);
    assert!(rejects.last().unwrap().1.contains("damaged"), "{rejects:?}");
    assert!(trades(&chunks) > 1000);
    // Bytes after the end of the last member.
    let bytes = [gzip(day(0, 10).as_bytes()), b"left over".to_vec()].concat();
    let (chunks, _) = read_bytes(&spot(), &bytes);
    assert_eq!((trades(&chunks), self::rejects(&chunks).len()), (10, 1));
}

#[test]
fn a_line_at_the_limit_is_read_and_one_beyond_it_is_not() {
    let padded = |length: usize| {
        let line = trade(T0);
        let (head, tail) = line.split_at(20);
        format!("{head}{}{tail}", " ".repeat(length - line.len()))
    };
    let text = [padded(8 << 20), padded((8 << 20) + 1), trade(T0)].join("\n");
    let (chunks, lines) = read_bytes(&spot(), text.as_bytes());
    assert_eq!((lines, trades(&chunks), rejects(&chunks).len()), (3, 2, 1));
}

#[test]
fn a_message_is_never_split_between_chunks() {
    let level = r#"["1","2"],"#.repeat(20_000);
    let level = level.trim_end_matches(',');
    let line = depth(r#""U":1,"u":2"#, &format!("[{level}]"), "[]");
    let text = day(0, 16_000) + &line + "\n" + &line + "\n" + &day(0, 1);
    let (chunks, _) = read_bytes(&spot(), text.as_bytes());
    let sizes: Vec<usize> = chunks.iter().map(Chunk::len).collect();
    assert_eq!(sizes, [36_000, 20_000, 1]);
}
