//! Indicators against the examples of Tulip Indicators, which has them to three decimal places.
//! Left out is what follows another convention: Tulip's exponential averages start from the first
//! value, and with them `apo`, `cvi`, `dema`, `macd`, `mass`, `ppo`, `qstick`, `tema`, `trix`; and
//! its `obv` starts from nothing, not from the first volume.

#[path = "shared/mod.rs"]
mod shared;

use operators::indicators::{IndicatorSpec, Input};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Columns of a bar, in the order in which indicators take them.
const BAR: [&str; 5] = ["open", "high", "low", "close", "volume"];

/// Tulip's function with its options, ours with its parameters, the columns that it reads (`real`
/// is a series), and the places of our outputs in the order of Tulip's.
type Case = (&'static str, Value, &'static str, &'static [usize]);

/// Functions whose one option is a number of rows, here always 5.
const OF_FIVE: &[(&str, &str, &str, &[usize])] = &[
    ("aroon 5", "aroon", "high low", &[0, 1]),
    ("aroonosc 5", "aroonosc", "high low", &[0]),
    ("cci 5", "cci", "high low close", &[0]),
    ("cmo 5", "cmou", "real", &[0]),
    ("decay 5", "decay", "real", &[0]),
    ("dpo 5", "dpo", "real", &[0]),
    ("edecay 5", "edecay", "real", &[0]),
    ("fisher 5", "fisher", "high low", &[0, 1]),
    ("fosc 5", "fosc", "real", &[0]),
    ("hma 5", "hma", "real", &[0]),
    ("kama 5", "kama", "real", &[0]),
    ("lag 5", "lag", "real", &[0]),
    ("linreg 5", "linearreg", "real", &[0]),
    ("linregintercept 5", "linearreg_intercept", "real", &[0]),
    ("linregslope 5", "linearreg_slope", "real", &[0]),
    ("max 5", "max", "real", &[0]),
    ("md 5", "avgdev", "real", &[0]),
    ("mfi 5", "mfi", "high low close volume", &[0]),
    ("min 5", "min", "real", &[0]),
    ("mom 5", "mom", "real", &[0]),
    ("msw 5", "msw", "real", &[0, 1]),
    ("roc 5", "rocp", "real", &[0]),
    ("rocr 5", "rocr", "real", &[0]),
    ("rsi 5", "rsi", "real", &[0]),
    ("sma 5", "sma", "real", &[0]),
    ("stderr 5", "stderr", "real", &[0]),
    ("sum 5", "sum", "real", &[0]),
    ("trima 5", "trima", "real", &[0]),
    ("tsf 5", "tsf", "real", &[0]),
    ("var 5", "var", "real", &[0]),
    ("vhf 5", "vhf", "real", &[0]),
    ("vwma 5", "vwma", "close volume", &[0]),
    ("wilders 5", "rma", "real", &[0]),
    ("willr 5", "willr", "high low close", &[0]),
    ("wma 5", "wma", "real", &[0]),
];

/// Functions without options.
const OF_NONE: &[(&str, &str, &str, &[usize])] = &[
    ("abs", "abs", "real", &[0]),
    ("ad", "ad", "high low close volume", &[0]),
    ("avgprice", "avgprice", "open high low close", &[0]),
    ("bop", "bop", "open high low close", &[0]),
    ("crossany", "crossany", "real1 real2", &[0]),
    ("crossover", "crossover", "real1 real2", &[0]),
    ("emv", "emv", "high low volume", &[0]),
    ("marketfi", "marketfi", "high low volume", &[0]),
    ("medprice", "medprice", "high low", &[0]),
    ("nvi", "nvi", "close volume", &[0]),
    ("pvi", "pvi", "close volume", &[0]),
    ("round", "round", "real", &[0]),
    ("todeg", "todeg", "real", &[0]),
    ("torad", "torad", "real", &[0]),
    ("tr", "trange", "high low close", &[0]),
    ("trunc", "trunc", "real", &[0]),
    ("typprice", "typprice", "high low close", &[0]),
    ("wad", "wad", "high low close", &[0]),
    ("wcprice", "wclprice", "high low close", &[0]),
];

/// Where Tulip begins at another row than TA-Lib, whose rows ours are: what both have is compared.
const BEGIN_ELSEWHERE: [&str; 5] = ["cci 5", "kama 5", "msw 5", "tr", "wad"];

/// All that are compared.
fn cases() -> Vec<Case> {
    let others: [Case; 7] = [
        (
            "bbands 5 2",
            json!({ "bbands": { "period": 5, "up": 2.0, "down": 2.0 } }),
            "real",
            &[2, 1, 0],
        ),
        ("psar .2 2", json!({ "sar": { "acceleration": 0.2, "maximum": 2.0 } }), "high low", &[0]),
        ("stddev 5", json!({ "stddev": { "period": 5, "deviations": 1.0 } }), "real", &[0]),
        (
            "stoch 5 3 3",
            json!({ "stoch": { "fastk": 5, "slowk": 3, "slowd": 3 } }),
            "high low close",
            &[0, 1],
        ),
        (
            "ultosc 2 3 5",
            json!({ "ultosc": { "period1": 2, "period2": 3, "period3": 5 } }),
            "high low close",
            &[0],
        ),
        (
            "volatility 5",
            json!({ "volatility": { "period": 5, "rows_per_year": 252.0 } }),
            "real",
            &[0],
        ),
        ("vidya 2 5 .2", json!({ "vidya": { "short": 2, "long": 5, "alpha": 0.2 } }), "real", &[0]),
    ];
    let of = |table: &'static [(&str, &str, &str, &[usize])], parameters: Value| {
        table.iter().map(move |(theirs, ours, inputs, outputs)| {
            let spec = [((*ours).to_owned(), parameters.clone())];
            (*theirs, Value::Object(spec.into_iter().collect()), *inputs, *outputs)
        })
    };
    let simple = of(OF_FIVE, json!({ "period": 5 })).chain(of(OF_NONE, json!({})));
    simple.chain(others).collect()
}

/// The columns of each example by its heading.
fn parse(text: &str) -> BTreeMap<&str, Vec<Vec<f64>>> {
    let mut found: BTreeMap<&str, Vec<Vec<f64>>> = BTreeMap::new();
    let mut heading = "";
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        match line.strip_prefix('{').and_then(|line| line.strip_suffix('}')) {
            Some(numbers) => {
                let numbers = numbers.split(',').filter(|number| !number.is_empty());
                let numbers = numbers.map(|number| number.parse().unwrap()).collect();
                found.entry(heading).or_default().push(numbers);
            }
            None if !line.is_empty() => heading = line,
            None => {}
        }
    }
    found
}

/// Our outputs over the columns of an example.
fn run(spec: &IndicatorSpec, names: &[&str], inputs: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let rows = inputs[0].len();
    let unused = vec![1.0; rows];
    let place = |name: &&str| names.iter().position(|other| other == name);
    let columns: Vec<&[f64]> = match spec.indicator().input() {
        Input::Bar => {
            let column = |name| place(name).map_or(&unused[..], |place| &inputs[place][..]);
            BAR.iter().map(column).collect()
        }
        _ => inputs.iter().map(Vec::as_slice).collect(),
    };
    let mut outputs = vec![vec![0.0; rows]; spec.indicator().outputs().len()];
    let mut slices: Vec<&mut [f64]> = outputs.iter_mut().map(Vec::as_mut_slice).collect();
    spec.indicator().start().run(&columns, &mut slices);
    outputs
}

#[test]
fn examples_of_tulip_are_met() {
    let Some(file) = shared::shared_file("tulipindicators__tests/untest.txt") else { return };
    let text = std::fs::read_to_string(file).unwrap();
    let examples = parse(&text);
    let mut wrong = Vec::new();
    for (heading, spec, names, places) in cases() {
        let spec: IndicatorSpec = serde_json::from_value(spec).unwrap();
        let names: Vec<&str> = names.split(' ').collect();
        let (inputs, expected) = examples[heading].split_at(names.len());
        assert_eq!(expected.len(), places.len(), "{heading}");
        let outputs = run(&spec, &names, inputs);
        for (place, expected) in places.iter().zip(expected) {
            // Tulip's output begins with its first value.
            let values = outputs[*place].iter().copied();
            let found: Vec<f64> = values.skip_while(|value| value.is_nan()).collect();
            let both = match BEGIN_ELSEWHERE.contains(&heading) {
                true => found.len().min(expected.len()),
                false => found.len(),
            };
            let found = &found[found.len() - both..];
            let expected = &expected[expected.len().saturating_sub(both)..];
            let near = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-9 * a.abs() + 5.1e-4;
            if found.len() != expected.len() || !found.iter().zip(expected).all(near) {
                wrong.push(format!("{heading}:\n  {found:?}\n  {expected:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
