//! What the thread of a shard does with what waits.

use super::{
    OutRow, Outlet, OutputMode, SinkError,
    ledger::{Ledger, Verdict},
    outbox::OutboxEpoch,
    progress::Progress,
    queue::{Done, Shared, Step},
    rest::Rest,
    writer::{Note, Writer},
};
use crate::{clock::Stopwatch, faults, lake::OutputPosition};
use schemas::{EventTime, Span, wire::results::encode_complete};
use std::{
    collections::VecDeque,
    sync::{Arc, atomic::AtomicBool},
};

/// While rows flow, marks are this far apart in event time.
const MARK_EVERY: Span = Span(100_000_000);

/// A publishing transaction is no larger than this.
const PUBLISH_ROWS: usize = 20_000;

/// The state of a shard at work.
pub(super) struct Pump {
    outlet: Arc<Outlet>,
    number: u32,
    writer: Writer,
    ledger: Ledger,
    /// Epochs whose checkpoints are not known to be committed, what of all was published, and
    /// the epoch that is still open.
    unpublished: VecDeque<OutboxEpoch>,
    published: Ledger,
    open: OutboxEpoch,
    marked: EventTime,
    through: EventTime,
    to_suppress: u64,
    rest: Rest,
}

impl Pump {
    pub fn new(
        outlet: Arc<Outlet>,
        number: u32,
        writer: Writer,
        ledger: Ledger,
        unpublished: Vec<OutboxEpoch>,
        published: Ledger,
    ) -> Pump {
        let open = OutboxEpoch::after(ledger.counts());
        Pump {
            outlet,
            number,
            writer,
            to_suppress: ledger.to_suppress(),
            ledger,
            unpublished: unpublished.into(),
            published,
            open,
            marked: EventTime::MIN,
            through: EventTime::MIN,
            rest: Rest::new(),
        }
    }

    /// What was computed.
    pub fn positions(&self) -> Vec<OutputPosition> {
        self.ledger.positions()
    }

    /// Ends every wait from another thread.
    pub fn abandoned(&self) -> Arc<AtomicBool> {
        self.writer.abandoned()
    }

    /// Works until nothing more comes.
    pub fn run(&mut self, shared: &Shared, wake: &dyn Fn()) -> Result<(), SinkError> {
        self.publish(EventTime::MAX)?;
        loop {
            // What comes meanwhile goes along with the next transaction.
            std::thread::park_timeout(self.rest.left());
            let Some((steps, taken)) = shared.next() else { break };
            let done = match (steps.is_empty(), self.outlet.mode) {
                (true, _) => {
                    self.writer.poll()?;
                    continue;
                }
                (_, OutputMode::ReplayDedup) => self.replay(steps)?,
                (_, OutputMode::Outbox) => self.hold(steps)?,
                (_, OutputMode::AtLeastOnce) => self.send(steps)?,
            };
            let news = !done.committed.is_empty();
            shared.done(taken, done);
            if news {
                wake();
            }
        }
        match self.outlet.mode {
            OutputMode::AtLeastOnce if !shared.is_over() => self.writer.flush(),
            _ => Ok(()),
        }
    }

    /// `replay_dedup`: what waits goes in one transaction, without what consumers see already.
    fn replay(&mut self, steps: Vec<Step>) -> Result<Done, SinkError> {
        let (mut done, mut new) = (Done::default(), Vec::new());
        let mut mark = None;
        for step in steps {
            match step {
                Step::Rows(through, rows) => {
                    for row in rows {
                        match self.ledger.take(&row)? {
                            Verdict::Send => new.push(row),
                            Verdict::Suppress => self.suppressed()?,
                        }
                    }
                    let Some(through) = through else { continue };
                    self.ledger.passed(through)?;
                    self.through = through;
                    if self.marked.plus(MARK_EVERY) <= through && !new.is_empty() {
                        mark = Some(through);
                    }
                }
                Step::Boundary(at) => {
                    self.ledger.passed(at)?;
                    done.committed.push((at, self.ledger.positions()));
                    mark = Some(at);
                }
                Step::Publish(_) => {}
            }
        }
        if !new.is_empty() || !done.committed.is_empty() {
            // Only the last of several marks says anything, and nothing may follow it that is
            // earlier: rows between it and the end of the batch are later.
            let mark = mark.filter(|_| !self.ledger.is_behind());
            self.rest.begin();
            let watch = Stopwatch::start();
            self.commit(&new, mark, &self.ledger)?;
            let took = watch.elapsed();
            self.rest.end(took);
            tracing::trace!(shard = self.number, rows = new.len(), ?took, "a transaction");
            self.marked = mark.unwrap_or(self.marked);
        }
        Ok(done)
    }

    fn suppressed(&self) -> Result<(), SinkError> {
        let count = self.ledger.suppressed;
        if count == 1 {
            faults::hit_with("sink.suppressed_first", count)?;
        }
        if count == self.to_suppress.div_ceil(2) {
            faults::hit_with("sink.suppressed_half", count)?;
        }
        if count == self.to_suppress {
            faults::hit_with("sink.suppressed_all", count)?;
        }
        Ok(())
    }

    /// `outbox`: rows wait; boundaries are committed, so that an earlier process cannot.
    fn hold(&mut self, steps: Vec<Step>) -> Result<Done, SinkError> {
        let mut done = Done::default();
        for step in steps {
            match step {
                Step::Rows(_, rows) => {
                    for row in rows {
                        self.ledger.take(&row)?;
                        self.open.rows.push(row);
                    }
                }
                Step::Boundary(boundary) => {
                    let next = OutboxEpoch::after(self.ledger.counts());
                    let mut epoch = std::mem::replace(&mut self.open, next);
                    epoch.boundary = boundary;
                    done.outboxes.push((boundary, epoch.to_bytes()));
                    self.unpublished.push_back(epoch);
                    self.commit(&[], None, &self.published)?;
                    done.committed.push((boundary, self.ledger.positions()));
                }
                Step::Publish(boundary) => self.publish(boundary)?,
            }
        }
        Ok(done)
    }

    /// Publishes what waits for checkpoints up to a boundary.
    fn publish(&mut self, through: EventTime) -> Result<(), SinkError> {
        while self.unpublished.front().is_some_and(|epoch| epoch.boundary <= through) {
            let Some(epoch) = self.unpublished.pop_front() else { break };
            faults::hit("sink.before_publish")?;
            let (mut new, mut rows) = (Vec::new(), epoch.rows.into_iter().peekable());
            while let Some(row) = rows.next() {
                if self.published.take(&row)? == Verdict::Send {
                    new.push(row);
                }
                if new.len() == PUBLISH_ROWS && rows.peek().is_some() {
                    self.commit(&new, None, &self.published)?;
                    new.clear();
                }
            }
            self.published.passed(epoch.boundary)?;
            self.through = epoch.boundary;
            let mark = (!self.published.is_behind()).then_some(epoch.boundary);
            self.commit(&new, mark, &self.published)?;
        }
        Ok(())
    }

    /// `at_least_once`: rows go at once; a boundary counts when everything before it is written.
    fn send(&mut self, steps: Vec<Step>) -> Result<Done, SinkError> {
        let mut done = Done::default();
        for step in steps {
            match step {
                Step::Rows(through, rows) => {
                    for row in &rows {
                        self.ledger.take(row)?;
                        let sent = self.writer.row(row);
                        sent.map_err(|error| self.writer.ended("send a record", &error))?;
                    }
                    if let Some(through) = through
                        && self.marked.plus(MARK_EVERY) <= through
                        && !rows.is_empty()
                    {
                        self.mark(through)?;
                    }
                }
                Step::Boundary(boundary) => {
                    self.mark(boundary)?;
                    self.writer.flush()?;
                    done.committed.push((boundary, self.ledger.positions()));
                }
                Step::Publish(_) => {}
            }
        }
        self.writer.poll()?;
        Ok(done)
    }

    fn mark(&mut self, through: EventTime) -> Result<(), SinkError> {
        self.marked = through;
        let value = complete(through);
        for note in marks(&self.ledger, &value) {
            let sent = self.writer.note(&note);
            sent.map_err(|error| self.writer.ended("send a record", &error))?;
        }
        Ok(())
    }

    /// Rows, marks and what consumers will see then, in one transaction.
    fn commit(
        &self,
        rows: &[OutRow],
        mark: Option<EventTime>,
        ledger: &Ledger,
    ) -> Result<(), SinkError> {
        let complete = mark.map(complete);
        let mut notes: Vec<Note<'_>> =
            complete.iter().flat_map(|value| marks(ledger, value)).collect();
        let progress = Progress {
            shards: self.outlet.shards,
            through: self.through,
            partitions: ledger.partitions().map(|(t, p)| (t.to_owned(), p)).collect(),
            counts: ledger.visible(),
        };
        let (topic, key) = (self.outlet.progress_topic(), self.outlet.shard_id(self.number));
        let value = progress.to_bytes();
        notes.push(Note { topic: &topic, partition: 0, key: &key, value: &value });
        self.writer.transact(rows, &notes)
    }
}

fn complete(through: EventTime) -> Vec<u8> {
    let mut line = String::new();
    encode_complete(through, &mut line);
    line.into_bytes()
}

/// A mark for each partition.
fn marks<'a>(ledger: &'a Ledger, value: &'a [u8]) -> impl Iterator<Item = Note<'a>> {
    ledger.partitions().map(move |(topic, partition)| Note { topic, partition, key: "", value })
}
