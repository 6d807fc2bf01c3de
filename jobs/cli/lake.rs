//! The lake that a command works on, and the runs in it.

use super::Failure;
use anyhow::anyhow;
use clap::Args;
use pipeline::lake::{Lake, LakeError, RunInfo, RunState};

/// Which lake.
#[derive(Debug, Args)]
pub struct LakeArgs {
    /// Directory of the lake, or its s3:// address
    #[arg(
        long = "lake",
        value_name = "URL",
        default_value = "./lake",
        env = "TAPEFLOW_LAKE",
        global = true
    )]
    pub url: String,
}

impl LakeArgs {
    /// Opens it for writing: it may be created.
    pub fn open(&self) -> Result<Lake, Failure> {
        Lake::open(&self.url).map_err(Failure::not_started)
    }

    /// Opens one that must be there.
    pub fn existing(&self) -> Result<Lake, Failure> {
        let lake = self.open()?;
        if !lake.is_there().map_err(failure)? {
            return Err(Failure::NotStarted(anyhow!(
                "there is no lake at {}: give its directory with --lake",
                self.url
            )));
        }
        Ok(lake)
    }
}

/// A failure of the lake: never started when what was asked for is not there or not free.
pub fn failure(error: LakeError) -> Failure {
    match error {
        LakeError::Unsupported(_)
        | LakeError::Store { .. }
        | LakeError::Name { .. }
        | LakeError::Alive { .. }
        | LakeError::OtherJob { .. }
        | LakeError::OtherData(_)
        | LakeError::Complete(_)
        | LakeError::NoEpoch { .. }
        | LakeError::NoCheckpoint { .. }
        | LakeError::OtherBuild { .. }
        | LakeError::OtherModels { .. }
        | LakeError::NotExclusive(_)
        | LakeError::Absent { .. } => Failure::not_started(error),
        LakeError::Superseded { .. } => Failure::GaveWay(error.into()),
        other => Failure::failed(other),
    }
}

/// The run of this name, or the complete run that ended last.
pub fn find_run(lake: &Lake, name: Option<&str>) -> Result<RunInfo, Failure> {
    let runs = lake.list_runs().map_err(failure)?;
    let names: Vec<&str> = runs.iter().map(|run| run.name.as_str()).collect();
    let known = match names.is_empty() {
        true => "it has no runs".to_owned(),
        false => format!("runs: {}", names.join(", ")),
    };
    let root = lake.url();
    match name {
        Some(name) if name != "latest" => runs
            .iter()
            .find(|run| run.name == name)
            .cloned()
            .ok_or_else(|| anyhow!("there is no run `{name}` in the lake {root} ({known})")),
        _ => runs
            .iter()
            .filter(|run| run.state == RunState::Complete)
            .max_by_key(|run| ended(lake, run))
            .cloned()
            .ok_or_else(|| anyhow!("there is no complete run in the lake {root} ({known})")),
    }
    .map_err(Failure::NotStarted)
}

/// When the file system got a run's last commit; the lake itself holds no wall time.
fn ended(lake: &Lake, run: &RunInfo) -> Option<std::time::SystemTime> {
    lake.committed_when(&run.name, run.epoch?)
}
