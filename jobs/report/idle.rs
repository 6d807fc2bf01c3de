//! Why did nothing happen? Said in terms of the rules, when a run has no fills.

use operators::account::{RuleReport, StrategyReport};
use pipeline::stats::Stats;
use std::fmt::Write;

/// For each strategy of a run without fills the reason; empty when there were fills.
pub fn why(stats: &Stats) -> String {
    let mut text = String::new();
    if stats.fills > 0 {
        return text;
    }
    let _ = writeln!(text, "No trade");
    for strategy in &stats.strategies {
        tell(strategy, &mut text);
    }
    if stats.strategies.is_empty() {
        let _ = writeln!(text, "  the job has no strategy");
    } else if stats.orders > stats.refused {
        let open = stats.orders - stats.refused;
        let _ = writeln!(text, "  of {} orders {open} were accepted and none filled", stats.orders);
    }
    text
}

fn tell(strategy: &StrategyReport, text: &mut String) {
    // Without a fill there is no position that an exit could have ended.
    let StrategyReport { strategy: name, triggers, tainted, conflicts, .. } = strategy;
    let StrategyReport { no_size, refused, rules, .. } = strategy;
    if *triggers == 0 {
        let _ = writeln!(text, "  {name}: nothing triggered it: there was no record of its `on`");
        return;
    }
    let _ = writeln!(text, "  {name}: triggered {triggers} times");
    let quotes = rules.iter().any(|rule| rule.rule == "bid");
    let conflict = match quotes {
        true => "with a bid at or above the ask, so that nothing changed",
        false => "long and short at once, so that nothing changed",
    };
    let counts = [
        (*tainted, "with doubtful data, so that the rules had no opinion"),
        (*conflicts, conflict),
        (*no_size, "with a size of less than a lot, or none"),
        (*refused, "with an order that risk refused"),
    ];
    for (count, what) in counts.iter().filter(|(count, _)| *count > 0) {
        let _ = writeln!(text, "    {count} times {what}");
    }
    for rule in rules {
        tell_rule(rule, text);
    }
}

fn tell_rule(rule: &RuleReport, text: &mut String) {
    let RuleReport { rule: name, was_true, parts } = rule;
    let target = name.starts_with("target.");
    if let (true, [part]) = (target || matches!(name.as_str(), "bid" | "ask"), &parts[..]) {
        let (evaluated, what) = (part.evaluated, &part.text);
        let noun = if target { "number" } else { "price" };
        let _ = writeln!(text, "    `{name}` was a {noun} {was_true} times of {evaluated}: {what}");
        return;
    }
    let _ = match was_true {
        0 => writeln!(text, "    `{name}` was never true; how often its parts were:"),
        n => writeln!(text, "    `{name}` was true {n} times; how often its parts were:"),
    };
    for part in parts {
        let nulls = match part.was_null {
            0 => String::new(),
            n => format!(", null {n} times"),
        };
        let (was_true, evaluated) = (part.was_true, part.evaluated);
        let _ = writeln!(text, "      {was_true} of {evaluated}{nulls}: {}", part.text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use operators::account::PartReport;

    fn stats() -> Stats {
        let part = |text: &str, was_true, was_null| PartReport {
            text: text.to_owned(),
            evaluated: 9,
            was_true,
            was_null,
        };
        let rule = RuleReport {
            rule: "long".to_owned(),
            was_true: 0,
            parts: vec![part("fast > slow", 4, 2), part("imbalance > 2", 0, 0)],
        };
        let strategy = StrategyReport {
            strategy: "trend".to_owned(),
            triggers: 9,
            tainted: 0,
            conflicts: 0,
            no_size: 0,
            refused: 0,
            rules: vec![rule],
            exits: Vec::new(),
            unhedged: None,
        };
        Stats { strategies: vec![strategy], ..Stats::default() }
    }

    #[test]
    fn names_the_rule_and_how_often_each_part_was_true() {
        let text = why(&stats());
        assert_eq!(
            text,
            "No trade\n  trend: triggered 9 times\n    \
             `long` was never true; how often its parts were:\n      \
             4 of 9, null 2 times: fast > slow\n      0 of 9: imbalance > 2\n"
        );
    }

    #[test]
    fn says_nothing_once_there_is_a_fill() {
        assert_eq!(why(&Stats { fills: 1, ..stats() }), "");
    }

    #[test]
    fn tells_of_strategies_that_nothing_triggers() {
        let mut stats = stats();
        stats.strategies[0].triggers = 0;
        assert!(why(&stats).contains("trend: nothing triggered it"));
    }
}
