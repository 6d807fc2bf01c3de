//! Recorded market data as chunks.

use super::decode::Decoder;
use super::group::{Constants, GroupPlan, MarketFile};
use super::rare::rare_chunks;
use super::{Chain, Lake, LakeError, LakeSource};
use crate::sources::{CHUNK_ROWS, Reader, SourceError};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use schemas::{Chunk, Table};
use std::collections::VecDeque;
use std::sync::Arc;

/// A row group that is being read.
struct OpenGroup {
    batches: ParquetRecordBatchReader,
    constants: Constants,
    /// Rows that were read.
    rows: usize,
}

/// One worker's share of a chain: every `workers`-th row group, in order.
pub struct LakeReader {
    lake: Lake,
    source: Arc<LakeSource>,
    chain: Chain,
    worker: usize,
    workers: usize,
    /// The next file of the chain.
    next_file: usize,
    /// The open file and its next row group.
    file: Option<(MarketFile, usize)>,
    /// Row groups with wanted rows so far, over all files: all workers count the same.
    groups: usize,
    /// The row group that is being read.
    group: Option<OpenGroup>,
    ready: VecDeque<Chunk>,
    partition_base: u32,
}

impl Lake {
    /// A reader of worker `worker`'s share of a chain.
    ///
    /// # Panics
    /// When there are no workers, or this one is none of them.
    pub fn reader(
        &self,
        source: &Arc<LakeSource>,
        chain: &Chain,
        worker: usize,
        workers: usize,
    ) -> LakeReader {
        assert!(worker < workers, "worker {worker} is none of {workers}");
        LakeReader {
            lake: self.clone(),
            source: source.clone(),
            chain: chain.clone(),
            worker,
            workers,
            next_file: 0,
            file: None,
            groups: 0,
            group: None,
            ready: VecDeque::new(),
            partition_base: 0,
        }
    }
}

impl LakeReader {
    /// The table that it reads.
    pub fn table(&self) -> Table {
        self.chain.table
    }

    fn advance(&mut self) -> Result<Option<Chunk>, LakeError> {
        loop {
            if let Some(chunk) = self.ready.pop_front() {
                return Ok(Some(chunk));
            }
            if let Some(OpenGroup { batches, constants, rows }) = &mut self.group {
                let (file, _) = self.file.as_ref().expect("a row group belongs to a file");
                let (table, source, path) = (self.chain.table, &*self.source, &*file.path);
                let Some(batch) = batches.next() else {
                    self.group = None;
                    continue;
                };
                let batch = batch.map_err(|e| LakeError::data(path, e))?;
                let first_row = *rows;
                *rows += batch.num_rows();
                let chunks = match table {
                    Table::Trades | Table::Quotes | Table::BookDeltas | Table::BookOrders => {
                        Decoder { path, table, source, constants, first_row, batch }.chunks()?
                    }
                    _ => rare_chunks(path, table, source, &batch)?,
                };
                for mut chunk in chunks {
                    chunk.source_partition += self.partition_base;
                    chunk.partitions.iter_mut().for_each(|p| *p += self.partition_base);
                    self.ready.push_back(chunk);
                }
            } else if !self.next_group()? {
                return Ok(None);
            }
        }
    }

    /// Goes to this worker's next row group; `false` at the end.
    fn next_group(&mut self) -> Result<bool, LakeError> {
        loop {
            let Some((file, next)) = &mut self.file else {
                let Some(entry) = self.chain.files.get(self.next_file) else {
                    return Ok(false);
                };
                let file = self.lake.open_file(&entry.entry)?;
                self.partition_base = entry.partition_base;
                self.file = Some((MarketFile::open(&entry.entry.path, file, self.chain.table)?, 0));
                self.next_file += 1;
                continue;
            };
            if *next == file.metadata.metadata().num_row_groups() {
                self.file = None;
                continue;
            }
            let number = *next;
            *next += 1;
            let Some(plan) = file.plan(self.chain.table, number, &self.source) else { continue };
            let mine = self.groups % self.workers == self.worker;
            self.groups += 1;
            if mine {
                let (batches, constants) = open_group(file, number, plan)?;
                self.group = Some(OpenGroup { batches, constants, rows: 0 });
                return Ok(true);
            }
        }
    }
}

fn open_group(
    file: &MarketFile,
    number: usize,
    plan: GroupPlan,
) -> Result<(ParquetRecordBatchReader, Constants), LakeError> {
    let (data, metadata) = (file.file.clone(), file.metadata.clone());
    let batches = ParquetRecordBatchReaderBuilder::new_with_metadata(data, metadata)
        .with_row_groups(vec![number])
        .with_projection(plan.mask)
        .with_batch_size(CHUNK_ROWS)
        .build()
        .map_err(|e| LakeError::data(&file.path, e))?;
    Ok((batches, plan.constants))
}

impl Reader for LakeReader {
    fn next(&mut self) -> Result<Option<Chunk>, SourceError> {
        self.advance().map_err(|error| match error {
            LakeError::Io { path, error } => SourceError::Io { path, error },
            LakeError::Data { path, error } => {
                let expected = "a Parquet file of the lake".to_owned();
                SourceError::Format { path, expected, found: error.to_string() }
            }
            other => {
                let path = self.lake.url().to_owned();
                SourceError::Io { path, error: std::io::Error::other(other) }
            }
        })
    }
}
