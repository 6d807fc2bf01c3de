//! What can go wrong with a lake, whose fault it is, and what to do about it.

use parquet::errors::ParquetError;
use std::io;

/// A lake that cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    /// The file system or the object store refuses.
    #[error("cannot use {path}: {error}")]
    Io {
        /// The file or folder.
        path: String,
        /// What the system says.
        error: io::Error,
    },
    /// The object store refuses, and something can be done about it.
    #[error("cannot use {path}: {hint} ({error})")]
    Store {
        /// The file.
        path: String,
        /// What can be done.
        hint: &'static str,
        /// What the store says.
        error: String,
    },
    /// An address of another kind.
    #[error("`{0}` is no lake: give a path, file:///path or s3://bucket/path")]
    Unsupported(String),
    /// A name that could leave its folder, or that no one could type.
    #[error(
        "`{name}` cannot name a {what}: use 1 to 100 letters, digits, `_`, `-` and `.`, \
         beginning with none of `_` and `.`"
    )]
    Name {
        /// What it was to name.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// Another process writes it.
    #[error(
        "{what} `{name}` is being written by a live process: wait for it or stop it first \
         (in an object store one that died looks the same: if it did, `run --take-over` goes on \
         in its place, and `runs repair --take-over` frees whatever it wrote)"
    )]
    Alive {
        /// Run or recording.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// The name is taken by another job's results.
    #[error(
        "run `{name}` holds results of job `{job}` with another digest: \
         give --replace to discard them, or another --run"
    )]
    OtherJob {
        /// The run.
        name: String,
        /// The job that it holds.
        job: String,
    },
    /// The id is taken by other data.
    #[error("recording `{0}` already holds other data: give another --recording")]
    OtherData(String),
    /// There is none.
    #[error("there is no {what} `{name}` in the lake {root}")]
    Absent {
        /// Run or recording.
        what: &'static str,
        /// Its name.
        name: String,
        /// Where it was looked for.
        root: String,
    },
    /// A manifest that says nothing usable.
    #[error("{path} cannot be used: {reason}")]
    Manifest {
        /// The manifest.
        path: String,
        /// Why.
        reason: String,
    },
    /// A manifest that is not what its successor was written after.
    #[error(
        "{path} was changed or damaged after it was committed: {child} expects digest {expected}"
    )]
    Digest {
        /// The changed file.
        path: String,
        /// The manifest that follows it.
        child: String,
        /// The digest that it states.
        expected: schemas::Digest,
    },
    /// A committed file is not there under either of its names.
    #[error("{0} is committed but missing: it was removed by hand, or its run was just replaced")]
    MissingFile(String),
    /// A newer process took the journal over.
    #[error("{what} `{name}` was taken over by generation {by}: this process must stop")]
    Superseded {
        /// Run or recording.
        what: &'static str,
        /// Its name.
        name: String,
        /// Who took it.
        by: u64,
    },
    /// Someone else wrote the same epoch.
    #[error("{0} was committed by another process: this process must stop")]
    Conflict(String),
    /// A run that has nothing left to do.
    #[error("run `{0}` has come to its end: there is nothing to go on with")]
    Complete(String),
    /// An epoch that the run does not have.
    #[error("run `{name}` has no epoch {epoch}{}", newest_is(newest))]
    NoEpoch {
        /// The run.
        name: String,
        /// What was asked for.
        epoch: u64,
        /// The newest one.
        newest: Option<u64>,
    },
    /// An epoch that nothing can go on after.
    #[error(
        "epoch {epoch} of run `{name}` holds no checkpoint, so the run cannot go on after it: \
         start it anew with --replace"
    )]
    NoCheckpoint {
        /// The run.
        name: String,
        /// The epoch.
        epoch: u64,
    },
    /// State that another version of the program wrote.
    #[error(
        "epoch {epoch} of run `{name}` is of version {found} of the program, and this is \
         {}: another version goes on after a savepoint only",
        env!("CARGO_PKG_VERSION")
    )]
    OtherBuild {
        /// The run.
        name: String,
        /// The epoch.
        epoch: u64,
        /// Its version.
        found: String,
    },
    /// State that was made with other models.
    #[error(
        "epoch {epoch} of run `{name}` was made with other models ({}): \
         other models go on after a savepoint only",
        list(found)
    )]
    OtherModels {
        /// The run.
        name: String,
        /// The epoch.
        epoch: u64,
        /// Its models.
        found: Vec<String>,
    },
    /// State of operators that cannot be used.
    #[error("the state in {path} cannot be used: {reason}{hint}")]
    State {
        /// The file.
        path: String,
        /// Why.
        reason: String,
        /// What can be done instead; empty when nothing can.
        hint: String,
    },
    /// Files that are to be replaced, and are not there.
    #[error("{0} is to be replaced but belongs to no epoch: the commit is refused")]
    NotLive(String),
    /// A store on which two processes could both commit.
    #[error(
        "the store of {0} lets a file be created twice, so that two processes could commit the \
         same epoch: use a store with conditional writes"
    )]
    NotExclusive(String),
    /// A data file that cannot be written or read.
    #[error("cannot use the data file {path}: {error}")]
    Data {
        /// The file.
        path: String,
        /// What the Parquet library says.
        error: ParquetError,
    },
    /// Rows that are not as their table promises.
    #[error("rows of table `{table}` cannot be used: {reason}")]
    Rows {
        /// The table.
        table: String,
        /// Why.
        reason: String,
    },
}

impl LakeError {
    pub(crate) fn io(path: impl AsRef<std::path::Path>, error: io::Error) -> LakeError {
        LakeError::Io { path: path.as_ref().display().to_string(), error }
    }

    pub(crate) fn data(path: impl Into<String>, error: impl Into<ParquetError>) -> LakeError {
        LakeError::Data { path: path.into(), error: error.into() }
    }
}

fn newest_is(newest: &Option<u64>) -> String {
    newest.map_or(String::from(": nothing is committed"), |n| format!(": the newest is {n}"))
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// Refuses names that could leave their folder, hide in it, or break a shell.
pub(crate) fn check_name(what: &'static str, name: &str) -> Result<(), LakeError> {
    let fine = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let good = (1..=100).contains(&name.len())
        && name.bytes().all(fine)
        && !name.starts_with('.')
        && !name.starts_with('_');
    if good { Ok(()) } else { Err(LakeError::Name { what, name: name.to_owned() }) }
}
