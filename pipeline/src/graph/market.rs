//! An engine for each instrument whose home is this worker.

use super::{
    Quantum, Shared, home,
    parcel::Parcel,
    stash::{Stash, for_each_row},
};
use operators::{
    market::{InstrumentEngine, Trigger},
    outputs::Outputs,
};
use schemas::EventTime;
use std::sync::Arc;
use timely::{
    container::CapacityContainerBuilder,
    dataflow::{
        Scope, Stream,
        channels::pact::Exchange,
        operators::generic::{OutputBuilder, builder_rc::OperatorBuilder},
    },
};

/// The streams of the engines.
pub(crate) struct Streams<'scope> {
    pub triggers: Stream<'scope, Quantum, Vec<Trigger>>,
    pub rows: Stream<'scope, Quantum, Vec<Outputs>>,
}

pub(crate) fn build<'scope>(
    scope: Scope<'scope, Quantum>,
    shared: &Arc<Shared>,
    chunks: Stream<'scope, Quantum, Vec<Parcel>>,
) -> Streams<'scope> {
    let mut builder = OperatorBuilder::new("market".to_owned(), scope);
    let mut input = builder.new_input(chunks, Exchange::new(|p: &Parcel| p.target as u64));
    let (triggers_out, triggers) = builder.new_output::<Vec<Trigger>>();
    let (rows_out, rows) = builder.new_output::<Vec<Outputs>>();
    let shared = Arc::clone(shared);
    let (worker, workers) = (scope.index(), scope.peers());
    builder.build(move |capabilities| {
        let mut triggers_out =
            OutputBuilder::<_, CapacityContainerBuilder<Vec<Trigger>>>::from(triggers_out);
        let mut rows_out =
            OutputBuilder::<_, CapacityContainerBuilder<Vec<Outputs>>>::from(rows_out);
        let mut engines = engines(&shared, worker, workers);
        let mut stash = Stash::new();
        let mut capabilities = Some(capabilities);
        move |frontiers| {
            input.for_each(|_, parcels| parcels.drain(..).for_each(|p| stash.push(p)));
            let Some(held) = &mut capabilities else { return };
            let frontier = frontiers[0].frontier().first().copied();
            if frontier == Some(*held[0].time()) {
                return;
            }
            let limit = match frontier {
                Some(quantum) => shared.time_of(quantum),
                None => EventTime(stash.end()),
            };
            let _span = tracing::debug_span!("market", worker).entered();
            tracing::trace!(%limit, "rows before this are complete");
            let mut out = Outputs::default();
            let mut triggers = Vec::new();
            stash.drain(limit.0, |chunk, rows, range| {
                for_each_row(chunk, rows, range, |key, instrument, record, exchange_ts| {
                    if let Some(Some(engine)) = engines.get_mut(instrument as usize) {
                        engine.on_row(key, &record, exchange_ts, &mut out, &mut triggers);
                    }
                });
            });
            for engine in engines.iter_mut().flatten() {
                engine.advance(limit, &mut out, &mut triggers);
            }
            // What lies before the start of the run only warms up.
            if shared.from > EventTime::MIN {
                triggers.retain(|t| t.key.ts >= shared.from);
                drop(out.take_before(shared.from));
            }
            if !triggers.is_empty() {
                triggers_out
                    .activate()
                    .session_with_builder(&held[0])
                    .give_iterator(triggers.into_iter());
            }
            if !out.is_empty() {
                rows_out.activate().session_with_builder(&held[1]).give(out);
            }
            match frontier {
                Some(quantum) => held.iter_mut().for_each(|c| c.downgrade(&quantum)),
                None => capabilities = None,
            }
        }
    });
    Streams { triggers, rows }
}

/// Engines of this worker's instruments, by place in the plan's list.
fn engines(shared: &Shared, worker: usize, workers: usize) -> Vec<Option<InstrumentEngine>> {
    let spec = Arc::new(shared.plan.market.clone());
    let engine = |(i, instrument): (usize, &schemas::Instrument)| {
        let mine = home(instrument.id.text(), workers) == worker;
        let instrument = Arc::new(instrument.clone());
        mine.then(|| InstrumentEngine::new(Arc::clone(&spec), instrument, i as u32))
    };
    shared.plan.instruments.iter().enumerate().map(engine).collect()
}
