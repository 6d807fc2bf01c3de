//! Binance, spot and futures: combined streams, and depth snapshots from REST. Messages about a
//! book say their first and last update id, those of futures also the last of the one before.

use super::event::{Body, Idle, Said, Venue};
use super::fault::{Fault, unknown};
use super::frame::{Frame, FrameKind};
use super::read::{id, last, levels, maybe_moment, need, parameter, text};
use schemas::Side;
use schemas::chunk::NO_ID;
use schemas::records::TradeKind;
use serde::Deserialize;
use serde_json::value::RawValue;

/// See the [module](self).
pub(super) struct Binance;

#[derive(Deserialize)]
struct Message<'a> {
    stream: Option<&'a str>,
    #[serde(borrow)]
    data: Option<Data<'a>>,
}

/// An event: letters mean different things in different ones.
#[derive(Deserialize)]
struct Data<'a> {
    e: Option<&'a str>,
    s: Option<&'a str>,
    #[serde(borrow, rename = "E")]
    event_time: Option<&'a RawValue>,
    #[serde(borrow, rename = "T")]
    time: Option<&'a RawValue>,
    #[serde(borrow, rename = "U")]
    first: Option<&'a RawValue>,
    #[serde(borrow, rename = "u")]
    last: Option<&'a RawValue>,
    #[serde(borrow)]
    pu: Option<&'a RawValue>,
    #[serde(borrow)]
    b: Option<&'a RawValue>,
    #[serde(borrow)]
    a: Option<&'a RawValue>,
    #[serde(borrow, rename = "B")]
    bid_quantity: Option<&'a RawValue>,
    #[serde(borrow, rename = "A")]
    ask_quantity: Option<&'a RawValue>,
    #[serde(borrow)]
    t: Option<&'a RawValue>,
    #[serde(borrow)]
    p: Option<&'a RawValue>,
    #[serde(borrow)]
    q: Option<&'a RawValue>,
    #[serde(borrow)]
    m: Option<&'a RawValue>,
}

/// A depth snapshot.
#[derive(Deserialize)]
struct Depth<'a> {
    #[serde(borrow, rename = "lastUpdateId")]
    last: Option<&'a RawValue>,
    #[serde(borrow)]
    bids: Option<&'a RawValue>,
    #[serde(borrow)]
    asks: Option<&'a RawValue>,
    #[serde(borrow, rename = "T")]
    time: Option<&'a RawValue>,
}

impl Venue for Binance {
    fn read<'a>(&mut self, frame: &'a Frame, said: &mut Said<'a>) -> Result<(), Fault> {
        match frame.kind {
            FrameKind::Reply => return snapshot(frame, said),
            FrameKind::Received => {}
            _ => return said.nothing(Idle::Connection),
        }
        let message: Message<'a> = serde_json::from_str(&frame.text)?;
        let Some(data) = message.data else { return said.nothing(Idle::Status) };
        let channel = message.stream.and_then(|stream| stream.split('@').nth(1));
        let event = data.e.or(channel);
        match need(event, "e")? {
            "trade" => trade(&data, data.t, said),
            "aggTrade" => trade(&data, data.a, said),
            "depthUpdate" => changes(&data, said),
            "bookTicker" => quote(&data, said),
            "kline" | "markPriceUpdate" | "forceOrder" | "24hrTicker" | "24hrMiniTicker" => {
                said.nothing(Idle::Channel)
            }
            other => Err(unknown("event", other)),
        }
    }
}

fn snapshot<'a>(frame: &'a Frame, said: &mut Said<'a>) -> Result<(), Fault> {
    let path = frame.target.split('?').next().unwrap_or_default();
    if !path.ends_with("/depth") {
        return said.nothing(Idle::Reference);
    }
    let symbol = need(parameter(&frame.target, "symbol"), "symbol")?;
    let depth: Depth<'a> = serde_json::from_str(&frame.text)?;
    levels(&mut said.levels, true, Some(need(depth.bids, "bids")?))?;
    levels(&mut said.levels, false, Some(need(depth.asks, "asks")?))?;
    let body = said.book(true, last(id("lastUpdateId", depth.last)?), 0);
    said.push(symbol, maybe_moment(depth.time, 6)?, body);
    Ok(())
}

fn changes<'a>(data: &Data<'a>, said: &mut Said<'a>) -> Result<(), Fault> {
    let previous = match data.pu {
        None => NO_ID,
        previous => id("pu", previous)?,
    };
    let ids = (id("U", data.first)?, previous, id("u", data.last)?);
    levels(&mut said.levels, true, Some(need(data.b, "b")?))?;
    levels(&mut said.levels, false, Some(need(data.a, "a")?))?;
    let body = said.book(false, ids, 0);
    said.push(need(data.s, "s")?, maybe_moment(data.time.or(data.event_time), 6)?, body);
    Ok(())
}

fn trade<'a>(
    data: &Data<'a>,
    number: Option<&'a RawValue>,
    said: &mut Said<'a>,
) -> Result<(), Fault> {
    // The buyer waited in the book, so the seller came to it.
    let side = match need(data.m, "m")?.get() {
        "true" => Side::Sell,
        "false" => Side::Buy,
        other => return Err(unknown("m", other)),
    };
    let body = Body::Trade {
        price: text(need(data.p, "p")?),
        quantity: text(need(data.q, "q")?),
        side,
        kind: TradeKind::Market,
        id: text(need(number, "id")?).into(),
    };
    said.push(need(data.s, "s")?, maybe_moment(data.time, 6)?, body);
    Ok(())
}

fn quote<'a>(data: &Data<'a>, said: &mut Said<'a>) -> Result<(), Fault> {
    let number = |value: Option<&'a RawValue>, name| Ok::<_, Fault>(text(need(value, name)?));
    let body = Body::Quote {
        bid: (number(data.b, "b")?, number(data.bid_quantity, "B")?),
        ask: (number(data.a, "a")?, number(data.ask_quantity, "A")?),
        update_id: id("u", data.last)?,
    };
    said.push(need(data.s, "s")?, maybe_moment(data.time.or(data.event_time), 6)?, body);
    Ok(())
}
