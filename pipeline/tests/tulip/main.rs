//! Indicators against the examples of Tulip Indicators: every example of its four files is
//! compared, or its function is listed with the reason. They have few decimal places, and those of
//! a book are rounded by hand: a value may be off by one in its last place, in the file that a
//! program wrote by half of that.

mod candles;
#[path = "../shared/mod.rs"]
mod shared;
mod tables;

use operators::indicators::{IndicatorSpec, Input};
use serde_json::{Map, Value};
use tables::{
    BEGIN_ELSEWHERE, BY_HAND, DIFFER, FADE, FIRST_HAS_A_RANGE, FIXED, FUNCTIONS, Function,
    NOT_COMPARED, OPTIONS, START_FROM_THE_FIRST,
};

/// Columns of a bar, in the order in which indicators take them.
const BAR: [&str; 5] = ["open", "high", "low", "close", "volume"];

/// How often the first row stands before the others where averages start from it.
const OFTEN: usize = 600;

/// An example: its heading, and its numbers as they are written.
struct Example {
    heading: String,
    columns: Vec<Vec<String>>,
}

impl Example {
    fn name(&self) -> &str {
        self.heading.split(' ').next().expect("a first word")
    }
}

/// The numbers between braces.
fn numbers(line: &str) -> Option<Vec<String>> {
    let numbers = line.trim_end_matches(';').strip_prefix('{')?.strip_suffix('}')?;
    let numbers = numbers.split(',').map(str::trim).filter(|number| !number.is_empty());
    Some(numbers.map(str::to_owned).collect())
}

fn parse(text: &str) -> Vec<Example> {
    let mut found: Vec<Example> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        match numbers(line) {
            Some(numbers) => found.last_mut().expect("a heading").columns.push(numbers),
            None if !line.is_empty() => {
                found.push(Example { heading: line.to_owned(), columns: Vec::new() });
            }
            None => {}
        }
    }
    found
}

/// Our indicators for an example, as many as outputs are compared.
fn specs(example: &Example, (theirs, ours, names, _, outputs): &Function) -> Vec<IndicatorSpec> {
    let mut parameters = Map::new();
    let mut put = |name: &str, text: &str| {
        parameters.insert(name.to_owned(), serde_json::from_str(text).unwrap());
    };
    for (names, option) in names.iter().zip(example.heading.split(' ').skip(1)) {
        // Theirs may begin with the point.
        let option = if option.starts_with('.') { format!("0{option}") } else { option.to_owned() };
        names.split(' ').for_each(|name| put(name, &option));
    }
    FIXED.iter().filter(|(of, ..)| of == theirs).for_each(|(_, name, text)| put(name, text));
    let options = OPTIONS.iter().filter(|(heading, ..)| *heading == example.heading);
    options.for_each(|(_, name, text, _)| put(name, text));
    // Tulip knows by name the factors of these averages.
    let ours = if example.heading == "macd 12 26 9" { "macdfix" } else { *ours };
    if ours == "macdfix" {
        parameters.retain(|name, _| name == "signal");
    }
    let spec = |kind: &str| {
        let spec = [(kind.to_owned(), Value::Object(parameters.clone()))];
        serde_json::from_value(Value::Object(spec.into_iter().collect())).unwrap()
    };
    let kinds: Vec<&str> = ours.split(' ').collect();
    (0..outputs.len()).map(|place| spec(kinds[place.min(kinds.len() - 1)])).collect()
}

/// The columns that an example gives, with what is put before them.
fn inputs(example: &Example, function: &Function) -> Vec<Vec<f64>> {
    let given = example.columns.len() - function.4.len();
    let column = |texts: &Vec<String>| texts.iter().map(|text| text.parse().unwrap()).collect();
    let mut columns: Vec<Vec<f64>> = example.columns[..given].iter().map(column).collect();
    let name = example.name();
    let before = match name {
        _ if START_FROM_THE_FIRST.contains(&name) => OFTEN,
        _ if FIRST_HAS_A_RANGE.contains(&name) || name == "obv" => 1,
        _ => 0,
    };
    for column in &mut columns {
        column.splice(..0, vec![column[0]; before]);
    }
    // Tulip starts from nothing, not from the first volume.
    if name == "obv" {
        columns[1][0] = 0.0;
    }
    columns
}

/// One output of ours over the columns of an example.
fn run(spec: &IndicatorSpec, names: &str, columns: &[Vec<f64>], output: usize) -> Vec<f64> {
    let rows = columns[0].len();
    let place = |name: &str| names.split(' ').position(|other| other == name);
    // What Tulip does not read is a price within the bar, or a volume of 1.
    let any = place("low").map_or_else(|| vec![1.0; rows], |low| columns[low].clone());
    let given = |name: &str| place(name).and_then(|place| columns.get(place));
    let read: Vec<&[f64]> = match spec.indicator().input() {
        Input::Bar => BAR.iter().map(|name| &given(name).unwrap_or(&any)[..]).collect(),
        _ => columns.iter().map(Vec::as_slice).collect(),
    };
    let mut outputs = vec![vec![0.0; rows]; spec.indicator().outputs().len()];
    let mut slices: Vec<&mut [f64]> = outputs.iter_mut().map(Vec::as_mut_slice).collect();
    spec.indicator().start().run(&read, &mut slices);
    outputs.swap_remove(output)
}

/// How far a number may be off that is printed like this.
fn tolerance(file: &str, heading: &str, number: &str) -> f64 {
    let places = number.split_once('.').map_or(0, |(_, places)| places.len());
    let last = 0.1_f64.powi(places as i32);
    let printed = if file == "untest" { 0.5 * last } else { last };
    BY_HAND.iter().find(|(name, _)| *name == heading).map_or(printed, |(_, off)| printed.max(*off))
}

/// What is wrong with one output, and how many of its values were compared.
fn compare(
    file: &str,
    example: &Example,
    place: usize,
    found: &[f64],
    expected: &[String],
) -> Result<usize, String> {
    let name = example.name();
    // Tulip's output begins with its first value, and TA-Lib's is in per cent here.
    let scale = if name == "stochrsi" { 0.01 } else { 1.0 };
    let values = found.iter().copied().skip_while(|value| value.is_nan());
    let mut found: Vec<f64> = values.map(|value| value * scale).collect();
    let has_more = START_FROM_THE_FIRST.contains(&name) || name == "obv";
    if has_more && found.len() > expected.len() {
        found.drain(..found.len() - expected.len());
    }
    let both = found.len().min(expected.len());
    // One example has a value more than rows.
    let expected = if name == "ce" { &expected[..both] } else { expected };
    if both < found.len().max(expected.len()) && !BEGIN_ELSEWHERE.contains(&name) {
        return Err(format!("{} values, {} expected", found.len(), expected.len()));
    }
    let found = &found[found.len() - both..];
    let expected = &expected[expected.len() - both..];
    let number = |text: &String| text.parse::<f64>().unwrap();
    let allowed = |row: usize| {
        tolerance(file, &example.heading, &expected[row]) * 1.000_001 + 1e-9 * found[row].abs()
    };
    let differ = |row: &usize| {
        let listed = DIFFER.iter().find(|(heading, ..)| *heading == example.heading);
        listed.is_some_and(|(_, rows, _)| rows.contains(row))
    };
    let off = |row: usize| found[row] - number(&expected[row]);
    let fades = FADE.iter().find(|(of, .., places)| *of == name && places.contains(&place));
    for row in (0..both).filter(|row| !differ(row)) {
        let right = match fades {
            None => off(row).abs() <= allowed(row),
            Some(_) if row == 0 => true,
            Some((_, option, wilder, _)) => {
                let rows = example.heading.split(' ').nth(option + 1).unwrap();
                let rows: f64 = rows.parse().unwrap();
                let factor = if *wilder { 1.0 - 1.0 / rows } else { 1.0 - 2.0 / (rows + 1.0) };
                (off(row) - factor * off(row - 1)).abs() <= allowed(row) + allowed(row - 1)
            }
        };
        if !right {
            return Err(format!("value {row}: {}, expected {}", found[row], expected[row]));
        }
    }
    Ok(both)
}

#[test]
fn examples_of_tulip_are_met() {
    let (mut counts, mut wrong) = (Vec::new(), Vec::new());
    for file in ["untest", "atoz", "extra"] {
        let path = format!("tulipindicators__tests/{file}.txt");
        let Some(path) = shared::shared_file(&path) else { return };
        let examples = parse(&std::fs::read_to_string(path).unwrap());
        let mut values = 0;
        let (left_out, compared): (Vec<&Example>, Vec<&Example>) = examples
            .iter()
            .partition(|example| NOT_COMPARED.iter().any(|(name, _)| *name == example.name()));
        for example in &compared {
            let function = FUNCTIONS.iter().find(|function| function.0 == example.name());
            let function = function.unwrap_or_else(|| panic!("{}: no function", example.heading));
            let columns = inputs(example, function);
            let expected = &example.columns[columns.len()..];
            for (place, spec) in specs(example, function).iter().enumerate() {
                let found = run(spec, function.3, &columns, function.4[place]);
                match compare(file, example, place, &found, &expected[place]) {
                    Ok(both) => values += both,
                    Err(error) => {
                        wrong.push(format!("{file}, {} {place}: {error}", example.heading));
                    }
                }
            }
        }
        counts.push((file, compared.len(), left_out.len(), values));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Examples compared and not, and values: nothing falls out unseen.
    assert_eq!(counts, [("untest", 100, 4, 1315), ("atoz", 41, 4, 821), ("extra", 70, 0, 1574)]);
}
