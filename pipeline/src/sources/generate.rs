//! A synthetic market as a file of records in the JSON of topics.

use super::synthetic::{Synthetic, SyntheticReader};
use super::{CHUNK_ROWS, Reader, SourceError};
use schemas::wire::encode_message;
use schemas::{Chunk, Instrument, OrderKey};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, Write};

/// Rows held over all instruments at a time, about.
const HELD_ROWS: usize = 4 * CHUNK_ROWS;
/// Bytes handed over at a time.
const BUFFER_BYTES: usize = 64 * 1024;

/// Writes all messages of a market, one a line, in order-key order, and gives their number.
/// `progress` is told the number now and then, and at the end.
///
/// # Errors
/// When the writer fails.
pub fn write_jsonl(
    market: &Synthetic,
    out: &mut dyn Write,
    progress: &mut dyn FnMut(u64),
) -> io::Result<u64> {
    let mut lanes = Vec::new();
    let mut heads = BinaryHeap::new();
    for (number, instrument) in market.instruments().into_iter().enumerate() {
        let reader = market.open(0, number as u32, number as u32);
        let rows = HELD_ROWS / market.instruments as usize;
        let mut lane = Lane::new(reader.chunk_rows(rows), instrument);
        heads.extend(lane.head()?.map(|key| Reverse((key, number))));
        lanes.push(lane);
    }
    let mut lines = 0;
    let mut buffer = String::with_capacity(BUFFER_BYTES + 4096);
    while let Some(Reverse((_, number))) = heads.pop() {
        let lane = &mut lanes[number];
        lane.row = encode_message(&lane.chunk, lane.row, Some(&lane.instrument), &mut buffer);
        buffer.push('\n');
        lines += 1;
        heads.extend(lane.head()?.map(|key| Reverse((key, number))));
        if buffer.len() >= BUFFER_BYTES {
            out.write_all(buffer.as_bytes())?;
            buffer.clear();
            progress(lines);
        }
    }
    out.write_all(buffer.as_bytes())?;
    progress(lines);
    Ok(lines)
}

/// An instrument's messages.
struct Lane {
    reader: SyntheticReader,
    instrument: Instrument,
    chunk: Chunk,
    row: usize,
}

impl Lane {
    fn new(reader: SyntheticReader, instrument: Instrument) -> Lane {
        Lane { reader, instrument, chunk: Chunk::mixed(0, 0), row: 0 }
    }

    /// The key of the next message.
    fn head(&mut self) -> io::Result<Option<OrderKey>> {
        if self.row == self.chunk.len() {
            let chunk = match self.reader.next() {
                Ok(chunk) => chunk,
                Err(SourceError::Io { error, .. }) => return Err(error),
                Err(error) => return Err(io::Error::other(error)),
            };
            let Some(chunk) = chunk else { return Ok(None) };
            (self.chunk, self.row) = (chunk, 0);
        }
        Ok(Some(self.chunk.key(self.row)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::jsonl::Jsonl;
    use crate::sources::synthetic::tests::{market, row_text};

    fn written(market: &Synthetic) -> (String, u64) {
        let (mut bytes, mut told) = (Vec::new(), 0);
        let lines = write_jsonl(market, &mut bytes, &mut |lines| {
            assert!(lines >= told);
            told = lines;
        });
        assert_eq!(lines.unwrap(), told);
        (String::from_utf8(bytes).unwrap(), told)
    }

    fn rows(mut reader: impl Reader) -> Vec<(OrderKey, String)> {
        let mut rows = Vec::new();
        while let Some(chunk) = reader.next().unwrap() {
            assert!(chunk.len() <= CHUNK_ROWS);
            rows.extend((0..chunk.len()).map(|row| (chunk.key(row), row_text(&chunk, row))));
        }
        rows
    }

    #[test]
    fn what_is_read_back_is_what_was_made() {
        let market = market(13, 5, 100);
        let (text, lines) = written(&market);
        assert_eq!(text.lines().count() as u64, lines);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("market.jsonl");
        std::fs::write(&path, text).unwrap();
        let back = rows(Jsonl::open(0, 0, &path, &market.instruments()).unwrap());
        assert!(back.is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!(back.last().unwrap().0.source_offset, lines);
        let open = |number| rows(market.open(0, number, number));
        let mut made: Vec<_> = (0..5).flat_map(open).collect();
        made.sort();
        assert!(made.len() > 100_000 && made.iter().any(|(_, row)| row.contains("News")));
        assert_eq!(made.len(), back.len());
        for (made, back) in made.iter().zip(&back) {
            assert_eq!(made.1, back.1);
        }
    }

    #[test]
    fn as_many_lines_as_events_whatever_the_number_of_instruments() {
        for instruments in [1, 7, 600] {
            let market =
                Synthetic { minutes: None, events: Some(5_000), ..market(3, instruments, 0) };
            let (text, lines) = written(&market);
            assert_eq!((lines, text.lines().count()), (5_000, 5_000));
        }
        assert_eq!(written(&market(3, 0, 10)), (String::new(), 0));
    }

    #[test]
    fn a_full_disk_is_an_error() {
        let mut disk = [0u8; 100];
        let error = write_jsonl(&market(3, 1, 10), &mut &mut disk[..], &mut |_| {}).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WriteZero);
    }
}
