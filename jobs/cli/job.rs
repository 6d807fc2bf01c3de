//! The job file that a command works on.

use super::Failure;
use crate::spec::{self, Files};
use clap::Args;
use pipeline::plan::Plan;
use std::path::PathBuf;

/// Which job.
#[derive(Debug, Args)]
pub struct JobArgs {
    /// The job file
    #[arg(value_name = "JOB")]
    pub path: PathBuf,
    /// Set a value of the job file, as in --set job.seed=8 or --set indicators.fast.ema.period=9;
    /// may be given several times
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub set: Vec<String>,
}

impl JobArgs {
    /// Reads and resolves it.
    pub fn plan(&self, files: Files) -> Result<Plan, Failure> {
        spec::load(&self.path, &self.set, files).map_err(|error| Failure::Job(Box::new(error)))
    }
}
