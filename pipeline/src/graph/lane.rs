//! The partitions that a worker reads, each with its next chunk at hand.

use super::Shared;
use crate::sources::{Position, Reader, kafka::Wake};
use schemas::{Chunk, EventTime, Span};
use std::sync::Arc;

/// Boundaries that a jump of event time is told of; between them a resume only reads more again.
const BOUNDARIES_AT_ONCE: i64 = 64;

/// A reader with its next chunk at hand, so that its position is known.
pub(super) struct Lane {
    /// How its source is called.
    pub name: String,
    reader: Box<dyn Reader>,
    pending: Option<Chunk>,
    /// Rows of the pending chunk that a checkpoint holds already.
    first: usize,
    live: bool,
    ended: bool,
    last: i64,
    /// All of it is before this, as a recording's manifest says.
    known_end: EventTime,
}

impl Lane {
    /// No later row comes before this; none once it has ended.
    pub fn position(&mut self) -> Option<EventTime> {
        match &self.pending {
            Some(chunk) => Some(EventTime(chunk.ts[self.first])),
            None if self.ended => None,
            None => self.reader.live().map(|live| live.watermark()),
        }
    }

    /// The pending chunk, and the first row of it that counts.
    pub fn take(&mut self) -> (Chunk, usize) {
        let chunk = self.pending.take().expect("a pending chunk");
        self.last = *chunk.ts.last().expect("chunks are never empty");
        (chunk, std::mem::take(&mut self.first))
    }

    /// Where it ended: heartbeats count as records do.
    fn end(&mut self) -> i64 {
        let heard = self.reader.live().map_or(EventTime::MIN, |live| live.watermark());
        self.last.saturating_add(1).max(heard.0).max(self.known_end.0)
    }

    /// Fetches the next chunk if there is one, cut at the end of the run.
    pub fn fill(&mut self, shared: &Shared) {
        while self.pending.is_none() && !self.ended {
            match self.reader.next() {
                Ok(Some(chunk)) => self.keep(chunk, shared),
                Ok(None) => {
                    // A heartbeat may tell that nothing more comes before the end of the run.
                    let past = |at: EventTime| shared.to.is_some_and(|to| at >= to);
                    let live = self.reader.live();
                    self.ended = live.is_none_or(|live| live.ended() || past(live.watermark()));
                    return;
                }
                Err(error) => {
                    shared.fail(error.into());
                    self.ended = true;
                }
            }
        }
    }

    fn keep(&mut self, mut chunk: Chunk, shared: &Shared) {
        if let Some(to) = shared.to {
            let rows = chunk.ts.partition_point(|ts| *ts < to.0);
            self.ended = rows < chunk.len();
            chunk.truncate(rows);
        }
        let held = shared.resumed_at();
        self.first = chunk.ts.partition_point(|ts| *ts < held.0);
        if self.first < chunk.len() {
            self.pending = Some(chunk);
        }
    }
}

/// All of a worker.
pub(super) struct Lanes {
    all: Vec<Lane>,
    every: Span,
    /// Where the run begins; none where nothing is live.
    start: Option<EventTime>,
    told_start: bool,
    /// The next boundary whose positions are to be told.
    next: Option<EventTime>,
}

impl Lanes {
    /// Opens this worker's share of every source.
    pub fn open(shared: &Shared, worker: usize, workers: usize, wake: &Wake) -> Lanes {
        let mut all = Vec::new();
        for source in &shared.sources {
            let wake = Some(Arc::clone(wake));
            match source.open_waking(&shared.plan.instruments, worker, workers, wake) {
                Ok(readers) => all.extend(readers.into_iter().map(|mut reader| Lane {
                    name: source.name().to_owned(),
                    live: reader.live().is_some(),
                    reader,
                    pending: None,
                    first: 0,
                    ended: false,
                    last: i64::MIN,
                    known_end: source.end().unwrap_or(EventTime::MIN),
                })),
                Err(error) => shared.fail(error.into()),
            }
        }
        let live = all.iter().any(|lane| lane.live);
        let start = live.then(|| shared.resumed_at());
        let every = shared.plan.lake.commit_every;
        let mut lanes = Lanes { all, every, start, told_start: false, next: None };
        lanes.fill(shared);
        lanes
    }

    /// Looks at every lane without a chunk.
    pub fn fill(&mut self, shared: &Shared) {
        self.all.iter_mut().for_each(|lane| lane.fill(shared));
    }

    /// Hears what there is besides records, of lanes whose chunk has to wait.
    pub fn attend(&mut self, shared: &Shared) {
        for lane in self.all.iter_mut().filter(|lane| lane.pending.is_some()) {
            if let Some(Err(error)) = lane.reader.live().map(|live| live.attend()) {
                shared.fail(error.into());
            }
        }
    }

    /// No later row of any lane comes before this; none once all have ended.
    pub fn position(&mut self) -> Option<EventTime> {
        self.all.iter_mut().filter_map(Lane::position).min()
    }

    /// Have all ended?
    pub fn ended(&self) -> bool {
        self.all.iter().all(|lane| lane.ended && lane.pending.is_none())
    }

    /// Where the input ends: timers before it fire, those after do not.
    pub fn end(&mut self, shared: &Shared) -> i64 {
        let end = self.all.iter_mut().map(Lane::end).max();
        shared.to.map(|to| to.0).or(end).unwrap_or(i64::MIN)
    }

    /// The lane with the earliest chunk.
    pub fn next(&mut self) -> Option<&mut Lane> {
        let pending = self.all.iter_mut().filter(|lane| lane.pending.is_some());
        pending.min_by_key(|lane| lane.pending.as_ref().map(|chunk| chunk.ts[lane.first]))
    }

    /// Positions as of the start, and as of each boundary that was passed since the last call.
    pub fn positions(&mut self) -> Vec<(EventTime, Vec<Position>)> {
        let mut told = Vec::new();
        let Some(start) = self.start else { return told };
        if !self.told_start {
            self.told_start = true;
            told.push((start, self.positions_at(start)));
        }
        let Some(reached) = self.position().filter(|at| *at > EventTime::MIN) else { return told };
        let newest = reached.floor(self.every);
        let earliest = newest.0.saturating_sub(BOUNDARIES_AT_ONCE.saturating_mul(self.every.0));
        let from = self.next.unwrap_or(start);
        let mut next = from.max(EventTime(earliest)).floor(self.every);
        if next < from || self.next.is_none() && next == start {
            next = next.plus(self.every);
        }
        while next <= newest {
            told.push((next, self.positions_at(next)));
            next = next.plus(self.every);
        }
        self.next = Some(next);
        told
    }

    fn positions_at(&mut self, boundary: EventTime) -> Vec<Position> {
        let live = self.all.iter_mut().filter_map(|lane| lane.reader.live());
        live.map(|live| live.position_at(boundary)).collect()
    }
}
