//! Files of news: how they are read, and which instruments articles are about.

use super::{Context, instruments::Known, sources};
use crate::spec::{
    JobError, NewsMap,
    document::Cursor,
    raw::{FileSource, NewsColumns},
};
use pipeline::sources::news::{NewsFields, NewsFiles, NewsFormat, NewsTags};
use schemas::{Instrument, InstrumentId};
use std::path::Path;

/// Files of news, but for the places of their instruments, which are not known yet.
pub(super) struct Stories {
    files: NewsFiles,
    map: NewsMap,
    /// Every article is about this instrument.
    about: Option<InstrumentId>,
}

impl Stories {
    /// The files as resolved.
    pub fn resolved(&self, known: &[Known]) -> NewsFiles {
        let mut tags = tags(&self.map, known);
        let about = known.iter().position(|k| Some(&k.instrument.id) == self.about.as_ref());
        tags.about = about.map(|place| place as u32).into_iter().collect();
        NewsFiles { tags, ..self.files.clone() }
    }
}

/// What a mapping means in a job.
pub(super) fn tags(map: &NewsMap, known: &[Known]) -> NewsTags {
    let all: Vec<Instrument> = known.iter().map(|k| k.instrument.clone()).collect();
    map.tags(&all)
}

/// Reads the mapping file of a source.
pub(super) fn map(path: &Path, at: &Cursor<'_, '_>) -> Result<NewsMap, JobError> {
    NewsMap::read(path).map_err(|why| {
        let help = "as in\n[symbols]\nBTC = \"binance:BTCUSDT\"\n[names]\nbitcoin = \
                    \"binance:BTCUSDT\"";
        at.get("map").error(why).label("this file").help(help)
    })
}

/// Looks at a source of news.
pub(super) fn survey(
    cx: &Context<'_>,
    file: &FileSource,
    format: NewsFormat,
    at: &Cursor<'_, '_>,
) -> Result<(Stories, Vec<InstrumentId>), JobError> {
    let mut files = NewsFiles::new(format, sources::files(cx, file, at)?);
    let (ids, about) = match format {
        NewsFormat::Stocknet => tweets(file, at)?,
        NewsFormat::Jsonl | NewsFormat::Csv => (articles(file, at)?, None),
    };
    if let Some(columns) = &file.columns {
        fields(columns, &mut files.fields);
    }
    files.seen_after = file.seen_after;
    files.fold = file.duplicates.unwrap_or(files.fold);
    let map = match &file.map {
        None => NewsMap::default(),
        Some(path) => map(path, at)?,
    };
    Ok((Stories { files, map, about }, ids))
}

/// The instruments of articles that name theirs.
fn articles(file: &FileSource, at: &Cursor<'_, '_>) -> Result<Vec<InstrumentId>, JobError> {
    for (key, given) in [("venue", &file.venue), ("symbol", &file.symbol)] {
        if given.is_some() {
            return Err(at
                .get(key)
                .key_error(format!("`{key}` does not go with news: articles name instruments"))
                .label("not with this format")
                .help("name the instruments: instruments = [\"venue:symbol\"]"));
        }
    }
    let Some(names) = &file.instruments else {
        return Err(at
            .key_error("news may be about any instruments")
            .label("`instruments` is needed here")
            .help("name those that count: instruments = [\"binance:BTCUSDT\"]"));
    };
    let at = at.get("instruments");
    if names.is_empty() {
        return Err(at.error("the list names no instrument").label("empty"));
    }
    names.iter().enumerate().map(|(i, name)| sources::id(name, &at.get(i))).collect()
}

/// The instrument of tweets, which do not name it.
fn tweets(
    file: &FileSource,
    at: &Cursor<'_, '_>,
) -> Result<(Vec<InstrumentId>, Option<InstrumentId>), JobError> {
    let (Some(venue), Some(symbol)) = (&file.venue, &file.symbol) else {
        return Err(at
            .key_error("files of stocknet hold the tweets about one instrument")
            .label("`venue` and `symbol` are needed here")
            .help("add venue = \"nasdaq\", symbol = \"AMZN\""));
    };
    for (key, given) in [
        ("instruments", file.instruments.is_some()),
        ("columns", file.columns.is_some()),
        ("seen_after", file.seen_after.is_some()),
    ] {
        if given {
            return Err(at
                .get(key)
                .key_error(format!("`{key}` does not go with stocknet"))
                .label("not with this format"));
        }
    }
    let id = sources::id(&format!("{venue}:{symbol}"), &at.get("symbol"))?;
    Ok((vec![id.clone()], Some(id)))
}

fn fields(columns: &NewsColumns, fields: &mut NewsFields) {
    let NewsColumns { headline, body, source, url, symbols, published, first_seen } = columns;
    for (name, field) in [
        (headline, &mut fields.headline),
        (body, &mut fields.body),
        (source, &mut fields.source),
        (url, &mut fields.url),
        (symbols, &mut fields.symbols),
        (published, &mut fields.published),
        (first_seen, &mut fields.first_seen),
    ] {
        if let Some(name) = name {
            name.clone_into(field);
        }
    }
}

/// Refuses what only news have.
pub(super) fn refuse(file: &FileSource, at: &Cursor<'_, '_>) -> Result<(), JobError> {
    for (key, given) in [
        ("map", file.map.is_some()),
        ("columns", file.columns.is_some()),
        ("seen_after", file.seen_after.is_some()),
        ("duplicates", file.duplicates.is_some()),
    ] {
        if given {
            return Err(at
                .get(key)
                .key_error(format!("`{key}` goes with news only"))
                .label("not with this format")
                .help("formats of news are news, news_csv and stocknet"));
        }
    }
    Ok(())
}
