//! The lake: tables as Parquet files in a directory, committed by manifests.
//!
//! ```text
//! trades/venue=binance/date=2024-08-08/1-1-w0-….parquet     market data, by venue and date
//! fills/run=ema-cross/date=2024-08-08/1-1-w0-….parquet      results, by run and date
//! _runs/ema-cross/generations/1.json                        a process claims the run
//! _runs/ema-cross/epochs/1.json                             a commit
//! _runs/ema-cross/lock                                      held while a process writes it
//! _recordings/ID/…                                          the same for market data
//! ```
//!
//! **How a reader finds files.** A run or recording is the chain of epochs from its newest
//! `epochs/<n>.json` along `parent`; its files are what these manifests list, and nothing else.
//! [`Lake::committed`] gives every chain, [`Lake::files`] the files of one table, each with the
//! place of its bytes. Do not list folders: creating `epochs/<n>.json` *is* the commit, so a file
//! without a manifest does not exist, and a committed one may still carry its first name
//! (`….parquet.pending`) when its writer died right after the commit. Programs that know only
//! directories read `<table>/**/*.parquet`, where nothing uncommitted ever appears.
//!
//! Dates are UTC dates of the rows' `ts`. The path's keys (`venue`, `run`, `date`) are no columns.
//! Files of a market table are sorted by order key, all instruments together, so that a replay
//! streams them. Records that an ingest could not use stand in `rejects/run=<recording id>/`.

mod claim;
mod committed;
mod decode;
mod encoding;
mod error;
mod fields;
mod files;
mod group;
mod identity;
mod journal;
mod manifest;
mod market;
mod rare;
mod reader;
mod repair;
mod resume;
mod runs;
mod scan;
mod source;
mod split;
mod state;
mod store;
mod writer;

pub use committed::{Committed, JournalKind};
pub use encoding::ROW_GROUP_ROWS;
pub use error::LakeError;
pub use files::{FileFilter, LakeFile};
pub use identity::{InputFile, recording_id};
pub(crate) use journal::Site;
pub use journal::{BASE_EVERY, EpochDraft, Journal};
pub use manifest::*;
pub use market::{MarketBatch, market_batches};
pub use reader::LakeReader;
pub use repair::RepairReport;
pub use resume::ResumeOptions;
pub use runs::{RunInfo, RunState};
pub use scan::digest_of;
pub use source::{Chain, ChainFile, LakeSource, REPLAYED};
pub use state::{StateItem, StateStore};
pub use writer::TableWriter;

use store::Store;

/// Stands in a file's metadata when `recv_ts` equals `ts` in all rows: readers need not read it.
pub(crate) const RECEIVED_AT_TS: &str = "tapeflow.received_at_ts";

/// A lake in a directory. Opening one creates nothing; the first write does.
#[derive(Debug, Clone)]
pub struct Lake {
    store: Store,
}

impl Lake {
    /// The lake at a path or `file://` address.
    ///
    /// # Errors
    /// When the address is of another kind.
    pub fn open(url: &str) -> Result<Lake, LakeError> {
        Ok(Lake { store: Store::open(url)? })
    }

    /// Its directory.
    pub fn root(&self) -> &std::path::Path {
        self.store.root()
    }
}
