//! Margin through the whole program: positions that a venue closes between two decisions, in a feed
//! of trades alone, most of which are stepped in stretches.

use super::place::Place;
use std::fmt::Write;

const JOB: &str = r#"
[job]
name = "leverage"

[[source]]
file = { format = "jsonl", paths = ["market.jsonl"], instruments = ["demo:AB", "demo:CD"] }

[instruments."demo:AB"]
base = "A"
quote = "USDT"
settle = "USDT"
kind = "perpetual"
tick = "0.01"
lot = "0.1"

[instruments."demo:CD"]
base = "C"
quote = "USD"
settle = "C"
kind = "perpetual"
tick = "0.01"
lot = "1"
multiplier = 100
inverse = true

[bars]
bar_10s = { time = { every = "10s", clock = "receive" } }

[[account]]
name = "paper"
cash = { USDT = "110", C = "1.1" }

[[strategy]]
name = "long"
on = "bar_10s"
for = ["demo:AB"]
long = "bar_10s.close > 0"
size = { quantity = "10" }

[[strategy]]
name = "short"
on = "bar_10s"
for = ["demo:CD"]
short = "bar_10s.close > 0"
size = { quantity = "10" }

[risk]
max_position = { fraction = 100 }
drawdown = { stop = "1" }

[execution.demo]
latency = { entry = "1ms", response = "1ms" }
fees = { maker = "0", taker = "0" }
fill = { model = "next_trade", half_spread = "0" }
margin = { initial = "0.1", maintenance = "0.05" }
liquidation = { fee = "0.01" }
"#;

/// Fifty trades a second of each: at 100, then by steps of a tenth of a percent down (`AB`) and up
/// (`CD`) from the twentieth second on, a step a second, with a little noise.
fn market() -> String {
    let mut text = String::new();
    for i in 0..50 * 140_i64 {
        let ms = 1_700_000_000_000 + 20 * i;
        let steps = (i / 50 - 20).clamp(0, 100);
        for (symbol, price) in [("AB", 10_000 - 10 * steps), ("CD", 10_000 + 12 * steps)] {
            let price = price + (i * 7 % 3) - 1;
            let (whole, cents) = (price / 100, price % 100);
            writeln!(
                text,
                "{{\"type\":\"trade\",\"version\":1,\"venue\":\"demo\",\"symbol\":\"{symbol}\",\
                 \"ts\":\"{ms}000000\",\"price\":\"{whole}.{cents:02}\",\"quantity\":\"1\",\
                 \"side\":\"buy\"}}"
            )
            .unwrap();
        }
    }
    text
}

#[test]
fn what_lacks_margin_is_closed_where_it_lacks_it_however_a_job_is_run() {
    let place = Place::new();
    place.write("job.toml", JOB);
    place.write("market.jsonl", &market());
    place.ok(&["verify", "job.toml", "--workers", "1,2,3", "--cuts", "4"]);
    let told = place.json(&["run", "job.toml", "--json"]);
    assert_eq!(told["rejected"], 0, "{told}");
    let all = "SELECT string_agg(strategy || ' ' || side, '; ' ORDER BY strategy, ts) FROM fills";
    assert_eq!(place.value(all), "long buy; long sell; short sell; short buy");
    // Of 10 for 99.99 each with 110 (AB), and of contracts of 1000 at that with 1.1 (CD): Binance's
    // formulas give 93.674 and 106.730, the venue acts beyond them, and meets the next trade.
    let prices = "SELECT string_agg(instrument || ' ' || round(price, 1), '; ' ORDER BY \
                  instrument) FROM fills WHERE strategy || side IN ('longsell', 'shortbuy')";
    assert_eq!(place.value(prices), "demo:AB 93.6; demo:CD 106.7");
    let kinds = "SELECT string_agg(DISTINCT kind, ' ' ORDER BY kind) FROM ledger";
    assert_eq!(place.value(kinds), "deposit liquidation trade");
    let why = "SELECT count(*) FROM orders WHERE event = 'decided' AND reason LIKE 'liquidation: \
               equity is % and the maintenance margin %'";
    assert_eq!(place.value(why), "2");
    // What was true stays true, so nothing is opened anew.
    let told = "SELECT count(*) FROM signals WHERE reason = 'liquidation' AND target = 0";
    assert_eq!(place.value(told), "2");
    let kept = "SELECT min(equity) > 0 FROM portfolio";
    assert_eq!(place.value(kept), "true");
}
