//! Instruments: who is in the sources, and the facts of each.

use super::{Context, sources::Supply};
use crate::spec::{
    JobError,
    document::Cursor,
    raw::{Decimal, InstrumentFacts},
    suggest,
};
use schemas::{
    Instrument, InstrumentId, Price, Text,
    decimal::{DecimalError, parse_scaled},
    instrument::Kind,
};
use std::collections::BTreeMap;

/// Decimal places of prices and quantities when nothing says otherwise: as fine as crypto venues
/// quote.
const SCALE: u8 = 8;

/// Most decimal places: a product of price and quantity still fits 128 bits as money.
const SCALE_MAX: u8 = 12;

/// Quote currencies that end symbols without a mark between the two.
const QUOTES: [&str; 10] =
    ["USDT", "USDC", "FDUSD", "BUSD", "TUSD", "USD", "EUR", "BTC", "ETH", "BNB"];

/// Facts that are built in: venue, symbol, tick, lot and US dollars of an inverse contract. Their
/// scales are those of every instrument; the rest follows from venue and symbol.
const BUILT_IN: [(&str, &str, &str, &str, u32); 6] = [
    ("binance", "BTCUSDT", "0.01", "0.00001", 1),
    ("binance", "ETHUSDT", "0.01", "0.0001", 1),
    ("binance_usdm", "BTCUSDT", "0.1", "0.001", 1),
    ("binance_usdm", "ETHUSDT", "0.01", "0.001", 1),
    ("binance_coinm", "BTCUSD_PERP", "0.1", "1", 100),
    ("binance_coinm", "ETHUSD_PERP", "0.01", "1", 10),
];

/// Binance's contracts whose quantity counts contracts of some dollars, and that pay in the coin.
const COIN_M: &str = "binance_coinm";

/// Where tick and lot come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The source has them, or the job file states them.
    Given,
    /// From the list in this file.
    BuiltIn,
    /// Nobody knows: it cannot be traded.
    Unknown,
}

/// An instrument and how sure its facts are.
pub(super) struct Known {
    /// Facts.
    pub instrument: Instrument,
    /// Where tick and lot come from.
    pub origin: Origin,
}

/// The facts of an instrument that are built in.
pub fn known_instrument(id: &InstrumentId) -> Option<Instrument> {
    let is = |(venue, symbol, ..): &&(&str, &str, &str, &str, u32)| {
        (id.venue(), id.symbol()) == (*venue, *symbol)
    };
    let (_, _, tick, lot, multiplier) = BUILT_IN.iter().find(is)?;
    let scaled = |text: &str| parse_scaled(text, SCALE).expect("written above");
    Some(Instrument {
        tick: scaled(tick),
        lot: scaled(lot),
        multiplier: i64::from(*multiplier),
        ..assumed_instrument(id)
    })
}

/// An instrument of which only the name is known: eight decimal places, tick and lot the
/// smallest that these can hold.
pub fn assumed_instrument(id: &InstrumentId) -> Instrument {
    let inverse = id.venue() == COIN_M;
    // BTCUSD_PERP, BTCUSD_240927: a pair and when it ends.
    let (pair, ends) = match id.symbol().split_once('_') {
        Some((pair, ends)) if inverse => (pair, Some(ends)),
        _ => (id.symbol(), None),
    };
    let (base, quote) = currencies(pair);
    // Upbit writes the quote currency first.
    let (base, quote) = if id.venue() == "upbit" { (quote, base) } else { (base, quote) };
    let linear = id.venue().ends_with("_usdm") || id.venue() == "bybit";
    let perpetual = linear || ends == Some("PERP");
    Instrument {
        id: id.clone(),
        settle: if inverse { base.clone() } else { quote.clone() },
        base,
        quote,
        kind: match (perpetual, inverse) {
            (true, _) => Kind::Perpetual,
            (false, true) => Kind::Future,
            (false, false) => Kind::Spot,
        },
        price_scale: SCALE,
        quantity_scale: SCALE,
        tick: 1,
        lot: 1,
        multiplier: 1,
        inverse,
    }
}

fn currencies(symbol: &str) -> (Text, Text) {
    if let Some((base, quote)) = symbol.split_once(['-', '/', '_']) {
        return (base.into(), quote.into());
    }
    let known = QUOTES.iter().find(|quote| symbol.len() > quote.len() && symbol.ends_with(**quote));
    match known {
        Some(quote) => (symbol[..symbol.len() - quote.len()].into(), (*quote).into()),
        None => (symbol.into(), "USD".into()),
    }
}

/// All instruments of the sources, ascending by id.
pub(super) fn resolve(cx: &Context<'_>, supplies: &[Supply]) -> Result<Vec<Known>, JobError> {
    let mut found: BTreeMap<InstrumentId, Known> = BTreeMap::new();
    for (id, facts) in supplies.iter().flat_map(|supply| &supply.instruments) {
        let known = found.entry(id.clone()).or_insert_with(|| first_guess(id));
        let Some(facts) = facts else { continue };
        match known.origin {
            Origin::Given => {}
            _ if facts.tick != 1 || facts.lot != 1 => {
                *known = Known { instrument: facts.clone(), origin: Origin::Given };
            }
            // What was recorded without knowing tick and lot says how fine its numbers are.
            Origin::Unknown => known.instrument = facts.clone(),
            Origin::BuiltIn => {}
        }
    }
    let section = cx.at("instruments");
    for (name, facts) in &cx.spec.instruments {
        let at = section.get(name);
        let id: InstrumentId =
            name.parse().map_err(|e: schemas::instrument::InstrumentIdError| {
                at.key_error(e.to_string()).label("not an instrument")
            })?;
        match found.get_mut(&id) {
            Some(known) => state(known, facts, &at)?,
            None => {
                let names: Vec<&str> = found.keys().map(|id| &**id.text()).collect();
                return Err(at
                    .key_error(format!("no source supplies `{name}`"))
                    .label("not in the sources")
                    .help_if(suggest::help(name, &names, "instruments")));
            }
        }
    }
    Ok(found.into_values().collect())
}

fn first_guess(id: &InstrumentId) -> Known {
    match known_instrument(id) {
        Some(instrument) => Known { instrument, origin: Origin::BuiltIn },
        None => Known { instrument: assumed_instrument(id), origin: Origin::Unknown },
    }
}

/// Puts what the job file states over what is known.
fn state(known: &mut Known, facts: &InstrumentFacts, at: &Cursor<'_, '_>) -> Result<(), JobError> {
    let old = known.instrument.clone();
    let new = &mut known.instrument;
    for (scale, stated, key) in [
        (&mut new.price_scale, facts.price_scale, "price_scale"),
        (&mut new.quantity_scale, facts.quantity_scale, "quantity_scale"),
    ] {
        *scale = stated.unwrap_or(*scale);
        if *scale > SCALE_MAX {
            let message = format!("at most {SCALE_MAX} decimal places fit");
            return Err(at.get(key).error(message).label("too many"));
        }
    }
    let step = |stated: &Option<Decimal>, key: &str, old: Price, scale: u8| {
        let text = stated.as_ref().map_or_else(|| old.to_string(), |d| d.0.clone());
        let refuse = |why: String| Err(at.get(key).error(why).label("not a step"));
        match (parse_scaled(&text, scale), stated) {
            (Ok(step), _) if step > 0 => Ok(step),
            (Ok(_), _) => refuse(format!("the {key} must be more than zero")),
            // The finest step that the scale holds stands for one that is not known.
            (Err(DecimalError::TooFine(_)), None) if known.origin == Origin::Unknown => Ok(1),
            (Err(error), _) => refuse(format!("the {key} {text} is {error}")),
        }
    };
    let (tick, lot) =
        (Price::new(old.tick, old.price_scale), Price::new(old.lot, old.quantity_scale));
    new.tick = step(&facts.tick, "tick", tick, new.price_scale)?;
    new.lot = step(&facts.lot, "lot", lot, new.quantity_scale)?;
    let text = |stated: &Option<String>, old: Text| stated.as_deref().map_or(old, Text::from);
    new.base = text(&facts.base, old.base);
    new.quote = text(&facts.quote, old.quote);
    new.kind = facts.kind.unwrap_or(old.kind);
    new.inverse = facts.inverse.unwrap_or(old.inverse);
    let currencies = facts.base.is_some() || facts.quote.is_some() || facts.inverse.is_some();
    let natural = if new.inverse { &new.base } else { &new.quote };
    let settle = if currencies { natural.clone() } else { old.settle };
    new.settle = text(&facts.settle, settle);
    if facts.multiplier == Some(0) {
        let why = "the multiplier must be more than zero";
        return Err(at.get("multiplier").error(why).label("zero"));
    }
    new.multiplier = facts.multiplier.map_or(old.multiplier, i64::from);
    if facts.tick.is_some() && facts.lot.is_some() {
        known.origin = Origin::Given;
    }
    Ok(())
}

/// The error of an instrument that is traded without known tick and lot.
pub(super) fn unknown_facts(id: &InstrumentId, at: &Cursor<'_, '_>) -> JobError {
    at.error(format!("tick and lot of `{id}` are not known, so it cannot be traded"))
        .label("traded here")
        .help(format!("add\n[instruments.\"{id}\"]\ntick = \"0.01\"\nlot = \"0.001\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_in_is_what_the_venues_say() {
        let known = |text: &str| known_instrument(&text.parse().unwrap());
        let btc = known("binance_usdm:BTCUSDT").unwrap();
        assert_eq!((btc.price_f64(btc.tick), btc.quantity_f64(btc.lot)), (0.1, 0.001));
        assert_eq!((&*btc.base, &*btc.settle, btc.kind), ("BTC", "USDT", Kind::Perpetual));
        let eth = known("binance:ETHUSDT").unwrap();
        assert_eq!((eth.price_f64(eth.tick), eth.quantity_f64(eth.lot)), (0.01, 0.0001));
        assert_eq!(known("kraken:BTCUSDT"), None);
        assert_eq!(known("binance:BTCUSDC"), None);
    }

    #[test]
    fn currencies_are_read_from_the_symbol() {
        let of = |symbol| {
            let (base, quote) = currencies(symbol);
            (base.to_string(), quote.to_string())
        };
        assert_eq!(of("BTCUSDT"), ("BTC".to_owned(), "USDT".to_owned()));
        assert_eq!(of("ETH-EUR"), ("ETH".to_owned(), "EUR".to_owned()));
        assert_eq!(of("USDT"), ("USDT".to_owned(), "USD".to_owned()));
    }
}
