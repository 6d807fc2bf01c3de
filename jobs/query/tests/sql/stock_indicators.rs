//! Indicators against the baselines of Stock.Indicators: every field of every file is compared, or
//! listed with the reason why it is not. Where both follow one convention, the rows and the numbers
//! are the same; where they do not, the rows that differ are named, and why.

mod lists;

use crate::world::rows;
use lists::{COMPOSED, DIFFER, NOT_COMPARED, OF_THEIR_OWN, SAME};
use query::Sql;
use serde_json::Value;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

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

/// The rows of a file of results.
fn results(folder: &Path, file: &str) -> Vec<Value> {
    let text = fs::read_to_string(folder.join(format!("results/{file}.standard.json")));
    serde_json::from_str(&text.unwrap()).unwrap()
}

/// The numbers of a column, of which some may be null.
fn numbers(sql: &Sql, query: &str) -> Vec<Option<f64>> {
    let number = |row: String| {
        let (_, cell) = row.split_once(',').expect("two columns");
        (!cell.is_empty()).then(|| cell.parse().unwrap())
    };
    rows(sql, query).into_iter().map(number).collect()
}

/// What an expression makes of the value `x` of a call, over their bars, with `market` the close of
/// their second series.
fn ours(sql: &Sql, folder: &Path, call: &str, expression: &str) -> Vec<Option<f64>> {
    let [bars, market] =
        ["default", "compare"].map(|name| folder.join(format!("quotes/{name}.csv")));
    let query = format!(
        "WITH both AS (SELECT b.*, m.close AS market FROM '{}' b JOIN '{}' m ON b.date = m.date), \
         called AS (SELECT *, {call} AS x FROM both WINDOW w AS (ORDER BY date)) \
         SELECT date, {expression} AS v FROM called WINDOW w AS (ORDER BY date) ORDER BY date",
        bars.display(),
        market.display()
    );
    numbers(sql, &query)
}

/// The largest input of what a field is made of: a volume where it is one itself, else a price.
const LARGEST: [(&str, f64); 5] =
    [("adl", 2e8), ("chaikin-osc", 2e8), ("force", 2e8), ("kvo", 2e8), ("obv", 2e8)];

/// Whether two numbers agree: `|a - b| <= 1e-9 * max(|a|, |b|) + 1e-12 * largest input`. Theirs are
/// printed with all digits.
fn agree(file: &str, a: Option<f64>, b: Option<f64>) -> bool {
    // No price of the two series is higher.
    let largest = LARGEST.iter().find(|(name, _)| *name == file).map_or(293.0, |(_, most)| *most);
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * a.abs().max(b.abs()) + 1e-12 * largest,
        (None, None) => true,
        _ => false,
    }
}

/// The rows in which a field differs.
fn differing(folder: &Path, file: &str, field: &str, found: &[Option<f64>]) -> Vec<usize> {
    let expected = results(folder, file);
    assert_eq!(found.len(), expected.len(), "{file}");
    let pairs = found.iter().zip(&expected).enumerate();
    let wrong = pairs.filter(|(_, (found, row))| !agree(file, **found, row[field].as_f64()));
    wrong.map(|(row, _)| row).collect()
}

#[test]
fn baselines_of_stock_indicators_are_met() {
    let Some(folder) = baselines() else { return };
    let sql = Sql::without_lake().unwrap();
    let same = SAME.iter().map(|&(file, field, call)| (file, field, call, "x"));
    let mut wrong = Vec::new();
    for (file, field, call, expression) in same.chain(COMPOSED.iter().copied()) {
        let found = ours(&sql, &folder, call, expression);
        if let Some(&row) = differing(&folder, file, field, &found).first() {
            let expected = &results(&folder, file)[row][field];
            wrong.push(format!("{file}.{field}, row {row}: {:?}, theirs {expected}", found[row]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn other_conventions_differ_where_they_must_and_nowhere_else() {
    let Some(folder) = baselines() else { return };
    let sql = Sql::without_lake().unwrap();
    let mut wrong = Vec::new();
    for (why, fields) in DIFFER {
        for (file, field, call, expression, stretches) in *fields {
            let found = ours(&sql, &folder, call, expression);
            let rows = differing(&folder, file, field, &found);
            let outside = |row: &&usize| !stretches.iter().any(|[a, b]| (a..=b).contains(row));
            let ends_differ = stretches.iter().flatten().all(|row| rows.contains(row));
            if !ends_differ || rows.iter().any(|row| outside(&row)) {
                wrong.push(format!("{file}.{field} differs in {rows:?} ({why})"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_field_of_every_file_is_compared_or_says_why_not() {
    let Some(folder) = baselines() else { return };
    let mut listed: Vec<(&str, &str)> =
        SAME.iter().map(|(file, field, _)| (*file, *field)).collect();
    listed.extend(COMPOSED.iter().map(|(file, field, ..)| (*file, *field)));
    let differ = DIFFER.iter().flat_map(|(_, fields)| *fields);
    listed.extend(differ.map(|(file, field, ..)| (*file, *field)));
    let others = NOT_COMPARED.iter().flat_map(|(_, files)| *files).chain(OF_THEIR_OWN);
    listed.extend(others.flat_map(|(file, fields)| fields.iter().map(|field| (*file, *field))));
    let unique: BTreeSet<_> = listed.iter().copied().collect();
    assert_eq!(unique.len(), listed.len(), "a field is listed twice");
    let (mut files, mut there) = (0, BTreeSet::new());
    for file in fs::read_dir(folder.join("results")).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        // One file is there as a CSV too.
        let Some(file) = name.strip_suffix(".standard.json") else { continue };
        files += 1;
        for field in results(&folder, file)[0].as_object().unwrap().keys() {
            if !["date", "timestamp"].contains(&field.as_str()) {
                there.insert((file.to_owned(), field.clone()));
            }
        }
    }
    let unique: BTreeSet<_> =
        unique.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    assert_eq!(unique, there);
    assert_eq!(files, 86, "their 85 and `zigzag`, which is `zigzag-close` once more");
}

#[test]
fn points_of_a_month_are_those_of_bars_of_a_month() {
    let Some(folder) = baselines() else { return };
    let sql = Sql::without_lake().unwrap();
    let bars = folder.join("quotes/default.csv");
    let fields = ["pp:pivot", "r1:r1", "r2:r2", "r3:r3", "s1:s1", "s2:s2", "s3:s3"];
    for (field, output) in fields.map(|pair| pair.split_once(':').expect("two names")) {
        let query = format!(
            "WITH months AS (SELECT date_trunc('month', date) AS month, max(high) AS high, \
             min(low) AS low, last_value(close ORDER BY date) AS close FROM '{0}' GROUP BY 1), \
             points AS (SELECT month, rolling_pivots(high, low, close, 1) OVER (ORDER BY month) \
             AS x FROM months) \
             SELECT date, x['{output}'] FROM '{0}' JOIN points \
             ON date_trunc('month', date) = month ORDER BY date",
            bars.display()
        );
        let found = numbers(&sql, &query);
        assert_eq!(found.iter().flatten().count(), 482);
        assert!(differing(&folder, "pivot-points", field, &found).is_empty(), "{field}");
    }
}

#[test]
fn channels_are_theirs_where_a_window_ends() {
    let Some(folder) = baselines() else { return };
    let sql = Sql::without_lake().unwrap();
    let column = |expression| ours(&sql, &folder, "linearreg(close, 20) OVER w", expression);
    let (ends, slopes) = (column("x"), column("linearreg_slope(close, 20) OVER w"));
    let widths = column("2 * (ta_stddev(close, 20) OVER w)");
    let upper = column("regression_channel(close, 20, 2) OVER w['upper']");
    // Theirs are counted from the last row back; what is left at the start has none.
    let (last, mut lines) = (ends.len() - 1, vec![[None; 3]; ends.len()]);
    for end in (0..25).map(|window| last - 20 * window) {
        let [line, slope, width] = [&ends, &slopes, &widths].map(|column| column[end].unwrap());
        assert!(agree("", upper[end], Some(line + width)), "{end}");
        for back in 0..20 {
            let middle = line - back as f64 * slope;
            lines[end - back] = [middle, middle + width, middle - width].map(Some);
        }
    }
    for (place, field) in ["centerline", "upperChannel", "lowerChannel"].into_iter().enumerate() {
        let found: Vec<_> = lines.iter().map(|line| line[place]).collect();
        assert!(differing(&folder, "stdev-channels", field, &found).is_empty(), "{field}");
    }
    for (row, theirs) in results(&folder, "stdev-channels").iter().enumerate() {
        assert_eq!(theirs["breakPoint"], row >= 2 && (last - row) % 20 == 19, "{row}");
    }
}

#[test]
fn turning_points_are_theirs_once_they_are_known() {
    let Some(folder) = baselines() else { return };
    let sql = Sql::without_lake().unwrap();
    let column = |output| ours(&sql, &folder, "zigzag(close, 5) OVER w", output);
    let (points, turns) = (column("x['point']"), column("x['turn']"));
    let turns = points.iter().zip(&turns).enumerate();
    let turns =
        turns.filter_map(|(row, (point, turn))| (*turn != Some(0.0)).then_some((row, *point)));
    // The first is the price that ours begins with.
    let ours: Vec<_> = turns.skip(1).collect();
    for file in ["zigzag", "zigzag-close"] {
        let expected = results(&folder, file);
        let is_point = |row: &usize| !expected[*row]["pointType"].is_null();
        let points: Vec<usize> = (0..expected.len()).filter(is_point).collect();
        assert_eq!(points.len(), ours.len());
        for (place, (known, point)) in ours.iter().enumerate() {
            let at = |row: usize| expected[row]["zigZag"].as_f64();
            let row = points[place];
            assert!(row < *known && agree("", *point, at(row)), "{row}: {point:?}");
            // Their line goes straight from point to point.
            let Some(&next) = points.get(place + 1) else { continue };
            let slope = (at(next).unwrap() - at(row).unwrap()) / (next - row) as f64;
            for between in row..next {
                let line = at(row).unwrap() + slope * (between - row) as f64;
                assert!(agree("", Some(line), at(between)), "{between}");
            }
        }
    }
}

#[test]
fn lines_through_pivots_are_theirs_once_they_are_known() {
    let Some(folder) = baselines() else { return };
    let expected = results(&folder, "pivots");
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
