//! Messages of markets that come twice: for the venue when they happened there, and for the
//! strategy when they were received.
//!
//! What happened at a venue before some time is known only once everything has come that was
//! received as long after it as records travel at most. So accounts with such a market stay that
//! far behind the frontier (see [`crate::plan::Plan::lag`]), and what they may not step yet waits
//! here.

use super::{
    parcel::{Parcel, Rows},
    stash::message,
};
use crate::{plan::Plan, rows::market_row};
use operators::execution::VenueClock;
use schemas::{Chunk, EventTime, OrderKey, chunk::RowKind};
use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque, binary_heap::PeekMut},
    ops::Range,
    sync::Arc,
};

/// Messages that have come but may not be stepped yet, each under the keys of its moments.
pub(super) struct Clocked {
    /// By instrument; none where a record is what it is when it is received.
    clocks: Vec<Option<VenueClock>>,
    moments: Moments,
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

/// Moments as they came: each parcel brings those of receipt and those at the venue, both of them
/// in order or nearly so.
#[derive(Default)]
struct Moments {
    /// Each in order; empty ones are free.
    runs: Vec<VecDeque<Moment>>,
    /// The first of each run that has one.
    heads: BinaryHeap<Reverse<(OrderKey, usize)>>,
}

impl Moments {
    fn push(&mut self, mut moments: Vec<Moment>) {
        if !moments.is_sorted_by_key(|moment| moment.key) {
            moments.sort_by_key(|moment| moment.key);
        }
        let Some(first) = moments.first().map(|moment| moment.key) else { return };
        let goes_on = |run: &VecDeque<Moment>| run.back().is_some_and(|last| last.key < first);
        if let Some(run) = self.runs.iter_mut().find(|run| goes_on(run)) {
            return run.extend(moments);
        }
        let free = self.runs.iter().position(VecDeque::is_empty).unwrap_or(self.runs.len());
        if free == self.runs.len() {
            self.runs.push(VecDeque::new());
        }
        self.runs[free] = moments.into();
        self.heads.push(Reverse((first, free)));
    }

    /// The first of all, if it is before a time.
    fn pop_before(&mut self, limit: EventTime) -> Option<Moment> {
        let mut head = self.heads.peek_mut()?;
        let Reverse((key, run)) = *head;
        if key.ts >= limit {
            return None;
        }
        let run = &mut self.runs[run];
        let moment = run.pop_front();
        match run.front() {
            Some(next) => head.0.0 = next.key,
            None => drop(PeekMut::pop(head)),
        }
        moment
    }
}

/// A parcel, and how many moments of its rows are yet to come.
struct Held {
    chunk: Arc<Chunk>,
    rows: Rows,
    moments: usize,
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
            moments: Moments::default(),
            held: VecDeque::new(),
            gone: 0,
            end: i64::MIN,
        })
    }

    /// Keeps a parcel.
    pub fn push(&mut self, parcel: Parcel) {
        self.end = self.end.max(parcel.end.unwrap_or(i64::MIN));
        let Parcel { chunk, rows, .. } = parcel;
        let parcel = self.gone + self.held.len();
        let (mut received, mut at_venue) = (Vec::new(), Vec::new());
        let (mut next, len) = (0, rows.len(&chunk));
        while next < len {
            let places = message(&chunk, &rows, next, len);
            next = places.end;
            let row = rows.get(places.start);
            let other = chunk.slot(row).0 == RowKind::Other;
            if other && market_row(&chunk, row).is_none() {
                continue;
            }
            let key = chunk.key(row);
            let (from, len) = (places.start as u32, places.len() as u32);
            received.push(Moment { key, parcel, from, len });
            let clock = self.clocks.get(chunk.instrument[row] as usize).copied().flatten();
            let clock = clock.filter(|_| !other);
            let key = clock.map(|clock| clock.key(key, chunk.exchange_time(row)));
            at_venue.extend(key.map(|key| Moment { key, parcel, from, len }));
        }
        let moments = received.len() + at_venue.len();
        if moments > 0 {
            self.held.push_back(Held { chunk, rows, moments });
        }
        self.moments.push(received);
        self.moments.push(at_venue);
    }

    /// The end of the input, once every reader has said its own.
    pub fn end(&self) -> i64 {
        self.end
    }

    /// Steps all messages before `limit`, in order-key order: `step` gets the key of the first row,
    /// and what the message is of.
    pub fn drain(
        &mut self,
        limit: EventTime,
        mut step: impl FnMut(OrderKey, &Chunk, &Rows, Range<usize>),
    ) {
        while let Some(Moment { key, parcel, from, len }) = self.moments.pop_before(limit) {
            let held = &mut self.held[parcel - self.gone];
            held.moments -= 1;
            let from = from as usize;
            step(key, &held.chunk, &held.rows, from..from + len as usize);
        }
        while self.held.pop_front_if(|held| held.moments == 0).is_some() {
            self.gone += 1;
        }
    }
}
