//! Indicators against the baselines of Stock.Indicators, where both follow one convention: the same
//! first bar and the same numbers.

use crate::world::rows;
use query::Sql;
use serde_json::Value;
use std::{fs, path::PathBuf};

/// File, field, and the call.
const BASELINES: &[(&str, &str, &str)] = &[
    ("adl", "adl", "ad(high, low, close, volume) OVER w"),
    ("alligator", "jaw", "alligator(high, low, 13, 8, 8, 5, 5, 3) OVER w['jaw']"),
    ("alligator", "lips", "alligator(high, low, 13, 8, 8, 5, 5, 3) OVER w['lips']"),
    ("alligator", "teeth", "alligator(high, low, 13, 8, 8, 5, 5, 3) OVER w['teeth']"),
    ("alma", "alma", "alma(close, 9, 0.85, 6) OVER w"),
    ("atr", "atr", "atr(high, low, close, 14) OVER w"),
    ("atr-stop", "atrStop", "atr_stop(high, low, close, 21, 3) OVER w['stop']"),
    ("awesome", "oscillator", "ao(high, low, 5, 34) OVER w"),
    ("bb", "lowerBand", "bbands(close, 20, 2, 2) OVER w['lower']"),
    ("bb", "sma", "bbands(close, 20, 2, 2) OVER w['middle']"),
    ("bb", "upperBand", "bbands(close, 20, 2, 2) OVER w['upper']"),
    ("cci", "cci", "cci(high, low, close, 20) OVER w"),
    ("chexit", "chandelierExit", "chandelier(high, low, close, 22, 3) OVER w['long']"),
    ("chop", "chop", "choppiness(high, low, close, 14) OVER w"),
    ("cmf", "cmf", "cmf(high, low, close, volume, 20) OVER w"),
    ("cmo", "cmo", "cmou(close, 14) OVER w"),
    ("crsi", "connorsRsi", "connors_rsi(close, 3, 2, 100) OVER w"),
    ("dynamic", "dynamic", "mcginley(close, 14) OVER w"),
    ("elder-ray", "bullPower", "eri(high, low, close, 13) OVER w['bull']"),
    ("ema", "ema", "ema(close, 20) OVER w"),
    ("epma", "epma", "linearreg(close, 10) OVER w"),
    ("fcb", "lowerBand", "fcb(high, low, 2) OVER w['lower']"),
    ("fcb", "upperBand", "fcb(high, low, 2) OVER w['upper']"),
    ("force", "forceIndex", "efi(close, volume, 2) OVER w"),
    ("gator", "lower", "gator(high, low, 13, 8, 8, 5, 5, 3) OVER w['lower']"),
    ("gator", "upper", "gator(high, low, 13, 8, 8, 5, 5, 3) OVER w['upper']"),
    ("hurst", "hurstExponent", "hurst(close, 100) OVER w"),
    ("ichimoku", "kijunSen", "ichimoku(high, low, 9, 26, 52) OVER w['kijun']"),
    ("ichimoku", "senkouSpanA", "ichimoku(high, low, 9, 26, 52) OVER w['senkou_a']"),
    ("ichimoku", "senkouSpanB", "ichimoku(high, low, 9, 26, 52) OVER w['senkou_b']"),
    ("ichimoku", "tenkanSen", "ichimoku(high, low, 9, 26, 52) OVER w['tenkan']"),
    ("kvo", "oscillator", "kvo(high, low, close, volume, 34, 55, 13) OVER w['value']"),
    ("kvo", "signal", "kvo(high, low, close, volume, 34, 55, 13) OVER w['signal']"),
    ("ma-env", "centerline", "envelope(close, 20, 2.5) OVER w['middle']"),
    ("ma-env", "lowerEnvelope", "envelope(close, 20, 2.5) OVER w['lower']"),
    ("ma-env", "upperEnvelope", "envelope(close, 20, 2.5) OVER w['upper']"),
    ("mfi", "mfi", "mfi(high, low, close, volume, 14) OVER w"),
    ("pmo", "pmo", "pmo(close, 35, 20, 10) OVER w['value']"),
    ("pmo", "signal", "pmo(close, 35, 20, 10) OVER w['signal']"),
    ("roc-wb", "lowerBand", "roc_bands(close, 20, 5, 5) OVER w['lower']"),
    ("roc-wb", "roc", "roc_bands(close, 20, 5, 5) OVER w['value']"),
    ("roc-wb", "rocEma", "roc_bands(close, 20, 5, 5) OVER w['average']"),
    ("roc-wb", "upperBand", "roc_bands(close, 20, 5, 5) OVER w['upper']"),
    ("rolling-pivots", "pp", "rolling_pivots(high, low, close, 20) OVER w['pivot']"),
    ("rolling-pivots", "r1", "rolling_pivots(high, low, close, 20) OVER w['r1']"),
    ("rolling-pivots", "r2", "rolling_pivots(high, low, close, 20) OVER w['r2']"),
    ("rolling-pivots", "r3", "rolling_pivots(high, low, close, 20) OVER w['r3']"),
    ("rolling-pivots", "s1", "rolling_pivots(high, low, close, 20) OVER w['s1']"),
    ("rolling-pivots", "s2", "rolling_pivots(high, low, close, 20) OVER w['s2']"),
    ("rolling-pivots", "s3", "rolling_pivots(high, low, close, 20) OVER w['s3']"),
    ("rsi", "rsi", "rsi(close, 14) OVER w"),
    ("slope", "rSquared", "power(cti(close, 14) OVER w, 2)"),
    ("slope", "slope", "linearreg_slope(close, 14) OVER w"),
    ("sma", "sma", "sma(close, 20) OVER w"),
    ("sma-analysis", "mad", "avgdev(close, 20) OVER w"),
    ("sma-analysis", "mape", "mape(close, 20) OVER w"),
    ("sma-analysis", "mse", "ta_var(close, 20) OVER w"),
    ("smma", "smma", "rma(close, 20) OVER w"),
    ("starc", "centerline", "starc(high, low, close, 5, 2, 10) OVER w['middle']"),
    ("starc", "lowerBand", "starc(high, low, close, 5, 2, 10) OVER w['lower']"),
    ("starc", "upperBand", "starc(high, low, close, 5, 2, 10) OVER w['upper']"),
    ("stc", "stc", "stc(close, 10, 23, 50) OVER w"),
    ("stdev", "zScore", "zscore(close, 14) OVER w"),
    ("supertrend", "superTrend", "supertrend(high, low, close, 10, 3) OVER w['stop']"),
    ("tr", "tr", "trange(high, low, close) OVER w"),
    ("tsi", "tsi", "tsi(close, 25, 13) OVER w"),
    ("ulcer", "ulcerIndex", "ulcer(close, 14) OVER w"),
    ("uo", "ultimate", "ultosc(high, low, close, 7, 14, 28) OVER w"),
    ("vol-stop", "sar", "volatility_stop(high, low, close, 7, 3) OVER w['stop']"),
    ("vortex", "nvi", "vortex(high, low, close, 14) OVER w['minus']"),
    ("vortex", "pvi", "vortex(high, low, close, 14) OVER w['plus']"),
    ("vwma", "vwma", "vwma(close, volume, 14) OVER w"),
    ("willr", "williamsR", "willr(high, low, close, 14) OVER w"),
    ("wma", "wma", "wma(close, 14) OVER w"),
];

/// Files whose first rows are null where ours have values already: bands before the first fractal,
/// and stops before the first turn.
const BEGIN_LATER: [&str; 2] = ["fcb", "vol-stop"];

/// The folder of the baselines, which are not in the repository; or nothing, with a message.
/// `TAPEFLOW_SHARED` names the folder of all recorded data (else `../shared` beside the workspace),
/// and `TAPEFLOW_REQUIRE_SHARED=1` makes its absence a failure.
fn baselines() -> Option<PathBuf> {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared"));
    let shared = std::env::var_os("TAPEFLOW_SHARED").map_or_else(beside, PathBuf::from);
    let folder = shared.join("data/Stock.Indicators__refs");
    if folder.exists() {
        return Some(folder);
    }
    let required = std::env::var_os("TAPEFLOW_REQUIRE_SHARED").is_some_and(|value| value == "1");
    assert!(!required, "{} is required and absent", folder.display());
    eprintln!("SKIPPED: {} is absent; set TAPEFLOW_SHARED to its folder", folder.display());
    None
}

#[test]
fn baselines_of_stock_indicators_are_met() {
    let Some(folder) = baselines() else { return };
    let sql = Sql::without_lake().unwrap();
    let bars = folder.join("quotes/default.csv");
    for (file, field, call) in BASELINES {
        let text = fs::read_to_string(folder.join(format!("results/{file}.standard.json")));
        let expected: Vec<Value> = serde_json::from_str(&text.unwrap()).unwrap();
        let query = format!(
            "SELECT date, {call} AS v FROM '{}' WINDOW w AS (ORDER BY date) ORDER BY date",
            bars.display()
        );
        let found = rows(&sql, &query);
        assert_eq!(found.len(), expected.len(), "{file}");
        let first = expected.iter().position(|row| !row[field].is_null());
        let skipped = if BEGIN_LATER.contains(file) { first.expect("a value") } else { 0 };
        for (row, (found, expected)) in found.iter().zip(&expected).enumerate().skip(skipped) {
            let found = found.split_once(',').expect("two columns").1;
            let found: Option<f64> = (!found.is_empty()).then(|| found.parse().unwrap());
            let expected = expected[field].as_f64();
            let same = match (found, expected) {
                (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * a.abs().max(b.abs()) + 3e-10,
                (None, None) => true,
                _ => false,
            };
            assert!(same, "{call}, row {row}: {found:?}, expected {expected:?}");
        }
    }
}

#[test]
fn lines_through_pivots_are_theirs_once_they_are_known() {
    let Some(folder) = baselines() else { return };
    let text = fs::read_to_string(folder.join("results/pivots.standard.json")).unwrap();
    let expected: Vec<Value> = serde_json::from_str(&text).unwrap();
    let sql = Sql::without_lake().unwrap();
    let bars = folder.join("quotes/default.csv");
    let (right, mut points, mut lines) = (2, 0, 0);
    for side in ["high", "low"] {
        let call = "pivots(high, low, 2, 2, 20) OVER w";
        let query = format!(
            "SELECT {call}['{side}'], {call}['{side}_slope'] FROM '{}' WINDOW w AS (ORDER BY date) \
             ORDER BY date",
            bars.display()
        );
        let found = rows(&sql, &query);
        for (row, theirs) in expected.iter().enumerate() {
            let Some(point) = theirs[format!("{side}Point")].as_f64() else { continue };
            let known = found[row + right].split_once(',').expect("two columns");
            let [line, slope] = [known.0, known.1].map(|number| number.parse::<f64>().unwrap());
            assert!((line - right as f64 * slope - point).abs() < 1e-9, "{side} {row}");
            points += 1;
            // Theirs is drawn backwards from the point; without one it is the first after a gap.
            let line = |row: usize| expected[row][format!("{side}Line")].as_f64();
            let before = line(row - 1).and_then(|before| Some(line(row)? - before));
            assert!((slope - before.unwrap_or(0.0)).abs() < 1e-9, "{side} {row}: {slope}");
            lines += usize::from(before.is_some());
        }
    }
    assert!(points > 80 && lines > 70, "{points} points, {lines} lines");
}
