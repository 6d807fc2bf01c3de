//! A file as bytes: plain, or unpacked on the way.

use flate2::bufread::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes asked of the system at a time.
const BUFFER_BYTES: usize = 128 * 1024;

/// An open file.
pub(in crate::sources) struct Input {
    reader: Box<dyn BufRead + Send>,
    packed: bool,
    read: Arc<AtomicU64>,
    bytes: u64,
}

impl Input {
    /// Opens a file; its first bytes tell whether and how it is packed.
    pub(in crate::sources) fn open(path: &Path) -> io::Result<Input> {
        let file = File::open(path)?;
        let bytes = file.metadata()?.len();
        let read = Arc::new(AtomicU64::new(0));
        let counted = Counted { file, bytes: read.clone() };
        let mut plain = BufReader::with_capacity(BUFFER_BYTES, counted);
        let start = plain.fill_buf()?;
        let gzip = start.starts_with(&[0x1f, 0x8b]);
        let zstd = start.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]);
        let reader: Box<dyn BufRead + Send> = if gzip {
            Box::new(BufReader::with_capacity(BUFFER_BYTES, MultiGzDecoder::new(plain)))
        } else if zstd {
            let decoder = zstd::Decoder::with_buffer(plain)?;
            Box::new(BufReader::with_capacity(BUFFER_BYTES, decoder))
        } else {
            Box::new(plain)
        };
        Ok(Input { reader, packed: gzip || zstd, read, bytes })
    }

    /// The bytes.
    pub(in crate::sources) fn reader(&mut self) -> &mut dyn BufRead {
        &mut self.reader
    }

    /// Nothing more is to come of it.
    pub(in crate::sources) fn give_up(&mut self) {
        self.reader = Box::new(io::empty());
    }

    /// Bytes read and bytes in all, as stored.
    pub(in crate::sources) fn progress(&self) -> (u64, u64) {
        (self.read.load(Ordering::Relaxed), self.bytes)
    }

    /// Is this error about what the file holds, not about the disk?
    pub(in crate::sources) fn is_damage(&self, error: &io::Error) -> bool {
        let damage = [ErrorKind::UnexpectedEof, ErrorKind::InvalidInput, ErrorKind::InvalidData];
        self.packed && damage.contains(&error.kind())
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buffer)
    }
}

/// A file that counts what was read of it.
struct Counted {
    file: File,
    bytes: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.bytes.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
