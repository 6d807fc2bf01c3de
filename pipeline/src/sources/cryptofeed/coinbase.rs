//! Coinbase Advanced Trade. Messages are numbered over all channels of a connection; those about a
//! book have no ids of their own, so that a number left out makes its books void. The side of a
//! trade is the maker's.

use super::event::{Body, Idle, Level, PerConnection, Said, Venue, side};
use super::fault::{Fault, unknown};
use super::frame::{Frame, FrameKind};
use super::read::{id, need};
use schemas::EventTime;
use schemas::chunk::NO_ID;
use schemas::records::TradeKind;
use serde::Deserialize;
use serde_json::value::RawValue;

/// See the [module](self).
#[derive(Default)]
pub(super) struct Coinbase {
    /// The number of the last message.
    numbers: PerConnection<Option<u64>>,
}

#[derive(Deserialize)]
struct Message<'a> {
    channel: Option<&'a str>,
    timestamp: Option<&'a str>,
    #[serde(borrow)]
    sequence_num: Option<&'a RawValue>,
    #[serde(borrow)]
    events: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
struct Changes<'a> {
    r#type: &'a str,
    product_id: &'a str,
    #[serde(borrow)]
    updates: Vec<Change<'a>>,
}

#[derive(Deserialize)]
struct Change<'a> {
    side: &'a str,
    price_level: &'a str,
    new_quantity: &'a str,
}

#[derive(Deserialize)]
struct Trades<'a> {
    r#type: &'a str,
    #[serde(borrow)]
    trades: Vec<Trade<'a>>,
}

#[derive(Deserialize)]
struct Trade<'a> {
    product_id: &'a str,
    trade_id: &'a str,
    price: &'a str,
    size: &'a str,
    time: &'a str,
    side: &'a str,
}

impl Venue for Coinbase {
    fn linked(&self) -> bool {
        false
    }

    fn read<'a>(&mut self, frame: &'a Frame, said: &mut Said<'a>) -> Result<(), Fault> {
        match frame.kind {
            FrameKind::Reply => return said.nothing(Idle::Reference),
            FrameKind::Received => {}
            _ => {
                self.numbers.reset(&frame.conn);
                return said.nothing(Idle::Connection);
            }
        }
        let message: Message<'a> = serde_json::from_str(&frame.text)?;
        if let Some(number) = message.sequence_num {
            let number = id("sequence_num", Some(number))?;
            let before = self.numbers.of(&frame.conn).replace(number);
            said.gap = before.is_some_and(|before| before.checked_add(1) != Some(number));
        }
        let channel = need(message.channel, "channel")?;
        let events = message.events.unwrap_or_default();
        match channel {
            "l2_data" => {
                let at = time(need(message.timestamp, "timestamp")?)?;
                events.into_iter().try_for_each(|event| book(event, at, said))
            }
            "market_trades" => events.into_iter().try_for_each(|event| trades(event, said)),
            "subscriptions" | "heartbeats" => said.nothing(Idle::Status),
            "ticker" | "ticker_batch" | "candles" | "status" => said.nothing(Idle::Channel),
            other => Err(unknown("channel", other)),
        }
    }
}

fn book<'a>(event: &'a RawValue, at: EventTime, said: &mut Said<'a>) -> Result<(), Fault> {
    let changes: Changes<'a> = serde_json::from_str(event.get())?;
    let snapshot = match changes.r#type {
        "snapshot" => true,
        "update" => false,
        other => return Err(unknown("type", other)),
    };
    let from = said.levels.len();
    for change in changes.updates {
        let bid = match change.side {
            "bid" => true,
            "offer" | "ask" => false,
            other => return Err(unknown("side", other)),
        };
        said.levels.push(Level::new(bid, change.price_level, change.new_quantity));
    }
    let body = said.book(snapshot, (NO_ID, NO_ID, NO_ID), from);
    said.push(changes.product_id, Some(at), body);
    Ok(())
}

fn trades<'a>(event: &'a RawValue, said: &mut Said<'a>) -> Result<(), Fault> {
    let event: Trades<'a> = serde_json::from_str(event.get())?;
    if event.r#type == "snapshot" {
        return said.nothing(Idle::History);
    }
    // The newest comes first.
    for trade in event.trades.into_iter().rev() {
        let body = Body::Trade {
            price: trade.price,
            quantity: trade.size,
            side: side(trade.side, "BUY", "SELL")?.opposite(),
            kind: TradeKind::Market,
            id: trade.trade_id.into(),
        };
        said.push(trade.product_id, Some(time(trade.time)?), body);
    }
    Ok(())
}

fn time(text: &str) -> Result<EventTime, Fault> {
    let date = || text.contains('T').then(|| text.parse().ok()).flatten();
    date().ok_or_else(|| unknown("time", text))
}
