//! The JSON of topics: one object a record, `type` and `version` first, prices, quantities, ids
//! and nanosecond times as decimal strings because they exceed 2^53.
//!
//! After `type`, `version`, `venue`, `symbol` and `ts` (when the collector received it) come, `?`
//! meaning that a field may be absent or null:
//!
//! - `trade`: `exchange_ts?`, `trade_id?`, `price`, `quantity`, `side?`, `kind?`
//! - `quote`: `exchange_ts?`, `update_id?`, `bid_price`, `bid_quantity`, `ask_price`,
//!   `ask_quantity`; a side that is absent has quantity 0 and needs no price
//! - `book_snapshot`: `exchange_ts?`, `first_update_id?`, `previous_update_id?`, `update_id?`,
//!   `bids`, `asks`
//! - `book_delta`: the same, `clear?`, which says that the book before it is void, and `gap?`,
//!   which says that something is missing: the book is void until a snapshot
//! - `book_order`: `exchange_ts?`, `action` (see [`OrderAction`](crate::records::OrderAction)),
//!   `last?` (true ends the message of the venue), and unless it is `clear`, `nothing` or `gap`:
//!   `order_id`, `priority?`, `side`, `price`, `quantity`
//! - `news`: `source`, `published_ts?`, `headline`, `body?`, `url?`, and `symbols?` (a list), by
//!   which a source with a mapping tags what names no instrument; `ts` is when it was first seen
//! - `candle`: `open_ts`, `close_ts` (excluded), `open`, `high`, `low`, `close`, `volume`,
//!   `buy_volume?`, `trades?` (a number): a bar that the venue publishes
//! - `funding`: `exchange_ts?`, `rate` (a number or null), `mark_price?`, `next_ts?`: what is paid
//!   at `next_ts`, or without it, what is settled now
//! - `metric`: `exchange_ts?`, `name`, `value` (a number or null)
//! - `heartbeat`: nothing
//!
//! News, metrics and heartbeats may do without `venue` and `symbol`. `bids` and `asks` hold
//! `[price, quantity]`, best first by custom; all levels of one message of the venue are one
//! record. Unknown fields are ignored, so that producers may add some.
//!
//! These come in; what goes out is described in [`results`].

mod decode;
mod encode;
mod error;
mod message;
mod number;
mod quick;
mod raw;
pub mod results;
#[cfg(test)]
mod tests;
mod text;

pub use decode::{Lookup, decode_line};
pub use encode::{encode_heartbeat, encode_message, message_end};
pub use error::WireError;
pub use message::{Body, Message};

/// The version of records that is read and written.
pub const VERSION: u64 = 1;

/// For fuzzing: a record as the quick reader and as the general one reads it.
#[cfg(fuzzing)]
pub fn decode_both<'a>(
    text: &'a str,
    lookup: &Lookup<'_, '_>,
) -> (Option<Message<'a>>, Result<Message<'a>, WireError>) {
    (quick::decode(text, lookup), decode::decode_long(text, lookup))
}
