//! Files of market data and news as commands take them.

use super::{Failure, instruments, news::NewsArgs};
use crate::spec::files::{expand, layout};
use anyhow::anyhow;
use clap::{Args, ValueEnum};
use pipeline::sources::{
    SourceKind, SourcePlan,
    columns::{Layout, symbol_in},
    databento,
    lobster::messages,
    news::{NewsFiles, NewsFormat},
};
use schemas::{Instrument, InstrumentId};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

/// Formats of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FileFormat {
    /// Feeds as hftbacktest's collector writes them, plain or gzip
    Hftbacktest,
    /// One JSON object a line, as in topics
    Jsonl,
    /// Captures of cryptofeed: raw messages of an exchange, plain, gzip or zstd
    Cryptofeed,
    /// News, one JSON object a line
    News,
    /// News as comma-separated values with a header
    #[value(name = "news_csv")]
    NewsCsv,
    /// Tweets of the StockNet data set about the instrument
    Stocknet,
    /// Trades as Binance publishes them: CSV, plain, gzip or zip
    #[value(name = "binance_trades")]
    BinanceTrades,
    /// Trades of an order taken together, as Binance publishes them
    #[value(name = "binance_agg_trades")]
    BinanceAggTrades,
    /// Best bids and offers as Binance publishes them
    #[value(name = "binance_book_ticker")]
    BinanceBookTicker,
    /// Bars as Binance publishes them
    #[value(name = "binance_klines")]
    BinanceKlines,
    /// Candles as freqtrade keeps them: Feather, JSON or Parquet
    #[value(name = "freqtrade_candles")]
    FreqtradeCandles,
    /// Trades as freqtrade keeps them: Feather, JSON or Parquet
    #[value(name = "freqtrade_trades")]
    FreqtradeTrades,
    /// Funding rates as freqtrade keeps them, with the mark prices in the file beside
    #[value(name = "freqtrade_funding")]
    FreqtradeFunding,
    /// Trades of Tardis: CSV, plain, gzip or zip
    #[value(name = "tardis_trades")]
    TardisTrades,
    /// Best bids and offers of Tardis
    #[value(name = "tardis_quotes")]
    TardisQuotes,
    /// Books of Tardis, change by change: incremental_book_L2
    #[value(name = "tardis_book")]
    TardisBook,
    /// Best levels of books of Tardis: book_snapshot_5, book_snapshot_25
    #[value(name = "tardis_snapshots")]
    TardisSnapshots,
    /// Databento's: market by order, trades, best bids and offers
    Databento,
    /// LOBSTER's: messages order by order, with those of levels beside them
    Lobster,
    /// CSV, Parquet, Feather or JSON whose columns --mapping explains
    Columns,
}

impl FileFormat {
    /// Its name, in job files too.
    pub fn name(self) -> &'static str {
        match self {
            FileFormat::Hftbacktest => "hftbacktest",
            FileFormat::Jsonl => "jsonl",
            FileFormat::Cryptofeed => "cryptofeed",
            FileFormat::News => NewsFormat::Jsonl.name(),
            FileFormat::NewsCsv => NewsFormat::Csv.name(),
            FileFormat::Stocknet => NewsFormat::Stocknet.name(),
            FileFormat::BinanceTrades => "binance_trades",
            FileFormat::BinanceAggTrades => "binance_agg_trades",
            FileFormat::BinanceBookTicker => "binance_book_ticker",
            FileFormat::BinanceKlines => "binance_klines",
            FileFormat::FreqtradeTrades => "freqtrade_trades",
            FileFormat::FreqtradeCandles => "freqtrade_candles",
            FileFormat::FreqtradeFunding => "freqtrade_funding",
            FileFormat::TardisTrades => "tardis_trades",
            FileFormat::TardisQuotes => "tardis_quotes",
            FileFormat::TardisBook => "tardis_book",
            FileFormat::TardisSnapshots => "tardis_snapshots",
            FileFormat::Databento => "databento",
            FileFormat::Lobster => "lobster",
            FileFormat::Columns => "columns",
        }
    }

    /// The instruments that files have, from arguments or from the files themselves.
    pub(super) fn ids(
        self,
        venue: Option<&str>,
        symbols: &[String],
        files: &[PathBuf],
    ) -> Result<BTreeSet<InstrumentId>, Failure> {
        let ids = instruments::named(venue, symbols)?;
        match (self, ids.len()) {
            (FileFormat::Hftbacktest | FileFormat::Lobster, 1) => Ok(ids),
            (FileFormat::Lobster, _) => Err(Failure::NotStarted(anyhow!(
                "files of lobster hold one instrument: give --venue and --symbol"
            ))),
            (FileFormat::Hftbacktest, _) => Err(Failure::NotStarted(anyhow!(
                "a feed of hftbacktest has one instrument and does not name it: \
                 give --venue and --symbol"
            ))),
            (FileFormat::Jsonl, 0) => instruments::found(files),
            (FileFormat::Databento, _) => of_databento(venue, ids, files),
            (FileFormat::News | FileFormat::NewsCsv, 0) => Err(Failure::NotStarted(anyhow!(
                "news may be about any instruments: name those that count with --symbol, or give \
                 --map"
            ))),
            (FileFormat::Stocknet, 1) => Ok(ids),
            (FileFormat::Stocknet, _) => Err(Failure::NotStarted(anyhow!(
                "files of stocknet hold the tweets about one instrument: give --venue and --symbol"
            ))),
            _ => Ok(ids),
        }
    }

    /// Files as a source, unless they are of rows and columns.
    fn source(self, paths: Vec<PathBuf>) -> Option<SourceKind> {
        Some(match self {
            FileFormat::Hftbacktest => SourceKind::Hftbacktest { paths, instrument: 0 },
            FileFormat::Lobster => SourceKind::Lobster { paths: messages(&paths), instrument: 0 },
            FileFormat::Jsonl => SourceKind::Jsonl { paths },
            FileFormat::Cryptofeed => SourceKind::Cryptofeed { paths, venue: None },
            FileFormat::News => SourceKind::News(NewsFiles::new(NewsFormat::Jsonl, paths)),
            FileFormat::NewsCsv => SourceKind::News(NewsFiles::new(NewsFormat::Csv, paths)),
            FileFormat::Stocknet => {
                let mut files = NewsFiles::new(NewsFormat::Stocknet, paths);
                files.tags.about = vec![0];
                SourceKind::News(files)
            }
            FileFormat::Databento => SourceKind::Databento { paths, venue: String::new() },
            _ => return None,
        })
    }
}

/// What files do not say themselves.
#[derive(Debug, Args)]
pub struct FileArgs {
    /// Venue of the instruments: for hftbacktest binance, binance_usdm or binance_coinm [default
    /// for cryptofeed: the exchange's]
    #[arg(long, value_name = "VENUE")]
    venue: Option<String>,
    /// The instrument as its venue writes it. For jsonl and cryptofeed the instruments to keep, as
    /// SYMBOL or VENUE:SYMBOL, several with commas [default for these: all that the files name;
    /// for news: all that the mapping names; for rows and columns: with what the files' names
    /// begin]
    #[arg(long, value_name = "SYMBOL", value_delimiter = ',')]
    symbol: Vec<String>,
    /// columns: a file that says what the columns mean
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    #[command(flatten)]
    news: NewsArgs,
}

/// Files as a source.
pub struct Opened {
    /// The source.
    pub source: SourcePlan,
    /// Its instruments, ascending by id.
    pub instruments: Vec<Instrument>,
    /// What decides, beside the files, which rows come out.
    pub settings: String,
}

impl FileArgs {
    /// The venue, if it was given.
    pub fn venue(&self) -> Option<&str> {
        self.venue.as_deref()
    }

    /// Is something said of files?
    pub fn speaks_of_files(&self) -> bool {
        !self.symbol.is_empty() || self.mapping.is_some()
    }

    /// The files as a source.
    pub fn open(&self, format: FileFormat, paths: Vec<PathBuf>) -> Result<Opened, Failure> {
        let name = format.name();
        if self.mapping.is_some() && format != FileFormat::Columns {
            return Err(Failure::NotStarted(anyhow!("--mapping goes with --format columns only")));
        }
        if format.source(Vec::new()).is_none() {
            return self.rows(format, paths);
        }
        if format == FileFormat::Cryptofeed {
            return self.captures(paths);
        }
        let ids = self.news.ids(format, self.venue(), &self.symbol, &paths)?;
        let instruments: Vec<Instrument> = ids.iter().map(instruments::facts).collect();
        let mut kind = format.source(paths).expect("it was just made of no files");
        if let (SourceKind::Databento { venue, .. }, Some(given)) = (&mut kind, &self.venue) {
            venue.clone_from(given);
        }
        let mut source = SourcePlan { rank: 0, name: name.to_owned(), kind };
        let names: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let settings = names.join(",") + &self.news.complete(&mut source, &instruments)?;
        Ok(Opened { source, instruments, settings })
    }

    /// Captures, whose numbers say how fine those of each instrument are.
    fn captures(&self, paths: Vec<PathBuf>) -> Result<Opened, Failure> {
        let mut instruments = instruments::captured(self.venue(), &paths)?;
        if !self.symbol.is_empty() {
            let wanted = |id: &InstrumentId| {
                let text = id.text();
                self.symbol.iter().any(|name| name == id.symbol() || **name == **text)
            };
            instruments.retain(|instrument| wanted(&instrument.id));
        }
        if instruments.is_empty() {
            let why = "the captures have no trades and no books of such instruments";
            return Err(Failure::NotStarted(anyhow!(why)));
        }
        let facts = |i: &Instrument| format!("{} {} {}", i.id, i.price_scale, i.quantity_scale);
        let settings: Vec<String> = instruments.iter().map(facts).collect();
        let kind = SourceKind::Cryptofeed { paths, venue: self.venue.clone() };
        let source = SourcePlan { rank: 0, name: "cryptofeed".to_owned(), kind };
        Ok(Opened { source, instruments, settings: settings.join(",") })
    }

    /// Files of rows and columns: those of an instrument are a partition.
    fn rows(&self, format: FileFormat, paths: Vec<PathBuf>) -> Result<Opened, Failure> {
        let failed = |why: String| Failure::NotStarted(anyhow!(why));
        let layout = match (Layout::built_in(format.name()), &self.mapping) {
            (Some(layout), _) => layout,
            (None, Some(path)) => layout(path).map_err(failed)?,
            (None, None) => {
                let why = "files of columns do not say what these mean: give --mapping FILE";
                return Err(failed(why.to_owned()));
            }
        };
        let Some(venue) = self.venue.clone() else {
            let why = format!("files of {} do not name their venue: give --venue", format.name());
            return Err(failed(why));
        };
        let mut files: BTreeMap<Option<InstrumentId>, Vec<PathBuf>> = BTreeMap::new();
        let ids = if layout.symbol.is_some() {
            if self.symbol.is_empty() {
                let why = "files with a column of symbols may hold any instruments: name those \
                           that count with --symbol";
                return Err(failed(why.to_owned()));
            }
            files.insert(None, paths);
            instruments::named(Some(&venue), &self.symbol)?
        } else {
            for path in paths {
                let symbol = match (&self.symbol[..], symbol_in(&path)) {
                    ([one], _) => one.clone(),
                    ([], Some(symbol)) => symbol.to_owned(),
                    ([], None) => {
                        let name = path.display();
                        let why =
                            format!("the name of {name} begins with no symbol: give --symbol");
                        return Err(failed(why));
                    }
                    _ => return Err(failed("these files are of one --symbol each".to_owned())),
                };
                let id = instruments::named(Some(&venue), &[symbol])?.pop_first();
                files.entry(id).or_default().push(path);
            }
            files.keys().flatten().cloned().collect()
        };
        let instruments: Vec<Instrument> = ids.iter().map(instruments::facts).collect();
        let place = |id: InstrumentId| {
            instruments.iter().position(|i| i.id == id).expect("it was listed") as u32
        };
        let files = files.into_iter().map(|(id, paths)| (paths, id.map(place))).collect();
        let names: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let meaning = serde_json::to_string(&layout).expect("a layout is plain data");
        let settings = format!("{}\n{meaning}", names.join(","));
        let kind = SourceKind::Columns { layout: Box::new(layout), venue, files };
        let source = SourcePlan { rank: 0, name: format.name().to_owned(), kind };
        Ok(Opened { source, instruments, settings })
    }
}

/// The instruments of Databento's files: those that were asked for, or all.
fn of_databento(
    venue: Option<&str>,
    asked: BTreeSet<InstrumentId>,
    files: &[PathBuf],
) -> Result<BTreeSet<InstrumentId>, Failure> {
    if venue.is_none() {
        let why = "files of databento do not name a venue as jobs do: give --venue";
        return Err(Failure::NotStarted(anyhow!(why)));
    }
    if !asked.is_empty() {
        return Ok(asked);
    }
    let mut names = BTreeSet::new();
    for path in files {
        let held = databento::symbols(path).map_err(|e| Failure::NotStarted(anyhow!(e)))?;
        names.extend(held.symbols);
    }
    instruments::named(venue, &names.into_iter().collect::<Vec<_>>())
}

/// The files that arguments mean: directories and patterns stand for all of theirs.
pub fn expanded(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let each = paths.iter().map(|path| expand(path));
    let all: Result<Vec<Vec<PathBuf>>, String> = each.collect();
    all.map(|all| all.concat()).map_err(|why| Failure::NotStarted(anyhow!(why)))
}
