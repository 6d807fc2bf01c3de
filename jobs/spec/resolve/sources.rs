//! Sources: what each supplies, and the plan of it.

use super::{
    Context, Files,
    column_files::{self, Rows},
    databento, feeds,
    instruments::Known,
    kafka::{self, Topics},
    news::{self, Stories},
    records,
};
use crate::spec::{
    JobError,
    document::Cursor,
    files::expand,
    raw::{FileFormat, FileSource, LakeInput, Source, SyntheticSource},
    suggest,
};
use pipeline::{
    lake::{JournalKind, Lake, REPLAYED},
    sources::{SourceKind, SourcePlan, columns::Record, news::NewsFormat, synthetic::Synthetic},
};
use schemas::{Instrument, InstrumentId, Table};
use std::{cmp::Reverse, path::PathBuf};

/// More than any venue lists; each has a book in memory.
const INSTRUMENTS_MAX: u32 = 100_000;

/// What a source is and supplies.
pub(super) struct Supply {
    /// How it is called.
    pub name: String,
    /// What it is.
    pub kind: SupplyKind,
    /// Instruments, with facts where the source has them.
    pub instruments: Vec<(InstrumentId, Option<Instrument>)>,
    /// Does it hold quotes or books? None: only its records can tell.
    pub quotes: Option<bool>,
    /// Are its books by order? None: only its records can tell.
    pub by_order: Option<bool>,
    /// Does it hold candles?
    pub candles: Option<bool>,
    /// Does it know of a market only when things happened, and not when they were received?
    pub one_clock: bool,
}

/// What a source is.
pub(super) enum SupplyKind {
    Hftbacktest(Vec<PathBuf>),
    Lobster(Vec<PathBuf>),
    Jsonl(Vec<PathBuf>),
    Cryptofeed(Vec<PathBuf>, Option<String>),
    Synthetic(Synthetic),
    Lake { url: String, recording: Option<String>, tables: Vec<Table> },
    Kafka(Box<Topics>),
    News(Box<Stories>),
    Columns(Box<Rows>),
    Databento { venue: String, paths: Vec<PathBuf> },
}

impl SupplyKind {
    /// How many source ranks it takes: each topic has its own.
    fn ranks(&self) -> u16 {
        match self {
            SupplyKind::Kafka(topics) => topics.source.topics.len() as u16,
            _ => 1,
        }
    }
}

/// Looks at each source.
pub(super) fn survey(cx: &Context<'_>) -> Result<Vec<Supply>, JobError> {
    let section = cx.at("source");
    if cx.spec.source.is_empty() {
        return Err(section.error("the job has no source").label("empty"));
    }
    let each = |(rank, source): (usize, &Source)| {
        let at = section.get(rank);
        match source {
            Source { file: Some(file), synthetic: None, lake: None, kafka: None } => {
                let at = at.get("file");
                match file.format {
                    FileFormat::Hftbacktest => feeds::hftbacktest(cx, file, rank, &at),
                    FileFormat::Lobster => feeds::lobster(cx, file, rank, &at),
                    FileFormat::Jsonl => records::jsonl(cx, file, rank, &at),
                    FileFormat::Cryptofeed => records::captures(cx, file, rank, &at),
                    FileFormat::News => stories(cx, file, NewsFormat::Jsonl, rank, &at),
                    FileFormat::NewsCsv => stories(cx, file, NewsFormat::Csv, rank, &at),
                    FileFormat::Stocknet => stories(cx, file, NewsFormat::Stocknet, rank, &at),
                    FileFormat::BinanceTrades => rows(cx, file, "binance_trades", rank, &at),
                    FileFormat::BinanceAggTrades => rows(cx, file, "binance_agg_trades", rank, &at),
                    FileFormat::BinanceBookTicker => {
                        rows(cx, file, "binance_book_ticker", rank, &at)
                    }
                    FileFormat::BinanceKlines => rows(cx, file, "binance_klines", rank, &at),
                    FileFormat::FreqtradeTrades => rows(cx, file, "freqtrade_trades", rank, &at),
                    FileFormat::FreqtradeCandles => rows(cx, file, "freqtrade_candles", rank, &at),
                    FileFormat::FreqtradeFunding => rows(cx, file, "freqtrade_funding", rank, &at),
                    FileFormat::TardisTrades => rows(cx, file, "tardis_trades", rank, &at),
                    FileFormat::TardisQuotes => rows(cx, file, "tardis_quotes", rank, &at),
                    FileFormat::TardisBook => rows(cx, file, "tardis_book", rank, &at),
                    FileFormat::TardisSnapshots => rows(cx, file, "tardis_snapshots", rank, &at),
                    FileFormat::Databento => databento::survey(cx, file, rank, &at),
                    FileFormat::Columns => rows(cx, file, "columns", rank, &at),
                }
            }
            Source { file: None, synthetic: Some(market), lake: None, kafka: None } => {
                synthetic(market, rank, &at.get("synthetic"))
            }
            Source { file: None, synthetic: None, lake: Some(lake), kafka: None } => {
                recorded(lake, rank, &at.get("lake"))
            }
            Source { file: None, synthetic: None, lake: None, kafka: Some(input) } => {
                let at = at.get("kafka");
                let (topics, ids) = kafka::input(cx, input, &at)?;
                // A topic does not say what a contract is, but its recording may.
                let known = kafka::recorded(&topics, &at)?;
                let fact = |id: &InstrumentId| known.iter().find(|fact| fact.id == *id).cloned();
                Ok(Supply {
                    name: format!("kafka.{rank}"),
                    kind: SupplyKind::Kafka(Box::new(topics)),
                    instruments: ids.into_iter().map(|id| (id.clone(), fact(&id))).collect(),
                    quotes: None,
                    by_order: None,
                    candles: None,
                    one_clock: false,
                })
            }
            _ => Err(at
                .error("a source is exactly one of file, synthetic, lake and kafka")
                .label("this one is not")
                .help("write one [[source]] for each")),
        }
    };
    cx.spec.source.iter().enumerate().map(each).collect()
}

fn rows(
    cx: &Context<'_>,
    file: &FileSource,
    format: &str,
    rank: usize,
    at: &Cursor<'_, '_>,
) -> Result<Supply, JobError> {
    news::refuse(file, at)?;
    let (rows, ids, record) = column_files::survey(cx, file, format, at)?;
    let one_clock = rows.is_of_one_clock() && !matches!(record, Record::Candle | Record::Funding);
    Ok(Supply {
        name: format!("{format}.{rank}"),
        kind: SupplyKind::Columns(Box::new(rows)),
        instruments: ids.into_iter().map(|id| (id, None)).collect(),
        quotes: Some(matches!(record, Record::Quote | Record::Level | Record::Book)),
        by_order: Some(false),
        candles: Some(record == Record::Candle),
        one_clock,
    })
}

fn stories(
    cx: &Context<'_>,
    file: &FileSource,
    format: NewsFormat,
    rank: usize,
    at: &Cursor<'_, '_>,
) -> Result<Supply, JobError> {
    let (stories, ids) = news::survey(cx, file, format, at)?;
    Ok(Supply {
        name: format!("{}.{rank}", format.name()),
        kind: SupplyKind::News(Box::new(stories)),
        instruments: ids.into_iter().map(|id| (id, None)).collect(),
        quotes: Some(false),
        by_order: Some(false),
        candles: Some(false),
        one_clock: false,
    })
}

fn synthetic(
    market: &SyntheticSource,
    rank: usize,
    at: &Cursor<'_, '_>,
) -> Result<Supply, JobError> {
    id(&format!("{}:SYN0001", market.venue), &at.get("venue"))?;
    if market.instruments == 0 {
        return Err(at.get("instruments").error("a market has instruments").label("none"));
    }
    if market.minutes == 0 {
        return Err(at.get("minutes").error("a market of no minutes has no record").label("none"));
    }
    if market.instruments > INSTRUMENTS_MAX {
        let message = format!("a made market has at most {INSTRUMENTS_MAX} instruments");
        return Err(at.get("instruments").error(message).label("too many"));
    }
    let start = market.start.map_or(Synthetic::START, |moment| moment.0);
    let length = market.minutes.checked_mul(60_000_000_000).and_then(|ns| i64::try_from(ns).ok());
    if length.and_then(|length| start.0.checked_add(length)).is_none() {
        let error = at.get("minutes").error("this market would outlast the calendar, year 2262");
        return Err(error.label("too many"));
    }
    let market = Synthetic {
        venue: market.venue.clone(),
        instruments: market.instruments,
        minutes: Some(market.minutes),
        events: None,
        seed: market.seed,
        start,
    };
    let facts = market.instruments().into_iter().map(|i| (i.id.clone(), Some(i)));
    Ok(Supply {
        name: format!("synthetic.{rank}"),
        instruments: facts.collect(),
        kind: SupplyKind::Synthetic(market),
        quotes: Some(true),
        by_order: Some(false),
        candles: Some(false),
        one_clock: false,
    })
}

fn recorded(input: &LakeInput, rank: usize, at: &Cursor<'_, '_>) -> Result<Supply, JobError> {
    let names: Vec<&str> = REPLAYED.iter().map(|table| table.name()).collect();
    let mut tables = Vec::new();
    for (i, name) in input.tables.iter().enumerate() {
        let table = Table::parse(name).filter(|table| REPLAYED.contains(table));
        tables.push(table.ok_or_else(|| {
            let message = format!("`{name}` is no table that a lake replays");
            let help = suggest::help(name, &names, "tables");
            at.get("tables").get(i).error(message).label("not replayed").help_if(help)
        })?);
    }
    tables.sort();
    tables.dedup();
    if tables.is_empty() {
        return Err(at.get("tables").error("the list names no table").label("empty"));
    }
    let url = input.url.clone();
    let unusable = |error: pipeline::lake::LakeError| {
        at.get("url").error(format!("cannot read the lake: {error}")).label("this lake")
    };
    let committed = Lake::open(&url).and_then(|lake| lake.committed()).map_err(unusable)?;
    let mut recordings = committed;
    recordings.retain(|c| c.kind == JournalKind::Recording);
    if let Some(wanted) = &input.recording {
        let known: Vec<&str> = recordings.iter().map(|r| r.name.as_str()).collect();
        if !known.contains(&wanted.as_str()) {
            return Err(at
                .get("recording")
                .error(format!("the lake {url} holds no recording `{wanted}`"))
                .label("not recorded")
                .help_if(suggest::help(wanted, &known, "recordings")));
        }
        recordings.retain(|recording| recording.name == *wanted);
    }
    let recordings = recordings.into_iter();
    let mut facts: Vec<Instrument> =
        recordings.flat_map(|recording| recording.facts.instruments).collect();
    // Another recording may know the facts that one of news does not.
    facts.sort_by_key(|fact| {
        let finest = Reverse((fact.price_scale, fact.quantity_scale));
        (fact.id.clone(), fact.tick == 1 && fact.lot == 1, finest)
    });
    facts.dedup_by(|a, b| a.id == b.id);
    if facts.is_empty() {
        return Err(at
            .get("url")
            .error(format!("the lake {url} holds no recording"))
            .label("nothing recorded here")
            .help("record market data first: tapeflow ingest --lake … FILE"));
    }
    if let Some(names) = &input.instruments {
        let at = at.get("instruments");
        let known: Vec<&str> = facts.iter().map(|i| &**i.id.text()).collect();
        let mut wanted = Vec::new();
        for (i, name) in names.iter().enumerate() {
            let id = id(name, &at.get(i))?;
            let found = facts.iter().find(|fact| fact.id == id).ok_or_else(|| {
                at.get(i)
                    .error(format!("`{name}` was not recorded in the lake {url}"))
                    .label("not recorded")
                    .help_if(suggest::help(name, &known, "recorded"))
            })?;
            wanted.push(found.clone());
        }
        facts = wanted;
    }
    let [quotes, levels, orders] =
        [Table::Quotes, Table::BookDeltas, Table::BookOrders].map(|table| tables.contains(&table));
    let by_order = if levels && orders { None } else { Some(orders) };
    let quotes = quotes || levels || orders;
    let candles = tables.contains(&Table::Candles);
    Ok(Supply {
        name: format!("lake.{rank}"),
        kind: SupplyKind::Lake {
            url: input.url.clone(),
            recording: input.recording.clone(),
            tables,
        },
        instruments: facts.into_iter().map(|i| (i.id.clone(), Some(i))).collect(),
        quotes: Some(quotes),
        by_order,
        candles: Some(candles),
        one_clock: false,
    })
}

pub(super) fn id(text: &str, at: &Cursor<'_, '_>) -> Result<InstrumentId, JobError> {
    text.parse().map_err(|e: schemas::instrument::InstrumentIdError| {
        at.error(e.to_string()).label("not an instrument")
    })
}

/// The files that a source names; a directory or pattern stands for all of its files.
pub(super) fn files(
    cx: &Context<'_>,
    file: &FileSource,
    at: &Cursor<'_, '_>,
) -> Result<Vec<PathBuf>, JobError> {
    refuse_mapping(file, at)?;
    let at = at.get("paths");
    if file.paths.is_empty() {
        return Err(at.error("the list names no file").label("empty"));
    }
    let mut all = Vec::new();
    for (i, path) in file.paths.iter().enumerate() {
        let found = match (expand(path), cx.files) {
            (Ok(found), _) => found,
            (Err(why), Files::MustExist) => {
                return Err(at.get(i).error(why).label("no files"));
            }
            (Err(_), _) => vec![path.clone()],
        };
        if let Some(absent) = found.iter().find(|found| !found.is_file())
            && cx.files == Files::MustExist
        {
            return Err(at
                .get(i)
                .error(format!("there is no file {}", absent.display()))
                .label("not found")
                .help("paths are relative to the working directory"));
        }
        all.extend(found);
    }
    Ok(all)
}

fn refuse_mapping(file: &FileSource, at: &Cursor<'_, '_>) -> Result<(), JobError> {
    match file.mapping.is_some() && file.format != FileFormat::Columns {
        true => Err(at
            .get("mapping")
            .key_error("`mapping` goes with the format columns only")
            .label("not with this format")),
        false => Ok(()),
    }
}

/// Sources as resolved, their instruments by place.
pub(super) fn plans(supplies: &[Supply], known: &[Known]) -> Vec<SourcePlan> {
    let place = |id: &InstrumentId| {
        known.binary_search_by(|k| k.instrument.id.cmp(id)).expect("it was surveyed") as u32
    };
    let places = |supply: &Supply| {
        let mut places: Vec<u32> = supply.instruments.iter().map(|(id, _)| place(id)).collect();
        places.sort_unstable();
        places.dedup();
        places
    };
    let mut ranks = 0;
    let plan = |supply: &Supply| SourcePlan {
        rank: {
            ranks += supply.kind.ranks();
            ranks - supply.kind.ranks()
        },
        name: supply.name.clone(),
        kind: match &supply.kind {
            SupplyKind::Lobster(paths) => SourceKind::Lobster {
                paths: paths.clone(),
                instrument: place(&supply.instruments[0].0),
            },
            SupplyKind::Hftbacktest(paths) => SourceKind::Hftbacktest {
                paths: paths.clone(),
                instrument: place(&supply.instruments[0].0),
            },
            SupplyKind::Jsonl(paths) => SourceKind::Jsonl { paths: paths.clone() },
            SupplyKind::Cryptofeed(paths, venue) => {
                SourceKind::Cryptofeed { paths: paths.clone(), venue: venue.clone() }
            }
            SupplyKind::Synthetic(market) => SourceKind::Synthetic(market.clone()),
            SupplyKind::News(stories) => SourceKind::News(stories.resolved(known)),
            SupplyKind::Columns(rows) => rows.resolved(&place),
            SupplyKind::Databento { venue, paths } => {
                SourceKind::Databento { paths: paths.clone(), venue: venue.clone() }
            }
            SupplyKind::Kafka(topics) => {
                let ids: Vec<InstrumentId> =
                    supply.instruments.iter().map(|(id, _)| id.clone()).collect();
                let mut source = topics.resolved(kafka::first(&ids, known), known);
                if let Some(history) = &mut source.history {
                    history.instruments = places(supply);
                }
                SourceKind::Kafka(source)
            }
            SupplyKind::Lake { url, recording, tables } => SourceKind::Lake {
                url: url.clone(),
                recording: recording.clone(),
                tables: tables.clone(),
                instruments: places(supply),
            },
        },
    };
    supplies.iter().map(plan).collect()
}
