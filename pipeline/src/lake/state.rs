//! State of operators in files: rows (bucket, key, bytes), so that any number of workers can
//! load its share, and any program that reads Parquet can look at it.

use super::committed::journal_path;
use super::encoding::state_properties;
use super::journal::Site;
use super::manifest::StateFile;
use super::resume::instead;
use super::{Journal, LakeError};
use arrow::array::{ArrayRef, AsArray, BinaryArray, RecordBatch, StringArray, UInt32Array};
use arrow::datatypes::{DataType, Field, Schema, UInt32Type};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReaderBuilder, RowSelection, RowSelector};
use parquet::errors::ParquetError;
use schemas::Digest;
use std::sync::Arc;

/// The state of one key of an operator.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StateItem {
    /// Its bucket.
    pub bucket: u32,
    /// Its key, as text.
    pub key: String,
    /// Its state, in the operator's own form.
    pub bytes: Vec<u8>,
}

/// Bytes of state in a batch at most: an Arrow column of bytes holds 2 GB.
const BATCH_BYTES: usize = 16 << 20;

/// Writes and reads files of state; workers each have a clone.
#[derive(Debug, Clone)]
pub struct StateStore {
    site: Arc<Site>,
}

impl Journal {
    /// Where workers write and read state.
    pub fn state(&self) -> StateStore {
        StateStore { site: self.site().clone() }
    }
}

impl StateStore {
    /// The state of a run of which this process is a member.
    pub(crate) fn of(site: &Arc<Site>) -> StateStore {
        StateStore { site: Arc::clone(site) }
    }

    /// Writes the state that an operator has on a worker at the end of an epoch; the file
    /// survives a power cut once this has returned. It belongs to the run with the commit that
    /// names it.
    ///
    /// # Errors
    /// When a key occurs twice, or the store refuses.
    pub fn write_state(
        &self,
        operator: &str,
        worker: usize,
        epoch: u64,
        mut items: Vec<StateItem>,
    ) -> Result<StateFile, LakeError> {
        let Site { lake, kind, name, generation, .. } = &*self.site;
        super::error::check_name("operator", operator)?;
        let (journal, unique) = (journal_path(*kind, name), super::store::unique());
        let path =
            format!("{journal}/state/{generation}/{operator}/{epoch}-w{worker}-{unique}.parquet");
        items.sort_unstable_by(|a, b| (a.bucket, &a.key).cmp(&(b.bucket, &b.key)));
        let same =
            |pair: &&[StateItem]| (pair[0].bucket, &pair[0].key) == (pair[1].bucket, &pair[1].key);
        if let Some(pair) = items.windows(2).find(same) {
            let reason = format!("key `{}` occurs twice", pair[0].key);
            return Err(LakeError::State { path, reason, hint: String::new() });
        }
        let bytes = encode(&items).map_err(|e| LakeError::data(&path, e))?;
        lake.store.write(&path, &bytes)?;
        let mut buckets: Vec<(u32, u64, u64)> = Vec::new();
        for (row, item) in items.iter().enumerate() {
            match buckets.last_mut() {
                Some((bucket, _, rows)) if *bucket == item.bucket => *rows += 1,
                _ => buckets.push((item.bucket, row as u64, 1)),
            }
        }
        let (operator, digest) = (operator.to_owned(), Digest::of(&bytes));
        Ok(StateFile { operator, path, bytes: bytes.len() as u64, digest, buckets })
    }

    /// The state of an operator in the buckets that are wanted, in order of bucket and key.
    /// Files without such a bucket are not read.
    ///
    /// # Errors
    /// When a file is missing, or is not what was committed; the message says which, and what can
    /// be done instead.
    pub fn read_state(
        &self,
        files: &[StateFile],
        operator: &str,
        wanted: &dyn Fn(u32) -> bool,
    ) -> Result<Vec<StateItem>, LakeError> {
        let mut items = Vec::new();
        for file in files.iter().filter(|f| f.operator == operator) {
            if !file.buckets.iter().any(|(bucket, ..)| wanted(*bucket)) {
                continue;
            }
            let unusable = |reason: String| {
                let (path, hint) = (file.path.clone(), instead(self.site.resumed));
                LakeError::State { path, reason, hint }
            };
            let bytes = self.site.lake.store.read(&file.path)?;
            let bytes = bytes.ok_or_else(|| unusable("it is missing".to_owned()))?;
            let found = Digest::of(&bytes);
            if found != file.digest {
                let expected = file.digest;
                return Err(unusable(format!("its digest is {found} instead of {expected}")));
            }
            decode(bytes, file, wanted, &mut items).map_err(|e| unusable(e.to_string()))?;
        }
        items.sort_by(|a, b| (a.bucket, &a.key).cmp(&(b.bucket, &b.key)));
        Ok(items)
    }
}

fn schema() -> Arc<Schema> {
    Arc::new(Schema::new(vec![
        Field::new("bucket", DataType::UInt32, false),
        Field::new("key", DataType::Utf8, false),
        Field::new("state", DataType::Binary, false),
    ]))
}

fn encode(items: &[StateItem]) -> Result<Vec<u8>, ParquetError> {
    let mut writer = ArrowWriter::try_new(Vec::new(), schema(), Some(state_properties()))?;
    let mut rest = items;
    while !rest.is_empty() {
        let mut bytes = 0;
        let fits = |item: &&StateItem| {
            let before = bytes;
            bytes += item.bytes.len() + item.key.len();
            before < BATCH_BYTES
        };
        let (some, after) = rest.split_at(rest.iter().take_while(fits).count());
        rest = after;
        let columns: Vec<ArrayRef> = vec![
            Arc::new(UInt32Array::from_iter_values(some.iter().map(|i| i.bucket))),
            Arc::new(StringArray::from_iter_values(some.iter().map(|i| &i.key))),
            Arc::new(BinaryArray::from_iter_values(some.iter().map(|i| &i.bytes))),
        ];
        writer.write(&RecordBatch::try_new(schema(), columns)?)?;
    }
    writer.into_inner()
}

/// Reads the wanted rows of a file that is known to be whole.
fn decode(
    bytes: Vec<u8>,
    file: &StateFile,
    wanted: &dyn Fn(u32) -> bool,
    items: &mut Vec<StateItem>,
) -> Result<(), ParquetError> {
    let selectors: Vec<RowSelector> = file
        .buckets
        .iter()
        .map(|(bucket, _, rows)| match wanted(*bucket) {
            true => RowSelector::select(*rows as usize),
            false => RowSelector::skip(*rows as usize),
        })
        .collect();
    let batches = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes))?
        .with_row_selection(RowSelection::from(selectors))
        .build()?;
    for batch in batches {
        let batch = batch?;
        let buckets = batch.column(0).as_primitive::<UInt32Type>();
        let (keys, states) =
            (batch.column(1).as_string::<i32>(), batch.column(2).as_binary::<i32>());
        for row in 0..batch.num_rows() {
            items.push(StateItem {
                bucket: buckets.value(row),
                key: keys.value(row).to_owned(),
                bytes: states.value(row).to_vec(),
            });
        }
    }
    Ok(())
}
