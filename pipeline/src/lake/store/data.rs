//! Reading parts of a data file, wherever it lies.

use bytes::Bytes;
use parquet::errors::Result;
use parquet::file::reader::{ChunkReader, Length};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

/// An open data file: what the Parquet library reads from. Clones share it, on any thread.
#[derive(Debug, Clone)]
pub struct DataFile {
    bytes: Arc<dyn Ranges>,
    length: u64,
}

/// Bytes that are read by range.
pub(crate) trait Ranges: std::fmt::Debug + Send + Sync {
    fn read(&self, start: u64, length: usize) -> io::Result<Bytes>;
}

impl Ranges for File {
    fn read(&self, start: u64, length: usize) -> io::Result<Bytes> {
        let mut buffer = vec![0; length];
        // Not by seeking: clones of a file share one position.
        self.read_exact_at(&mut buffer, start)?;
        Ok(buffer.into())
    }
}

impl DataFile {
    pub(crate) fn new(bytes: impl Ranges + 'static, length: u64) -> DataFile {
        DataFile { bytes: Arc::new(bytes), length }
    }
}

impl Length for DataFile {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for DataFile {
    type T = BufReader<DataRead>;

    fn get_read(&self, start: u64) -> Result<BufReader<DataRead>> {
        Ok(BufReader::new(DataRead { file: self.clone(), next: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        Ok(self.bytes.read(start, length)?)
    }
}

/// A data file from some place on.
#[derive(Debug)]
pub struct DataRead {
    file: DataFile,
    next: u64,
}

impl Read for DataRead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = self.file.length.saturating_sub(self.next);
        let length = buffer.len().min(usize::try_from(rest).unwrap_or(usize::MAX));
        let bytes = self.file.bytes.read(self.next, length)?;
        buffer[..length].copy_from_slice(&bytes);
        self.next += length as u64;
        Ok(length)
    }
}
