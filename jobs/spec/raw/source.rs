//! Sources of market data and facts of instruments, as written.

use super::{Decimal, KafkaInput, Moment};
use crate::spec::schema;
use schemars::JsonSchema;
use schemas::{Span, instrument::Kind};
use serde::Deserialize;
use std::path::PathBuf;

/// A source: exactly one of its keys.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a source: { file = … }, { synthetic = … }, …")]
#[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
pub struct Source {
    /// Files of recorded market data.
    pub file: Option<FileSource>,
    /// A market made from a seed.
    pub synthetic: Option<SyntheticSource>,
    /// What was recorded in a lake.
    pub lake: Option<LakeInput>,
    /// Topics of a Kafka cluster.
    pub kafka: Option<KafkaInput>,
}

/// Files of market data. Paths are relative to the working directory.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with `format` and `paths`")]
pub struct FileSource {
    /// What the files hold.
    pub format: FileFormat,
    /// hftbacktest, databento, lobster, stocknet, rows and columns: venue of the instruments;
    /// cryptofeed: its name here, if not the one that its exchange has.
    pub venue: Option<String>,
    /// hftbacktest, lobster, stocknet, rows and columns: the instrument as its venue writes it;
    /// without it names of files of rows and columns begin with theirs, as in
    /// `BTCUSDT-trades-2024.zip`.
    pub symbol: Option<String>,
    /// columns: a file that says what the columns mean.
    pub mapping: Option<PathBuf>,
    /// jsonl, cryptofeed, news, and columns of which one is the symbol: the instruments that are
    /// read, as `venue:symbol`; of databento all in the files if it does not say.
    pub instruments: Option<Vec<String>>,
    /// news: a file that says which instruments symbols and names mean.
    pub map: Option<PathBuf>,
    /// news: which column or key holds what, where it is not called so.
    pub columns: Option<NewsColumns>,
    /// news: how long after publication an article counts as first seen, where its file does not
    /// say when that was.
    #[schemars(schema_with = "schema::span")]
    #[serde(default)]
    pub seen_after: Option<Span>,
    /// news: copies of an article that come within this time are folded into the first; a day if
    /// it does not say.
    #[schemars(schema_with = "schema::span")]
    #[serde(default)]
    pub duplicates: Option<Span>,
    /// The files, directories of them or patterns such as `2024-*.zip`: of hftbacktest in the
    /// order in which they continue each other; directories and patterns are sorted by name.
    pub paths: Vec<PathBuf>,
}

/// Formats of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileFormat {
    /// Feeds as hftbacktest's collector writes them, plain or gzip.
    Hftbacktest,
    /// Records in the JSON of topics, one a line.
    Jsonl,
    /// Captures of cryptofeed: raw messages of an exchange, JSON lines.
    Cryptofeed,
    /// News, one JSON object a line.
    News,
    /// News as comma-separated values with a header.
    NewsCsv,
    /// Tweets of the StockNet data set, one a line.
    Stocknet,
    /// Trades as Binance publishes them: CSV, plain, gzip or zip, with or without a header.
    BinanceTrades,
    /// Trades of an order taken together, as Binance publishes them.
    BinanceAggTrades,
    /// Best bids and offers as Binance publishes them.
    BinanceBookTicker,
    /// Bars as Binance publishes them.
    BinanceKlines,
    /// Trades as freqtrade keeps them: Feather, JSON or Parquet.
    FreqtradeTrades,
    /// Candles as freqtrade keeps them.
    FreqtradeCandles,
    /// Funding rates as freqtrade keeps them, with the mark prices in the file beside.
    FreqtradeFunding,
    /// Trades of Tardis: CSV, plain, gzip or zip.
    TardisTrades,
    /// Best bids and offers of Tardis.
    TardisQuotes,
    /// Books of Tardis, change by change: incremental_book_L2.
    TardisBook,
    /// Best levels of books of Tardis: book_snapshot_5, book_snapshot_25.
    TardisSnapshots,
    /// Databento's files: market by order, trades, best bids and offers.
    Databento,
    /// LOBSTER's files of messages about one instrument, with those of levels beside them.
    Lobster,
    /// CSV, Parquet, Feather or JSON whose columns `mapping` explains.
    Columns,
}

/// Which column or key of a file of news holds what.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table such as { headline = \"Title\" }")]
pub struct NewsColumns {
    /// The headline.
    pub headline: Option<String>,
    /// The text.
    pub body: Option<String>,
    /// Who published it.
    pub source: Option<String>,
    /// The address.
    pub url: Option<String>,
    /// Instruments.
    pub symbols: Option<String>,
    /// When it says it was published.
    pub published: Option<String>,
    /// When it was first seen: this orders news.
    pub first_seen: Option<String>,
}

/// A market made from a seed.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with venue, instruments, minutes and seed")]
pub struct SyntheticSource {
    /// Venue of the instruments, in lower case.
    pub venue: String,
    /// How many instruments.
    pub instruments: u32,
    /// Length in event time.
    pub minutes: u64,
    /// Another seed gives another market.
    pub seed: u64,
    /// When it begins; 2024-01-01 if it does not say.
    pub start: Option<Moment>,
}

/// What was recorded in a lake.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with `url` and `tables`")]
pub struct LakeInput {
    /// Address of the lake: a directory, or s3://bucket/path.
    pub url: String,
    /// Market tables that are replayed.
    pub tables: Vec<String>,
    /// The one recording that is read; all of the lake if it does not say.
    pub recording: Option<String>,
    /// Instruments that are read, as `venue:symbol`; all that were recorded if it does not say.
    pub instruments: Option<Vec<String>>,
}

/// Facts of a contract. What is left out is taken from the source or from what is built in.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table of facts such as `tick` and `lot`")]
pub struct InstrumentFacts {
    /// Base currency.
    pub base: Option<String>,
    /// Quote currency: the unit of prices.
    pub quote: Option<String>,
    /// Settlement currency: the unit of profit.
    pub settle: Option<String>,
    /// Kind of contract: spot, perpetual or future.
    #[schemars(with = "Option<KindText>")]
    pub kind: Option<Kind>,
    /// Smallest price step.
    pub tick: Option<Decimal>,
    /// Smallest quantity step.
    pub lot: Option<Decimal>,
    /// Units of base (inverse: of quote) currency in one unit of quantity.
    pub multiplier: Option<u32>,
    /// Is a unit worth a fixed amount of quote currency, settled in base?
    pub inverse: Option<bool>,
    /// Decimal places of prices inside the engine.
    pub price_scale: Option<u8>,
    /// Decimal places of quantities inside the engine.
    pub quantity_scale: Option<u8>,
}

/// The values of [`Kind`], for the schema.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[allow(dead_code)]
enum KindText {
    Spot,
    Perpetual,
    Future,
}
