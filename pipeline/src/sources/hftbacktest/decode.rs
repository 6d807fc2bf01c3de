//! A message as an event of the engine: every number read from its digits, nothing assumed.

use super::fault::Fault;
use super::message::{Data, Message};
use schemas::chunk::{DeltaFlags, NO_ID};
use schemas::decimal::parse_scaled;
use schemas::records::TradeKind;
use schemas::{DecimalError, EventTime, Instrument, Side};
use serde_json::value::RawValue;

/// What a message says.
#[derive(Debug)]
pub(super) struct Event<'a> {
    /// The venue's time.
    pub(super) exchange_ts: Option<EventTime>,
    pub(super) body: Body<'a>,
}

/// The kinds of messages.
#[derive(Debug)]
pub(super) enum Body<'a> {
    Trade {
        price: i64,
        quantity: i64,
        side: Side,
        kind: TradeKind,
        id: &'a str,
    },
    Quote {
        bid: (i64, i64),
        ask: (i64, i64),
        update_id: u64,
    },
    /// Changes of the book: the decoder's levels under (first, previous, last) update id.
    Depth {
        ids: (u64, u64, u64),
    },
    /// The whole book: the decoder's levels under a last update id.
    Snapshot {
        update_id: u64,
    },
}

/// One level of a message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Level {
    /// [`DeltaFlags::BID`] or 0.
    pub(super) side: u8,
    pub(super) price: i64,
    pub(super) quantity: i64,
}

/// Reads messages about one instrument.
pub(super) struct Decoder {
    symbol: String,
    price_scale: u8,
    quantity_scale: u8,
    /// Levels of the message read last: bids, then asks, as they came.
    levels: Vec<Level>,
}

impl Decoder {
    pub(super) fn new(instrument: &Instrument) -> Decoder {
        Decoder {
            symbol: instrument.id.symbol().to_owned(),
            price_scale: instrument.price_scale,
            quantity_scale: instrument.quantity_scale,
            levels: Vec::new(),
        }
    }

    /// Levels of the message read last, if it was about the book.
    pub(super) fn levels(&self) -> &[Level] {
        &self.levels
    }

    /// Reads what follows the receive time.
    pub(super) fn decode<'a>(&mut self, json: &'a str) -> Result<Event<'a>, Fault> {
        let message: Message<'a> = serde_json::from_str(json)?;
        let Some(data) = message.data else {
            return self.snapshot(&message);
        };
        let stream = message.stream.as_deref().ok_or(Fault::Missing("stream"))?;
        let (of, channel) = stream.split_once('@').unwrap_or((stream, ""));
        let body = match data.event.as_deref() {
            Some("trade") => self.trade(&data)?,
            Some("depthUpdate") => self.depth(&data)?,
            Some("bookTicker") => self.quote(&data)?,
            None if channel == "bookTicker" => self.quote(&data)?,
            None => return Err(Fault::Missing("e")),
            Some(other) => return Err(Fault::Event(other.to_owned())),
        };
        let symbol = data.symbol.as_deref().ok_or(Fault::Missing("s"))?;
        if symbol != self.symbol || !of.eq_ignore_ascii_case(&self.symbol) {
            let other = if symbol == self.symbol { of } else { symbol };
            return Err(Fault::Symbol(other.to_owned(), self.symbol.clone()));
        }
        let exchange_ts = exchange_time(data.transaction_ms.or(data.event_ms))?;
        Ok(Event { exchange_ts, body })
    }

    fn trade<'a>(&self, data: &Data<'a>) -> Result<Body<'a>, Fault> {
        let kind = match data.trade_type.map(text) {
            None | Some("MARKET") => TradeKind::Market,
            Some("ADL") => TradeKind::Adl,
            // The insurance fund takes over what a forced close could not sell.
            Some("INSURANCE_FUND") => TradeKind::Liquidation,
            Some(other) => return Err(Fault::TradeType(other.to_owned())),
        };
        let id = text(data.trade_id.ok_or(Fault::Missing("t"))?);
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()) {
            let error = DecimalError::NotANumber;
            return Err(Fault::Number { what: "trade id", text: id.to_owned(), error });
        }
        Ok(Body::Trade {
            price: above_zero("price", number("price", data.price, "p", self.price_scale)?)?,
            quantity: above_zero(
                "quantity",
                number("quantity", data.quantity, "q", self.quantity_scale)?,
            )?,
            // The buyer waited in the book, so the seller came to it.
            side: match data.buyer_is_maker.ok_or(Fault::Missing("m"))? {
                true => Side::Sell,
                false => Side::Buy,
            },
            kind,
            id,
        })
    }

    fn quote<'a>(&self, data: &Data<'a>) -> Result<Body<'a>, Fault> {
        // An empty side has quantity zero, and then its price may be zero too.
        let side = |price: i64, quantity: i64| match quantity {
            0 => Ok((price, 0)),
            _ => above_zero("price", price).map(|price| (price, quantity)),
        };
        Ok(Body::Quote {
            bid: side(
                number("bid price", data.bid, "b", self.price_scale)?,
                number("bid quantity", data.bid_quantity, "B", self.quantity_scale)?,
            )?,
            ask: side(
                number("ask price", data.ask, "a", self.price_scale)?,
                number("ask quantity", data.ask_quantity, "A", self.quantity_scale)?,
            )?,
            update_id: update_id(data.update_id, "u")?,
        })
    }

    fn depth<'a>(&mut self, data: &Data<'a>) -> Result<Body<'a>, Fault> {
        let first = update_id(data.first_update_id, "U")?;
        let last = update_id(data.update_id, "u")?;
        let previous = match data.previous_update_id {
            None => NO_ID,
            previous => update_id(previous, "pu")?,
        };
        if first > last {
            return Err(Fault::Ids(first, last));
        }
        self.read_levels(
            data.bid.ok_or(Fault::Missing("b"))?,
            data.ask.ok_or(Fault::Missing("a"))?,
        )?;
        Ok(Body::Depth { ids: (first, previous, last) })
    }

    fn snapshot<'a>(&mut self, message: &Message<'a>) -> Result<Event<'a>, Fault> {
        let (Some(id), Some(bids), Some(asks)) =
            (message.last_update_id, message.bids, message.asks)
        else {
            return Err(Fault::Unknown);
        };
        let update_id = update_id(Some(id), "lastUpdateId")?;
        self.read_levels(bids, asks)?;
        let exchange_ts = exchange_time(message.transaction_ms.or(message.event_ms))?;
        Ok(Event { exchange_ts, body: Body::Snapshot { update_id } })
    }

    fn read_levels(&mut self, bids: &RawValue, asks: &RawValue) -> Result<(), Fault> {
        self.levels.clear();
        for (side, levels) in [(DeltaFlags::BID, bids), (0, asks)] {
            let levels: Vec<(&str, &str)> = serde_json::from_str(levels.get())?;
            for (price, quantity) in levels {
                self.levels.push(Level {
                    side,
                    price: above_zero("price", scaled("price", price, self.price_scale)?)?,
                    quantity: scaled("quantity", quantity, self.quantity_scale)?,
                });
            }
        }
        Ok(())
    }
}

/// The text of a JSON string; of anything else its JSON.
fn text(value: &RawValue) -> &str {
    let json = value.get();
    json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(json)
}

fn number(
    what: &'static str,
    value: Option<&RawValue>,
    field: &'static str,
    scale: u8,
) -> Result<i64, Fault> {
    scaled(what, text(value.ok_or(Fault::Missing(field))?), scale)
}

/// A number that is not below zero.
fn scaled(what: &'static str, text: &str, scale: u8) -> Result<i64, Fault> {
    match parse_scaled(text, scale) {
        Ok(value) if value < 0 => Err(Fault::Negative { what, text: text.to_owned() }),
        Ok(value) => Ok(value),
        Err(error) => Err(Fault::Number { what, text: text.to_owned(), error }),
    }
}

fn above_zero(what: &'static str, value: i64) -> Result<i64, Fault> {
    if value > 0 { Ok(value) } else { Err(Fault::Zero { what }) }
}

/// An id as the lake can hold it; [`NO_ID`] is beyond that.
fn update_id(id: Option<u64>, field: &'static str) -> Result<u64, Fault> {
    let id = id.ok_or(Fault::Missing(field))?;
    if i64::try_from(id).is_ok() { Ok(id) } else { Err(Fault::HugeId(id)) }
}

fn exchange_time(ms: Option<i64>) -> Result<Option<EventTime>, Fault> {
    ms.map(|ms| match ms.checked_mul(1_000_000) {
        Some(ns) if ns > 0 => Ok(EventTime(ns)),
        _ => Err(Fault::ExchangeTime(ms)),
    })
    .transpose()
}
