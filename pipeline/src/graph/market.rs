//! The engines of the instruments whose home is this worker.

use super::{
    Quantum, Shared, bucket,
    cuts::{Control, Cuts},
    emit::Emit,
    home,
    parcel::{Parcel, Rows},
    recorder::Recorder,
    sheaves::Sheaves,
    stash::{Stash, for_each_row, message},
};
use crate::{RunError, lake::StateItem, models::Runner, rows::market_row, tally::Tally};
use operators::{
    market::{InstrumentEngine, Markets, Stamps, Trigger},
    outputs::Outputs,
};
use schemas::{
    Chunk, EventTime, OrderKey, Text,
    chunk::{Kinds, RowKind},
};
use std::sync::Arc;
use timely::{
    container::CapacityContainerBuilder,
    dataflow::{
        Scope, Stream,
        channels::pact::{Exchange, Pipeline},
        operators::generic::{OutputBuilder, builder_rc::OperatorBuilder},
    },
};

/// The operator's name in checkpoints.
pub(crate) const NAME: &str = "market";

/// Key and instrument of a row.
fn place_of(chunk: &Chunk, row: usize) -> (OrderKey, u32) {
    (chunk.key(row), chunk.instrument[row])
}

fn step_row(
    markets: &mut Markets,
    chunk: &Chunk,
    row: usize,
    out: &mut Outputs,
    triggers: &mut Vec<Trigger>,
) {
    if let Some(record) = market_row(chunk, row) {
        let (at, stamps) = (place_of(chunk, row), Stamps::of(chunk, row));
        markets.on_row(at, &record, stamps, out, triggers);
    }
}

/// The streams of the engines.
pub(crate) struct Streams<'scope> {
    pub triggers: Stream<'scope, Quantum, Vec<Trigger>>,
    pub emits: Stream<'scope, Quantum, Vec<Emit>>,
}

pub(crate) fn build<'scope>(
    scope: Scope<'scope, Quantum>,
    shared: &Arc<Shared>,
    chunks: Stream<'scope, Quantum, Vec<Parcel>>,
    control: Stream<'scope, Quantum, Vec<Control>>,
) -> Streams<'scope> {
    let mut builder = OperatorBuilder::new(NAME.to_owned(), scope);
    let mut input = builder.new_input(chunks, Exchange::new(|p: &Parcel| p.target as u64));
    let mut control = builder.new_input(control, Pipeline);
    let (triggers_out, triggers) = builder.new_output::<Vec<Trigger>>();
    let (emits_out, emits) = builder.new_output::<Vec<Emit>>();
    let shared = Arc::clone(shared);
    let (worker, workers) = (scope.index(), scope.peers());
    builder.build(move |capabilities| {
        let mut triggers_out =
            OutputBuilder::<_, CapacityContainerBuilder<Vec<Trigger>>>::from(triggers_out);
        let mut emits_out =
            OutputBuilder::<_, CapacityContainerBuilder<Vec<Emit>>>::from(emits_out);
        let mut engines = Engines::new(&shared, worker, workers);
        let mut stash = Stash::new();
        let mut cuts = Cuts::default();
        let mut capabilities = Some(capabilities);
        move |frontiers| {
            input.for_each(|_, parcels| parcels.drain(..).for_each(|p| stash.push(p)));
            control.for_each(|_, said| said.drain(..).for_each(|c| cuts.hear(c)));
            let Some(held) = &mut capabilities else { return };
            let frontier = frontiers.iter().filter_map(|f| f.frontier().first().copied()).min();
            let limit = match frontier {
                Some(quantum) => shared.time_of(quantum),
                None => EventTime(stash.end()),
            };
            let mut cut = cuts.due(limit);
            if frontier == Some(*held[0].time()) && cut.is_none() {
                return;
            }
            let _span = tracing::debug_span!(NAME, worker).entered();
            tracing::trace!(%limit, "rows before this are complete");
            let mut emitted = Vec::new();
            let mut triggers = Vec::new();
            let mut last = false;
            loop {
                let until = cut.map_or(limit, |cut| cut.at);
                let out = engines.step(&shared, &mut stash, until, &mut triggers);
                let recorded = engines.recorded();
                if !recorded.is_empty() {
                    emitted.push(Emit::Market(recorded));
                }
                if !out.is_empty() {
                    emitted.push(Emit::Rows(out));
                }
                let Some(now) = cut else { break };
                let tally = std::mem::take(&mut engines.tally);
                emitted.push(Emit::Tally { cut: now.at, tally });
                if shared.live {
                    let items = engines.snapshot(&shared);
                    emitted.push(Emit::State { cut: now.at, operator: NAME, items });
                }
                last = now.last;
                if last {
                    break;
                }
                cut = cuts.due(limit);
            }
            if frontier.is_none() {
                let tally = std::mem::take(&mut engines.tally);
                emitted.push(Emit::Tally { cut: EventTime::MAX, tally });
            }
            if !triggers.is_empty() {
                triggers_out
                    .activate()
                    .session_with_builder(&held[0])
                    .give_iterator(triggers.into_iter());
            }
            if !emitted.is_empty() {
                emits_out
                    .activate()
                    .session_with_builder(&held[1])
                    .give_iterator(emitted.into_iter());
            }
            match frontier {
                Some(quantum) if !last => held.iter_mut().for_each(|c| c.downgrade(&quantum)),
                _ => capabilities = None,
            }
        }
    });
    Streams { triggers, emits }
}

pub(super) struct Engines {
    markets: Markets,
    /// What the state of each instrument is kept by.
    keys: Vec<Text>,
    tally: Tally,
    recorder: Option<Recorder>,
    models: Option<Runner>,
    sheaves: Sheaves,
}

impl Engines {
    pub fn new(shared: &Shared, worker: usize, workers: usize) -> Engines {
        let spec = Arc::new(shared.plan.market.clone());
        let keys = shared.plan.home_keys();
        let mine = |place: usize| home(&keys[place], workers) == worker;
        let markets = Markets::new(&spec, &shared.plan.instruments, mine);
        let recorder = Recorder::new(shared);
        let models = Runner::open(&shared.plan, shared.progress.models());
        let models = models.map_err(|error| shared.fail(error)).ok();
        let (tally, sheaves) = (Tally::default(), Sheaves::default());
        let mut engines = Engines { markets, keys, tally, recorder, models, sheaves };
        for item in shared.state(NAME, worker, workers) {
            let place = shared.plan.instrument(&item.key);
            let restored = place.map(|place| engines.markets.restore(place, &item.bytes));
            if let Some(Err(error)) = restored {
                shared.fail(RunError::State { operator: NAME, key: item.key, error });
            }
        }
        engines
    }

    /// Steps all rows before `limit`.
    pub fn step(
        &mut self,
        shared: &Shared,
        stash: &mut Stash,
        limit: EventTime,
        triggers: &mut Vec<Trigger>,
    ) -> Outputs {
        let mut out = Outputs::default();
        let Engines { markets, keys, tally, recorder, models, sheaves } = self;
        // Without its models a worker has failed already.
        let Some(models) = models else { return out };
        let before = triggers.len();
        stash.drain(limit.0, |chunk, rows, range| {
            match rows {
                Rows::All => tally.count_rows(chunk, range.clone()),
                Rows::Some(rows) => {
                    tally.count_rows(chunk, rows[range.clone()].iter().map(|row| *row as usize));
                }
            }
            if let Some(recorder) = recorder {
                recorder.take(chunk, rows, range.clone());
            }
            if let Some(engines) = markets.apart()
                && sheaves.bind(chunk, rows, range.clone(), keys.len())
            {
                for (engine, run) in engines.iter_mut().zip(sheaves.iter(chunk)) {
                    if let (Some(engine), false) = (engine, run.rows.is_empty()) {
                        engine.on_trades(run, &mut out, triggers);
                    }
                }
                return;
            }
            if chunk.kinds == Kinds::Only(RowKind::Trade) {
                for_each_row(chunk, rows, range, |key, instrument, record, row| {
                    let stamps = Stamps::of(chunk, row);
                    markets.on_row((key, instrument), &record, stamps, &mut out, triggers);
                });
                return;
            }
            let (mut next, end) = (range.start, range.end);
            while next < end {
                let places = message(chunk, rows, next, end);
                next = places.end;
                step_row(markets, chunk, rows.get(places.start), &mut out, triggers);
                // Within a message only its levels are new.
                let within = places.start + 1..places.end.max(places.start + 2) - 1;
                if !within.is_empty() {
                    let first = chunk.slot(rows.get(within.start)).1;
                    let levels = (&chunk.deltas, first..first + within.len());
                    markets.on_levels(place_of(chunk, rows.get(within.end - 1)), levels);
                }
                if places.len() > 1 {
                    step_row(markets, chunk, rows.get(places.end - 1), &mut out, triggers);
                }
            }
        });
        markets.advance(limit, &mut out, triggers);
        let waiting = markets.iter_mut().map(|(_, engine)| engine);
        if let Err(error) = models.settle(waiting, &mut out, triggers) {
            shared.fail(error);
        }
        // What lies before the start of the run only warms up.
        if shared.from > EventTime::MIN {
            let late = triggers.split_off(before);
            triggers.extend(late.into_iter().filter(|t| t.key.ts >= shared.from));
            drop(out.take_before(shared.from));
        }
        out
    }

    /// What was stepped since the last call, if it is recorded.
    fn recorded(&mut self) -> Vec<Chunk> {
        self.recorder.as_mut().map(Recorder::give).unwrap_or_default()
    }

    fn snapshot(&mut self, shared: &Shared) -> Vec<StateItem> {
        let instruments = &shared.plan.instruments;
        let item = |(place, engine): (usize, &mut InstrumentEngine)| {
            let key = instruments[place].id.text().to_string();
            StateItem { bucket: bucket(&self.keys[place]), key, bytes: engine.snapshot() }
        };
        self.markets.iter_mut().map(item).collect()
    }
}
