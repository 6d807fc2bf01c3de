//! What the examples share: specs as JSON, bars as CSV.

use std::{collections::BTreeMap, error::Error, io};

use operators::indicators::{BAR_COLUMNS, Indicator, IndicatorSpec, Input};
use serde::{
    Deserialize, Deserializer,
    de::{IntoDeserializer, Visitor, value, value::MapAccessDeserializer},
    forward_to_deserialize_any,
};

/// The columns that an indicator reads where nobody says.
pub fn columns_of(indicator: &dyn Indicator) -> Vec<&'static str> {
    match indicator.input() {
        Input::Bar => BAR_COLUMNS.into(),
        Input::Value => vec!["close"],
        Input::Pair => vec!["close", "volume"],
    }
}

/// Columns of the CSV on standard input.
pub fn read_columns(names: &[&str]) -> Result<Vec<Vec<f64>>, Box<dyn Error>> {
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

/// The JSON of a spec: an object in an object, numbers and words inside. No more JSON than that,
/// because the crate does without a parser.
pub fn read_spec(text: &str) -> Result<IndicatorSpec, Box<dyn Error>> {
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
