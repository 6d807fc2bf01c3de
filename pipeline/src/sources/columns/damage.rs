//! Parquet and Feather files that are damaged. Their readers believe what a file says of itself:
//! they ask for as much memory as it says, and panic at some of what cannot be. So what it says is
//! compared with its size first, and a panic becomes an error.

use arrow::error::ArrowError;
use arrow_ipc::{Block, Message, RecordBatch, reader::read_footer_length};
use parquet::{
    errors::ParquetError,
    file::reader::{ChunkReader, Length},
};
use std::{
    fs::File,
    io::{BufReader, ErrorKind, Read, Seek, SeekFrom},
    panic::{AssertUnwindSafe, catch_unwind},
};

/// Most bytes that a packed part of a Feather file may unpack to, and most rows of one: files in
/// use have tens of thousands.
const PART_MAX: i64 = 1 << 28;

/// Runs a reader on a file that may be damaged; it must not be used again after an error.
pub(super) fn guarded<T, E: Into<ArrowError>>(
    read: impl FnOnce() -> Result<T, E>,
) -> Result<T, ArrowError> {
    let panicked = match catch_unwind(AssertUnwindSafe(read)) {
        Ok(read) => return read.map_err(Into::into),
        Err(panicked) => panicked,
    };
    let text = panicked.downcast_ref::<&str>().copied();
    let text = text.or(panicked.downcast_ref::<String>().map(String::as_str));
    Err(broken(text.unwrap_or("its reader gave up")))
}

fn broken(why: impl std::fmt::Display) -> ArrowError {
    ArrowError::ParseError(format!("it is damaged: {why}"))
}

/// A Parquet file of which no more is read than there is.
pub(super) struct Bounded {
    file: File,
    bytes: u64,
}

impl Bounded {
    pub(super) fn new(file: File) -> std::io::Result<Bounded> {
        Ok(Bounded { bytes: file.metadata()?.len(), file })
    }
}

impl Length for Bounded {
    fn len(&self) -> u64 {
        self.bytes
    }
}

impl ChunkReader for Bounded {
    type T = Within;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        self.file.get_read(start).map(Within)
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<bytes::Bytes, ParquetError> {
        match start.checked_add(length as u64) {
            Some(end) if end <= self.bytes => self.file.get_bytes(start, length),
            _ => Err(ParquetError::EOF(format!("{length} bytes at {start} are not in the file"))),
        }
    }
}

/// The rest of a file, behind whose end there is an error and not nothing: what is to be left out
/// there, as the head of a damaged page may say of billions of values, would be looked for one by
/// one.
pub(super) struct Within(BufReader<File>);

impl Read for Within {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self.0.read(buffer)? {
            0 if !buffer.is_empty() => Err(ErrorKind::UnexpectedEof.into()),
            bytes => Ok(bytes),
        }
    }
}

/// Looks whether the parts of a Feather file lie in it and are of a sensible size.
pub(super) fn check_feather(file: &mut File) -> Result<(), ArrowError> {
    let bytes = file.metadata()?.len();
    let mut tail = [0; 10];
    read_at(file, bytes.checked_sub(10), &mut tail)?;
    let length = read_footer_length(tail)?;
    let start = bytes.checked_sub(10 + length as u64);
    let start = start.ok_or_else(|| broken("its footer is longer than it"))?;
    let mut footer = vec![0; length];
    read_at(file, Some(start), &mut footer)?;
    let footer = arrow_ipc::root_as_footer(&footer).map_err(broken)?;
    let dictionaries = footer.dictionaries().into_iter().flatten();
    for block in dictionaries.chain(footer.recordBatches().into_iter().flatten()) {
        check_block(file, bytes, block)?;
    }
    Ok(())
}

fn check_block(file: &mut File, bytes: u64, block: &Block) -> Result<(), ArrowError> {
    let (start, head) = (block.offset() as u64, block.metaDataLength() as u64);
    let body = start.checked_add(head);
    let end = body.and_then(|body| body.checked_add(block.bodyLength() as u64));
    if head < 8 || end.is_none_or(|end| end > bytes) {
        return Err(broken("a part of it lies beyond its end"));
    }
    let mut message = vec![0; head as usize];
    read_at(file, Some(start), &mut message)?;
    let skipped = if message[..4] == [0xff; 4] { 8 } else { 4 };
    let message = arrow_ipc::root_as_message(&message[skipped..]).map_err(broken)?;
    let Some(batch) = batch_of(&message) else { return Ok(()) };
    if !(0..=PART_MAX).contains(&batch.length()) {
        return Err(broken(format_args!("{} rows in a part of it", batch.length())));
    }
    if batch.compression().is_none() {
        return Ok(());
    }
    for part in batch.buffers().into_iter().flatten().filter(|part| part.length() > 0) {
        let mut length = [0; 8];
        let offset = u64::try_from(part.offset()).ok();
        let place = offset.and_then(|offset| body?.checked_add(offset));
        read_at(file, place, &mut length)?;
        let length = i64::from_le_bytes(length);
        if length > PART_MAX {
            return Err(broken(format_args!("a part of it has {length} bytes when unpacked")));
        }
    }
    Ok(())
}

fn batch_of<'a>(message: &Message<'a>) -> Option<RecordBatch<'a>> {
    match message.header_as_dictionary_batch() {
        Some(dictionary) => dictionary.data(),
        None => message.header_as_record_batch(),
    }
}

fn read_at(file: &mut File, start: Option<u64>, buffer: &mut [u8]) -> Result<(), ArrowError> {
    let start = start.ok_or_else(|| broken("a part of it lies before its start"))?;
    file.seek(SeekFrom::Start(start))?;
    Ok(file.read_exact(buffer)?)
}
