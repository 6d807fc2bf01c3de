//! A file as bytes: plain, or unpacked on the way. Of a zip file, its members in their order.

use flate2::Crc;
use flate2::bufread::{DeflateDecoder, MultiGzDecoder};
use rawzip::{
    CompressionMethod, FileReader, RECOMMENDED_BUFFER_SIZE, ZipArchive, ZipArchiveEntryWayfinder,
    ZipVerification,
};
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
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
        let zip = start.starts_with(b"PK\x03\x04");
        let reader: Box<dyn BufRead + Send> = if gzip {
            Box::new(BufReader::with_capacity(BUFFER_BYTES, MultiGzDecoder::new(plain)))
        } else if zstd {
            let decoder = zstd::Decoder::with_buffer(plain)?;
            Box::new(BufReader::with_capacity(BUFFER_BYTES, decoder))
        } else if zip {
            members(path, &read)?
        } else {
            Box::new(plain)
        };
        Ok(Input { reader, packed: gzip || zstd || zip, read, bytes })
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
        // The head of a zip file is read twice, and so may any part of one be.
        (self.read.load(Ordering::Relaxed).min(self.bytes), self.bytes)
    }

    /// Is this error about what the file holds, not about the disk?
    pub(in crate::sources) fn is_damage(&self, error: &io::Error) -> bool {
        let damage = [ErrorKind::UnexpectedEof, ErrorKind::InvalidInput, ErrorKind::InvalidData];
        // zstd gives its errors no kind; those of the system have a number.
        let unpacking = error.kind() == ErrorKind::Other && error.raw_os_error().is_none();
        self.packed && (unpacking || damage.contains(&error.kind()))
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buffer)
    }
}

/// The members of a zip file, one after another.
struct Members {
    archive: ZipArchive<FileReader>,
    path: PathBuf,
    left: std::vec::IntoIter<(ZipArchiveEntryWayfinder, CompressionMethod)>,
    /// The one that is read.
    present: Option<Checked>,
    bytes: Arc<AtomicU64>,
}

fn members(path: &Path, read: &Arc<AtomicU64>) -> io::Result<Box<dyn BufRead + Send>> {
    let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
    let archive = ZipArchive::from_file(File::open(path)?, &mut buffer).map_err(damaged)?;
    let mut entries = archive.entries(&mut buffer);
    let mut found = Vec::new();
    while let Some(entry) = entries.next_entry().map_err(damaged)? {
        if !entry.is_dir() {
            found.push((entry.wayfinder(), entry.compression_method()));
        }
    }
    let (path, left, bytes) = (path.to_owned(), found.into_iter(), Arc::clone(read));
    let members = Members { archive, path, left, present: None, bytes };
    Ok(Box::new(BufReader::with_capacity(BUFFER_BYTES, members)))
}

impl Members {
    fn open(
        &self,
        place: ZipArchiveEntryWayfinder,
        method: CompressionMethod,
    ) -> io::Result<Checked> {
        let member = self.archive.get_entry(place).map_err(damaged)?;
        let (start, end) = member.compressed_data_range();
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(start))?;
        let counted = Counted { file, bytes: Arc::clone(&self.bytes) };
        let stored = counted.take(end.saturating_sub(start));
        let stored = BufReader::with_capacity(BUFFER_BYTES, stored);
        let reader: Box<dyn Read + Send> = match method {
            CompressionMethod::STORE => Box::new(stored),
            CompressionMethod::DEFLATE => Box::new(DeflateDecoder::new(stored)),
            other => {
                let message = format!("a member of the zip file is packed with {other:?}");
                return Err(io::Error::new(ErrorKind::Unsupported, message));
            }
        };
        let expected = member.reader().claim_verifier();
        Ok(Checked { reader, expected, crc: Crc::new(), bytes: 0 })
    }
}

impl Read for Members {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(present) = &mut self.present {
                match present.read(buffer)? {
                    0 if !buffer.is_empty() => self.present = None,
                    read => return Ok(read),
                }
            }
            match self.left.next() {
                Some((place, method)) => self.present = Some(self.open(place, method)?),
                None => return Ok(0),
            }
        }
    }
}

fn damaged(error: rawzip::Error) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, format!("a damaged zip file: {error}"))
}

/// A member of a zip file, whose end is an error if it is not what was packed.
struct Checked {
    reader: Box<dyn Read + Send>,
    expected: ZipVerification,
    crc: Crc,
    bytes: u64,
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        if read == 0 && !buffer.is_empty() {
            let found = ZipVerification { crc: self.crc.sum(), uncompressed_size: self.bytes };
            self.expected.valid(found).map_err(damaged)?;
        }
        self.crc.update(&buffer[..read]);
        self.bytes += read as u64;
        Ok(read)
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
