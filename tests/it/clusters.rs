//! Instruments that read columns of one another, through the whole program: the graph at several
//! numbers of workers equals the oracle, also cut and restarted.

use pipeline::verify::{VerifyOptions, verify};
use schemas::Span;
use std::{path::Path, sync::Arc};
use tapeflow::spec::{self, Files};

const MARKET: &str = r#"[job]
name = "pairs"
[[source]]
synthetic = { venue = "demo", instruments = 6, minutes = 12, seed = 5 }
[bars]
bar_10s = { time = { every = "10s", clock = "receive" } }
ticks = { tick = { count = 50 } }
[features]
flow = { trade_imbalance = { trades = 20 } }
[lake]
readings = "bars"
[execution.demo]
latency = { entry = "1ms", response = "1ms" }
fees = { maker = "0.0002", taker = "0.0005" }
fill = { model = "displayed_depth", partial = true }
[[account]]
name = "paper"
cash = { USDT = "10000" }
[indicators]
mean = { ema = { period = 5, on = "bar_10s.close" } }
"#;

/// Bind all instruments.
const INDICATORS: &str = r#"
apart = { sub = { on = ["mean", "demo:SYN0001.mean"] } }
their_atr = { atr = { period = 4, on = "demo:SYN0001.bar_10s" } }
theirs = { ema = { period = 4, on = "demo:SYN0001.bar_10s.close" } }
calm = { sma = { period = 5, on = "flow", at = "bar_10s" } }
near = { sma = { period = 5, on = "spread", at = "trade" } }
gap = { sub = { on = ["trade.price", "demo:SYN0002.mid"] } }
tick_corr = { correl = { period = 9, on = ["ticks.close", "demo:SYN0003.ticks.close"] } }
[[account]]
name = "other"
cash = { USDT = "10000" }
[[strategy]]
name = "pair"
account = "other"
on = "bar_10s"
for = ["demo:*"]
long = 'apart > 1 AND gap < 0 AND calm < 0.9 AND near > 0 AND "demo:SYN0004".flow > 0'
short = 'apart < 1 AND gap > 0'
size = { fraction = 0.1 }
order = "market"
"#;

/// Bind the instruments that it trades.
const RULES: &str = r#"
[[strategy]]
name = "lead"
account = "paper"
on = "trade"
for = ["demo:SYN0005"]
long = '"demo:SYN0006".mid > prev("demo:SYN0006".mid)'
short = '"demo:SYN0006".mid < prev("demo:SYN0006".mid)'
size = { fraction = 0.1 }
order = "market"
"#;

#[test]
fn columns_of_others_give_the_same_bytes_however_it_is_run() {
    let of_rules = ([MARKET, RULES].concat(), [0, 1, 2, 3, 4, 4]);
    let of_indicators = ([MARKET, INDICATORS, RULES].concat(), [0; 6]);
    for (text, clusters) in [of_rules, of_indicators] {
        let plan = spec::plan(Path::new("job.toml"), &text, &[], Files::MustExist)
            .unwrap_or_else(|error| panic!("{:?}", miette::Report::new(error)));
        assert_eq!(plan.market.clusters(6), clusters);
        let plan = Arc::new(plan);
        let (summary, _) = pipeline::oracle(&plan, None).unwrap();
        assert!(summary.stats.tables[&schemas::Table::Fills].rows > 20, "{summary:?}");
        let options = VerifyOptions {
            workers: vec![1, 2, 3],
            quantum: Span(100_000_000),
            other_quantum: Span(7_000_000),
            cuts: 2,
            seed: 1,
        };
        let verdict = verify(&plan, &options, &mut |_| {}).unwrap();
        assert!(verdict.ok, "{:#?}", verdict.first_difference);
    }
}
