//! The columns of a chunk, one group a kind of row.

use crate::EventTime;
use crate::records::{Action, Side, TradeKind};
use serde::{Deserialize, Serialize};

/// Columns of trades.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Trades {
    /// Price at the instrument's scale.
    pub price: Vec<i64>,
    /// Quantity at the instrument's scale.
    pub quantity: Vec<i64>,
    /// Aggressor: +1 buys, -1 sells, 0 unknown.
    pub side: Vec<i8>,
    /// Kind of trade; empty when all are ordinary.
    pub kind: Vec<TradeKind>,
    /// The venue's ids; empty when no one asked for them.
    pub id: Strings,
}

/// Columns of quotes; a quantity of 0 means that the side is absent.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Quotes {
    /// Best bid.
    pub bid_price: Vec<i64>,
    /// Quantity at the best bid.
    pub bid_quantity: Vec<i64>,
    /// Best ask.
    pub ask_price: Vec<i64>,
    /// Quantity at the best ask.
    pub ask_quantity: Vec<i64>,
    /// The venue's update id, [`super::NO_ID`] when unknown.
    pub update_id: Vec<u64>,
}

/// Columns of book levels.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Deltas {
    /// Price at the instrument's scale.
    pub price: Vec<i64>,
    /// Quantity from now on; 0 removes the level.
    pub quantity: Vec<i64>,
    /// Flags of the row: see [`DeltaFlags`].
    pub flags: Vec<u8>,
    /// First update id of the message, [`super::NO_ID`] when unknown.
    pub first_update_id: Vec<u64>,
    /// Last update id of the message before, [`super::NO_ID`] when unknown.
    pub previous_update_id: Vec<u64>,
    /// Last update id of the message, [`super::NO_ID`] when unknown.
    pub update_id: Vec<u64>,
}

/// Bits of [`Deltas::flags`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DeltaFlags(pub u8);

impl DeltaFlags {
    /// On the bid side.
    pub const BID: u8 = 1;
    /// Part of a snapshot.
    pub const SNAPSHOT: u8 = 2;
    /// Ends its message.
    pub const LAST: u8 = 4;
    /// The whole book is void.
    pub const CLEAR: u8 = 8;
    /// The message changes no level; the row, without side, price or quantity, carries its update
    /// ids, for whoever counts them would else see a gap.
    pub const EMPTY: u8 = 16;
    /// A message of its own, without side, price or quantity: whoever wrote the feed down found
    /// that something is missing before it, or that the venue's checksum does not hold. The book
    /// is void until a snapshot.
    pub const GAP: u8 = 32;

    /// Is a bit set?
    pub fn has(self, bit: u8) -> bool {
        self.0 & bit != 0
    }
    /// The level's side.
    pub fn side(self) -> Side {
        if self.has(Self::BID) { Side::Buy } else { Side::Sell }
    }
    /// Does the row stand for no level?
    pub fn bare(self) -> bool {
        self.0 & (Self::CLEAR | Self::EMPTY | Self::GAP) != 0
    }
    /// What the row does.
    pub fn action(self, quantity: i64) -> Action {
        if self.has(Self::GAP) {
            Action::Gap
        } else if self.has(Self::CLEAR) {
            Action::Clear
        } else if self.has(Self::EMPTY) {
            Action::Nothing
        } else if quantity == 0 {
            Action::Delete
        } else {
            Action::Set
        }
    }
}

/// What comes rarely, row by row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Other {
    /// News.
    News {
        /// Who published it.
        source: String,
        /// When it says it was published.
        published_ts: Option<EventTime>,
        /// Headline.
        headline: String,
        /// Text.
        body: Option<String>,
        /// Address.
        url: Option<String>,
    },
    /// A funding rate: what is paid at `next_ts`, or without it, what is settled now.
    Funding {
        /// Fraction of notional, longs to shorts.
        rate: f64,
        /// Mark price at the instrument's scale.
        mark_price: Option<i64>,
        /// When it is due.
        next_ts: Option<EventTime>,
    },
    /// A bar that the venue publishes.
    Candle(Candle),
    /// A named number.
    Metric {
        /// Name.
        name: String,
        /// Value.
        value: f64,
    },
    /// A record that could not be used.
    Reject {
        /// Where it failed.
        stage: String,
        /// file:line or topic-partition@offset.
        origin: String,
        /// Why.
        reason: String,
        /// The record, cut.
        raw: String,
    },
}

/// A bar that the venue publishes; it takes effect when it is over.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Candle {
    /// Start.
    pub open_ts: EventTime,
    /// End, excluded.
    pub close_ts: EventTime,
    /// Open, high, low and close at the instrument's scale.
    pub prices: [i64; 4],
    /// Quantity traded, at the instrument's scale.
    pub volume: i64,
    /// Quantity of trades whose aggressor bought, where the venue says it.
    pub buy_volume: Option<i64>,
    /// Number of trades, where the venue says it.
    pub trades: Option<u64>,
}

impl Candle {
    /// What cannot be of a bar: prices outside of its range, more bought than traded, an end that
    /// is not after its start.
    pub fn fault(&self) -> Option<&'static str> {
        let [open, high, low, close] = self.prices;
        if low <= 0 {
            return Some("a price is not above zero");
        }
        if low > high || open.min(close) < low || open.max(close) > high {
            return Some("open and close do not lie between low and high");
        }
        if self.volume < 0 || self.buy_volume.is_some_and(|much| !(0..=self.volume).contains(&much))
        {
            return Some("the volumes do not fit each other");
        }
        (self.open_ts >= self.close_ts).then_some("it does not end after its start")
    }
}

/// Texts in one allocation.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Strings {
    bytes: String,
    ends: Vec<u32>,
}

impl Strings {
    /// Adds a text.
    pub fn push(&mut self, text: &str) {
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len() as u32);
    }
    /// Bytes that they take.
    pub fn bytes(&self) -> usize {
        self.bytes.len() + size_of_val(&self.ends[..])
    }
    /// Text `i`; empty when there are none.
    pub fn get(&self, i: usize) -> &str {
        match self.ends.get(i) {
            Some(&end) => {
                let start = if i == 0 { 0 } else { self.ends[i - 1] };
                &self.bytes[start as usize..end as usize]
            }
            None => "",
        }
    }
}
