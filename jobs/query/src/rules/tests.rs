//! What rules mean, from text to value.

use operators::rules::{Context, Rule};

use super::{FUNCTIONS, Kind, Names, RuleError, parse_rule};

/// Columns in the order of the row of a test.
const COLUMNS: [&str; 12] = [
    "fast",
    "slow",
    "imbalance",
    "bar_1m.close",
    "perp.rate",
    "tainted",
    "open",
    "position",
    "entry",
    "side",
    "trend",
    "box",
];

/// The names of the tests: the columns above, and a constant.
pub(super) struct Known;

impl Names for Known {
    fn column(&self, name: &str) -> Option<u32> {
        COLUMNS.iter().position(|column| *column == name).map(|slot| slot as u32)
    }

    fn constant(&self, name: &str) -> Option<f64> {
        (name == "half").then_some(0.5)
    }

    fn all(&self) -> Vec<String> {
        COLUMNS.iter().chain(&["half"]).map(|name| (*name).to_owned()).collect()
    }

    fn is_truth(&self, name: &str) -> bool {
        name == "tainted"
    }
}

pub(super) fn rule(text: &str, kind: Kind) -> Result<Rule, RuleError> {
    parse_rule(text, &Known, kind)
}

/// 2024-08-08 was a Thursday; the time is 23:07.
const TS: i64 = 1_723_158_420_000_000_000;

/// fast 3, slow 2, imbalance null, bar_1m.close 100, perp.rate 0.0002, tainted, others 0.
const ROW: [f64; 12] = [3.0, 2.0, f64::NAN, 100.0, 2e-4, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];

#[track_caller]
fn number(text: &str, expected: f64) {
    let rule = rule(text, Kind::Number).unwrap_or_else(|error| panic!("{text}: {error:?}"));
    let found = rule.number(&Context { row: &ROW, ts: TS }, &mut rule.start());
    assert!(found == expected || found.is_nan() && expected.is_nan(), "{text} is {found}");
}

#[track_caller]
fn truth(text: &str, expected: Option<bool>) {
    let rule = rule(text, Kind::Truth).unwrap_or_else(|error| panic!("{text}: {error:?}"));
    let found = rule.truth(&Context { row: &ROW, ts: TS }, &mut rule.start());
    assert_eq!(found, expected, "{text}");
}

#[test]
fn numbers() {
    number("1 / 2", 0.5);
    number("1 + 2 * 3 - -4", 11.0);
    number("7 % 4", 3.0);
    number("fast / (slow - 2)", f64::NAN);
    number("bar_1m.close * half", 50.0);
    number("\"bar_1m.close\" + \"fast\"", 103.0);
    number("1e-4 + .5", 0.5001);
    number("ROUND(2.5) + round(1.25, 1)", 4.3);
    number("Floor(2.5) + ceil(2.5)", 5.0);
    number("pow(2, 3) + power(2, 2)", 12.0);
    number("abs(-2) + sqrt(9) + signum(slow - fast)", 4.0);
    number("ln(exp(fast)) + log10(100)", 5.0);
    number("least(fast, imbalance, slow)", 2.0);
    number("greatest(fast, imbalance, slow)", 3.0);
    number("coalesce(imbalance, 7)", 7.0);
    number("nullif(fast, 3)", f64::NAN);
    number("hour(ts) * 100 + minute(ts)", 2307.0);
    number("weekday(ts)", 4.0);
    number("CASE WHEN perp.rate > 1e-4 THEN 1 ELSE 0 END", 1.0);
    number("case fast when 1 then 10 when 3 then 30 end", 30.0);
    number("CASE WHEN imbalance > 0 THEN 1 END", f64::NAN);
    number("box + open + position + entry + side", 0.0);
    number("-- a comment\n  fast -- and another\n", 3.0);
}

#[test]
fn conditions() {
    let (yes, no, null) = (Some(true), Some(false), None);
    truth("fast > slow", yes);
    truth("fast == 3 AND slow != 3", yes);
    truth("imbalance > 0.2", null);
    truth("imbalance > 0.2 OR fast > slow", yes);
    truth("imbalance > 0.2 AND fast < slow", no);
    truth("NOT imbalance > 0.2", null);
    truth("imbalance IS NULL AND fast IS NOT NULL", yes);
    truth("(imbalance > 0.2) IS UNKNOWN", yes);
    truth("(imbalance > 0.2) IS TRUE", no);
    truth("(imbalance > 0.2) IS NOT TRUE", yes);
    truth("(imbalance > 0.2) IS NOT FALSE", yes);
    truth("(fast > slow) IS FALSE", no);
    truth("(fast > slow) IS NOT UNKNOWN", yes);
    truth("fast BETWEEN slow AND slow + 1", yes);
    truth("fast NOT BETWEEN 3 AND 3", no);
    truth("fast IN (1, 2, 3)", yes);
    truth("fast NOT IN (1, 2)", yes);
    truth("fast IN (1, imbalance)", null);
    truth("tainted OR fast > 10", yes);
    truth("tainted = (fast > slow)", yes);
    truth("coalesce(imbalance > 0, fast > 0)", yes);
    truth("CASE WHEN tainted THEN FALSE ELSE fast > 0 END", no);
    truth("hour(ts) = 23", yes);
    truth("prev(fast > slow)", null);
    truth("true", yes);
}

#[test]
fn prev_and_crossings_follow_the_tape() {
    let text = "crosses_above(fast, slow) AND prev(imbalance) > 0";
    let rule = rule(text, Kind::Truth).unwrap();
    assert_eq!(rule.slots(), 3);
    let mut state = rule.start();
    let mut found = Vec::new();
    for (fast, imbalance) in [(1.0, 5.0), (3.0, -5.0), (1.0, 5.0), (4.0, 0.0), (5.0, 0.0)] {
        let row = [fast, 2.0, imbalance];
        found.push(rule.truth(&Context { row: &row, ts: 0 }, &mut state));
    }
    // Null would need both sides: the first row crosses nothing whatever came before it.
    assert_eq!(found, [false, true, false, true, false].map(Some));
}

#[track_caller]
fn parts(text: &str, expected: &[&str]) {
    let rule = rule(text, Kind::Truth).unwrap_or_else(|error| panic!("{text}: {error:?}"));
    let found: Vec<_> = rule.parts().iter().map(|part| part.text.as_str()).collect();
    assert_eq!(found, expected);
}

#[test]
fn parts_are_the_outermost_conjuncts_as_written() {
    parts(
        "crosses_above(fast,slow) AND imbalance  > 0.2\n  and trend > 0.55",
        &["crosses_above(fast,slow)", "imbalance  > 0.2", "trend > 0.55"],
    );
    parts(" fast > 1 OR slow > 1 AND box > 1 ", &["fast > 1 OR slow > 1 AND box > 1"]);
    parts("fast BETWEEN 1 AND 2 AND slow > 1", &["fast BETWEEN 1 AND 2", "slow > 1"]);
    parts("(fast > 1 AND (slow > 1)) AND NOT tainted", &["fast > 1", "(slow > 1)", "NOT tainted"]);
    parts("((fast > 1 AND slow > 1))", &["fast > 1", "slow > 1"]);
    parts("(fast > 1 OR slow > 1) AND box > 1", &["(fast > 1 OR slow > 1)", "box > 1"]);
    parts(
        "CASE WHEN fast > 1 AND box > 1 THEN true ELSE false END AND slow > 1",
        &["CASE WHEN fast > 1 AND box > 1 THEN true ELSE false END", "slow > 1"],
    );
    parts("/* ü */ fast > 1 AND slow > 1 -- é\n AND box > 1", &["fast > 1", "slow > 1", "box > 1"]);
    parts("tainted AND true", &["tainted", "true"]);
}

#[test]
fn constants_are_folded_and_columns_listed() {
    let rule = rule("fast > 2 * half + ln(1) AND slow < fast", Kind::Truth).unwrap();
    assert_eq!(rule.parts()[0].expr.size(), 3);
    assert_eq!(rule.columns().into_iter().collect::<Vec<_>>(), [0, 1]);
}

#[test]
fn each_function_has_a_call_that_works() {
    for function in FUNCTIONS {
        let usage = function.usage.split(" or ").next().unwrap();
        let names = [("x", "fast"), ("y", "slow"), (", ...", ""), ("a, b", "fast, slow")];
        let (name, args) = usage.split_once('(').unwrap();
        let args = names.iter().fold(args.to_owned(), |args, (from, to)| args.replace(from, to));
        let call = format!("{name}({args}");
        assert_eq!(name, function.name);
        let works = [Kind::Number, Kind::Truth].map(|kind| rule(&call, kind).is_ok());
        assert!(works[0] != works[1], "{call}");
    }
    assert!(FUNCTIONS.is_sorted_by(|a, b| a.name < b.name));
}

#[test]
fn long_rules_are_read() {
    let sum = vec!["fast"; 250].join(" + ");
    number(&sum, 750.0);
    let all = vec!["fast > 0"; 125].join(" AND ");
    truth(&all, Some(true));
    assert_eq!(rule(&all, Kind::Truth).unwrap().parts().len(), 125);
    truth(&format!("fast IN ({})", vec!["3"; 248].join(", ")), Some(true));
}
