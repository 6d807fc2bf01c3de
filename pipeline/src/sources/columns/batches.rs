//! Rows of Parquet and Feather (Arrow IPC) files.

use super::damage::{Bounded, check_feather, guarded};
use super::{Cell, Rows, SourceError, not_of_format, pages, unreadable};
use arrow::{
    array::{Array, AsArray, RecordBatch, RecordBatchReader, StringArray},
    compute::cast,
    datatypes::{DataType, Float64Type, Int64Type, SchemaRef, TimeUnit, TimestampNanosecondType},
    error::ArrowError,
};
use schemas::EventTime;
use std::{fs::File, path::Path};

/// Rows decoded at a time.
const BATCH_ROWS: usize = 8192;

type Batches = Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send>;

struct Table {
    path: std::path::PathBuf,
    batches: Batches,
    columns: Vec<Column>,
    rows: usize,
    /// The row after the present one.
    next: usize,
    number: u64,
    /// Rows and bytes in all.
    total: (u64, u64),
}

/// A column of a batch as one of few types.
enum Column {
    Ints(arrow::array::Int64Array),
    Floats(arrow::array::Float64Array),
    Times(arrow::array::TimestampNanosecondArray),
    Bools(arrow::array::BooleanArray),
    Texts(StringArray),
}

/// Opens a Parquet file, with the names of its columns.
pub(super) fn parquet(path: &Path) -> Result<(Box<dyn Rows>, Vec<String>), SourceError> {
    let file = File::open(path).and_then(Bounded::new).map_err(|error| unreadable(path, error))?;
    let (reader, rows) = guarded(|| pages::reader(file, BATCH_ROWS))
        .map_err(|error| not_of_format(path, "a Parquet file that can be read", error))?;
    let schema = reader.schema();
    table(path, Box::new(reader), &schema, rows)
}

/// Opens a Feather file (version 2), with the names of its columns.
pub(super) fn feather(path: &Path) -> Result<(Box<dyn Rows>, Vec<String>), SourceError> {
    let mut file = File::open(path).map_err(|error| unreadable(path, error))?;
    let open = || {
        check_feather(&mut file)?;
        arrow_ipc::reader::FileReader::try_new_buffered(file, None)
    };
    let reader = guarded(open)
        .map_err(|error| not_of_format(path, "a Feather file that can be read", error))?;
    let schema = reader.schema();
    table(path, Box::new(reader), &schema, 0)
}

fn table(
    path: &Path,
    batches: Batches,
    schema: &SchemaRef,
    rows: u64,
) -> Result<(Box<dyn Rows>, Vec<String>), SourceError> {
    let bytes = path.metadata().map_err(|error| unreadable(path, error))?.len();
    let names = schema.fields().iter().map(|field| field.name().clone()).collect();
    let path = path.to_owned();
    let (columns, total) = (Vec::new(), (rows, bytes));
    let table = Table { path, batches, columns, rows: 0, next: 0, number: 0, total };
    Ok((Box::new(table), names))
}

impl Column {
    fn of(array: &dyn Array) -> Result<Column, ArrowError> {
        use DataType as T;
        let nanoseconds = T::Timestamp(TimeUnit::Nanosecond, None);
        Ok(match array.data_type() {
            T::Int8 | T::Int16 | T::Int32 | T::Int64 | T::UInt8 | T::UInt16 | T::UInt32 => {
                Column::Ints(cast(array, &T::Int64)?.as_primitive::<Int64Type>().clone())
            }
            T::Float64 => Column::Floats(array.as_primitive::<Float64Type>().clone()),
            T::Timestamp(..) | T::Date32 | T::Date64 => {
                let times = cast(array, &nanoseconds)?;
                Column::Times(times.as_primitive::<TimestampNanosecondType>().clone())
            }
            T::Boolean => Column::Bools(array.as_boolean().clone()),
            // Other numbers are written out: a float of 32 bits is not the nearest of 64.
            _ => Column::Texts(cast(array, &T::Utf8)?.as_string::<i32>().clone()),
        })
    }

    fn cell(&self, row: usize) -> Cell<'_> {
        match self {
            Column::Ints(array) if array.is_valid(row) => Cell::Int(array.value(row)),
            Column::Floats(array) if array.is_valid(row) => Cell::Float(array.value(row)),
            Column::Times(array) if array.is_valid(row) => Cell::Time(EventTime(array.value(row))),
            Column::Bools(array) if array.is_valid(row) => Cell::Bool(array.value(row)),
            Column::Texts(array) if array.is_valid(row) => Cell::of_text(array.value(row)),
            _ => Cell::Null,
        }
    }
}

impl Rows for Table {
    fn next(&mut self) -> Result<Option<Result<(), String>>, SourceError> {
        while self.next == self.rows {
            let batch = guarded(|| {
                let Some(batch) = self.batches.next().transpose()? else { return Ok(None) };
                let columns = batch.columns().iter().map(|array| Column::of(array));
                let columns = columns.collect::<Result<_, ArrowError>>()?;
                Ok::<_, ArrowError>(Some((batch.num_rows(), columns)))
            });
            // What is damaged inside such a file makes all after it unreadable.
            let batch = batch.map_err(|error| {
                not_of_format(&self.path, "a file whose rows can be read", error)
            })?;
            let Some((rows, columns)) = batch else { return Ok(None) };
            (self.rows, self.columns) = (rows, columns);
            self.next = 0;
        }
        self.next += 1;
        self.number += 1;
        Ok(Some(Ok(())))
    }

    fn cell(&self, column: usize) -> Cell<'_> {
        self.columns[column].cell(self.next - 1)
    }

    fn number(&self) -> u64 {
        self.number
    }

    fn raw(&self) -> String {
        let cells = (0..self.columns.len()).map(|column| self.cell(column).text());
        cells.map(Option::unwrap_or_default).collect::<Vec<_>>().join(",")
    }

    fn bytes_read(&self) -> u64 {
        match self.total {
            (0, bytes) => {
                if self.number > 0 {
                    bytes
                } else {
                    0
                }
            }
            (rows, bytes) => {
                (u128::from(bytes) * u128::from(self.number) / u128::from(rows)) as u64
            }
        }
    }
}
