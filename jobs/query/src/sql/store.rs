//! The lake's files under the names that the manifests give them.

use async_trait::async_trait;
use bytes::Bytes;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::object_store::path::Path;
use datafusion::object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use futures::stream::{self, BoxStream, StreamExt};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// What the lake's address is in plans.
pub(crate) fn address() -> ObjectStoreUrl {
    ObjectStoreUrl::parse("lake://tables").expect("a scheme and a host are an address")
}

/// Reads committed files, whichever of their two names they have at the moment: a file is
/// renamed from `….parquet.pending` right after its commit, also while a query runs.
#[derive(Debug)]
pub(crate) struct LakeStore {
    files: Arc<dyn ObjectStore>,
}

impl LakeStore {
    pub(crate) fn new(files: Arc<dyn ObjectStore>) -> LakeStore {
        LakeStore { files }
    }

    /// The names to try. The final one twice: the file may be renamed between two looks.
    fn names(path: &Path) -> [Path; 3] {
        [path.clone(), Path::from(format!("{path}.pending")), path.clone()]
    }
}

fn read_only<T>(operation: &str) -> Result<T> {
    let source = format!("{operation}: the lake is read-only").into();
    Err(Error::Generic { store: "lake", source })
}

fn missing(path: &Path) -> Error {
    let source = "it was removed, or its run was just replaced".into();
    Error::NotFound { path: path.to_string(), source }
}

impl fmt::Display for LakeStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("lake")
    }
}

#[async_trait]
impl ObjectStore for LakeStore {
    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        for name in Self::names(location) {
            match self.files.get_opts(&name, options.clone()).await {
                Err(Error::NotFound { .. }) => {}
                result => return result,
            }
        }
        Err(missing(location))
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        for name in Self::names(location) {
            match self.files.get_ranges(&name, ranges).await {
                Err(Error::NotFound { .. }) => {}
                result => return result,
            }
        }
        Err(missing(location))
    }

    fn list(&self, _: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        // Manifests say what there is; folders do not.
        stream::empty().boxed()
    }

    async fn list_with_delimiter(&self, _: Option<&Path>) -> Result<ListResult> {
        read_only("list")
    }

    async fn put_opts(&self, _: &Path, _: PutPayload, _: PutOptions) -> Result<PutResult> {
        read_only("put")
    }

    async fn put_multipart_opts(
        &self,
        _: &Path,
        _: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        read_only("put")
    }

    fn delete_stream(
        &self,
        _: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        stream::once(async { read_only("delete") }).boxed()
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> Result<()> {
        read_only("copy")
    }
}
