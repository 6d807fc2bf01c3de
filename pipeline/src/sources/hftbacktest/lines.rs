//! The lines of several files as one run, whatever the files hold.

use super::fault::Fault;
use crate::sources::{SourceError, jsonl::Input};
use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};

/// The longest line that is read; the longest real one, a snapshot of 5,000 levels a side, has
/// 300 kB.
pub(super) const LINE_BYTES: usize = 8 << 20;

/// What is kept of a longer line: enough for [`schemas::records::cut_raw`].
const HEAD_BYTES: usize = 8 << 10;

/// A line, and where it stands.
pub(in crate::sources) struct Line<'a> {
    /// Its bytes without the end of line; of a faulty one what is worth showing.
    pub(in crate::sources) bytes: &'a [u8],
    /// Why it cannot be used, if that is known already.
    pub(in crate::sources) fault: Option<Fault>,
    /// Its number over all the files, from 1.
    pub(in crate::sources) offset: u64,
    /// Its number in its file, from 1.
    pub(in crate::sources) number: u64,
    /// Its file.
    pub(in crate::sources) path: &'a Path,
}

/// Reads the files one after another.
pub(in crate::sources) struct Lines {
    paths: Vec<PathBuf>,
    /// Files opened so far; the last of them is the present one.
    opened: usize,
    input: Option<Input>,
    /// The line read last.
    line: Vec<u8>,
    /// It waits for the empty lines before it.
    waiting: Option<Option<Fault>>,
    /// Empty lines not yet given out: those at the end of a file never are.
    blanks: u64,
    /// Lines given out of the present file, and lines of the files before.
    number: u64,
    before: u64,
    state: State,
    bytes_before: u64,
    bytes_total: u64,
}

impl Lines {
    /// Checks that the files are there.
    pub(in crate::sources) fn open(paths: Vec<PathBuf>) -> Result<Lines, SourceError> {
        let mut bytes_total = 0;
        for path in &paths {
            let bytes = std::fs::File::open(path).and_then(|file| file.metadata());
            bytes_total += bytes.map_err(|error| unreadable(path, error))?.len();
        }
        Ok(Lines {
            paths,
            opened: 0,
            input: None,
            line: Vec::new(),
            waiting: None,
            blanks: 0,
            number: 0,
            before: 0,
            state: State::Reading,
            bytes_before: 0,
            bytes_total,
        })
    }

    /// Bytes read of the stored files, and bytes in all.
    pub(in crate::sources) fn progress(&self) -> (u64, u64) {
        let present = self.input.as_ref().map_or(0, |input| input.progress().0);
        (self.bytes_before + present, self.bytes_total)
    }

    /// Lines given out; empty ones at the end of a file before count as well.
    pub(in crate::sources) fn count(&self) -> u64 {
        self.before + self.number
    }

    /// The next line.
    pub(in crate::sources) fn next(&mut self) -> Result<Option<Line<'_>>, SourceError> {
        while self.waiting.is_none() {
            if self.input.is_none() && !self.open_next()? {
                return Ok(None);
            }
            let fault = match self.read() {
                Ok(Some(fault)) => fault,
                Ok(None) => {
                    self.close();
                    continue;
                }
                Err(error) => return Err(unreadable(&self.paths[self.opened - 1], error)),
            };
            if fault.is_none() && self.line.is_empty() {
                self.blanks += 1;
            } else {
                self.waiting = Some(fault);
            }
        }
        self.number += 1;
        let blank = self.blanks > 0;
        let fault = if blank {
            self.blanks -= 1;
            Some(Fault::Empty)
        } else {
            self.waiting.take().flatten()
        };
        Ok(Some(Line {
            bytes: if blank { &[] } else { &self.line },
            fault,
            offset: self.before + self.number,
            number: self.number,
            path: &self.paths[self.opened - 1],
        }))
    }

    fn open_next(&mut self) -> Result<bool, SourceError> {
        let Some(path) = self.paths.get(self.opened) else {
            return Ok(false);
        };
        self.input = Some(Input::open(path).map_err(|error| unreadable(path, error))?);
        self.opened += 1;
        Ok(true)
    }

    fn close(&mut self) {
        self.bytes_before += self.input.take().map_or(0, |input| input.progress().0);
        self.before += self.number + self.blanks;
        (self.number, self.blanks, self.state) = (0, 0, State::Reading);
    }

    /// Reads a line into the buffer and tells what is wrong with it; `None` at the end of the file.
    fn read(&mut self) -> io::Result<Option<Option<Fault>>> {
        self.line.clear();
        let input = self.input.as_mut().expect("a file is open");
        let error = match std::mem::replace(&mut self.state, State::Reading) {
            State::Over => return Ok(None),
            State::Broken(error) => error,
            State::Reading => match read_line(input.reader(), &mut self.line) {
                Ok(Got::End) => return Ok(None),
                Ok(Got::Line) => return Ok(Some(None)),
                Ok(Got::TooLong) => {
                    if let Err(error) = input.reader().skip_until(b'\n') {
                        self.state = State::Broken(error);
                    }
                    return Ok(Some(Some(Fault::TooLong)));
                }
                Err(error) => error,
            },
        };
        if !input.is_damage(&error) {
            return Err(error);
        }
        // All that could be unpacked is out; what came of the last line is shown.
        self.state = State::Over;
        Ok(Some(Some(Fault::Damaged(error.to_string()))))
    }
}

/// How far the present file can be read.
enum State {
    Reading,
    /// This is what the next attempt is to find.
    Broken(io::Error),
    /// No further.
    Over,
}

enum Got {
    Line,
    TooLong,
    End,
}

/// Reads a line without its end, or the head of one that is too long.
fn read_line(reader: &mut dyn BufRead, line: &mut Vec<u8>) -> io::Result<Got> {
    if reader.take(LINE_BYTES as u64 + 1).read_until(b'\n', line)? == 0 {
        return Ok(Got::End);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
        if line.last() == Some(&b'\r') {
            line.pop();
        }
    } else if line.len() > LINE_BYTES {
        line.truncate(HEAD_BYTES);
        return Ok(Got::TooLong);
    }
    Ok(Got::Line)
}

fn unreadable(path: &Path, error: io::Error) -> SourceError {
    SourceError::Io { path: path.display().to_string(), error }
}
