//! Messages of markets that come twice: for the venue when they happened there, and for the
//! strategy when they were received.
//!
//! What happened at a venue before some time is known only once everything has come that was
//! received as long after it as records travel at most. So accounts with such a market stay that
//! far behind the frontier (see [`crate::plan::Plan::lag`]), and what they may not step yet waits
//! here.

use super::parcel::{Parcel, Rows};
use crate::{plan::Plan, rows::market_row};
use operators::{execution::VenueClock, market::MarketRow};
use schemas::{Chunk, EventTime, OrderKey};
use std::{collections::VecDeque, ops::Range, sync::Arc};

/// Messages that have come but may not be stepped yet, each under the keys of its moments.
pub(super) struct Clocked {
    /// By instrument; none where a record is what it is when it is received.
    clocks: Vec<Option<VenueClock>>,
    received: Moments,
    at_venue: Moments,
    /// What the moments are of, oldest first, and how many of them are gone.
    held: VecDeque<Held>,
    gone: usize,
    end: i64,
}

/// A message at one of its times: rows of one offset, between which nothing can come.
#[derive(Clone, Copy)]
struct Moment {
    /// Of its first row.
    key: OrderKey,
    parcel: usize,
    /// Places in the parcel.
    from: u32,
    len: u32,
}

/// Moments of one kind.
#[derive(Default)]
struct Moments {
    all: Vec<Moment>,
    /// Those before this place are in order.
    sorted: usize,
}

impl Moments {
    /// How many there are before a time, which are then in order.
    fn before(&mut self, limit: EventTime) -> usize {
        if self.sorted < self.all.len() {
            // What waits is in order, and what came since nearly: a stable sort finds the runs.
            self.all.sort_by_key(|moment| moment.key);
            self.sorted = self.all.len();
        }
        self.all.partition_point(|moment| moment.key.ts < limit)
    }

    fn remove(&mut self, count: usize) {
        self.all.drain(..count);
        self.sorted = self.all.len();
    }
}

/// A parcel, and how many moments of its rows are yet to come.
struct Held {
    chunk: Arc<Chunk>,
    rows: Rows,
    moments: usize,
}

/// Where the message ends that begins at a place of a parcel.
fn message(chunk: &Chunk, rows: &Rows, from: usize, len: usize) -> Range<usize> {
    let first = rows.get(from);
    let same = |row: usize| {
        chunk.offset[row] == chunk.offset[first]
            && chunk.ts[row] == chunk.ts[first]
            && chunk.instrument[row] == chunk.instrument[first]
            && chunk.partition(row) == chunk.partition(first)
            && chunk.exchange_time(row) == chunk.exchange_time(first)
            && chunk.slot(row).0 == chunk.slot(first).0
    };
    let end = (from + 1..len).find(|i| !same(rows.get(*i))).unwrap_or(len);
    from..end
}

impl Clocked {
    /// Nothing yet; none if no venue of the plan has a clock of its own.
    pub fn new(plan: &Plan) -> Option<Clocked> {
        let mut clocks = vec![None; plan.instruments.len()];
        for instrument in plan.accounts.iter().flat_map(|account| &account.instruments) {
            clocks[instrument.index as usize] = instrument.execution.clock;
        }
        clocks.iter().any(Option::is_some).then(|| Clocked {
            clocks,
            received: Moments::default(),
            at_venue: Moments::default(),
            held: VecDeque::new(),
            gone: 0,
            end: i64::MIN,
        })
    }

    /// Keeps a parcel.
    pub fn push(&mut self, parcel: Parcel) {
        self.end = self.end.max(parcel.end.unwrap_or(i64::MIN));
        let Parcel { chunk, rows, .. } = parcel;
        let (parcel, before) = (self.gone + self.held.len(), self.waiting());
        let (mut next, len) = (0, rows.len(&chunk));
        while next < len {
            let places = message(&chunk, &rows, next, len);
            next = places.end;
            let row = rows.get(places.start);
            let Some(record) = market_row(&chunk, row) else { continue };
            let key = chunk.key(row);
            let (from, len) = (places.start as u32, places.len() as u32);
            self.received.all.push(Moment { key, parcel, from, len });
            let clock = self.clocks.get(chunk.instrument[row] as usize).copied().flatten();
            let at_venue = clock.and_then(|c| c.key(key, chunk.exchange_time(row), &record));
            self.at_venue.all.extend(at_venue.map(|key| Moment { key, parcel, from, len }));
        }
        let moments = self.waiting() - before;
        if moments > 0 {
            self.held.push_back(Held { chunk, rows, moments });
        }
    }

    fn waiting(&self) -> usize {
        self.received.all.len() + self.at_venue.all.len()
    }

    /// The end of the input, once every reader has said its own.
    pub fn end(&self) -> i64 {
        self.end
    }

    /// Steps all moments before `limit`, in order-key order: `step` gets the key, the instrument,
    /// the record and the venue's time of it.
    pub fn drain(
        &mut self,
        limit: EventTime,
        mut step: impl FnMut(OrderKey, u32, &MarketRow<'_>, Option<EventTime>),
    ) {
        let due = [self.received.before(limit), self.at_venue.before(limit)];
        let mut received = self.received.all[..due[0]].iter().peekable();
        let mut at_venue = self.at_venue.all[..due[1]].iter().peekable();
        loop {
            let venue_first = match (received.peek(), at_venue.peek()) {
                (Some(received), Some(at_venue)) => at_venue.key < received.key,
                (received, _) => received.is_none(),
            };
            let next = if venue_first { at_venue.next() } else { received.next() };
            let Some(Moment { key, parcel, from, len }) = next else { break };
            let held = &mut self.held[parcel - self.gone];
            held.moments -= 1;
            let Held { chunk, rows, .. } = held;
            for place in *from..from + len {
                let row = rows.get(place as usize);
                if let Some(record) = market_row(chunk, row) {
                    let key = OrderKey { seq: chunk.key(row).seq, ..*key };
                    step(key, chunk.instrument[row], &record, chunk.exchange_time(row));
                }
            }
        }
        self.received.remove(due[0]);
        self.at_venue.remove(due[1]);
        while self.held.pop_front_if(|held| held.moments == 0).is_some() {
            self.gone += 1;
        }
    }
}
