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
    /// Of it what the mid has moved since the fill.
    drift: BTreeMap<String, Box<RawValue>>,
}

impl SumJson {
    fn new(sum: &MarkoutSum) -> SumJson {
        let each = |all: &BTreeMap<String, Money>| {
            let number = |(currency, amount): (&String, &Money)| {
                let text = RawValue::from_string(exact(*amount));
                (currency.clone(), text.expect("a decimal number is JSON"))
            };
            all.iter().map(number).collect()
        };
        let MarkoutSum { fills, unknown, toxic, worth, drift } = sum;
        let (fills, unknown, toxic) = (*fills, *unknown, *toxic);
        SumJson { fills, unknown, toxic, worth: each(worth), drift: each(drift) }
    }
}

/// Every horizon, the shortest first.
pub(super) fn json(markouts: &[MarkoutStats]) -> Vec<MarkoutJson> {
    let one = |stats: &MarkoutStats| MarkoutJson {
        horizon: Span(stats.horizon_ns as i64),
        horizon_ns: stats.horizon_ns,
        maker: SumJson::new(&stats.maker),
        taker: SumJson::new(&stats.taker),
    };
    markouts.iter().map(one).collect()
}

/// A table for each currency.
pub(super) fn text(summary: &RunSummary, text: &mut String) {
    let markouts = &summary.stats.markouts;
    for (currency, total) in metrics::totals(summary) {
        let there = |sum: &MarkoutSum| sum.worth.contains_key(&currency);
        if !markouts.iter().any(|stats| there(&stats.all())) {
            continue;
        }
        let places = places(total.initial);
        let mut rows =
            table(["after", "fills", "worth", "makers", "takers", "drift", "toxic", "unknown"]);
        for stats in markouts {
            let all = stats.all();
            let worth = |sum: &MarkoutSum| {
                sum.worth.get(&currency).map_or("-".to_owned(), |worth| money(*worth, places))
            };
            rows.add_row([
                Span(stats.horizon_ns as i64).to_string(),
                grouped(all.fills),
                worth(&all),
                worth(&stats.maker),
                worth(&stats.taker),
                all.drift.get(&currency).map_or("-".to_owned(), |drift| money(*drift, places)),
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
