//! An object store that fails on purpose.

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What happens at the chosen call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It fails and does nothing.
    Fails,
    /// It is done, and the answer is lost.
    LostAnswer,
    /// A conditional write is told to come again, in the words for a file that exists.
    Busy,
    /// This and every later call fails: the process has died.
    Dies,
    /// Conditional writes overwrite, all the time.
    Overwrites,
}

/// Keeps everything in memory and fails at one call.
#[derive(Debug)]
pub struct Faulty {
    inner: Arc<InMemory>,
    fault: Fault,
    at: u64,
    calls: AtomicU64,
}

impl Faulty {
    pub fn new(inner: &Arc<InMemory>, fault: Fault, at: u64) -> Arc<Faulty> {
        Arc::new(Faulty { inner: Arc::clone(inner), fault, at, calls: AtomicU64::new(0) })
    }

    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::SeqCst)
    }

    /// Is it the turn of this call to fail?
    fn turn(&self) -> Option<Fault> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        let dead = self.fault == Fault::Dies && call > self.at;
        (call == self.at || dead).then_some(self.fault)
    }

    async fn call<T>(&self, call: impl Future<Output = Result<T>>) -> Result<T> {
        match self.turn() {
            Some(Fault::Fails | Fault::Dies) => failed(),
            Some(Fault::LostAnswer) => call.await.and_then(|_| failed()),
            _ => call.await,
        }
    }
}

fn failed<T>() -> Result<T> {
    Err(Error::Generic { store: "faulty", source: "503 Service Unavailable".into() })
}

impl fmt::Display for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("faulty")
    }
}

#[async_trait]
impl ObjectStore for Faulty {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        mut options: PutOptions,
    ) -> Result<PutResult> {
        if self.fault == Fault::Overwrites {
            options.mode = PutMode::Overwrite;
        }
        if self.fault == Fault::Busy && options.mode == PutMode::Create {
            if self.turn().is_some() {
                let path = location.to_string();
                return Err(Error::AlreadyExists { path, source: "409 Conflict".into() });
            }
            return self.inner.put_opts(location, payload, options).await;
        }
        self.call(self.inner.put_opts(location, payload, options)).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.call(self.inner.put_multipart_opts(location, options)).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.call(self.inner.get_opts(location, options)).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        match self.turn() {
            Some(Fault::Fails | Fault::Dies) => futures::stream::once(async { failed() }).boxed(),
            _ => self.inner.delete_stream(locations),
        }
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        match self.turn() {
            Some(Fault::Fails | Fault::Dies) => futures::stream::once(async { failed() }).boxed(),
            _ => self.inner.list(prefix),
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.call(self.inner.list_with_delimiter(prefix)).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.call(self.inner.copy_opts(from, to, options)).await
    }
}
