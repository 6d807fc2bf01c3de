//! Runs one indicator over bars and prints its outputs, for comparisons with other programs.
//!
//! `indicator '{"ema":{"period":12}}' < bars.csv` reads a CSV whose header names `open`, `high`,
//! `low`, `close` and `volume`, in any order and among others, and writes one CSV column an output
//! at full precision, empty for null. An indicator of one series gets the close, one of two series
//! the close and the volume; names of other columns may follow the spec.

use std::{
    collections::BTreeMap,
    error::Error,
    io::{self, BufWriter, Write},
    process::ExitCode,
};

use operators::indicators::{BAR_COLUMNS, IndicatorSpec, Input};
use serde::{
    Deserialize, Deserializer,
    de::{IntoDeserializer, Visitor, value, value::MapAccessDeserializer},
    forward_to_deserialize_any,
};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("indicator: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let text = std::env::args().nth(1).ok_or("usage: indicator SPEC < bars.csv")?;
    let spec = read_spec(&text)?;
    let indicator = spec.indicator();
    let named: Vec<String> = std::env::args().skip(2).collect();
    let columns: Vec<&str> = match indicator.input() {
        _ if !named.is_empty() => named.iter().map(String::as_str).collect(),
        Input::Bar => BAR_COLUMNS.into(),
        Input::Value => vec!["close"],
        Input::Pair => vec!["close", "volume"],
    };
    let bars = read_bars(&columns)?;
    let inputs: Vec<&[f64]> = bars.iter().map(|column| &column[..]).collect();
    let outputs = indicator.outputs();
    let mut columns = vec![vec![0.0; bars[0].len()]; outputs.len()];
    let mut slices: Vec<&mut [f64]> = columns.iter_mut().map(|column| &mut column[..]).collect();
    indicator.start().run(&inputs, &mut slices);

    let mut out = BufWriter::new(io::stdout().lock());
    writeln!(out, "{}", outputs.iter().map(|output| output.name).collect::<Vec<_>>().join(","))?;
    let cell = |value: f64| if value.is_nan() { String::new() } else { format!("{value:e}") };
    for row in 0..bars[0].len() {
        let cells: Vec<String> = columns.iter().map(|column| cell(column[row])).collect();
        writeln!(out, "{}", cells.join(","))?;
    }
    Ok(out.flush()?)
}

/// Columns of the CSV on standard input.
fn read_bars(names: &[&str]) -> Result<Vec<Vec<f64>>, Box<dyn Error>> {
    let text = io::read_to_string(io::stdin())?;
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().ok_or("no header")?.split(',').collect();
    let place = |name: &&str| {
        let found = header.iter().position(|column| column == name);
        found.ok_or_else(|| format!("no column `{name}`"))
    };
    let places = names.iter().map(place).collect::<Result<Vec<usize>, _>>()?;
    let mut columns = vec![Vec::new(); names.len()];
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        for (column, &place) in columns.iter_mut().zip(&places) {
            let cell = cells.get(place).ok_or("a line is too short")?;
            column.push(if cell.is_empty() { f64::NAN } else { cell.parse()? });
        }
    }
    Ok(columns)
}

/// The JSON of a spec: an object in an object, numbers and words inside. No more JSON than that, because the
/// crate does without a parser.
fn read_spec(text: &str) -> Result<IndicatorSpec, Box<dyn Error>> {
    let shape = "expected {\"kind\":{\"name\":value}}";
    let text: String = text.chars().filter(|char| !char.is_whitespace()).collect();
    let inner = text.strip_prefix("{\"").and_then(|text| text.strip_suffix("}}")).ok_or(shape)?;
    let (kind, fields) = inner.split_once("\":{").ok_or(shape)?;
    let mut numbers = BTreeMap::new();
    for field in fields.split(',').filter(|field| !field.is_empty()) {
        let (name, number) = field.split_once(':').ok_or(shape)?;
        numbers.insert(name.trim_matches('"'), Given(number));
    }
    let spec = BTreeMap::from([(kind, numbers)]);
    let spec = IndicatorSpec::deserialize(MapAccessDeserializer::new(spec.into_deserializer()));
    Ok(spec.map_err(|error: value::Error| error)?)
}

/// A value as written: a number, whole or not, or a word.
struct Given<'a>(&'a str);

impl<'de> IntoDeserializer<'de, value::Error> for Given<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Given<'_> {
    type Error = value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        match (self.0.parse::<i64>(), self.0.parse::<f64>()) {
            (Ok(whole), _) => visitor.visit_i64(whole),
            (_, Ok(number)) => visitor.visit_f64(number),
            _ => visitor.visit_str(self.0.trim_matches('"')),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}
