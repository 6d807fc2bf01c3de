//! `tapeflow verify`: proves for a job that how it is run does not change what it computes.

use super::{
    Failure, Outcome,
    job::JobArgs,
    offsets::{self, OffsetRange},
    output::{print, print_json},
    run,
};
use crate::report::verdict;
use crate::spec::Files;
use anyhow::anyhow;
use clap::Args;
use pipeline::{
    graph::RunOptions,
    lake::TableTotal,
    progress::Progress,
    verify::{Comparison, VerifyOptions, verify},
};
use schemas::{Span, Table};
use std::{
    collections::BTreeMap,
    io::{self, IsTerminal},
    num::NonZeroUsize,
    process::{Command, Stdio},
    sync::Arc,
};

/// Prove that the worker count and the like do not change a job's results
///
/// Computes the job once on one thread without the dataflow engine (the oracle), then with each
/// worker count, with another batching of event time, and with the input cut at random times.
/// Every row of every table is compared. Nothing is written to a lake. All rows are kept in
/// memory meanwhile.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  tapeflow verify config/quickstart.toml --workers 1,3")]
pub struct VerifyArgs {
    #[command(flatten)]
    job: JobArgs,
    /// Worker counts to compare
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_value = "1,2,3,4")]
    workers: Vec<NonZeroUsize>,
    /// How many times to cut the input: what came before a cut must be the same as without it
    #[arg(long, value_name = "N", default_value_t = 3)]
    cuts: usize,
    /// Run it once more with so many processes on this machine, into a lake that is deleted
    /// afterwards, and compare the digests of its tables
    #[arg(long, value_name = "N", default_value_t = NonZeroUsize::MIN)]
    processes: NonZeroUsize,
    /// Read these offsets of topics: md.trades:0:1000-2000
    #[arg(long, value_name = "TOPIC:PARTITION:FROM-TO", value_delimiter = ',')]
    offsets: Vec<OffsetRange>,
    /// Print one JSON object instead of text
    #[arg(long)]
    json: bool,
}

impl VerifyArgs {
    /// Does it.
    pub fn execute(&self) -> Outcome {
        let mut plan = self.job.plan(Files::MustExist)?;
        if plan.is_live() && self.offsets.is_empty() {
            let error = anyhow!("the job reads topics, which have no end: give --offsets");
            return Err(Failure::NotStarted(error));
        }
        offsets::restrict(&mut plan, &self.offsets)?;
        // What is compared is not sent to anyone.
        plan.kafka_sinks.clear();
        let plan = Arc::new(plan);
        let options = VerifyOptions {
            workers: self.workers.iter().map(|n| n.get()).collect(),
            quantum: Span(100_000_000),
            other_quantum: Span(7_000_000),
            cuts: self.cuts,
            seed: plan.seed,
        };
        let loud = !self.json && io::stderr().is_terminal();
        let mut tell = |comparison: &Comparison| {
            if loud {
                eprintln!("compared: {}", verdict::line(comparison));
            }
        };
        let mut result = verify(&plan, &options, &mut tell)
            .map_err(|error| run::failure(error, &Progress::default()))?;
        if self.processes.get() > 1 {
            let most = options.workers.iter().copied().max().unwrap_or(1);
            let all = self.run(self.processes.get(), most)?;
            let how = (self.processes.get(), most, RunOptions::new().quantum);
            tell(result.add_run(how, &plan.lake.write, &all));
        }
        match self.json {
            true => print_json(&result)?,
            false => print(&verdict::text(&result))?,
        }
        if result.ok { Ok(()) } else { Err(Failure::Told) }
    }

    /// The tables of a run of several processes.
    fn run(
        &self,
        processes: usize,
        workers: usize,
    ) -> Result<BTreeMap<Table, TableTotal>, Failure> {
        let lake = tempfile::tempdir()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("run").arg(&self.job.path).args(["--json", "--quiet", "--run", "verify"]);
        command.arg("--lake").arg(lake.path());
        let counts = [processes, workers].map(|n| n.to_string());
        command.args(["--processes", &counts[0], "--workers", &counts[1]]);
        let nothing_sent = "kafka_sink=[]".to_owned();
        for set in self.job.set.iter().chain([&nothing_sent]) {
            command.args(["--set", set]);
        }
        if !self.offsets.is_empty() {
            let ranges: Vec<String> = self.offsets.iter().map(OffsetRange::to_string).collect();
            command.args(["--offsets", &ranges.join(",")]);
        }
        let output = command.stderr(Stdio::inherit()).output()?;
        if !output.status.success() {
            let error = anyhow!("the run of {processes} processes ended with {}", output.status);
            return Err(Failure::failed(error));
        }
        let mut said: serde_json::Value =
            serde_json::from_slice(&output.stdout).map_err(Failure::failed)?;
        serde_json::from_value(said["tables"].take()).map_err(Failure::failed)
    }
}
