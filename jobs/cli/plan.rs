//! `tapeflow plan`: a job as resolved.

use super::{
    Outcome,
    job::JobArgs,
    output::{print, print_json},
};
use crate::spec::{Files, show};
use clap::Args;

/// Print what a job resolves to: operators, columns, units, warm-up, what is shared
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  tapeflow plan config/quickstart.toml")]
pub struct PlanArgs {
    #[command(flatten)]
    job: JobArgs,
    /// Print one JSON object instead of text
    #[arg(long)]
    json: bool,
}

impl PlanArgs {
    /// Does it.
    pub fn execute(&self) -> Outcome {
        let plan = self.job.plan(Files::MayBeAbsent)?;
        match self.json {
            true => print_json(&show::plan_json(&plan)),
            false => print(&show::plan(&plan)),
        }
    }
}
