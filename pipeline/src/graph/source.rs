//! Reads this worker's share of every source and splits it over the workers.

use super::{
    Quantum, Shared, home,
    parcel::{Parcel, Rows},
};
use crate::{rows::reject_rows, sources::Reader};
use operators::outputs::Outputs;
use schemas::{Chunk, EventTime};
use std::{cell::Cell, collections::VecDeque, rc::Rc, sync::Arc};
use timely::{
    container::CapacityContainerBuilder,
    dataflow::{
        Scope, Stream,
        operators::{
            Capability,
            generic::{OutputBuilder, builder_rc::OperatorBuilder},
            probe::Handle,
        },
    },
    scheduling::Activator,
};

/// Rows that a worker's source may have under way before it waits for the others.
/// Workers read alternating row groups, so a window below two of them makes them take turns.
const WINDOW_ROWS: usize = 5 * crate::lake::ROW_GROUP_ROWS / 2;

/// The streams of a source.
pub(crate) struct Streams<'scope> {
    pub market: Stream<'scope, Quantum, Vec<Parcel>>,
    pub account: Stream<'scope, Quantum, Vec<Parcel>>,
    pub rejects: Stream<'scope, Quantum, Vec<Outputs>>,
}

/// Wakes a source that waits for the other workers.
pub(crate) struct Waker {
    activator: Activator,
    blocked: Rc<Cell<bool>>,
    seen: Option<Quantum>,
}

impl Waker {
    /// Lets the source look again, if it waits and the others have got further.
    pub fn wake(&mut self, probe: &Handle<Quantum>) {
        let frontier = probe.with_frontier(|frontier| frontier.first().copied());
        if self.blocked.get() && self.seen != frontier {
            self.seen = frontier;
            self.activator.activate();
        }
    }
}

/// Which workers want an instrument's rows, as a bit set for each instrument.
struct Route {
    of_instrument: Vec<u64>,
    /// The one set of all instruments, if they have one.
    common: Option<u64>,
}

impl Route {
    fn new(of_instrument: Vec<u64>) -> Route {
        let first = of_instrument.first().copied();
        let common = first.filter(|set| of_instrument.iter().all(|other| other == set));
        Route { of_instrument, common }
    }

    fn markets(shared: &Shared, workers: usize) -> Route {
        let instruments = &shared.plan.instruments;
        Route::new(instruments.iter().map(|i| 1 << home(i.id.text(), workers)).collect())
    }

    fn accounts(shared: &Shared, workers: usize) -> Route {
        let mut of_instrument = vec![0u64; shared.plan.instruments.len()];
        for account in &shared.plan.accounts {
            for instrument in &account.instruments {
                of_instrument[instrument.index as usize] |= 1 << home(&account.name, workers);
            }
        }
        Route::new(of_instrument)
    }

    /// The parts of a chunk: worker and rows.
    fn split(&self, chunk: &Chunk, workers: usize) -> Vec<(usize, Rows)> {
        let targets = |set: u64| (0..workers).filter(move |w| set >> w & 1 == 1);
        if let Some(set) = self.common {
            return targets(set).map(|worker| (worker, Rows::All)).collect();
        }
        let expected = chunk.len() / workers + chunk.len() / 8;
        let mut rows: Vec<Vec<u32>> = vec![Vec::with_capacity(expected); workers];
        for (row, instrument) in chunk.instrument.iter().enumerate() {
            let set = self.of_instrument.get(*instrument as usize).copied().unwrap_or(0);
            if set.is_power_of_two() {
                rows[set.trailing_zeros() as usize].push(row as u32);
            } else {
                targets(set).for_each(|worker| rows[worker].push(row as u32));
            }
        }
        let parts = rows.into_iter().enumerate().filter(|(_, rows)| !rows.is_empty());
        parts.map(|(worker, rows)| (worker, Rows::Some(rows))).collect()
    }
}

/// A reader with its next chunk at hand, so that its position is known.
struct Lane {
    reader: Box<dyn Reader>,
    source: String,
    pending: Option<Chunk>,
    last: i64,
}

impl Lane {
    fn position(&self) -> Option<i64> {
        self.pending.as_ref().map(|chunk| chunk.ts[0])
    }
}

pub(crate) fn build<'scope>(
    scope: Scope<'scope, Quantum>,
    shared: &Arc<Shared>,
    probe: &Handle<Quantum>,
) -> (Streams<'scope>, Waker) {
    let mut builder = OperatorBuilder::new("source".to_owned(), scope);
    let (market_out, market) = builder.new_output::<Vec<Parcel>>();
    let (account_out, account) = builder.new_output::<Vec<Parcel>>();
    let (rejects_out, rejects) = builder.new_output::<Vec<Outputs>>();
    let info = builder.operator_info();
    let activator = scope.activator_for(Rc::clone(&info.address));
    let blocked = Rc::new(Cell::new(false));
    let waker = Waker {
        activator: scope.activator_for(info.address),
        blocked: Rc::clone(&blocked),
        seen: None,
    };
    let (worker, workers) = (scope.index(), scope.peers());
    let (shared, probe) = (Arc::clone(shared), probe.clone());
    builder.build(move |capabilities| {
        let mut market_out =
            OutputBuilder::<_, CapacityContainerBuilder<Vec<Parcel>>>::from(market_out);
        let mut account_out =
            OutputBuilder::<_, CapacityContainerBuilder<Vec<Parcel>>>::from(account_out);
        let mut rejects_out =
            OutputBuilder::<_, CapacityContainerBuilder<Vec<Outputs>>>::from(rejects_out);
        let markets = Route::markets(&shared, workers);
        let accounts = Route::accounts(&shared, workers);
        let mut lanes = open(&shared, worker, workers);
        let mut capabilities = Some(capabilities);
        let mut flying: VecDeque<(Quantum, usize)> = VecDeque::new();
        activator.activate();
        move |_frontiers| {
            let Some(held) = &mut capabilities else { return };
            blocked.set(false);
            while flying.front().is_some_and(|(quantum, _)| !probe.less_equal(quantum)) {
                flying.pop_front();
            }
            let next = lanes
                .iter_mut()
                .filter(|lane| lane.pending.is_some())
                .min_by_key(|lane| lane.position());
            let Some(lane) = next.filter(|_| !shared.progress.stopped()) else {
                // Tell everyone where the input ends; then the frontier may go.
                let end = lanes.iter().map(|l| l.last.saturating_add(1)).max();
                let end = shared.to.map(|to| to.0).or(end).unwrap_or(i64::MIN);
                let chunk = Arc::new(Chunk::mixed(0, 0));
                let parcels = |_| {
                    (0..workers).map(|target| Parcel {
                        target,
                        chunk: Arc::clone(&chunk),
                        rows: Rows::All,
                        end: Some(end),
                    })
                };
                for (out, cap) in [&mut market_out, &mut account_out].into_iter().zip(&*held) {
                    out.activate().session_with_builder(cap).give_iterator(parcels(()));
                }
                capabilities = None;
                return;
            };
            let position = shared.quantum_of(lane.position().expect("a pending chunk"));
            let under_way: usize = flying.iter().map(|(_, rows)| rows).sum();
            // The reader at the global frontier may always go on: the others wait for it.
            if under_way >= WINDOW_ROWS && probe.less_than(&position) {
                blocked.set(true);
                return;
            }
            let _span = tracing::debug_span!("source", worker, name = lane.source).entered();
            let chunk = Arc::new(lane.pending.take().expect("a pending chunk"));
            tracing::trace!(rows = chunk.len(), "sends a chunk");
            lane.last = *chunk.ts.last().expect("chunks are never empty");
            flying.push_back((shared.quantum_of(lane.last), chunk.len()));
            count(&shared, &chunk);
            let mut rejects = Outputs::default();
            reject_rows(&shared.plan, &lane.source, &chunk, None, &mut rejects);
            refill(lane, &shared);
            send(&mut market_out, &held[0], &chunk, markets.split(&chunk, workers));
            send(&mut account_out, &held[1], &chunk, accounts.split(&chunk, workers));
            if !rejects.rejects.is_empty() {
                rejects_out.activate().session_with_builder(&held[2]).give(rejects);
            }
            let position = lanes.iter().filter_map(Lane::position).min();
            if let Some(position) = position {
                for capability in held {
                    let at = shared.quantum_of(position);
                    if *capability.time() < at {
                        capability.downgrade(&at);
                    }
                }
            }
            activator.activate();
        }
    });
    (Streams { market, account, rejects }, waker)
}

fn open(shared: &Shared, worker: usize, workers: usize) -> Vec<Lane> {
    let mut lanes = Vec::new();
    for source in &shared.sources {
        match source.open(&shared.plan.instruments, worker, workers) {
            Ok(readers) => lanes.extend(readers.into_iter().map(|reader| Lane {
                reader,
                source: source.name().to_owned(),
                pending: None,
                last: i64::MIN,
            })),
            Err(error) => shared.fail(error.into()),
        }
    }
    for lane in &mut lanes {
        refill(lane, shared);
    }
    lanes
}

/// Fetches a lane's next chunk, cut at the end of the run.
fn refill(lane: &mut Lane, shared: &Shared) {
    let mut next = match lane.reader.next() {
        Ok(next) => next,
        Err(error) => {
            shared.fail(error.into());
            None
        }
    };
    if let (Some(chunk), Some(to)) = (&mut next, shared.to) {
        chunk.truncate(chunk.ts.partition_point(|ts| *ts < to.0));
        if chunk.is_empty() {
            next = None;
        }
    }
    lane.pending = next;
}

fn send(
    out: &mut OutputBuilder<Quantum, CapacityContainerBuilder<Vec<Parcel>>>,
    capability: &Capability<Quantum>,
    chunk: &Arc<Chunk>,
    parts: Vec<(usize, Rows)>,
) {
    let mut out = out.activate();
    let mut session = out.session_with_builder(capability);
    for (target, rows) in parts {
        session.give(Parcel { target, chunk: Arc::clone(chunk), rows, end: None });
    }
}

fn count(shared: &Shared, chunk: &Chunk) {
    let others = chunk.others.len();
    let last = EventTime(chunk.ts[chunk.len() - 1]);
    shared.progress.add(chunk.len() - others, EventTime(chunk.ts[0]), last);
    let late = chunk.ts.iter().zip(&chunk.recv_ts).filter(|(ts, stamped)| ts > stamped).count();
    shared.progress.add_late(late);
    for (recv, exchange) in chunk.ts.iter().zip(&chunk.exchange_ts).step_by(64) {
        if *exchange != schemas::chunk::NO_TIME {
            shared.progress.add_skew(exchange - recv);
        }
    }
}
