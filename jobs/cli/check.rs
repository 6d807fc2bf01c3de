//! `tapeflow check`: is a job file in order?

use super::{Outcome, job::JobArgs, output::print};
use crate::spec::{self, Files};
use clap::Args;

/// Check a job file without running it
///
/// Exit code 0, or 2 with an error that points at the line.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  tapeflow check config/quickstart.toml")]
pub struct CheckArgs {
    #[command(flatten)]
    job: JobArgs,
}

impl CheckArgs {
    /// Does it.
    pub fn execute(&self) -> Outcome {
        let plan = self.job.plan(Files::MayBeAbsent)?;
        for warning in spec::warnings(&plan) {
            eprintln!("warning: {warning}");
        }
        let (sources, strategies) = (plan.sources.len(), plan.strategies.len());
        let instruments = plan.instruments.len();
        print(&format!(
            "{}: in order ({}, {}, {})\n",
            self.job.path.display(),
            count(sources, "source"),
            count(instruments, "instrument"),
            match strategies {
                1 => "1 strategy".to_owned(),
                n => format!("{n} strategies"),
            }
        ))
    }
}

fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}
