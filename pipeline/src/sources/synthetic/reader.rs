//! One instrument's market, from its first snapshot to its end.

use super::Synthetic;
use super::arrivals::Arrivals;
use super::facts::{self, Profile};
use super::fair::Fair;
use super::flow::Flow;
use super::math::ln;
use super::news::Story;
use super::rng::Rng;
use super::tape::Tape;
use crate::sources::{CHUNK_ROWS, Reader, SourceError};
use schemas::{Chunk, EventTime, Span};

/// The whole book is published this often.
const SNAPSHOT_EVERY: i64 = 1800 * Span::SECOND.0;
/// Mean time between two pieces of news on an instrument.
const NEWS_EVERY: f64 = 2400.0 * Span::SECOND.0 as f64;
/// Events per second that nothing brought about.
const BASE_RATE: f64 = 1.95;
/// More rows than one step can give: a snapshot is the longest, with two full sides.
const STEP_ROWS: usize = 128;

/// A partition of a synthetic market: one instrument.
#[derive(Debug, Clone)]
pub struct SyntheticReader {
    rank: u16,
    partition: u32,
    chunk_rows: usize,
    symbol: String,
    start: EventTime,
    /// Nanoseconds since the start: up to where it has come, what comes next, and the end.
    now: i64,
    next_event: i64,
    next_news: i64,
    next_snapshot: i64,
    end: i64,
    busy: f64,
    arrivals: Arrivals,
    fair: Fair,
    flow: Flow,
    tape: Tape,
    rng: Rng,
}

impl SyntheticReader {
    pub(super) fn new(market: &Synthetic, rank: u16, number: u32, index: u32) -> SyntheticReader {
        let profile = Profile::new(market.seed, number);
        let stream = |name| Rng::new(market.seed, name, number.into());
        let fair = Fair::new(market.seed, number, &profile);
        let minute = 60 * Span::SECOND.0 as u64;
        // Never beyond the end of time, less an hour for what is under way.
        let most = (i64::MAX - 60 * minute as i64).saturating_sub(market.start.0.max(0)).max(0);
        let end = market.minutes.map_or(most as u64, |m| m.saturating_mul(minute)).min(most as u64);
        let mut reader = SyntheticReader {
            rank,
            partition: number,
            chunk_rows: CHUNK_ROWS,
            symbol: facts::symbol(market, number),
            start: market.start,
            now: 0,
            next_event: 0,
            next_news: 0,
            next_snapshot: 0,
            end: end as i64,
            busy: profile.busy,
            arrivals: Arrivals::new(stream("arrivals")),
            flow: Flow::new(stream("flow"), &profile, fair.value()),
            fair,
            tape: Tape::new(index, &profile, market.share(number)),
            rng: stream("reader"),
        };
        reader.plan_event();
        reader.plan_news();
        reader
    }

    /// The same rows in chunks of about so many at most, for those who hold many readers at once.
    #[must_use]
    pub fn chunk_rows(self, rows: usize) -> SyntheticReader {
        SyntheticReader { chunk_rows: rows.min(CHUNK_ROWS), ..self }
    }

    /// Lets the next thing happen, whatever it is. False: that was all.
    fn step(&mut self, chunk: &mut Chunk) -> bool {
        let next = self.next_event.min(self.next_news).min(self.next_snapshot);
        if self.tape.full() || next >= self.end {
            return false;
        }
        let at = EventTime(self.start.0 + next);
        let latency = self.latency();
        let received = self.tape.receive(at, latency);
        if received.0 - self.start.0 >= self.end {
            return false;
        }
        if next == self.next_snapshot {
            self.tape.snapshot(chunk, at, &self.flow);
            self.tape.quote(chunk, at, &self.flow);
            self.next_snapshot += SNAPSHOT_EVERY;
        } else if next == self.next_news {
            let story = Story::write(&mut self.rng, &self.symbol);
            self.fair.hear(next, story.kind);
            self.tape.news(chunk, at, story);
            self.plan_news();
        } else {
            self.fair.advance(self.now, next);
            self.now = next;
            let event = self.flow.step(&mut self.fair);
            self.tape.trades(chunk, at, &self.flow);
            self.tape.changes(chunk, at, &mut self.flow);
            self.tape.quote(chunk, at, &self.flow);
            self.arrivals.excite(event.children());
            self.plan_event();
        }
        true
    }

    fn plan_event(&mut self) {
        let wait = self.arrivals.wait(BASE_RATE * self.busy * self.fair.mood());
        self.next_event = self.now + ((wait * 1e9) as i64).max(1);
    }

    fn plan_news(&mut self) {
        let wait = -ln(self.rng.unit()) * NEWS_EVERY;
        self.next_news += (wait as i64).max(1);
    }

    /// Nanoseconds on the way: a third of a millisecond, rarely some more.
    fn latency(&mut self) -> i64 {
        let u = self.rng.unit();
        (200_000.0 + 100_000.0 * u + 20_000.0 / (1.0 - u).max(0.004)) as i64
    }
}

impl Reader for SyntheticReader {
    fn next(&mut self) -> Result<Option<Chunk>, SourceError> {
        let mut chunk = Chunk::mixed(self.rank, self.partition);
        while chunk.is_empty() || chunk.len() + STEP_ROWS <= self.chunk_rows {
            if !self.step(&mut chunk) {
                break;
            }
        }
        Ok((!chunk.is_empty()).then_some(chunk))
    }
}
