//! Upbit: trades, and the best levels of a book, whole each time. Keys are short or whole words,
//! as the connection asked for.

use super::event::{Body, Idle, Level, Said, Venue, side};
use super::fault::{Fault, unknown};
use super::frame::{Frame, FrameKind};
use super::read::{maybe_moment, need};
use schemas::chunk::NO_ID;
use schemas::records::TradeKind;
use serde::Deserialize;
use serde_json::value::RawValue;

/// See the [module](self).
pub(super) struct Upbit;

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(alias = "type")]
    ty: Option<&'a str>,
    #[serde(alias = "code")]
    cd: Option<&'a str>,
    #[serde(borrow, alias = "timestamp")]
    tms: Option<&'a RawValue>,
    #[serde(borrow, alias = "orderbook_units")]
    obu: Option<Vec<Unit<'a>>>,
    #[serde(borrow, alias = "trade_timestamp")]
    ttms: Option<&'a RawValue>,
    #[serde(borrow, alias = "trade_price")]
    tp: Option<&'a RawValue>,
    #[serde(borrow, alias = "trade_volume")]
    tv: Option<&'a RawValue>,
    #[serde(alias = "ask_bid")]
    ab: Option<&'a str>,
    #[serde(borrow, alias = "sequential_id")]
    sid: Option<&'a RawValue>,
}

/// A level of both sides.
#[derive(Deserialize)]
struct Unit<'a> {
    #[serde(borrow, alias = "ask_price")]
    ap: &'a RawValue,
    #[serde(borrow, alias = "bid_price")]
    bp: &'a RawValue,
    #[serde(borrow, alias = "ask_size")]
    r#as: &'a RawValue,
    #[serde(borrow, alias = "bid_size")]
    bs: &'a RawValue,
}

impl Venue for Upbit {
    fn read<'a>(&mut self, frame: &'a Frame, said: &mut Said<'a>) -> Result<(), Fault> {
        match frame.kind {
            FrameKind::Reply => return said.nothing(Idle::Reference),
            FrameKind::Received => {}
            _ => return said.nothing(Idle::Connection),
        }
        let message: Message<'a> = serde_json::from_str(&frame.text)?;
        match message.ty {
            Some("orderbook") => book(message, said),
            Some("trade") => trade(message, said),
            Some("ticker") => said.nothing(Idle::Channel),
            Some(other) => Err(unknown("type", other)),
            None => said.nothing(Idle::Status),
        }
    }
}

fn book<'a>(message: Message<'a>, said: &mut Said<'a>) -> Result<(), Fault> {
    for unit in need(message.obu, "obu")? {
        said.levels.push(Level::new(true, unit.bp.get(), unit.bs.get()));
        said.levels.push(Level::new(false, unit.ap.get(), unit.r#as.get()));
    }
    // Sides may be of different depth.
    said.levels.retain(|level| !is_zero(&level.quantity));
    let body = said.book(true, (NO_ID, NO_ID, NO_ID), 0);
    said.push(need(message.cd, "cd")?, maybe_moment(message.tms, 6)?, body);
    Ok(())
}

fn is_zero(number: &str) -> bool {
    number.bytes().all(|byte| matches!(byte, b'0' | b'.'))
}

fn trade<'a>(message: Message<'a>, said: &mut Said<'a>) -> Result<(), Fault> {
    let body = Body::Trade {
        price: need(message.tp, "tp")?.get(),
        quantity: need(message.tv, "tv")?.get(),
        side: side(need(message.ab, "ab")?, "BID", "ASK")?,
        kind: TradeKind::Market,
        id: message.sid.map_or("", RawValue::get).into(),
    };
    said.push(need(message.cd, "cd")?, maybe_moment(message.ttms, 6)?, body);
    Ok(())
}
