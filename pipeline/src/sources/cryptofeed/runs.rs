//! A file as runs of lines that are each in order of time, merged into one: captures that were
//! converted from an older form have one connection after another.

use super::fault::Fault;
use super::frame::{Frame, FrameKind, stamp};
use crate::sources::SourceError;
use crate::sources::hftbacktest::{self, Clock, Line, Lines};
use schemas::EventTime;
use schemas::records::RAW_LIMIT_BYTES;
use std::path::{Path, PathBuf};

/// Runs of a file: each is unpacked on its own.
const RUNS: usize = 32;

/// Bytes of a line that are kept to show it.
const HEAD_BYTES: usize = RAW_LIMIT_BYTES + 4;

/// Lines that follow each other and are in order of time.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Run {
    /// Number of its first line, from 1.
    first: u64,
    /// How many lines it has.
    lines: u64,
    /// When its first line was written down that says so.
    start: EventTime,
}

/// What a look through a file found.
pub(super) struct Found {
    pub(super) runs: Vec<Run>,
    /// When it was begun, as its header says.
    pub(super) recorded: Option<EventTime>,
}

/// A line with its place in time.
pub(super) struct Item {
    /// When it takes effect.
    pub(super) ts: EventTime,
    /// When it was written down.
    pub(super) stamp: EventTime,
    /// Its number in the file, from 1.
    pub(super) number: u64,
    /// What is worth showing of it.
    pub(super) head: Vec<u8>,
    pub(super) frame: Result<Frame, Fault>,
}

/// What stands for the name of the exchange in a file of messages by themselves.
pub(super) const ARCHIVE: &str = "an archive";

/// The exchange that the first line of a file names, and when that was begun; [`ARCHIVE`] where the
/// file begins with a message by itself.
///
/// # Errors
/// When there is no such file, or its first line is no header.
pub(super) fn header(path: &Path) -> Result<(String, Option<EventTime>), SourceError> {
    let none = |found: String| SourceError::Format {
        path: path.display().to_string(),
        expected: "a capture of cryptofeed, which begins with a header".to_owned(),
        found,
    };
    let mut lines = Lines::open(vec![path.to_owned()])?;
    let line = lines.next()?.ok_or_else(|| none("it is empty".to_owned()))?;
    match read(&line) {
        Ok((recorded, frame)) if frame.kind == FrameKind::Header => Ok((frame.target, recorded)),
        Ok((_, frame)) if frame.kind == FrameKind::Alone => Ok((ARCHIVE.to_owned(), None)),
        Ok(_) => Err(none("the first line is something else".to_owned())),
        Err(fault) => Err(none(fault.to_string())),
    }
}

/// Looks through a file for its runs. One ends where another connection begins at an earlier time.
///
/// # Errors
/// When the file cannot be read, no line says when it was written down, or it has too many runs.
pub(super) fn survey(path: &Path) -> Result<Found, SourceError> {
    let (_, recorded) = header(path)?;
    let wrong = |found: String| SourceError::Format {
        path: path.display().to_string(),
        expected: "a capture of cryptofeed".to_owned(),
        found,
    };
    let mut lines = Lines::open(vec![path.to_owned()])?;
    let mut runs: Vec<Run> = Vec::new();
    let (mut first, mut number) = (1, 0);
    let (mut clock, mut start, mut last) = (Clock::default(), None, None::<String>);
    while let Some(line) = lines.next()? {
        number = line.number;
        let text = line.fault.is_none().then(|| std::str::from_utf8(line.bytes).ok()).flatten();
        let Some((conn, at)) = text.and_then(stamp) else { continue };
        if Clock::default().admit(at.0, recorded).is_err() {
            continue;
        }
        if clock.last().is_some_and(|reached| at < reached) && last.as_ref() != Some(&conn) {
            let start = start.take().expect("a line before it had a time");
            runs.push(Run { first, lines: number - first, start });
            if runs.len() == RUNS {
                let found = format!("it goes back in time more than {RUNS} times: sort it by `ts`");
                return Err(wrong(found));
            }
            (first, clock) = (number, Clock::default());
        }
        if let Ok(at) = clock.admit(at.0, recorded) {
            start = start.or(Some(at));
            last = Some(conn);
        }
    }
    let start = start.or(runs.last().map(|run| run.start)).or(recorded);
    let none = || wrong("no line says when it was received".to_owned());
    runs.push(Run { first, lines: number + 1 - first, start: start.ok_or_else(none)? });
    Ok(Found { runs, recorded })
}

fn read(line: &Line<'_>) -> Result<(Option<EventTime>, Frame), Fault> {
    let text = std::str::from_utf8(line.bytes).map_err(|_| hftbacktest::Fault::NotUtf8)?;
    Frame::read(text)
}

/// The runs of a file, merged by time.
pub(super) struct Merge {
    lanes: Vec<Lane>,
}

/// A run that is read.
struct Lane {
    path: PathBuf,
    run: Run,
    recorded: Option<EventTime>,
    lines: Option<Lines>,
    clock: Clock,
    next: Option<Item>,
    over: bool,
}

impl Merge {
    pub(super) fn new(path: &Path, found: Found) -> Merge {
        let Found { runs, recorded } = found;
        let lane = |run| Lane {
            path: path.to_owned(),
            run,
            recorded,
            lines: None,
            clock: Clock::default(),
            next: None,
            over: false,
        };
        Merge { lanes: runs.into_iter().map(lane).collect() }
    }

    /// The next line of all.
    pub(super) fn next(&mut self) -> Result<Option<Item>, SourceError> {
        let mut first: Option<((EventTime, u64), usize)> = None;
        for (place, lane) in self.lanes.iter_mut().enumerate() {
            lane.fill()?;
            if let Some(item) = &lane.next {
                let at = ((item.ts, item.number), place);
                first = Some(first.map_or(at, |first| first.min(at)));
            }
        }
        Ok(first.and_then(|(_, place)| self.lanes[place].next.take()))
    }

    /// Bytes read of the file, as far as the lane that ends it, and bytes in all.
    pub(super) fn progress(&self) -> Option<(u64, u64)> {
        self.lanes.last()?.lines.as_ref().map(Lines::progress)
    }
}

impl Lane {
    fn fill(&mut self) -> Result<(), SourceError> {
        if self.over || self.next.is_some() {
            return Ok(());
        }
        if self.lines.is_none() {
            let mut lines = Lines::open(vec![self.path.clone()])?;
            for _ in 1..self.run.first {
                lines.next()?;
            }
            self.lines = Some(lines);
        }
        let lines = self.lines.as_mut().expect("they were just opened");
        let end = self.run.first + self.run.lines;
        let line = match lines.count() + 1 < end {
            true => lines.next()?,
            false => None,
        };
        let Some(mut line) = line else {
            self.over = true;
            return Ok(());
        };
        let head = line.bytes[..line.bytes.len().min(HEAD_BYTES)].to_vec();
        let number = line.number;
        // Lines before the first that tells a time have taken that of the run.
        let start = self.run.start;
        let known = self.clock.last().map_or(start, |reached| reached.max(start));
        let read = match line.fault.take() {
            Some(fault) => Err(fault.into()),
            None => read(&line),
        };
        let (ts, stamp, frame) = match read {
            Ok((Some(stamp), frame)) if frame.kind != FrameKind::Header => {
                match self.clock.admit(stamp.0, self.recorded) {
                    Ok(ts) => (ts.max(start), stamp, Ok(frame)),
                    Err(fault) => (known, known, Err(fault.into())),
                }
            }
            Ok((_, frame)) => (known, known, Ok(frame)),
            Err(fault) => (known, known, Err(fault)),
        };
        self.next = Some(Item { ts, stamp, number, head, frame });
        Ok(())
    }
}
