//! `tapeflow run`: computes a job and commits its results to a lake.

use super::{
    Failure, Outcome,
    clock::{Stopwatch, peak_memory_bytes},
    interrupt::stop_on_interrupt,
    job::JobArgs,
    lake,
    offsets::{self, OffsetRange},
    output::{print, print_json, program},
    progress::Display,
    status::{self, Gauge},
    supervise::supervise,
};
use crate::report::{RunReport, Telemetry};
use crate::spec::Files;
use anyhow::anyhow;
use clap::Args;
use pipeline::{
    Ended, Finished, GroupError, GroupPlan, RunError, RunRequest,
    graph::RunOptions,
    lake::{LakeError, ResumeOptions},
    progress::Progress,
};
use schemas::{EventTime, Span};
use std::{num::NonZeroUsize, sync::Arc, time::Duration};

/// Event time in a timestamp of the dataflow where people wait for the result.
const LIVE_QUANTUM: Span = Span(2_000_000);
/// Between checkpoints of a run that catches up.
const COMMIT_PAUSE: Duration = Duration::from_millis(500);

const EXAMPLES: &str = "\
Examples:
  tapeflow run config/quickstart.toml
  tapeflow run config/quickstart.toml --set job.seed=8 --run other-seed
  tapeflow run job.toml --from 2024-08-08T12:00:00Z --to 2024-08-09 --json > result.json";

/// Run a job and commit its results to a lake
///
/// Prints what the result assumes, how good the data was, and the result. The number of workers
/// changes how long it takes and nothing else. Ctrl-C ends the run; what was committed until then
/// stays. A run on topics goes on until it is stopped (Ctrl-C or SIGTERM), and the same command
/// goes on from its newest checkpoint, whether it was stopped or killed.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct RunArgs {
    #[command(flatten)]
    job: JobArgs,
    /// Worker threads [default: the cores of the machine, at most 4]
    #[arg(long, value_name = "N")]
    workers: Option<NonZeroUsize>,
    /// Directory or s3:// address of the lake that results go to, instead of the job file's
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
    /// Discard what another job left under this name, and what a live run could go on from
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    live: LiveArgs,
    /// Print one JSON object instead of text
    #[arg(long)]
    json: bool,
    /// Show no progress
    #[arg(long)]
    quiet: bool,
}

/// What only a run on topics has, and runs of several processes.
#[derive(Debug, Args)]
struct LiveArgs {
    /// Go on from this checkpoint instead of the newest; what came after it is abandoned
    #[arg(long, value_name = "N")]
    from_epoch: Option<u64>,
    /// Take the run over from a process that may still be alive, or whose death an object store
    /// cannot know
    #[arg(long)]
    take_over: bool,
    /// Read these offsets only, as a batch: md.trades:0:1000-2000
    #[arg(long, value_name = "TOPIC:PARTITION:FROM-TO", value_delimiter = ',')]
    offsets: Vec<OffsetRange>,
    /// Print a JSON object on stderr this often: records, rates, lag, epochs, memory
    #[arg(long, value_name = "SPAN", value_parser = status::every)]
    status: Option<Duration>,
    /// Processes on this machine, each with --workers threads
    #[arg(long, value_name = "N", conflicts_with = "hosts")]
    processes: Option<NonZeroUsize>,
    /// The processes of a run on several machines: where each of them listens, in order
    #[arg(long, value_name = "HOST:PORT,…", value_delimiter = ',', requires = "process")]
    hosts: Vec<String>,
    /// Which of --hosts this one is, from 0
    #[arg(long, value_name = "I", requires = "hosts")]
    process: Option<usize>,
}

impl LiveArgs {
    fn group(&self) -> Result<Option<GroupPlan>, Failure> {
        let Some(index) = self.process else { return Ok(None) };
        if index >= self.hosts.len() {
            let hosts = self.hosts.len();
            let error = anyhow!("--process {index} is not among the {hosts} of --hosts");
            return Err(Failure::NotStarted(error));
        }
        let token = std::env::var("TAPEFLOW_GROUP_TOKEN").unwrap_or_default();
        Ok(Some(GroupPlan { hosts: self.hosts.clone(), index, token }))
    }
}

impl RunArgs {
    /// Does it.
    pub fn execute(&self) -> Outcome {
        let mut plan = self.job.plan(Files::MustExist)?;
        if let Some(processes) = self.live.processes.filter(|n| n.get() > 1) {
            let url = self.lake.as_ref().unwrap_or(&plan.lake.url);
            let locks = !url.starts_with("s3://");
            return supervise(processes.get(), plan.is_live(), locks);
        }
        offsets::restrict(&mut plan, &self.live.offsets)?;
        if let Some(url) = &self.lake {
            plan.lake.url = url.clone();
        }
        if let (Some(from), Some(to)) = (self.from, self.to)
            && from >= to
        {
            return Err(Failure::NotStarted(anyhow!("--from {from} is not before --to {to}")));
        }
        let lake = plan.lake.url.clone();
        let run = self.run.clone().unwrap_or_else(|| plan.job.to_string());
        let workers = self.workers.map_or_else(cores, NonZeroUsize::get);
        let progress = Arc::new(Progress::default());
        stop_on_interrupt(&progress);
        let live = plan.is_live();
        let watch = Stopwatch::start();
        tracing::info!(job = %plan.job, run, workers, "run starts");
        let request = RunRequest {
            plan: Arc::new(plan),
            run: run.clone(),
            replace: self.replace,
            resume: ResumeOptions {
                from_epoch: self.live.from_epoch,
                take_over: self.live.take_over,
                ..ResumeOptions::default()
            },
            group: self.live.group()?,
            options: RunOptions {
                workers,
                from: self.from,
                to: self.to,
                quantum: if live { LIVE_QUANTUM } else { RunOptions::new().quantum },
                commit_pause: if live { COMMIT_PAUSE } else { Duration::ZERO },
                progress: Arc::clone(&progress),
                ..RunOptions::new()
            },
        };
        let gauge = live.then(|| Gauge::new(&progress));
        let display = match (live, self.live.status) {
            (_, Some(every)) => Display::statuses(&progress, every),
            (true, None) => Display::live(&progress, self.quiet),
            (false, None) => Display::start(&progress, self.quiet),
        };
        let result = pipeline::run(request);
        drop(display);
        let finished = result.map_err(|error| failure(error, &progress))?;
        let Finished { ended, summary, .. } = finished;
        let status = gauge.map(Gauge::end);
        match ended {
            Ended::Member => return Ok(()),
            Ended::Savepoint(at) => {
                status.iter().for_each(|status| eprintln!("{}", status::line(status)));
                eprintln!("stopped at {at}; the same command goes on from there");
            }
            Ended::Untouched => {
                eprintln!("stopped before the first record; the same command begins again");
            }
            Ended::Complete => {}
        }
        let telemetry = Telemetry {
            wall_seconds: Some(watch.seconds()),
            peak_memory_bytes: peak_memory_bytes(),
            live: status,
            models: progress.models().costs(),
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
        RunError::Lake(error @ LakeError::Superseded { .. }) => lake::failure(error),
        RunError::Source(_) | RunError::Lake(_) | RunError::Sink(_) | RunError::Model { .. }
            if progress.events() == 0 =>
        {
            Failure::not_started(error)
        }
        RunError::Group(GroupError::NoToken | GroupError::Refused(_)) => {
            Failure::not_started(error)
        }
        RunError::Lake(error) => lake::failure(error),
        other => Failure::failed(other),
    }
}
