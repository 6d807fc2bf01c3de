//! Rows of one worker into Parquet files under names that no reader sees before the commit.

use super::committed::pending;
use super::encoding::properties;
use super::error::check_name;
use super::journal::Site;
use super::manifest::NO_VENUE;
use super::split::{days, venues};
use super::store::NewFile;
use super::{FileEntry, Journal, JournalKind, LakeError, RECEIVED_AT_TS, digest_of};
use arrow::array::{AsArray, RecordBatch};
use arrow::compute::take_record_batch;
use arrow::datatypes::{SchemaRef, TimestampNanosecondType};
use parquet::arrow::ArrowWriter;
use parquet::file::metadata::KeyValue;
use schemas::{Digest, EventTime, Table, cell::schema_of};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Writes the tables of one worker. What it holds in memory is one row group a table and venue.
#[derive(Debug)]
pub struct TableWriter {
    site: Arc<Site>,
    worker: usize,
    epoch: u64,
    open: BTreeMap<(Table, String), OpenFile>,
    closed: Vec<FileEntry>,
}

impl Journal {
    /// A writer of one worker's rows; their files belong to the journal's next epoch.
    pub fn writer(&self, worker: usize) -> TableWriter {
        TableWriter::of(self.site(), worker, self.next_epoch())
    }
}

impl TableWriter {
    /// A writer of one worker's rows, from the epoch with this number on.
    pub(crate) fn of(site: &Arc<Site>, worker: usize, epoch: u64) -> TableWriter {
        let site = Arc::clone(site);
        TableWriter { site, worker, epoch, open: BTreeMap::new(), closed: Vec::new() }
    }

    /// Appends rows in order-key order; `digest` is the digest of them all.
    ///
    /// # Errors
    /// When the rows are not the table's or not in order, or the file system refuses.
    pub fn append(
        &mut self,
        table: Table,
        batch: &RecordBatch,
        digest: Digest,
    ) -> Result<(), LakeError> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        if !table.is_market() {
            let key = format!("run={}", self.site.name);
            return self.append_days(table, &key, batch, Some(digest));
        }
        let instruments = batch.column_by_name("instrument").and_then(|c| c.as_string_opt());
        let instruments = instruments.ok_or_else(|| wrong(table, "no text column `instrument`"))?;
        let parts = venues(instruments);
        if let [(venue, _)] = &parts[..] {
            return self.append_days(table, &venue_key(*venue)?, batch, Some(digest));
        }
        for (venue, rows) in parts {
            let part = take_record_batch(batch, &rows).map_err(|e| wrong(table, e))?;
            self.append_days(table, &venue_key(venue)?, &part, None)?;
        }
        Ok(())
    }

    /// Closes and syncs all files of the epoch; the committer puts them into the manifest.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn finish_epoch(&mut self) -> Result<Vec<FileEntry>, LakeError> {
        while let Some((_, file)) = self.open.pop_first() {
            self.close(file)?;
        }
        self.epoch += 1;
        Ok(std::mem::take(&mut self.closed))
    }

    fn append_days(
        &mut self,
        table: Table,
        key: &str,
        batch: &RecordBatch,
        digest: Option<Digest>,
    ) -> Result<(), LakeError> {
        let ts = batch.column_by_name("ts");
        let ts = ts.and_then(|c| c.as_primitive_opt::<TimestampNanosecondType>());
        let ts = ts.ok_or_else(|| wrong(table, "no column `ts` of nanoseconds"))?.values();
        if table.is_market() && !ts.is_sorted() {
            return Err(wrong(table, "`ts` goes back inside a batch"));
        }
        let parts = days(ts);
        let whole = parts.len() == 1;
        for (day, range) in parts {
            let part = batch.slice(range.start, range.len());
            let digest = match digest.filter(|_| whole) {
                Some(digest) => digest,
                None => digest_of(&part)?,
            };
            let slot = (table, key.to_owned());
            if self.open.get(&slot).is_some_and(|file| file.day != day) {
                let file = self.open.remove(&slot).expect("it was there a moment ago");
                self.close(file)?;
            }
            if !self.open.contains_key(&slot) {
                let date = EventTime(ts[range.start]).date();
                let path = self.path(table, key, &date);
                let file = self.create(table, path, day, batch.schema())?;
                self.open.insert(slot.clone(), file);
            }
            let file = self.open.get_mut(&slot).expect("it was put there a moment ago");
            file.append(&part, &ts[range], digest)?;
        }
        Ok(())
    }

    fn path(&self, table: Table, key: &str, date: &str) -> String {
        let Site { generation, mark, .. } = &*self.site;
        let (n, w, unique) = (self.epoch, self.worker, super::store::unique());
        format!("{table}/{key}/date={date}/{generation}-{n}-w{w}-{mark}-{unique}.parquet")
    }

    fn create(
        &self,
        table: Table,
        path: String,
        day: i64,
        schema: SchemaRef,
    ) -> Result<OpenFile, LakeError> {
        // Readings have columns of the job's choice.
        if table != Table::Readings && schema.fields() != schema_of(&table.columns()).fields() {
            return Err(wrong(table, "the columns are not the table's"));
        }
        let file = self.site.lake.store.create(&pending(&path))?;
        let writer = ArrowWriter::try_new(file, schema, Some(properties()))
            .map_err(|e| LakeError::data(&path, e))?;
        let entry = FileEntry {
            table,
            path,
            rows: 0,
            bytes: 0,
            min_ts: EventTime::MAX,
            max_ts: EventTime::MIN,
            digest: Digest::default(),
        };
        let received = self.site.kind == JournalKind::Recording;
        Ok(OpenFile { day, entry, writer, received_at_ts: received })
    }

    fn close(&mut self, mut open: OpenFile) -> Result<(), LakeError> {
        if open.received_at_ts {
            let fact = KeyValue::new(RECEIVED_AT_TS.to_owned(), "true".to_owned());
            open.writer.append_key_value_metadata(fact);
        }
        let mut entry = open.entry;
        let file = open.writer.into_inner().map_err(|e| LakeError::data(&entry.path, e))?;
        entry.bytes = file.finish()?;
        self.closed.push(entry);
        Ok(())
    }
}

/// A file under construction.
#[derive(Debug)]
struct OpenFile {
    day: i64,
    entry: FileEntry,
    writer: ArrowWriter<Box<dyn NewFile>>,
    /// Does `recv_ts` equal `ts` in every row so far?
    received_at_ts: bool,
}

impl OpenFile {
    fn append(&mut self, batch: &RecordBatch, ts: &[i64], digest: Digest) -> Result<(), LakeError> {
        let entry = &mut self.entry;
        let min = EventTime(ts.iter().copied().min().unwrap_or(i64::MAX));
        let max = EventTime(ts.iter().copied().max().unwrap_or(i64::MIN));
        if entry.table.is_market() && min < entry.max_ts {
            let reason = format!("{min} comes after {}", entry.max_ts);
            return Err(wrong(entry.table, reason));
        }
        entry.min_ts = entry.min_ts.min(min);
        entry.max_ts = entry.max_ts.max(max);
        entry.rows += ts.len() as u64;
        entry.digest.add(digest);
        let received = batch.column_by_name("recv_ts");
        let received = received.and_then(|c| c.as_primitive_opt::<TimestampNanosecondType>());
        self.received_at_ts &= received.is_some_and(|r| r.values()[..] == *ts);
        self.writer.write(batch).map_err(|e| LakeError::data(&entry.path, e))
    }
}

fn venue_key(venue: Option<&str>) -> Result<String, LakeError> {
    if let Some(venue) = venue {
        check_name("venue", venue)?;
    }
    Ok(format!("venue={}", venue.unwrap_or(NO_VENUE)))
}

fn wrong(table: Table, reason: impl ToString) -> LakeError {
    LakeError::Rows { table: table.name().to_owned(), reason: reason.to_string() }
}
