//! An S3 server over a directory, which can be told to fail.
#![allow(dead_code, reason = "each of two test programs uses a part of it")]

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s::{S3Result, s3_error};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The only credentials that it accepts.
pub const KEY: &str = "AKIATEST";
pub const SECRET: &str = "well-kept-secret";

/// What happens to requests.
#[derive(Debug, Default)]
pub struct Weather {
    /// How many of the next requests are refused with 503.
    pub refused: AtomicU64,
    /// How many of the next requests are not answered in time.
    pub hanging: AtomicU64,
    /// How many were met by either.
    pub met: AtomicU64,
}

/// Runs for as long as it is kept. It has one bucket, `bucket`.
pub struct Server {
    _runtime: Runtime,
    folder: TempDir,
    pub endpoint: String,
    pub weather: Arc<Weather>,
}

struct Gate(Arc<Weather>);

impl Gate {
    fn takes(&self, some: &AtomicU64) -> bool {
        let taken =
            some.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        self.0.met.fetch_add(u64::from(taken.is_ok()), Ordering::SeqCst);
        taken.is_ok()
    }
}

#[async_trait::async_trait]
impl S3Access for Gate {
    async fn check(&self, cx: &mut S3AccessContext<'_>) -> S3Result<()> {
        if self.takes(&self.0.hanging) {
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
        if self.takes(&self.0.refused) {
            return Err(s3_error!(ServiceUnavailable, "come back later"));
        }
        match cx.credentials() {
            Some(_) => Ok(()),
            None => Err(s3_error!(AccessDenied)),
        }
    }
}

impl Server {
    /// Starts one.
    pub fn start() -> Server {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("bucket")).unwrap();
        let weather = Arc::<Weather>::default();
        let mut service = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder.path()).unwrap());
        service.set_auth(SimpleAuth::from_single(KEY, SECRET));
        service.set_access(Gate(Arc::clone(&weather)));
        let service = service.build();
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                let service = service.clone();
                tokio::spawn(async move {
                    let server = Builder::new(TokioExecutor::new());
                    let _ = server.serve_connection(TokioIo::new(socket), service).await;
                });
            }
        });
        Server { _runtime: runtime, folder, endpoint, weather }
    }

    /// The environment in which a program finds it.
    pub fn environment(&self) -> [(&'static str, &str); 5] {
        [
            ("AWS_ENDPOINT", &self.endpoint),
            ("AWS_ALLOW_HTTP", "true"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", KEY),
            ("AWS_SECRET_ACCESS_KEY", SECRET),
        ]
    }

    /// Where it keeps what is in the bucket.
    pub fn bucket(&self) -> std::path::PathBuf {
        self.folder.path().join("bucket")
    }
}
