//! What falls due in an account.

use super::{News, markouts::Watched};
use crate::risk::Approved;
use schemas::Text;
use serde::{Deserialize, Serialize};

/// What falls due in an account.
#[derive(Clone, Serialize, Deserialize)]
pub(super) enum Pending {
    /// An order reaches the venue.
    Arrive(Box<Approved>),
    /// An order did not reach the venue, and the strategy learns of it.
    Lost(Box<Approved>),
    /// A request to take an order back reaches the venue.
    Cancel { instrument: u32, order: Text },
    /// Such a request did not reach the venue, and the strategy learns of it.
    CancelLost { strategy: u16, instrument: u32, order: Text },
    /// The wish that an order be of a smaller quantity, as a whole, reaches the venue.
    Amend { instrument: u32, order: Text, quantity: i64 },
    /// Such a wish did not reach the venue, and the strategy learns of it.
    AmendLost { strategy: u16, instrument: u32, order: Text, quantity: i64 },
    /// An order's time at the venue is over.
    Timeout { instrument: u32, order: Text },
    /// The strategy learns what became of its order.
    Known { strategy: u16, instrument: u32, order: Text, news: News },
    /// A position has lasted as long as its exit lets it.
    Over { strategy: u16, instrument: u32 },
    /// Positions of a strategy's legs have been out of ratio for as long as the job lets them.
    Unhedged { strategy: u16 },
    /// An hour is over at which what is owed is charged.
    Interest,
    /// Funding of an instrument is due.
    Funding { instrument: u32 },
    /// A horizon of a fill is over.
    Markout(Box<Watched>),
    /// A fill whose horizon is over becomes known, toxic or not.
    Toxic { instrument: u32, toxic: bool },
    /// A second of event time is over.
    Second,
}
