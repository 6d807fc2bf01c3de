//! Files of rows and columns: what their columns mean, and which instruments they are of.

use super::{Context, sources};
use crate::spec::{JobError, document::Cursor, files::layout, raw::FileSource};
use pipeline::sources::{
    SourceKind,
    columns::{Layout, Record, symbol_in},
};
use schemas::InstrumentId;
use std::{collections::BTreeMap, path::PathBuf};

/// Files of one layout.
pub(super) struct Rows {
    layout: Layout,
    venue: String,
    /// Files of each partition, and the one instrument that they are of unless a column names it.
    files: Vec<(Vec<PathBuf>, Option<InstrumentId>)>,
}

impl Rows {
    /// Does no column say when a row was received?
    pub fn is_of_one_clock(&self) -> bool {
        self.layout.received.is_none()
    }

    /// As a source, with the places of its instruments.
    pub fn resolved(&self, place: &dyn Fn(&InstrumentId) -> u32) -> SourceKind {
        let files = self.files.iter();
        SourceKind::Columns {
            layout: Box::new(self.layout.clone()),
            venue: self.venue.clone(),
            files: files.map(|(paths, id)| (paths.clone(), id.as_ref().map(place))).collect(),
        }
    }
}

/// Looks at a source of such files: the files, their instruments, and what a row is.
pub(super) fn survey(
    cx: &Context<'_>,
    file: &FileSource,
    format: &str,
    at: &Cursor<'_, '_>,
) -> Result<(Rows, Vec<InstrumentId>, Record), JobError> {
    let layout = match (Layout::built_in(format), &file.mapping) {
        (Some(layout), _) => layout,
        (None, Some(path)) => layout(path).map_err(|why| {
            let help = "as in\nrecord = \"trade\"\ntime = { column = \"date\" }\ncolumns = { \
                        price = \"px\", quantity = \"qty\" }";
            at.get("mapping").error(why).label("this file").help(help)
        })?,
        (None, None) => {
            return Err(at
                .key_error("files of columns do not say what these mean")
                .label("`mapping` is needed here")
                .help("name a file that does: mapping = \"columns.toml\""));
        }
    };
    let Some(venue) = file.venue.clone() else {
        return Err(at
            .key_error(format!("files of {format} do not name their venue"))
            .label("`venue` is needed here")
            .help("add venue = \"binance\""));
    };
    let paths = sources::files(cx, file, at)?;
    let record = layout.record;
    if layout.symbol.is_some() {
        let ids = named(file, at)?;
        return Ok((Rows { layout, venue, files: vec![(paths, None)] }, ids, record));
    }
    if file.instruments.is_some() {
        return Err(at
            .get("instruments")
            .key_error("no column of these files is the symbol: `symbol` or their names say it")
            .label("not with this format"));
    }
    let id = |symbol: &str, at: &Cursor<'_, '_>| sources::id(&format!("{venue}:{symbol}"), at);
    let mut by_id: BTreeMap<InstrumentId, Vec<PathBuf>> = BTreeMap::new();
    for path in paths {
        let id = match (&file.symbol, symbol_in(&path)) {
            (Some(symbol), _) => id(symbol, &at.get("symbol"))?,
            (None, Some(symbol)) => id(symbol, &at.get("paths"))?,
            (None, None) => {
                return Err(at
                    .get("paths")
                    .error(format!("the name of {} begins with no symbol", path.display()))
                    .label("of which instrument?")
                    .help("add symbol = \"BTCUSDT\""));
            }
        };
        by_id.entry(id).or_default().push(path);
    }
    let ids = by_id.keys().cloned().collect();
    let files = by_id.into_iter().map(|(id, paths)| (paths, Some(id))).collect();
    Ok((Rows { layout, venue, files }, ids, record))
}

/// The instruments that are read where a column says of which a row is.
fn named(file: &FileSource, at: &Cursor<'_, '_>) -> Result<Vec<InstrumentId>, JobError> {
    if file.symbol.is_some() {
        return Err(at
            .get("symbol")
            .key_error("a column of these files is the symbol")
            .label("not with this mapping")
            .help("name the instruments: instruments = [\"venue:symbol\"]"));
    }
    let names = file.instruments.as_deref().unwrap_or_default();
    if names.is_empty() {
        return Err(at
            .key_error("files with a column of symbols may hold any instruments")
            .label("`instruments` is needed here")
            .help("name those that are read: instruments = [\"binance:BTCUSDT\"]"));
    }
    let at = at.get("instruments");
    names.iter().enumerate().map(|(i, name)| sources::id(name, &at.get(i))).collect()
}
