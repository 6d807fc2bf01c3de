//! Files of one instrument that do not name it as jobs do.

use super::{
    Context, news,
    sources::{Supply, SupplyKind, files, id},
};
use crate::spec::{JobError, document::Cursor, raw::FileSource, suggest};
use pipeline::sources::{hftbacktest::VENUES, lobster::messages};

/// Venue and symbol of files of a format, which hold one instrument and do not name it.
fn named<'f>(
    file: &'f FileSource,
    at: &Cursor<'_, '_>,
    [format, venue, symbol]: [&str; 3],
) -> Result<[&'f str; 2], JobError> {
    news::refuse(file, at)?;
    if file.instruments.is_some() {
        return Err(at
            .get("instruments")
            .key_error(format!("{format} files hold one instrument: `venue` and `symbol` name it"))
            .label("not with this format"));
    }
    match (&file.venue, &file.symbol) {
        (Some(venue), Some(symbol)) => Ok([venue, symbol]),
        _ => Err(at
            .key_error(format!("{format} files do not name venue and symbol as jobs do"))
            .label("`venue` and `symbol` are needed here")
            .help(format!("add venue = \"{venue}\", symbol = \"{symbol}\""))),
    }
}

/// Looks at a source of feeds that hftbacktest's collector wrote.
pub(super) fn hftbacktest(
    cx: &Context<'_>,
    file: &FileSource,
    rank: usize,
    at: &Cursor<'_, '_>,
) -> Result<Supply, JobError> {
    let [venue, symbol] = named(file, at, ["hftbacktest", "binance_usdm", "BTCUSDT"])?;
    let venues = VENUES;
    if !venues.contains(&venue) {
        return Err(at
            .get("venue")
            .error(format!("hftbacktest files of `{venue}` cannot be read"))
            .label("not a venue of this format")
            .help_if(suggest::help(venue, &venues, "venues")));
    }
    let id = id(&format!("{venue}:{symbol}"), &at.get("symbol"))?;
    let paths = files(cx, file, at)?;
    Ok(Supply {
        name: format!("hftbacktest.{rank}"),
        kind: SupplyKind::Hftbacktest(paths),
        instruments: vec![(id, None)],
        quotes: Some(true),
        by_order: Some(false),
        candles: Some(false),
        one_clock: false,
    })
}

/// Looks at a source of LOBSTER's files.
pub(super) fn lobster(
    cx: &Context<'_>,
    file: &FileSource,
    rank: usize,
    at: &Cursor<'_, '_>,
) -> Result<Supply, JobError> {
    let [venue, symbol] = named(file, at, ["lobster", "nasdaq", "AAPL"])?;
    let id = id(&format!("{venue}:{symbol}"), &at.get("symbol"))?;
    Ok(Supply {
        name: format!("lobster.{rank}"),
        kind: SupplyKind::Lobster(messages(&files(cx, file, at)?)),
        instruments: vec![(id, None)],
        quotes: Some(true),
        by_order: Some(true),
        candles: Some(false),
        one_clock: true,
    })
}
