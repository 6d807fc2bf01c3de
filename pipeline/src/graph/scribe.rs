//! The thread that writes a worker's files, so that no worker waits for a disk.

use super::{EndsRun, Shared, SinkKind};
use crate::{
    RunError, faults,
    lake::{
        FileEntry, OutputPosition, StateFile, StateItem, StateStore, TableWriter, market_batches,
    },
    rows::Batcher,
    sources::Position,
    stats::Stats,
    tally::Tally,
};
use operators::{
    account::{BarStatistics, StrategyReport},
    outputs::Outputs,
};
use schemas::{Chunk, EventTime, Table, Text};
use serde::{Deserialize, Serialize};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
        mpsc,
    },
    thread::JoinHandle,
};
use timely::scheduling::SyncActivator;

/// Rows that may wait for the thread before the sources wait too.
const BACKLOG_ROWS: usize = 1 << 18;

/// What a worker has made durable for a cut.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Closed {
    /// The cut; the end of time for what comes after the last one.
    pub cut: EventTime,
    /// Data files.
    pub files: Vec<FileEntry>,
    /// Data files of the recording.
    pub recorded: Vec<FileEntry>,
    /// State of operators.
    pub state: Vec<StateFile>,
    /// Rows before the cut are missing.
    pub short: bool,
    /// Where this worker's partitions are read on.
    pub positions: Vec<Position>,
    /// What this worker's shards have sent.
    pub outputs: Vec<OutputPosition>,
    /// Counts and results since the cut before.
    pub stats: Stats,
    /// Counts since the cut before.
    pub tally: Tally,
}

/// What is to be closed for a cut.
#[derive(Default)]
pub(crate) struct Closing {
    pub state: Vec<(&'static str, Vec<StateItem>)>,
    pub positions: Vec<Position>,
    /// Rows before the cut are missing.
    pub short: bool,
    pub tally: Tally,
    pub reports: Vec<StrategyReport>,
    pub bars: Vec<(Text, BarStatistics)>,
}

enum Order {
    Rows(Outputs),
    Market(Vec<Chunk>),
    Close(EventTime, Closing),
}

/// The worker's end of the thread.
pub(crate) struct Scribe {
    orders: Option<mpsc::Sender<Order>>,
    done: Arc<Mutex<Vec<Closed>>>,
    backlog: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

impl Scribe {
    /// Starts the thread; it wakes the worker when something is closed.
    pub fn start(shared: &Arc<Shared>, worker: usize, waker: SyncActivator) -> Scribe {
        let (orders, incoming) = mpsc::channel();
        let done = Arc::new(Mutex::new(Vec::new()));
        let backlog = Arc::new(AtomicUsize::new(0));
        let (pen, ends_run) = (Pen::new(shared, worker), EndsRun(Arc::clone(shared)));
        let (their_done, their_backlog) = (Arc::clone(&done), Arc::clone(&backlog));
        let thread = std::thread::Builder::new()
            .name(format!("scribe-{worker}"))
            .spawn(move || {
                let _ends_run = ends_run;
                pen.write(&incoming, &their_done, &their_backlog, &waker);
            })
            .expect("the system gives a thread");
        Scribe { orders: Some(orders), done, backlog, thread: Some(thread) }
    }

    /// Hands over rows, sorted, later than all before.
    pub fn rows(&self, rows: Outputs) {
        let count = rows.len();
        if count > 0 {
            self.backlog.fetch_add(count, Relaxed);
            self.order(Order::Rows(rows));
        }
    }

    /// Hands over rows for the recording, later than all before of their table.
    pub fn market(&self, rows: Vec<Chunk>) {
        let count = count(&rows);
        if count > 0 {
            self.backlog.fetch_add(count, Relaxed);
            self.order(Order::Market(rows));
        }
    }

    /// Closes everything since the cut before.
    pub fn close(&self, cut: EventTime, closing: Closing) {
        self.order(Order::Close(cut, closing));
    }

    /// What has been closed since the last call.
    pub fn closed(&self) -> Vec<Closed> {
        std::mem::take(&mut *self.done.lock().expect("no holder panics"))
    }

    /// Does too much wait?
    pub fn is_behind(&self) -> bool {
        self.backlog.load(Relaxed) > BACKLOG_ROWS
    }

    fn order(&self, order: Order) {
        // The thread ends early only after an error, which ends the run.
        let _ = self.orders.as_ref().expect("open until dropped").send(order);
    }
}

impl Drop for Scribe {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn count(rows: &[Chunk]) -> usize {
    rows.iter().map(Chunk::len).sum()
}

struct Pen {
    shared: Arc<Shared>,
    worker: usize,
    batcher: Batcher,
    tables: Option<TableWriter>,
    market: Option<TableWriter>,
    states: Option<StateStore>,
    /// The number of the epoch that is open, as far as this worker knows.
    epoch: u64,
    stats: Stats,
}

impl Pen {
    fn new(shared: &Arc<Shared>, worker: usize) -> Pen {
        let plan = &shared.plan;
        let all: Vec<Table> = Table::ALL.iter().copied().filter(|t| !t.is_market()).collect();
        let write = if shared.sink == SinkKind::Memory { &all } else { &plan.lake.write };
        let files = shared.files.as_ref();
        Pen {
            batcher: Batcher::new(plan, write),
            tables: files.map(|f| TableWriter::of(&f.site, worker, f.next_epoch)),
            market: shared
                .record
                .as_ref()
                .map(|r| TableWriter::of(&r.files.site, worker, r.files.next_epoch)),
            states: files.map(|files| StateStore::of(&files.site)),
            epoch: files.map_or(0, |files| files.next_epoch),
            stats: Stats::default(),
            worker,
            shared: Arc::clone(shared),
        }
    }

    fn write(
        mut self,
        orders: &mpsc::Receiver<Order>,
        done: &Mutex<Vec<Closed>>,
        backlog: &AtomicUsize,
        waker: &SyncActivator,
    ) {
        while let Ok(order) = orders.recv() {
            let _span = tracing::debug_span!("scribe", worker = self.worker).entered();
            let result = match order {
                Order::Rows(rows) => self.append(&rows).map(|()| rows.len()),
                Order::Market(rows) => self.record(&rows).map(|()| count(&rows)),
                Order::Close(cut, closing) => self.close(cut, closing).map(|closed| {
                    done.lock().expect("no holder panics").push(closed);
                    let _ = waker.activate();
                    0
                }),
            };
            match result {
                Ok(rows) if backlog.fetch_sub(rows, Relaxed) > BACKLOG_ROWS => {
                    let _ = waker.activate();
                }
                Ok(_) => {}
                Err(error) => {
                    self.shared.fail(error);
                    return;
                }
            }
        }
    }

    fn append(&mut self, rows: &Outputs) -> Result<(), RunError> {
        self.stats.add(rows);
        for batch in self.batcher.batches(rows) {
            let total = self.stats.tables.entry(batch.table).or_default();
            total.add(batch.batch.num_rows() as u64, batch.digest);
            if let Some(writer) = &mut self.tables {
                writer.append(batch.table, &batch.batch, batch.digest)?;
            }
            if self.shared.sink == SinkKind::Memory {
                let mut outcome = self.shared.outcome.lock().expect("no holder panics");
                outcome.collected.entry(batch.table).or_default().push(batch);
            }
        }
        Ok(())
    }

    fn record(&mut self, rows: &[Chunk]) -> Result<(), RunError> {
        let Some(writer) = &mut self.market else { return Ok(()) };
        let instruments = &self.shared.plan.instruments;
        // The name stands in rejects, and those are the run's.
        for batch in rows.iter().flat_map(|rows| market_batches(rows, instruments, "")) {
            writer.append(batch.table, &batch.batch, batch.digest)?;
        }
        Ok(())
    }

    fn close(&mut self, cut: EventTime, closing: Closing) -> Result<Closed, RunError> {
        faults::hit("checkpoint.before_files")?;
        let files = match &mut self.tables {
            Some(writer) => writer.finish_epoch()?,
            None => Vec::new(),
        };
        let recorded = match &mut self.market {
            Some(writer) => writer.finish_epoch()?,
            None => Vec::new(),
        };
        let mut state = Vec::new();
        for (operator, items) in closing.state {
            let store = self.states.as_ref().expect("state is cut for a lake");
            state.push(store.write_state(operator, self.worker, self.epoch, items)?);
        }
        self.epoch += 1;
        faults::hit("checkpoint.after_state")?;
        let mut stats = std::mem::take(&mut self.stats);
        let bars = closing.bars.into_iter().map(|(name, bars)| (name.to_string(), bars));
        stats.tell(closing.reports, bars);
        let Closing { positions, short, tally, .. } = closing;
        let outputs = Vec::new();
        Ok(Closed { cut, files, recorded, state, short, positions, outputs, stats, tally })
    }
}
