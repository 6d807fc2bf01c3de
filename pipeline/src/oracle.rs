//! The same steps without timely: all input in memory, sorted by order key, on one thread. What
//! the graph must equal, bit for bit.

use crate::{
    RunError,
    graph::Collected,
    models::Runner,
    plan::Plan,
    rows::{Batcher, market_row, reject_rows},
    run::RunSummary,
    sources::kafka::LiveOptions,
    stats::Stats,
    tally::Tally,
};
use operators::{
    account::AccountLoop,
    execution::VenueClock,
    market::{Markets, Stamps, Trigger},
    outputs::{Outputs, ReadingsRow},
};
use schemas::{Chunk, EventTime, OrderKey, Table, chunk::NO_INSTRUMENT};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// Computes a plan's results over all input before `to`.
///
/// # Errors
/// When the input cannot be read.
pub fn oracle(plan: &Plan, to: Option<EventTime>) -> Result<(RunSummary, Collected), RunError> {
    interrupted(plan, to, &[])
}

/// Computes the same, but at each of these times everything that runs is replaced by a new one
/// that takes over its state: what a resume does.
///
/// # Errors
/// When the input cannot be read.
pub(crate) fn interrupted(
    plan: &Plan,
    to: Option<EventTime>,
    restarts: &[EventTime],
) -> Result<(RunSummary, Collected), RunError> {
    let mut tally = Tally::default();
    let mut out = Outputs::default();
    let Input { chunks, rows, last } = Input::read(plan, to, &mut out)?;
    rows.iter().for_each(|(_, c, row)| tally.count(&chunks[*c], *row));
    let end = to.unwrap_or(last);
    let triggers = step_markets(plan, &chunks, &rows, (restarts, end), &mut out)?;
    let mut stats = Stats::default();
    for account in step_accounts(plan, &chunks, &rows, triggers, (restarts, end), &mut out) {
        stats.strategies.extend(account.reports());
        let bars = account.statistics().map(|bars| (account.spec().name.to_string(), bars));
        stats.bars.extend(bars);
    }
    out.sort();
    stats.add(&out);
    let all: Vec<Table> = Table::ALL.iter().copied().filter(|t| !t.is_market()).collect();
    let mut collected = Collected::new();
    for batch in Batcher::new(plan, &all).batches(&out) {
        let total = stats.tables.entry(batch.table).or_default();
        total.add(batch.batch.num_rows() as u64, batch.digest);
        collected.entry(batch.table).or_default().push(batch);
    }
    let name = "oracle".to_owned();
    Ok((crate::run::summarize(plan, name, plan.digest(), 1, tally, stats), collected))
}

/// Computes the readings alone over all input, in order-key order: for those who only look.
///
/// # Errors
/// When the input cannot be read.
pub fn readings(plan: &Plan) -> Result<Vec<ReadingsRow>, RunError> {
    let mut out = Outputs::default();
    let Input { chunks, rows, last } = Input::read(plan, None, &mut out)?;
    step_markets(plan, &chunks, &rows, (&[], last), &mut out)?;
    out.sort();
    Ok(out.readings)
}

/// All input in memory.
struct Input {
    chunks: Vec<Chunk>,
    /// Key, chunk and row in it, by key.
    rows: Vec<(OrderKey, usize, usize)>,
    /// Where it ends.
    last: EventTime,
}

impl Input {
    fn read(plan: &Plan, to: Option<EventTime>, out: &mut Outputs) -> Result<Input, RunError> {
        let mut chunks: Vec<Chunk> = Vec::new();
        let mut last = EventTime::MIN;
        for source in &plan.sources {
            let (exchange_ts, trade_ids) = (plan.uses_exchange_ts(), plan.uses_trade_ids());
            let options = LiveOptions { exchange_ts, trade_ids, ..LiveOptions::default() };
            let prepared = source.prepare_live(&plan.instruments, &options)?;
            last = last.max(prepared.end().unwrap_or(EventTime::MIN));
            for mut reader in prepared.open(&plan.instruments, 0, 1)? {
                loop {
                    if let Some(chunk) = reader.next()? {
                        reject_rows(plan, prepared.name(), &chunk, 0, to, out);
                        chunks.push(chunk);
                        continue;
                    }
                    // Topics have an end when a range of offsets is asked for.
                    let Some(live) = reader.live() else { break };
                    if live.ended() {
                        last = last.max(live.watermark());
                        break;
                    }
                    std::thread::park_timeout(Duration::from_millis(1));
                }
            }
        }
        let mut rows: Vec<(OrderKey, usize, usize)> = Vec::new();
        for (c, chunk) in chunks.iter().enumerate() {
            for row in (0..chunk.len()).filter(|r| to.is_none_or(|to| chunk.ts[*r] < to.0)) {
                rows.push((chunk.key(row), c, row));
            }
        }
        rows.sort();
        if let Some(end) = rows.last() {
            last = last.max(EventTime(end.0.ts.0.saturating_add(1)));
        }
        Ok(Input { chunks, rows, last })
    }
}

fn step_markets(
    plan: &Plan,
    chunks: &[Chunk],
    rows: &[(OrderKey, usize, usize)],
    (restarts, end): (&[EventTime], EventTime),
    out: &mut Outputs,
) -> Result<Vec<Trigger>, RunError> {
    let spec = Arc::new(plan.market.clone());
    let mut models = Runner::open(&Arc::new(plan.clone()), &Arc::default())?;
    let start = || Markets::new(&spec, &plan.instruments, |_| true);
    let mut markets = start();
    let mut triggers = Vec::new();
    let mut settle = |markets: &mut Markets, out: &mut Outputs, triggers: &mut Vec<Trigger>| {
        models.settle(markets.iter_mut().map(|(_, engine)| engine), out, triggers)
    };
    let mut restarts = restarts.iter().peekable();
    for (key, c, row) in rows {
        let chunk = &chunks[*c];
        while let Some(cut) = restarts.next_if(|cut| **cut <= key.ts) {
            markets.advance(*cut, out, &mut triggers);
            settle(&mut markets, out, &mut triggers)?;
            let mut after = start();
            for (place, engine) in markets.iter_mut() {
                let state = engine.snapshot();
                after.restore(place as u32, &state).expect("the state was taken a moment ago");
            }
            markets = after;
        }
        if let Some(record) = market_row(chunk, *row) {
            let at = (*key, chunk.instrument[*row]);
            markets.on_row(at, &record, Stamps::of(chunk, *row), out, &mut triggers);
            settle(&mut markets, out, &mut triggers)?;
        }
    }
    markets.advance(end, out, &mut triggers);
    settle(&mut markets, out, &mut triggers)?;
    triggers.sort_by_key(|t| t.key);
    Ok(triggers)
}

/// What accounts step: rows when they were received, and those of venues with a clock of their own
/// when they happened there, too.
fn moments(
    plan: &Plan,
    chunks: &[Chunk],
    rows: &[(OrderKey, usize, usize)],
) -> Vec<(OrderKey, usize, usize)> {
    let mut all = rows.to_vec();
    let traded = plan.accounts.iter().flat_map(|account| &account.instruments);
    let clocks: BTreeMap<u32, VenueClock> =
        traded.filter_map(|i| Some((i.index, i.execution.clock?))).collect();
    for (key, c, row) in rows {
        let (chunk, row) = (&chunks[*c], *row);
        let Some(clock) = clocks.get(&chunk.instrument[row]) else { continue };
        let Some(record) = market_row(chunk, row) else { continue };
        let at_venue = clock.key(*key, chunk.exchange_time(row), &record);
        all.extend(at_venue.map(|key| (key, *c, row)));
    }
    all.sort();
    all
}

fn step_accounts(
    plan: &Plan,
    chunks: &[Chunk],
    rows: &[(OrderKey, usize, usize)],
    triggers: Vec<Trigger>,
    (restarts, end): (&[EventTime], EventTime),
    out: &mut Outputs,
) -> Vec<AccountLoop> {
    let mut accounts = Vec::new();
    let moments = moments(plan, chunks, rows);
    let end = EventTime(end.0.saturating_sub(plan.lag().0));
    for spec in &plan.accounts {
        let of_spec = Arc::new(spec.clone());
        let mut account = AccountLoop::new(Arc::clone(&of_spec));
        let mut restarts = restarts.iter().peekable();
        let mine = |t: &&Trigger| {
            plan.strategies[usize::from(t.strategy)].account == spec.index && t.key.ts < end
        };
        let mut triggers = triggers.iter().filter(mine).peekable();
        for (key, c, row) in moments.iter().take_while(|moment| moment.0.ts < end) {
            let chunk = &chunks[*c];
            while let Some(cut) = restarts.next_if(|cut| **cut <= key.ts) {
                while let Some(trigger) = triggers.next_if(|t| t.key.ts < *cut) {
                    account.on_trigger(trigger, out);
                }
                account.advance(*cut, out);
                let state = account.snapshot();
                account = AccountLoop::new(Arc::clone(&of_spec));
                account.restore(&state).expect("the state was taken a moment ago");
            }
            if chunk.instrument[*row] == NO_INSTRUMENT {
                continue;
            }
            let place = spec.instruments.binary_search_by_key(&chunk.instrument[*row], |i| i.index);
            let (Ok(market), Some(record)) = (place, market_row(chunk, *row)) else { continue };
            while let Some(trigger) = triggers.next_if(|t| t.key < *key) {
                account.on_trigger(trigger, out);
            }
            account.on_row(*key, market, &record, chunk.exchange_time(*row), out);
        }
        for trigger in triggers {
            account.on_trigger(trigger, out);
        }
        account.advance(end, out);
        accounts.push(account);
    }
    accounts
}
