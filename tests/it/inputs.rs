//! What indicators are computed on: columns in the places of a bar's, indicators that look like
//! bars, TA-Lib's names of parameters, and columns that are sampled when another bar closes.

use operators::indicators::{IndicatorSpec, IndicatorState};
use pipeline::verify::{VerifyOptions, verify};
use schemas::Span;
use std::{path::Path, sync::Arc};
use tapeflow::spec::{self, Files};

const JOB: &str = r#"[job]
name = "inputs"
[[source]]
synthetic = { venue = "demo", instruments = 1, minutes = 10, seed = 5 }
[bars]
bar_10s = { time = { every = "10s", clock = "receive", empty = "carry" } }
bar_30s = { time = { every = "30s", clock = "receive" } }
[lake]
readings = "bars"
[indicators]
close = { sma = { period = 1, on = "bar_10s.close" } }
vwap = { sma = { period = 1, on = "bar_10s.vwap" } }
buys = { sma = { period = 1, on = "bar_10s.buy_volume" } }
ha = { ha = { on = "bar_10s" } }
range = { atr = { timeperiod = 3, on = "ha" } }
same = { atr = { period = 3, on = { high = "ha_high", low = "ha_low", close = "ha_close" } } }
flow = { obv = { on = { close = "bar_10s.vwap", volume = "bar_10s.buy_volume" } } }
ranges = { atr = { period = 2, on = "bar_10s", at = "bar_30s" } }
sampled = { sma = { timeperiod = 2, on = "bar_10s.close", at = "bar_30s" } }
fast = { ema = { period = 3, on = "trade.price" } }
seen = { sma = { period = 2, on = "fast", at = "bar_10s" } }
late = { sub = { on = ["fast", "bar_30s.close"], at = "bar_30s" } }
wide = { bbands = { period = 3, nbdevup = 1, nbdevdn = -1, matype = 1, on = "bar_10s.close" } }
"#;

/// The values of an indicator over rows of columns, its first output.
fn over(spec: &str, columns: &[Vec<f64>]) -> Vec<f64> {
    let spec: IndicatorSpec = serde_json::from_str(spec).unwrap();
    let mut state: Box<dyn IndicatorState> = spec.indicator().start();
    let rows = columns[0].len();
    let mut outputs = vec![vec![0.0; rows]; spec.indicator().outputs().len()];
    let inputs: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let mut slices: Vec<&mut [f64]> = outputs.iter_mut().map(Vec::as_mut_slice).collect();
    state.run(&inputs, &mut slices);
    outputs.swap_remove(0)
}

#[test]
fn values_are_those_of_the_columns_that_are_named() {
    let plan = spec::plan(Path::new("job.toml"), JOB, &[], Files::MustExist)
        .unwrap_or_else(|error| panic!("{:?}", miette::Report::new(error)));
    let slots = plan.market.readings.as_ref().unwrap().slots.clone();
    let shared = |name: &str| {
        let of =
            |column: &&pipeline::plan::ColumnPlan| column.shared_with.iter().any(|n| n == name);
        plan.columns.iter().find(of).map(|column| column.name.clone())
    };
    assert_eq!(shared("same").as_deref(), Some("range"), "one node for both");
    let rows = pipeline::readings(&plan).unwrap();
    assert!(rows.len() >= 55, "{}", rows.len());
    let column = |name: &str| -> Vec<f64> {
        let is_it = |slot: &u32| plan.columns[*slot as usize].name == name;
        let place = slots.iter().position(is_it).unwrap_or_else(|| panic!("no column {name}"));
        rows.iter().map(|row| row.values[place]).collect()
    };
    let same = |found: &[f64], expected: &[f64], what: &str| {
        let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(found), bits(expected), "{what}");
        assert!(found.iter().filter(|value| value.is_finite()).count() > 10, "{what}: no values");
    };
    let [high, low, close] = ["high", "low", "close"].map(|name| column(&format!("ha_{name}")));
    let bar = [high.clone(), high, low, close.clone(), close];
    same(&column("range"), &over(r#"{ "atr": { "period": 3 } }"#, &bar), "atr of candles");
    let vwap = column("vwap");
    let bar = [vwap.clone(), vwap.clone(), vwap.clone(), vwap, column("buys")];
    same(&column("flow"), &over(r#"{ "obv": {} }"#, &bar), "obv of two columns");
    let two = r#"{ "sma": { "period": 2 } }"#;
    same(&column("seen"), &over(two, &[column("fast")]), "trades seen at bars");
    let bands = r#"{ "bbands": { "period": 3, "up": 1, "down": -1, "ma": "ema" } }"#;
    same(&column("wide_upper"), &over(bands, &[column("close")]), "bands by TA-Lib's names");
    // Of what is sampled every half minute, at those rows.
    let half = Span::SECOND.0 * 30;
    let at_half = |values: &[f64]| -> Vec<f64> {
        let rows = rows.iter().zip(values).filter(|(row, _)| row.key.ts.0 % half == 0);
        rows.map(|(_, value)| *value).collect()
    };
    let expected = over(two, &[at_half(&column("close"))]);
    same(&at_half(&column("sampled")), &expected, "closes seen at other bars");
}

#[test]
fn the_same_bytes_however_it_is_run() {
    let plan = spec::plan(Path::new("job.toml"), JOB, &[], Files::MustExist).unwrap();
    let options = VerifyOptions {
        workers: vec![1, 2],
        quantum: Span(100_000_000),
        other_quantum: Span(7_000_000),
        cuts: 2,
        seed: 1,
    };
    let verdict = verify(&Arc::new(plan), &options, &mut |_| {}).unwrap();
    assert!(verdict.ok, "{:#?}", verdict.first_difference);
}
