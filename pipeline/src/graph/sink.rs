//! Puts rows into order, writes them, and commits epoch by epoch.

use super::{Quantum, Shared};
use crate::{
    RunError,
    lake::{EpochDraft, FileEntry, TableWriter},
    rows::{Batcher, TableBatch},
    stats::Stats,
};
use operators::outputs::Outputs;
use schemas::{EventTime, Span, Table};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};
use timely::{
    container::CapacityContainerBuilder,
    dataflow::{
        Scope, Stream,
        channels::pact::{Exchange, Pipeline},
        operators::{
            generic::{OutputBuilder, builder_rc::OperatorBuilder},
            probe::{Handle, Probe},
        },
    },
};

/// What happens to result rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SinkKind {
    /// They go to the lake.
    Lake,
    /// They are kept in memory and handed back: for comparing runs.
    Memory,
    /// They are only counted and digested.
    Count,
}

/// Rows that were kept in memory.
pub type Collected = BTreeMap<Table, Vec<TableBatch>>;

/// A file that a worker has closed for an epoch.
#[derive(Clone, Serialize, Deserialize)]
struct Closed {
    /// Rows before this are complete.
    boundary: EventTime,
    file: FileEntry,
}

pub(crate) fn build<'scope>(
    scope: Scope<'scope, Quantum>,
    shared: &Arc<Shared>,
    rows: [Stream<'scope, Quantum, Vec<Outputs>>; 3],
    probe: &Handle<Quantum>,
) {
    let mut builder = OperatorBuilder::new("sink".to_owned(), scope);
    let mut inputs = rows.map(|stream| builder.new_input(stream, Pipeline));
    let (closed_out, closed) = builder.new_output::<Vec<Closed>>();
    let worker = scope.index();
    let for_sink = Arc::clone(shared);
    builder.build(move |capabilities| {
        let shared = for_sink;
        let mut closed_out =
            OutputBuilder::<_, CapacityContainerBuilder<Vec<Closed>>>::from(closed_out);
        let mut sink = Some(Sink::new(&shared, worker));
        let mut waiting = Outputs::default();
        let mut capability = capabilities.into_iter().next();
        move |frontiers| {
            for input in &mut inputs {
                input.for_each(|_, some| some.drain(..).for_each(|rows| waiting.append(rows)));
            }
            let Some(held) = &mut capability else { return };
            let frontier = frontiers.iter().filter_map(|f| f.frontier().first().copied()).min();
            if frontier == Some(*held.time()) {
                return;
            }
            let active = sink.as_mut().expect("there until the end");
            let limit = frontier.map_or(EventTime::MAX, |quantum| shared.time_of(quantum));
            let _span = tracing::debug_span!("sink", worker).entered();
            // An epoch ends inside what came: its files must hold nothing beyond it.
            while let Some(boundary) = active.boundary(limit, &waiting) {
                active.write(waiting.take_before(boundary), &shared);
                let files = active.finish_epoch(&shared);
                let closed = files.into_iter().map(|file| Closed { boundary, file });
                closed_out.activate().session_with_builder(held).give_iterator(closed);
            }
            active.write(waiting.take_before(limit), &shared);
            match frontier {
                Some(quantum) => held.downgrade(&quantum),
                None => {
                    sink.take().expect("there until the end").end(&shared);
                    capability = None;
                }
            }
        }
    });
    commit(scope, shared, closed).probe_with(probe);
}

/// Worker 0 commits an epoch once every worker has closed its files for it.
fn commit<'scope>(
    scope: Scope<'scope, Quantum>,
    shared: &Arc<Shared>,
    closed: Stream<'scope, Quantum, Vec<Closed>>,
) -> Stream<'scope, Quantum, Vec<()>> {
    let mut builder = OperatorBuilder::new("commit".to_owned(), scope);
    let mut input = builder.new_input(closed, Exchange::new(|_: &Closed| 0));
    let (_, done) = builder.new_output::<Vec<()>>();
    let shared = Arc::clone(shared);
    let worker = scope.index();
    builder.build(move |capabilities| {
        drop(capabilities);
        let mut epochs: BTreeMap<EventTime, Vec<FileEntry>> = BTreeMap::new();
        move |frontiers| {
            input.for_each(|_, some| {
                for Closed { boundary, file } in some.drain(..) {
                    epochs.entry(boundary).or_default().push(file);
                }
            });
            // Once a run is asked to stop, its readers end at different times, and the frontier
            // says no longer that everything before it was read.
            if worker != 0 || epochs.is_empty() || shared.progress.stopped() {
                return;
            }
            // A worker closes the files of an epoch at the frontier at which it passes it, so
            // all have done so when the frontier here is beyond the boundary.
            let limit = match frontiers[0].frontier().first() {
                Some(quantum) => shared.time_of(*quantum),
                None => EventTime::MAX,
            };
            while let Some(entry) = epochs.first_entry().filter(|e| *e.key() <= limit) {
                let (boundary, files) = entry.remove_entry();
                let mut journal = shared.journal.lock().expect("no holder panics");
                let Some(journal) = journal.as_mut() else { continue };
                let _span = tracing::debug_span!("commit").entered();
                tracing::debug!(%boundary, files = files.len(), "commits an epoch");
                if let Err(error) = journal.commit(EpochDraft::new(boundary, files)) {
                    shared.fail(error.into());
                }
            }
        }
    });
    done
}

/// A worker's part of writing.
struct Sink {
    batcher: Batcher,
    writer: Option<TableWriter>,
    every: Span,
    /// Where the open epoch ends; known with the first row.
    next: Option<EventTime>,
    stats: Stats,
    collected: super::Collected,
}

impl Sink {
    fn new(shared: &Shared, worker: usize) -> Sink {
        let plan = &shared.plan;
        let journal = shared.journal.lock().expect("no holder panics");
        let all: Vec<Table> = Table::ALL.iter().copied().filter(|t| !t.is_market()).collect();
        let write = if shared.sink == SinkKind::Memory { &all } else { &plan.lake.write };
        Sink {
            batcher: Batcher::new(plan, write),
            writer: journal.as_ref().map(|j| j.writer(worker)),
            every: plan.lake.commit_every,
            next: None,
            stats: Stats::default(),
            collected: super::Collected::new(),
        }
    }

    /// The end of the open epoch, if it lies before `limit`.
    fn boundary(&mut self, limit: EventTime, waiting: &Outputs) -> Option<EventTime> {
        self.writer.as_ref()?;
        if limit == EventTime::MAX {
            return None;
        }
        if self.next.is_none() {
            // All workers cut at multiples of the same span, wherever their first row lies;
            // an epoch without rows is no epoch.
            self.next = waiting.first_ts().map(|first| first.floor(self.every).plus(self.every));
        }
        self.next.take_if(|next| *next <= limit)
    }

    fn write(&mut self, rows: Outputs, shared: &Shared) {
        // What a stopped run has still under way will not be committed.
        if rows.is_empty() || shared.progress.stopped() {
            return;
        }
        self.stats.add(&rows);
        for batch in self.batcher.batches(&rows) {
            let total = self.stats.tables.entry(batch.table).or_default();
            total.add(batch.batch.num_rows() as u64, batch.digest);
            if let Some(writer) = &mut self.writer
                && let Err(error) = writer.append(batch.table, &batch.batch, batch.digest)
            {
                shared.fail(error.into());
            }
            if shared.sink == SinkKind::Memory {
                self.collected.entry(batch.table).or_default().push(batch);
            }
        }
    }

    fn finish_epoch(&mut self, shared: &Shared) -> Vec<FileEntry> {
        let Some(writer) = &mut self.writer else { return Vec::new() };
        if shared.progress.stopped() {
            return Vec::new();
        }
        match writer.finish_epoch() {
            Ok(files) => files,
            Err(error) => {
                shared.fail(RunError::from(error));
                Vec::new()
            }
        }
    }

    fn end(mut self, shared: &Shared) {
        let files = self.finish_epoch(shared);
        let mut outcome = shared.outcome.lock().expect("no holder panics");
        outcome.files.extend(files);
        outcome.stats.merge(self.stats);
        for (table, batches) in self.collected {
            outcome.collected.entry(table).or_default().extend(batches);
        }
    }
}
