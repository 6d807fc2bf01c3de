//! A file as bytes: plain, or unpacked on the way.

use flate2::bufread::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::path::Path;

/// Bytes asked of the system, and of the unpacker, at a time.
const BUFFER_BYTES: usize = 128 * 1024;

/// A file that counts what was read of it.
pub(super) struct Counted {
    file: File,
    bytes: u64,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.bytes += read as u64;
        Ok(read)
    }
}

/// An open file.
pub(super) enum Input {
    /// As it is.
    Plain(BufReader<Counted>),
    /// One gzip member or several in a row.
    Gzip(Box<BufReader<MultiGzDecoder<BufReader<Counted>>>>),
}

impl Input {
    /// Opens a file; its first two bytes tell whether it is packed.
    pub(super) fn open(path: &Path) -> io::Result<Input> {
        let counted = Counted { file: File::open(path)?, bytes: 0 };
        let mut plain = BufReader::with_capacity(BUFFER_BYTES, counted);
        if plain.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
            let unpacked = MultiGzDecoder::new(plain);
            return Ok(Input::Gzip(Box::new(BufReader::with_capacity(BUFFER_BYTES, unpacked))));
        }
        Ok(Input::Plain(plain))
    }

    /// The bytes.
    pub(super) fn reader(&mut self) -> &mut dyn BufRead {
        match self {
            Input::Plain(reader) => reader,
            Input::Gzip(reader) => reader,
        }
    }

    /// Bytes of the stored file read so far.
    pub(super) fn bytes_read(&self) -> u64 {
        match self {
            Input::Plain(reader) => reader.get_ref().bytes,
            Input::Gzip(reader) => reader.get_ref().get_ref().get_ref().bytes,
        }
    }

    /// Is this error about what the file holds, not about the disk?
    pub(super) fn is_damage(&self, error: &io::Error) -> bool {
        let damage = [ErrorKind::UnexpectedEof, ErrorKind::InvalidInput, ErrorKind::InvalidData];
        matches!(self, Input::Gzip(_)) && damage.contains(&error.kind())
    }
}
