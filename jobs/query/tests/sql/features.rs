//! Features as window functions: the same numbers as in jobs.

use crate::world::{World, error, rows};
use operators::{
    bars::BarTrade,
    features::{FeatureSpec, Reads, Scales},
    market::Top,
};
use query::Sql;
use schemas::{EventTime, Span, chunk::NO_ID};
use std::{collections::BTreeMap, fmt::Write, fs};

const ROWS: i64 = 400;

/// A hundred-millionth, the unit that they compute in.
const UNIT: i64 = 100_000_000;

/// A record: its time, price and quantity in cents and hundredths, and the aggressor.
fn tape() -> Vec<(i64, i64, i64, i8)> {
    let record = |row: i64| {
        let at = row * Span::SECOND.0 / 2 + row % 3;
        (at, 10_000 + row * 37 % 190, 1 + row * 13 % 70, [1, -1, 0, 1, -1][row as usize % 5])
    };
    (0..ROWS).map(record).collect()
}

/// The feature with the one series that SQL hands it as its value.
fn of_value(spec: &FeatureSpec) -> (FeatureSpec, serde_json::Value, bool) {
    let kind = spec.running().unwrap().kind();
    let mut json = serde_json::to_value(spec).unwrap();
    let has_on = json[kind].get("on").is_some();
    if has_on {
        json[kind]["on"] = "trade.price".into();
    }
    (serde_json::from_value(json.clone()).unwrap(), json[kind].take(), has_on)
}

#[test]
fn every_feature_gives_the_numbers_of_jobs() {
    let (world, sql) = (World::new(), Sql::without_lake().unwrap());
    let mut text = "t,price,quantity,side,sign,ask\n".to_owned();
    for (at, price, quantity, side) in tape() {
        let word = ["sell", "", "buy"][(side + 1) as usize];
        let cents = |raw: i64| format!("{}.{:02}", raw / 100, raw % 100);
        let (bid, ask) = (cents(price), cents(price + quantity));
        writeln!(text, "{at},{bid},{},{word},{side},{ask}", cents(quantity)).unwrap();
    }
    let file = world.path().join("trades.csv");
    fs::write(&file, text).unwrap();
    let mut seen = BTreeMap::new();
    for example in FeatureSpec::examples() {
        let (spec, mut given, has_on) = of_value(&example);
        let feature = spec.running().unwrap();
        let columns = match (has_on, feature.reads()) {
            (true, _) => "price",
            (_, Reads::Trades) => "price, quantity, side",
            (_, Reads::Quotes) => "price, quantity, ask, quantity",
        };
        let kinds = FeatureSpec::running_kinds();
        let entry = kinds.iter().find(|entry| entry.kind == feature.kind()).unwrap();
        let told = entry.parameters.iter().filter(|p| p.name != "on");
        let value = |name: &str| match given[name].take() {
            serde_json::Value::String(text) => format!(", '{text}'"),
            number => format!(", {number}"),
        };
        let parameters: String = told.map(|p| p.name).map(value).collect();
        let call = format!("{}(ts, {columns}{parameters})", feature.kind());
        let query = format!(
            "SELECT t, {call} OVER (ORDER BY ts) FROM (SELECT *, arrow_cast(t, 'Timestamp(ns)') AS \
             ts FROM '{}') ORDER BY ts",
            file.display()
        );
        let mut state = feature.start(Scales { price: 8, quantity: 8 });
        let found = rows(&sql, &query);
        for ((at, price, quantity, side), found) in tape().into_iter().zip(&found) {
            let (price, quantity) = (price * UNIT / 100, quantity * UNIT / 100);
            let amount = if has_on { 0 } else { quantity };
            let side = if has_on { 0 } else { side };
            match feature.reads() {
                Reads::Trades => {
                    let quantity = amount;
                    let trade = BarTrade { price, quantity, side, tainted: false };
                    state.trades(&[(EventTime(at), trade)]);
                }
                Reads::Quotes => {
                    let (ask, update_id) = (price + quantity, NO_ID);
                    let (bid, bid_quantity, ask_quantity) = (price, quantity, quantity);
                    let top = Top { bid, bid_quantity, ask, ask_quantity, update_id };
                    state.quote(EventTime(at), &top);
                }
            }
            let expected = state.value(EventTime(at));
            let found = found.split_once(',').map_or("", |(_, value)| value);
            let found: f64 = if found.is_empty() { f64::NAN } else { found.parse().unwrap() };
            let same = found == expected || found.is_nan() && expected.is_nan();
            assert!(same, "{call} at {at}: {found}, expected {expected}");
            *seen.entry(feature.kind()).or_insert(0) += usize::from(!found.is_nan());
        }
        assert_eq!(found.len(), tape().len());
        let by_number = query.replace("side", "sign");
        assert_eq!(rows(&sql, &by_number), found, "the side as a number");
    }
    assert!(seen.values().all(|values| *values > 0), "one had no value: {seen:?}");
}

#[test]
fn of_the_lake_by_instrument() {
    let world = World::new();
    let query = "SELECT symbol, window_count(ts, price, '1h') OVER (PARTITION BY symbol ORDER BY \
                 ts) AS n FROM trades ORDER BY ts LIMIT 2";
    assert_eq!(rows(&world.sql(), query), ["BTCUSDT,", "ETHUSDT,"], "an hour has not passed");
    let query = "SELECT symbol, window_last(ts, price, '1ns') OVER (PARTITION BY symbol ORDER BY \
                 ts) - price AS n FROM trades ORDER BY ts LIMIT 2";
    assert!(rows(&world.sql(), query).iter().all(|row| row.ends_with(',') || row.ends_with("0.0")));
}

#[test]
fn what_is_wrong_is_told() {
    let sql = Sql::without_lake().unwrap();
    let of = |call: &str| {
        let query = "FROM (VALUES (2, 2.0), (1, 1.0)) AS t(n, v)";
        let times = format!("(SELECT *, arrow_cast(n, 'Timestamp(ns)') AS ts {query})");
        error(&sql, &format!("SELECT {call} FROM {times}"))
    };
    for (call, expected) in [
        (
            "window_mean(ts, v) OVER (ORDER BY ts)",
            "window_mean takes other arguments: window_mean(ts, value, from[, to])",
        ),
        ("window_mean(n, v, '5s') OVER (ORDER BY ts)", "window_mean: Int64 is no time"),
        ("window_mean(ts, v, '0s') OVER (ORDER BY ts)", "0s is no span of time above 0"),
        ("window_mean(ts, v, '5s') OVER (ORDER BY v DESC)", "in the order of their times"),
        ("window_mean(ts, v, '5s') OVER (PARTITION BY n)", "needs an order of its rows"),
        ("window_mean(ts, v, '5s') OVER (ORDER BY ts ROWS 1 PRECEDING)", "has its own window"),
    ] {
        let text = of(call);
        assert!(text.contains(expected), "{call}: {text}");
    }
}
