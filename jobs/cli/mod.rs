//! What is typed: `tapeflow COMMAND …`. One file a command, with its arguments and what it does;
//! each ends with an [`Outcome`], and [`main`] makes an exit code of it.

#![allow(clippy::disallowed_types, reason = "the program prints any error with its chain")]

mod bench;
mod broker;
mod catalogue;
mod check;
mod clock;
mod completions;
mod failure;
mod files;
mod generate;
mod ingest;
mod instruments;
mod interrupt;
mod job;
mod kafka;
mod lake;
mod log;
mod model;
mod news;
mod offsets;
mod output;
mod plan;
mod progress;
mod publish;
mod repl;
mod report;
mod run;
mod runs;
mod schema;
mod sql;
mod status;
mod supervise;
mod tap;
mod topics;
mod verify;

pub use failure::{Failure, Outcome};

use clap::{Parser, Subcommand};
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  tapeflow run config/quickstart.toml
  tapeflow run job.toml --set job.seed=8 --workers 2 --json
  tapeflow verify job.toml
  tapeflow ingest --format hftbacktest --venue binance_usdm --symbol BTCUSDT usdm.gz
  tapeflow sql \"SELECT instrument, count(*) FROM trades GROUP BY instrument\"

Results go to stdout, progress and logs to stderr; NO_COLOR is kept.
Exit codes: 0 done, 1 failed while running, 2 never started (bad job file, arguments or input),
3 another process took over.";

/// A streaming dataflow engine for market data: the same input gives the same bytes
///
/// A job file names sources of market data, indicators, strategies and accounts. `run` computes
/// it and commits the results to a lake of Parquet files, which `sql` and any other reader of
/// Parquet can query. How many workers take part changes the speed and nothing else: `verify`
/// proves it for a job.
#[derive(Debug, Parser)]
#[command(name = "tapeflow", version, after_help = EXAMPLES, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    log: log::LogArgs,
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Command {
    Run(run::RunArgs),
    Check(check::CheckArgs),
    Plan(plan::PlanArgs),
    Verify(verify::VerifyArgs),
    Ingest(ingest::IngestArgs),
    Generate(generate::GenerateArgs),
    Sql(sql::SqlArgs),
    Report(report::ReportArgs),
    Runs(runs::RunsArgs),
    Catalogue(catalogue::CatalogueArgs),
    Schema(schema::SchemaArgs),
    Topics(topics::TopicsArgs),
    Publish(publish::PublishArgs),
    Tap(tap::TapArgs),
    Model(model::ModelArgs),
    Broker(broker::BrokerArgs),
    Bench(bench::BenchArgs),
    Completions(completions::CompletionsArgs),
}

/// Parses the arguments of the process and does what they say.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come this way too; a closed pipe is no failure.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    match cli.log.start().and_then(|()| cli.command.execute()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

impl Command {
    fn execute(&self) -> Outcome {
        match self {
            Command::Run(args) => args.execute(),
            Command::Check(args) => args.execute(),
            Command::Plan(args) => args.execute(),
            Command::Verify(args) => args.execute(),
            Command::Ingest(args) => args.execute(),
            Command::Generate(args) => args.execute(),
            Command::Sql(args) => args.execute(),
            Command::Report(args) => args.execute(),
            Command::Runs(args) => args.execute(),
            Command::Catalogue(args) => args.execute(),
            Command::Schema(args) => args.execute(),
            Command::Topics(args) => args.execute(),
            Command::Publish(args) => args.execute(),
            Command::Tap(args) => args.execute(),
            Command::Model(args) => args.execute(),
            Command::Broker(args) => args.execute(),
            Command::Bench(args) => args.execute(),
            Command::Completions(args) => args.execute(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn all(command: &clap::Command, check: &mut dyn FnMut(&clap::Command)) {
        check(command);
        command.get_subcommands().for_each(|sub| all(sub, check));
    }

    #[test]
    fn the_definitions_are_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_and_every_argument_is_explained() {
        all(&Cli::command(), &mut |command| {
            assert!(command.get_about().is_some(), "{} has no help", command.get_name());
            for argument in command.get_arguments() {
                let (command, id) = (command.get_name(), argument.get_id());
                assert!(argument.get_help().is_some(), "{command} {id} has no help");
            }
        });
    }
}
