//! Many small files as one: the same rows in the order of their keys.

use super::committed::pending;
use super::encoding::properties;
use super::journal::Site;
use super::{FileEntry, LakeError, RECEIVED_AT_TS, digest_of};
use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::interleave_record_batch;
use arrow::datatypes::SchemaRef;
use arrow::row::{Row, RowConverter, Rows, SortField};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::file::metadata::KeyValue;
use schemas::{Digest, EventTime};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

/// Rows in a batch of a merge.
const MERGE_ROWS: usize = 8 * 1024;
/// Files from here on are merged no further.
const LARGE_BYTES: u64 = 128 << 20;
/// A merge takes in no more than this.
const MERGED_BYTES: u64 = 512 << 20;

/// The columns by which rows are in order; of `account` and `instrument` the first that is there
/// stands for the state key.
const KEY: [&str; 6] =
    ["ts", "received", "source_rank", "source_partition", "source_offset", "operator"];

/// The files to merge next: so many of one folder and about one size, the oldest first.
pub(crate) fn choose<'a>(
    live: impl Iterator<Item = &'a FileEntry>,
    count: usize,
) -> Option<Vec<FileEntry>> {
    let mut levels: BTreeMap<(&str, u32), Vec<&FileEntry>> = BTreeMap::new();
    for file in live.filter(|file| file.bytes < LARGE_BYTES) {
        let (folder, _) = file.path.rsplit_once('/').expect("tables are folders");
        levels.entry((folder, level(file.bytes))).or_default().push(file);
    }
    let mut files = levels.into_values().find(|files| files.len() >= count)?;
    files.sort_by_key(|file| (file.min_ts, &file.path));
    let mut bytes = 0;
    let fits = |file: &&&FileEntry| {
        bytes += file.bytes;
        bytes <= MERGED_BYTES
    };
    Some(files.iter().take(MERGE_FILES_MAX).take_while(fits).map(|f| (*f).clone()).collect())
}

/// Files that a merge has open at most.
const MERGE_FILES_MAX: usize = 64;

/// Sizes within a factor of 16 are one level, so that a row is written again at most once a level.
fn level(bytes: u64) -> u32 {
    (bytes / 4096).max(1).ilog(16)
}

/// Merges files of one folder; `None` when asked to stop.
pub(crate) fn merge(
    site: &Site,
    inputs: &[FileEntry],
    stop: &AtomicBool,
) -> Result<Option<FileEntry>, LakeError> {
    let mut lanes = Vec::new();
    for input in inputs {
        lanes.push(Lane::open(site, input)?);
    }
    let mut entry = inputs[0].clone();
    entry.path = path(site, &entry.path);
    entry.rows = 0;
    let schema = lanes[0].schema.clone();
    if let Some(other) = lanes.iter().find(|lane| lane.schema != schema) {
        let reason = format!("{} has other columns than {}", other.path, lanes[0].path);
        return Err(LakeError::Rows { table: entry.table.name().to_owned(), reason });
    }
    let received_at_ts = lanes.iter().all(|lane| lane.received_at_ts);
    let file = site.lake.store.create(&pending(&entry.path))?;
    let fail = |path: &str, e| LakeError::data(path, e);
    let mut writer =
        ArrowWriter::try_new(file, schema, Some(properties())).map_err(|e| fail(&entry.path, e))?;
    let mut found = Digest::default();
    while let Some(batch) = next(&mut lanes)? {
        if stop.load(Ordering::Relaxed) {
            drop(writer);
            site.lake.store.remove(&pending(&entry.path))?;
            return Ok(None);
        }
        found.add(digest_of(&batch)?);
        entry.rows += batch.num_rows() as u64;
        writer.write(&batch).map_err(|e| fail(&entry.path, e))?;
    }
    if received_at_ts {
        let fact = KeyValue::new(RECEIVED_AT_TS.to_owned(), "true".to_owned());
        writer.append_key_value_metadata(fact);
    }
    entry.bytes = writer.into_inner().map_err(|e| fail(&entry.path, e))?.finish()?;
    entry.min_ts = inputs.iter().map(|f| f.min_ts).min().unwrap_or(EventTime::MIN);
    entry.max_ts = inputs.iter().map(|f| f.max_ts).max().unwrap_or(EventTime::MAX);
    entry.digest = Digest::default();
    inputs.iter().for_each(|input| entry.digest.add(input.digest));
    let rows: u64 = inputs.iter().map(|input| input.rows).sum();
    if (entry.rows, entry.digest) != (rows, found) {
        site.lake.store.remove(&pending(&entry.path))?;
        let reason = format!(
            "{} rows with digest {found} in place of {rows} with {}: {} or one of the {} files \
             after it was changed",
            entry.rows,
            entry.digest,
            inputs[0].path,
            inputs.len() - 1
        );
        return Err(LakeError::Rows { table: entry.table.name().to_owned(), reason });
    }
    Ok(Some(entry))
}

/// A new name beside this one.
fn path(site: &Site, beside: &str) -> String {
    let (folder, name) = beside.rsplit_once('/').expect("tables are folders");
    let epoch = name.split('-').nth(1).unwrap_or("0");
    let (generation, mark, unique) = (site.generation, &site.mark, super::store::unique());
    format!("{folder}/{generation}-{epoch}-wm-{mark}-{unique}.parquet")
}

/// An input.
struct Lane {
    path: String,
    schema: SchemaRef,
    batches: ParquetRecordBatchReader,
    received_at_ts: bool,
    columns: Vec<usize>,
    converter: RowConverter,
    /// The batch that is read, its keys and its next row.
    open: Option<(RecordBatch, Rows, usize)>,
}

impl Lane {
    fn open(site: &Site, file: &FileEntry) -> Result<Lane, LakeError> {
        let fail = |e| LakeError::data(&file.path, e);
        let data = site.lake.open_file(file)?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(data).map_err(fail)?;
        let schema = builder.schema().clone();
        let facts = builder.metadata().file_metadata().key_value_metadata();
        let received_at_ts = facts.is_some_and(|f| f.iter().any(|f| f.key == RECEIVED_AT_TS));
        let state = ["account", "instrument"].iter().find(|n| schema.index_of(n).is_ok());
        let names = KEY.iter().chain(state).chain(&["seq"]);
        let columns: Vec<usize> = names.filter_map(|name| schema.index_of(name).ok()).collect();
        let fields = columns.iter().map(|c| SortField::new(schema.field(*c).data_type().clone()));
        let converter =
            RowConverter::new(fields.collect()).map_err(|e| LakeError::data(&file.path, e))?;
        let batches = builder.with_batch_size(MERGE_ROWS).build().map_err(fail)?;
        let path = file.path.clone();
        let open = None;
        let mut lane = Lane { path, schema, batches, received_at_ts, columns, converter, open };
        lane.advance()?;
        Ok(lane)
    }

    /// Goes to the next batch; at the end there is none.
    fn advance(&mut self) -> Result<(), LakeError> {
        self.open = None;
        for batch in self.batches.by_ref() {
            let batch = batch.map_err(|e| LakeError::data(&self.path, e))?;
            if batch.num_rows() > 0 {
                let keys: Vec<ArrayRef> =
                    self.columns.iter().map(|column| batch.column(*column).clone()).collect();
                let rows = self.converter.convert_columns(&keys);
                let rows = rows.map_err(|e| LakeError::data(&self.path, e))?;
                self.open = Some((batch, rows, 0));
                break;
            }
        }
        Ok(())
    }
}

/// The key of a lane's next row.
fn key<'a>(lane: &(&RecordBatch, &'a Rows, &mut usize)) -> Row<'a> {
    lane.1.row(*lane.2)
}

/// The next rows of all lanes: until one has to read on, or there are enough.
fn next(lanes: &mut [Lane]) -> Result<Option<RecordBatch>, LakeError> {
    for lane in lanes.iter_mut() {
        if lane.open.as_ref().is_some_and(|(batch, _, next)| *next == batch.num_rows()) {
            lane.advance()?;
        }
    }
    let mut open: Vec<(&RecordBatch, &Rows, &mut usize)> = lanes
        .iter_mut()
        .filter_map(|lane| lane.open.as_mut())
        .map(|(batch, rows, next)| (&*batch, &*rows, next))
        .collect();
    if open.is_empty() {
        return Ok(None);
    }
    let mut picks: Vec<(usize, usize)> = Vec::with_capacity(MERGE_ROWS);
    while picks.len() < MERGE_ROWS {
        // Equal keys in the order of the files.
        let mut least = 0;
        for lane in 1..open.len() {
            if key(&open[lane]) < key(&open[least]) {
                least = lane;
            }
        }
        let others = (0..open.len()).filter(|lane| *lane != least);
        let limit = others.map(|lane| key(&open[lane]).owned()).min();
        let (batch, rows, from) = &mut open[least];
        // The first row is the least of all; those after it as long as they are below the others.
        picks.push((least, **from));
        **from += 1;
        let below = |row: usize| limit.as_ref().is_none_or(|limit| rows.row(row) < limit.row());
        while **from < batch.num_rows() && picks.len() < MERGE_ROWS && below(**from) {
            picks.push((least, **from));
            **from += 1;
        }
        if **from == batch.num_rows() {
            break;
        }
    }
    let batches: Vec<&RecordBatch> = open.iter().map(|(batch, ..)| *batch).collect();
    let merged = interleave_record_batch(&batches, &picks);
    merged.map(Some).map_err(|e| LakeError::data("merged rows", e))
}
