//! `tapeflow generate`: a synthetic market as a file or a lake.

use super::{
    Failure, Outcome, ingest,
    output::{print, print_json},
    progress::counter,
};
use crate::report::numbers::grouped;
use anyhow::Context;
use clap::{ArgGroup, Args, ValueEnum};
use pipeline::{
    ingest::IngestRequest,
    lake::{Lake, recording_id},
    sources::{SourceKind, SourcePlan, generate::write_jsonl, synthetic::Synthetic},
};
use schemas::InstrumentId;
use std::{
    fs::{self, File},
    path::PathBuf,
};

const EXAMPLES: &str = "\
Examples:
  tapeflow generate --symbols 4 --minutes 60 --out ./lake
  tapeflow generate --events 100000 --seed 3 --format jsonl --out /tmp/market";

/// Generate a synthetic market from a seed
///
/// Trades, quotes, order books and news of invented instruments. The same arguments give the same
/// bytes. As parquet the market is recorded into a lake, as jsonl it is one file of JSON lines.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, group = ArgGroup::new("length").required(true))]
pub struct GenerateArgs {
    /// How many instruments
    #[arg(long, value_name = "N", default_value_t = 8)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=10_000))]
    symbols: u32,
    /// Length: so many messages over all instruments
    #[arg(long, value_name = "N", group = "length")]
    events: Option<u64>,
    /// Length: so much event time
    #[arg(long, value_name = "M", group = "length")]
    minutes: Option<u64>,
    /// Another seed gives another market
    #[arg(long, value_name = "S", default_value_t = 7)]
    seed: u64,
    /// Name of the venue, in lower case
    #[arg(long, value_name = "VENUE", default_value = "demo")]
    venue: String,
    /// What to write
    #[arg(long, value_name = "FORMAT", value_enum, default_value = "parquet")]
    format: Form,
    /// Directory to write to: of a lake for parquet, of the file for jsonl
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Print one JSON object instead of text
    #[arg(long)]
    json: bool,
    /// Show no progress
    #[arg(long)]
    quiet: bool,
}

/// Name of the file of JSON lines.
const FILE: &str = "market.jsonl";

/// Forms of a market.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Form {
    /// A recording in a lake
    Parquet,
    /// One JSON object a line, as in topics
    Jsonl,
}

impl GenerateArgs {
    /// Does it.
    pub fn execute(&self) -> Outcome {
        // The venue becomes a folder of the lake.
        format!("{}:SYN", self.venue).parse::<InstrumentId>().map_err(Failure::not_started)?;
        let market = Synthetic {
            venue: self.venue.clone(),
            instruments: self.symbols,
            minutes: self.minutes,
            events: self.events,
            seed: self.seed,
            start: Synthetic::START,
        };
        match self.format {
            Form::Parquet => self.record(market),
            Form::Jsonl => self.write(&market),
        }
    }

    fn record(&self, market: Synthetic) -> Outcome {
        let out = self.out.display().to_string();
        let lake = Lake::open(&out).map_err(Failure::not_started)?;
        let settings = serde_json::to_string(&market).expect("parameters are plain data");
        let (recording, digest) = recording_id("synthetic", &settings, &[]);
        let instruments = market.instruments();
        let kind = SourceKind::Synthetic(market);
        let source = SourcePlan { rank: 0, name: "synthetic".to_owned(), kind };
        let sources = &[source];
        let request = IngestRequest { lake, recording, digest, sources, instruments: &instruments };
        let ingested = ingest::record(&request, self.quiet)?;
        match self.json {
            true => print_json(&ingested),
            false => print(&ingest::text(&ingested, &out)),
        }
    }

    fn write(&self, market: &Synthetic) -> Outcome {
        let path = self.out.join(FILE);
        let partial = self.out.join(format!("{FILE}.partial"));
        let cannot = || format!("cannot write {}", partial.display());
        fs::create_dir_all(&self.out).with_context(cannot).map_err(Failure::NotStarted)?;
        let file = File::create(&partial).with_context(cannot).map_err(Failure::NotStarted)?;
        let line = counter(self.quiet);
        let mut tell = |lines| line.set_message(format!("{} messages", grouped(lines)));
        let lines = write_jsonl(market, &mut &file, &mut tell)
            .and_then(|lines| fs::rename(&partial, &path).map(|()| lines))
            .with_context(cannot)
            .map_err(Failure::Failed)?;
        line.finish_and_clear();
        let path = path.display();
        match self.json {
            true => print_json(&serde_json::json!({
                "path": path.to_string(),
                "messages": lines,
                "instruments": self.symbols,
            })),
            false => print(&format!("{} messages in {path}\n", grouped(lines))),
        }
    }
}
