//! Rules that are refused: the message, the place it points at, and the help.

mod reasons;

use super::Kind::{self, Number, Truth};
use super::tests::rule;

/// Text, kind, the piece of the text pointed at, message, and a piece of the help.
type Bad = (&'static str, Kind, &'static str, &'static str, &'static str);

const CLOCK: &str = "reads the clock, so two runs would differ; use ts";
const NAMES: &[Bad] = &[
    ("fats > 1", Truth, "fats", "no column or constant is named `fats`", "did you mean `fast`?"),
    ("slow > Fast", Truth, "Fast", "no column or constant is named `Fast`", "case-sensitive"),
    ("close > 1", Truth, "close", "no column or constant is named `close`", "`bar_1m.close`?"),
    (
        "fast > perp.rat",
        Truth,
        "perp.rat",
        "no column or constant is named `perp.rat`",
        "perp.rate",
    ),
    ("hour = 23", Truth, "hour", "no column or constant is named `hour`", "hour(ts)"),
    ("fast(3) > 1", Truth, "fast", "no function is named `fast`", "leave out the brackets"),
    ("sqr(fast) > 1", Truth, "sqr", "no function is named `sqr`", "did you mean `sqrt`?"),
    (
        "frobnicate(1)",
        Number,
        "frobnicate",
        "no function is named `frobnicate`",
        "functions are abs",
    ),
    ("a.sqrt(fast)", Number, "a.sqrt", "no function is named `a.sqrt`", "mean `sqrt`?"),
    ("ts > 5", Truth, "ts", "ts is not a number: nanoseconds do not fit in a Float64", "hour(ts)"),
    (
        "prev(ts)",
        Number,
        "ts",
        "ts is not a number: nanoseconds do not fit in a Float64",
        "hour(ts)",
    ),
    ("hour(fast) = 1", Truth, "fast", "hour reads the time of the evaluation only", "hour(ts)"),
];

const SYNTAX: &[Bad] = &[
    ("", Truth, "", "the rule is empty", ""),
    ("  -- nothing", Truth, "  -- nothing", "the rule is empty", ""),
    ("fast > 1 2", Truth, "2", "unexpected `2` after the end of the expression", ""),
    ("fast > 1;", Truth, ";", "unexpected `;` after the end of the expression", "semicolon"),
    ("fast > 1 && slow > 1", Truth, "&&", "unexpected `&&` after the end of the expression", "AND"),
    ("(fast > 1", Truth, "1", "the rule ends where ) is expected", ""),
    ("fast >", Truth, ">", "the rule ends where an expression is expected", ""),
    (
        "fast > 1 AND\n  ü slow > 1",
        Truth,
        "slow",
        "unexpected `slow` after the end of the expression",
        "",
    ),
    (
        "fast > 1 AND\n  /* ü */ slwo > 1",
        Truth,
        "slwo",
        "no column or constant is named `slwo`",
        "slow",
    ),
    ("fast > ) 1", Truth, ")", "expected an expression, found `)`", ""),
    ("fast = 'abc", Truth, "'abc", "unterminated string literal", ""),
];

#[test]
fn refusals_say_what_where_and_what_instead() {
    let mut wrong = Vec::new();
    for (text, kind, at, message, help) in
        [NAMES, reasons::KINDS, reasons::REASONS, SYNTAX].concat()
    {
        let error = rule(text, kind).expect_err(text);
        let found = (&text[error.start..error.end], &*error.message, error.help.as_deref());
        let message = message.replace("{CLOCK}", CLOCK);
        let helped = match found.2 {
            Some(found) => !help.is_empty() && found.contains(help),
            None => help.is_empty(),
        };
        if found.0 != at || found.1 != message || !helped {
            wrong.push(format!("{text}\n  {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_place_is_counted_in_bytes() {
    let text = "/* über */ fast > 1\r\n  AND slwo > 1";
    let error = rule(text, Truth).unwrap_err();
    assert_eq!(error.start, text.find("slwo").unwrap());
    assert_eq!(error.end, error.start + 4);
}

#[test]
fn large_rules_are_refused_not_overflown() {
    let sum = vec!["fast"; 251].join(" + ");
    assert_eq!(rule(&sum, Number).unwrap_err().message, "the rule has more than 500 words");
    let deep = format!("{}fast{}", "(".repeat(200), ")".repeat(200));
    assert_eq!(rule(&deep, Number).unwrap_err().message, "the rule is nested too deeply");
    // To the parser these would take longer than the universe is old.
    for part in ["v.", "v.?.@", "v.(", "?.", "v.case "] {
        let error = rule(&format!("{}(ln", part.repeat(99)), Number).unwrap_err();
        assert!(!error.message.is_empty(), "{error}");
    }
    let mut case = "fast".to_owned();
    for _ in 0..12 {
        case = format!("CASE {case} WHEN 1 THEN 1 WHEN 2 THEN 2 WHEN 3 THEN 3 END");
    }
    let error = rule(&case, Number).unwrap_err();
    assert!(error.message.starts_with("the rule is too large"), "{error}");
    // At the level where it grows too large, not once it is as large as it gets.
    assert!(error.end - error.start < case.len());
}
