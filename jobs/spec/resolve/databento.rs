//! Files of Databento: which instruments they hold.

use super::{
    Context, Files, news,
    sources::{Supply, SupplyKind, files, id},
};
use crate::spec::{JobError, document::Cursor, raw::FileSource, suggest};
use pipeline::sources::databento::{self, Held};
use std::collections::BTreeSet;

/// Looks at a source of Databento's files, whose heads name their instruments.
pub(super) fn survey(
    cx: &Context<'_>,
    file: &FileSource,
    rank: usize,
    at: &Cursor<'_, '_>,
) -> Result<Supply, JobError> {
    news::refuse(file, at)?;
    let Some(venue) = file.venue.clone() else {
        return Err(at
            .key_error("files of databento do not name a venue as jobs do")
            .label("`venue` is needed here")
            .help("add venue = \"glbx\", or whatever it is to be called"));
    };
    if file.symbol.is_some() {
        return Err(at
            .get("symbol")
            .key_error("files of databento name their symbols")
            .label("not with this format")
            .help("name those that are read: instruments = [\"venue:symbol\"]"));
    }
    let paths = files(cx, file, at)?;
    let (mut names, mut quotes, mut by_level) = (BTreeSet::new(), false, false);
    for path in &paths {
        match databento::symbols(path) {
            Ok(Held { symbols, quotes: has_quotes, by_order }) => {
                names.extend(symbols.iter().map(|symbol| format!("{venue}:{symbol}")));
                quotes |= has_quotes;
                by_level |= has_quotes && !by_order;
            }
            Err(_) if cx.files == Files::MayBeAbsent && !path.exists() => {}
            Err(error) => {
                return Err(at.get("paths").error(error.to_string()).label("not read"));
            }
        }
    }
    let instruments = match &file.instruments {
        Some(wanted) => {
            let at = at.get("instruments");
            let known: Vec<&str> = names.iter().map(String::as_str).collect();
            let each = wanted.iter().enumerate().map(|(i, name)| {
                if names.contains(name) || names.is_empty() {
                    return id(name, &at.get(i));
                }
                let error = at.get(i).error(format!("no file holds `{name}`"));
                Err(error.label("not in the files").help_if(suggest::help(name, &known, "held")))
            });
            each.collect::<Result<Vec<_>, _>>()?
        }
        None => {
            let ids = names.iter().map(|name| id(name, &at.get("venue")));
            ids.collect::<Result<Vec<_>, _>>()?
        }
    };
    if instruments.is_empty() {
        return Err(at.get("paths").error("the files name no instrument").label("empty"));
    }
    Ok(Supply {
        name: format!("databento.{rank}"),
        kind: SupplyKind::Databento { venue, paths },
        instruments: instruments.into_iter().map(|id| (id, None)).collect(),
        quotes: Some(quotes),
        by_order: Some(quotes && !by_level),
        candles: Some(false),
        one_clock: false,
    })
}
