//! Files of one instrument that do not name it as jobs do.

use super::{
    Context, news,
    sources::{Supply, SupplyKind, files, id},
};
use crate::spec::{JobError, document::Cursor, raw::FileSource, suggest};
use pipeline::sources::{hftbacktest::VENUES, lobster::messages};

/// Looks at a source of feeds that hftbacktest's collector wrote.
pub(super) fn hftbacktest(
    cx: &Context<'_>,
    file: &FileSource,
    rank: usize,
    at: &Cursor<'_, '_>,
) -> Result<Supply, JobError> {
    news::refuse(file, at)?;
    let (Some(venue), Some(symbol)) = (&file.venue, &file.symbol) else {
        return Err(at
            .key_error("hftbacktest files do not name their instrument")
            .label("`venue` and `symbol` are needed here")
            .help("add venue = \"binance_usdm\", symbol = \"BTCUSDT\""));
    };
    if file.instruments.is_some() {
        return Err(at
            .get("instruments")
            .key_error("hftbacktest files hold one instrument: `venue` and `symbol` name it")
            .label("not with this format"));
    }
    let venues = VENUES;
    if !venues.contains(&venue.as_str()) {
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
    news::refuse(file, at)?;
    let (Some(venue), Some(symbol)) = (&file.venue, &file.symbol) else {
        return Err(at
            .key_error("files of lobster do not name a venue as jobs do")
            .label("`venue` and `symbol` are needed here")
            .help("add venue = \"nasdaq\", symbol = \"AAPL\""));
    };
    if file.instruments.is_some() {
        return Err(at
            .get("instruments")
            .key_error("files of lobster hold one instrument: `venue` and `symbol` name it")
            .label("not with this format"));
    }
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
