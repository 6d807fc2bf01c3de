//! Rows of text: CSV with or without a header; plain, gzip or zip. A JSON file is handed on.

use super::{Cell, Layout, Rows, SourceError, json, not_of_format, unreadable};
use crate::sources::{hftbacktest::Lines, jsonl::Input};
use schemas::records::RAW_LIMIT_BYTES;
use std::{borrow::Cow, ops::Range, path::Path};

/// Opens a file of text, with the names of its columns.
pub(super) fn open(
    path: &Path,
    layout: &Layout,
) -> Result<(Box<dyn Rows>, Vec<String>), SourceError> {
    let mut input = Input::open(path).map_err(|error| unreadable(path, error))?;
    let head = input.reader().fill_buf().map_err(|error| unreadable(path, error))?;
    if head.trim_ascii_start().first() == Some(&b'[') {
        return json::open(path, layout, input);
    }
    drop(input);
    let mut rows = Csv {
        lines: Lines::open(vec![path.to_owned()])?,
        delimiter: layout.delimiter as u8,
        line: String::new(),
        quoted: Vec::new(),
        cells: Vec::new(),
        width: 0,
        number: 0,
        first: None,
    };
    let first = rows.read()?;
    let Some(first) = first else { return Ok((Box::new(rows), Vec::new())) };
    let cells: Vec<String> =
        (0..rows.cells.len()).map(|i| rows.text(i).trim().to_owned()).collect();
    rows.width = cells.len();
    let numeric = |cell: &String| cell.parse::<f64>().is_ok();
    let names = match cells.iter().any(numeric) || first.is_err() {
        false => cells,
        true if layout.names.is_empty() => {
            let found = "the first row holds numbers; name the columns in `names`";
            return Err(not_of_format(path, "a CSV file with a header", found));
        }
        true => {
            // Spot files have a column more than others.
            rows.first = Some(first);
            let most = layout.names.len().min(cells.len());
            layout.names[..most].to_vec()
        }
    };
    Ok((Box::new(rows), names))
}

struct Csv {
    lines: Lines,
    delimiter: u8,
    line: String,
    /// Cells of a line with quotes.
    quoted: Vec<String>,
    /// Where cells stand in the line; of one with quotes only their number counts.
    cells: Vec<Range<usize>>,
    /// Cells of the first row: every row has as many.
    width: usize,
    number: u64,
    /// The first row, if it is no header and was not given out yet.
    first: Option<Result<(), String>>,
}

impl Csv {
    /// Reads a line and finds its cells.
    fn read(&mut self) -> Result<Option<Result<(), String>>, SourceError> {
        let Some(line) = self.lines.next()? else { return Ok(None) };
        self.number = line.number;
        self.line.clear();
        self.cells.clear();
        self.quoted.clear();
        if let Some(fault) = line.fault {
            self.line.push_str(&String::from_utf8_lossy(line.bytes));
            return Ok(Some(Err(fault.to_string())));
        }
        let Ok(text) = std::str::from_utf8(line.bytes) else {
            self.line.push_str(&String::from_utf8_lossy(line.bytes));
            return Ok(Some(Err("the line is not UTF-8".to_owned())));
        };
        // Some programs begin a file with a mark of its encoding.
        self.line.push_str(text.strip_prefix('\u{feff}').unwrap_or(text));
        if self.line.contains('\0') {
            return Ok(Some(Err("the line holds a NUL byte".to_owned())));
        }
        if self.line.contains('"') {
            return Ok(Some(self.unquote()));
        }
        let mut start = 0;
        for at in memchr(self.delimiter, self.line.as_bytes()) {
            self.cells.push(start..at);
            start = at + 1;
        }
        self.cells.push(start..self.line.len());
        Ok(Some(Ok(())))
    }

    fn unquote(&mut self) -> Result<(), String> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .delimiter(self.delimiter)
            .from_reader(self.line.as_bytes());
        let mut record = csv::StringRecord::new();
        match reader.read_record(&mut record) {
            Ok(true) => {
                self.quoted = record.iter().map(str::to_owned).collect();
                self.cells = vec![0..0; self.quoted.len()];
                Ok(())
            }
            _ => Err("the quotes of the line do not match".to_owned()),
        }
    }

    fn text(&self, column: usize) -> &str {
        match self.quoted.get(column) {
            Some(text) => text,
            None => self.cells.get(column).map_or("", |range| &self.line[range.clone()]),
        }
    }
}

impl Rows for Csv {
    fn next(&mut self) -> Result<Option<Result<(), String>>, SourceError> {
        let read = match self.first.take() {
            Some(first) => Some(first),
            None => self.read()?,
        };
        Ok(read.map(|sound| {
            sound?;
            match self.cells.len() == self.width {
                true => Ok(()),
                false => Err(format!(
                    "the row has {} cells, the first one {}",
                    self.cells.len(),
                    self.width
                )),
            }
        }))
    }

    fn cell(&self, column: usize) -> Cell<'_> {
        Cell::of_text(self.text(column))
    }

    fn number(&self) -> u64 {
        self.number
    }

    fn raw(&self) -> String {
        let head = &self.line.as_bytes()[..self.line.len().min(RAW_LIMIT_BYTES + 4)];
        let head: Cow<'_, str> = String::from_utf8_lossy(head);
        head.into_owned()
    }

    fn bytes_read(&self) -> u64 {
        self.lines.progress().0
    }
}

/// Places of a byte.
fn memchr(byte: u8, bytes: &[u8]) -> impl Iterator<Item = usize> {
    bytes.iter().enumerate().filter(move |(_, b)| **b == byte).map(|(at, _)| at)
}
