//! Reading stored rows back as they were written, and proving that they are what was computed.

use super::{Committed, DataFile, Lake, LakeError, TableTotal};
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{
    DataType, Decimal128Type, Float64Type, Int8Type, Int32Type, Int64Type, TimestampNanosecondType,
};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use schemas::cell::CellSink;
use schemas::digest::RowDigest;
use schemas::{Digest, EventTime, Money, Table};

/// Rows in a batch of a scan.
const SCAN_ROWS: usize = 16 * 1024;

impl Lake {
    /// The rows of a table of a run or recording, file by file as they were committed; `each`
    /// gets them batch by batch.
    ///
    /// # Errors
    /// When a file cannot be read, or `each` fails.
    pub fn scan(
        &self,
        journal: &Committed,
        table: Table,
        mut each: impl FnMut(RecordBatch) -> Result<(), LakeError>,
    ) -> Result<(), LakeError> {
        for file in journal.files.iter().filter(|f| f.table == table) {
            for batch in open(&file.path, self.open_file(file)?)? {
                each(batch.map_err(|e| LakeError::data(&file.path, e))?)?;
            }
        }
        Ok(())
    }

    /// All rows of a table of a run or recording, as [`Lake::scan`] gives them.
    ///
    /// # Errors
    /// As [`Lake::scan`].
    pub fn read_all(
        &self,
        journal: &Committed,
        table: Table,
    ) -> Result<Vec<RecordBatch>, LakeError> {
        let mut batches = Vec::new();
        self.scan(journal, table, |batch| {
            batches.push(batch);
            Ok(())
        })?;
        Ok(batches)
    }

    /// Counts and digests the stored rows: equal to what the manifest says, or the files are not
    /// what was committed.
    ///
    /// # Errors
    /// As [`Lake::scan`].
    pub fn recompute(&self, journal: &Committed, table: Table) -> Result<TableTotal, LakeError> {
        let mut total = TableTotal::default();
        self.scan(journal, table, |batch| {
            total.add(batch.num_rows() as u64, digest_of(&batch)?);
            Ok(())
        })?;
        Ok(total)
    }
}

fn open(
    name: &str,
    file: DataFile,
) -> Result<impl Iterator<Item = Result<RecordBatch, arrow::error::ArrowError>>, LakeError> {
    ParquetRecordBatchReaderBuilder::try_new(file)
        .and_then(|builder| builder.with_batch_size(SCAN_ROWS).build())
        .map_err(|e| LakeError::data(name, e))
}

/// The digest of a batch's rows, as their records give it.
///
/// # Errors
/// When a column has a type that no table has.
pub fn digest_of(batch: &RecordBatch) -> Result<Digest, LakeError> {
    let columns: Vec<&dyn Array> = batch.columns().iter().map(AsRef::as_ref).collect();
    let schema = batch.schema();
    let known = |t: &DataType| {
        use DataType::{Boolean, Decimal128, Float64, Int8, Int32, Int64, Timestamp, Utf8};
        matches!(t, Int64 | Int32 | Int8 | Float64 | Utf8 | Boolean)
            || matches!(t, Timestamp(..) | Decimal128(..))
    };
    if let Some(field) = schema.fields().iter().find(|f| !known(f.data_type())) {
        let (table, column) = (String::from("(any)"), field.name());
        let reason = format!("no digest of column `{column}` of type {}", field.data_type());
        return Err(LakeError::Rows { table, reason });
    }
    let (mut row_digest, mut total) = (RowDigest::default(), Digest::default());
    for row in 0..batch.num_rows() {
        for column in &columns {
            write_cell(*column, row, &mut row_digest);
        }
        total.add(row_digest.take());
    }
    Ok(total)
}

fn write_cell(column: &dyn Array, row: usize, sink: &mut RowDigest) {
    if column.is_null(row) {
        return sink.null();
    }
    match column.data_type() {
        DataType::Int64 => sink.i64(column.as_primitive::<Int64Type>().value(row)),
        DataType::Int32 => sink.i32(column.as_primitive::<Int32Type>().value(row)),
        DataType::Int8 => sink.i8(column.as_primitive::<Int8Type>().value(row)),
        DataType::Float64 => sink.f64(column.as_primitive::<Float64Type>().value(row)),
        DataType::Utf8 => sink.text(column.as_string::<i32>().value(row)),
        DataType::Boolean => sink.bool(column.as_boolean().value(row)),
        DataType::Decimal128(..) => {
            sink.money(Money(column.as_primitive::<Decimal128Type>().value(row)));
        }
        _ => {
            let array = column.as_primitive::<TimestampNanosecondType>();
            sink.time(EventTime(array.value(row)));
        }
    }
}
