//! A run's result for people: first what it assumes, then how good the data was, then the result.

use super::{
    RunReport, bars, idle, markouts,
    metrics::{self, SHARPE_DAYS_MIN, Total},
    numbers::{bytes, grouped, money, nanoseconds, table},
    queries, worlds,
};
use comfy_table::CellAlignment;
use schemas::{EventTime, Money};
use std::fmt::Write;

/// All of it.
pub(super) fn text(report: &RunReport<'_>, lake: &str, program: &str) -> String {
    let summary = report.summary;
    let moment = |time: Option<EventTime>| time.map_or("no record".to_owned(), |t| t.to_string());
    let workers = match summary.workers {
        1 => "1 worker".to_owned(),
        n => format!("{n} workers"),
    };
    let mut text = format!(
        "Run {} of job {}, digest {}\n{} to {}, {workers}\n",
        summary.run,
        summary.job,
        summary.job_digest,
        moment(summary.from),
        moment(summary.to),
    );
    let _ = writeln!(text, "\nAssumptions");
    for assumption in &summary.assumptions {
        let _ = writeln!(text, "  - {assumption}");
    }
    quality(report, &mut text);
    result(report, &mut text);
    worlds::text(summary, &mut text);
    accounts(report, &mut text);
    markouts::text(summary, &mut text);
    bars::text(&summary.stats.bars, &mut text);
    activity(report, &mut text);
    models(report, &mut text);
    let idle = idle::why(&summary.stats);
    if !idle.is_empty() {
        let _ = write!(text, "\n{idle}");
    }
    tables(report, lake, program, &mut text);
    text
}

fn quality(report: &RunReport<'_>, text: &mut String) {
    let summary = report.summary;
    let kinds = &summary.stats.quality;
    let count = |kind| grouped(kinds.get(kind).copied().unwrap_or_default());
    let skew = summary.clock_skew.map_or("unknown".to_owned(), nanoseconds);
    let _ = writeln!(
        text,
        "\nData quality\n  gaps {}, crossed {}, late {}, rejected {}, clock skew {skew}",
        count("gap"),
        count("crossed"),
        grouped(summary.late),
        grouped(summary.stats.rejected),
    );
    let shown = ["gap", "crossed", "late"];
    for (kind, count) in kinds.iter().filter(|(kind, n)| **n > 0 && !shown.contains(&kind.as_str()))
    {
        let _ = writeln!(text, "  {kind} {}", grouped(*count));
    }
}

/// Amounts below this are shown to the last place that currencies have.
const SMALL: Money = Money(100 * 10i128.pow(Money::SCALE as u32));

/// Decimal places for amounts of this size.
pub(super) fn places(initial: Money) -> u32 {
    if initial < SMALL { 8 } else { 2 }
}

fn result(report: &RunReport<'_>, text: &mut String) {
    let summary = report.summary;
    let totals = metrics::totals(summary);
    for (currency, total) in &totals {
        let places = places(total.initial);
        let mut lines = money_lines(total, places);
        if let Some(split) = metrics::split(summary) {
            let parts = [
                ("  price", money(split.price, places)),
                ("  spread", money(split.spread, places)),
                ("  fees", money(split.fees, places)),
                ("  funding", money(split.funding, places)),
            ];
            let seldom = [("  borrow", split.borrow), ("  liquidation", split.liquidation)];
            let seldom = seldom.into_iter().filter(|(_, amount)| *amount != Money::ZERO);
            let parts = parts.into_iter().chain(seldom.map(|(l, m)| (l, money(m, places))));
            lines.extend(parts.map(|(label, value)| (label, value, String::new())));
            lines.push(match split.markout {
                Some((horizon, worth)) => {
                    let note = format!("what mids moved within {horizon} after fills");
                    ("  markout", money(worth, places), note)
                }
                None => ("  markout", "-".to_owned(), String::new()),
            });
        } else {
            lines.push(("  fees", money(-total.fees, places), String::new()));
        }
        let _ = writeln!(text, "\nResult ({currency})");
        write_lines(&lines, text);
    }
    if totals.is_empty() {
        return;
    }
    let mut lines = Vec::new();
    lines.push(match metrics::sharpe(summary) {
        Some(sharpe) => ("Sharpe", format!("{sharpe:.2}"), "daily, times sqrt(365)".to_owned()),
        None => ("Sharpe", "-".to_owned(), format!("needs {SHARPE_DAYS_MIN} days")),
    });
    let drawdown = metrics::max_drawdown(summary) * 100.0;
    lines.push(("max drawdown", format!("{drawdown:.2} %"), String::new()));
    write_lines(&lines, text);
}

pub(super) type Line = (&'static str, String, String);

fn money_lines(total: &Total, places: u32) -> Vec<Line> {
    let share = total.pnl().to_f64() / total.initial.to_f64() * 100.0;
    let share = if share.is_finite() { format!("{share:+.2} %") } else { String::new() };
    vec![
        ("equity at start", money(total.initial, places), String::new()),
        ("equity at end", money(total.equity, places), String::new()),
        ("profit and loss", money(total.pnl(), places), share),
    ]
}

/// Each account, where the totals are those of several.
fn accounts(report: &RunReport<'_>, text: &mut String) {
    let purses = &report.summary.stats.purses;
    if purses.values().map(|purses| purses.len()).sum::<usize>() < 2 {
        return;
    }
    let mut rows =
        table(["account", "currency", "at start", "at end", "profit", "fees", "drawdown"]);
    for (account, purses) in purses {
        for (currency, purse) in purses {
            let places = places(purse.initial);
            rows.add_row([
                account.clone(),
                currency.clone(),
                money(purse.initial, places),
                money(purse.equity, places),
                money(purse.equity - purse.initial, places),
                money(purse.fees, places),
                format!("{:.2} %", purse.max_drawdown * 100.0),
            ]);
        }
    }
    for column in rows.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let lines = rows.trim_fmt();
    let lines: Vec<String> = lines.lines().map(|line| format!("  {line}")).collect();
    let _ = writeln!(text, "\nAccounts\n{}", lines.join("\n"));
}

fn activity(report: &RunReport<'_>, text: &mut String) {
    let (stats, telemetry) = (&report.summary.stats, &report.telemetry);
    let mut lines: Vec<Line> = vec![
        ("signals", grouped(stats.signals), String::new()),
        ("orders", grouped(stats.orders), String::new()),
        ("fills", grouped(stats.fills), String::new()),
        ("refused", grouped(stats.refused), "orders that risk refused".to_owned()),
        ("events", grouped(report.summary.events), String::new()),
    ];
    for strategy in stats.strategies.iter().filter(|s| !s.exits.is_empty()) {
        let ended: u64 = strategy.exits.iter().map(|exit| exit.ended).sum();
        let each = strategy.exits.iter().map(|e| format!("{} {}", e.exit, grouped(e.ended)));
        let note = format!("{}: {}", strategy.strategy, each.collect::<Vec<_>>().join(", "));
        lines.push(("exits", grouped(ended), note));
    }
    for strategy in &stats.strategies {
        if let Some(moments) = strategy.unhedged {
            let note = format!("{}: legs out of ratio for too long", strategy.strategy);
            lines.push(("unhedged", grouped(moments), note));
        }
    }
    if let Some(seconds) = telemetry.wall_seconds {
        lines.push(("wall time", format!("{seconds:.2} s"), String::new()));
    }
    if let Some(rate) = report.events_per_second() {
        lines.push(("events a second", grouped(rate as u64), String::new()));
    }
    if let Some(peak) = telemetry.peak_memory_bytes {
        lines.push(("peak memory", bytes(peak), String::new()));
    }
    let _ = writeln!(text, "\nActivity");
    write_lines(&lines, text);
}

pub(super) fn write_lines(lines: &[Line], text: &mut String) {
    for (label, value, note) in lines {
        let line = format!("  {label:<18}{value:>18}   {note}");
        let _ = writeln!(text, "{}", line.trim_end());
    }
}

fn tables(report: &RunReport<'_>, lake: &str, program: &str, text: &mut String) {
    let summary = report.summary;
    let filled = summary.stats.tables.iter().filter(|(_, total)| total.rows > 0);
    let mut rows = table(["table", "rows", "digest"]);
    for (table, total) in filled {
        rows.add_row([table.to_string(), grouped(total.rows), total.digest.to_string()]);
    }
    let column = rows.column_mut(1).expect("the table has three columns");
    column.set_cell_alignment(CellAlignment::Right);
    let _ = writeln!(text, "\nTables in {lake}\n{}", rows.trim_fmt());
    let commands = queries::commands(&summary.stats, &summary.run, lake, program);
    if !commands.is_empty() {
        let _ = writeln!(text, "\nTry\n  {}", commands.join("\n  "));
    }
}

/// What the models of the run cost.
fn models(report: &RunReport<'_>, text: &mut String) {
    let models = &report.telemetry.models;
    if models.is_empty() {
        return;
    }
    let _ = writeln!(text, "\nModels");
    let time = |seconds: f64| nanoseconds((seconds * 1e9) as i64);
    for (name, cost) in models {
        let _ = write!(
            text,
            "  {name}: {} rows in {} calls, mean {}, longest {}",
            grouped(cost.rows),
            grouped(cost.calls),
            time(cost.seconds / cost.calls.max(1) as f64),
            time(cost.longest_seconds),
        );
        if let Some(budget) = cost.budget_seconds {
            let _ = write!(text, ", {} over {}", grouped(cost.over_budget), time(budget));
        }
        if cost.failed > 0 {
            let _ = write!(text, ", {} rows failed", grouped(cost.failed));
        }
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Telemetry, testing::summary};

    #[test]
    fn assumptions_come_first_and_what_is_not_known_is_a_dash() {
        let summary = summary("10000", "9990", "4");
        let telemetry = Telemetry { wall_seconds: Some(0.5), ..Telemetry::default() };
        let text = RunReport::new(&summary, telemetry).text("./lake", "tapeflow");
        let place = |what: &str| text.find(what).unwrap_or_else(|| panic!("{what}: {text}"));
        assert!(place("orders arrive after 1ms") < place("Data quality"));
        assert!(place("Data quality") < place("Result (USDT)"));
        let line = |label: &str| {
            let line = text.lines().find(|line| line.trim_start().starts_with(label)).unwrap();
            line.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(line("profit"), "profit and loss -10.00 -0.10 %");
        assert_eq!(line("price"), "price -6.00");
        assert_eq!(line("fees"), "fees -4.00");
        assert_eq!(line("Sharpe"), "Sharpe - needs 30 days");
        assert_eq!(line("events a second"), "events a second 2,000");
        assert!(!text.contains("peak memory"));
    }

    #[test]
    fn several_accounts_are_listed() {
        let mut summary = summary("10000", "9990", "4");
        let text = |summary: &_| RunReport::new(summary, Telemetry::default()).text("l", "t");
        assert!(!text(&summary).contains("Accounts"));
        let other = summary.stats.purses["paper"].clone();
        summary.stats.purses.insert("other".to_owned(), other);
        let text = text(&summary);
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        let row = "USDT 10,000.00 9,990.00 -10.00 4.00 0.00 %";
        assert_eq!(text.lines().filter(|line| words(line).ends_with(row)).count(), 2, "{text}");
        assert!(text.contains("20,000.00"), "{text}");
    }

    #[test]
    fn small_amounts_keep_their_places() {
        let text =
            RunReport::new(&summary("1", "1.00000012", "0"), Telemetry::default()).text("l", "t");
        assert!(text.contains("1.00000012"));
    }
}
