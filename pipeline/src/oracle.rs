//! The same steps without timely: all input in memory, sorted by order key, on one thread. What
//! the graph must equal, bit for bit.

use crate::{
    RunError,
    graph::Collected,
    plan::Plan,
    rows::{Batcher, market_row, reject_rows},
    run::RunSummary,
    stats::Stats,
    tally::Tally,
};
use operators::{
    account::AccountLoop,
    market::{InstrumentEngine, Trigger},
    outputs::Outputs,
};
use schemas::{
    Chunk, EventTime, OrderKey, Table,
    chunk::{NO_INSTRUMENT, RowKind},
};
use std::sync::Arc;

/// Computes a plan's results over all input before `to`.
///
/// # Errors
/// When the input cannot be read.
pub fn oracle(plan: &Plan, to: Option<EventTime>) -> Result<(RunSummary, Collected), RunError> {
    let mut tally = Tally::default();
    let mut out = Outputs::default();
    let mut chunks: Vec<Chunk> = Vec::new();
    let mut last = EventTime::MIN;
    for source in &plan.sources {
        let prepared = source.prepare(&plan.instruments)?;
        for mut reader in prepared.open(plan, 0, 1, &[])? {
            while let Some(chunk) = reader.next()? {
                reject_rows(plan, prepared.name(), &chunk, 0, to, &mut out);
                chunks.push(chunk);
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
        last = EventTime(end.0.ts.0.saturating_add(1));
    }
    rows.iter().for_each(|(_, c, row)| tally.count(&chunks[*c], *row));
    let end = to.unwrap_or(last);
    let triggers = step_markets(plan, &chunks, &rows, end, &mut out);
    let reports = step_accounts(plan, &chunks, &rows, triggers, end, &mut out);
    out.sort();
    let mut stats = Stats { strategies: reports, ..Stats::default() };
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

fn step_markets(
    plan: &Plan,
    chunks: &[Chunk],
    rows: &[(OrderKey, usize, usize)],
    end: EventTime,
    out: &mut Outputs,
) -> Vec<Trigger> {
    let spec = Arc::new(plan.market.clone());
    let mut triggers = Vec::new();
    for (i, instrument) in plan.instruments.iter().enumerate() {
        let instrument = Arc::new(instrument.clone());
        let mut engine = InstrumentEngine::new(Arc::clone(&spec), instrument, i as u32);
        for (key, c, row) in rows {
            let chunk = &chunks[*c];
            if chunk.instrument[*row] != i as u32 {
                continue;
            }
            if let Some(record) = market_row(chunk, *row) {
                let exchange_ts = chunk.exchange_time(*row);
                engine.on_row(*key, &record, exchange_ts, out, &mut triggers);
            }
        }
        engine.advance(end, out, &mut triggers);
    }
    triggers.sort_by_key(|t| t.key);
    triggers
}

fn step_accounts(
    plan: &Plan,
    chunks: &[Chunk],
    rows: &[(OrderKey, usize, usize)],
    triggers: Vec<Trigger>,
    end: EventTime,
    out: &mut Outputs,
) -> Vec<operators::account::StrategyReport> {
    let mut reports = Vec::new();
    for spec in &plan.accounts {
        let mut account = AccountLoop::new(Arc::new(spec.clone()));
        let mine = |t: &&Trigger| plan.strategies[usize::from(t.strategy)].account == spec.index;
        let mut triggers = triggers.iter().filter(mine).peekable();
        for (key, c, row) in rows {
            let chunk = &chunks[*c];
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
        reports.extend(account.reports());
    }
    reports
}
