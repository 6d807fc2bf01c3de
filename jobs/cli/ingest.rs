//! `tapeflow ingest`: market data from files into the lake, once.

use super::{
    Failure, Outcome, instruments,
    interrupt::stop_on_interrupt,
    lake::LakeArgs,
    news::NewsArgs,
    output::{print, print_json},
    progress::Display,
    run,
};
use crate::report::numbers::{grouped, table};
use anyhow::{Context, anyhow};
use clap::{Args, ValueEnum};
use comfy_table::CellAlignment;
use pipeline::{
    ingest::{IngestRequest, Ingested, ingest},
    lake::{InputFile, recording_id},
    progress::Progress,
    sources::{
        SourceKind, SourcePlan,
        news::{NewsFiles, NewsFormat},
    },
};
use schemas::{Instrument, InstrumentId};
use std::{collections::BTreeSet, path::PathBuf, sync::Arc};

const EXAMPLES: &str = "\
Examples:
  tapeflow ingest --format hftbacktest --venue binance_usdm --symbol BTCUSDT day1.gz day2.gz
  tapeflow ingest --format jsonl ticks.jsonl
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
    /// Venue of the instrument: binance or binance_usdm for hftbacktest
    #[arg(long, value_name = "VENUE")]
    venue: Option<String>,
    /// The instrument as its venue writes it. For jsonl the instruments to keep, as SYMBOL or
    /// VENUE:SYMBOL, several with commas [default for jsonl: all that the files name; for news:
    /// all that the mapping names]
    #[arg(long, value_name = "SYMBOL", value_delimiter = ',')]
    symbol: Vec<String>,
    #[command(flatten)]
    news: NewsArgs,
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
    /// The files: of hftbacktest in the order in which they continue each other
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

/// Formats of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FileFormat {
    /// Feeds as hftbacktest's collector writes them, plain or gzip
    Hftbacktest,
    /// One JSON object a line, as in topics
    Jsonl,
    /// News, one JSON object a line
    News,
    /// News as comma-separated values with a header
    #[value(name = "news_csv")]
    NewsCsv,
    /// Tweets of the StockNet data set about the instrument
    Stocknet,
}

impl FileFormat {
    fn name(self) -> &'static str {
        match self {
            FileFormat::Hftbacktest => "hftbacktest",
            FileFormat::Jsonl => "jsonl",
            FileFormat::News => NewsFormat::Jsonl.name(),
            FileFormat::NewsCsv => NewsFormat::Csv.name(),
            FileFormat::Stocknet => NewsFormat::Stocknet.name(),
        }
    }

    /// The instruments that files have, from arguments or from the files themselves.
    pub fn ids(
        self,
        venue: Option<&str>,
        symbols: &[String],
        files: &[PathBuf],
    ) -> Result<BTreeSet<InstrumentId>, Failure> {
        let ids = instruments::named(venue, symbols)?;
        match (self, ids.len()) {
            (FileFormat::Hftbacktest, 1) => Ok(ids),
            (FileFormat::Hftbacktest, _) => Err(Failure::NotStarted(anyhow!(
                "a feed of hftbacktest has one instrument and does not name it: \
                 give --venue and --symbol"
            ))),
            (FileFormat::Jsonl, 0) => instruments::found(files),
            (FileFormat::News | FileFormat::NewsCsv, 0) => Err(Failure::NotStarted(anyhow!(
                "news may be about any instruments: name those that count with --symbol, or give \
                 --map"
            ))),
            (FileFormat::Stocknet, 1) => Ok(ids),
            (FileFormat::Stocknet, _) => Err(Failure::NotStarted(anyhow!(
                "files of stocknet hold the tweets about one instrument: give --venue and --symbol"
            ))),
            (FileFormat::Jsonl | FileFormat::News | FileFormat::NewsCsv, _) => Ok(ids),
        }
    }

    /// Files as a source.
    pub fn source(self, paths: Vec<PathBuf>) -> SourcePlan {
        let kind = match self {
            FileFormat::Hftbacktest => SourceKind::Hftbacktest { paths, instrument: 0 },
            FileFormat::Jsonl => SourceKind::Jsonl { paths },
            FileFormat::News => SourceKind::News(NewsFiles::new(NewsFormat::Jsonl, paths)),
            FileFormat::NewsCsv => SourceKind::News(NewsFiles::new(NewsFormat::Csv, paths)),
            FileFormat::Stocknet => {
                let mut files = NewsFiles::new(NewsFormat::Stocknet, paths);
                files.tags.about = vec![0];
                SourceKind::News(files)
            }
        };
        SourcePlan { rank: 0, name: self.name().to_owned(), kind }
    }
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
        let files = self.files.iter().map(identify).collect::<Result<Vec<_>, _>>()?;
        let venue = self.venue.as_deref();
        let ids = self.news.ids(self.format, venue, &self.symbol, &self.files)?;
        let instruments: Vec<Instrument> = ids.iter().map(instruments::facts).collect();
        let mut source = self.format.source(self.files.clone());
        let names: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let settings = names.join(",") + &self.news.complete(&mut source, &instruments)?;
        let (id, digest) = recording_id(self.format.name(), &settings, &files);
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
