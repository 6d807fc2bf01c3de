//! Recordings of hftbacktest's collector: lines of `<receive time, Unix ns> <JSON>` with the raw
//! streams of Binance spot, USD-M and COIN-M futures (`trade`, `depthUpdate`, `bookTicker`) and the
//! depth snapshots from REST between them, plain or gzip. Quantities of COIN-M count contracts.
//!
//! Everything lands as it came, in the order of the file: what a depth message or a snapshot means
//! for the book is the book's business (`operators::book`). A line that cannot be used lands as a
//! reject, so lines in are records landed and rejected; only empty lines at a file's end do not
//! count. Prices, quantities and ids are read from their digits, never through floats.

mod clock;
mod decode;
mod fault;
mod land;
mod lines;
mod message;
mod messages;

use super::{CHUNK_ROWS, Reader, SourceError};
pub(super) use clock::Clock;
use decode::Decoder;
pub(super) use fault::Fault;
use land::Landing;
pub(super) use lines::{Line, Lines};
pub(super) use messages::{Message, Messages};
use schemas::{Chunk, Instrument};
use std::path::PathBuf;

/// Venues whose recordings are read.
pub const VENUES: [&str; 3] = ["binance", "binance_usdm", "binance_coinm"];

/// Files of one instrument, one after another, as one partition: the offset is the number of the
/// line over all of them, from 1.
pub struct HftBacktest {
    lines: Lines,
    decoder: Decoder,
    landing: Landing,
    source: (u16, u32),
}

impl HftBacktest {
    /// Opens the files, in the order in which they continue each other, as a partition of the
    /// source with this rank. `index` is the instrument's place in the plan's list.
    ///
    /// # Errors
    /// When a file cannot be opened, or the venue is none of [`VENUES`].
    pub fn open(
        rank: u16,
        partition: u32,
        paths: Vec<PathBuf>,
        index: u32,
        instrument: &Instrument,
    ) -> Result<HftBacktest, SourceError> {
        let venue = instrument.id.venue();
        if !VENUES.contains(&venue) {
            let path = paths.first().map_or(String::new(), |path| path.display().to_string());
            return Err(SourceError::Format {
                path,
                expected: format!("of a venue that this format reads, {}", VENUES.join(" or ")),
                found: format!("its venue is {venue}"),
            });
        }
        Ok(HftBacktest {
            lines: Lines::open(paths)?,
            decoder: Decoder::new(instrument),
            landing: Landing::new(index),
            source: (rank, partition),
        })
    }

    /// Lines read so far, those that were rejected included.
    pub fn lines(&self) -> u64 {
        self.lines.count()
    }
}

impl Reader for HftBacktest {
    fn next(&mut self) -> Result<Option<Chunk>, SourceError> {
        let mut chunk = Chunk::mixed(self.source.0, self.source.1);
        while chunk.len() < CHUNK_ROWS {
            match self.lines.next()? {
                Some(line) => self.landing.land(line, &mut self.decoder, &mut chunk)?,
                None => {
                    self.landing.finish(&mut chunk)?;
                    break;
                }
            }
        }
        Ok((!chunk.is_empty()).then_some(chunk))
    }

    fn progress(&self) -> Option<(u64, u64)> {
        Some(self.lines.progress())
    }
}
