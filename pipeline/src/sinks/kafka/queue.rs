//! A shard at work, seen from the graph: what waits for its thread, and what that says.

use super::{OutRow, SinkError, pump::Pump};
use crate::lake::OutputPosition;
use schemas::EventTime;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{Builder, JoinHandle},
    time::Duration,
};

/// What waits to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backlog {
    /// Rows.
    pub rows: usize,
    /// About their bytes.
    pub bytes: usize,
}

/// A shard at work. Dropping it without [`ShardHandle::finish`] leaves what waits unsent, as a
/// crash would.
pub struct ShardHandle {
    id: String,
    shared: Arc<Shared>,
    abandoned: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// What the pump is to do, in order.
pub(super) enum Step {
    /// Rows, and the frontier that they are complete up to, once the last of them is here.
    Rows(Option<EventTime>, Vec<OutRow>),
    /// A checkpoint is cut.
    Boundary(EventTime),
    /// The checkpoint is committed: what waits for it may go.
    Publish(EventTime),
}

#[derive(Default)]
pub(super) struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Default)]
struct Queue {
    steps: VecDeque<Step>,
    backlog: Backlog,
    committed: Vec<(EventTime, Vec<OutputPosition>)>,
    outboxes: BTreeMap<EventTime, Vec<u8>>,
    failed: Option<SinkError>,
    /// Nothing more will come; what is there is sent.
    finished: bool,
    /// The thread is to end at once, or has ended.
    over: bool,
    result: Vec<OutputPosition>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, step: Step) {
        let mut queue = self.lock();
        if let Step::Rows(_, rows) = &step {
            queue.backlog.rows += rows.len();
            queue.backlog.bytes += rows.iter().map(OutRow::bytes).sum::<usize>();
        }
        queue.steps.push_back(step);
        drop(queue);
        self.changed.notify_one();
    }

    /// Steps for one transaction; empty when none came for a while, none when it is over.
    pub fn next(&self) -> Option<(Vec<Step>, Backlog)> {
        let mut queue = self.lock();
        if queue.steps.is_empty() && !queue.finished && !queue.over {
            let waited = self.changed.wait_timeout(queue, IDLE);
            queue = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        if queue.over || (queue.finished && queue.steps.is_empty()) {
            return None;
        }
        let (mut steps, mut taken) = (Vec::new(), Backlog::default());
        while let Some(mut step) = queue.steps.pop_front() {
            if let Step::Rows(through, rows) = &mut step {
                let fits = rows.iter().take_while(|row| {
                    let full = taken.rows >= MAX_ROWS || taken.bytes >= MAX_BYTES;
                    if !full {
                        taken.rows += 1;
                        taken.bytes += row.bytes();
                    }
                    !full
                });
                let fits = fits.count();
                if fits < rows.len() {
                    let rest = rows.split_off(fits);
                    queue.steps.push_front(Step::Rows(through.take(), rest));
                    steps.push(step);
                    break;
                }
            }
            steps.push(step);
        }
        Some((steps, taken))
    }

    /// What `taken` was is dealt with.
    pub fn done(&self, taken: Backlog, done: Done) {
        let mut queue = self.lock();
        queue.backlog.rows -= taken.rows;
        queue.backlog.bytes -= taken.bytes;
        queue.committed.extend(done.committed);
        queue.outboxes.extend(done.outboxes);
    }

    /// Does nobody wait for what is left?
    pub fn is_over(&self) -> bool {
        self.lock().over
    }
}

/// Boundaries that were dealt with.
#[derive(Default)]
pub(super) struct Done {
    /// What went to each partition before them.
    pub committed: Vec<(EventTime, Vec<OutputPosition>)>,
    /// Rows that wait for their checkpoints.
    pub outboxes: Vec<(EventTime, Vec<u8>)>,
}

/// A transaction is no larger than this.
const MAX_ROWS: usize = 20_000;
const MAX_BYTES: usize = 16 << 20;

/// How long the thread waits before it lets librdkafka report.
const IDLE: Duration = Duration::from_millis(50);

impl ShardHandle {
    /// What brokers call it: RUN/SINK/SHARD.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Hands over rows in key order, all above those before; the frontier has passed `through`, so
    /// that no row before it will follow.
    pub fn rows(&self, through: EventTime, rows: Vec<OutRow>) {
        self.shared.push(Step::Rows(Some(through), rows));
    }

    /// A checkpoint is cut at `boundary`: every row before it was handed over, none after it.
    pub fn boundary(&self, boundary: EventTime) {
        self.shared.push(Step::Boundary(boundary));
    }

    /// Boundaries whose progress is committed since the last call, with what went to each of the
    /// shard's partitions before exactly that boundary.
    pub fn committed(&self) -> Vec<(EventTime, Vec<OutputPosition>)> {
        std::mem::take(&mut self.shared.lock().committed)
    }

    /// The rows that wait for the checkpoint at a boundary, to be stored with it; none in modes
    /// without an outbox, none before [`ShardHandle::committed`] tells of it, and only once.
    pub fn outbox(&self, boundary: EventTime) -> Option<Vec<u8>> {
        self.shared.lock().outboxes.remove(&boundary)
    }

    /// The checkpoint at `boundary` is committed: its outbox, and every one before, may go.
    pub fn publish(&self, boundary: EventTime) {
        self.shared.push(Step::Publish(boundary));
    }

    /// Why the shard ended, once.
    pub fn failed(&self) -> Option<SinkError> {
        self.shared.lock().failed.take()
    }

    /// What waits to be sent, without what waits in an outbox.
    pub fn backlog(&self) -> Backlog {
        self.shared.lock().backlog
    }

    /// Sends what waits and ends. What is still in an outbox stays there.
    ///
    /// # Errors
    /// When the shard failed, now or before.
    pub fn finish(mut self) -> Result<Vec<OutputPosition>, SinkError> {
        self.shared.lock().finished = true;
        self.shared.changed.notify_one();
        let ended = self.thread.take().map(JoinHandle::join);
        let mut queue = self.shared.lock();
        match (queue.failed.take(), ended) {
            (Some(error), _) => Err(error),
            (None, Some(Ok(()))) => Ok(std::mem::take(&mut queue.result)),
            (None, _) => Err(SinkError::Lost(self.id.clone())),
        }
    }
}

impl Drop for ShardHandle {
    fn drop(&mut self) {
        self.abandoned.store(true, Ordering::Relaxed);
        self.shared.lock().over = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Starts the thread of a shard.
pub(super) fn start(
    id: String,
    mut pump: Pump,
    wake: Box<dyn Fn() + Send>,
) -> Result<ShardHandle, SinkError> {
    let shared = Arc::new(Shared::default());
    let theirs = Arc::clone(&shared);
    let abandoned = pump.abandoned();
    let work = move || {
        let result = pump.run(&theirs, &wake);
        let mut queue = theirs.lock();
        queue.over = true;
        match result {
            Ok(()) => queue.result = pump.positions(),
            Err(error) => queue.failed = Some(error),
        }
        drop(queue);
        wake();
    };
    let thread = Builder::new().name(format!("sink {id}")).spawn(work)?;
    Ok(ShardHandle { id, shared, abandoned, thread: Some(thread) })
}
