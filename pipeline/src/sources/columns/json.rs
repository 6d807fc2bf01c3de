//! Rows of a JSON file that is one array: of arrays, whose columns the layout names, or of
//! objects. Such files are read whole; programs write them for small tapes only.

use super::{Cell, Layout, Rows, SourceError, not_of_format};
use crate::sources::jsonl::Input;
use serde_json::value::RawValue;
use std::{collections::BTreeMap, io::Read, path::Path};

/// Unpacked bytes of the longest file that is read.
const FILE_BYTES: u64 = 256 << 20;

struct Json {
    rows: Vec<Vec<Value>>,
    /// Rows given out; the last of them is the present one.
    given: usize,
    bytes: u64,
}

/// A value in a row, numbers as their digits: a float would not hold them all.
enum Value {
    Null,
    Bool(bool),
    Text(String),
    Number(Box<str>),
}

impl Value {
    fn of(json: &RawValue) -> Value {
        match json.get() {
            "null" => Value::Null,
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            text if text.starts_with('"') => {
                // A half of a pair of surrogates is JSON, and no text.
                serde_json::from_str(text).map_or(Value::Null, Value::Text)
            }
            text if text.starts_with(['[', '{']) => Value::Null,
            digits => Value::Number(digits.into()),
        }
    }

    fn cell(&self) -> Cell<'_> {
        match self {
            Value::Null => Cell::Null,
            Value::Bool(value) => Cell::Bool(*value),
            Value::Text(text) => Cell::of_text(text),
            Value::Number(digits) => Cell::of_text(digits),
        }
    }
}

/// Takes a file, with the names of its columns.
pub(super) fn open(
    path: &Path,
    layout: &Layout,
    mut input: Input,
) -> Result<(Box<dyn Rows>, Vec<String>), SourceError> {
    let expected = "one JSON array of rows";
    let mut reader = input.reader().take(FILE_BYTES);
    let values: Result<Vec<Box<RawValue>>, _> = serde_json::from_reader(&mut reader);
    let values = values.map_err(|error| match reader.limit() {
        0 => {
            let found = "longer; write one row a line, or CSV";
            not_of_format(path, &format!("a JSON array of {} MiB", FILE_BYTES >> 20), found)
        }
        _ => not_of_format(path, expected, error),
    })?;
    let object = |json: &RawValue| -> Option<BTreeMap<String, Box<RawValue>>> {
        serde_json::from_str(json.get()).ok()
    };
    let names = match values.first().and_then(|first| object(first)) {
        Some(first) => first.into_keys().collect(),
        None => layout.names.clone(),
    };
    let row = |json: Box<RawValue>| {
        if let Ok(cells) = serde_json::from_str::<Vec<&RawValue>>(json.get()) {
            return cells.into_iter().map(Value::of).collect();
        }
        match object(&json) {
            Some(members) => {
                let member = |name| members.get(name).map_or(Value::Null, |json| Value::of(json));
                names.iter().map(member).collect()
            }
            // A row without cells lands as a reject.
            None => vec![Value::Text(json.get().to_owned())],
        }
    };
    let rows = values.into_iter().map(row).collect();
    let bytes = input.progress().1;
    Ok((Box::new(Json { rows, given: 0, bytes }), names))
}

impl Rows for Json {
    fn next(&mut self) -> Result<Option<Result<(), String>>, SourceError> {
        self.given += 1;
        if self.given > self.rows.len() {
            self.given = self.rows.len();
            return Ok(None);
        }
        Ok(Some(Ok(())))
    }

    fn cell(&self, column: usize) -> Cell<'_> {
        self.rows[self.given - 1].get(column).map_or(Cell::Null, Value::cell)
    }

    fn number(&self) -> u64 {
        self.given as u64
    }

    fn raw(&self) -> String {
        let cells = self.rows[self.given - 1].iter().map(|value| value.cell().text());
        cells.map(Option::unwrap_or_default).collect::<Vec<_>>().join(",")
    }

    fn bytes_read(&self) -> u64 {
        self.bytes
    }
}
