//! KuCoin spot: changes of books that say their first and last number, and snapshots from REST.

use super::event::{Body, Idle, Said, Venue, side};
use super::fault::{Fault, unknown};
use super::frame::{Frame, FrameKind};
use super::read::{id, last, levels, maybe_moment, need, parameter, text};
use schemas::chunk::NO_ID;
use schemas::records::TradeKind;
use serde::Deserialize;
use serde_json::value::RawValue;

/// See the [module](self).
pub(super) struct Kucoin;

#[derive(Deserialize)]
struct Message<'a> {
    r#type: Option<&'a str>,
    subject: Option<&'a str>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Update<'a> {
    symbol: &'a str,
    #[serde(borrow, rename = "sequenceStart")]
    first: Option<&'a RawValue>,
    #[serde(borrow, rename = "sequenceEnd")]
    last: Option<&'a RawValue>,
    #[serde(borrow)]
    changes: Sides<'a>,
    #[serde(borrow)]
    time: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Sides<'a> {
    #[serde(borrow)]
    bids: Option<&'a RawValue>,
    #[serde(borrow)]
    asks: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Match<'a> {
    symbol: &'a str,
    side: &'a str,
    #[serde(borrow)]
    size: &'a RawValue,
    #[serde(borrow)]
    price: &'a RawValue,
    #[serde(borrow)]
    time: Option<&'a RawValue>,
    #[serde(rename = "tradeId")]
    id: &'a str,
}

#[derive(Deserialize)]
struct Reply<'a> {
    #[serde(borrow)]
    data: Option<Depth<'a>>,
}

#[derive(Deserialize)]
struct Depth<'a> {
    #[serde(borrow)]
    sequence: Option<&'a RawValue>,
    #[serde(borrow)]
    time: Option<&'a RawValue>,
    #[serde(borrow)]
    bids: Option<&'a RawValue>,
    #[serde(borrow)]
    asks: Option<&'a RawValue>,
}

impl Venue for Kucoin {
    fn read<'a>(&mut self, frame: &'a Frame, said: &mut Said<'a>) -> Result<(), Fault> {
        match frame.kind {
            FrameKind::Reply => return snapshot(frame, said),
            FrameKind::Received => {}
            _ => return said.nothing(Idle::Connection),
        }
        let message: Message<'a> = serde_json::from_str(&frame.text)?;
        match (message.subject, need(message.r#type, "type")?) {
            (Some("trade.l2update"), _) => changes(need(message.data, "data")?, said),
            (Some("trade.l3match"), _) => trade(need(message.data, "data")?, said),
            (Some(_), "message") => said.nothing(Idle::Channel),
            (_, "welcome" | "ack" | "pong" | "error") => said.nothing(Idle::Status),
            (_, other) => Err(unknown("type", other)),
        }
    }
}

fn snapshot<'a>(frame: &'a Frame, said: &mut Said<'a>) -> Result<(), Fault> {
    if !frame.target.contains("/orderbook/level2") {
        return said.nothing(Idle::Reference);
    }
    let symbol = need(parameter(&frame.target, "symbol"), "symbol")?;
    let reply: Reply<'a> = serde_json::from_str(&frame.text)?;
    let depth = need(reply.data, "data")?;
    levels(&mut said.levels, true, depth.bids)?;
    levels(&mut said.levels, false, depth.asks)?;
    let body = said.book(true, last(id("sequence", depth.sequence)?), 0);
    said.push(symbol, maybe_moment(depth.time, 6)?, body);
    Ok(())
}

fn changes<'a>(data: &'a RawValue, said: &mut Said<'a>) -> Result<(), Fault> {
    let update: Update<'a> = serde_json::from_str(data.get())?;
    levels(&mut said.levels, true, update.changes.bids)?;
    levels(&mut said.levels, false, update.changes.asks)?;
    // A price of zero only moves the number.
    said.levels.retain(|level| level.price != "0");
    let ids = (id("sequenceStart", update.first)?, NO_ID, id("sequenceEnd", update.last)?);
    let body = said.book(false, ids, 0);
    said.push(update.symbol, maybe_moment(update.time, 6)?, body);
    Ok(())
}

fn trade<'a>(data: &'a RawValue, said: &mut Said<'a>) -> Result<(), Fault> {
    let trade: Match<'a> = serde_json::from_str(data.get())?;
    let body = Body::Trade {
        price: text(trade.price),
        quantity: text(trade.size),
        side: side(trade.side, "buy", "sell")?,
        kind: TradeKind::Market,
        id: trade.id.into(),
    };
    said.push(trade.symbol, maybe_moment(trade.time, 0)?, body);
    Ok(())
}
