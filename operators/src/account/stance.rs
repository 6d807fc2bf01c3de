//! What a strategy knows of what it trades, and what it wants.

use super::{exits, quotes};
use crate::{portfolio::Holding, rules::RuleState, strategy::Amount};
use schemas::{Price, Text};
use serde::{Deserialize, Serialize};

/// What a strategy learns of its order.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) enum News {
    Filled {
        signed: i64,
        price: Price,
        done: bool,
    },
    Ended {
        timed_out: bool,
    },
    /// It is of this quantity from now on, what was executed included.
    Amended {
        quantity: i64,
    },
    /// The venue closes what the strategy has, with the order that is named, if it needs one.
    Liquidated,
}

/// What a strategy knows and wants in one instrument.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Stance {
    pub target: i64,
    /// What the target follows from, unless it is flat.
    pub amount: Option<Amount>,
    /// Direction last acted on.
    pub wanted: i8,
    pub holding: Holding,
    pub held: u32,
    pub live: Option<Live>,
    /// The target changed while an order was live: order again when that has ended.
    pub reconcile: bool,
    pub rules: [RuleState; 3],
    pub was_true: [bool; 3],
    pub size: RuleState,
    /// Of the limit of orders, and of the price that they wait for.
    pub prices: [RuleState; 2],
    pub exits: Option<exits::Exits>,
    pub quotes: Option<quotes::Quotes>,
    /// Is it liquidated and does not know yet?
    pub doomed: bool,
    /// The venue's order that closes its position, until it is known to be filled.
    pub closing: Option<Text>,
}

/// A strategy's order that has not ended, as the strategy knows.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Live {
    pub id: Text,
    pub cancelling: bool,
    pub then_market: bool,
    pub market: bool,
}
