//! Puts rows into order and hands them to the worker's scribe and to the topics' writers.

use super::{
    Quantum, Shared,
    cuts::{Control, Cut, Cuts},
    emit::Emit,
    scribe::{Closed, Closing, Scribe},
};
use crate::{
    rows::TableBatch,
    sinks::kafka::{Encoder, OutRow},
    sources::Position,
};
use operators::outputs::Outputs;
use schemas::{Chunk, EventTime, Table};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};
use timely::{
    container::CapacityContainerBuilder,
    dataflow::{
        Scope, Stream,
        channels::pact::Pipeline,
        operators::{
            Capability,
            generic::{OutputBuilder, builder_rc::OperatorBuilder},
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

/// The streams of a sink.
pub(crate) struct Streams<'scope> {
    /// What is durable, for the committer.
    pub closed: Stream<'scope, Quantum, Vec<Closed>>,
    /// Nothing; its frontier tells how far the rows were taken.
    pub taken: Stream<'scope, Quantum, Vec<()>>,
    /// Records of topics.
    pub records: Stream<'scope, Quantum, Vec<OutRow>>,
}

pub(crate) fn build<'scope>(
    scope: Scope<'scope, Quantum>,
    shared: &Arc<Shared>,
    emits: [Stream<'scope, Quantum, Vec<Emit>>; 3],
    control: Stream<'scope, Quantum, Vec<Control>>,
) -> Streams<'scope> {
    let mut builder = OperatorBuilder::new("sink".to_owned(), scope);
    let mut inputs = emits.map(|stream| builder.new_input(stream, Pipeline));
    let mut control = builder.new_input(control, Pipeline);
    let (closed_out, closed) = builder.new_output::<Vec<Closed>>();
    let (_, taken) = builder.new_output::<Vec<()>>();
    let (records_out, records) = builder.new_output::<Vec<OutRow>>();
    let worker = scope.index();
    let address = builder.operator_info().address.to_vec();
    let waker = scope.worker().sync_activator_for(address);
    let shared = Arc::clone(shared);
    builder.build(move |capabilities| {
        let mut closed_out =
            OutputBuilder::<_, CapacityContainerBuilder<Vec<Closed>>>::from(closed_out);
        let mut records_out =
            OutputBuilder::<_, CapacityContainerBuilder<Vec<OutRow>>>::from(records_out);
        let encoder = (!shared.shards.is_empty()).then(|| Encoder::new(&shared.plan, &shared.run));
        let mut sink = Sink {
            encoder,
            records: Vec::new(),
            scribe: Scribe::start(&shared, worker, waker),
            waiting: Outputs::default(),
            market: VecDeque::new(),
            closings: BTreeMap::new(),
            positions: BTreeMap::new(),
            short: false,
            open: BTreeSet::new(),
        };
        let mut cuts = Cuts::default();
        let mut capabilities = Capabilities::new(capabilities);
        move |frontiers| {
            for input in &mut inputs {
                input.for_each(|_, some| some.drain(..).for_each(|emit| sink.take(emit)));
            }
            control.for_each(|_, said| said.drain(..).for_each(|c| cuts.hear(c)));
            for closed in sink.scribe.closed() {
                sink.open.remove(&closed.cut);
                let held = capabilities.closed.as_ref().expect("held until all is closed");
                closed_out.activate().session_with_builder(held).give(closed);
            }
            let frontier = frontiers.iter().filter_map(|f| f.frontier().first().copied()).min();
            if !capabilities.done {
                let limit = frontier.map_or(EventTime::MAX, |quantum| shared.time_of(quantum));
                let _span = tracing::debug_span!("sink", worker).entered();
                while let Some(cut) = frontier.and_then(|_| cuts.due(limit)) {
                    sink.cut(cut);
                    capabilities.done |= cut.last;
                }
                if !capabilities.done {
                    sink.rows(limit);
                    if frontier.is_none() {
                        sink.cut(Cut { at: EventTime::MAX, last: true });
                        capabilities.done = true;
                    }
                }
            }
            if let (Some(held), false) = (&capabilities.records, sink.records.is_empty()) {
                let records = sink.records.drain(..);
                records_out.activate().session_with_builder(held).give_iterator(records);
            }
            let first_open = sink.open.first().map(|cut| shared.quantum_of(cut.0));
            capabilities.downgrade(frontier, first_open, sink.scribe.is_behind());
        }
    });
    Streams { closed, taken, records }
}

struct Sink {
    /// Where results go to topics.
    encoder: Option<Encoder>,
    records: Vec<OutRow>,
    scribe: Scribe,
    waiting: Outputs,
    /// Rows for the recording.
    market: VecDeque<Chunk>,
    closings: BTreeMap<EventTime, Closing>,
    /// Positions of this worker's partitions by boundary, from the last cut on.
    positions: BTreeMap<EventTime, Vec<Position>>,
    /// Not all of the input comes.
    short: bool,
    /// Cuts that the scribe has not closed yet.
    open: BTreeSet<EventTime>,
}

impl Sink {
    fn take(&mut self, emit: Emit) {
        match emit {
            Emit::Rows(rows) => self.waiting.append(rows),
            Emit::Short => self.short = true,
            Emit::Market(chunks) => self.market.extend(chunks),
            Emit::State { cut, operator, items } => {
                self.closings.entry(cut).or_default().state.push((operator, items));
            }
            Emit::Positions { boundary, positions } => {
                self.positions.entry(boundary).or_default().extend(positions);
            }
            Emit::Tally { cut, tally } => self.closings.entry(cut).or_default().tally.add(&tally),
            Emit::Reports { cut, reports, bars } => {
                let closing = self.closings.entry(cut).or_default();
                closing.reports.extend(reports);
                closing.bars.extend(bars);
            }
        }
    }

    /// Hands over the rows before `limit`.
    fn rows(&mut self, limit: EventTime) {
        let rows = self.waiting.take_before(limit);
        if let Some(encoder) = &self.encoder {
            encoder.encode(&rows, &mut self.records);
        }
        self.scribe.rows(rows);
        let ends = |chunk: &Chunk| EventTime(*chunk.ts.last().expect("chunks are never empty"));
        let next = |market: &mut VecDeque<Chunk>| market.pop_front_if(|chunk| ends(chunk) < limit);
        self.scribe.market(std::iter::from_fn(|| next(&mut self.market)).collect());
    }

    fn cut(&mut self, Cut { at, .. }: Cut) {
        self.rows(at);
        let mut closing = self.closings.remove(&at).unwrap_or_default();
        if at == EventTime::MAX {
            // Cuts beyond the end of the input were never made.
            for (_, earlier) in std::mem::take(&mut self.closings) {
                closing.tally.add(&earlier.tally);
            }
        }
        // A savepoint lies between boundaries; what is read again from the one before is skipped.
        if let Some((boundary, _)) = self.positions.range(..=at).next_back() {
            let boundary = *boundary;
            self.positions = self.positions.split_off(&boundary);
            closing.positions = self.positions[&boundary].clone();
        }
        closing.short = self.short;
        self.open.insert(at);
        self.scribe.close(at, closing);
    }
}

/// A sink's capabilities: for what is closed, for how far rows were taken, and for what it sends
/// on.
pub(super) struct Capabilities {
    pub closed: Option<Capability<Quantum>>,
    taken: Option<Capability<Quantum>>,
    pub records: Option<Capability<Quantum>>,
    /// Nothing more will be cut.
    pub done: bool,
}

impl Capabilities {
    pub fn new(capabilities: Vec<Capability<Quantum>>) -> Capabilities {
        let mut each = capabilities.into_iter();
        let (closed, taken, records) = (each.next(), each.next(), each.next());
        Capabilities { closed, taken, records, done: false }
    }

    /// A cut is committed when the frontier of what is closed has come to it, so that capability
    /// stays one quantum behind the rows, and before every cut that is still open.
    pub fn downgrade(&mut self, frontier: Option<Quantum>, open: Option<Quantum>, behind: bool) {
        if self.done {
            self.taken = None;
            self.records = None;
            match open {
                None => self.closed = None,
                Some(_) => return,
            }
        }
        if let (Some(frontier), Some(records)) = (frontier, &mut self.records)
            && *records.time() < frontier
        {
            records.downgrade(&frontier);
        }
        if let (Some(frontier), Some(taken)) = (frontier, &mut self.taken)
            && *taken.time() < frontier
            && !behind
        {
            taken.downgrade(&frontier);
        }
        if let (Some(frontier), Some(closed)) = (frontier, &mut self.closed) {
            let to = frontier.min(open.unwrap_or(Quantum::MAX)).saturating_sub(1);
            if *closed.time() < to {
                closed.downgrade(&to);
            }
        }
    }
}
