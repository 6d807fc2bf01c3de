//! Strategies that quote both sides.

use super::place::{JOB, Place};
use std::{fs, path::Path};

/// The small job with a maker instead, or beside its crossing of averages.
pub(super) fn job(beside: bool) -> String {
    let maker = r#"
[[strategy]]
name = "maker"
on = { every = "100ms" }
for = ["demo:*"]
fair = "microprice - 3 * spread * position * mid / 1000"
quote = { bid = "fair - spread / 2", ask = "fair + spread / 2", quantity = "200 / mid", LEVELS }
pull = "tainted OR spread > 40 * tick AND spread > 0.001 * mid"
"#;
    let (head, tail) = JOB.split_once("[[strategy]]").unwrap();
    let (strategy, terms) = tail.split_once("[execution.demo]").unwrap();
    let maker = maker.replace("LEVELS", "levels = 2, step_ticks = 3, requote_ticks = 2");
    let strategy = if beside { format!("[[strategy]]{strategy}") } else { String::new() };
    format!("{head}{strategy}{maker}\n[execution.demo]{terms}")
}

#[test]
fn quotes_are_told_and_orders_are_those_that_signals_want() {
    let place = Place::new();
    place.write("job.toml", &job(false));
    let result = place.json(&["run", "job.toml", "--json"]);
    assert!(result["fills"].as_u64().unwrap() > 20, "{result}");
    // Every order is a limit order that gives, and all of them end but those at work at the end.
    let kinds = "SELECT DISTINCT kind || ' ' || time_in_force FROM orders";
    assert_eq!(place.value(kinds), "limit gtc");
    assert_eq!(place.value("SELECT DISTINCT liquidity FROM fills"), "maker");
    let ended = "SELECT count(*) FILTER (WHERE event = 'decided') - count(*) FILTER (WHERE event \
                 IN ('filled', 'cancelled', 'rejected')) BETWEEN 0 AND 12 FROM orders";
    assert_eq!(place.value(ended), "true");
    // The first order of a side stands where the last signal of that side says, within a tick.
    let apart = "SELECT count(*) FROM orders o JOIN signals s ON o.ts = s.ts AND o.instrument = \
                 s.instrument AND o.side = s.side WHERE o.event = 'decided' AND (o.limit_price - \
                 s.price) * (CASE o.side WHEN 'buy' THEN 1 ELSE -1 END) > 0.0000001";
    assert_eq!(place.value(apart), "0");
    assert_eq!(place.value("SELECT count(*) > 100 FROM signals WHERE reason = 'bid'"), "true");
    let reason = "SELECT DISTINCT reason FROM orders WHERE event = 'cancelled'";
    assert_eq!(place.value(reason), "the quote changed");
    let cash = "SELECT sum(amount_exact) = (SELECT cash_exact FROM portfolio ORDER BY ts DESC, \
                source_offset DESC, seq DESC LIMIT 1) FROM ledger";
    assert_eq!(place.value(cash), "true");
    let says = |text: &str, what: &str| assert!(text.contains(what), "{what}: {text}");
    let plan = place.ok(&["plan", "job.toml"]);
    says(
        &plan,
        "2 orders a side, 3 ticks apart, quantity 200 / mid, post only, moved when 2 ticks",
    );
    says(&plan, "quotes: orders of `maker` never take (post_only), because the job does not say");
    says(&place.ok(&["schema", "job"]), "\"requote_ticks\"");
    says(&place.ok(&["catalogue", "tainted"]), "pull = \"tainted OR");
}

#[test]
fn a_maker_gives_the_same_bytes_however_it_is_run() {
    let place = Place::new();
    place.write("job.toml", &job(true));
    place.ok(&["verify", "job.toml", "--workers", "1,2,3,4", "--cuts", "4"]);
}

#[test]
fn a_maker_that_nothing_meets_says_what_its_rules_were() {
    let place = Place::new();
    let far = job(false).replace("fair - spread / 2", "fair * 0.9");
    place.write("job.toml", &far.replace("fair + spread / 2", "fair * 1.1"));
    let out = place.ok(&["run", "job.toml"]);
    for what in ["`bid` was a price ", "`ask` was a price ", "`pull` was "] {
        assert!(out.contains(what), "{what}: {out}");
    }
}

#[test]
fn the_shipped_maker_runs_and_keeps_to_its_largest_position() {
    let place = Place::new();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/maker.toml");
    let text = fs::read_to_string(path).unwrap();
    place.write("maker.toml", &text.replace("minutes = 240", "minutes = 20"));
    place.ok(&["run", "maker.toml"]);
    let most = "SELECT max(abs(quantity)) <= 0.0300001 AND count(*) > 10 FROM positions";
    assert_eq!(place.value(most), "true");
    assert_eq!(place.value("SELECT DISTINCT liquidity FROM fills"), "maker");
}
