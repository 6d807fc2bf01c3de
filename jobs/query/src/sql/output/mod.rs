//! How the rows of a result are written.

mod grid;
mod rows;

pub(crate) use grid::Grid;

use super::QueryError;
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use std::io::Write;
use std::str::FromStr;

/// A form of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people: aligned columns. Long values are cut.
    Table,
    /// Comma-separated values under a header.
    Csv,
    /// One JSON array of objects.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// A Parquet file.
    Parquet,
}

impl Format {
    /// Every format.
    pub const ALL: [Format; 5] =
        [Format::Table, Format::Csv, Format::Json, Format::Jsonl, Format::Parquet];

    /// As it stands on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Table => "table",
            Format::Csv => "csv",
            Format::Json => "json",
            Format::Jsonl => "jsonl",
            Format::Parquet => "parquet",
        }
    }
}

impl FromStr for Format {
    type Err = QueryError;
    fn from_str(text: &str) -> Result<Format, QueryError> {
        let found = Format::ALL.into_iter().find(|f| f.as_str() == text);
        found.ok_or_else(|| {
            let known = Format::ALL.map(Format::as_str).join(", ");
            QueryError::Unsupported(format!("format `{text}` (formats: {known})"))
        })
    }
}

/// Receives the rows of one result.
pub(crate) trait RowWriter {
    /// Writes rows.
    fn write(&mut self, batch: &RecordBatch) -> Result<(), QueryError>;
    /// Writes what stands after the last row.
    fn finish(self: Box<Self>) -> Result<(), QueryError>;
}

/// The writer of a format.
pub(crate) fn writer<'a>(
    format: Format,
    schema: SchemaRef,
    out: &'a mut (dyn Write + Send),
) -> Result<Box<dyn RowWriter + 'a>, QueryError> {
    Ok(match format {
        Format::Table => Box::new(grid::GridWriter::new(&schema, out)),
        Format::Csv => Box::new(rows::CsvRows::new(schema, out)?),
        Format::Json => Box::new(rows::JsonRows::new(out)),
        Format::Jsonl => Box::new(rows::JsonLines::new(out)),
        Format::Parquet => Box::new(rows::ParquetRows::new(schema, out)?),
    })
}

/// Writes the plans of EXPLAIN, which no table can hold.
pub(crate) fn plan_writer<'a>(out: &'a mut (dyn Write + Send)) -> Box<dyn RowWriter + 'a> {
    Box::new(grid::PlanWriter::new(out))
}
