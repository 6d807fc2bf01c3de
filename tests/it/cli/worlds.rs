//! Many worlds over one tape.

use super::{place::Place, quotes};
use serde_json::{Value, json};

const WORLDS: &str = r#"
[worlds.grid]
"indicators.fast.ema.period" = [5, 8]
"strategy.0.size.fraction" = [0.1, 0.2]
[worlds.named.slow]
"execution.demo.latency" = { entry = "40ms", response = "25ms" }
[worlds.named.cautious]
"execution.demo.fill.queue" = "trades_only"
"risk.max_position.fraction" = 0.05
"account.0.cash.USDT" = "5000"
"#;

/// The small job with a crossing of averages and a maker, and worlds.
fn job() -> String {
    format!("{}{WORLDS}", quotes::job(true))
}

/// What a world and a run of its own tell alike.
fn told(result: &Value) -> Value {
    let usdt = |value: &Value| match value {
        Value::Object(each) => each["USDT"].as_f64(),
        number => number.as_f64(),
    };
    json!({
        "pnl": usdt(&result["pnl"]),
        "fees": usdt(&result["fees"]),
        "orders": result["orders"],
        "fills": result["fills"],
        "max_drawdown": result["max_drawdown"],
    })
}

#[test]
fn a_world_is_the_job_run_with_its_values() {
    let place = Place::new();
    place.write("job.toml", &job());
    place.write("one.toml", &quotes::job(true));
    let all = place.json(&["run", "job.toml", "--json", "--workers", "2"]);
    let worlds = all["worlds"].as_array().unwrap();
    let names: Vec<_> = worlds.iter().map(|world| &world["name"]).collect();
    assert_eq!(json!(names), json!([null, "cautious", "slow", "1", "2", "3", "4"]));
    for (i, world) in worlds.iter().enumerate() {
        let sets = world["settings"].as_object().unwrap();
        let sets: Vec<String> =
            sets.iter().map(|(path, v)| format!("{path}={}", v.as_str().unwrap())).collect();
        let run = format!("w{i}");
        let mut args = vec!["run", "one.toml", "--json", "--run", &run];
        sets.iter().for_each(|set| args.extend(["--set", set]));
        let alone = place.json(&args);
        assert_eq!(told(world), told(&alone), "{world}");
        assert!(world["fills"].as_u64().unwrap() > 20, "{world}");
        if i == 0 {
            assert_eq!(told(&all), told(&alone), "the result is that of the job as written");
        }
        // Row by row, whatever the account is called there.
        let account = match world["name"].as_str() {
            Some(name) => format!("paper@{name}"),
            None => "paper".to_owned(),
        };
        let fills = |run: &str, account: &str| {
            let query = format!(
                "SELECT ts, instrument, side, price, quantity, fee, liquidity FROM fills WHERE \
                 account = '{account}' ORDER BY ts, instrument, side, price, quantity"
            );
            place.ok(&["sql", "--run", run, "--format", "csv", &query])
        };
        assert_eq!(fills("small", &account), fills(&run, "paper"), "{world}");
    }
    let plan = place.ok(&["plan", "job.toml"]);
    assert!(plan.contains("6 worlds besides this one"), "{plan}");
    let band = &all["bands"]["USDT"];
    assert!(band["least"].as_f64() < band["largest"].as_f64(), "{band}");
    let report = place.ok(&["report", "small"]);
    for what in ["as written", "cautious", "period = 8, fraction = 0.2", "lower quartile"] {
        assert!(report.contains(what), "{what}: {report}");
    }
}

#[test]
fn worlds_give_the_same_bytes_however_they_are_run() {
    let place = Place::new();
    place.write("job.toml", &job());
    place.ok(&["verify", "job.toml", "--workers", "1,2,3", "--cuts", "3"]);
}
