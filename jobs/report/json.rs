//! The JSON object of `run --json` and `report --json`: programs depend on its keys.

use super::{
    LiveStatus, RunReport,
    markouts::{self, MarkoutJson},
    metrics,
    numbers::exact,
    worlds::{self, Band, WorldJson},
};
use operators::account::{BarStatistics, StrategyReport};
use pipeline::{lake::TableTotal, models::ModelCost};
use schemas::{Digest, EventTime, Money, Span, Table, records::QualityKind};
use serde::Serialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// The result of a run for programs.
#[derive(Debug, Serialize)]
pub struct RunJson<'a> {
    run: &'a str,
    job: &'a str,
    job_digest: Digest,
    workers: usize,
    from: Option<String>,
    to: Option<String>,
    events: u64,
    rejected: u64,
    late: u64,
    signals: u64,
    orders: u64,
    fills: u64,
    refused: u64,
    /// By strategy, how many positions each member of its exit ended.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    exits: BTreeMap<&'a str, BTreeMap<&'a str, u64>>,
    /// By strategy with legs, how often their positions had been out of ratio for too long.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    unhedged: BTreeMap<&'a str, u64>,
    initial_equity: Amount,
    final_equity: Amount,
    pnl: Amount,
    pnl_split: Option<SplitJson>,
    fees: Amount,
    sharpe: Option<f64>,
    max_drawdown: f64,
    /// By horizon, the shortest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    markouts: Vec<MarkoutJson>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    bars: &'a BTreeMap<String, BarStatistics>,
    /// The job as it is written and its worlds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    worlds: Vec<WorldJson>,
    /// Profit over all of them, by currency.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    bands: BTreeMap<String, Band>,
    assumptions: &'a [String],
    quality: Quality,
    wall_seconds: Option<f64>,
    events_per_second: Option<f64>,
    peak_memory_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    live: Option<LiveStatus>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    models: BTreeMap<String, ModelCost>,
    tables: &'a BTreeMap<Table, TableTotal>,
}

/// An exact number; with several currencies one for each.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Amount {
    One(Box<RawValue>),
    Each(BTreeMap<String, Box<RawValue>>),
}

#[derive(Debug, Serialize)]
struct SplitJson {
    price: Box<RawValue>,
    spread: Box<RawValue>,
    fees: Box<RawValue>,
    funding: Box<RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    borrow: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    liquidation: Option<Box<RawValue>>,
    /// What mids moved after fills, within the longest horizon.
    markout: Option<Box<RawValue>>,
    markout_horizon: Option<Span>,
}

/// Quality rows by kind, every kind named.
#[derive(Debug, Serialize)]
struct Quality {
    #[serde(flatten)]
    kinds: BTreeMap<&'static str, u64>,
    clock_skew_ns: Option<i64>,
}

fn number(amount: Money) -> Box<RawValue> {
    RawValue::from_string(exact(amount)).expect("a decimal number is JSON")
}

/// What seldom is.
fn any(amount: Money) -> Option<Box<RawValue>> {
    (amount != Money::ZERO).then(|| number(amount))
}

fn exits(strategies: &[StrategyReport]) -> BTreeMap<&str, BTreeMap<&str, u64>> {
    let mut all = BTreeMap::new();
    for strategy in strategies.iter().filter(|s| !s.exits.is_empty()) {
        let ended = strategy.exits.iter().map(|exit| (exit.exit.as_str(), exit.ended));
        all.insert(strategy.strategy.as_str(), ended.collect());
    }
    all
}

impl<'a> RunJson<'a> {
    pub(super) fn new(report: &RunReport<'a>) -> RunJson<'a> {
        let (summary, telemetry) = (report.summary, &report.telemetry);
        let stats = &summary.stats;
        let all_worlds = worlds::worlds(summary);
        let totals = metrics::totals(summary);
        let amount = |of: fn(metrics::Total) -> Money| match totals.len() {
            0 => Amount::One(number(Money::ZERO)),
            1 => Amount::One(number(totals.values().copied().map(of).sum())),
            _ => Amount::Each(totals.iter().map(|(c, t)| (c.clone(), number(of(*t)))).collect()),
        };
        let kinds = QualityKind::ALL.iter().map(|kind| {
            let count = stats.quality.get(kind.as_str()).copied().unwrap_or_default();
            (kind.as_str(), count)
        });
        let split = metrics::split(summary);
        let markout = split.and_then(|split| split.markout);
        let moment = |time: Option<EventTime>| time.map(|t| t.to_string());
        RunJson {
            run: &summary.run,
            job: &summary.job,
            job_digest: summary.job_digest,
            workers: summary.workers,
            from: moment(summary.from),
            to: moment(summary.to),
            events: summary.events,
            rejected: stats.rejected,
            late: summary.late,
            signals: stats.signals,
            orders: stats.orders,
            fills: stats.fills,
            refused: stats.refused,
            exits: exits(&stats.strategies),
            unhedged: stats
                .strategies
                .iter()
                .filter_map(|s| Some((s.strategy.as_str(), s.unhedged?)))
                .collect(),
            initial_equity: amount(|t| t.initial),
            final_equity: amount(|t| t.equity),
            pnl: amount(metrics::Total::pnl),
            pnl_split: split.map(|split| SplitJson {
                price: number(split.price),
                spread: number(split.spread),
                fees: number(split.fees),
                funding: number(split.funding),
                borrow: any(split.borrow),
                liquidation: any(split.liquidation),
                markout: markout.map(|(_, worth)| number(worth)),
                markout_horizon: markout.map(|(horizon, _)| horizon),
            }),
            fees: amount(|t| t.fees),
            sharpe: metrics::sharpe(summary),
            max_drawdown: metrics::max_drawdown(summary),
            markouts: markouts::json(&stats.markouts),
            bars: &stats.bars,
            worlds: worlds::json(&all_worlds),
            bands: worlds::bands(&all_worlds),
            assumptions: &summary.assumptions,
            quality: Quality { kinds: kinds.collect(), clock_skew_ns: summary.clock_skew },
            wall_seconds: telemetry.wall_seconds,
            events_per_second: report.events_per_second(),
            peak_memory_bytes: telemetry.peak_memory_bytes,
            live: telemetry.live,
            models: telemetry.models.clone(),
            tables: &stats.tables,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Telemetry, testing::summary};
    use pipeline::stats::PurseStats;

    #[test]
    fn amounts_are_exact_numbers() {
        let summary = summary("10000", "10012.345000000001", "0.5");
        let json = RunReport::new(&summary, Telemetry::default()).json();
        let text = serde_json::to_string(&json).unwrap();
        assert!(text.contains("\"initial_equity\":10000,"), "{text}");
        assert!(text.contains("\"pnl\":12.345000000001,"), "{text}");
        assert!(text.contains("\"fees\":-0.5,\"funding\":0,\"markout\":null,"), "{text}");
        assert!(text.contains("\"quality\":{\"crossed\":0,"), "{text}");
    }

    #[test]
    fn several_currencies_stand_apart() {
        let mut summary = summary("10000", "10001", "0");
        let purses = summary.stats.purses.get_mut("paper").unwrap();
        purses.insert("BTC".to_owned(), PurseStats::default());
        let json = RunReport::new(&summary, Telemetry::default()).json();
        let value = serde_json::to_value(&json).unwrap();
        assert_eq!(value["pnl"], serde_json::json!({"BTC": 0, "USDT": 1}));
        assert_eq!(value["pnl_split"], serde_json::Value::Null);
    }
}
