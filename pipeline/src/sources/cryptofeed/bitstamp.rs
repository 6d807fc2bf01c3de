//! Bitstamp: changes of books by their time in microseconds, which is their id, and snapshots from
//! REST. No message says which one it follows.

use super::event::{Body, Idle, Said, Venue};
use super::fault::{Fault, unknown};
use super::frame::{Frame, FrameKind};
use super::read::{id, last, levels, moment, need, text};
use schemas::Side;
use schemas::records::TradeKind;
use serde::Deserialize;
use serde_json::value::RawValue;

/// See the [module](self).
pub(super) struct Bitstamp;

#[derive(Deserialize)]
struct Message<'a> {
    event: &'a str,
    channel: Option<&'a str>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Book<'a> {
    #[serde(borrow)]
    microtimestamp: Option<&'a RawValue>,
    #[serde(borrow)]
    bids: Option<&'a RawValue>,
    #[serde(borrow)]
    asks: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Trade<'a> {
    #[serde(borrow)]
    id: &'a RawValue,
    amount_str: &'a str,
    price_str: &'a str,
    #[serde(borrow)]
    r#type: &'a RawValue,
    microtimestamp: &'a str,
}

impl Venue for Bitstamp {
    fn linked(&self) -> bool {
        false
    }

    fn read<'a>(&mut self, frame: &'a Frame, said: &mut Said<'a>) -> Result<(), Fault> {
        match frame.kind {
            FrameKind::Reply => {
                let path = frame.target.split('?').next().unwrap_or_default();
                let Some((_, symbol)) = path.split_once("/order_book/") else {
                    return said.nothing(Idle::Reference);
                };
                let symbol = symbol.trim_end_matches('/');
                return book(serde_json::from_str(&frame.text)?, symbol, true, said);
            }
            FrameKind::Received => {}
            _ => return said.nothing(Idle::Connection),
        }
        let message: Message<'a> = serde_json::from_str(&frame.text)?;
        if message.event.starts_with("bts:") {
            return said.nothing(Idle::Status);
        }
        let channel = need(message.channel, "channel")?;
        let (kind, symbol) = channel.rsplit_once('_').unwrap_or((channel, ""));
        let data = need(message.data, "data")?;
        match (message.event, kind) {
            ("data", "diff_order_book") => {
                book(serde_json::from_str(data.get())?, symbol, false, said)
            }
            ("trade", "live_trades") => trade(serde_json::from_str(data.get())?, symbol, said),
            ("data", "order_book" | "detail_order_book")
            | ("order_created" | "order_changed" | "order_deleted", _) => {
                said.nothing(Idle::Channel)
            }
            _ => Err(unknown("channel", channel)),
        }
    }
}

fn book<'a>(
    book: Book<'a>,
    symbol: &'a str,
    snapshot: bool,
    said: &mut Said<'a>,
) -> Result<(), Fault> {
    let time = need(book.microtimestamp, "microtimestamp")?;
    levels(&mut said.levels, true, Some(need(book.bids, "bids")?))?;
    levels(&mut said.levels, false, Some(need(book.asks, "asks")?))?;
    let body = said.book(snapshot, last(id("microtimestamp", Some(time))?), 0);
    said.push(symbol, Some(moment(text(time), 3)?), body);
    Ok(())
}

fn trade<'a>(trade: Trade<'a>, symbol: &'a str, said: &mut Said<'a>) -> Result<(), Fault> {
    let side = match trade.r#type.get() {
        "0" => Side::Buy,
        "1" => Side::Sell,
        other => return Err(unknown("type", other)),
    };
    let body = Body::Trade {
        price: trade.price_str,
        quantity: trade.amount_str,
        side,
        kind: TradeKind::Market,
        id: text(trade.id).into(),
    };
    said.push(symbol, Some(moment(trade.microtimestamp, 3)?), body);
    Ok(())
}
