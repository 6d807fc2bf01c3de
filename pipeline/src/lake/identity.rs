//! What makes two inputs the same: the default id of a recording.

use schemas::Digest;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use xxhash_rust::xxh3::Xxh3;

/// An input file as a recording is known by it: where it lies does not matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputFile {
    /// Its name without folders.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// The digest of its content.
    pub digest: Digest,
}

impl InputFile {
    /// Reads a file once.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn identify(path: &Path) -> io::Result<InputFile> {
        let mut file = File::open(path)?;
        let (mut hash, mut bytes, mut buffer) = (Xxh3::new(), 0, vec![0; 1 << 16]);
        loop {
            match file.read(&mut buffer)? {
                0 => break,
                n => {
                    hash.update(&buffer[..n]);
                    bytes += n as u64;
                }
            }
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(InputFile { name, bytes, digest: Digest(hash.digest128()) })
    }
}

/// The id and digest of a recording of these files by a source of this kind. `settings` is
/// whatever else decides which rows come out (venue, symbol, mapping).
pub fn recording_id(kind: &str, settings: &str, files: &[InputFile]) -> (String, Digest) {
    let mut text = format!("{kind}\n{settings}\n");
    for InputFile { name, bytes, digest } in files {
        text.push_str(&format!("{name}\n{bytes}\n{digest}\n"));
    }
    let digest = Digest::of(text.as_bytes());
    let kind: String = kind.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
    (format!("{kind}-{digest}"), digest)
}
