//! An account loop for each account whose home is this worker.

use super::{
    Quantum, Shared, bucket,
    cuts::{Control, Cuts},
    emit::Emit,
    feed::Feed,
    home,
    parcel::{Parcel, Rows},
    quiet::{Bands, Newest, QUIET_ROWS, quiet_trades},
    sink::SinkKind,
    stash::{Stash, for_each_row, message},
};
use crate::{RunError, lake::StateItem, rows::market_row};
use operators::{
    account::{AccountLoop, Views},
    book::DeltaRow,
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

struct Loops(Vec<AccountLoop>);

impl Loops {
    /// The event time before which a trade can only move a price, in every account.
    fn quiet_until(&self) -> i64 {
        self.0.iter().map(AccountLoop::quiet_until).min().unwrap_or(EventTime::MAX).0
    }

    fn trigger(&mut self, shared: &Shared, trigger: &Trigger, out: &mut Outputs) {
        let account = shared.plan.strategies[usize::from(trigger.strategy)].account;
        // There may be thousands, ascending as in the plan.
        let place = self.0.binary_search_by_key(&account, |a| a.spec().index);
        self.0[place.expect("triggers come to their account")].on_trigger(trigger, out);
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

impl Traded {
    /// The view that a record of this key goes into.
    #[inline]
    fn view(&self, key: OrderKey) -> Option<&SharedView> {
        let at_venue = key.received == OrderKey::AT_VENUE;
        if at_venue { self.at_venue.as_ref() } else { self.received.as_ref() }
    }
}

pub(super) struct Accounts {
    loops: Loops,
    of_instrument: Vec<Traded>,
    newest: Newest,
    bands: Bands,
}

impl Accounts {
    pub fn new(shared: &Shared, worker: usize, workers: usize) -> Accounts {
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
        Accounts { loops: Loops(loops), of_instrument, newest, bands }
    }

    /// Steps a message: it goes into the view of its market once, and all who trade that meet it.
    #[inline]
    fn message(
        &mut self,
        shared: &Shared,
        key: OrderKey,
        (chunk, rows, places): (&Chunk, &Rows, Range<usize>),
        out: &mut Outputs,
    ) {
        let first = rows.get(places.start);
        let Some(traded) = self.of_instrument.get(chunk.instrument[first] as usize) else { return };
        if let (RowKind::Delta, slot) = chunk.slot(first) {
            let last = rows.get(places.end - 1);
            let levels = (slot..slot + places.len(), last);
            return Accounts::levels(&mut self.loops, traded, shared, (key, chunk, levels), out);
        }
        if let Some(record) = market_row(chunk, first) {
            let exchange_ts = chunk.exchange_time(first);
            Accounts::record(&mut self.loops, traded, shared, (key, &record, exchange_ts), out);
        }
    }

    /// A message about a book, or what there is of it. Within it nothing happens: one instant.
    fn levels(
        Loops(loops): &mut Loops,
        traded: &Traded,
        shared: &Shared,
        (key, chunk, (slots, last)): (OrderKey, &Chunk, (Range<usize>, usize)),
        out: &mut Outputs,
    ) {
        let Some(view) = traded.view(key) else { return };
        let meets = key.ts >= shared.from;
        if meets {
            traded.traders.iter().for_each(|(account, _)| loops[*account].come_to(key, out));
        }
        let level = DeltaRow::at(&chunk.deltas, slots.end - 1);
        let moved = view.apply_levels(key, &chunk.deltas, slots);
        if meets && moved.depth {
            let key = OrderKey { seq: chunk.key(last).seq, ..key };
            let (record, exchange_ts) = (MarketRow::Delta(level), chunk.exchange_time(last));
            for (account, market) in &traded.traders {
                loops[*account].meet((key, *market), &record, moved, exchange_ts, out);
            }
        }
    }

    /// Any other record.
    #[inline]
    fn record(
        Loops(loops): &mut Loops,
        traded: &Traded,
        shared: &Shared,
        (key, record, exchange_ts): (OrderKey, &MarketRow<'_>, Option<EventTime>),
        out: &mut Outputs,
    ) {
        if matches!(record, MarketRow::News { .. }) {
            return;
        }
        let view = traded.view(key);
        if key.ts < shared.from {
            view.map(|view| view.apply(key, record));
            traded.traders.iter().for_each(|(a, market)| loops[*a].foresee(key, *market, record));
            traded.alone.iter().for_each(|(a, market)| loops[*a].warm(key, *market, record));
            return;
        }
        traded.traders.iter().for_each(|(account, _)| loops[*account].come_to(key, out));
        let moved = view.map(|view| view.apply(key, record)).unwrap_or_default();
        for (account, market) in &traded.traders {
            loops[*account].meet((key, *market), record, moved, exchange_ts, out);
        }
        for (account, market) in &traded.alone {
            loops[*account].on_row(key, *market, record, exchange_ts, out);
        }
    }

    /// Steps all records and triggers before `limit`.
    pub fn step(
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
                clocked.drain(limit, |key, chunk, rows, places| {
                    while let Some(trigger) = due.pop_front_if(|t| t.key < key) {
                        self.loops.trigger(shared, &trigger, &mut out);
                    }
                    self.message(shared, key, (chunk, rows, places), &mut out);
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
                if only_trades {
                    for_each_row(chunk, rows, part, |key, instrument, record, row| {
                        while let Some(trigger) = due.pop_front_if(|t| t.key < key) {
                            self.loops.trigger(shared, &trigger, out);
                        }
                        let traded = self.of_instrument.get(instrument as usize);
                        let of_row = (key, &record, chunk.exchange_time(row));
                        if let Some(traded) = traded {
                            Accounts::record(&mut self.loops, traded, shared, of_row, out);
                        }
                    });
                    continue;
                }
                let (mut next, end) = (part.start, part.end);
                while next < end {
                    let places = message(chunk, rows, next, end);
                    next = places.end;
                    let key = chunk.key(rows.get(places.start));
                    while let Some(trigger) = due.pop_front_if(|t| t.key < key) {
                        self.loops.trigger(shared, &trigger, out);
                    }
                    self.message(shared, key, (chunk, rows, places), out);
                }
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
