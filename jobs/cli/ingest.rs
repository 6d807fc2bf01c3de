//! `tapeflow ingest`: market data from files into the lake, once.

use super::{
    Failure, Outcome,
    files::{FileArgs, FileFormat, expanded},
    interrupt::stop_on_interrupt,
    lake::LakeArgs,
    output::{print, print_json},
    progress::Display,
    run,
};
use crate::report::numbers::{grouped, table};
use anyhow::Context;
use clap::Args;
use comfy_table::CellAlignment;
use pipeline::{
    ingest::{IngestRequest, Ingested, ingest},
    lake::{InputFile, recording_id},
    progress::Progress,
};
use std::{path::PathBuf, sync::Arc};

const EXAMPLES: &str = "\
Examples:
  tapeflow ingest --format hftbacktest --venue binance_usdm --symbol BTCUSDT day1.gz day2.gz
  tapeflow ingest --format jsonl ticks.jsonl
  tapeflow ingest --format cryptofeed KRAKEN.jsonl.zst
  tapeflow ingest --format binance_trades --venue binance '*-trades-2024-*.zip'
  tapeflow ingest --format news --map symbols.toml --symbol binance:BTCUSDT news.jsonl";

/// Record market data from files into a lake
///
/// The same files again change nothing. Lines that cannot be used land in the table `rejects`
/// with their place and the reason.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct IngestArgs {
    /// Format of the files
    #[arg(long, value_name = "FORMAT", value_enum)]
    format: FileFormat,
    #[command(flatten)]
    input: FileArgs,
    /// Id of the recording [default: from the content of the files]
    #[arg(long, value_name = "ID")]
    recording: Option<String>,
    #[command(flatten)]
    lake: LakeArgs,
    /// Print one JSON object instead of text
    #[arg(long)]
    json: bool,
    /// Show no progress
    #[arg(long)]
    quiet: bool,
    /// The files, directories of them or quoted patterns: of hftbacktest in the order in which
    /// they continue each other
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

impl IngestArgs {
    /// Does it.
    pub fn execute(&self) -> Outcome {
        let lake = self.lake.open()?;
        let identify = |path: &PathBuf| {
            InputFile::identify(path)
                .with_context(|| format!("cannot read {}", path.display()))
                .map_err(Failure::NotStarted)
        };
        let paths = expanded(&self.files)?;
        let files = paths.iter().map(identify).collect::<Result<Vec<_>, _>>()?;
        let opened = self.input.open(self.format, paths)?;
        let (source, instruments) = (opened.source, opened.instruments);
        let (id, digest) = recording_id(self.format.name(), &opened.settings, &files);
        let recording = self.recording.clone().unwrap_or(id);
        let sources = &[source];
        let request = IngestRequest { lake, recording, digest, sources, instruments: &instruments };
        let ingested = record(&request, self.quiet)?;
        match self.json {
            true => print_json(&ingested),
            false => print(&text(&ingested, &self.lake.url)),
        }
    }
}

/// Records, with progress for people and an ear for Ctrl-C.
pub fn record(request: &IngestRequest<'_>, quiet: bool) -> Result<Ingested, Failure> {
    let progress = Arc::new(Progress::default());
    stop_on_interrupt(&progress);
    tracing::info!(recording = request.recording, "ingest starts");
    let display = Display::start(&progress, quiet);
    let result = ingest(request, &progress);
    drop(display);
    let ingested = result.map_err(|error| run::failure(error, &progress))?;
    tracing::info!(recording = ingested.recording, known = ingested.known, "ingest ended");
    Ok(ingested)
}

/// What was recorded, for people.
pub fn text(ingested: &Ingested, lake: &str) -> String {
    let Ingested { recording, known, tables, span } = ingested;
    let mut rows = table(["table", "rows", "digest"]);
    for (table, total) in tables.iter().filter(|(_, total)| total.rows > 0) {
        rows.add_row([table.to_string(), grouped(total.rows), total.digest.to_string()]);
    }
    let column = rows.column_mut(1).expect("the table has three columns");
    column.set_cell_alignment(CellAlignment::Right);
    let what = match known {
        true => format!("Recording {recording} is in the lake {lake} already: nothing changed"),
        false => format!("Recorded {recording} into the lake {lake}"),
    };
    let when = span.map_or(String::new(), |(from, to)| format!("\n{from} to {to}"));
    format!("{what}{when}\n\n{}\n", rows.trim_fmt())
}
