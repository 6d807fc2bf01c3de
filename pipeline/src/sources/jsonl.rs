//! Files of records in the JSON of topics, one a line, plain, gzip or zstd.
//!
//! A line takes effect when it was received, but never before one above it. A line that cannot be
//! used lands as a reject at the time reached so far; at the head of a file, where none is known,
//! at that of the first record. Heartbeats only move the time; empty lines only count.

mod input;
mod lookup;
#[cfg(test)]
mod tests;

use super::{CHUNK_ROWS, Reader, SourceError};
pub(super) use input::Input;
pub(super) use lookup::Lookup;
use schemas::chunk::{NO_INSTRUMENT, Other, RowHead};
use schemas::records::{RAW_LIMIT_BYTES, cut_raw};
use schemas::wire::{WireError, decode_line};
use schemas::{Chunk, EventTime, Instrument};
use std::io::{self, BufRead, Read};
use std::path::Path;

/// The longest line that is read: a snapshot of 100,000 levels has half of it.
const LINE_BYTES: u64 = 8 << 20;
/// Rejects kept while no record has told the time; a file that begins with more is no such file.
const HELD_LINES: usize = 1024;
/// A year: one stamp from 2099 would make every later record late and end the job's time.
const MAX_AHEAD_NS: i64 = 366 * 86_400_000_000_000;

/// A file as a partition: the offset is the number of the line, from 1.
pub struct Jsonl {
    source: (u16, u32),
    path: String,
    /// The file's own name, for the origin of rejects.
    name: String,
    input: Input,
    instruments: Lookup,
    line: Vec<u8>,
    number: u64,
    /// The line did not fit the last chunk.
    again: bool,
    reached: Option<EventTime>,
    held: Vec<(u64, Other)>,
}

impl Jsonl {
    /// Opens a file as a partition of the source with this rank. `instruments` is the plan's list.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn open(
        rank: u16,
        partition: u32,
        path: &Path,
        instruments: &[Instrument],
    ) -> Result<Jsonl, SourceError> {
        let shown = path.display().to_string();
        let input = match Input::open(path) {
            Ok(input) => input,
            Err(error) => return Err(SourceError::Io { path: shown, error }),
        };
        Ok(Jsonl {
            source: (rank, partition),
            name: path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
            path: shown,
            input,
            instruments: Lookup::new(instruments),
            line: Vec::new(),
            number: 0,
            again: false,
            reached: None,
            held: Vec::new(),
        })
    }

    /// Reads the next line, and what is wrong with it if that is known already; `None` at the end.
    fn read_line(&mut self) -> Result<Option<Result<(), String>>, SourceError> {
        self.line.clear();
        let read = self.input.reader().take(LINE_BYTES).read_until(b'\n', &mut self.line);
        if !matches!(read, Ok(0)) {
            self.number += 1;
        }
        match read {
            Ok(0) => return Ok(None),
            Ok(_) if self.line.len() as u64 != LINE_BYTES => return Ok(Some(Ok(()))),
            Ok(_) => {}
            Err(error) => return self.damaged(error).map(Some),
        }
        if self.line.last() == Some(&b'\n') {
            return Ok(Some(Ok(())));
        }
        self.line.truncate(2 * RAW_LIMIT_BYTES);
        match self.input.reader().skip_until(b'\n') {
            Ok(_) => Ok(Some(Err(format!("the line is longer than {} MiB", LINE_BYTES >> 20)))),
            Err(error) => self.damaged(error).map(Some),
        }
    }

    /// A gzip file that breaks off: what could be unpacked counts, and the rest is a reject.
    fn damaged(&mut self, error: io::Error) -> Result<Result<(), String>, SourceError> {
        if !self.input.is_damage(&error) {
            return Err(SourceError::Io { path: self.path.clone(), error });
        }
        self.input.give_up();
        Ok(Err(format!("the file is cut off or damaged, and what follows is lost: {error}")))
    }

    /// Puts a line into a chunk; false when it is for the next one.
    fn land(&mut self, line: &[u8], whole: Result<(), String>, chunk: &mut Chunk) -> bool {
        let lookup = |venue: &str, symbol: &str| self.instruments.find(venue, symbol);
        let text = std::str::from_utf8(line).map_err(|_| "the line is not UTF-8".to_owned());
        let (fault, stamp) = match whole.and(text) {
            Ok(text) if text.trim_ascii().is_empty() => return true,
            Ok(text) => match decode_line(text, &lookup) {
                Ok(message) => {
                    let rows = message.rows() + self.held.len();
                    if !chunk.is_empty() && chunk.len() + rows > CHUNK_ROWS {
                        return false;
                    }
                    match self.admit(message.ts, message.exchange_ts) {
                        Ok(ts) => {
                            self.release(ts, chunk);
                            message.push(chunk, ts, self.number);
                            return true;
                        }
                        Err(fault) => (fault, None),
                    }
                }
                // A sound record that no one asked for still tells the time.
                Err(error @ WireError::Instrument { ts, .. }) => (error.to_string(), Some(ts)),
                Err(error) => (error.to_string(), None),
            },
            Err(fault) => (fault, None),
        };
        let fault = match stamp.map(|ts| self.admit(ts, None)) {
            Some(Err(fault)) => fault,
            _ => fault,
        };
        self.reject(line, fault, chunk);
        true
    }

    /// When what was received at `ts` takes effect; what is refused changes nothing.
    fn admit(&mut self, ts: EventTime, venue: Option<EventTime>) -> Result<EventTime, String> {
        let ts = match (self.reached, venue) {
            (Some(reached), _) if ts.0.saturating_sub(reached.0) > MAX_AHEAD_NS => {
                return Err(format!(
                    "ts {ts} is more than a year after the record before, {reached}"
                ));
            }
            (Some(reached), _) => ts.max(reached),
            // Nothing came before that could vouch for the first one, but the venue may.
            (None, Some(venue)) if ts.0.abs_diff(venue.0) > MAX_AHEAD_NS as u64 => {
                return Err(format!("ts {ts} is more than a year from the venue's time, {venue}"));
            }
            (None, _) => ts,
        };
        self.reached = Some(ts);
        Ok(ts)
    }

    fn reject(&mut self, line: &[u8], reason: String, chunk: &mut Chunk) {
        // A few bytes more than are kept, so that the cut falls on a whole character.
        let raw = String::from_utf8_lossy(&line[..line.len().min(RAW_LIMIT_BYTES + 4)]);
        let reject = Other::Reject {
            stage: "decode".to_owned(),
            origin: format!("{}:{}", self.name, self.number),
            reason,
            raw: cut_raw(raw.trim_ascii_end()).to_owned(),
        };
        self.held.push((self.number, reject));
        if let Some(ts) = self.reached {
            self.release(ts, chunk);
        }
    }

    /// Lands what waited for a time.
    fn release(&mut self, ts: EventTime, chunk: &mut Chunk) {
        for (offset, reject) in self.held.drain(..) {
            let (recv_ts, instrument) = (ts, NO_INSTRUMENT);
            let head = RowHead { ts, recv_ts, exchange_ts: None, offset, seq: 0, instrument };
            chunk.push_other(head, reject);
        }
    }

    /// Rejects without a record that tells the time: this is some other file.
    fn check_held(&self, most: usize) -> Result<(), SourceError> {
        match self.held.first() {
            Some((number, Other::Reject { reason, .. })) if self.held.len() > most => {
                Err(SourceError::Format {
                    path: self.path.clone(),
                    expected: "a file of records in the JSON of topics, one a line".to_owned(),
                    found: format!(
                        "line {number} and all that were looked at cannot be used: {reason}"
                    ),
                })
            }
            _ => Ok(()),
        }
    }
}

impl Reader for Jsonl {
    fn next(&mut self) -> Result<Option<Chunk>, SourceError> {
        let mut chunk = Chunk::mixed(self.source.0, self.source.1);
        while chunk.len() < CHUNK_ROWS {
            let whole = match std::mem::take(&mut self.again) {
                true => Ok(()),
                false => match self.read_line()? {
                    Some(whole) => whole,
                    None => {
                        self.check_held(0)?;
                        break;
                    }
                },
            };
            let line = std::mem::take(&mut self.line);
            self.again = !self.land(&line, whole, &mut chunk);
            self.line = line;
            self.check_held(HELD_LINES)?;
            if self.again {
                break;
            }
        }
        Ok((!chunk.is_empty()).then_some(chunk))
    }

    fn progress(&self) -> Option<(u64, u64)> {
        Some(self.input.progress())
    }
}
