//! Deribit: books that begin with a snapshot and whose changes name the one before.

use super::event::{Body, Idle, Level, Said, Venue, side};
use super::fault::{Fault, unknown};
use super::frame::{Frame, FrameKind};
use super::read::{id, last, maybe_moment, need, text};
use schemas::chunk::NO_ID;
use schemas::records::TradeKind;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// See the [module](self).
#[derive(Default)]
pub(super) struct Deribit {
    /// The id where each book stands.
    books: BTreeMap<String, u64>,
}

#[derive(Deserialize)]
struct Message<'a> {
    method: Option<&'a str>,
    #[serde(borrow)]
    params: Option<Params<'a>>,
}

#[derive(Deserialize)]
struct Params<'a> {
    channel: Option<&'a str>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Book<'a> {
    r#type: Option<&'a str>,
    instrument_name: &'a str,
    #[serde(borrow)]
    timestamp: Option<&'a RawValue>,
    #[serde(borrow)]
    change_id: Option<&'a RawValue>,
    #[serde(borrow)]
    prev_change_id: Option<&'a RawValue>,
    #[serde(borrow)]
    bids: Vec<Vec<&'a RawValue>>,
    #[serde(borrow)]
    asks: Vec<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
struct Trade<'a> {
    instrument_name: &'a str,
    trade_id: &'a str,
    #[serde(borrow)]
    timestamp: Option<&'a RawValue>,
    #[serde(borrow)]
    price: &'a RawValue,
    #[serde(borrow)]
    amount: &'a RawValue,
    direction: &'a str,
    liquidation: Option<&'a str>,
}

impl Venue for Deribit {
    fn read<'a>(&mut self, frame: &'a Frame, said: &mut Said<'a>) -> Result<(), Fault> {
        match frame.kind {
            FrameKind::Reply => return said.nothing(Idle::Reference),
            FrameKind::Received => {}
            _ => return said.nothing(Idle::Connection),
        }
        let message: Message<'a> = serde_json::from_str(&frame.text)?;
        if message.method != Some("subscription") {
            return said.nothing(Idle::Status);
        }
        let params = need(message.params, "params")?;
        let (channel, data) = (need(params.channel, "channel")?, need(params.data, "data")?);
        match channel.split('.').next().unwrap_or_default() {
            "book" => self.book(data, said),
            "trades" => trades(data, said),
            "ticker" | "quote" | "chart" | "perpetual" | "estimated_expiration_price" => {
                said.nothing(Idle::Channel)
            }
            _ => Err(unknown("channel", channel)),
        }
    }
}

impl Deribit {
    fn book<'a>(&mut self, data: &'a RawValue, said: &mut Said<'a>) -> Result<(), Fault> {
        let book: Book<'a> = serde_json::from_str(data.get())?;
        let change = id("change_id", book.change_id)?;
        let (snapshot, ids) = match book.r#type {
            Some("snapshot") => (true, last(change)),
            Some("change") => (false, (NO_ID, id("prev_change_id", book.prev_change_id)?, change)),
            // Grouped books are whole and have another form.
            None => return said.nothing(Idle::Channel),
            Some(other) => return Err(unknown("type", other)),
        };
        for (bid, side) in [(true, book.bids), (false, book.asks)] {
            for row in side {
                let [what, price, quantity] = row[..] else {
                    return Err(Fault::Missing("amount"));
                };
                let quantity = match text(what) {
                    "new" | "change" => quantity.get(),
                    "delete" => "0",
                    other => return Err(unknown("change", other)),
                };
                said.levels.push(Level::new(bid, price.get(), quantity));
            }
        }
        let mut gap = false;
        if said.wants("", book.instrument_name) {
            let before = self.books.insert(book.instrument_name.to_owned(), change);
            // Subscribed to anew, at a venue that counts from the beginning again.
            gap = snapshot && before.is_some_and(|before| change <= before);
        }
        let levels = 0..said.levels.len();
        let body = Body::Book { snapshot, gap, ids, levels };
        said.push(book.instrument_name, maybe_moment(book.timestamp, 6)?, body);
        Ok(())
    }
}

fn trades<'a>(data: &'a RawValue, said: &mut Said<'a>) -> Result<(), Fault> {
    let trades: Vec<Trade<'a>> = serde_json::from_str(data.get())?;
    for trade in trades {
        let body = Body::Trade {
            price: text(trade.price),
            quantity: text(trade.amount),
            side: side(trade.direction, "buy", "sell")?,
            kind: match trade.liquidation {
                Some(_) => TradeKind::Liquidation,
                None => TradeKind::Market,
            },
            id: trade.trade_id.into(),
        };
        said.push(trade.instrument_name, maybe_moment(trade.timestamp, 6)?, body);
    }
    Ok(())
}
