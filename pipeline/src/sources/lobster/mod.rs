//! Files of LOBSTER: the messages of a day about one instrument of NASDAQ, order by order
//! (`AAPL_2012-06-21_34200000_57600000_message_10.csv`), and beside them, if they are there, the
//! best levels after each (`…_orderbook_10.csv`).
//!
//! A message says `time,type,order id,size,price,direction`, without a header: seconds after
//! midnight in New York, 1 a new order, 2 a part of one that goes, 3 all of it, 4 an execution of
//! one that is displayed, 5 of a hidden one, 6 a cross, 7 a halt; prices are of ten thousandths of
//! a dollar, and the direction is that of the order that rests, 1 a bid and -1 an ask.
//!
//! The files begin in the middle of a day, and know the best levels only: of orders that came
//! before, or while their price was out of sight, there are no messages. With the levels beside,
//! what stands in sight and belongs to no known order is one anonymous order a level, and levels
//! that messages contradict are put right, which is told as a reject. Without them there are no
//! such orders, and what happens to them has no effect on the book.

mod book;
mod land;
mod line;

use super::{CHUNK_ROWS, Reader, SourceError, jsonl::Input};
use land::Landing;
use line::{Day, Lines};
use schemas::{Chunk, EventTime, Instrument};
use std::path::{Path, PathBuf};

/// Files that continue each other, as one partition: the offset is the number of the message over
/// all of them, from 1.
pub struct Lobster {
    days: std::vec::IntoIter<Day>,
    messages: Option<Lines>,
    levels: Option<Lines>,
    landing: Landing,
    source: (u16, u32),
    bytes: (u64, u64),
}

impl Lobster {
    /// Opens files of messages, in the order in which they continue each other, as a partition of
    /// the source with this rank. `index` is the instrument's place in the plan's list.
    ///
    /// # Errors
    /// When a file is not there, or its name does not say of which day it is.
    pub fn open(
        source: (u16, u32),
        paths: &[PathBuf],
        index: u32,
        instrument: &Instrument,
    ) -> Result<Lobster, SourceError> {
        let days =
            messages(paths).iter().map(|path| Day::of(path)).collect::<Result<Vec<_>, _>>()?;
        let mut total = 0;
        for day in &days {
            let facts = std::fs::metadata(&day.messages);
            total += facts.map_err(|error| unreadable(&day.messages, error))?.len();
        }
        Ok(Lobster {
            days: days.into_iter(),
            messages: None,
            levels: None,
            landing: Landing::new(index, instrument),
            source,
            bytes: (0, total),
        })
    }

    fn open_next(&mut self) -> Result<bool, SourceError> {
        let Some(day) = self.days.next() else { return Ok(false) };
        self.landing.begin(&day);
        self.levels = day.levels.as_deref().map(Lines::open).transpose()?;
        self.messages = Some(Lines::open(&day.messages)?);
        Ok(true)
    }

    /// The next message of the present file, and the levels after it; false at the file's end.
    fn step(&mut self, chunk: &mut Chunk) -> Result<bool, SourceError> {
        let Some(messages) = &mut self.messages else { return Ok(false) };
        let Some(message) = messages.next()? else {
            self.bytes.0 += messages.progress();
            (self.messages, self.levels) = (None, None);
            return Ok(false);
        };
        let levels = match &mut self.levels {
            Some(lines) => lines.next()?,
            None => None,
        };
        self.landing.land(message, levels, chunk);
        Ok(true)
    }
}

impl Reader for Lobster {
    fn next(&mut self) -> Result<Option<Chunk>, SourceError> {
        let mut chunk = Chunk::mixed(self.source.0, self.source.1);
        while chunk.len() < CHUNK_ROWS {
            if !self.step(&mut chunk)? && !self.open_next()? {
                break;
            }
        }
        Ok((!chunk.is_empty()).then_some(chunk))
    }

    fn progress(&self) -> Option<(u64, u64)> {
        let (read, total) = self.bytes;
        let present = self.messages.as_ref().map_or(0, Lines::progress);
        Some(((read + present).min(total), total))
    }
}

/// Files of messages among these: those of levels belong to them.
pub fn messages(paths: &[PathBuf]) -> Vec<PathBuf> {
    let levels = |path: &Path| {
        path.file_name().is_some_and(|name| name.to_string_lossy().contains("_orderbook_"))
    };
    paths.iter().filter(|path| !levels(path)).cloned().collect()
}

fn unreadable(path: &Path, error: std::io::Error) -> SourceError {
    SourceError::Io { path: path.display().to_string(), error }
}
