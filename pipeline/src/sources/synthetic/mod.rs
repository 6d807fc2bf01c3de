//! A market made from a seed: order flow, not a random walk. Each instrument is a venue's book in
//! whole ticks and lots, in which market orders, limit orders, cancels and makers' quotes arrive in
//! clusters and gather around a value that no one sees. Prices move because levels are taken or
//! left; spreads widen after large trades and in nervous times; trends and quiet spells take turns.
//!
//! The same parameters give the same bytes on every machine: the generator of random numbers is
//! part of the program, and only arithmetic that IEEE 754 fixes to the last bit is used. Each
//! instrument is a partition that needs no other, so workers make their own shares. Adding
//! instruments leaves the others as they were, save for their share of a number of events.
//!
//! Every event is one instant of the venue: first its trades, each a message, then one message
//! with all levels that changed, then the best bid and ask if they did. The whole book is sent at
//! the start and every half hour. Times are those of receipt, a third of a millisecond later.

mod arrivals;
mod book;
mod factor;
mod facts;
mod fair;
mod flow;
mod math;
mod news;
mod reader;
mod rng;
mod tape;
#[cfg(test)]
pub(crate) mod tests;

pub use reader::SyntheticReader;

use schemas::{EventTime, Instrument};
use serde::{Deserialize, Serialize};

/// A synthetic market; it ends with its minutes or its events, whichever is first, or else never.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Synthetic {
    /// Venue of the instruments, in lower case.
    pub venue: String,
    /// How many instruments; each is a partition.
    pub instruments: u32,
    /// Length in event time.
    #[serde(default)]
    pub minutes: Option<u64>,
    /// Messages over all instruments, in equal shares.
    #[serde(default)]
    pub events: Option<u64>,
    /// Another seed gives another market.
    pub seed: u64,
    /// When it begins.
    #[serde(default = "Synthetic::default_start")]
    pub start: EventTime,
}

impl Synthetic {
    /// 2024-01-01T00:00:00Z, where a market begins that does not say when.
    pub const START: EventTime = EventTime(1_704_067_200_000_000_000);

    fn default_start() -> EventTime {
        Synthetic::START
    }

    /// The facts of its instruments, ascending by id.
    pub fn instruments(&self) -> Vec<Instrument> {
        (0..self.instruments).map(|number| facts::instrument(self, number)).collect()
    }

    /// Opens a partition of it, which is the number of its instrument, as part of the source with
    /// this rank; `instrument_index` is the instrument's place in the plan's list.
    pub fn open(&self, rank: u16, partition: u32, instrument_index: u32) -> SyntheticReader {
        SyntheticReader::new(self, rank, partition, instrument_index)
    }

    /// Messages of an instrument at most.
    fn share(&self, number: u32) -> u64 {
        let count = u64::from(self.instruments.max(1));
        let share = |events| events / count + u64::from(u64::from(number) < events % count);
        self.events.map_or(u64::MAX, share)
    }
}
