//! An account loop for each account whose home is this worker.

use super::{
    Quantum, Shared, bucket,
    clocked::Clocked,
    cuts::{Control, Cuts},
    emit::Emit,
    home,
    parcel::{Parcel, Rows},
    quiet::{Bands, Newest, QUIET_ROWS, quiet_trades},
    sink::SinkKind,
    stash::{Stash, for_each_row},
};
use crate::{RunError, lake::StateItem};
use operators::{
    account::{AccountLoop, Views},
    execution::SharedView,
    market::{MarketRow, Trigger},
    outputs::Outputs,
};
use schemas::{
    Chunk, EventTime, OrderKey,
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
        let mut feed = Feed::new(&shared);
        let mut waiting: Vec<Trigger> = Vec::new();
        let mut cuts = Cuts::default();
        let mut capability = capabilities.into_iter().next();
        move |frontiers| {
            chunks.for_each(|_, parcels| parcels.drain(..).for_each(|p| feed.push(p)));
            triggers.for_each(|_, some| waiting.append(some));
            control.for_each(|_, said| said.drain(..).for_each(|c| cuts.hear(c)));
            let Some(held) = &mut capability else { return };
            let frontier = frontiers.iter().filter_map(|f| f.frontier().first().copied()).min();
            let limit = match frontier {
                Some(quantum) => shared.time_of(quantum),
                None => EventTime(feed.end()),
            };
            let limit = shared.settled(limit);
            let frontier = frontier.map(|quantum| shared.settled_quantum(quantum));
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
                let out = accounts.step(&shared, &mut feed, &mut waiting, until);
                if !out.is_empty() {
                    emitted.push(Emit::Rows(out));
                }
                let Some(now) = cut else { break };
                emitted.push(accounts.reports(now.at));
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
                emitted.push(accounts.reports(EventTime::MAX));
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

/// Records that have come but may not be stepped yet.
enum Feed {
    /// They come when they were received.
    Received(Stash),
    /// Those of some venues come when they happened there, too.
    Clocked(Clocked),
}

impl Feed {
    fn new(shared: &Shared) -> Feed {
        Clocked::new(&shared.plan).map_or_else(|| Feed::Received(Stash::new()), Feed::Clocked)
    }

    fn push(&mut self, parcel: Parcel) {
        match self {
            Feed::Received(stash) => stash.push(parcel),
            Feed::Clocked(clocked) => clocked.push(parcel),
        }
    }

    fn end(&self) -> i64 {
        match self {
            Feed::Received(stash) => stash.end(),
            Feed::Clocked(clocked) => clocked.end(),
        }
    }
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

/// A market that accounts here trade.
#[derive(Default)]
struct Traded {
    /// As it is received.
    received: Option<SharedView>,
    /// As it is at a venue with a clock of its own.
    at_venue: Option<SharedView>,
    /// Who shares these views: account here, the market's place in it.
    traders: Vec<(usize, usize)>,
    /// Who has a view of its own.
    alone: Vec<(usize, usize)>,
}

struct Accounts {
    loops: Loops,
    of_instrument: Vec<Traded>,
    /// The message that is going into a view: instrument, and of its key what its rows share.
    open: Option<(u32, EventTime, u8)>,
    newest: Newest,
    bands: Bands,
}

impl Accounts {
    fn new(shared: &Shared, worker: usize, workers: usize) -> Accounts {
        let instruments = shared.plan.instruments.len();
        let mut of_instrument: Vec<Traded> = Vec::new();
        of_instrument.resize_with(instruments, Traded::default);
        let (mut loops, mut views) = (Vec::new(), Views::default());
        for spec in shared.plan.accounts.iter().filter(|a| home(&a.name, workers) == worker) {
            let mut account = AccountLoop::sharing(Arc::new(spec.clone()), &mut views);
            for (market, instrument) in spec.instruments.iter().enumerate() {
                let traded = &mut of_instrument[instrument.index as usize];
                let shares = account.shares(market);
                let traders = if shares { &mut traded.traders } else { &mut traded.alone };
                traders.push((loops.len(), market));
            }
            if shared.sink != SinkKind::Memory && !shared.plan.wants_positions() {
                account.hide_positions();
            }
            loops.push(account);
        }
        for item in shared.state(NAME, worker, workers) {
            let account = loops.iter_mut().find(|a| *a.spec().name == *item.key);
            let restored = account.map(|account| account.restore(&item.bytes));
            if let Some(Err(error)) = restored {
                shared.fail(RunError::State { operator: NAME, key: item.key, error });
            }
        }
        for (index, traded) in of_instrument.iter_mut().enumerate() {
            traded.received = views.received(index as u32).cloned();
            traded.at_venue = views.at_venue(index as u32).cloned();
        }
        let newest = Newest { price: vec![Newest::NONE; instruments], there: Vec::new() };
        let bands = Bands::new(&loops, instruments);
        Accounts { loops: Loops(loops), of_instrument, open: None, newest, bands }
    }

    /// Steps a record: it goes into the view of its market, once, and all who trade that meet it.
    #[inline]
    fn row(
        &mut self,
        shared: &Shared,
        (key, instrument): (OrderKey, u32),
        record: &MarketRow<'_>,
        exchange_ts: Option<EventTime>,
        out: &mut Outputs,
    ) {
        let Accounts { loops: Loops(loops), of_instrument, open, .. } = self;
        let Some(traded) = of_instrument.get(instrument as usize) else { return };
        if matches!(record, MarketRow::News { .. }) {
            return;
        }
        let at_venue = key.received == OrderKey::AT_VENUE;
        let view = if at_venue { &traded.at_venue } else { &traded.received };
        let apply = || view.as_ref().map(|view| view.apply(record)).unwrap_or_default();
        if key.ts < shared.from {
            apply();
            traded.traders.iter().for_each(|(a, market)| loops[*a].foresee(key, *market, record));
            traded.alone.iter().for_each(|(a, market)| loops[*a].warm(key, *market, record));
            return;
        }
        // Within a message about the book nothing happens: it is one instant.
        let message = Some((instrument, key.ts, key.received));
        let levels = matches!(record, MarketRow::Delta(_));
        if !levels || *open != message {
            traded.traders.iter().for_each(|(account, _)| loops[*account].come_to(key, out));
        }
        let moved = apply();
        *open = if levels && !moved.depth { message } else { None };
        if open.is_none() {
            for (account, market) in &traded.traders {
                loops[*account].meet((key, *market), record, moved, exchange_ts, out);
            }
        }
        for (account, market) in &traded.alone {
            loops[*account].on_row(key, *market, record, exchange_ts, out);
        }
    }

    /// Steps all records and triggers before `limit`.
    fn step(
        &mut self,
        shared: &Shared,
        feed: &mut Feed,
        waiting: &mut Vec<Trigger>,
        limit: EventTime,
    ) -> Outputs {
        let mut out = Outputs::default();
        let mut due: Vec<Trigger> = waiting.extract_if(.., |t| t.key.ts < limit).collect();
        due.sort_by_key(|t| t.key);
        let mut due = VecDeque::from(due);
        match feed {
            Feed::Received(stash) => {
                self.step_received(shared, stash, &mut due, limit, &mut out);
            }
            Feed::Clocked(clocked) => {
                clocked.drain(limit, |key, instrument, record, exchange_ts| {
                    while let Some(trigger) = due.pop_front_if(|t| t.key < key) {
                        self.loops.trigger(shared, &trigger, &mut out);
                    }
                    self.row(shared, (key, instrument), record, exchange_ts, &mut out);
                });
            }
        }
        for trigger in due {
            self.loops.trigger(shared, &trigger, &mut out);
        }
        for account in &mut self.loops.0 {
            account.advance(limit, &mut out);
        }
        out
    }

    fn step_received(
        &mut self,
        shared: &Shared,
        stash: &mut Stash,
        due: &mut VecDeque<Trigger>,
        limit: EventTime,
        out: &mut Outputs,
    ) {
        stash.drain(limit.0, |chunk, rows, range| {
            let only_trades = chunk.kinds == Kinds::Only(RowKind::Trade);
            let (mut rest, mut few) = (range, 1);
            while !rest.is_empty() {
                let next_trigger = due.front().map_or(i64::MAX, |t| t.key.ts.0);
                let quiet = match only_trades && rest.len() >= QUIET_ROWS {
                    true => {
                        let until = self.loops.quiet_until().min(next_trigger);
                        let quiet = quiet_trades(chunk, rows, &rest, until);
                        self.calm_trades(chunk, rows, rest.start..rest.start + quiet)
                    }
                    false => 0,
                };
                if quiet > 0 {
                    self.move_prices(chunk, rows, rest.start..rest.start + quiet);
                    rest.start += quiet;
                    few = 1;
                    continue;
                }
                // Up to the next stretch in which nothing can happen, record by record. To look
                // for one takes as long as some records, so that is done ever more seldom.
                let len = if only_trades { rest.len().min(few) } else { rest.len() };
                let part = rest.start..rest.start + len;
                rest.start = part.end;
                few = (2 * few).min(256);
                for_each_row(chunk, rows, part, |key, instrument, record, row| {
                    while let Some(trigger) = due.pop_front_if(|t| t.key < key) {
                        self.loops.trigger(shared, &trigger, out);
                    }
                    let exchange_ts = chunk.exchange_time(row);
                    self.row(shared, (key, instrument), &record, exchange_ts, out);
                });
            }
        });
    }

    /// How many trades of a quiet stretch there are before one that an exit looks at.
    fn calm_trades(&mut self, chunk: &Chunk, rows: &Rows, range: Range<usize>) -> usize {
        if self.bands.watched.is_empty() || range.is_empty() || !self.bands.look(&self.loops.0) {
            return range.len();
        }
        let (price, all) = (&chunk.trades.price, range.len());
        match rows {
            Rows::All => {
                let trades = chunk.instrument[range.clone()].iter().zip(&price[range]);
                self.bands.calm(trades.map(|(instrument, price)| (*instrument, *price)), all)
            }
            Rows::Some(rows) => {
                let rows = rows[range].iter().map(|row| *row as usize);
                self.bands.calm(rows.map(|row| (chunk.instrument[row], price[row])), all)
            }
        }
    }

    /// Takes trades that can only move prices: of each instrument the last one is left.
    fn move_prices(&mut self, chunk: &Chunk, rows: &Rows, range: Range<usize>) {
        let newest = &mut self.newest;
        let price = &chunk.trades.price;
        match rows {
            Rows::All => {
                let prices = chunk.instrument[range.clone()].iter().zip(&price[range]);
                newest.look(prices.rev().map(|(instrument, price)| (*instrument, *price)));
            }
            Rows::Some(rows) => {
                let rows = rows[range].iter().rev().map(|row| *row as usize);
                newest.look(rows.map(|row| (chunk.instrument[row], price[row])));
            }
        }
        for instrument in newest.there.drain(..) {
            let price = std::mem::replace(&mut newest.price[instrument as usize], Newest::NONE);
            let traded = &self.of_instrument[instrument as usize];
            traded.received.iter().for_each(|view| view.move_price(price));
            for (account, market) in &traded.alone {
                self.loops.0[*account].move_price(*market, price);
            }
        }
    }

    fn reports(&self, cut: EventTime) -> Emit {
        let accounts = &self.loops.0;
        let bars = |a: &AccountLoop| Some((a.spec().name.clone(), a.statistics()?));
        Emit::Reports {
            cut,
            reports: accounts.iter().flat_map(|a| a.reports()).collect(),
            bars: accounts.iter().filter_map(bars).collect(),
        }
    }

    fn snapshot(&self) -> Vec<StateItem> {
        let item = |account: &AccountLoop| {
            let key = account.spec().name.to_string();
            StateItem { bucket: bucket(&key), key, bytes: account.snapshot() }
        };
        self.loops.0.iter().map(item).collect()
    }
}
