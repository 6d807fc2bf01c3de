//! Strategies that quote, where they cannot.

use super::{GOOD, case, case_of, refused, told};
use std::path::Path;
use tapeflow::spec::{self, Files};

/// The good job with a strategy that quotes.
pub(super) fn quoting() -> String {
    let rules = &GOOD[GOOD.find("long = ").unwrap()..GOOD.find("\n[risk]").unwrap()];
    let quote = "fair = \"microprice - half * position\"\n\
        quote = { bid = \"fair - atr\", ask = \"fair + atr\", quantity = \"0.01\", levels = 3, \
        step_ticks = 5, requote_ticks = 2, post_only = false, max_position = \"0.5\" }\n\
        pull = \"tainted OR spread > 10 * tick\"\n";
    GOOD.replace(rules, quote)
}

/// The same with one thing changed.
#[track_caller]
fn quote_case(name: &str, from: &str, to: &str, token: &str) {
    let good = quoting();
    let plan = spec::plan(Path::new("job.toml"), &good, &[], Files::MustExist);
    plan.unwrap_or_else(|error| panic!("{}", told(&error)));
    case_of(&good, name, from, to, token);
}

#[test]
fn quotes() {
    let pull = "pull = \"tainted";
    let with = |line: &str| format!("{line}\n{pull}");
    quote_case("quote_and_long", pull, &with("long = \"fast > slow\""), "long =");
    quote_case("quote_and_flat", pull, &with("flat = \"fast > slow\""), "flat =");
    quote_case("quote_and_size", pull, &with("size = { quantity = 1 }"), "size =");
    quote_case("quote_and_order", pull, &with("order = \"market\""), "order =");
    quote_case("quote_and_exit", pull, &with("exit = { after = \"3 bars\" }"), "exit =");
    quote_case("quote_without_levels", "levels = 3", "levels = 0", "0, step");
    quote_case("quote_of_many_levels", "levels = 3", "levels = 101", "101, step");
    quote_case("quote_levels_without_step", "step_ticks = 5, ", "", "levels = 3");
    quote_case("quote_without_step", "step_ticks = 5", "step_ticks = 0", "0, requote");
    quote_case("quote_that_never_stays", "requote_ticks = 2", "requote_ticks = 0", "0, post");
    quote_case("quote_of_negative_quantity", "\"0.01\"", "\"-0.01\"", "\"-0.01\"");
    quote_case("quote_without_position", "\"0.5\"", "\"0\"", "\"0\" }");
    quote_case("quote_of_unknown_column", "fair - atr", "fiar - atr", "fiar");
    quote_case("fair_that_reads_itself", "microprice - half", "fair - half", "fair - half");
    quote_case("fair_twice", "half = 0.5", "half = 0.5\nfair = 1.0", "fair = \"micro");
    quote_case("pull_is_a_number", "tainted OR spread > 10 * tick", "spread", "spread\"");
    let short = "short = \"crosses";
    let pulls = format!("pull = \"spread > 10 * tick\"\n{short}");
    case("pull_without_quote", short, &pulls, "pull =");
    let size = "size = { risk = 0.01, distance = \"2 * atr\" }\n";
    case("no_size", size, "", "\"cross\"");
    case("tainted_without_quote", "imbalance > 0.2", "NOT tainted", "tainted");
}

#[test]
fn candles_quote_nothing() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("config/bars.toml")).unwrap();
    let text = text.replace("\"config/", &format!("\"{}/config/", root.display()));
    let rules = &text[text.find("long    =").unwrap()..text.find("\n# Nothing is left").unwrap()];
    let quote = "quote = { bid = \"fast\", ask = \"slow\", quantity = 1 }\n";
    for model in ["next_open", "bar_ohlc", "bar_olhc"] {
        let text = text.replace(rules, quote).replace("\"next_open\"", &format!("\"{model}\""));
        let error = refused(&text, &[]);
        let line = 1 + text.lines().position(|line| line.starts_with("quote = ")).unwrap();
        assert_eq!(error.position(), Some((line, "quote = ".len() + 1)), "{error}");
        let told = format!("`{model}` fills orders of `demo` in candles, which quote nothing");
        assert_eq!(error.to_string(), told);
    }
}
