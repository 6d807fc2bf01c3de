//! Which instruments a capture is of.

use super::event::{Body, Said};
use super::exchange;
use super::read::places;
use super::runs::{Merge, survey};
use crate::sources::SourceError;
use schemas::InstrumentId;
use std::collections::BTreeMap;
use std::path::Path;

/// How fine the numbers of an instrument are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Named {
    /// Decimal places of prices.
    pub price: u8,
    /// Decimal places of quantities.
    pub quantity: u8,
}

/// The instruments that a capture has trades or books of, by reading it once; those whose names
/// cannot be one are left out.
///
/// # Errors
/// As [`super::Cryptofeed::open`].
pub fn named(
    path: &Path,
    venue: Option<&str>,
) -> Result<BTreeMap<InstrumentId, Named>, SourceError> {
    let (name, mut reader) = exchange(path)?;
    let venue = venue.unwrap_or(name);
    let mut found: BTreeMap<(&'static str, String), Named> = BTreeMap::new();
    // By time, as it is read: what a message says may depend on those before it.
    let mut lines = Merge::new(path, survey(path)?);
    while let Some(line) = lines.next()? {
        let Ok(frame) = line.frame else { continue };
        let mut said = Said::new(None);
        if !frame.kind.speaks() || reader.read(&frame, &mut said).is_err() {
            continue;
        }
        for event in &said.events {
            let symbol = event.symbol.to_string();
            let named = found.entry((event.market, symbol)).or_default();
            let mut take = |price: &str, quantity: &str| {
                named.price = named.price.max(places(price).unwrap_or(0));
                named.quantity = named.quantity.max(places(quantity).unwrap_or(0));
            };
            match &event.body {
                Body::Trade { price, quantity, .. } => take(price, quantity),
                Body::Quote { bid, ask, .. } => {
                    take(bid.0, bid.1);
                    take(ask.0, ask.1);
                }
                Body::Book { levels, .. } => {
                    let levels = said.levels[levels.clone()].iter();
                    levels.for_each(|level| take(&level.price, &level.quantity));
                }
                Body::Orders(orders) => {
                    orders.iter().for_each(|order| take(&order.price, &order.quantity));
                }
            }
        }
    }
    let id = |((market, symbol), named): ((&str, String), Named)| {
        Some((format!("{venue}{market}:{symbol}").parse::<InstrumentId>().ok()?, named))
    };
    Ok(found.into_iter().filter_map(id).collect())
}
