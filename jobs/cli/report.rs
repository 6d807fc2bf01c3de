//! `tapeflow report`: the result of a run that has ended, from the lake.

use super::{
    Failure, Outcome,
    lake::{LakeArgs, find_run},
    output::{print, print_json, program},
};
use crate::report::{RunReport, Telemetry};
use anyhow::{Context, anyhow};
use clap::Args;
use pipeline::RunSummary;

/// Print the result of a run that has ended
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  tapeflow report quickstart --json")]
pub struct ReportArgs {
    /// Name of the run [default: the complete run that ended last]
    #[arg(value_name = "RUN")]
    run: Option<String>,
    #[command(flatten)]
    lake: LakeArgs,
    /// Print one JSON object instead of text
    #[arg(long)]
    json: bool,
}

impl ReportArgs {
    /// Does it.
    pub fn execute(&self) -> Outcome {
        let lake = self.lake.existing()?;
        let info = find_run(&lake, self.run.as_deref())?;
        let Some(summary) = info.summary else {
            return Err(Failure::NotStarted(anyhow!(
                "run `{}` has no result: it did not come to its end",
                info.name
            )));
        };
        let summary: RunSummary = serde_json::from_value(summary)
            .with_context(|| format!("the result of run `{}` cannot be read", info.name))
            .map_err(Failure::Failed)?;
        let report = RunReport::new(&summary, Telemetry::default());
        match self.json {
            true => print_json(&report.json()),
            false => print(&report.text(&self.lake.url, &program())),
        }
    }
}
