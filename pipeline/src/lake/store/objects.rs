//! An object store as a store: S3 and what speaks its language.
//!
//! `rename` is a copy inside the store and a deletion, so that files have the same two names as on
//! a disk; a store copies up to 5 GB at once. A file under construction goes up in parts; those of
//! a process that died are for the bucket's rules about incomplete uploads to remove.

use super::{DataFile, NewFile, Ranges, Store};
use crate::lake::LakeError;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use object_store::aws::AmazonS3Builder;
use object_store::path::Path as Key;
use object_store::{
    Error, MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutPayload,
};
use std::collections::BTreeMap;
use std::fs::File;
use std::future::Future;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, mpsc};
use std::time::SystemTime;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

/// Runs the calls; those who call wait for them.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).thread_name("objects").enable_all();
    builder.build().expect("the system has threads for the object store")
});

/// Waits for a call, on whichever thread: also on one that drives other futures.
fn wait<T: Send + 'static>(call: impl Future<Output = T> + Send + 'static) -> T {
    let (answer, answered) = mpsc::sync_channel(1);
    RUNTIME.spawn(async move {
        // No one waits any more if the caller's thread died.
        let _ = answer.send(call.await);
    });
    answered.recv().expect("calls do not panic")
}

/// A bucket, or a folder of one.
#[derive(Debug)]
pub(crate) struct Objects {
    url: String,
    /// Of all paths; empty or without a slash at either end.
    prefix: String,
    store: Arc<dyn ObjectStore>,
}

impl Objects {
    /// The store at `s3://BUCKET/PREFIX`; all else comes from the environment (`AWS_REGION`,
    /// `AWS_ENDPOINT`, `AWS_ACCESS_KEY_ID`, …).
    pub(crate) fn open(url: &str) -> Result<Objects, LakeError> {
        let path = url.strip_prefix("s3://");
        let path = path.ok_or_else(|| LakeError::Unsupported(url.to_owned()))?;
        let (bucket, prefix) = path.split_once('/').unwrap_or((path, ""));
        if bucket.is_empty() {
            return Err(LakeError::Unsupported(url.to_owned()));
        }
        let store = AmazonS3Builder::from_env().with_bucket_name(bucket).build();
        Ok(Objects::new(url, prefix, Arc::new(store.map_err(|e| failed(url, e))?)))
    }

    pub(crate) fn new(url: &str, prefix: &str, store: Arc<dyn ObjectStore>) -> Objects {
        let prefix = prefix.trim_matches('/').to_owned();
        Objects { url: url.to_owned(), prefix, store }
    }

    fn key(&self, path: &str) -> Key {
        match self.prefix.as_str() {
            "" => Key::from(path),
            prefix => Key::from(format!("{prefix}/{path}")),
        }
    }

    /// Names of keys below a folder, relative to the lake.
    fn relative(&self, key: &Key) -> String {
        let key = key.as_ref();
        key.strip_prefix(&self.prefix).unwrap_or(key).trim_start_matches('/').to_owned()
    }

    fn call<T, F>(&self, path: &str, call: impl FnOnce(Arc<dyn ObjectStore>, Key) -> F) -> Called<T>
    where
        T: Send + 'static,
        F: Future<Output = object_store::Result<T>> + Send + 'static,
    {
        match wait(call(Arc::clone(&self.store), self.key(path))) {
            Ok(value) => Ok(Some(value)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed(&format!("{}/{path}", self.url), error)),
        }
    }

    fn head(&self, path: &str) -> Called<ObjectMeta> {
        self.call(path, |store, key| async move { store.head(&key).await })
    }
}

/// What a call gave; `None` when there is no such file.
type Called<T> = Result<Option<T>, LakeError>;

fn failed(path: &str, error: Error) -> LakeError {
    // Listings say only in words what they failed at. The address is where machines of a cloud ask
    // for their credentials when no one gave any.
    const WORDS: [&str; 3] = ["403 Forbidden", "401 Unauthorized", "169.254."];
    let said = error.to_string();
    let hint = match &error {
        // Reads of what is not there are no errors: it is the bucket that is missing.
        Error::NotFound { .. } => ABSENT,
        _ if said.contains("NoSuchBucket") => ABSENT,
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => REFUSED,
        _ if WORDS.iter().any(|words| said.contains(words)) => REFUSED,
        _ => return LakeError::Io { path: path.to_owned(), error: io::Error::other(error) },
    };
    LakeError::Store { path: path.to_owned(), hint, error: said }
}

const ABSENT: &str = "there is no such bucket: create it, or correct the address";
const REFUSED: &str = "the store wants other credentials: set AWS_ACCESS_KEY_ID, \
                       AWS_SECRET_ACCESS_KEY and AWS_REGION, and AWS_ENDPOINT where it is not AWS";

/// How often a conditional write is tried whose answer was lost; the client itself does not
/// repeat one that timed out. The second may meet what the first one left.
const CREATE_TRIES: usize = 2;

impl Store for Objects {
    fn url(&self) -> &str {
        &self.url
    }

    fn root(&self) -> Option<&Path> {
        None
    }

    fn objects(&self) -> object_store::Result<Arc<dyn ObjectStore>> {
        use object_store::prefix::PrefixStore;
        Ok(match self.prefix.as_str() {
            "" => Arc::clone(&self.store),
            prefix => Arc::new(PrefixStore::new(Arc::clone(&self.store), prefix)),
        })
    }

    fn is_there(&self) -> Result<bool, LakeError> {
        let first =
            self.call(
                "",
                |store, key| async move { store.list(Some(&key)).next().await.transpose() },
            )?;
        Ok(first.flatten().is_some())
    }

    fn put_new(&self, path: &str, bytes: &[u8]) -> Result<bool, LakeError> {
        let payload = PutPayload::from(bytes.to_vec());
        let mut tries = 0;
        loop {
            let put = wait({
                let (store, key) = (Arc::clone(&self.store), self.key(path));
                let payload = payload.clone();
                async move { store.put_opts(&key, payload, PutMode::Create.into()).await }
            });
            tries += 1;
            return match put {
                Ok(_) => Ok(true),
                // Also the answer of a store that is busy with another request for this name.
                Err(Error::AlreadyExists { .. }) => Ok(false),
                Err(Error::Generic { .. }) if tries < CREATE_TRIES => continue,
                Err(error) => Err(failed(&format!("{}/{path}", self.url), error)),
            };
        }
    }

    fn create(&self, path: &str) -> Result<Box<dyn NewFile>, LakeError> {
        Ok(Box::new(Upload {
            store: Arc::clone(&self.store),
            key: self.key(path),
            name: format!("{}/{path}", self.url),
            buffer: Vec::new(),
            bytes: 0,
            parts: None,
            under_way: None,
        }))
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, LakeError> {
        let bytes =
            self.call(path, |store, key| async move { store.get(&key).await?.bytes().await })?;
        Ok(bytes.map(Vec::from))
    }

    fn open(&self, path: &str) -> Result<Option<DataFile>, LakeError> {
        let Some(ObjectMeta { size, .. }) = self.head(path)? else { return Ok(None) };
        let (store, key) = (Arc::clone(&self.store), self.key(path));
        Ok(Some(DataFile::new(Blocks { store, key, size, cache: Mutex::default() }, size)))
    }

    fn size(&self, path: &str) -> Result<Option<u64>, LakeError> {
        Ok(self.head(path)?.map(|meta| meta.size))
    }

    fn modified(&self, path: &str) -> Option<SystemTime> {
        Some(self.head(path).ok()??.last_modified.into())
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, LakeError> {
        let found =
            self.call(
                folder,
                |store, key| async move { store.list_with_delimiter(Some(&key)).await },
            )?;
        let Some(found) = found else { return Ok(Vec::new()) };
        let files = found.objects.iter().map(|meta| &meta.location);
        let mut names: Vec<String> = files
            .chain(&found.common_prefixes)
            .filter_map(|key| key.filename().map(str::to_owned))
            .collect();
        names.sort();
        Ok(names)
    }

    fn grandchildren(&self, folder: &str) -> Result<Vec<String>, LakeError> {
        let found = self.call(folder, |store, key| async move {
            store.list(Some(&key)).try_collect::<Vec<ObjectMeta>>().await
        })?;
        let depth = folder.split('/').count() + 3;
        let paths = found.into_iter().flatten().map(|meta| self.relative(&meta.location));
        let mut paths: Vec<String> = paths.filter(|p| p.split('/').count() == depth).collect();
        paths.sort();
        Ok(paths)
    }

    fn remove(&self, path: &str) -> Result<(), LakeError> {
        self.call(path, |store, key| async move { store.delete(&key).await }).map(drop)
    }

    fn remove_empty(&self, _folder: &str) {
        // There are no folders, only names with slashes.
    }

    fn rename(&self, from: &str, to: &str) -> Result<bool, LakeError> {
        let target = self.key(to);
        let copied =
            self.call(from, |store, key| async move { store.copy(&key, &target).await })?;
        if copied.is_some() {
            self.remove(from)?;
        }
        Ok(copied.is_some())
    }

    fn sync_folder(&self, _folder: &str) -> Result<(), LakeError> {
        Ok(())
    }

    fn open_lock(&self, _path: &str) -> Result<Option<File>, LakeError> {
        Ok(None)
    }
}

/// Bytes of a part: 10,000 of them are the largest object.
const PART_BYTES: usize = 16 << 20;

/// A file on its way up.
#[derive(Debug)]
struct Upload {
    store: Arc<dyn ObjectStore>,
    key: Key,
    name: String,
    buffer: Vec<u8>,
    bytes: u64,
    /// Once there is more than one part.
    parts: Option<Box<dyn MultipartUpload>>,
    /// The part that goes up while the next one is filled.
    under_way: Option<JoinHandle<object_store::Result<()>>>,
}

impl Upload {
    fn send_part(&mut self) -> object_store::Result<()> {
        let mut parts = match self.parts.take() {
            Some(parts) => parts,
            None => {
                let (store, key) = (Arc::clone(&self.store), self.key.clone());
                wait(async move { store.put_multipart(&key).await })?
            }
        };
        let part = parts.put_part(std::mem::take(&mut self.buffer).into());
        self.parts = Some(parts);
        self.join()?;
        self.under_way = Some(RUNTIME.spawn(part));
        Ok(())
    }

    /// Waits for the part that goes up.
    fn join(&mut self) -> object_store::Result<()> {
        match self.under_way.take() {
            Some(part) => wait(part).map_err(Error::from)?,
            None => Ok(()),
        }
    }

    fn complete(&mut self) -> object_store::Result<()> {
        if self.parts.is_none() {
            let (store, key) = (Arc::clone(&self.store), self.key.clone());
            let payload = PutPayload::from(std::mem::take(&mut self.buffer));
            return wait(async move { store.put(&key, payload).await }).map(drop);
        }
        if !self.buffer.is_empty() {
            self.send_part()?;
        }
        self.join()?;
        match self.parts.take() {
            Some(mut parts) => wait(async move { parts.complete().await }).map(drop),
            None => Ok(()),
        }
    }
}

impl Write for Upload {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        self.bytes += bytes.len() as u64;
        if self.buffer.len() >= PART_BYTES {
            self.send_part().map_err(io::Error::other)?;
        }
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl NewFile for Upload {
    fn finish(mut self: Box<Self>) -> Result<u64, LakeError> {
        self.complete().map_err(|error| failed(&self.name, error))?;
        Ok(self.bytes)
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if let Some(mut parts) = self.parts.take() {
            // Nothing waits for it: what is left costs storage and is never seen.
            RUNTIME.spawn(async move { parts.abort().await });
        }
    }
}

/// Bytes that are fetched and kept together.
const BLOCK_BYTES: u64 = 1 << 20;
/// Blocks that are fetched at once by a reader that goes forwards.
const BLOCKS_AHEAD: u64 = 8;
/// Blocks of a file that are kept.
const BLOCKS_MAX: usize = 32;

/// An object that is read in blocks, the last ones kept.
#[derive(Debug)]
struct Blocks {
    store: Arc<dyn ObjectStore>,
    key: Key,
    size: u64,
    cache: Mutex<Cache>,
}

#[derive(Debug, Default)]
struct Cache {
    /// By number: when they were used last, and their bytes.
    blocks: BTreeMap<u64, (u64, Bytes)>,
    uses: u64,
}

impl Blocks {
    fn fetch(&self, cache: &mut Cache, first: u64, last: u64) -> io::Result<()> {
        let absent = |block: &u64| !cache.blocks.contains_key(block);
        let Some(low) = (first..=last).find(absent) else { return Ok(()) };
        let high = (first..=last).rfind(absent).unwrap_or(last);
        let forwards = low > 0 && cache.blocks.contains_key(&(low - 1));
        let end = if forwards { high.max(low + BLOCKS_AHEAD - 1) } else { high };
        let range = low * BLOCK_BYTES..((end + 1) * BLOCK_BYTES).min(self.size);
        let (store, key) = (Arc::clone(&self.store), self.key.clone());
        let bytes = wait(async move { store.get_range(&key, range).await });
        let bytes = bytes.map_err(io::Error::other)?;
        for (number, at) in (low..=end).zip((0..bytes.len()).step_by(BLOCK_BYTES as usize)) {
            let until = (at + BLOCK_BYTES as usize).min(bytes.len());
            cache.blocks.insert(number, (cache.uses, bytes.slice(at..until)));
        }
        Ok(())
    }
}

impl Ranges for Blocks {
    fn read(&self, start: u64, length: usize) -> io::Result<Bytes> {
        let end = start + length as u64;
        if end > self.size {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if length == 0 {
            return Ok(Bytes::new());
        }
        let (first, last) = (start / BLOCK_BYTES, (end - 1) / BLOCK_BYTES);
        let mut cache = self.cache.lock().expect("no holder panics");
        cache.uses += 1;
        self.fetch(&mut cache, first, last)?;
        let uses = cache.uses;
        let mut pieces = Vec::new();
        for number in first..=last {
            let (used, block) = cache.blocks.get_mut(&number).expect("it was just fetched");
            *used = uses;
            let from = start.saturating_sub(number * BLOCK_BYTES);
            let until = (end - number * BLOCK_BYTES).min(block.len() as u64);
            pieces.push(block.slice(from as usize..until as usize));
        }
        while cache.blocks.len() > BLOCKS_MAX {
            let oldest = cache.blocks.iter().min_by_key(|(_, (used, _))| *used);
            let Some(oldest) = oldest.map(|(number, _)| *number) else { break };
            cache.blocks.remove(&oldest);
        }
        match <[Bytes; 1]>::try_from(pieces) {
            Ok([piece]) => Ok(piece),
            Err(pieces) => Ok(pieces.concat().into()),
        }
    }
}
