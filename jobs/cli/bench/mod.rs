//! `tapeflow bench`: how fast the engine is on this machine, and what topics are measured against.

mod encodings;
mod engine;
mod scan;
mod steps;
mod tape;
mod topics;

use super::{Outcome, output::print};
use clap::{Args, Subcommand};
use serde::Serialize;

const EXAMPLES: &str = "\
Examples:
  tapeflow bench light --trades 50000000
  tapeflow bench graph
  tapeflow bench start
  tapeflow bench steps config/maker.toml
  tapeflow bench read market
  tapeflow bench delay live.signals --seconds 30
  tests/live/bench.py target/release/tapeflow 127.0.0.1:9092    # all of topics, with tables";

/// Measure the engine on this machine, and topics: how fast they can be read, how late records are
///
/// Prints one JSON object a line. Workloads of the engine are repeatable: `check` says what came
/// out, and is the same on every machine. Each round is a process of its own; of the rounds, which
/// take turns, the one in the middle is told.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct BenchArgs {
    #[command(subcommand)]
    what: What,
}

/// What is measured.
#[derive(Debug, Subcommand)]
enum What {
    Light(engine::LightArgs),
    Graph(engine::GraphArgs),
    Start(engine::StartArgs),
    Scan(scan::ScanArgs),
    Steps(steps::StepsArgs),
    Encodings(encodings::EncodingsArgs),
    Read(topics::ReadArgs),
    Delay(topics::DelayArgs),
}

impl BenchArgs {
    /// Does it.
    pub fn execute(&self) -> Outcome {
        match &self.what {
            What::Light(args) => args.execute(),
            What::Graph(args) => args.execute(),
            What::Start(args) => args.execute(),
            What::Scan(args) => args.execute(),
            What::Steps(args) => args.execute(),
            What::Encodings(args) => args.execute(),
            What::Read(args) => args.execute(),
            What::Delay(args) => args.execute(),
        }
    }
}

fn print_line(value: &impl Serialize) -> Outcome {
    let text = serde_json::to_string(value).expect("results are plain data");
    print(&format!("{text}\n"))
}
