//! An account loop for each account whose home is this worker.

use super::{
    Quantum, Shared, bucket,
    cuts::{Control, Cuts},
    emit::Emit,
    home,
    parcel::{Parcel, Rows},
    stash::{Stash, for_each_row},
};
use crate::{RunError, lake::StateItem};
use operators::{
    account::{AccountLoop, StrategyReport},
    market::Trigger,
    outputs::Outputs,
};
use schemas::{
    Chunk, EventTime,
    chunk::{Kinds, RowKind},
};
use std::{collections::VecDeque, ops::Range, sync::Arc};
use timely::{
    container::CapacityContainerBuilder,
    dataflow::{
        Scope, Stream,
        channels::pact::{Exchange, Pipeline},
        operators::generic::{OutputBuilder, builder_rc::OperatorBuilder},
    },
};

/// The operator's name in checkpoints.
pub(crate) const NAME: &str = "account";

pub(crate) fn build<'scope>(
    scope: Scope<'scope, Quantum>,
    shared: &Arc<Shared>,
    chunks: Stream<'scope, Quantum, Vec<Parcel>>,
    triggers: Stream<'scope, Quantum, Vec<Trigger>>,
    control: Stream<'scope, Quantum, Vec<Control>>,
) -> Stream<'scope, Quantum, Vec<Emit>> {
    let mut builder = OperatorBuilder::new(NAME.to_owned(), scope);
    let (worker, workers) = (scope.index(), scope.peers());
    let mut chunks = builder.new_input(chunks, Exchange::new(|p: &Parcel| p.target as u64));
    let homes: Vec<u64> = shared
        .plan
        .strategies
        .iter()
        .map(|s| home(&shared.plan.accounts[s.account as usize].name, workers) as u64)
        .collect();
    let to_account = move |t: &Trigger| homes[usize::from(t.strategy)];
    let mut triggers = builder.new_input(triggers, Exchange::new(to_account));
    let mut control = builder.new_input(control, Pipeline);
    let (emits_out, emits) = builder.new_output::<Vec<Emit>>();
    let shared = Arc::clone(shared);
    builder.build(move |capabilities| {
        let mut emits_out =
            OutputBuilder::<_, CapacityContainerBuilder<Vec<Emit>>>::from(emits_out);
        let mut accounts = Accounts::new(&shared, worker, workers);
        let mut stash = Stash::new();
        let mut waiting: Vec<Trigger> = Vec::new();
        let mut cuts = Cuts::default();
        let mut capability = capabilities.into_iter().next();
        move |frontiers| {
            chunks.for_each(|_, parcels| parcels.drain(..).for_each(|p| stash.push(p)));
            triggers.for_each(|_, some| waiting.append(some));
            control.for_each(|_, said| said.drain(..).for_each(|c| cuts.hear(c)));
            let Some(held) = &mut capability else { return };
            let frontier = frontiers.iter().filter_map(|f| f.frontier().first().copied()).min();
            let limit = match frontier {
                Some(quantum) => shared.time_of(quantum),
                None => EventTime(stash.end()),
            };
            let mut cut = cuts.due(limit);
            if frontier == Some(*held.time()) && cut.is_none() {
                return;
            }
            let _span = tracing::debug_span!(NAME, worker).entered();
            tracing::trace!(%limit, "records and triggers before this are complete");
            let mut emitted = Vec::new();
            let mut last = false;
            loop {
                let until = cut.map_or(limit, |cut| cut.at);
                let out = accounts.step(&shared, &mut stash, &mut waiting, until);
                if !out.is_empty() {
                    emitted.push(Emit::Rows(out));
                }
                let Some(now) = cut else { break };
                emitted.push(Emit::Reports { cut: now.at, reports: accounts.reports() });
                if shared.live {
                    let items = accounts.snapshot();
                    emitted.push(Emit::State { cut: now.at, operator: NAME, items });
                }
                last = now.last;
                if last {
                    break;
                }
                cut = cuts.due(limit);
            }
            if frontier.is_none() {
                let (cut, reports) = (EventTime::MAX, accounts.reports());
                emitted.push(Emit::Reports { cut, reports });
            }
            if !emitted.is_empty() {
                emits_out.activate().session_with_builder(held).give_iterator(emitted.into_iter());
            }
            match frontier {
                Some(quantum) if !last => held.downgrade(&quantum),
                _ => capability = None,
            }
        }
    });
    emits
}

/// The rows of `range` from its start on that are trades before `until`, if there are any: with
/// no order at work and nothing due, all they do is move prices.
fn quiet_trades(
    chunk: &Chunk,
    rows: &Rows,
    range: &Range<usize>,
    until: i64,
) -> Option<Range<usize>> {
    let (Kinds::Only(RowKind::Trade), Rows::All) = (&chunk.kinds, rows) else { return None };
    let ts = &chunk.ts[range.clone()];
    let quiet =
        if ts[ts.len() - 1] < until { ts.len() } else { ts.partition_point(|ts| *ts < until) };
    (quiet > 0).then(|| range.start..range.start + quiet)
}

struct Loops(Vec<AccountLoop>);

impl Loops {
    /// The event time before which a trade can only move a price, in every account.
    fn quiet_until(&self) -> i64 {
        self.0.iter().map(AccountLoop::quiet_until).min().unwrap_or(EventTime::MAX).0
    }

    fn trigger(&mut self, shared: &Shared, trigger: &Trigger, out: &mut Outputs) {
        let account = shared.plan.strategies[usize::from(trigger.strategy)].account;
        let account = self.0.iter_mut().find(|a| a.spec().index == account);
        account.expect("triggers come to their account").on_trigger(trigger, out);
    }
}

struct Accounts {
    loops: Loops,
    /// For each instrument: (account here, the instrument's place in it).
    of_instrument: Vec<Vec<(usize, usize)>>,
}

impl Accounts {
    fn new(shared: &Shared, worker: usize, workers: usize) -> Accounts {
        let mut of_instrument = vec![Vec::new(); shared.plan.instruments.len()];
        let mut loops = Vec::new();
        for spec in shared.plan.accounts.iter().filter(|a| home(&a.name, workers) == worker) {
            for (market, instrument) in spec.instruments.iter().enumerate() {
                of_instrument[instrument.index as usize].push((loops.len(), market));
            }
            loops.push(AccountLoop::new(Arc::new(spec.clone())));
        }
        for item in shared.state(NAME, worker, workers) {
            let account = loops.iter_mut().find(|a| *a.spec().name == *item.key);
            let restored = account.map(|account| account.restore(&item.bytes));
            if let Some(Err(error)) = restored {
                shared.fail(RunError::State { operator: NAME, key: item.key, error });
            }
        }
        Accounts { loops: Loops(loops), of_instrument }
    }

    /// Steps all records and triggers before `limit`.
    fn step(
        &mut self,
        shared: &Shared,
        stash: &mut Stash,
        waiting: &mut Vec<Trigger>,
        limit: EventTime,
    ) -> Outputs {
        let mut out = Outputs::default();
        let mut due: Vec<Trigger> = waiting.extract_if(.., |t| t.key.ts < limit).collect();
        due.sort_by_key(|t| t.key);
        let mut due = VecDeque::from(due);
        stash.drain(limit.0, |chunk, rows, range| {
            let mut rest = range;
            while !rest.is_empty() {
                let next_trigger = due.front().map_or(i64::MAX, |t| t.key.ts.0);
                let until = self.loops.quiet_until().min(next_trigger);
                if let Some(quiet) = quiet_trades(chunk, rows, &rest, until) {
                    self.move_prices(chunk, quiet.clone());
                    rest.start = quiet.end;
                    continue;
                }
                // Up to the next stretch in which nothing can happen, record by record.
                let part = rest.start..rest.end.min(rest.start + 256);
                rest.start = part.end;
                for_each_row(chunk, rows, part, |key, instrument, record, exchange_ts| {
                    let Some(traders) = self.of_instrument.get(instrument as usize) else {
                        return;
                    };
                    while due.front().is_some_and(|t| t.key < key) {
                        let trigger = due.pop_front().expect("it is there");
                        self.loops.trigger(shared, &trigger, &mut out);
                    }
                    for (account, market) in traders {
                        let account = &mut self.loops.0[*account];
                        if key.ts < shared.from {
                            account.warm(*market, &record);
                        } else {
                            account.on_row(key, *market, &record, exchange_ts, &mut out);
                        }
                    }
                });
            }
        });
        for trigger in due {
            self.loops.trigger(shared, &trigger, &mut out);
        }
        for account in &mut self.loops.0 {
            account.advance(limit, &mut out);
        }
        out
    }

    /// Takes trades that can only move prices.
    fn move_prices(&mut self, chunk: &Chunk, rows: Range<usize>) {
        let prices = &chunk.trades.price[rows.clone()];
        for (instrument, price) in chunk.instrument[rows].iter().zip(prices) {
            let Some(traders) = self.of_instrument.get(*instrument as usize) else { continue };
            for (account, market) in traders {
                self.loops.0[*account].move_price(*market, *price);
            }
        }
    }

    fn reports(&self) -> Vec<StrategyReport> {
        self.loops.0.iter().flat_map(|a| a.reports()).collect()
    }

    fn snapshot(&self) -> Vec<StateItem> {
        let item = |account: &AccountLoop| {
            let key = account.spec().name.to_string();
            StateItem { bucket: bucket(&key), key, bytes: account.snapshot() }
        };
        self.loops.0.iter().map(item).collect()
    }
}
