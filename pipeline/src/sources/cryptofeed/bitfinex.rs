//! Bitfinex, version 2: lists that begin with the number of a channel, which a message before says
//! the meaning of. If asked to (`seq_all`), the exchange numbers all messages of a connection;
//! those about books have no ids, so that a number left out makes its books void.

use super::event::{Body, Idle, Level, PerConnection, Said, Venue};
use super::fault::{Fault, unknown};
use super::frame::{Frame, FrameKind};
use super::read::{id, moment, text};
use schemas::Side;
use schemas::chunk::NO_ID;
use schemas::records::TradeKind;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// In the flags of a connection: messages end in their number.
const SEQ_ALL: u64 = 65536;

/// Channels of a connection: the exchange allows 30.
const CHANNELS: usize = 1024;

/// See the [module](self).
#[derive(Default)]
pub(super) struct Bitfinex {
    connections: PerConnection<Connection>,
}

#[derive(Default)]
struct Connection {
    numbered: bool,
    number: Option<u64>,
    channels: BTreeMap<u64, Channel>,
}

#[derive(Clone)]
enum Channel {
    Trades(String),
    Book(String),
    Other,
}

#[derive(Deserialize)]
struct Notice<'a> {
    event: &'a str,
    channel: Option<&'a str>,
    #[serde(rename = "chanId")]
    id: Option<u64>,
    symbol: Option<&'a str>,
    prec: Option<&'a str>,
    flags: Option<u64>,
}

impl Venue for Bitfinex {
    fn linked(&self) -> bool {
        false
    }

    fn read<'a>(&mut self, frame: &'a Frame, said: &mut Said<'a>) -> Result<(), Fault> {
        match frame.kind {
            FrameKind::Reply => return said.nothing(Idle::Reference),
            FrameKind::Received => {}
            _ => {
                self.connections.reset(&frame.conn);
                return said.nothing(Idle::Connection);
            }
        }
        let connection = self.connections.of(&frame.conn);
        if frame.text.starts_with('{') {
            connection.notice(serde_json::from_str(&frame.text)?);
            return said.nothing(Idle::Status);
        }
        let message: Vec<&'a RawValue> = serde_json::from_str(&frame.text)?;
        let (message, number) = match &message[..] {
            [rest @ .., number] if connection.numbered => (rest, Some(*number)),
            all => (all, None),
        };
        if let Some(number) = number {
            let number = id("number", Some(number))?;
            let before = connection.number.replace(number);
            said.gap = before.is_some_and(|before| before.checked_add(1) != Some(number));
        }
        let [channel, payload @ ..] = message else { return Err(Fault::Missing("channel")) };
        let number = id("channel", Some(channel))?;
        let Some(kind) = payload.first() else { return Err(Fault::Missing("payload")) };
        if kind.get() == "\"hb\"" {
            return said.nothing(Idle::Status);
        }
        match connection.channels.get(&number) {
            Some(Channel::Trades(symbol)) => trades(payload, symbol.clone(), said),
            Some(Channel::Book(symbol)) => book(kind, symbol.clone(), said),
            Some(Channel::Other) => said.nothing(Idle::Channel),
            None => Err(Fault::Channel(number)),
        }
    }
}

impl Connection {
    fn notice(&mut self, notice: Notice<'_>) {
        match (notice.event, notice.channel, notice.id) {
            ("conf", ..) => self.numbered = notice.flags.is_some_and(|f| f & SEQ_ALL != 0),
            ("subscribed", Some(channel), Some(id)) => {
                // A pair, `t…`; what begins with `f` is lent, not traded. A colon would end the
                // venue's name.
                let pair = notice.symbol.and_then(|symbol| symbol.strip_prefix('t'));
                let pair = pair.map(|pair| pair.replace(':', "/"));
                let channel = match (channel, pair) {
                    ("trades", Some(pair)) => Channel::Trades(pair),
                    ("book", Some(pair)) if notice.prec != Some("R0") => Channel::Book(pair),
                    _ => Channel::Other,
                };
                if self.channels.len() < CHANNELS {
                    self.channels.insert(id, channel);
                }
            }
            ("unsubscribed", _, Some(id)) => {
                self.channels.remove(&id);
            }
            _ => {}
        }
    }
}

/// All of them, the newest first, or one that was made just now.
fn trades<'a>(payload: &[&'a RawValue], pair: String, said: &mut Said<'a>) -> Result<(), Fault> {
    let trades: Vec<Vec<&'a RawValue>> = match payload {
        [all] => serde_json::from_str(all.get())?,
        [kind, one, ..] => match text(kind) {
            "te" => vec![serde_json::from_str(one.get())?],
            // The same trade again.
            "tu" => return said.nothing(Idle::Status),
            other => return Err(unknown("kind of trade", other)),
        },
        [] => Vec::new(),
    };
    for trade in trades.iter().rev() {
        let [number, time, quantity, price, ..] = trade[..] else {
            return Err(Fault::Missing("price"));
        };
        let (side, quantity) = match quantity.get().strip_prefix('-') {
            Some(quantity) => (Side::Sell, quantity),
            None => (Side::Buy, quantity.get()),
        };
        let (price, id) = (price.get(), text(number).into());
        let body = Body::Trade { price, quantity, side, kind: TradeKind::Market, id };
        said.push(pair.clone(), Some(moment(time.get(), 6)?), body);
    }
    Ok(())
}

/// Levels of price, count of orders and quantity, below zero for asks: all of them, or one.
fn book<'a>(payload: &'a RawValue, pair: String, said: &mut Said<'a>) -> Result<(), Fault> {
    if payload.get() == "\"cs\"" {
        return said.nothing(Idle::Status);
    }
    let snapshot = !payload.get()[1..]
        .trim_ascii_start()
        .starts_with(|c: char| c.is_ascii_digit() || c == '-');
    let rows: Vec<Vec<&'a RawValue>> = match snapshot {
        true => serde_json::from_str(payload.get())?,
        false => vec![serde_json::from_str(payload.get())?],
    };
    for row in rows {
        let [price, count, quantity] = row[..] else { return Err(Fault::Missing("quantity")) };
        let (bid, quantity) = match quantity.get().strip_prefix('-') {
            Some(quantity) => (false, quantity),
            None => (true, quantity.get()),
        };
        let quantity = if count.get() == "0" { "0" } else { quantity };
        said.levels.push(Level::new(bid, price.get(), quantity));
    }
    let body = said.book(snapshot, (NO_ID, NO_ID, NO_ID), 0);
    said.push(pair, None, body);
    Ok(())
}
