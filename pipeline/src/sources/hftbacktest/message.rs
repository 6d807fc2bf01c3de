//! The JSON of Binance's streams, borrowed from the line.

use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// A line after its receive time: a message of a combined stream, or a snapshot from REST.
#[derive(Deserialize)]
pub(super) struct Message<'a> {
    #[serde(borrow)]
    pub(super) stream: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) data: Option<Data<'a>>,
    #[serde(rename = "lastUpdateId")]
    pub(super) last_update_id: Option<u64>,
    #[serde(borrow)]
    pub(super) bids: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) asks: Option<&'a RawValue>,
    #[serde(rename = "T")]
    pub(super) transaction_ms: Option<i64>,
    #[serde(rename = "E")]
    pub(super) event_ms: Option<i64>,
}

/// An event. One struct for all of them, so that a line is scanned once: letters mean different
/// things in different events, and these are the fields of trade, depthUpdate and bookTicker.
#[derive(Deserialize)]
pub(super) struct Data<'a> {
    /// Kind of event; a spot bookTicker has none.
    #[serde(borrow, rename = "e")]
    pub(super) event: Option<Cow<'a, str>>,
    #[serde(rename = "E")]
    pub(super) event_ms: Option<i64>,
    #[serde(rename = "T")]
    pub(super) transaction_ms: Option<i64>,
    #[serde(borrow, rename = "s")]
    pub(super) symbol: Option<Cow<'a, str>>,
    #[serde(rename = "U")]
    pub(super) first_update_id: Option<u64>,
    #[serde(rename = "u")]
    pub(super) update_id: Option<u64>,
    #[serde(rename = "pu")]
    pub(super) previous_update_id: Option<u64>,
    /// Levels of a depthUpdate, price of a bookTicker.
    #[serde(borrow, rename = "b")]
    pub(super) bid: Option<&'a RawValue>,
    #[serde(borrow, rename = "a")]
    pub(super) ask: Option<&'a RawValue>,
    #[serde(borrow, rename = "B")]
    pub(super) bid_quantity: Option<&'a RawValue>,
    #[serde(borrow, rename = "A")]
    pub(super) ask_quantity: Option<&'a RawValue>,
    #[serde(borrow, rename = "t")]
    pub(super) trade_id: Option<&'a RawValue>,
    #[serde(borrow, rename = "p")]
    pub(super) price: Option<&'a RawValue>,
    #[serde(borrow, rename = "q")]
    pub(super) quantity: Option<&'a RawValue>,
    #[serde(rename = "m")]
    pub(super) buyer_is_maker: Option<bool>,
    #[serde(borrow, rename = "X")]
    pub(super) trade_type: Option<&'a RawValue>,
}
