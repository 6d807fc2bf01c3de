//! The paper exchange: one instrument's market as one account meets it.

mod clock;
mod consumed;
mod display;
mod exchange;
mod fees;
mod impact;
mod latency;
pub(crate) mod margin;
mod queue;
#[cfg(test)]
mod samples;
mod view;
#[cfg(test)]
mod view_laws;

pub use clock::VenueClock;
pub use consumed::Consumed;
pub use exchange::{Asleep, ExchangeState, Execution, PaperExchange, Within, Working};
pub(crate) use exchange::{OTHER_FILLED, OTHER_FILLED_IN_PART};
pub use fees::{FeeTier, Fees, Traded};
pub use impact::Impact;
pub use latency::{Delay, Latency, LatencyLog, LogError, LogRow, Message, Trip};
pub use margin::{Borrow, Margin, MarginTier};
pub use queue::QueueModel;
pub use view::{MarketView, Moved, SharedView, ViewState};

use crate::strategy::Amount;
use schemas::{EventTime, OrderKey, Side, Span, Text, records::TimeInForce};
use serde::{Deserialize, Serialize};

/// How a venue treats orders.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExecutionSpec {
    /// How long orders and answers travel.
    pub latency: Latency,
    /// What it takes of executions.
    pub fees: Fees,
    /// What decides executions.
    pub fill: FillSpec,
    /// The clock by which orders meet the market; none is the receiver's.
    pub clock: Option<VenueClock>,
    /// What it wants to be held against positions; none lets positions of any size be held. Left
    /// out where there is none, so that the digest of a job without is what it was before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin: Option<Margin>,
    /// What it takes for what it lends; none lends for nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub borrow: Option<Borrow>,
    /// How much worse executions are that take; none lets them have what the fill model gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impact: Option<Impact>,
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
    /// When what the account took of what is displayed is there again.
    pub consumed: Consumed,
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
    /// Does it nothing but reduce the account's position?
    pub reduce_only: bool,
    /// What it waits for at the venue before it can be executed.
    pub wake: Option<WakeAt>,
    /// Taken back this long after it arrived.
    pub timeout: Option<Span>,
    /// How long it stands; with a timeout until that.
    pub in_force: TimeInForce,
    /// The position that it is to bring about, where its quantity is found at the fill.
    pub sizing: Option<Sizing>,
    /// The orders of which one cancels the others that it belongs to.
    pub linked: Option<Linked>,
    /// Key of the decision.
    pub decided: OrderKey,
    /// The market at the decision.
    pub decision: Marks,
}

impl Order {
    /// At any price, until it is filled or taken back: of a strategy in an instrument, with what
    /// was known when it was decided.
    pub(crate) fn market(
        id: Text,
        (strategy, instrument): (u16, u32),
        (side, quantity): (Side, i64),
        (decided, decision): (OrderKey, Marks),
    ) -> Order {
        Order {
            id,
            parent: None,
            strategy,
            instrument,
            side,
            quantity,
            limit: None,
            trigger: None,
            post_only: false,
            reduce_only: false,
            wake: None,
            timeout: None,
            in_force: TimeInForce::Gtc,
            sizing: None,
            linked: None,
            decided,
            decision,
        }
    }
}

/// A group of a strategy's orders in one instrument: what is executed of one the venue takes off
/// the others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Linked {
    /// Id of the group: that of its first order.
    pub group: Text,
    /// What its orders execute together at most, at the instrument's scale.
    pub most: i64,
}

/// What an order that waits for a price waits for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct WakeAt {
    /// Which move wakes it.
    pub on: Wake,
    /// The price at the instrument's scale; of a trailing stop its distance, above 0.
    pub at: i64,
}

/// Which move of the market wakes an order that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wake {
    /// To a price that is worse: up to it for a buy order, down to it for a sell order.
    Stop,
    /// To a price that is better: down to it for a buy order, up to it for a sell order.
    Touch,
    /// Against the order by a distance from the best price since it arrived: up from the lowest
    /// for a buy order, down from the highest for a sell order.
    Trail,
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
