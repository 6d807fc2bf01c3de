//! Reading JSON of exchanges: numbers by their digits, whether they stand in quotes or not.

use super::event::Level;
use super::fault::{Fault, cut};
use crate::sources::columns::plain;
use schemas::chunk::NO_ID;
use schemas::decimal::parse_scaled;
use schemas::{DecimalError, EventTime};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// The text of a JSON string without escapes; of anything else its JSON.
pub(super) fn text(value: &RawValue) -> &str {
    let json = value.get();
    json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(json)
}

/// What must be there.
pub(super) fn need<T>(value: Option<T>, name: &'static str) -> Result<T, Fault> {
    value.ok_or(Fault::Missing(name))
}

/// A number of time since 1970 whose unit is `10^-places` seconds short of a nanosecond: 9 for
/// seconds, 6 for milliseconds, 3 for microseconds, 0 for nanoseconds.
pub(super) fn moment(text: &str, places: u8) -> Result<EventTime, Fault> {
    match scaled("time", text, places)? {
        0 => Err(Fault::Zero { what: "time" }),
        ns => Ok(EventTime(ns)),
    }
}

/// The same, where it need not be there.
pub(super) fn maybe_moment(
    value: Option<&RawValue>,
    places: u8,
) -> Result<Option<EventTime>, Fault> {
    value.map(|value| moment(text(value), places)).transpose()
}

/// A number that is not below zero, at a scale.
pub(super) fn scaled(what: &'static str, text: &str, scale: u8) -> Result<i64, Fault> {
    let wrong = |error| Fault::Number { what, text: cut(text), error };
    match plain(text).and_then(|text| parse_scaled(&text, scale)).map_err(wrong)? {
        value if value < 0 => Err(Fault::Negative { what, text: cut(text) }),
        value => Ok(value),
    }
}

/// An id as the lake can hold it.
pub(super) fn id(what: &'static str, value: Option<&RawValue>) -> Result<u64, Fault> {
    let text = text(need(value, what)?);
    let wrong = |error| Fault::Number { what, text: cut(text), error };
    match text.parse::<i64>() {
        Ok(id @ 0..) => Ok(id as u64),
        Ok(_) => Err(Fault::Negative { what, text: cut(text) }),
        Err(_) => Err(wrong(DecimalError::NotANumber)),
    }
}

/// The ids of a message that only says its last.
pub(super) fn last(id: u64) -> (u64, u64, u64) {
    (NO_ID, NO_ID, id)
}

/// Levels of a side, each a list that begins with price and quantity.
pub(super) fn levels<'a>(
    levels: &mut Vec<Level<'a>>,
    bid: bool,
    json: Option<&'a RawValue>,
) -> Result<(), Fault> {
    let Some(json) = json else { return Ok(()) };
    // Sides without levels are null on some exchanges.
    let all: Option<Vec<Vec<&'a RawValue>>> = serde_json::from_str(json.get())?;
    for level in all.unwrap_or_default() {
        let [price, quantity, ..] = level[..] else { return Err(Fault::Missing("quantity")) };
        levels.push(Level::new(bid, text(price), text(quantity)));
    }
    Ok(())
}

/// A parameter of an address.
pub(super) fn parameter<'a>(address: &'a str, name: &str) -> Option<&'a str> {
    let query = address.split_once('?')?.1;
    query.split('&').find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
}

/// Decimal places of a number, without zeros at its end; `None` when it is none.
pub(super) fn places(text: &str) -> Option<u8> {
    let text: Cow<'_, str> = plain(text).ok()?;
    let part = text.split_once('.').map_or("", |(_, part)| part);
    u8::try_from(part.trim_end_matches('0').len()).ok()
}
