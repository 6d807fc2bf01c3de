//! What an exchange says, in words that all of them share.

use super::fault::Fault;
use super::frame::Frame;
use crate::sources::jsonl::Lookup;
use schemas::chunk::NO_ID;
use schemas::records::{OrderAction, TradeKind};
use schemas::{EventTime, Instrument, Side};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// The messages of an exchange.
pub(super) trait Venue: Send {
    /// Reads what a message, a reply or a new connection says.
    ///
    /// # Errors
    /// When it cannot be understood; nothing of it counts then.
    fn read<'a>(&mut self, frame: &'a Frame, said: &mut Said<'a>) -> Result<(), Fault>;

    /// Are messages by themselves, without what a capture says of them? Else they are rejects.
    fn alone(&self) -> bool {
        false
    }

    /// Do ids in messages about a book show by themselves when one is missing? If not, a line that
    /// cannot be used makes the books of its connection void.
    fn linked(&self) -> bool {
        true
    }
}

/// The instruments that are read.
pub(super) struct Instruments {
    venue: String,
    lookup: Lookup,
}

impl Instruments {
    pub(super) fn new(venue: &str, plan: &[Instrument]) -> Instruments {
        Instruments { venue: venue.to_owned(), lookup: Lookup::new(plan) }
    }

    /// One by the end of its venue's name and its symbol, with its place in the plan.
    pub(super) fn find(&self, market: &str, symbol: &str) -> Option<(u32, &Instrument)> {
        match market {
            "" => self.lookup.find(&self.venue, symbol),
            market => self.lookup.find(&format!("{}{market}", self.venue), symbol),
        }
    }
}

/// What a line says.
pub(super) struct Said<'a> {
    /// In order.
    pub(super) events: Vec<Event<'a>>,
    /// Levels of all of them.
    pub(super) levels: Vec<Level<'a>>,
    /// Something is missing before it, of whatever instrument of the connection.
    pub(super) gap: bool,
    /// What it is, if it says nothing that lands.
    pub(super) idle: Idle,
    /// What is read; nothing while only names are sought.
    instruments: Option<Arc<Instruments>>,
}

/// Lines that are no market data, or none that lands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Idle {
    /// The first line of a capture.
    Header,
    /// Connections made, and what was sent on them.
    Connection,
    /// Answers to that, and heartbeats.
    Status,
    /// Lists of instruments and the like.
    Reference,
    /// Channels that do not land: candles under way, statistics, orders one by one.
    Channel,
    /// Trades from before the connection was made, and changes of orders that no snapshot came
    /// before, or that it had already.
    History,
    /// Instruments that nobody asked for.
    Instrument,
}

/// An event of an instrument.
pub(super) struct Event<'a> {
    /// Market segment where an exchange has several: the end of the venue's name.
    pub(super) market: &'static str,
    pub(super) symbol: Cow<'a, str>,
    /// The venue's time.
    pub(super) exchange_ts: Option<EventTime>,
    pub(super) body: Body<'a>,
}

/// The kinds of events; numbers are as written.
pub(super) enum Body<'a> {
    Trade {
        price: &'a str,
        quantity: &'a str,
        /// The aggressor's.
        side: Side,
        kind: TradeKind,
        id: Cow<'a, str>,
    },
    /// Price and quantity of the best bid and of the best ask.
    Quote { bid: (&'a str, &'a str), ask: (&'a str, &'a str), update_id: u64 },
    Book {
        snapshot: bool,
        /// The book was void before this message.
        gap: bool,
        /// First, previous and last update id.
        ids: (u64, u64, u64),
        /// Places in [`Said::levels`].
        levels: Range<usize>,
    },
    /// What happens to orders, as one message.
    Orders(Vec<OrderEvent>),
}

/// What happens to an order, or to the whole book.
pub(super) struct OrderEvent {
    pub(super) action: OrderAction,
    pub(super) id: u64,
    /// None if it is about no order.
    pub(super) side: Option<Side>,
    pub(super) price: String,
    /// From now on, or how much of it goes.
    pub(super) quantity: String,
}

impl OrderEvent {
    /// Of no order.
    pub(super) fn bare(action: OrderAction) -> OrderEvent {
        let (price, quantity) = (String::new(), String::new());
        OrderEvent { action, id: NO_ID, side: None, price, quantity }
    }
}

/// A level of a book.
pub(super) struct Level<'a> {
    pub(super) bid: bool,
    pub(super) price: Cow<'a, str>,
    /// From now on; zero removes the level.
    pub(super) quantity: Cow<'a, str>,
}

impl<'a> Level<'a> {
    pub(super) fn new(bid: bool, price: &'a str, quantity: &'a str) -> Level<'a> {
        Level { bid, price: price.into(), quantity: quantity.into() }
    }
}

impl<'a> Said<'a> {
    /// Nothing yet.
    pub(super) fn new(instruments: Option<Arc<Instruments>>) -> Said<'a> {
        let (events, levels) = (Vec::new(), Vec::new());
        Said { events, levels, gap: false, idle: Idle::Channel, instruments }
    }

    /// Is an instrument read, whose market and symbol these are?
    pub(super) fn wants(&self, market: &str, symbol: &str) -> bool {
        self.instruments.as_ref().is_some_and(|all| all.find(market, symbol).is_some())
    }

    /// It says nothing that lands, because it is this.
    pub(super) fn nothing(&mut self, idle: Idle) -> Result<(), Fault> {
        self.idle = idle;
        Ok(())
    }

    /// Adds an event of an exchange with one market segment.
    pub(super) fn push(
        &mut self,
        symbol: impl Into<Cow<'a, str>>,
        exchange_ts: Option<EventTime>,
        body: Body<'a>,
    ) {
        self.events.push(Event { market: "", symbol: symbol.into(), exchange_ts, body });
    }

    /// A change of a book, or a whole one, whose levels are those from this place on.
    pub(super) fn book(&self, snapshot: bool, ids: (u64, u64, u64), from: usize) -> Body<'a> {
        Body::Book { snapshot, gap: false, ids, levels: from..self.levels.len() }
    }
}

/// The side of a word.
pub(super) fn side(word: &str, buy: &str, sell: &str) -> Result<Side, Fault> {
    match word {
        _ if word == buy => Ok(Side::Buy),
        _ if word == sell => Ok(Side::Sell),
        _ => Err(super::fault::unknown("side", word)),
    }
}

/// Connections of which something is known; a capture with more is none.
const CONNECTIONS: usize = 4096;

/// What is known of each connection.
#[derive(Debug, Default)]
pub(super) struct PerConnection<T>(BTreeMap<String, T>);

impl<T: Default> PerConnection<T> {
    /// Of one.
    pub(super) fn of(&mut self, conn: &str) -> &mut T {
        if !self.0.contains_key(conn) {
            if self.0.len() >= CONNECTIONS {
                self.0.clear();
            }
            self.0.insert(conn.to_owned(), T::default());
        }
        self.0.get_mut(conn).expect("it was just put there")
    }

    /// It begins anew.
    pub(super) fn reset(&mut self, conn: &str) {
        self.0.remove(conn);
    }
}
