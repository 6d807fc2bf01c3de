//! The lake: tables as Parquet files in a directory or an object store, committed by manifests.
//!
//! ```text
//! trades/venue=binance/date=2024-08-08/1-1-w0-….parquet     market data, by venue and date
//! fills/run=ema-cross/date=2024-08-08/1-1-w0-….parquet      results, by run and date
//! _runs/ema-cross/generations/1.json                        a process claims the run
//! _runs/ema-cross/epochs/1.json                             a commit
//! _runs/ema-cross/state/1/market/1-w0-….parquet             what operators remember
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
//! **How a run is committed.** Workers write data files ([`TableWriter`]) and state
//! ([`StateStore`]), each durable with the folders above it before it is reported;
//! [`Journal::commit`] then creates the manifest and gives the data files their final names. Just
//! before it creates, renames or deletes anything it looks whether a newer generation has claimed
//! the run ([`LakeError::Superseded`]). A commit that failed may be given again: it is never
//! committed twice. A store in which a file can be created twice is refused at the start.
//!
//! **How a run goes on.** [`Lake::resume_run`] takes the newest epoch, or an earlier one, checks
//! that job, program and models are those of its checkpoint, and claims the next generation. From
//! an earlier epoch the next manifest is still the newest one's number + 1; readers follow
//! parents, so the abandoned branch is invisible from that commit on. Another version of the
//! program, or other models, go on after a *savepoint* only: an epoch for which the run was
//! brought to rest. A savepoint that is asked for by its number may be gone on with by another
//! job, too.
//!
//! **How it stays small** ([`Upkeep`]). Every 32nd manifest lists all files, and readers stop
//! there. Small files of one folder are merged when 16 of about one size have come together; the
//! next commit puts the merged one in their place. After each commit the state of all but the
//! newest 16 epochs and the savepoints goes. Older manifests, and data files that were replaced,
//! go when two manifests that list all files lie behind them, so that a reader that looked a
//! minute ago finds what it was told. What a dead process left goes with the next start, or with
//! [`Lake::repair`].
//!
//! **In an object store** files have the same names. One that is not committed is uploaded as
//! `….parquet.pending` and copied to its final name by the store after the commit, so that there,
//! too, `**/*.parquet` matches nothing uncommitted; a copy is at most 5 GB. Creating a manifest is
//! a conditional write. There are no locks: a process that ends says so in `ended/<G>.json`, and
//! after a crash `--take-over` is needed to go on, and by whoever is sure that it died. A process
//! that was only thought to have died finds the newer generation and stops.
//!
//! Dates are UTC dates of the rows' `ts`. The path's keys (`venue`, `run`, `date`) are no columns.
//! Files of a market table are sorted by order key, all instruments together, so that a replay
//! streams them. Records that an ingest could not use stand in `rejects/run=<recording id>/`.

mod claim;
mod committed;
mod decode;
mod encoding;
mod error;
mod faulty;
mod fields;
mod files;
mod group;
mod history;
mod identity;
mod journal;
mod manifest;
mod market;
mod merge;
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
#[cfg(test)]
mod tests;
mod upkeep;
mod writer;

pub use committed::{Committed, JournalKind};
pub use encoding::ROW_GROUP_ROWS;
pub use error::LakeError;
pub use files::{FileFilter, LakeFile};
pub use history::Upkeep;
pub use identity::{InputFile, recording_id};
pub(crate) use journal::Site;
pub use journal::{EpochDraft, Journal};
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

pub use store::DataFile;

use object_store::ObjectStore;
use std::path::Path;
use std::sync::Arc;
use store::{Objects, Store};

use crate::faults;
use faulty::Faulty;

/// Stands in a file's metadata when `recv_ts` equals `ts` in all rows: readers need not read it.
pub(crate) const RECEIVED_AT_TS: &str = "tapeflow.received_at_ts";

/// A lake in a directory or an object store. Opening one creates nothing; the first write does.
#[derive(Debug, Clone)]
pub struct Lake {
    store: Arc<dyn Store>,
}

impl Lake {
    /// The lake at a path, a `file://` or an `s3://BUCKET/PREFIX` address. How S3 is reached comes
    /// from the environment: `AWS_REGION`, `AWS_ENDPOINT`, `AWS_ACCESS_KEY_ID` and so on.
    ///
    /// # Errors
    /// When the address is of another kind, or the environment says nothing usable.
    pub fn open(url: &str) -> Result<Lake, LakeError> {
        let store = store::open(url)?;
        Ok(Lake { store: if faults::asked_for() { Faulty::over(store) } else { store } })
    }

    /// The lake below a prefix of an object store that is set up already; `url` names it in
    /// messages.
    pub fn in_objects(url: &str, prefix: &str, store: Arc<dyn ObjectStore>) -> Lake {
        Lake { store: Arc::new(Objects::new(url, prefix, store)) }
    }

    /// Its files as an object store has them, under their paths in the lake.
    ///
    /// # Errors
    /// When its directory cannot be opened.
    pub fn objects(&self) -> object_store::Result<Arc<dyn ObjectStore>> {
        self.store.objects()
    }

    /// Its address, as it was given.
    pub fn url(&self) -> &str {
        self.store.url()
    }

    /// Is there anything at its address?
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub fn is_there(&self) -> Result<bool, LakeError> {
        self.store.is_there()
    }

    /// The directory of a lake on a disk.
    ///
    /// # Panics
    /// When the lake is in an object store.
    pub fn root(&self) -> &Path {
        self.store.root().expect("asked only of lakes on a disk")
    }
}
