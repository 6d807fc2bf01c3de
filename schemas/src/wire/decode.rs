//! Records as messages.

use super::raw::{Head, Raw, Str};
use super::{Body, Message, VERSION, WireError, quick};
use crate::chunk::{Candle, NO_ID, NO_TIME, OrderRow, Other};
use crate::decimal::parse_scaled;
use crate::records::{OrderAction, TradeKind};
use crate::{EventTime, Instrument, Side};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// Finds an instrument by venue and symbol: its place in the plan's list and its facts.
pub type Lookup<'f, 'i> = dyn Fn(&str, &str) -> Option<(u32, &'i Instrument)> + 'f;

/// Reads a record.
///
/// # Errors
/// When the text is no record of a known type and version, lacks a field, holds a number that is
/// not exact at the instrument's scales, or is about an instrument that `lookup` does not know.
pub fn decode_line<'a>(text: &'a str, lookup: &Lookup<'_, '_>) -> Result<Message<'a>, WireError> {
    match quick::decode(text, lookup) {
        Some(message) => Ok(message),
        None => decode_long(text, lookup),
    }
}

/// Reads any record.
pub(super) fn decode_long<'a>(
    text: &'a str,
    lookup: &Lookup<'_, '_>,
) -> Result<Message<'a>, WireError> {
    let raw: Raw<'a> = serde_json::from_str(text).map_err(|error| read_head(text, error))?;
    let kind = Kind::of(raw.kind.as_ref(), raw.version)?;
    let ts = need(time("ts", raw.ts.as_ref())?, "ts")?;
    let exchange_ts = time("exchange_ts", raw.exchange_ts.as_ref())?;
    if kind == Kind::Heartbeat {
        return Ok(Message { ts, exchange_ts, instrument: None, body: Body::Heartbeat });
    }
    let known = match (&raw.venue, &raw.symbol) {
        (None, None) if kind.is_general() => None,
        (venue, symbol) => {
            let venue = &need(venue.as_ref(), "venue")?.0;
            let symbol = &need(symbol.as_ref(), "symbol")?.0;
            let unknown = || {
                let (venue, symbol) = (venue.to_string(), symbol.to_string());
                WireError::Instrument { venue, symbol, ts }
            };
            Some(lookup(venue, symbol).ok_or_else(unknown)?)
        }
    };
    let body = match (kind, known) {
        (Kind::News, _) => news(raw)?,
        (Kind::Metric, _) => metric(&raw)?,
        (Kind::Trade, Some((_, facts))) => trade(raw, facts)?,
        (Kind::Quote, Some((_, facts))) => quote(&raw, facts)?,
        (Kind::Snapshot, Some((_, facts))) => book(&raw, facts, true)?,
        (Kind::Delta, Some((_, facts))) => book(&raw, facts, false)?,
        (Kind::Order, Some((_, facts))) => Body::Order(order(&raw, facts)?),
        (Kind::Funding, Some((_, facts))) => funding(&raw, facts)?,
        (Kind::Candle, Some((_, facts))) => candle(&raw, facts)?,
        (_, None) | (Kind::Heartbeat, _) => unreachable!("dealt with above"),
    };
    Ok(Message { ts, exchange_ts, instrument: known.map(|(place, _)| place), body })
}

/// Types of records.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Trade,
    Quote,
    Snapshot,
    Delta,
    Order,
    News,
    Funding,
    Candle,
    Metric,
    Heartbeat,
}

impl Kind {
    fn of(kind: Option<&Str<'_>>, version: Option<u64>) -> Result<Kind, WireError> {
        let kind = &need(kind, "type")?.0;
        match need(version, "version")? {
            VERSION => {}
            other => return Err(WireError::Version(other)),
        }
        Ok(match &**kind {
            "trade" => Kind::Trade,
            "quote" => Kind::Quote,
            "book_snapshot" => Kind::Snapshot,
            "book_delta" => Kind::Delta,
            "book_order" => Kind::Order,
            "news" => Kind::News,
            "funding" => Kind::Funding,
            "candle" => Kind::Candle,
            "metric" => Kind::Metric,
            "heartbeat" => Kind::Heartbeat,
            _ => return Err(WireError::Type(kind.to_string())),
        })
    }

    /// May it belong to no instrument?
    fn is_general(self) -> bool {
        matches!(self, Kind::News | Kind::Metric)
    }
}

/// The fields are not as they are to be: perhaps because the version or the type is another.
fn read_head(text: &str, error: serde_json::Error) -> WireError {
    let head = serde_json::from_str::<Head<'_>>(text).ok();
    let known = head.map(|head| Kind::of(head.kind.as_ref(), head.version));
    match known {
        Some(Err(error @ (WireError::Version(_) | WireError::Type(_)))) => error,
        _ => WireError::Json(error),
    }
}

fn trade<'a>(raw: Raw<'a>, facts: &Instrument) -> Result<Body<'a>, WireError> {
    const SIDES: &str = "buy and sell";
    const KINDS: &str = "market, liquidation, adl and auction";
    let price = price("price", raw.price.as_ref(), facts)?;
    let quantity = quantity("quantity", raw.quantity.as_ref(), facts)?;
    if quantity == 0 {
        return Err(too_low("quantity", raw.quantity.as_ref()));
    }
    let side = one_of("side", raw.side.as_ref(), Side::ALL, Side::as_str, SIDES)?;
    let kind = raw.trade_kind.as_ref();
    let kind = one_of("kind", kind, TradeKind::ALL, TradeKind::as_str, KINDS)?;
    let kind = kind.unwrap_or(TradeKind::Market);
    let id = raw.trade_id.map_or(Cow::Borrowed(""), |id| id.0);
    Ok(Body::Trade { price, quantity, side, kind, id })
}

fn quote<'a>(raw: &Raw<'a>, facts: &Instrument) -> Result<Body<'a>, WireError> {
    let side =
        |names: [&'static str; 2], at: Option<&Str<'_>>, much: Option<&Str<'_>>| match quantity(
            names[1], much, facts,
        )? {
            0 => Ok((0, 0)),
            much => Ok::<_, WireError>((price(names[0], at, facts)?, much)),
        };
    let bid =
        side(["bid_price", "bid_quantity"], raw.bid_price.as_ref(), raw.bid_quantity.as_ref())?;
    let ask =
        side(["ask_price", "ask_quantity"], raw.ask_price.as_ref(), raw.ask_quantity.as_ref())?;
    let update_id = id("update_id", raw.update_id.as_ref())?;
    Ok(Body::Quote { bid, ask, update_id })
}

fn book<'a>(raw: &Raw<'a>, facts: &Instrument, snapshot: bool) -> Result<Body<'a>, WireError> {
    let first = id("first_update_id", raw.first_update_id.as_ref())?;
    let previous = id("previous_update_id", raw.previous_update_id.as_ref())?;
    let last = id("update_id", raw.update_id.as_ref())?;
    let [first, previous, last] = [first, previous, last].map(|id| id.unwrap_or(NO_ID));
    let level = |level: &[Str<'_>; 2]| {
        let [at, much] = level;
        let at = price("price of a level", Some(at), facts)?;
        Ok::<_, WireError>((at, quantity("quantity of a level", Some(much), facts)?))
    };
    let bids = need(raw.bids.as_ref(), "bids")?.iter().map(level).collect::<Result<_, _>>()?;
    let asks = need(raw.asks.as_ref(), "asks")?.iter().map(level).collect::<Result<_, _>>()?;
    let (clear, gap) = (raw.clear.unwrap_or(false), raw.gap.unwrap_or(false));
    Ok(Body::Book { snapshot, clear, gap, ids: (first, previous, last), bids, asks })
}

fn order(raw: &Raw<'_>, facts: &Instrument) -> Result<OrderRow, WireError> {
    const SIDES: &str = "buy and sell";
    const ACTIONS: &str = "add, modify, cancel, fill, clear, nothing and gap";
    let action = raw.action.as_ref();
    let action = one_of("action", action, OrderAction::ALL, OrderAction::as_str, ACTIONS)?;
    let row = OrderRow::bare(need(action, "action")?, raw.last.unwrap_or(false));
    if row.is_bare() {
        return Ok(row);
    }
    let number = |field, text: Option<&Str<'_>>| match text {
        Some(Str(text)) => match text.parse() {
            Ok(number) if number != NO_ID && !text.starts_with('+') => Ok(Some(number)),
            _ => Err(WireError::Id { field, text: text.to_string() }),
        },
        None => Ok(None),
    };
    let side = one_of("side", raw.side.as_ref(), Side::ALL, Side::as_str, SIDES)?;
    let row = OrderRow {
        id: need(number("order_id", raw.order_id.as_ref())?, "order_id")?,
        priority: number("priority", raw.priority.as_ref())?.unwrap_or(NO_ID),
        side: Some(need(side, "side")?),
        price: price("price", raw.price.as_ref(), facts)?,
        quantity: quantity("quantity", raw.quantity.as_ref(), facts)?,
        ..row
    };
    match row.quantity {
        0 => Err(too_low("quantity", raw.quantity.as_ref())),
        _ => Ok(row),
    }
}

fn news<'a>(raw: Raw<'a>) -> Result<Body<'a>, WireError> {
    let owned = |text: Str<'_>| text.0.into_owned();
    Ok(Body::Other(Other::News {
        published_ts: time("published_ts", raw.published_ts.as_ref())?,
        source: owned(need(raw.source, "source")?),
        headline: owned(need(raw.headline, "headline")?),
        body: raw.body.map(owned),
        url: raw.url.map(owned),
    }))
}

fn funding<'a>(raw: &Raw<'a>, facts: &Instrument) -> Result<Body<'a>, WireError> {
    let mark = raw.mark_price.as_ref();
    Ok(Body::Other(Other::Funding {
        rate: number("rate", raw.rate)?,
        mark_price: mark.map(|text| price("mark_price", Some(text), facts)).transpose()?,
        next_ts: time("next_ts", raw.next_ts.as_ref())?,
    }))
}

fn candle<'a>(raw: &Raw<'a>, facts: &Instrument) -> Result<Body<'a>, WireError> {
    let at = |name, text: &Option<Str<'_>>| price(name, text.as_ref(), facts);
    let bought = raw.buy_volume.as_ref();
    let candle = Candle {
        open_ts: need(time("open_ts", raw.open_ts.as_ref())?, "open_ts")?,
        close_ts: need(time("close_ts", raw.close_ts.as_ref())?, "close_ts")?,
        prices: [
            at("open", &raw.open)?,
            at("high", &raw.high)?,
            at("low", &raw.low)?,
            at("close", &raw.close)?,
        ],
        volume: quantity("volume", raw.volume.as_ref(), facts)?,
        buy_volume: bought.map(|text| quantity("buy_volume", Some(text), facts)).transpose()?,
        trades: raw.trades,
    };
    match candle.fault() {
        Some(fault) => Err(WireError::Candle(fault)),
        None => Ok(Body::Other(Other::Candle(candle))),
    }
}

fn metric<'a>(raw: &Raw<'a>) -> Result<Body<'a>, WireError> {
    let name = need(raw.name.as_ref(), "name")?.0.to_string();
    Ok(Body::Other(Other::Metric { name, value: number("value", raw.value)? }))
}

fn need<T>(value: Option<T>, field: &'static str) -> Result<T, WireError> {
    value.ok_or(WireError::Missing(field))
}

fn time(field: &'static str, text: Option<&Str<'_>>) -> Result<Option<EventTime>, WireError> {
    let Some(Str(text)) = text else { return Ok(None) };
    match text.parse() {
        Ok(ns) if ns != NO_TIME && !text.starts_with('+') => Ok(Some(EventTime(ns))),
        _ => Err(WireError::Time { field, text: text.to_string() }),
    }
}

fn id(field: &'static str, text: Option<&Str<'_>>) -> Result<Option<u64>, WireError> {
    let Some(Str(text)) = text else { return Ok(None) };
    match text.parse() {
        Ok(id) if id <= i64::MAX as u64 && !text.starts_with('+') => Ok(Some(id)),
        _ => Err(WireError::Id { field, text: text.to_string() }),
    }
}

fn price(
    field: &'static str,
    text: Option<&Str<'_>>,
    facts: &Instrument,
) -> Result<i64, WireError> {
    match decimal(field, text, facts.price_scale)? {
        price @ 1.. => Ok(price),
        _ => Err(too_low(field, text)),
    }
}

fn quantity(
    field: &'static str,
    text: Option<&Str<'_>>,
    facts: &Instrument,
) -> Result<i64, WireError> {
    match decimal(field, text, facts.quantity_scale)? {
        quantity @ 0.. => Ok(quantity),
        _ => Err(too_low(field, text)),
    }
}

fn decimal(field: &'static str, text: Option<&Str<'_>>, scale: u8) -> Result<i64, WireError> {
    let text = &need(text, field)?.0;
    parse_scaled(text, scale).map_err(|error| {
        let text = text.to_string();
        WireError::Decimal { field, text, error }
    })
}

fn too_low(field: &'static str, text: Option<&Str<'_>>) -> WireError {
    WireError::TooLow { field, text: text.map_or(String::new(), |text| text.0.to_string()) }
}

/// The nearest double; null is none.
fn number(field: &'static str, value: Option<&RawValue>) -> Result<f64, WireError> {
    let text = need(value, field)?.get();
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        _ if text == "null" => Ok(f64::NAN),
        _ => Err(WireError::Value { field, text: text.to_owned(), known: "JSON numbers and null" }),
    }
}

fn one_of<T: Copy>(
    field: &'static str,
    text: Option<&Str<'_>>,
    all: &[T],
    name: fn(T) -> &'static str,
    known: &'static str,
) -> Result<Option<T>, WireError> {
    let Some(Str(text)) = text else { return Ok(None) };
    let found = all.iter().copied().find(|value| name(*value) == text);
    let wrong = || WireError::Value { field, text: text.to_string(), known };
    found.map(Some).ok_or_else(wrong)
}
