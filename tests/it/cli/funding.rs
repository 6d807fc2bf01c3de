//! Funding through the whole program: announced and settled, paid once, waited for and read.

use super::place::Place;
use std::fmt::Write;

const JOB: &str = r#"
[job]
name = "carry"

[[source]]
file = { format = "jsonl", paths = ["market.jsonl"], instruments = ["demo:AB"] }

[instruments."demo:AB"]
base = "A"
quote = "USDT"
settle = "USDT"
kind = "perpetual"
tick = "0.01"
lot = "0.1"

[[account]]
name = "paper"
cash = { USDT = "10000" }

[[strategy]]
name = "carry"
on = "funding"
for = ["demo:AB"]
short = "funding_rate > 0"
flat = "funding_rate < 0"
size = { quantity = "1" }

[execution.demo]
latency = { entry = "1ms", response = "1ms" }
fees = { maker = "0", taker = "0" }
fill = { model = "next_trade", half_spread = "0" }
"#;

const START: i64 = 1_700_000_000_000;

/// A trade at 100 each second, and funding: announced, once more when it was due, and settled.
fn market() -> String {
    let funding = [
        (5_500, "\"rate\":0.0001", Some(30_250)),
        (30_300, "\"rate\":0.0001", Some(30_250)),
        (40_500, "\"rate\":-0.0002,\"mark_price\":\"110\"", None),
    ];
    let mut lines: Vec<(i64, String)> = Vec::new();
    for second in 0..60 {
        let said = "\"price\":\"100\",\"quantity\":\"1\",\"side\":\"buy\"";
        lines.push((second * 1_000, format!("\"type\":\"trade\",{said}")));
    }
    for (ms, said, next) in funding {
        let next = next.map(|ms| format!(",\"next_ts\":\"{}000000\"", START + ms));
        lines.push((ms, format!("\"type\":\"funding\",{said}{}", next.unwrap_or_default())));
    }
    lines.sort();
    lines.iter().fold(String::new(), |mut text, (ms, said)| {
        let of = "\"version\":1,\"venue\":\"demo\",\"symbol\":\"AB\"";
        writeln!(text, "{{{said},{of},\"ts\":\"{}000000\"}}", START + ms).unwrap();
        text
    })
}

#[test]
fn funding_is_waited_for_read_and_paid_once() {
    let place = Place::new();
    place.write("job.toml", JOB);
    place.write("market.jsonl", &market());
    place.ok(&["verify", "job.toml", "--workers", "1,2,3", "--cuts", "3"]);
    let told = place.json(&["run", "job.toml", "--json"]);
    assert_eq!(told["rejected"], 0, "{told}");
    assert_eq!(place.value("SELECT string_agg(side, ' ' ORDER BY ts) FROM fills"), "sell buy");
    // The short gets 0.0001 of 100, and pays 0.0002 of the mark price.
    let paid = "SELECT string_agg(CAST(amount_exact AS TEXT), ' ' ORDER BY ts) FROM ledger \
                WHERE kind = 'funding'";
    assert_eq!(place.value(paid), "0.010000000000 -0.022000000000");
    assert_eq!(told["pnl_split"]["funding"].as_f64(), Some(-0.012));
}
