//! Jobs for those who have candles only.

use super::place::Place;
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A job that reads `candles.csv`; `fill` is the venue's model.
pub(super) fn job(symbol: &str, fill: &str, entry: &str, more: &str) -> String {
    format!(
        r#"[job]
name = "bars"
[[source]]
[source.file]
format = "columns"
mapping = "map.toml"
venue = "demo"
symbol = "{symbol}"
paths = ["candles.csv"]
[instruments."demo:{symbol}"]
base = "{symbol}"
quote = "USD"
settle = "USD"
kind = "spot"
tick = "0.01"
lot = "1"
price_scale = 2
quantity_scale = 0
[bars]
day = {{ time = {{ every = "1d", clock = "exchange", on = "candles" }} }}
[account-of-the-job]
[risk]
max_position = {{ fraction = 1 }}
drawdown = {{ stop = 1 }}
[execution.demo]
latency = {{ entry = "{entry}", response = "0s" }}
fees = {{ maker = "0", taker = "0" }}
fill = {fill}
{more}"#
    )
    .replace("[account-of-the-job]", "[[account]]\nname = \"paper\"\ncash = { USD = \"10000\" }")
}

const MAP: &str = "record = \"candle\"\nspan = \"1d\"\ntime = { column = \"day\" }\ncolumns = { \
                   open = \"o\", high = \"h\", low = \"l\", close = \"c\", volume = \"v\" }\n";

/// Long above the day before, short below it.
const FOLLOW: &str = "[[strategy]]\nname = \"follow\"\non = \"day\"\nfor = [\"demo:*\"]\nlong = \
                      \"day.close > prev(day.close)\"\nshort = \"day.close < \
                      prev(day.close)\"\nsize = { fraction = 1.0 }\norder = \"market\"\n";

pub(super) const NEXT_OPEN: &str = "{ model = \"next_open\", half_spread = \"0\" }";

fn days() -> Place {
    let place = Place::new();
    place.write(
        "candles.csv",
        "day,o,h,l,c,v\n2024-01-01,100,101,99,100,5\n2024-01-02,100,112,99,110,5\n\
         2024-01-03,123,130,120,125,5\n2024-01-04,126,128,90,95,5\n\
         2024-01-05,96.5,99,80,81,5\n2024-01-08,79,88,78,87,5\n2024-01-09,86,95,85,94,5\n",
    );
    place.write("map.toml", MAP);
    place.write("job.toml", &job("AB", NEXT_OPEN, "0s", FOLLOW));
    place
}

/// Days, signed quantities and prices of all fills, in order.
fn fills(place: &Place, run: &str) -> Vec<(String, i64, f64)> {
    let query = "SELECT CAST(exchange_ts AS DATE), CASE side WHEN 'buy' THEN quantity ELSE \
                 -quantity END, price FROM fills ORDER BY ts";
    let csv = place.ok(&["sql", "--run", run, "--format", "csv", query]);
    let fill = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |at: usize| cells[at].parse::<f64>().unwrap();
        (cells[0].to_owned(), number(1) as i64, number(2))
    };
    csv.lines().skip(1).map(fill).collect()
}

#[test]
fn orders_fill_at_the_next_open_and_the_output_says_so() {
    let place = days();
    let result = place.json(&["run", "job.toml", "--json"]);
    let fill = |day: &str, signed, price| (day.to_owned(), signed, price);
    let expected = [
        fill("2024-01-03", 81, 123.0),
        fill("2024-01-05", -162, 96.5),
        fill("2024-01-09", 182, 86.0),
    ];
    assert_eq!(fills(&place, "bars"), expected);
    let bars = &result["bars"]["paper"];
    assert_eq!(bars["equity_final"], 8_704.0, "101 at the last open");
    assert_eq!(result["final_equity"], 9_512, "101 at the last close");
    assert_eq!((&bars["trades"], &bars["bars"]), (&Value::from(3), &Value::from(7)));
    let says = |text: &str, what: &str| assert!(text.contains(what), "{what}: {text}");
    for text in [place.ok(&["report"]), place.ok(&["plan", "job.toml"])] {
        says(&text, "fills at demo: next_open: a market order fills whole, however large, at the");
        says(&text, "market orders at demo fill at the open itself and pay no spread");
        says(&text, "latency at demo is zero");
    }
    says(&place.ok(&["report"]), "Bar by bar (paper), as backtesting.py defines it");
    let value = "SELECT max(fill_model) FROM fills";
    assert_eq!(place.value(value), "next_open");
    place.ok(&["verify", "job.toml", "--workers", "1,2,3", "--cuts", "3"]);
    let again = place.json(&["run", "job.toml", "--json", "--workers", "3", "--run", "again"]);
    assert_eq!((&again["bars"], &again["tables"]), (&result["bars"], &result["tables"]));
}

#[test]
fn what_candles_cannot_do_is_refused_where_it_stands() {
    let place = days();
    let refused = |fill: &str, more: &str, why: &str, at: &str| {
        place.write("bad.toml", &job("AB", fill, "0s", more));
        let said = place.say(&["check", "bad.toml"]);
        assert!(said.code == 2 && said.err.contains(why) && said.err.contains(at), "{}", said.err);
    };
    let limit = FOLLOW.replace("\"market\"", "{ limit = \"day.close\" }");
    refused(NEXT_OPEN, &limit, "fills market orders only", "order = { limit = \"day.close\" }");
    let no_spread = "{ model = \"next_open\" }";
    refused(no_spread, FOLLOW, "`next_open` looks at candles only", "`half_spread` is needed here");
    let partial = "{ model = \"bar_ohlc\", half_spread = \"0\", partial = true }";
    refused(partial, FOLLOW, "`bar_ohlc` fills an order whole", "partial = true");
    // With a path, a limit order is one; a latency is said to miss the next open.
    let path = "{ model = \"bar_olhc\", half_spread = \"0.01\" }";
    place.write("good.toml", &job("AB", path, "1ms", &limit));
    let plan = place.ok(&["plan", "good.toml"]);
    assert!(plan.contains("the price went open, low, high, close"), "{plan}");
    assert!(plan.contains("misses the open of a candle that begins at once"), "{plan}");
    place.ok(&["verify", "good.toml", "--workers", "1,2", "--cuts", "2"]);
}

/// The folder of a reference that is not in the repository: `TAPEFLOW_SHARED` names where, and
/// `TAPEFLOW_REQUIRE_SHARED=1` makes its absence a failure.
pub(super) fn reference(name: &str) -> Option<PathBuf> {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared"));
    let folder = std::env::var_os("TAPEFLOW_SHARED").map_or_else(beside, PathBuf::from);
    let folder = folder.join("data").join(name);
    if !folder.exists() {
        let required = std::env::var_os("TAPEFLOW_REQUIRE_SHARED").is_some_and(|v| v == "1");
        assert!(!required, "{} is required and absent", folder.display());
        eprintln!("SKIPPED: {} is absent; set TAPEFLOW_SHARED to its folder", folder.display());
        return None;
    }
    Some(folder)
}

/// The candles of GOOG, and what tells their columns.
pub(super) fn goog(place: &Place, folder: &Path) {
    fs::copy(folder.join("GOOG.csv"), place.path("candles.csv")).unwrap();
    let names = [("\"day\"", "\"\""), ("\"o\"", "\"Open\""), ("\"h\"", "\"High\"")];
    let names =
        [&names[..], &[("\"l\"", "\"Low\""), ("\"c\"", "\"Close\""), ("\"v\"", "\"Volume\"")]];
    let map = names.concat().iter().fold(MAP.to_owned(), |map, (from, to)| map.replace(from, to));
    place.write("map.toml", &map);
}

/// The averages of backtesting.py's example, which cross strictly.
pub(super) const CROSS: &str = "\
                     [indicators]\nfast = { sma = { period = 10, on = \"day.close\" } }\nslow = { \
                     sma = { period = 30, on = \"day.close\" } }\n[[strategy]]\nname = \
                     \"cross\"\non = \"day\"\nfor = [\"demo:*\"]\nlong = \"prev(fast) < \
                     prev(slow) AND fast > slow\"\nshort = \"prev(fast) > prev(slow) AND fast < \
                     slow\"\nsize = { fraction = 1.0 }\norder = \"market\"\n[lake]\nwrite = \
                     [\"fills\"]\n";

#[test]
fn a_crossing_of_averages_makes_the_trades_of_backtesting_py() {
    let Some(folder) = reference("backtesting.py__goog") else { return };
    let place = Place::new();
    goog(&place, &folder);
    place.write("job.toml", &job("GOOG", NEXT_OPEN, "0s", CROSS));
    let result = place.json(&["run", "job.toml", "--json"]);
    let fills = fills(&place, "bars");
    let candles = fs::read_to_string(place.path("candles.csv")).unwrap();
    let days: Vec<&str> = candles.lines().skip(1).map(|line| &line[..10]).collect();
    let last_open = 797.8;
    let trades = fs::read_to_string(folder.join("goog_smacross_10_30_trades.csv")).unwrap();
    let trades: Vec<&str> = trades.lines().skip(1).collect();
    assert_eq!((trades.len(), fills.len()), (66, 66));
    let mut held = 0;
    for (i, trade) in trades.iter().enumerate() {
        let cells: Vec<&str> = trade.split(',').collect();
        let number = |at: usize| cells[at].parse::<f64>().unwrap();
        let (day, signed, price) = &fills[i];
        held += signed;
        assert_eq!(held, number(0) as i64, "size of trade {i}");
        let bar = days.iter().position(|d| d == day).unwrap();
        assert_eq!((bar, *price), (number(1) as usize, number(3)), "entry of trade {i}");
        let (ended, at) = match fills.get(i + 1) {
            Some((day, _, price)) => (days.iter().position(|d| d == day).unwrap(), *price),
            None => (days.len() - 1, last_open),
        };
        assert_eq!((ended, at), (number(2) as usize, number(4)), "exit of trade {i}");
    }
    statistics(&result["bars"]["paper"], &folder.join("goog_smacross_10_30_stats.json"));
    place.ok(&["verify", "job.toml", "--workers", "1,2,3", "--cuts", "2"]);
}

/// Every number of the reference that tells of the result, in its own units.
fn statistics(ours: &Value, reference: &Path) {
    let theirs: Value = serde_json::from_slice(&fs::read(reference).unwrap()).unwrap();
    let percent = [
        ("exposure", "Exposure Time [%]"),
        ("total_return", "Return [%]"),
        ("buy_and_hold_return", "Buy & Hold Return [%]"),
        ("annual_return", "Return (Ann.) [%]"),
        ("annual_volatility", "Volatility (Ann.) [%]"),
        ("cagr", "CAGR [%]"),
        ("alpha", "Alpha [%]"),
        ("win_rate", "Win Rate [%]"),
        ("best_trade", "Best Trade [%]"),
        ("worst_trade", "Worst Trade [%]"),
        ("avg_trade", "Avg. Trade [%]"),
        ("expectancy", "Expectancy [%]"),
    ];
    let plain = [
        ("equity_final", "Equity Final [$]"),
        ("equity_peak", "Equity Peak [$]"),
        ("sharpe", "Sharpe Ratio"),
        ("sortino", "Sortino Ratio"),
        ("calmar", "Calmar Ratio"),
        ("beta", "Beta"),
        ("trades", "# Trades"),
        ("profit_factor", "Profit Factor"),
        ("sqn", "SQN"),
        ("kelly", "Kelly Criterion"),
    ];
    let same = |our_name: &str, unit: f64, their_name: &str| {
        let (ours, theirs) =
            (ours[our_name].as_f64().unwrap(), theirs[their_name].as_f64().unwrap());
        let away = (ours * unit - theirs).abs();
        assert!(away <= 1e-11 * theirs.abs(), "{our_name}: {} is not {theirs}", ours * unit);
    };
    percent.iter().for_each(|(ours, theirs)| same(ours, 100.0, theirs));
    plain.iter().for_each(|(ours, theirs)| same(ours, 1.0, theirs));
    same("max_drawdown", -100.0, "Max. Drawdown [%]");
    same("avg_drawdown", -100.0, "Avg. Drawdown [%]");
    // They round means of times up to whole bars.
    for (our_name, their_name) in [
        ("max_drawdown_days", "Max. Drawdown Duration"),
        ("avg_drawdown_days", "Avg. Drawdown Duration"),
        ("max_trade_days", "Max. Trade Duration"),
        ("avg_trade_days", "Avg. Trade Duration"),
    ] {
        let days = ours[our_name].as_f64().unwrap().ceil();
        assert_eq!(format!("{days} days 00:00:00"), theirs[their_name], "{our_name}");
    }
    // To the cent.
    assert_eq!((ours["equity_final"].as_f64().unwrap() * 100.0).round(), 5_142_299.0);
    assert_eq!(&ours["from"].as_str().unwrap()[..10], &theirs["Start"].as_str().unwrap()[..10]);
    assert_eq!(&ours["to"].as_str().unwrap()[..10], &theirs["End"].as_str().unwrap()[..10]);
}
