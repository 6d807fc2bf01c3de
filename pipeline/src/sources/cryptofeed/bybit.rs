//! Bybit, version 5: books whose messages count up (`u`), of which a snapshot comes first, and
//! trades. The address of a connection says of which market segment its symbols are.

use super::event::{Body, Event, Idle, PerConnection, Said, Venue, side};
use super::fault::{Fault, unknown};
use super::frame::{Frame, FrameKind};
use super::read::{id, last, levels, maybe_moment, need, text};
use schemas::chunk::NO_ID;
use schemas::records::TradeKind;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// See the [module](self).
#[derive(Default)]
pub(super) struct Bybit {
    markets: PerConnection<Option<&'static str>>,
    /// Are messages alone, without the address of a connection? The venue of the source then tells
    /// of which segment they are.
    alone: bool,
    /// The id where each book stands.
    books: BTreeMap<(&'static str, String), u64>,
}

#[derive(Deserialize)]
struct Message<'a> {
    topic: Option<&'a str>,
    r#type: Option<&'a str>,
    #[serde(borrow)]
    ts: Option<&'a RawValue>,
    #[serde(borrow)]
    cts: Option<&'a RawValue>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Book<'a> {
    s: &'a str,
    #[serde(borrow)]
    b: Option<&'a RawValue>,
    #[serde(borrow)]
    a: Option<&'a RawValue>,
    #[serde(borrow)]
    u: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Trade<'a> {
    #[serde(borrow, rename = "T")]
    time: Option<&'a RawValue>,
    s: &'a str,
    #[serde(rename = "S")]
    taker: &'a str,
    #[serde(borrow)]
    v: &'a RawValue,
    #[serde(borrow)]
    p: &'a RawValue,
    i: &'a str,
}

impl Venue for Bybit {
    fn alone(&self) -> bool {
        self.alone
    }

    fn read<'a>(&mut self, frame: &'a Frame, said: &mut Said<'a>) -> Result<(), Fault> {
        match frame.kind {
            FrameKind::Reply => return said.nothing(Idle::Reference),
            FrameKind::Received | FrameKind::Alone => {}
            _ => {
                *self.markets.of(&frame.conn) = market(&frame.target);
                return said.nothing(Idle::Connection);
            }
        }
        let message: Message<'a> = serde_json::from_str(&frame.text)?;
        let Some(topic) = message.topic else { return said.nothing(Idle::Status) };
        let known = if self.alone { Some("") } else { *self.markets.of(&frame.conn) };
        let market = known.ok_or_else(|| unknown("market segment of", &frame.conn));
        match topic.split('.').next().unwrap_or_default() {
            "orderbook" => self.book(&message, market?, said),
            "publicTrade" => trades(&message, market?, said),
            "tickers" | "kline" | "liquidation" | "allLiquidation" => said.nothing(Idle::Channel),
            _ => Err(unknown("topic", topic)),
        }
    }
}

/// The end of the venue's name; linear contracts are those that Bybit is known for.
fn market(address: &str) -> Option<&'static str> {
    match address.split('?').next()?.rsplit('/').next()? {
        "linear" => Some(""),
        "spot" => Some("_spot"),
        "inverse" => Some("_inverse"),
        _ => None,
    }
}

impl Bybit {
    /// Reads the exchange's own archive.
    pub(super) fn of_archive() -> Bybit {
        Bybit { alone: true, ..Bybit::default() }
    }

    fn book<'a>(
        &mut self,
        message: &Message<'a>,
        market: &'static str,
        said: &mut Said<'a>,
    ) -> Result<(), Fault> {
        let book: Book<'a> = serde_json::from_str(need(message.data, "data")?.get())?;
        let update = id("u", book.u)?;
        let (snapshot, ids) = match need(message.r#type, "type")? {
            "snapshot" => (true, last(update)),
            "delta" => (false, (update, NO_ID, update)),
            other => return Err(unknown("type", other)),
        };
        levels(&mut said.levels, true, book.b)?;
        levels(&mut said.levels, false, book.a)?;
        let exchange_ts = maybe_moment(message.cts.or(message.ts), 6)?;
        let mut gap = false;
        if said.wants(market, book.s) {
            let before = self.books.insert((market, book.s.to_owned()), update);
            // After a restart the venue counts from one again.
            gap = snapshot && before.is_some_and(|before| update <= before);
        }
        let levels = 0..said.levels.len();
        let body = Body::Book { snapshot, gap, ids, levels };
        said.events.push(Event { market, symbol: book.s.into(), exchange_ts, body });
        Ok(())
    }
}

fn trades<'a>(
    message: &Message<'a>,
    market: &'static str,
    said: &mut Said<'a>,
) -> Result<(), Fault> {
    let trades: Vec<Trade<'a>> = serde_json::from_str(need(message.data, "data")?.get())?;
    for trade in trades {
        let body = Body::Trade {
            price: text(trade.p),
            quantity: text(trade.v),
            side: side(trade.taker, "Buy", "Sell")?,
            kind: TradeKind::Market,
            id: trade.i.into(),
        };
        let exchange_ts = maybe_moment(trade.time, 6)?;
        said.events.push(Event { market, symbol: trade.s.into(), exchange_ts, body });
    }
    Ok(())
}
