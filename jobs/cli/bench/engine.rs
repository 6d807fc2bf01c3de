//! Workloads of the engine. Each is a job file in a folder with its tape, run by this program as
//! anyone would run it; beside it the bare scan of that tape.

use super::{print_line, tape};
use crate::cli::{Failure, Outcome, clock::Stopwatch, progress::counter};
use crate::report::numbers::grouped;
use anyhow::{Context, anyhow};
use clap::Args;
use serde::{Deserialize, Serialize};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use tempfile::TempDir;

const LIGHT: &str = include_str!("light.toml");

/// The quickstart's job; its source is replaced by a recording.
const GRAPH: &str = include_str!("../../../config/quickstart.toml");

/// What every workload takes.
#[derive(Debug, Args)]
struct Common {
    /// How many times each
    #[arg(long, value_name = "N", default_value_t = 3)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=1_000))]
    rounds: u32,
    /// Worker counts
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_value = "1,2")]
    workers: Vec<usize>,
    /// Keep tape and job here, and take what is there [default: a temporary directory]
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Show no progress
    #[arg(long)]
    quiet: bool,
}

/// The light job: EMA 10/20 cross on one-minute bars of 64 instruments, market orders, no output
///
/// Beside a bare scan of five columns of the same tape. A tape takes 16 bytes a trade.
#[derive(Debug, Args)]
pub(super) struct LightArgs {
    /// Trades of the tape
    #[arg(long, value_name = "N", default_value_t = 20_000_000)]
    #[arg(value_parser = clap::value_parser!(u64).range(1_000..))]
    trades: u64,
    #[command(flatten)]
    common: Common,
}

/// The quickstart's graph over a recorded market, all its results written
#[derive(Debug, Args)]
pub(super) struct GraphArgs {
    /// Messages of the market
    #[arg(long, value_name = "N", default_value_t = 3_000_000)]
    #[arg(value_parser = clap::value_parser!(u64).range(1_000..))]
    events: u64,
    /// Instruments of the market
    #[arg(long, value_name = "N", default_value_t = 64)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=10_000))]
    symbols: u32,
    #[command(flatten)]
    common: Common,
}

/// A small job, from the start of its process to its end with all rows committed
#[derive(Debug, Args)]
pub(super) struct StartArgs {
    #[command(flatten)]
    common: Common,
}

/// A workload as it is told.
#[derive(Serialize)]
struct Line {
    workload: String,
    /// Trades, quotes and book levels.
    events: u64,
    /// Of the run or the scan itself.
    seconds_inner: f64,
    /// From the start of the process to its end.
    seconds_process: f64,
    peak_rss_mb: f64,
    /// What came out.
    check: String,
    events_per_second: f64,
    /// How fast, as a multiple of the bare scan.
    #[serde(skip_serializing_if = "Option::is_none")]
    x_scan: Option<f64>,
}

/// What a run or scan says of itself.
#[derive(Deserialize)]
struct Said {
    events: u64,
    wall_seconds: f64,
    peak_memory_bytes: Option<f64>,
    orders: Option<u64>,
    fills: Option<u64>,
    final_equity: Option<serde_json::Number>,
}

impl Said {
    fn check(&self) -> String {
        match (self.orders, self.fills, &self.final_equity) {
            (Some(orders), Some(fills), Some(equity)) => {
                format!("{orders} orders, {fills} fills, {equity}")
            }
            _ => format!("{} rows", self.events),
        }
    }
}

/// What is run again and again.
struct Workload {
    name: String,
    arguments: Vec<String>,
}

/// The lake of results: made by each round, deleted before the next.
const OUT: &str = "out";

impl LightArgs {
    pub(super) fn execute(&self) -> Outcome {
        let place = Place::new(&self.common)?;
        let line = counter(self.common.quiet);
        let tell = |trades| line.set_message(format!("{} trades", grouped(trades)));
        let tape = place.folder.join("tape");
        tape::record(&tape.display().to_string(), self.trades, tell).map_err(Failure::failed)?;
        line.finish_and_clear();
        place.write("light.toml", LIGHT)?;
        let mut workloads = vec![Workload {
            name: "scan".to_owned(),
            arguments: ["bench", "scan", "tape"].map(str::to_owned).to_vec(),
        }];
        workloads.extend(self.common.jobs("light"));
        place.compare(&workloads, self.common.rounds)
    }
}

impl GraphArgs {
    pub(super) fn execute(&self) -> Outcome {
        let place = Place::new(&self.common)?;
        let (symbols, events) = (self.symbols.to_string(), self.events.to_string());
        let market = ["generate", "--symbols", &symbols, "--events", &events, "--out", "tape"];
        let more: &[&str] = if self.common.quiet { &["--quiet"] } else { &[] };
        place.program(&[&market, more].concat())?;
        place.write("graph.toml", &from_tape(GRAPH)?)?;
        place.compare(&self.common.jobs("graph"), self.common.rounds)
    }
}

impl StartArgs {
    pub(super) fn execute(&self) -> Outcome {
        let place = Place::new(&self.common)?;
        let small = GRAPH.replace("instruments = 8, minutes = 240", "instruments = 1, minutes = 5");
        place.write("start.toml", &small)?;
        place.compare(&self.common.jobs("start"), self.common.rounds)
    }
}

/// A job with its market read from the lake `tape` instead of made.
fn from_tape(job: &str) -> Result<String, Failure> {
    let mut job: toml::Table = job.parse().map_err(Failure::not_started)?;
    let source = toml::toml! { [[source]]
    lake = { url = "tape", tables = ["trades", "quotes", "book_deltas"] } };
    job.extend(source);
    toml::to_string(&job).map_err(Failure::not_started)
}

impl Common {
    /// A job with each worker count.
    fn jobs(&self, name: &str) -> Vec<Workload> {
        let job = |workers: &usize| {
            let file = format!("{name}.toml");
            let mut arguments = vec!["run".to_owned(), file, "--json".into(), "--quiet".into()];
            arguments.extend(["--workers".to_owned(), workers.to_string()]);
            arguments.extend(["--lake".to_owned(), OUT.to_owned()]);
            let plural = if *workers == 1 { "" } else { "s" };
            Workload { name: format!("{name}, {workers} worker{plural}"), arguments }
        };
        self.workers.iter().map(job).collect()
    }
}

/// The folder in which everything is.
struct Place {
    folder: PathBuf,
    /// Deletes it.
    _temporary: Option<TempDir>,
}

impl Place {
    fn new(common: &Common) -> Result<Place, Failure> {
        let (folder, temporary) = match &common.folder {
            Some(folder) => {
                fs::create_dir_all(folder)?;
                (fs::canonicalize(folder)?, None)
            }
            None => {
                let temporary = TempDir::with_prefix("tapeflow-bench-")?;
                (temporary.path().to_owned(), Some(temporary))
            }
        };
        Ok(Place { folder, _temporary: temporary })
    }

    fn write(&self, name: &str, text: &str) -> Outcome {
        Ok(fs::write(self.folder.join(name), text)?)
    }

    /// Runs this program in the folder; gives what it prints.
    fn program(&self, arguments: &[impl AsRef<str>]) -> Result<Vec<u8>, Failure> {
        let program = std::env::current_exe()?;
        let arguments: Vec<&str> = arguments.iter().map(AsRef::as_ref).collect();
        let mut command = Command::new(program);
        command.args(&arguments).current_dir(&self.folder).stderr(Stdio::inherit());
        let output = command.output()?;
        if !output.status.success() {
            let typed = arguments.join(" ");
            return Err(Failure::failed(anyhow!("`tapeflow {typed}` failed: {}", output.status)));
        }
        Ok(output.stdout)
    }

    /// Lets the workloads take turns, and tells of each the round in the middle. The first is what
    /// the others are compared with, if it is a scan.
    fn compare(&self, workloads: &[Workload], rounds: u32) -> Outcome {
        let mut told: Vec<Vec<(Said, f64)>> = workloads.iter().map(|_| Vec::new()).collect();
        for _ in 0..rounds {
            for (workload, told) in workloads.iter().zip(&mut told) {
                remove(&self.folder.join(OUT))?;
                let watch = Stopwatch::start();
                let said = self.program(&workload.arguments)?;
                let seconds = watch.seconds();
                let said = serde_json::from_slice(&said).context("a run's JSON object");
                told.push((said.map_err(Failure::failed)?, seconds));
            }
        }
        let mut scan = None;
        for (workload, mut told) in workloads.iter().zip(told) {
            told.sort_by(|a, b| a.0.wall_seconds.total_cmp(&b.0.wall_seconds));
            let check = told[0].0.check();
            if let Some((other, _)) = told.iter().find(|(said, _)| said.check() != check) {
                let other = other.check();
                let why = anyhow!("{}: one round gave {check}, another {other}", workload.name);
                return Err(Failure::failed(why));
            }
            let (said, seconds_process) = told.swap_remove(told.len() / 2);
            let rate = said.events as f64 / said.wall_seconds;
            if workload.name == "scan" {
                scan = Some(rate);
            }
            print_line(&Line {
                workload: workload.name.clone(),
                events: said.events,
                seconds_inner: said.wall_seconds,
                seconds_process,
                peak_rss_mb: said.peak_memory_bytes.unwrap_or(f64::NAN) / 1e6,
                check,
                events_per_second: rate,
                x_scan: scan.map(|scan| rate / scan),
            })?;
        }
        Ok(())
    }
}

fn remove(folder: &Path) -> Outcome {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}
