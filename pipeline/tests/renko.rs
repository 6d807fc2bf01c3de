//! Bricks against those of Stock.Indicators, which builds them from closes.

#[path = "shared/mod.rs"]
mod shared;

use operators::bars::{BarEvent, BrickStart, Builder, Rule};
use schemas::{EventTime, OrderKey};
use serde_json::Value;

/// Decimal places of a price, so many that their average range is exact to the last digit.
const PLACES: i32 = 13;

/// Open, close and the number of the daily bar whose close completed it.
fn bricks(closes: &[f64], height: f64, start: BrickStart) -> Vec<(f64, f64, usize)> {
    let raw = |price: f64| (price * 10_f64.powi(PLACES)).round() as i64;
    let price = |raw: i64| raw as f64 / 10_f64.powi(PLACES);
    let mut builder = Builder::new(Rule::Renko { brick: raw(height), start });
    let mut found = Vec::new();
    for (row, close) in closes.iter().enumerate() {
        let at = EventTime(row as i64);
        let event = BarEvent {
            from: at,
            to: at,
            prices: [raw(*close); 4],
            volume: 1,
            buy_volume: 0,
            notional: 0,
            trades: 1,
            side: 0,
            tainted: false,
        };
        builder.add(OrderKey::source(at, 0, 0, row as u64, 0), &event);
        while builder.complete {
            let [open, .., close] = builder.finish().event().prices.map(price);
            found.push((open, close, row));
        }
    }
    found
}

/// The rows of a file of results.
fn results(file: &str) -> Vec<Value> {
    let path = format!("Stock.Indicators__refs/results/{file}.standard.json");
    let text = std::fs::read_to_string(shared::shared_file(&path).unwrap()).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn bricks_of_stock_indicators_are_met() {
    let quotes = shared::shared_file("Stock.Indicators__refs/quotes/default.csv");
    let Some(quotes) = quotes else { return };
    let text = std::fs::read_to_string(quotes).unwrap();
    let days: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let closes: Vec<f64> = days.iter().map(|day| day[4].parse().unwrap()).collect();
    // Their bricks of 1 begin at the first close without its decimal places, 213. Those whose
    // height is an average range take that of the last bar, which is known when all is over; with
    // that height they are ours from the first close on.
    let ranges = results("atr");
    let range = ranges.last().unwrap()["atr"].as_f64().unwrap();
    for (file, height, start, count) in
        [("renko", 1.0, BrickStart::Multiple, 422), ("renko-atr", range, BrickStart::First, 29)]
    {
        let expected = results(file);
        let found = bricks(&closes, height, start);
        assert_eq!((found.len(), expected.len()), (count, count), "{file}");
        for (place, ((open, close, row), theirs)) in found.iter().zip(&expected).enumerate() {
            let near = |ours: f64, field: &str| {
                let theirs = theirs[field].as_f64().unwrap();
                (ours - theirs).abs() <= 1e-9 * theirs
            };
            assert!(near(*open, "open") && near(*close, "close"), "{file} {place}: {theirs}");
            assert!(theirs["timestamp"].as_str().unwrap().starts_with(days[*row][0]), "{place}");
            assert_eq!(theirs["isUp"], open < close, "{file} {place}");
        }
    }
    assert_eq!(bricks(&closes, 1.0, BrickStart::First).len(), 412, "lines at 212.8, 213.8, …");
}
