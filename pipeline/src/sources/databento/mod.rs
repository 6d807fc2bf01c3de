//! Files of Databento (DBN, plain or packed with zstd): market by order (`mbo`), trades (`trades`)
//! and best bids and offers (`mbp-1`, `tbbo`), of any number of instruments.
//!
//! Market by order lands order by order, and is followed here ([`L3Book`]) so that what does not
//! fit the book is found: such a record lands as a reject with its reason and its number in the
//! file. Events of the venue are messages, at whose ends the book of the graph is the venue's.
//! Trades and fills do not change the book: a cancel or a modification follows.

mod land;
mod record;

use super::{CHUNK_ROWS, Reader, SourceError, jsonl::Input};
use dbn::{Metadata, SType, Schema, decode::dbn::MetadataDecoder};
use land::Landing;
use operators::book::L3Book;
use schemas::{Chunk, Instrument};
use std::{
    io::Read,
    path::{Path, PathBuf},
};

/// What is read of Databento's schemas.
const SCHEMAS: [Schema; 4] = [Schema::Mbo, Schema::Trades, Schema::Mbp1, Schema::Tbbo];

/// Bytes before the head of a file: what it is, its version, and how long the head is.
const HEAD_BYTES: usize = 8;

/// Files that continue each other, as one partition: the offset is the number of the record over
/// all of them, from 1.
pub struct Databento {
    paths: Vec<PathBuf>,
    /// Files opened so far; the last of them is the present one.
    opened: usize,
    file: Option<Input>,
    landing: Landing,
    source: (u16, u32),
    bytes: (u64, u64),
}

impl Databento {
    /// Opens the files, in the order in which they continue each other, as a partition of the
    /// source with this rank. `instruments` is the plan's list.
    ///
    /// # Errors
    /// When a file cannot be opened.
    pub fn open(
        source: (u16, u32),
        paths: &[PathBuf],
        venue: &str,
        instruments: &[Instrument],
    ) -> Result<Databento, SourceError> {
        let mut total = 0;
        for path in paths {
            let bytes = std::fs::metadata(path).map_err(|error| unreadable(path, error))?;
            total += bytes.len();
        }
        Ok(Databento {
            paths: paths.to_vec(),
            opened: 0,
            file: None,
            landing: Landing::new(venue, instruments),
            source,
            bytes: (0, total),
        })
    }

    /// Records read so far, those that were rejected included.
    pub fn records(&self) -> u64 {
        self.landing.records()
    }

    /// The orders that rest, after what was read, in the instrument at this place of the plan.
    pub fn orders(&self, instrument: u32) -> Option<&L3Book> {
        self.landing.orders(instrument)
    }

    /// Has all landed that is known of them? Not so within an event.
    pub fn is_told(&self, instrument: u32) -> bool {
        self.landing.is_told(instrument)
    }

    fn open_next(&mut self) -> Result<bool, SourceError> {
        let Some(path) = self.paths.get(self.opened) else { return Ok(false) };
        self.opened += 1;
        let (file, metadata) = opened(path)?;
        self.landing.begin(path, &metadata);
        self.file = Some(file);
        Ok(true)
    }
}

impl Reader for Databento {
    fn next(&mut self) -> Result<Option<Chunk>, SourceError> {
        let mut chunk = Chunk::mixed(self.source.0, self.source.1);
        while chunk.len() < CHUNK_ROWS {
            let Some(file) = &mut self.file else {
                if self.open_next()? {
                    continue;
                }
                break;
            };
            let broken = match record::read(file) {
                Ok(Some(record)) => {
                    self.landing.land(record, &mut chunk);
                    continue;
                }
                Ok(None) => None,
                Err(error) => Some(error.to_string()),
            };
            self.landing.end(broken, &mut chunk)?;
            self.bytes.0 += file.progress().0;
            self.file = None;
        }
        Ok((!chunk.is_empty()).then_some(chunk))
    }

    fn progress(&self) -> Option<(u64, u64)> {
        let (read, total) = self.bytes;
        let present = self.file.as_ref().map_or(0, |file| file.progress().0);
        Some(((read + present).min(total), total))
    }
}

/// What the head of a file says that it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Symbols.
    pub symbols: Vec<String>,
    /// Are there quotes or books?
    pub quotes: bool,
    /// Are books by order?
    pub by_order: bool,
}

/// What a file holds.
///
/// # Errors
/// When it cannot be read, or is no such file.
pub fn symbols(path: &Path) -> Result<Held, SourceError> {
    let (_, metadata) = opened(path)?;
    let symbols = metadata.mappings.iter().map(|mapping| mapping.raw_symbol.clone()).collect();
    let quotes = metadata.schema != Some(Schema::Trades);
    Ok(Held { symbols, quotes, by_order: metadata.schema == Some(Schema::Mbo) })
}

/// Opens a file behind its head, which comes too.
fn opened(path: &Path) -> Result<(Input, Metadata), SourceError> {
    let mut input = Input::open(path).map_err(|error| unreadable(path, error))?;
    let found = |found: String| SourceError::Format {
        path: path.display().to_string(),
        expected: "a file of Databento (DBN) that can be read".to_owned(),
        found,
    };
    let mut head = vec![0; HEAD_BYTES];
    input.read_exact(&mut head).map_err(|error| found(error.to_string()))?;
    let length = match head[..] {
        [b'D', b'B', b'N', 1..=3, a, b, c, d] => u32::from_le_bytes([a, b, c, d]),
        [b'D', b'B', b'N', version, ..] => {
            return Err(found(format!("it is of version {version}; 1 to 3 are read")));
        }
        _ => return Err(found("it begins otherwise".to_owned())),
    };
    let mut rest = Read::take(&mut input, length.into());
    rest.read_to_end(&mut head).map_err(|error| found(error.to_string()))?;
    let metadata = MetadataDecoder::new(&head[..]).decode();
    let metadata = metadata.map_err(|error| found(error.to_string()))?;
    let Metadata { schema, stype_out, .. } = &metadata;
    match schema {
        Some(schema) if SCHEMAS.contains(schema) => {}
        Some(schema) => {
            let read = SCHEMAS.map(|schema| schema.to_string()).join(", ");
            return Err(found(format!("its schema is {schema}; those that are read are {read}")));
        }
        None => return Err(found("it is of a live session, with records of any kind".to_owned())),
    }
    if *stype_out != SType::InstrumentId {
        let why = format!("its records name instruments by {stype_out}, not by instrument_id");
        return Err(found(why));
    }
    Ok((input, metadata))
}

fn unreadable(path: &Path, error: std::io::Error) -> SourceError {
    SourceError::Io { path: path.display().to_string(), error }
}
