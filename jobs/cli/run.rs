//! `tapeflow run`: computes a job and commits its results to a lake.

use super::{
    Failure, Outcome,
    clock::{Stopwatch, peak_memory_bytes},
    interrupt::stop_on_interrupt,
    job::JobArgs,
    lake,
    output::{print, print_json, program},
    progress::Display,
};
use crate::report::{RunReport, Telemetry};
use crate::spec::Files;
use anyhow::anyhow;
use clap::Args;
use pipeline::{Finished, RunError, RunRequest, graph::RunOptions, progress::Progress};
use schemas::EventTime;
use std::{num::NonZeroUsize, path::PathBuf, sync::Arc};

const EXAMPLES: &str = "\
Examples:
  tapeflow run config/quickstart.toml
  tapeflow run config/quickstart.toml --set job.seed=8 --run other-seed
  tapeflow run job.toml --from 2024-08-08T12:00:00Z --to 2024-08-09 --json > result.json";

/// Run a job and commit its results to a lake
///
/// Prints what the result assumes, how good the data was, and the result. The number of workers
/// changes how long it takes and nothing else. Ctrl-C ends the run; what was committed until then
/// stays.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct RunArgs {
    #[command(flatten)]
    job: JobArgs,
    /// Worker threads [default: the cores of the machine, at most 4]
    #[arg(long, value_name = "N")]
    workers: Option<NonZeroUsize>,
    /// Directory of the lake that results go to, instead of the job file's
    #[arg(long, value_name = "URL", env = "TAPEFLOW_LAKE")]
    lake: Option<String>,
    /// Records before this time only warm up: 2024-08-08T12:00:00Z, a date, or Unix nanoseconds
    #[arg(long, value_name = "TIME")]
    from: Option<EventTime>,
    /// Records at or after this time are not read
    #[arg(long, value_name = "TIME")]
    to: Option<EventTime>,
    /// Name of the run in the lake [default: the job's name]
    #[arg(long, value_name = "NAME")]
    run: Option<String>,
    /// Discard what another job left under this name
    #[arg(long)]
    replace: bool,
    /// Print one JSON object instead of text
    #[arg(long)]
    json: bool,
    /// Show no progress
    #[arg(long)]
    quiet: bool,
}

impl RunArgs {
    /// Does it.
    pub fn execute(&self) -> Outcome {
        let mut plan = self.job.plan(Files::MustExist)?;
        if let Some(url) = &self.lake {
            plan.lake.url = PathBuf::from(url);
        }
        if let (Some(from), Some(to)) = (self.from, self.to)
            && from >= to
        {
            return Err(Failure::NotStarted(anyhow!("--from {from} is not before --to {to}")));
        }
        let lake = plan.lake.url.display().to_string();
        let run = self.run.clone().unwrap_or_else(|| plan.job.to_string());
        let workers = self.workers.map_or_else(cores, NonZeroUsize::get);
        let progress = Arc::new(Progress::default());
        stop_on_interrupt(&progress);
        let watch = Stopwatch::start();
        tracing::info!(job = %plan.job, run, workers, "run starts");
        let request = RunRequest {
            plan: Arc::new(plan),
            run: run.clone(),
            replace: self.replace,
            options: RunOptions {
                workers,
                from: self.from,
                to: self.to,
                progress: Arc::clone(&progress),
                ..RunOptions::new()
            },
        };
        let display = Display::start(&progress, self.quiet);
        let result = pipeline::run(request);
        drop(display);
        let Finished { summary, .. } = result.map_err(|error| failure(error, &progress))?;
        let telemetry = Telemetry {
            wall_seconds: Some(watch.seconds()),
            peak_memory_bytes: peak_memory_bytes(),
        };
        tracing::info!(run, events = summary.events, seconds = telemetry.wall_seconds, "run ended");
        let report = RunReport::new(&summary, telemetry);
        match self.json {
            true => print_json(&report.json()),
            false => print(&report.text(&lake, &program())),
        }
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get).min(4)
}

/// A run that read nothing has never started.
pub fn failure(error: RunError, progress: &Progress) -> Failure {
    match error {
        RunError::NoInput { .. } => Failure::not_started(error),
        RunError::Source(_) | RunError::Lake(_) if progress.events() == 0 => {
            Failure::not_started(error)
        }
        RunError::Lake(error) => lake::failure(error),
        other => Failure::failed(other),
    }
}
