//! Market records as steps see them.

use crate::{
    bars::BarTrade,
    book::{DeltaRow, L2Book},
};
use schemas::{
    EventTime,
    chunk::{Candle, NO_ID, OrderRow},
};

/// A market record as steps see it, prices and quantities at the instrument's scales.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MarketRow<'a> {
    /// A trade.
    Trade(BarTrade),
    /// A best bid and offer; a quantity of 0 means that the side is absent.
    Quote(Top),
    /// A level of the book.
    Delta(DeltaRow),
    /// A row about an order of the book.
    Order(OrderRow),
    /// A candle.
    Candle(&'a Candle),
    /// A funding rate.
    Funding(Funding),
    /// News about the instrument.
    News {
        /// Headline.
        headline: &'a str,
        /// Address.
        url: Option<&'a str>,
    },
}

/// A funding rate of a perpetual swap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Funding {
    /// Fraction of notional that longs pay to shorts; NaN is unknown.
    pub rate: f64,
    /// Mark price at the instrument's scale, where it is told.
    pub mark: Option<i64>,
    /// When it is due; none at the settlement itself.
    pub next: Option<EventTime>,
}

/// The best bid and offer; a quantity of 0 means that the side is absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Top {
    /// Best bid.
    pub bid: i64,
    /// Quantity at the best bid.
    pub bid_quantity: i64,
    /// Best ask.
    pub ask: i64,
    /// Quantity at the best ask.
    pub ask_quantity: i64,
    /// The venue's update id, [`NO_ID`] when unknown.
    pub update_id: u64,
}

impl Top {
    /// The best levels of a book.
    pub fn of_book(book: &L2Book) -> Top {
        let (bid, bid_quantity) = book.best_bid().unwrap_or_default();
        let (ask, ask_quantity) = book.best_ask().unwrap_or_default();
        let update_id = book.last_update_id().unwrap_or(NO_ID);
        Top { bid, bid_quantity, ask, ask_quantity, update_id }
    }

    /// Are both sides there?
    pub fn is_complete(self) -> bool {
        self.bid_quantity > 0 && self.ask_quantity > 0
    }

    /// Twice the mid price; exact.
    pub fn mid_doubled(self) -> Option<i64> {
        self.is_complete().then_some(self.bid + self.ask)
    }
}
