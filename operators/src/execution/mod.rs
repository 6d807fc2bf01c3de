//! The paper exchange: one instrument's market as one account meets it.

mod clock;
mod display;
mod exchange;
mod latency;
mod queue;

pub use clock::VenueClock;
pub use exchange::{ExchangeState, Execution, PaperExchange, Within, Working};
pub use latency::{Delay, Latency, LatencyLog, LogError, LogRow, Message, Trip};
pub use queue::QueueModel;

use crate::strategy::Amount;
use schemas::{EventTime, OrderKey, Side, Span, Text, instrument::Rate, records::Liquidity};
use serde::{Deserialize, Serialize};

/// How a venue treats orders.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExecutionSpec {
    /// How long orders and answers travel.
    pub latency: Latency,
    /// Fee of a resting order, as a fraction of notional.
    pub maker_fee: Rate,
    /// Fee of a taking order, as a fraction of notional.
    pub taker_fee: Rate,
    /// What decides executions.
    pub fill: FillSpec,
    /// The clock by which orders meet the market; none is the receiver's.
    pub clock: Option<VenueClock>,
}

impl ExecutionSpec {
    /// The fee rate of an execution.
    pub fn fee(&self, liquidity: Liquidity) -> Rate {
        match liquidity {
            Liquidity::Maker => self.maker_fee,
            Liquidity::Taker => self.taker_fee,
        }
    }
}

/// What decides executions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FillSpec {
    /// The model.
    pub model: FillModel,
    /// How a resting order advances among those at its price.
    pub queue: QueueModel,
    /// May an order be filled in parts?
    pub partial: bool,
    /// Without quotes, a market order pays this beyond the trade; in price units.
    pub half_spread: f64,
}

impl FillSpec {
    /// As executions name it: with the queue model where that is not the usual one.
    pub fn name(&self) -> String {
        match (self.model, self.queue) {
            (FillModel::DisplayedDepth, queue) if queue != QueueModel::RiskAverse => {
                format!("{}, {queue}", self.model)
            }
            _ => self.model.to_string(),
        }
    }
}

schemas::text_enum! {
    /// Models of execution.
    FillModel {
        /// Takes what the book (or the best bid and offer) displays, less what the account has
        /// taken of it already. A resting order waits behind what stood at its price when it
        /// came, advances as a [`QueueModel`] says, or is filled when the market trades or quotes
        /// through its price.
        DisplayedDepth = "displayed_depth",
        /// A market order is filled whole at the next trade and the half spread; a limit order
        /// at its price once a trade goes through it.
        NextTrade = "next_trade",
        /// Candles alone: a market order is filled whole at the open of the first candle that
        /// begins once it has arrived, and the half spread. There are no limit orders.
        NextOpen = "next_open",
        /// Market orders as in `next_open`. Within a candle the price went from the open to the
        /// high, to the low, to the close; a limit order is filled whole at its price once that
        /// path goes through it, or at the open if that is where it first could take.
        BarOhlc = "bar_ohlc",
        /// The same by way of the low first: open, low, high, close.
        BarOlhc = "bar_olhc",
    }
}

impl FillModel {
    /// Are orders filled by candles, and by nothing else?
    pub fn needs_candles(self) -> bool {
        matches!(self, FillModel::NextOpen | FillModel::BarOhlc | FillModel::BarOlhc)
    }
}

/// An order on its way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// Id, derived from the key of the decision.
    pub id: Text,
    /// Order that this one replaces.
    pub parent: Option<Text>,
    /// Index of the strategy within the account.
    pub strategy: u16,
    /// Index of the instrument.
    pub instrument: u32,
    /// Side.
    pub side: Side,
    /// Quantity at the instrument's scale, positive.
    pub quantity: i64,
    /// Limit price at the instrument's scale; none is a market order.
    pub limit: Option<i64>,
    /// The level of an exit that made it, at the instrument's scale.
    pub trigger: Option<i64>,
    /// Rejected if it would take.
    pub post_only: bool,
    /// Taken back this long after it arrived.
    pub timeout: Option<Span>,
    /// The position that it is to bring about, where its quantity is found at the fill.
    pub sizing: Option<Sizing>,
    /// Key of the decision.
    pub decided: OrderKey,
    /// The market at the decision.
    pub decision: Marks,
}

/// What an order's quantity follows from once its price is known.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sizing {
    /// How much is wanted.
    pub amount: Amount,
    /// +1 long, -1 short.
    pub side: i8,
}

/// Mid and spread at a moment; NaN is null.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Marks {
    /// Middle of best bid and ask.
    pub mid: f64,
    /// Best ask less best bid.
    pub spread: f64,
}

/// An id that a key determines.
pub fn id_of(key: &OrderKey) -> Text {
    let OrderKey { ts: EventTime(ts), received, source_rank, source_partition, .. } = key;
    format!(
        "{ts}.{received}.{source_rank}.{source_partition}.{}.{}.{}.{}",
        key.source_offset, key.operator, key.state, key.seq
    )
    .into()
}
