//! Gate.io spot, version 4: changes of books that say their first and last id, and snapshots from
//! REST.

use super::event::{Body, Idle, Said, Venue, side};
use super::fault::{Fault, unknown};
use super::frame::{Frame, FrameKind};
use super::read::{id, last, levels, maybe_moment, need, parameter, text};
use schemas::chunk::NO_ID;
use schemas::records::TradeKind;
use serde::Deserialize;
use serde_json::value::RawValue;

/// See the [module](self).
pub(super) struct Gateio;

#[derive(Deserialize)]
struct Message<'a> {
    channel: Option<&'a str>,
    event: Option<&'a str>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Update<'a> {
    s: &'a str,
    #[serde(borrow)]
    t: Option<&'a RawValue>,
    #[serde(borrow, rename = "U")]
    first: Option<&'a RawValue>,
    #[serde(borrow, rename = "u")]
    last: Option<&'a RawValue>,
    #[serde(borrow)]
    b: Option<&'a RawValue>,
    #[serde(borrow)]
    a: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Trade<'a> {
    currency_pair: &'a str,
    #[serde(borrow)]
    id: &'a RawValue,
    side: &'a str,
    #[serde(borrow)]
    amount: &'a RawValue,
    #[serde(borrow)]
    price: &'a RawValue,
    #[serde(borrow)]
    create_time_ms: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Depth<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    update: Option<&'a RawValue>,
    #[serde(borrow)]
    bids: Option<&'a RawValue>,
    #[serde(borrow)]
    asks: Option<&'a RawValue>,
}

impl Venue for Gateio {
    fn read<'a>(&mut self, frame: &'a Frame, said: &mut Said<'a>) -> Result<(), Fault> {
        match frame.kind {
            FrameKind::Reply => return snapshot(frame, said),
            FrameKind::Received => {}
            _ => return said.nothing(Idle::Connection),
        }
        let message: Message<'a> = serde_json::from_str(&frame.text)?;
        if message.event != Some("update") {
            return said.nothing(Idle::Status);
        }
        let channel = need(message.channel, "channel")?;
        match (channel, message.result) {
            ("spot.order_book_update", Some(result)) => changes(result, said),
            ("spot.trades", Some(result)) => trade(result, said),
            ("spot.tickers" | "spot.candlesticks" | "spot.book_ticker", _) => {
                said.nothing(Idle::Channel)
            }
            (_, None) => Err(Fault::Missing("result")),
            _ => Err(unknown("channel", channel)),
        }
    }
}

fn snapshot<'a>(frame: &'a Frame, said: &mut Said<'a>) -> Result<(), Fault> {
    if !frame.target.contains("/spot/order_book?") {
        return said.nothing(Idle::Reference);
    }
    let symbol = need(parameter(&frame.target, "currency_pair"), "currency_pair")?;
    let depth: Depth<'a> = serde_json::from_str(&frame.text)?;
    levels(&mut said.levels, true, Some(need(depth.bids, "bids")?))?;
    levels(&mut said.levels, false, Some(need(depth.asks, "asks")?))?;
    let body = said.book(true, last(id("id", depth.id)?), 0);
    said.push(symbol, maybe_moment(depth.update, 6)?, body);
    Ok(())
}

fn changes<'a>(result: &'a RawValue, said: &mut Said<'a>) -> Result<(), Fault> {
    let update: Update<'a> = serde_json::from_str(result.get())?;
    let ids = (id("U", update.first)?, NO_ID, id("u", update.last)?);
    levels(&mut said.levels, true, update.b)?;
    levels(&mut said.levels, false, update.a)?;
    let body = said.book(false, ids, 0);
    said.push(update.s, maybe_moment(update.t, 6)?, body);
    Ok(())
}

fn trade<'a>(result: &'a RawValue, said: &mut Said<'a>) -> Result<(), Fault> {
    let trade: Trade<'a> = serde_json::from_str(result.get())?;
    let body = Body::Trade {
        price: text(trade.price),
        quantity: text(trade.amount),
        side: side(trade.side, "buy", "sell")?,
        kind: TradeKind::Market,
        id: text(trade.id).into(),
    };
    said.push(trade.currency_pair, maybe_moment(trade.create_time_ms, 6)?, body);
    Ok(())
}
