//! Files whose records say of which instrument they are.

use super::{
    Context, news,
    sources::{Supply, SupplyKind, files, id},
};
use crate::spec::{JobError, document::Cursor, raw::FileSource};
use pipeline::sources::cryptofeed;
use schemas::{Instrument, InstrumentId};

/// Looks at a source of records in the JSON of topics.
pub(super) fn jsonl(
    cx: &Context<'_>,
    file: &FileSource,
    rank: usize,
    at: &Cursor<'_, '_>,
) -> Result<Supply, JobError> {
    news::refuse(file, at)?;
    for (key, given) in [("venue", &file.venue), ("symbol", &file.symbol)] {
        if given.is_some() {
            return Err(at
                .get(key)
                .key_error(format!("`{key}` does not go with jsonl: each record has its own"))
                .label("not with this format")
                .help("name the instruments: instruments = [\"venue:symbol\"]"));
        }
    }
    let wanted = wanted(file, "jsonl files", "binance:BTCUSDT", at)?;
    let kind = SupplyKind::Jsonl(files(cx, file, at)?);
    let instruments = named(wanted, at)?;
    let (name, candles, one_clock) = (format!("jsonl.{rank}"), None, false);
    Ok(Supply { name, kind, instruments, quotes: None, by_order: None, candles, one_clock })
}

/// Looks at a source of captures of cryptofeed.
pub(super) fn captures(
    cx: &Context<'_>,
    file: &FileSource,
    rank: usize,
    at: &Cursor<'_, '_>,
) -> Result<Supply, JobError> {
    news::refuse(file, at)?;
    if file.symbol.is_some() {
        return Err(at
            .get("symbol")
            .key_error("`symbol` does not go with cryptofeed: each message has its own")
            .label("not with this format")
            .help("name the instruments: instruments = [\"kraken:XBT/USD\"]"));
    }
    let wanted = wanted(file, "captures", "kraken:XBT/USD", at)?;
    let venues = match &file.venue {
        Some(venue) => vec![venue.as_str()],
        None => cryptofeed::VENUES.to_vec(),
    };
    let kind = SupplyKind::Cryptofeed(files(cx, file, at)?, file.venue.clone());
    let instruments = named(wanted, at)?;
    // Segments of a market have names that go on.
    let of = |id: &InstrumentId| venues.iter().any(|venue| id.venue().starts_with(venue));
    if let Some(place) = instruments.iter().position(|(id, _)| !of(id)) {
        let venue = instruments[place].0.venue();
        return Err(at
            .get("instruments")
            .get(place)
            .error(format!("captures hold no instruments of `{venue}`"))
            .label("of another venue")
            .help(format!("these are read: {}", venues.join(", "))));
    }
    let name = format!("cryptofeed.{rank}");
    let told = |venue: &str| cryptofeed::BY_ORDER.contains(&venue);
    let count = instruments.iter().filter(|(id, _)| told(id.venue())).count();
    // What has another name here may be of any exchange.
    let by_order = match file.venue {
        None if count == instruments.len() => Some(true),
        None if count == 0 => Some(false),
        _ => None,
    };
    let (candles, one_clock) = (Some(false), false);
    Ok(Supply { name, kind, instruments, quotes: None, by_order, candles, one_clock })
}

/// The instruments that are read, which must be said.
fn wanted<'a>(
    file: &'a FileSource,
    what: &str,
    example: &str,
    at: &Cursor<'_, '_>,
) -> Result<&'a [String], JobError> {
    file.instruments.as_deref().ok_or_else(|| {
        at.key_error(format!("{what} may hold any instruments"))
            .label("`instruments` is needed here")
            .help(format!("name those that are read: instruments = [\"{example}\"]"))
    })
}

type Instruments = Vec<(InstrumentId, Option<Instrument>)>;

fn named(names: &[String], at: &Cursor<'_, '_>) -> Result<Instruments, JobError> {
    let at = at.get("instruments");
    if names.is_empty() {
        return Err(at.error("the list names no instrument").label("empty"));
    }
    names.iter().enumerate().map(|(i, name)| Ok((id(name, &at.get(i))?, None))).collect()
}
