//! Hands records to the shards whose home is this worker, in key order, when the frontier has
//! passed them.

use super::{
    Quantum, Shared,
    cuts::{Control, Cuts, EPOCHS_IN_FLIGHT},
    scribe::Closed,
    sink::Capabilities,
};
use crate::{
    RunError,
    lake::{OutputPosition, StateItem, StateStore},
    sinks::kafka::{OutRow, Shard, ShardHandle},
    stats::Stats,
    tally::Tally,
};
use schemas::EventTime;
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};
use timely::{
    container::CapacityContainerBuilder,
    dataflow::{
        Scope, Stream,
        channels::pact::{Exchange, Pipeline},
        operators::generic::{OutputBuilder, builder_rc::OperatorBuilder},
    },
};

/// The name of outboxes in checkpoints.
pub(crate) const OUTBOX: &str = "outbox";
/// How the keys of what a shard holds back begin; the cut follows.
pub(crate) fn outbox_key(shard: &str) -> String {
    format!("{shard}@")
}

/// Bytes that may wait for the brokers before the sources wait too.
const BACKLOG_BYTES: usize = 64 << 20;

/// A shard of a sink, and its number over all sinks of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ShardPlace {
    /// The sink.
    pub sink: u16,
    /// The shard within it.
    pub shard: u32,
    /// The number over all.
    pub number: usize,
}

/// All shards of sinks with so many each.
pub(crate) fn places(shards: &[u32]) -> Vec<ShardPlace> {
    let each = shards.iter().enumerate();
    let all = each.flat_map(|(sink, count)| (0..*count).map(move |shard| (sink as u16, shard)));
    let place = |(number, (sink, shard))| ShardPlace { sink, shard, number };
    all.enumerate().map(place).collect()
}

/// The streams of the topics' writers.
pub(crate) struct Streams<'scope> {
    /// What is durable, for the committer.
    pub closed: Stream<'scope, Quantum, Vec<Closed>>,
    /// Nothing; its frontier tells how far the records were taken.
    pub taken: Stream<'scope, Quantum, Vec<()>>,
}

pub(crate) fn build<'scope>(
    scope: Scope<'scope, Quantum>,
    shared: &Arc<Shared>,
    records: Stream<'scope, Quantum, Vec<OutRow>>,
    control: Stream<'scope, Quantum, Vec<Control>>,
) -> Streams<'scope> {
    let mut builder = OperatorBuilder::new("topics".to_owned(), scope);
    let (worker, peers) = (scope.index(), scope.peers());
    let shards: Vec<u32> = shared.shards.clone();
    let first: Vec<usize> = shards
        .iter()
        .scan(0, |sum, count| Some(std::mem::replace(sum, *sum + *count as usize)))
        .collect();
    let number = move |row: &OutRow| {
        let sink = usize::from(row.sink);
        first[sink] + (row.partition % shards[sink]) as usize
    };
    let home = number.clone();
    let to_home = Exchange::new(move |row: &OutRow| (home(row) % peers) as u64);
    let mut records = builder.new_input(records, to_home);
    let mut control = builder.new_input(control, Pipeline);
    let (closed_out, closed) = builder.new_output::<Vec<Closed>>();
    let (_, taken) = builder.new_output::<Vec<()>>();
    let address = builder.operator_info().address.to_vec();
    let waker = Arc::new(scope.worker().sync_activator_for(address));
    let shared = Arc::clone(shared);
    builder.build(move |capabilities| {
        let mut closed_out =
            OutputBuilder::<_, CapacityContainerBuilder<Vec<Closed>>>::from(closed_out);
        let mine = shared.take_shards(worker, peers);
        let mut writers = Writers::start(&shared, mine, || {
            let waker = Arc::clone(&waker);
            // A worker that is gone need not be woken.
            Box::new(move || {
                let _ = waker.activate();
            })
        });
        let mut waiting: Vec<OutRow> = Vec::new();
        let mut cuts = Cuts::default();
        let mut capabilities = Capabilities::new(capabilities);
        move |frontiers| {
            records.for_each(|_, some| waiting.append(some));
            control.for_each(|_, said| {
                for control in said.drain(..) {
                    cuts.hear(control);
                    match control {
                        Control::Committed(at) => writers.publish(at),
                        Control::Leave => {
                            writers.finish(&shared);
                            shared.leave_with_others();
                        }
                        Control::Cut(_) => {}
                    }
                }
            });
            for closed in writers.closed(&shared, worker) {
                let Some(held) = capabilities.closed.as_ref() else { continue };
                closed_out.activate().session_with_builder(held).give(closed);
            }
            let frontier = frontiers.iter().filter_map(|f| f.frontier().first().copied()).min();
            if !capabilities.done {
                let limit = frontier.map_or(EventTime::MAX, |quantum| shared.time_of(quantum));
                while let Some(cut) = frontier.and_then(|_| cuts.due(limit)) {
                    writers.rows(&mut waiting, cut.at, &number);
                    writers.cut(cut.at);
                    capabilities.done |= cut.last;
                }
                if !capabilities.done {
                    writers.rows(&mut waiting, limit, &number);
                    if frontier.is_none() {
                        writers.end(&shared);
                        capabilities.done = true;
                    }
                }
            }
            let first_open = writers.open.first().map(|cut| shared.quantum_of(cut.0));
            capabilities.downgrade(frontier, first_open, writers.are_behind());
        }
    });
    Streams { closed, taken }
}

struct Writers {
    of_number: BTreeMap<usize, ShardHandle>,
    /// Cuts that not every shard has committed yet.
    open: BTreeSet<EventTime>,
    /// What the shards have committed of them.
    committed: BTreeMap<EventTime, (usize, Vec<OutputPosition>)>,
    /// Records of the last cuts that may not be published yet.
    outboxes: VecDeque<(EventTime, StateItem)>,
    through: EventTime,
}

impl Writers {
    fn start(
        shared: &Shared,
        shards: Vec<(usize, Shard)>,
        wake: impl Fn() -> Box<dyn Fn() + Send>,
    ) -> Writers {
        let mut of_number = BTreeMap::new();
        for (number, shard) in shards {
            match shard.start(wake()) {
                Ok(handle) => drop(of_number.insert(number, handle)),
                Err(error) => shared.fail(RunError::Sink(error)),
            }
        }
        Writers {
            of_number,
            open: BTreeSet::new(),
            committed: BTreeMap::new(),
            outboxes: VecDeque::new(),
            through: EventTime::MIN,
        }
    }

    /// Hands over the records before `limit`.
    fn rows(
        &mut self,
        waiting: &mut Vec<OutRow>,
        limit: EventTime,
        number: &impl Fn(&OutRow) -> usize,
    ) {
        if self.of_number.is_empty() || limit <= self.through {
            return;
        }
        self.through = limit;
        let mut rows: Vec<OutRow> = waiting.extract_if(.., |row| row.key.ts < limit).collect();
        OutRow::sort(&mut rows);
        let mut parts: BTreeMap<usize, Vec<OutRow>> = BTreeMap::new();
        for row in rows {
            parts.entry(number(&row)).or_default().push(row);
        }
        for (number, handle) in &self.of_number {
            if let Some(rows) = parts.remove(number) {
                handle.rows(limit, rows);
            }
        }
    }

    fn cut(&mut self, at: EventTime) {
        if self.of_number.is_empty() {
            return;
        }
        self.open.insert(at);
        self.of_number.values().for_each(|handle| handle.boundary(at));
    }

    fn publish(&self, at: EventTime) {
        self.of_number.values().for_each(|handle| handle.publish(at));
    }

    /// The cuts that all shards here have committed.
    fn closed(&mut self, shared: &Shared, worker: usize) -> Vec<Closed> {
        for handle in self.of_number.values() {
            if let Some(error) = handle.failed() {
                shared.fail(RunError::Sink(error));
            }
            for (at, positions) in handle.committed() {
                let (shards, all) = self.committed.entry(at).or_default();
                *shards += 1;
                all.extend(positions);
                if let Some(bytes) = handle.outbox(at) {
                    let key = format!("{}{:020}", outbox_key(handle.id()), at.0);
                    let bucket = 0;
                    self.outboxes.push_back((at, StateItem { bucket, key, bytes }));
                }
            }
        }
        let mut closed = Vec::new();
        while let Some(entry) = self.committed.first_entry() {
            if entry.get().0 < self.of_number.len() {
                break;
            }
            let (cut, (_, outputs)) = entry.remove_entry();
            self.open.remove(&cut);
            // What is before the oldest cut under way was published before this one was closed.
            while self.outboxes.len() > self.of_number.len() * (EPOCHS_IN_FLIGHT + 1) {
                self.outboxes.pop_front();
            }
            let until = |(at, item): &(EventTime, StateItem)| (*at <= cut).then(|| item.clone());
            let outboxes: Vec<StateItem> = self.outboxes.iter().filter_map(until).collect();
            let mut state = Vec::new();
            if let (Some(files), false) = (&shared.files, outboxes.is_empty()) {
                let store = StateStore::of(&files.site);
                match store.write_state(OUTBOX, worker, files.next_epoch, outboxes) {
                    Ok(file) => state.push(file),
                    Err(error) => shared.fail(error.into()),
                }
            }
            closed.push(Closed {
                recorded: Vec::new(),
                cut,
                files: Vec::new(),
                state,
                short: false,
                positions: Vec::new(),
                outputs,
                stats: Stats::default(),
                tally: Tally::default(),
            });
        }
        closed
    }

    /// The savepoint is committed: what may be published now is, before anyone leaves.
    fn finish(&mut self, shared: &Shared) {
        for handle in std::mem::take(&mut self.of_number).into_values() {
            if let Err(error) = handle.finish() {
                shared.fail(RunError::Sink(error));
            }
        }
    }

    /// Sends what waits. What stands in an outbox goes too: the run is over.
    fn end(&mut self, shared: &Shared) {
        for handle in std::mem::take(&mut self.of_number).into_values() {
            handle.boundary(self.through);
            handle.publish(EventTime::MAX);
            if let Err(error) = handle.finish() {
                shared.fail(RunError::Sink(error));
            }
        }
        self.open.clear();
    }

    fn are_behind(&self) -> bool {
        self.of_number.values().any(|handle| handle.backlog().bytes > BACKLOG_BYTES)
    }
}
