//! `tapeflow verify`: proves for a job that how it is run does not change what it computes.

use super::{
    Failure, Outcome,
    job::JobArgs,
    output::{print, print_json},
    run,
};
use crate::report::verdict;
use crate::spec::Files;
use clap::Args;
use pipeline::{
    progress::Progress,
    verify::{Comparison, VerifyOptions, verify},
};
use schemas::Span;
use std::{
    io::{self, IsTerminal},
    num::NonZeroUsize,
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
    /// Print one JSON object instead of text
    #[arg(long)]
    json: bool,
}

impl VerifyArgs {
    /// Does it.
    pub fn execute(&self) -> Outcome {
        let plan = Arc::new(self.job.plan(Files::MustExist)?);
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
        let result = verify(&plan, &options, &mut tell)
            .map_err(|error| run::failure(error, &Progress::default()))?;
        match self.json {
            true => print_json(&result)?,
            false => print(&verdict::text(&result))?,
        }
        if result.ok { Ok(()) } else { Err(Failure::Told) }
    }
}
