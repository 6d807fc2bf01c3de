//! Results for programs: CSV, JSON, JSON lines, Parquet. Each streams.

use super::{QueryError, RowWriter};
use arrow::array::RecordBatch;
use arrow::compute::cast;
use arrow::csv;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::json::writer::{JsonArray, JsonFormat, LineDelimited};
use arrow::json::{Writer, WriterBuilder};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use std::io::Write;
use std::sync::Arc;

type Out<'a> = &'a mut (dyn Write + Send);

fn fail(error: ArrowError) -> QueryError {
    QueryError::arrow(&error)
}

pub(crate) struct CsvRows<'a>(csv::Writer<Out<'a>>);

impl<'a> CsvRows<'a> {
    pub(crate) fn new(schema: SchemaRef, out: Out<'a>) -> Result<Self, QueryError> {
        let mut rows = CsvRows(csv::Writer::new(out));
        // No rows at all still have a header. Members of a struct are columns.
        rows.write(&RecordBatch::new_empty(schema))?;
        Ok(rows)
    }
}

impl RowWriter for CsvRows<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), QueryError> {
        let flat = batch.normalize(".", None).map_err(fail)?;
        self.0.write(&flat).map_err(fail)
    }
    fn finish(self: Box<Self>) -> Result<(), QueryError> {
        Ok(())
    }
}

/// Objects with a key for every column, so that nulls are seen.
fn objects<'a, F: JsonFormat>(out: Out<'a>) -> Writer<Out<'a>, F> {
    WriterBuilder::new().with_explicit_nulls(true).build(out)
}

pub(crate) struct JsonLines<'a>(Writer<Out<'a>, LineDelimited>);

impl<'a> JsonLines<'a> {
    pub(crate) fn new(out: Out<'a>) -> Self {
        JsonLines(objects(out))
    }
}

impl RowWriter for JsonLines<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), QueryError> {
        self.0.write(batch).map_err(fail)
    }
    fn finish(mut self: Box<Self>) -> Result<(), QueryError> {
        self.0.finish().map_err(fail)
    }
}

pub(crate) struct JsonRows<'a>(Writer<Out<'a>, JsonArray>);

impl<'a> JsonRows<'a> {
    pub(crate) fn new(out: Out<'a>) -> Self {
        JsonRows(objects(out))
    }
}

impl RowWriter for JsonRows<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), QueryError> {
        self.0.write(batch).map_err(fail)
    }
    fn finish(mut self: Box<Self>) -> Result<(), QueryError> {
        self.0.finish().map_err(fail)?;
        Ok(writeln!(self.0.get_mut())?)
    }
}

pub(crate) struct ParquetRows<'a> {
    schema: SchemaRef,
    writer: ArrowWriter<Out<'a>>,
}

impl<'a> ParquetRows<'a> {
    pub(crate) fn new(schema: SchemaRef, out: Out<'a>) -> Result<Self, QueryError> {
        let fields = schema.fields().iter().map(|field| plain(field)).collect::<Vec<_>>();
        let schema = Arc::new(Schema::new(fields));
        let level = ZstdLevel::try_new(1).expect("zstd has a level 1");
        let properties =
            WriterProperties::builder().set_compression(Compression::ZSTD(level)).build();
        let writer = ArrowWriter::try_new(out, schema.clone(), Some(properties));
        Ok(ParquetRows { schema, writer: writer.map_err(|e| fail_parquet(&e))? })
    }
}

impl RowWriter for ParquetRows<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), QueryError> {
        let pairs = batch.columns().iter().zip(self.schema.fields());
        let columns = pairs.map(|(column, field)| cast(column, field.data_type()));
        let columns = columns.collect::<Result<Vec<_>, _>>().map_err(fail)?;
        let batch = RecordBatch::try_new(self.schema.clone(), columns).map_err(fail)?;
        self.writer.write(&batch).map_err(|e| fail_parquet(&e))
    }
    fn finish(self: Box<Self>) -> Result<(), QueryError> {
        self.writer.close().map(drop).map_err(|e| fail_parquet(&e))
    }
}

/// Text as every reader of the file knows it.
fn plain(field: &Field) -> Field {
    let data_type = match field.data_type() {
        DataType::Utf8View => DataType::Utf8,
        DataType::BinaryView => DataType::Binary,
        other => other.clone(),
    };
    Field::new(field.name(), data_type, field.is_nullable())
}

fn fail_parquet(error: &ParquetError) -> QueryError {
    QueryError::Output(std::io::Error::other(error.to_string()))
}
