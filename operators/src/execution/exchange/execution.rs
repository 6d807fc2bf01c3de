//! What becomes of orders.

use super::Working;
use schemas::{EventTime, records::Liquidity};

/// An execution of an order.
#[derive(Debug, Clone, PartialEq)]
pub struct Execution {
    /// The order after it.
    pub working: Working,
    /// Price at the instrument's scale.
    pub price: i64,
    /// Quantity at the instrument's scale.
    pub quantity: i64,
    /// Who gave the liquidity.
    pub liquidity: Liquidity,
    /// Quantity that stood before it, where the model knows.
    pub queue_ahead: Option<i64>,
    /// Where in a candle it was; none where the record itself is the moment.
    pub within: Option<Within>,
}

/// A moment of a candle, which is received when it is over.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Within {
    /// When the candle began.
    pub opened: EventTime,
    /// What the market stood at.
    pub mark: i64,
    /// The venue's time, where the candle tells it.
    pub exchange_ts: Option<EventTime>,
    /// When it had happened at the latest.
    pub by: EventTime,
}
