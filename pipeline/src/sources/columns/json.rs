//! Rows of a JSON file that is one array: of arrays, whose columns the layout names, or of
//! objects. Such files are read whole; programs write them for small tapes only.

use super::{Cell, Layout, Rows, SourceError, not_of_format};
use crate::sources::jsonl::Input;
use serde_json::Value;
use std::path::Path;

struct Json {
    rows: Vec<Vec<Value>>,
    /// Rows given out; the last of them is the present one.
    given: usize,
    bytes: u64,
}

/// Takes a file, with the names of its columns.
pub(super) fn open(
    path: &Path,
    layout: &Layout,
    mut input: Input,
) -> Result<(Box<dyn Rows>, Vec<String>), SourceError> {
    let expected = "one JSON array of rows";
    let values: Vec<Value> = serde_json::from_reader(input.reader())
        .map_err(|error| not_of_format(path, expected, error))?;
    let names = match values.first() {
        Some(Value::Object(first)) => first.keys().cloned().collect(),
        _ => layout.names.clone(),
    };
    let row = |value: Value| match value {
        Value::Array(cells) => cells,
        Value::Object(mut members) => {
            names.iter().map(|name| members.remove(name).unwrap_or_default()).collect()
        }
        // A row without cells lands as a reject.
        other => vec![Value::String(other.to_string())],
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
        match self.rows[self.given - 1].get(column) {
            Some(Value::String(text)) => Cell::of_text(text),
            Some(Value::Bool(value)) => Cell::Bool(*value),
            Some(Value::Number(number)) => match (number.as_i64(), number.as_f64()) {
                (Some(value), _) => Cell::Int(value),
                (None, Some(value)) => Cell::Float(value),
                (None, None) => Cell::Null,
            },
            _ => Cell::Null,
        }
    }

    fn number(&self) -> u64 {
        self.given as u64
    }

    fn raw(&self) -> String {
        Value::Array(self.rows[self.given - 1].clone()).to_string()
    }

    fn bytes_read(&self) -> u64 {
        self.bytes
    }
}
