//! Indicators as window functions: the same numbers as in jobs.

use crate::world::{World, error, rows, text};
use operators::indicators::{BAR_COLUMNS, IndicatorSpec, Input};
use query::{Format, Sql};
use std::fmt::Write;
use std::fs;

const ROWS: usize = 150;

/// Bars that rise and fall.
fn bars() -> Vec<[f64; 5]> {
    let mut close = 100.0_f64;
    let bar = |row: usize| {
        let open = close;
        close += ((row * 37 % 19) as f64 - 9.0) / 4.0;
        let (high, low) = (open.max(close) + 0.25, open.min(close) - 0.5);
        [open, high, low, close, 1.0 + (row * 13 % 7) as f64]
    };
    (0..ROWS).map(bar).collect()
}

/// What an indicator gives over these bars.
fn expected(spec: &IndicatorSpec, bars: &[[f64; 5]]) -> Vec<Vec<f64>> {
    let column = |place: usize| bars.iter().map(|bar| bar[place]).collect::<Vec<f64>>();
    let columns: Vec<Vec<f64>> = match spec.indicator().input() {
        Input::Value => vec![column(3)],
        Input::Pair => vec![column(3), column(0)],
        Input::Bar => (0..5).map(column).collect(),
    };
    let inputs: Vec<&[f64]> = columns.iter().map(|column| &column[..]).collect();
    let mut outputs = vec![vec![0.0; bars.len()]; spec.indicator().outputs().len()];
    let mut slices: Vec<&mut [f64]> = outputs.iter_mut().map(|output| &mut output[..]).collect();
    spec.indicator().start().run(&inputs, &mut slices);
    outputs
}

/// The function as SQL calls it.
fn call(name: &str, spec: &IndicatorSpec) -> String {
    let columns = spec.reads().into_iter().map(|place| match spec.indicator().input() {
        Input::Bar => BAR_COLUMNS[place].to_owned(),
        _ => ["close", "open"][place].to_owned(),
    });
    let values = serde_json::to_value(spec).unwrap();
    let kind = IndicatorSpec::kinds().iter().find(|kind| kind.kind == spec.kind()).unwrap();
    let parameters = kind.parameters.iter().map(|parameter| {
        let value = &values[spec.kind()][parameter.name];
        value.as_str().map_or_else(|| value.to_string(), |text| format!("'{text}'"))
    });
    let arguments: Vec<String> = columns.chain(parameters).collect();
    format!("{name}({}) OVER w", arguments.join(", "))
}

#[test]
fn every_indicator_gives_the_numbers_of_jobs() {
    let world = World::new();
    let sql = Sql::without_lake().unwrap();
    let bars = bars();
    let mut text = "n,open,high,low,close,volume\n".to_owned();
    for (n, [open, high, low, close, volume]) in bars.iter().enumerate() {
        writeln!(text, "{n},{open},{high},{low},{close},{volume}").unwrap();
    }
    let file = world.path().join("bars.csv");
    fs::write(&file, text).unwrap();
    let known = rows(&sql, "SELECT routine_name FROM information_schema.routines");
    let mut renamed = Vec::new();
    let mut seen = Vec::new();
    for spec in IndicatorSpec::examples() {
        if seen.contains(&spec.kind()) {
            continue;
        }
        seen.push(spec.kind());
        let ta = format!("ta_{}", spec.kind());
        let name = if known.contains(&ta) { &ta } else { spec.kind() };
        if name == ta {
            renamed.push(spec.kind());
        }
        let outputs = spec.indicator().outputs();
        let part = |output: &str| match outputs.len() {
            1 => call(name, &spec),
            _ => format!("({})['{output}']", call(name, &spec)),
        };
        let parts: Vec<String> = outputs.iter().map(|output| part(output.name)).collect();
        let query = format!(
            "SELECT n, {} FROM '{}' WINDOW w AS (ORDER BY n) ORDER BY n",
            parts
                .iter()
                .enumerate()
                .map(|(i, p)| format!("{p} AS o{i}"))
                .collect::<Vec<_>>()
                .join(", "),
            file.display()
        );
        let expected = expected(&spec, &bars);
        for (n, row) in rows(&sql, &query).iter().enumerate() {
            let found = row.split(',').skip(1);
            for (output, found) in expected.iter().zip(found) {
                let found: f64 = if found.is_empty() { f64::NAN } else { found.parse().unwrap() };
                let same = found == output[n] || (found.is_nan() && output[n].is_nan());
                assert!(same, "{spec:?} row {n}: {found}, expected {}", output[n]);
            }
        }
    }
    for name in ["min", "max", "sum", "stddev", "var", "vwap", "sin", "sqrt"] {
        assert!(renamed.contains(&name), "ta_{name}: {renamed:?}");
    }
    assert!(!renamed.contains(&"ema") && !renamed.contains(&"rsi"), "{renamed:?}");
}

#[test]
fn partitions_have_states_of_their_own_and_structs_their_parts() {
    let sql = Sql::without_lake().unwrap();
    let table = "(VALUES ('b', 1, 10.0), ('a', 1, 1), ('b', 2, 20), ('a', 3, NULL), ('a', 2, 3), \
                 ('a', 4, 5), ('b', 3, 40)) AS t(g, n, v)";
    let query = format!(
        "SELECT g, n, sma(v, 2) OVER (PARTITION BY g ORDER BY n) FROM {table} ORDER BY g, n"
    );
    let expected = ["a,1,", "a,2,2.0", "a,3,", "a,4,4.0", "b,1,", "b,2,15.0", "b,3,30.0"];
    assert_eq!(rows(&sql, &query), expected);
    let query = format!(
        "SELECT n, bbands(v, 2, 1, 1) OVER (ORDER BY n)['middle'] AS m FROM {table} \
         WHERE g = 'b' ORDER BY n"
    );
    assert_eq!(rows(&sql, &query), ["1,", "2,15.0", "3,30.0"]);
    let query = format!("SELECT bbands(v, 2, 1, 1) OVER (ORDER BY n) AS b FROM {table}");
    let csv = text(&sql, &query, Format::Csv).unwrap();
    assert_eq!(csv.lines().next(), Some("b.upper,b.middle,b.lower"), "as columns: {csv}");
    let world = World::new();
    // The first of each has none before it.
    let query = "SELECT symbol, mom(price, 1) OVER (PARTITION BY symbol ORDER BY ts) AS m \
                 FROM trades ORDER BY ts LIMIT 2";
    assert_eq!(rows(&world.sql(), query), ["BTCUSDT,", "ETHUSDT,"]);
}

#[test]
fn what_an_indicator_would_ignore_is_refused() {
    let sql = Sql::without_lake().unwrap();
    let of = |call: &str| error(&sql, &format!("SELECT {call} FROM (VALUES (1, 2.0)) AS t(n, v)"));
    let text = of("ema(v, 3) OVER (ORDER BY n ROWS 2 PRECEDING)");
    assert!(text.starts_with("ema has its own window and ignores ROWS BETWEEN 2"), "{text}");
    let text = of("n + ema(v, 3) OVER w + 1 AS e FROM (VALUES (1, 2.0)) AS t(n, v) WINDOW w AS \
                   (ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) UNION ALL \
                   SELECT 1");
    assert!(text.starts_with("ema has its own window"), "{text}");
    let text = of("ema(v, 3) OVER (PARTITION BY n)");
    assert!(text.starts_with("ema needs an order of its rows"), "{text}");
    for place in ["WHERE X > 1", "GROUP BY n, X", "GROUP BY n, v HAVING X > 1"] {
        let place = place.replace('X', "ema(v, 3) OVER (ORDER BY n)");
        let query = format!("SELECT n FROM (VALUES (1, 2.0)) AS t(n, v) {place}");
        let text = error(&sql, &query);
        assert!(text.starts_with("ema cannot stand here"), "{place}: {text}");
    }
    for (call, expected) in [
        ("hurst(v) OVER (ORDER BY n)", "hurst takes other arguments: hurst(close, period)"),
        (
            "stoch(v, v) OVER (ORDER BY n)",
            "stoch takes other arguments: stoch(high, low, close[, fastk, slowk, slowk_ma, slowd, \
             slowd_ma])",
        ),
        ("ema(v, n) OVER (ORDER BY n)", "ema: `period` must be a constant"),
        ("ema(v, 0) OVER (ORDER BY n)", "invalid value: integer `0`, expected a number of rows"),
        ("ema('x', 3) OVER (ORDER BY n)", "ema: Utf8"),
        ("atr(v, 3) OVER (ORDER BY n)", "atr(high, low, close[, period, unstable])"),
        ("ema(v, 3) IGNORE NULLS OVER (ORDER BY n)", "ema takes no FILTER"),
    ] {
        let text = of(call);
        assert!(text.contains(expected), "{call}: {text}");
    }
}
