//! What fills were worth later, by horizon and by who gave the liquidity.

use super::{
    metrics,
    numbers::{exact, grouped, money, table},
    text::places,
};
use comfy_table::CellAlignment;
use pipeline::{
    RunSummary,
    stats::{MarkoutStats, MarkoutSum},
};
use schemas::{Money, Span};
use serde::Serialize;
use serde_json::value::RawValue;
use std::{collections::BTreeMap, fmt::Write};

/// One horizon.
#[derive(Debug, Serialize)]
pub(super) struct MarkoutJson {
    horizon: Span,
    horizon_ns: u64,
    maker: SumJson,
    taker: SumJson,
}

/// Executions of makers, or of takers.
#[derive(Debug, Serialize)]
struct SumJson {
    fills: u64,
    /// Nobody knows what they were worth then.
    unknown: u64,
    /// Null where the job marks none at this horizon.
    toxic: Option<u64>,
    /// By currency.
    worth: BTreeMap<String, Box<RawValue>>,
}

impl SumJson {
    fn new(sum: &MarkoutSum) -> SumJson {
        let worth = sum.worth.iter().map(|(currency, worth)| {
            let number = RawValue::from_string(exact(*worth)).expect("a decimal number is JSON");
            (currency.clone(), number)
        });
        SumJson { fills: sum.fills, unknown: sum.unknown, toxic: sum.toxic, worth: worth.collect() }
    }
}

/// Every horizon, the shortest first.
pub(super) fn json(markouts: &BTreeMap<u64, MarkoutStats>) -> Vec<MarkoutJson> {
    let one = |(horizon, stats): (&u64, &MarkoutStats)| MarkoutJson {
        horizon: Span(*horizon as i64),
        horizon_ns: *horizon,
        maker: SumJson::new(&stats.maker),
        taker: SumJson::new(&stats.taker),
    };
    markouts.iter().map(one).collect()
}

/// The longest horizon, and what all fills were worth then; none with several currencies.
pub(super) fn longest(summary: &RunSummary) -> Option<(Span, Money)> {
    let (horizon, stats) = summary.stats.markouts.last_key_value()?;
    let totals = metrics::totals(summary);
    let [currency] = totals.keys().collect::<Vec<_>>()[..] else { return None };
    let worth = stats.all().worth.get(currency).copied().unwrap_or_default();
    Some((Span(*horizon as i64), worth))
}

/// A table for each currency.
pub(super) fn text(summary: &RunSummary, text: &mut String) {
    let markouts = &summary.stats.markouts;
    for (currency, total) in metrics::totals(summary) {
        let there = |sum: &MarkoutSum| sum.worth.contains_key(&currency);
        if !markouts.values().any(|stats| there(&stats.all())) {
            continue;
        }
        let places = places(total.initial);
        let mut rows = table(["after", "fills", "worth", "makers", "takers", "toxic", "unknown"]);
        for (horizon, stats) in markouts {
            let all = stats.all();
            let worth = |sum: &MarkoutSum| {
                sum.worth.get(&currency).map_or("-".to_owned(), |worth| money(*worth, places))
            };
            rows.add_row([
                Span(*horizon as i64).to_string(),
                grouped(all.fills),
                worth(&all),
                worth(&stats.maker),
                worth(&stats.taker),
                all.toxic.map_or("-".to_owned(), grouped),
                grouped(all.unknown),
            ]);
        }
        for column in rows.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        let lines = rows.trim_fmt();
        let lines: Vec<String> = lines.lines().map(|line| format!("  {line}")).collect();
        let _ = writeln!(
            text,
            "\nMarkouts ({currency}): what fills were worth later, at the mid\n{}",
            lines.join("\n")
        );
    }
}
