//! Candlestick patterns against Tulip's examples. Tulip says what is long, short and near by other
//! shares than TA-Lib, whose patterns ours are, and yet the examples hold but for a few.

use super::{numbers, shared};
use operators::indicators::IndicatorSpec;
use serde_json::json;

/// Tulip's pattern, ours, and its sign: 0 is any.
const PATTERNS: &[(&str, &str, f64)] = &[
    ("abandoned_baby_bear", "cdlabandonedbaby", -1.0),
    ("abandoned_baby_bull", "cdlabandonedbaby", 1.0),
    ("big_black_candle", "cdllongline", -1.0),
    ("big_white_candle", "cdllongline", 1.0),
    ("black_marubozu", "cdlmarubozu", -1.0),
    ("doji", "cdldoji", 0.0),
    ("dragonfly_doji", "cdldragonflydoji", 0.0),
    ("engulfing_bear", "cdlengulfing", -1.0),
    ("engulfing_bull", "cdlengulfing", 1.0),
    ("evening_doji_star", "cdleveningdojistar", -1.0),
    ("evening_star", "cdleveningstar", -1.0),
    ("gravestone_doji", "cdlgravestonedoji", 0.0),
    ("hammer", "cdlhammer", 0.0),
    ("hanging_man", "cdlhangingman", 0.0),
    ("inverted_hammer", "cdlinvertedhammer", 0.0),
    ("long_legged_doji", "cdllongleggeddoji", 0.0),
    ("marubozu", "cdlmarubozu", 0.0),
    ("morning_doji_star", "cdlmorningdojistar", 1.0),
    ("morning_star", "cdlmorningstar", 1.0),
    ("spinning_top", "cdlspinningtop", 0.0),
    ("three_black_crows", "cdl3blackcrows", -1.0),
    ("three_white_soldiers", "cdl3whitesoldiers", 1.0),
    ("white_marubozu", "cdlmarubozu", 1.0),
];

/// Patterns that TA-Lib has not.
const NO_COUNTERPART: &[&str] = &["four_price_doji", "star"];

/// Example and pattern, counted from 0 as in the file, that TA-Lib does not see, with the reason.
const NOT_SEEN: &[(usize, &str, &str)] = &[
    (3, "big_white_candle", "its shadows are not shorter than those before"),
    (4, "big_white_candle", "its shadows are not shorter than those before"),
    (5, "abandoned_baby_bull", "its last body is short"),
    (5, "morning_doji_star", "its last body is short"),
    (5, "morning_star", "its last body is short"),
    (6, "morning_star", "its last body is short"),
];

#[test]
fn candles_of_tulip_are_seen() {
    let Some(file) = shared::shared_file("tulipindicators__tests/candles.txt") else { return };
    let text = std::fs::read_to_string(file).unwrap();
    let (mut columns, mut example, mut counts, mut wrong) = (Vec::new(), 0, [0; 3], Vec::new());
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    for line in lines.filter(|line| !line.starts_with('#')).skip(1) {
        if line == "candle" {
            (columns, example) = (Vec::new(), example + 1);
            continue;
        }
        if let Some(column) = numbers(line) {
            columns.push(column.iter().map(|text| text.parse().unwrap()).collect::<Vec<f64>>());
            continue;
        }
        // A pattern and the rows in which it is seen, or is not.
        let mut words = line.trim_start_matches('!').split(' ');
        let name = words.next().expect("a pattern");
        let Some((_, kind, sign)) = PATTERNS.iter().find(|(theirs, ..)| *theirs == name) else {
            assert!(NO_COUNTERPART.contains(&name), "{line}: neither compared nor listed");
            counts[1] += 1;
            continue;
        };
        let spec: IndicatorSpec = serde_json::from_value(json!({ *kind: {} })).unwrap();
        let volume = vec![1.0; columns[0].len()];
        let inputs: Vec<&[f64]> = columns.iter().chain([&volume]).map(Vec::as_slice).collect();
        let mut found = vec![0.0; volume.len()];
        spec.indicator().start().run(&inputs, &mut [&mut found]);
        let seen = |row: usize| match *sign {
            0.0 => found[row] != 0.0 && !found[row].is_nan(),
            sign => found[row] * sign > 0.0,
        };
        let expected = !line.starts_with('!');
        let right = words.all(|row| seen(row.parse().unwrap()) == expected);
        let listed = NOT_SEEN.iter().any(|(at, not_seen, _)| (*at, *not_seen) == (example, name));
        counts[if listed { 2 } else { 0 }] += 1;
        if right == listed {
            wrong.push(format!("example {example}, {line}: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(counts, [38, 7, 6], "lines compared, without a counterpart, not seen");
}
