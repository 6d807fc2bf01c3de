//! Files of rows and columns: CSV (plain, gzip or zip), Parquet, Feather and JSON arrays of rows.
//! A [`Layout`] says which column means what; those of well-known files are built in.
//!
//! The files of an instrument continue each other and are one partition. A row takes effect at its
//! time (the receive time where the layout has one), but never before a row above it; one that
//! lies more than a second back is a reject, since the file is then not in order. Prices and
//! quantities are read from their digits; numbers that are floats in the file count as the shortest
//! decimal number that is that float.

mod batches;
mod book;
mod cell;
mod damage;
mod json;
mod land;
mod layout;
mod marks;
mod pages;
mod tardis;
#[cfg(test)]
mod tests;
mod text;

use super::{CHUNK_ROWS, Reader, SourceError};
use cell::Cell;
pub(super) use cell::plain;
use land::Landing;
pub use layout::{Layout, LayoutError, Record, SideRule, TimeColumn, TimeUnit};
use schemas::{Chunk, Instrument};
use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

/// How far back a row may lie behind one above it: feeds of several servers are merged so well.
const BACK_NS: i64 = 1_000_000_000;

/// Rows of one file, one after another.
trait Rows: Send {
    /// Goes to the next row; an error is of a row that cannot be used. `None` at the end.
    fn next(&mut self) -> Result<Option<Result<(), String>>, SourceError>;

    /// A cell of the present row.
    fn cell(&self, column: usize) -> Cell<'_>;

    /// The number of the present row in its file, from 1.
    fn number(&self) -> u64;

    /// The present row as text, for people.
    fn raw(&self) -> String;

    /// Bytes of the stored file read so far.
    fn bytes_read(&self) -> u64;
}

/// Files of one partition.
pub struct Columns {
    layout: Layout,
    paths: Vec<PathBuf>,
    /// Files opened so far; the last of them is the present one.
    opened: usize,
    rows: Option<Box<dyn Rows>>,
    landing: Landing,
    source: (u16, u32),
    /// Rows of the files before.
    before: u64,
    bytes: (u64, u64),
}

impl Columns {
    /// Opens the files, in the order in which they continue each other, as a partition of the
    /// source with this rank. `instruments` is the plan's list; `only` is the place of the one
    /// instrument that all rows are of, unless the layout has a column for it.
    ///
    /// # Errors
    /// When a file cannot be opened.
    pub fn open(
        source: (u16, u32),
        layout: &Layout,
        paths: &[PathBuf],
        venue: &str,
        only: Option<u32>,
        instruments: &[Instrument],
    ) -> Result<Columns, SourceError> {
        let mut total = 0;
        for path in paths {
            let bytes = File::open(path).and_then(|file| file.metadata());
            total += bytes.map_err(|error| unreadable(path, error))?.len();
        }
        Ok(Columns {
            layout: layout.clone(),
            paths: paths.to_vec(),
            opened: 0,
            rows: None,
            landing: Landing::new(venue, only, instruments),
            source,
            before: 0,
            bytes: (0, total),
        })
    }

    fn open_next(&mut self) -> Result<bool, SourceError> {
        let Some(path) = self.paths.get(self.opened) else { return Ok(false) };
        self.opened += 1;
        let (rows, names) = open_rows(path, &self.layout)?;
        self.landing.begin(path, &self.layout, &names)?;
        self.rows = Some(rows);
        Ok(true)
    }
}

impl Reader for Columns {
    fn next(&mut self) -> Result<Option<Chunk>, SourceError> {
        let mut chunk = Chunk::mixed(self.source.0, self.source.1);
        while chunk.len() < CHUNK_ROWS {
            let Some(rows) = &mut self.rows else {
                if self.open_next()? {
                    continue;
                }
                break;
            };
            let Some(sound) = rows.next()? else {
                self.before += rows.number();
                self.bytes.0 += rows.bytes_read();
                self.rows = None;
                self.landing.end(&mut chunk)?;
                continue;
            };
            self.landing.land(&**rows, sound, self.before, &mut chunk)?;
        }
        Ok((!chunk.is_empty()).then_some(chunk))
    }

    fn progress(&self) -> Option<(u64, u64)> {
        let (read, total) = self.bytes;
        let present = self.rows.as_ref().map_or(0, |rows| rows.bytes_read());
        Some(((read + present).min(total), total))
    }
}

/// Opens a file as what its first bytes say it is, with the names of its columns.
fn open_rows(path: &Path, layout: &Layout) -> Result<(Box<dyn Rows>, Vec<String>), SourceError> {
    let mut head = [0; 6];
    let mut file = File::open(path).map_err(|error| unreadable(path, error))?;
    let read = file.read(&mut head).map_err(|error| unreadable(path, error))?;
    match &head[..read] {
        [b'P', b'A', b'R', b'1', ..] => batches::parquet(path),
        b"ARROW1" => batches::feather(path),
        _ => text::open(path, layout),
    }
}

/// The symbol with which the name of a file begins, as Binance and freqtrade name theirs:
/// `BTCUSDT-trades-2024-01-01.zip`, `ETH_USDT-trades.feather`.
pub fn symbol_in(path: &Path) -> Option<&str> {
    let (symbol, _) = path.file_name()?.to_str()?.split_once('-')?;
    let fits = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    (!symbol.is_empty() && symbol.chars().all(fits)).then_some(symbol)
}

fn unreadable(path: &Path, error: std::io::Error) -> SourceError {
    SourceError::Io { path: path.display().to_string(), error }
}

fn not_of_format(path: &Path, expected: &str, found: impl ToString) -> SourceError {
    SourceError::Format {
        path: path.display().to_string(),
        expected: expected.to_owned(),
        found: found.to_string(),
    }
}
