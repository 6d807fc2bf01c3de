//! The records that are most of every topic, as publishers write them: without blanks, escapes,
//! unknown or repeated fields, and correct. Whatever is not quite so is nothing here, and read the
//! long way, which also says what is wrong with it.

use super::{Body, Lookup, Message};
use crate::chunk::{NO_ID, NO_TIME};
use crate::decimal::power_of_ten;
use crate::records::TradeKind;
use crate::{EventTime, Instrument, Side};
use std::borrow::Cow;

/// Digits of which 64 bits hold every number.
const DIGITS_MAX: usize = 18;

/// Reads a record; `None` when it is to be read the long way.
pub(super) fn decode<'a>(text: &'a str, lookup: &Lookup<'_, '_>) -> Option<Message<'a>> {
    let mut rest = Rest(text.strip_prefix("{\"type\":\"")?);
    let kind = rest.string_end()?;
    rest.skip(",\"version\":1")?;
    let mut head = Head::default();
    let body = match kind {
        "trade" => trade(&mut rest, &mut head, lookup)?,
        "quote" => quote(&mut rest, &mut head, lookup)?,
        "book_delta" => book(&mut rest, &mut head, lookup, false)?,
        "book_snapshot" => book(&mut rest, &mut head, lookup, true)?,
        "heartbeat" => {
            while let Some(key) = rest.key()? {
                head.take(key, &mut rest, None)?;
            }
            Body::Heartbeat
        }
        _ => return None,
    };
    let instrument = head.instrument.map(|(place, _)| place);
    let plain = rest.0.is_empty() && instrument.is_some() != matches!(body, Body::Heartbeat);
    let message = Message { ts: head.ts?, exchange_ts: head.exchange_ts, instrument, body };
    plain.then_some(message)
}

/// What is left of a record.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn skip(&mut self, text: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(text)?;
        Some(())
    }

    /// The next field's name, or nothing at the end; outside: something else.
    #[inline]
    fn key(&mut self) -> Option<Option<&'a str>> {
        if let Some(rest) = self.0.strip_prefix(",\"") {
            self.0 = rest;
            let key = self.string_end()?;
            self.skip(":")?;
            return Some(Some(key));
        }
        self.skip("}")?;
        Some(None)
    }

    #[inline]
    fn string(&mut self) -> Option<&'a str> {
        self.skip("\"")?;
        self.string_end()
    }

    /// A string whose first quote was read.
    #[inline]
    fn string_end(&mut self) -> Option<&'a str> {
        let special = |byte: &u8| matches!(*byte, b'"' | b'\\' | 0..0x20);
        let at = self.0.as_bytes().iter().position(special)?;
        if self.0.as_bytes()[at] != b'"' {
            return None;
        }
        let (text, rest) = self.0.split_at(at);
        self.0 = &rest[1..];
        Some(text)
    }

    #[inline]
    fn unsigned(&mut self) -> Option<u64> {
        digits(self.string()?)
    }

    /// A decimal number at a scale, not negative.
    #[inline]
    fn decimal(&mut self, scale: u8) -> Option<i64> {
        let text = self.string()?;
        let mut value = 0;
        let mut point = None;
        if text.len() > DIGITS_MAX {
            return None;
        }
        for (at, byte) in text.bytes().enumerate() {
            match byte {
                b'0'..=b'9' => value = value * 10 + i64::from(byte - b'0'),
                b'.' if point.is_none() => point = Some(at),
                _ => return None,
            }
        }
        let places = point.map_or(0, |point| text.len() - point - 1);
        let missing = usize::from(scale).checked_sub(places)?;
        if text.len() == usize::from(point.is_some()) {
            return None;
        }
        value.checked_mul(power_of_ten(missing as u8))
    }

    /// Prices and quantities of one side of a book.
    fn levels(&mut self, facts: &Instrument) -> Option<Vec<(i64, i64)>> {
        let mut levels = Vec::new();
        self.skip("[")?;
        if self.skip("]").is_some() {
            return Some(levels);
        }
        loop {
            self.skip("[")?;
            let price = self.decimal(facts.price_scale)?;
            self.skip(",")?;
            let quantity = self.decimal(facts.quantity_scale)?;
            if price == 0 {
                return None;
            }
            levels.push((price, quantity));
            if self.skip("],").is_none() {
                self.skip("]]")?;
                return Some(levels);
            }
        }
    }
}

#[inline]
fn digits(text: &str) -> Option<u64> {
    if text.is_empty() || text.len() > DIGITS_MAX + 1 {
        return None;
    }
    text.bytes().try_fold(0, |value: u64, byte| {
        byte.is_ascii_digit().then(|| value * 10 + u64::from(byte - b'0'))
    })
}

/// A field that comes at most once.
#[inline]
fn once<T>(place: &mut Option<T>, value: T) -> Option<()> {
    match place.replace(value) {
        None => Some(()),
        Some(_) => None,
    }
}

/// What all types have.
#[derive(Default)]
struct Head<'a, 'i> {
    venue: Option<&'a str>,
    symbol: Option<&'a str>,
    instrument: Option<(u32, &'i Instrument)>,
    ts: Option<EventTime>,
    exchange_ts: Option<EventTime>,
}

impl<'a, 'i> Head<'a, 'i> {
    #[inline]
    fn take(
        &mut self,
        key: &str,
        rest: &mut Rest<'a>,
        lookup: Option<&Lookup<'_, 'i>>,
    ) -> Option<()> {
        match key {
            "venue" => once(&mut self.venue, rest.string()?)?,
            "symbol" => once(&mut self.symbol, rest.string()?)?,
            "ts" => return once(&mut self.ts, time(rest)?),
            "exchange_ts" => return once(&mut self.exchange_ts, time(rest)?),
            _ => return None,
        }
        if let (Some(venue), Some(symbol), Some(lookup)) = (self.venue, self.symbol, lookup) {
            self.instrument = Some(lookup(venue, symbol)?);
        }
        Some(())
    }

    #[inline]
    fn facts(&self) -> Option<&'i Instrument> {
        self.instrument.map(|(_, facts)| facts)
    }
}

#[inline]
fn time(rest: &mut Rest<'_>) -> Option<EventTime> {
    let ns = i64::try_from(rest.unsigned()?).ok()?;
    (ns != NO_TIME).then_some(EventTime(ns))
}

#[inline]
fn id(rest: &mut Rest<'_>) -> Option<u64> {
    rest.unsigned().filter(|id| *id <= i64::MAX as u64)
}

fn trade<'a, 'i>(
    rest: &mut Rest<'a>,
    head: &mut Head<'a, 'i>,
    lookup: &Lookup<'_, 'i>,
) -> Option<Body<'a>> {
    let (mut price, mut quantity, mut side, mut id) = (None, None, None, None);
    while let Some(key) = rest.key()? {
        match key {
            "price" => once(&mut price, rest.decimal(head.facts()?.price_scale)?)?,
            "quantity" => once(&mut quantity, rest.decimal(head.facts()?.quantity_scale)?)?,
            "side" => once(&mut side, side_of(rest.string()?)?)?,
            "trade_id" => once(&mut id, rest.string()?)?,
            key => head.take(key, rest, Some(lookup))?,
        }
    }
    Some(Body::Trade {
        price: price.filter(|price| *price > 0)?,
        quantity: quantity.filter(|quantity| *quantity > 0)?,
        side,
        kind: TradeKind::Market,
        id: Cow::Borrowed(id.unwrap_or_default()),
    })
}

fn side_of(text: &str) -> Option<Side> {
    Side::ALL.iter().copied().find(|side| side.as_str() == text)
}

fn quote<'a, 'i>(
    rest: &mut Rest<'a>,
    head: &mut Head<'a, 'i>,
    lookup: &Lookup<'_, 'i>,
) -> Option<Body<'a>> {
    let (mut bid, mut bids, mut ask, mut asks, mut update_id) = (None, None, None, None, None);
    while let Some(key) = rest.key()? {
        match key {
            "bid_price" => once(&mut bid, rest.decimal(head.facts()?.price_scale)?)?,
            "bid_quantity" => once(&mut bids, rest.decimal(head.facts()?.quantity_scale)?)?,
            "ask_price" => once(&mut ask, rest.decimal(head.facts()?.price_scale)?)?,
            "ask_quantity" => once(&mut asks, rest.decimal(head.facts()?.quantity_scale)?)?,
            "update_id" => once(&mut update_id, id(rest)?)?,
            key => head.take(key, rest, Some(lookup))?,
        }
    }
    // A side that is absent is for the long way, too.
    let side = |price: Option<i64>, quantity: Option<i64>| {
        Some((price.filter(|price| *price > 0)?, quantity.filter(|quantity| *quantity > 0)?))
    };
    Some(Body::Quote { bid: side(bid, bids)?, ask: side(ask, asks)?, update_id })
}

fn book<'a, 'i>(
    rest: &mut Rest<'a>,
    head: &mut Head<'a, 'i>,
    lookup: &Lookup<'_, 'i>,
    snapshot: bool,
) -> Option<Body<'a>> {
    let (mut first, mut previous, mut last) = (None, None, None);
    let (mut bids, mut asks) = (None, None);
    while let Some(key) = rest.key()? {
        match key {
            "first_update_id" => once(&mut first, id(rest)?)?,
            "previous_update_id" => once(&mut previous, id(rest)?)?,
            "update_id" => once(&mut last, id(rest)?)?,
            "bids" => once(&mut bids, rest.levels(head.facts()?)?)?,
            "asks" => once(&mut asks, rest.levels(head.facts()?)?)?,
            key => head.take(key, rest, Some(lookup))?,
        }
    }
    let [first, previous, last] = [first, previous, last].map(|id| id.unwrap_or(NO_ID));
    let ids = (first, previous, last);
    Some(Body::Book { snapshot, clear: false, gap: false, ids, bids: bids?, asks: asks? })
}
