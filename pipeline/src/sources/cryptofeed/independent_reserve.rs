//! Independent Reserve: orders one by one, with numbers (`Nonce`) by currency, and snapshots from
//! REST (`GetAllOrders`) that have none ([how they meet](super::orders)).
//!
//! A channel is of a currency that is bought, with prices in all that it is bought with: each
//! instrument, as `eth-aud`, of which a snapshot came takes its own. The venue converts prices when
//! an order comes; what it converts them to later is told by the next snapshot only.
//!
//! A number left out, or a connection made anew, makes the books of the currency void until their
//! next snapshot. One that was made before their messages were received is none.

use super::event::{Body, Idle, OrderEvent, Said, Venue, side};
use super::fault::{Fault, unknown};
use super::frame::{Frame, FrameKind};
use super::orders::{Change, Followed, Resting, Told};
use super::read::{id, moment, need, text};
use schemas::records::{OrderAction, TradeKind};
use schemas::{EventTime, Side};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, VecDeque};

/// Messages of a channel that are kept for a snapshot made before them.
const RECENT: usize = 1024;

/// Currencies: the venue has some thirty.
const CHANNELS: usize = 1024;

/// See the [module](self).
#[derive(Default)]
pub(super) struct IndependentReserve {
    /// By the currency that is bought.
    channels: BTreeMap<String, Channel>,
}

/// The books of a currency.
struct Channel {
    /// The connection of its messages.
    conn: String,
    /// From then on all messages are at hand.
    since: EventTime,
    /// Of the last message.
    nonce: Option<u64>,
    recent: VecDeque<Told>,
    /// By the currency of prices.
    books: BTreeMap<String, Followed>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Message<'a> {
    event: &'a str,
    channel: Option<&'a str>,
    #[serde(borrow)]
    nonce: Option<&'a RawValue>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow)]
    time: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct About<'a> {
    order_type: &'a str,
    order_guid: &'a str,
    #[serde(borrow)]
    price: Option<BTreeMap<&'a str, &'a RawValue>>,
    #[serde(borrow)]
    volume: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Traded<'a> {
    trade_guid: &'a str,
    trade_date: &'a str,
    pair: Option<&'a str>,
    #[serde(borrow)]
    volume: &'a RawValue,
    #[serde(borrow)]
    price: &'a RawValue,
    side: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AllOrders<'a> {
    #[serde(borrow)]
    buy_orders: Vec<Listed<'a>>,
    #[serde(borrow)]
    sell_orders: Vec<Listed<'a>>,
    primary_currency_code: &'a str,
    secondary_currency_code: &'a str,
    created_timestamp_utc: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed<'a> {
    guid: &'a str,
    #[serde(borrow)]
    price: &'a RawValue,
    #[serde(borrow)]
    volume: &'a RawValue,
}

impl Venue for IndependentReserve {
    fn read<'a>(&mut self, frame: &'a Frame, said: &mut Said<'a>) -> Result<(), Fault> {
        match frame.kind {
            FrameKind::Reply => return self.snapshot(frame, said),
            FrameKind::Received => {}
            _ => {
                self.leave(|_, channel| channel.conn == frame.conn, said);
                return said.nothing(Idle::Connection);
            }
        }
        let message: Message<'a> = serde_json::from_str(&frame.text)?;
        match message.event {
            "NewOrder" | "OrderChanged" | "OrderCanceled" => self.order(&message, frame, said),
            "Trade" => trade(&message, said),
            "Subscriptions" => self.subscribed(&message, frame, said),
            "Heartbeat" | "Error" => said.nothing(Idle::Status),
            other => Err(unknown("event", other)),
        }
    }
}

impl IndependentReserve {
    /// The channels of a connection from now on.
    fn subscribed<'a>(
        &mut self,
        message: &Message<'a>,
        frame: &Frame,
        said: &mut Said<'a>,
    ) -> Result<(), Fault> {
        let names: Vec<&str> = serde_json::from_str(need(message.data, "Data")?.get())?;
        let at = moment(need(message.time, "Time")?.get(), 6)?;
        let bought: Vec<&str> =
            names.iter().filter_map(|name| name.strip_prefix("orderbook-")).collect();
        let left =
            |base: &str, channel: &Channel| channel.conn == frame.conn && !bought.contains(&base);
        self.leave(left, said);
        for base in bought {
            if self.channels.len() < CHANNELS && !self.channels.contains_key(base) {
                self.channels.insert(base.to_owned(), Channel::new(&frame.conn, at));
            }
        }
        said.nothing(Idle::Status)
    }

    /// Channels that are not followed any more: their books are void.
    fn leave(&mut self, left: impl Fn(&str, &Channel) -> bool, said: &mut Said<'_>) {
        self.channels.retain(|base, channel| {
            let left = left(base, channel);
            if left {
                channel.lose(base, said);
            }
            !left
        });
    }

    fn order<'a>(
        &mut self,
        message: &Message<'a>,
        frame: &Frame,
        said: &mut Said<'a>,
    ) -> Result<(), Fault> {
        let name = need(message.channel, "Channel")?;
        let base = name.strip_prefix("orderbook-").ok_or_else(|| unknown("channel", name))?;
        let nonce = id("Nonce", message.nonce)?;
        let at = moment(need(message.time, "Time")?.get(), 6)?;
        let about: About<'a> = serde_json::from_str(need(message.data, "Data")?.get())?;
        let told = Told { guid: guid(about.order_guid)?, at, change: change(message, &about)? };
        let known = self.channels.get(base);
        let follows = |channel: &Channel| {
            channel.conn == frame.conn
                && channel.nonce.is_none_or(|last| last.checked_add(1) == Some(nonce))
        };
        let broken = known.is_some_and(|channel| !follows(channel));
        for book in known.iter().filter(|_| !broken).flat_map(|channel| channel.books.values()) {
            book.check(&told)?;
        }
        if known.is_none() && self.channels.len() >= CHANNELS {
            return Err(unknown("channel", name));
        }
        let channel = self.channels.entry(base.to_owned());
        let channel = channel.or_insert_with(|| Channel::new(&frame.conn, at));
        if broken {
            channel.lose(base, said);
            *channel = Channel::new(&frame.conn, at);
        }
        channel.nonce = Some(nonce);
        for (quote, book) in &mut channel.books {
            let mut rows = Vec::new();
            book.take(&told, &mut rows);
            if !rows.is_empty() {
                said.push(format!("{base}-{quote}"), Some(at), Body::Orders(rows));
            }
        }
        if channel.recent.len() == RECENT {
            let oldest = channel.recent.pop_front();
            channel.since = oldest.map_or(channel.since, |oldest| oldest.at.max(channel.since));
        }
        channel.recent.push_back(told);
        said.nothing(Idle::History)
    }

    fn snapshot<'a>(&mut self, frame: &'a Frame, said: &mut Said<'a>) -> Result<(), Fault> {
        if !frame.target.contains("/GetAllOrders?") {
            return said.nothing(Idle::Reference);
        }
        let all: AllOrders<'a> = serde_json::from_str(&frame.text)?;
        let made = date(all.created_timestamp_utc)?;
        let base = all.primary_currency_code.to_lowercase();
        let quote = all.secondary_currency_code.to_lowercase();
        let channel = self.channels.get_mut(&base).filter(|channel| channel.since <= made);
        let channel = channel.ok_or(Fault::Unfollowed)?;
        let sides = [(Side::Buy, &all.buy_orders), (Side::Sell, &all.sell_orders)];
        let mut orders = Vec::new();
        for (side, Listed { guid: id, price, volume }) in
            sides.into_iter().flat_map(|(side, orders)| orders.iter().map(move |o| (side, o)))
        {
            let (price, volume) = (text(price).to_owned(), text(volume).to_owned());
            orders.push(Resting { guid: guid(id)?, side, price, volume });
        }
        let mut rows = Vec::new();
        let mut book = Followed::begin(quote.clone(), made, orders, &mut rows)?;
        for told in &channel.recent {
            book.check(told)?;
            book.take(told, &mut rows);
        }
        said.push(format!("{base}-{quote}"), Some(made), Body::Orders(rows));
        channel.books.insert(quote, book);
        Ok(())
    }
}

impl Channel {
    fn new(conn: &str, since: EventTime) -> Channel {
        let (conn, recent, books) = (conn.to_owned(), VecDeque::new(), BTreeMap::new());
        Channel { conn, since, nonce: None, recent, books }
    }

    /// Its books are void.
    fn lose(&self, base: &str, said: &mut Said<'_>) {
        for quote in self.books.keys() {
            let rows = vec![OrderEvent::bare(OrderAction::Gap)];
            said.push(format!("{base}-{quote}"), None, Body::Orders(rows));
        }
    }
}

fn change(message: &Message<'_>, about: &About<'_>) -> Result<Change, Fault> {
    let volume = || Ok::<_, Fault>(text(need(about.volume, "Volume")?).to_owned());
    Ok(match message.event {
        "NewOrder" => {
            let side = side(about.order_type, "LimitBid", "LimitOffer")?;
            let prices = need(about.price.as_ref(), "Price")?.iter();
            let price = |(quote, price): (&&str, &&RawValue)| {
                (quote.to_lowercase(), text(price).to_owned())
            };
            Change::New { side, prices: prices.map(price).collect(), volume: volume()? }
        }
        "OrderChanged" => Change::Left(volume()?),
        _ => Change::Gone,
    })
}

/// A trade is of a pair, or has prices in several currencies.
fn trade<'a>(message: &Message<'a>, said: &mut Said<'a>) -> Result<(), Fault> {
    let name = need(message.channel, "Channel")?;
    let base = name.strip_prefix("ticker-").ok_or_else(|| unknown("channel", name))?;
    let trade: Traded<'a> = serde_json::from_str(need(message.data, "Data")?.get())?;
    let at = date(trade.trade_date)?;
    let side = side(trade.side, "Buy", "Sell")?;
    let prices: Vec<(String, &'a str)> = match trade.pair {
        Some(pair) => vec![(pair.to_lowercase(), text(trade.price))],
        None => {
            let prices: BTreeMap<&str, &'a RawValue> = serde_json::from_str(trade.price.get())?;
            let symbol = |quote: &str| format!("{base}-{}", quote.to_lowercase());
            prices.into_iter().map(|(quote, price)| (symbol(quote), text(price))).collect()
        }
    };
    for (symbol, price) in prices {
        let (quantity, id) = (text(trade.volume), trade.trade_guid.into());
        let body = Body::Trade { price, quantity, side, kind: TradeKind::Market, id };
        said.push(symbol, Some(at), body);
    }
    Ok(())
}

fn guid(text: &str) -> Result<u128, Fault> {
    let digits: String = text.split('-').collect();
    let plain = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let guid = plain.then(|| u128::from_str_radix(&digits, 16).ok()).flatten();
    guid.ok_or_else(|| unknown("order", text))
}

fn date(text: &str) -> Result<EventTime, Fault> {
    text.parse().map_err(|_| unknown("time", text))
}
