//! An account loop for each account whose home is this worker.

use super::{
    Quantum, Shared, bucket,
    clocked::Clocked,
    cuts::{Control, Cuts},
    emit::Emit,
    home,
    parcel::{Parcel, Rows},
    sink::SinkKind,
    stash::{Stash, for_each_row},
};
use crate::{RunError, lake::StateItem};
use operators::{account::AccountLoop, market::Trigger, outputs::Outputs};
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

/// To look whether all accounts are quiet takes as long as so many rows.
const QUIET_ROWS: usize = 16;

/// How many rows of `range`, all of them trades, lie before `until`: with no order at work and
/// nothing due, all they do is move prices.
fn quiet_trades(chunk: &Chunk, rows: &Rows, range: &Range<usize>, until: i64) -> usize {
    let ts = |i: usize| chunk.ts[rows.get(i)];
    // Stretches are short: by strides, each twice the one before, the end of one is met with few
    // looks at rows that nobody has touched yet.
    let (mut from, mut stride) = (range.start, 1);
    while from + stride < range.end && ts(from + stride) < until {
        from += stride;
        stride *= 2;
    }
    let (mut low, mut high) = (from, range.end.min(from + stride));
    while low < high {
        let middle = (low + high) / 2;
        if ts(middle) < until { low = middle + 1 } else { high = middle }
    }
    low - range.start
}

/// The newest price of each instrument in a stretch of trades.
struct Newest {
    /// By instrument; [`Newest::NONE`] between stretches.
    price: Vec<i64>,
    /// Those that have one.
    there: Vec<u32>,
}

impl Newest {
    /// No price: a trade at it is rejected.
    const NONE: i64 = i64::MIN;

    /// Looks at trades from the last one back, until every instrument has had one.
    fn look(&mut self, mut trades: impl Iterator<Item = (u32, i64)>) {
        while self.there.len() < self.price.len() {
            let Some((instrument, price)) = trades.next() else { return };
            let Some(newest) = self.price.get_mut(instrument as usize) else { continue };
            if *newest == Newest::NONE {
                *newest = price;
                self.there.push(instrument);
            }
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

struct Accounts {
    loops: Loops,
    /// For each instrument: (account here, the instrument's place in it).
    of_instrument: Vec<Vec<(usize, usize)>>,
    newest: Newest,
    bands: Bands,
}

/// Prices of each instrument between which no exit has anything to do, both excluded.
struct Bands {
    of_instrument: Vec<(i64, i64)>,
    /// Those that an account with exits trades: instrument, account here, place in it.
    watched: Vec<(usize, usize, usize)>,
}

impl Bands {
    /// All prices.
    const CALM: (i64, i64) = (i64::MIN, i64::MAX);

    fn new(loops: &[AccountLoop], instruments: usize) -> Bands {
        let mut watched = Vec::new();
        for (account, of) in loops.iter().enumerate().filter(|(_, of)| of.watches_prices()) {
            let places = of.spec().instruments.iter().enumerate();
            watched.extend(places.map(|(market, i)| (i.index as usize, account, market)));
        }
        Bands { of_instrument: vec![Bands::CALM; instruments], watched }
    }

    /// Asks the accounts; gives whether there is a price at which something happens.
    fn look(&mut self, loops: &[AccountLoop]) -> bool {
        for (instrument, ..) in &self.watched {
            self.of_instrument[*instrument] = Bands::CALM;
        }
        let mut any = false;
        for (instrument, account, market) in &self.watched {
            let (low, high) = loops[*account].band(*market);
            let band = &mut self.of_instrument[*instrument];
            *band = (band.0.max(low), band.1.min(high));
            any |= *band != Bands::CALM;
        }
        any
    }

    /// How many trades there are before one at which something happens.
    fn calm(&self, mut trades: impl Iterator<Item = (u32, i64)>, all: usize) -> usize {
        let leaves = |(instrument, price): (u32, i64)| {
            let band = self.of_instrument.get(instrument as usize);
            band.is_some_and(|(low, high)| price <= *low || price >= *high)
        };
        trades.position(leaves).unwrap_or(all)
    }
}

impl Accounts {
    fn new(shared: &Shared, worker: usize, workers: usize) -> Accounts {
        let mut of_instrument = vec![Vec::new(); shared.plan.instruments.len()];
        let mut loops = Vec::new();
        for spec in shared.plan.accounts.iter().filter(|a| home(&a.name, workers) == worker) {
            for (market, instrument) in spec.instruments.iter().enumerate() {
                of_instrument[instrument.index as usize].push((loops.len(), market));
            }
            let mut account = AccountLoop::new(Arc::new(spec.clone()));
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
        let price = vec![Newest::NONE; of_instrument.len()];
        let newest = Newest { price, there: Vec::new() };
        let bands = Bands::new(&loops, of_instrument.len());
        Accounts { loops: Loops(loops), of_instrument, newest, bands }
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
                    let traders = self.of_instrument.get(instrument as usize);
                    for (account, market) in traders.into_iter().flatten() {
                        let account = &mut self.loops.0[*account];
                        if key.ts < shared.from {
                            account.warm_clocked(key, *market, record);
                        } else {
                            account.on_clocked_row(key, *market, record, exchange_ts, &mut out);
                        }
                    }
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
                    let Some(traders) = self.of_instrument.get(instrument as usize) else {
                        return;
                    };
                    while due.front().is_some_and(|t| t.key < key) {
                        let trigger = due.pop_front().expect("it is there");
                        self.loops.trigger(shared, &trigger, out);
                    }
                    for (account, market) in traders {
                        let account = &mut self.loops.0[*account];
                        if key.ts < shared.from {
                            account.warm(key, *market, &record);
                        } else {
                            let exchange_ts = chunk.exchange_time(row);
                            account.on_row(key, *market, &record, exchange_ts, out);
                        }
                    }
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
            for (account, market) in &self.of_instrument[instrument as usize] {
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
