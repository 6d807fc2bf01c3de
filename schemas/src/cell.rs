//! One field of a record as one or more lake columns: how it is named, written, read and digested.

use crate::{EventTime, Money, Price, Quantity, Text};
use arrow::array::{
    Array, ArrayBuilder, ArrayRef, AsArray, BooleanBuilder, Decimal128Builder, Float64Builder,
    Int8Builder, Int32Builder, Int64Builder, RecordBatch, StringBuilder,
    TimestampNanosecondBuilder,
};
use arrow::datatypes::{
    DataType, Decimal128Type, Field, Float64Type, Int8Type, Int32Type, Int64Type, Schema,
    SchemaRef, TimeUnit, TimestampNanosecondType,
};
use std::sync::Arc;

/// A lake column: its name, Arrow type, whether it may be null, and what it means.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Name, lower snake case.
    pub name: String,
    /// Arrow type.
    pub data_type: DataType,
    /// May it be null?
    pub nullable: bool,
    /// One sentence for `\d TABLE`.
    pub doc: String,
}

/// Lake data that does not have the promised shape.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A column is absent or of another type.
    #[error("column `{0}` is missing or has another type than {1}")]
    Column(String, DataType),
    /// A value outside its domain.
    #[error("column `{0}` holds `{1}`, which is none of its values")]
    Value(String, String),
}

/// Receives the values of a row, column by column.
pub trait CellSink {
    /// A 64-bit integer.
    fn i64(&mut self, value: i64);
    /// A 32-bit integer.
    fn i32(&mut self, value: i32);
    /// An 8-bit integer.
    fn i8(&mut self, value: i8);
    /// A moment.
    fn time(&mut self, value: EventTime);
    /// A double; NaN and infinity become null.
    fn f64(&mut self, value: f64);
    /// Text.
    fn text(&mut self, value: &str);
    /// A truth value.
    fn bool(&mut self, value: bool);
    /// An exact amount.
    fn money(&mut self, value: Money);
    /// No value in this column.
    fn null(&mut self);
}

/// A type of field.
pub trait Cell: Sized {
    /// Appends the field's columns.
    fn columns(name: &str, doc: &str, nullable: bool, out: &mut Vec<Column>);
    /// Writes its values, one a column.
    fn write(&self, sink: &mut impl CellSink);
    /// Reads them back.
    ///
    /// # Errors
    /// When a value is outside its domain.
    fn read(row: &mut RowReader<'_>) -> Result<Self, ReadError>;
}

/// The timestamp type of every time column: nanoseconds, UTC.
pub fn time_type() -> DataType {
    DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()))
}

fn column(name: &str, data_type: DataType, nullable: bool, doc: &str, out: &mut Vec<Column>) {
    out.push(Column { name: name.to_owned(), data_type, nullable, doc: doc.to_owned() });
}

macro_rules! plain_cell {
    (
        $type:ty, $data_type:expr,
        |$value:ident, $sink:ident| $write:expr, |$row:ident| $read:expr
    ) => {
        impl Cell for $type {
            fn columns(name: &str, doc: &str, nullable: bool, out: &mut Vec<Column>) {
                column(name, $data_type, nullable, doc, out);
            }
            fn write(&self, $sink: &mut impl CellSink) {
                let $value = self;
                $write
            }
            fn read($row: &mut RowReader<'_>) -> Result<Self, ReadError> {
                Ok($read)
            }
        }
    };
}
plain_cell!(EventTime, time_type(), |v, s| s.time(*v), |r| r.time());
plain_cell!(i64, DataType::Int64, |v, s| s.i64(*v), |r| r.i64());
// Counters and ids are below 2^63 everywhere we know of; signed columns suit every reader.
plain_cell!(u64, DataType::Int64, |v, s| s.i64(*v as i64), |r| r.i64() as u64);
plain_cell!(u32, DataType::Int32, |v, s| s.i32(*v as i32), |r| r.i32() as u32);
plain_cell!(u16, DataType::Int32, |v, s| s.i32((*v).into()), |r| r.i32() as u16);
plain_cell!(u8, DataType::Int8, |v, s| s.i8(*v as i8), |r| r.i8() as u8);
plain_cell!(bool, DataType::Boolean, |v, s| s.bool(*v), |r| r.bool());
plain_cell!(Text, DataType::Utf8, |v, s| s.text(v), |r| r.text().into());
// A double is null when it is NaN, so it needs no Option.
impl Cell for f64 {
    fn columns(name: &str, doc: &str, _: bool, out: &mut Vec<Column>) {
        column(name, DataType::Float64, true, doc, out);
    }
    fn write(&self, sink: &mut impl CellSink) {
        sink.f64(*self);
    }
    fn read(row: &mut RowReader<'_>) -> Result<Self, ReadError> {
        Ok(row.f64())
    }
}

macro_rules! scaled_cell {
    ($type:ident) => {
        impl Cell for $type {
            fn columns(name: &str, doc: &str, nullable: bool, out: &mut Vec<Column>) {
                column(name, DataType::Float64, nullable, doc, out);
                let exact = format!("{name} exactly: {name}_raw / 10^{name}_scale");
                column(&format!("{name}_raw"), DataType::Int64, nullable, &exact, out);
                let places = format!("decimal places of {name}_raw");
                column(&format!("{name}_scale"), DataType::Int8, nullable, &places, out);
            }
            fn write(&self, sink: &mut impl CellSink) {
                sink.f64(self.to_f64());
                sink.i64(self.raw);
                sink.i8(self.scale as i8);
            }
            fn read(row: &mut RowReader<'_>) -> Result<Self, ReadError> {
                row.skip(1);
                Ok($type::new(row.i64(), row.i8() as u8))
            }
        }
    };
}
scaled_cell!(Price);
scaled_cell!(Quantity);

impl Cell for Money {
    fn columns(name: &str, doc: &str, nullable: bool, out: &mut Vec<Column>) {
        column(name, DataType::Float64, nullable, doc, out);
        let exact = format!("{name} exactly, 12 decimal places");
        column(&format!("{name}_exact"), DataType::Decimal128(38, 12), nullable, &exact, out);
    }
    fn write(&self, sink: &mut impl CellSink) {
        sink.f64(self.to_f64());
        sink.money(*self);
    }
    fn read(row: &mut RowReader<'_>) -> Result<Self, ReadError> {
        row.skip(1);
        Ok(row.money())
    }
}

impl<T: Cell> Cell for Option<T> {
    fn columns(name: &str, doc: &str, _: bool, out: &mut Vec<Column>) {
        T::columns(name, doc, true, out);
    }
    fn write(&self, sink: &mut impl CellSink) {
        match self {
            Some(value) => value.write(sink),
            None => (0..width::<T>()).for_each(|_| sink.null()),
        }
    }
    fn read(row: &mut RowReader<'_>) -> Result<Self, ReadError> {
        if row.is_null() {
            row.skip(width::<T>());
            return Ok(None);
        }
        T::read(row).map(Some)
    }
}

fn width<T: Cell>() -> usize {
    let mut columns = Vec::new();
    T::columns("", "", true, &mut columns);
    columns.len()
}

/// The Arrow schema of columns.
pub fn schema_of(columns: &[Column]) -> SchemaRef {
    let fields: Vec<Field> = columns
        .iter()
        .map(|c| {
            // The lake's readers merge schemas of many files; only key columns promise non-null.
            Field::new(&c.name, c.data_type.clone(), c.nullable)
        })
        .collect();
    Arc::new(Schema::new(fields))
}

enum Builder {
    I64(Int64Builder),
    I32(Int32Builder),
    I8(Int8Builder),
    Time(TimestampNanosecondBuilder),
    F64(Float64Builder),
    Text(StringBuilder),
    Bool(BooleanBuilder),
    Money(Decimal128Builder),
}

/// Rows under construction: a [`CellSink`] that builds Arrow arrays.
pub struct RowBuilder {
    schema: SchemaRef,
    builders: Vec<Builder>,
    next: usize,
    rows: usize,
}

impl RowBuilder {
    /// An empty builder for these columns.
    ///
    /// # Panics
    /// On a column type that no [`Cell`] has.
    pub fn new(columns: &[Column]) -> RowBuilder {
        let builders = columns.iter().map(|c| builder_for(&c.data_type)).collect();
        RowBuilder { schema: schema_of(columns), builders, next: 0, rows: 0 }
    }

    /// Ends a row.
    ///
    /// # Panics
    /// When not every column got its value.
    pub fn end_row(&mut self) {
        assert_eq!(self.next, self.builders.len(), "a row fills every column");
        self.next = 0;
        self.rows += 1;
    }

    /// Rows so far.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Takes the rows as a batch and starts anew.
    pub fn take(&mut self) -> RecordBatch {
        self.rows = 0;
        let arrays = self.builders.iter_mut().map(Builder::finish).collect();
        RecordBatch::try_new(self.schema.clone(), arrays).expect("columns agree with the schema")
    }

    fn builder(&mut self) -> &mut Builder {
        self.next += 1;
        &mut self.builders[self.next - 1]
    }
}

fn builder_for(data_type: &DataType) -> Builder {
    match data_type {
        DataType::Int64 => Builder::I64(Int64Builder::new()),
        DataType::Int32 => Builder::I32(Int32Builder::new()),
        DataType::Int8 => Builder::I8(Int8Builder::new()),
        DataType::Timestamp(..) => {
            Builder::Time(TimestampNanosecondBuilder::new().with_timezone("UTC"))
        }
        DataType::Float64 => Builder::F64(Float64Builder::new()),
        DataType::Utf8 => Builder::Text(StringBuilder::new()),
        DataType::Boolean => Builder::Bool(BooleanBuilder::new()),
        DataType::Decimal128(..) => Builder::Money(
            Decimal128Builder::new().with_precision_and_scale(38, 12).expect("38, 12 is valid"),
        ),
        other => panic!("no cell has type {other}"),
    }
}

impl Builder {
    fn finish(&mut self) -> ArrayRef {
        match self {
            Builder::I64(b) => ArrayBuilder::finish(b),
            Builder::I32(b) => ArrayBuilder::finish(b),
            Builder::I8(b) => ArrayBuilder::finish(b),
            Builder::Time(b) => ArrayBuilder::finish(b),
            Builder::F64(b) => ArrayBuilder::finish(b),
            Builder::Text(b) => ArrayBuilder::finish(b),
            Builder::Bool(b) => ArrayBuilder::finish(b),
            Builder::Money(b) => ArrayBuilder::finish(b),
        }
    }
}

macro_rules! put {
    ($self:ident, $variant:ident, $value:expr) => {
        match $self.builder() {
            Builder::$variant(builder) => builder.append_value($value),
            _ => panic!("a cell writes the types of its columns"),
        }
    };
}
impl CellSink for RowBuilder {
    fn i64(&mut self, value: i64) {
        put!(self, I64, value);
    }
    fn i32(&mut self, value: i32) {
        put!(self, I32, value);
    }
    fn i8(&mut self, value: i8) {
        put!(self, I8, value);
    }
    fn time(&mut self, value: EventTime) {
        put!(self, Time, value.0);
    }
    fn f64(&mut self, value: f64) {
        if value.is_finite() {
            put!(self, F64, value);
        } else {
            self.null();
        }
    }
    fn text(&mut self, value: &str) {
        put!(self, Text, value);
    }
    fn bool(&mut self, value: bool) {
        put!(self, Bool, value);
    }
    fn money(&mut self, value: Money) {
        put!(self, Money, value.0);
    }
    fn null(&mut self) {
        match self.builder() {
            Builder::I64(b) => b.append_null(),
            Builder::I32(b) => b.append_null(),
            Builder::I8(b) => b.append_null(),
            Builder::Time(b) => b.append_null(),
            Builder::F64(b) => b.append_null(),
            Builder::Text(b) => b.append_null(),
            Builder::Bool(b) => b.append_null(),
            Builder::Money(b) => b.append_null(),
        }
    }
}

/// Reads the rows of a batch, column by column in schema order.
pub struct RowReader<'a> {
    columns: Vec<&'a ArrayRef>,
    row: usize,
    next: usize,
}

impl<'a> RowReader<'a> {
    /// Finds the columns in the batch by name; others are ignored.
    ///
    /// # Errors
    /// When a column is absent or has another type.
    pub fn new(batch: &'a RecordBatch, columns: &[Column]) -> Result<RowReader<'a>, ReadError> {
        let find = |c: &Column| match batch.column_by_name(&c.name) {
            Some(array) if *array.data_type() == c.data_type => Ok(array),
            _ => Err(ReadError::Column(c.name.clone(), c.data_type.clone())),
        };
        let columns = columns.iter().map(find).collect::<Result<_, _>>()?;
        Ok(RowReader { columns, row: 0, next: 0 })
    }

    /// Goes to the first column of a row.
    pub fn seek(&mut self, row: usize) {
        (self.row, self.next) = (row, 0);
    }

    /// Is the next column null?
    pub fn is_null(&self) -> bool {
        self.columns[self.next].is_null(self.row)
    }

    /// Passes over columns.
    pub fn skip(&mut self, columns: usize) {
        self.next += columns;
    }

    fn array(&mut self) -> &'a ArrayRef {
        self.next += 1;
        self.columns[self.next - 1]
    }

    fn time(&mut self) -> EventTime {
        EventTime(self.array().as_primitive::<TimestampNanosecondType>().value(self.row))
    }
    fn i64(&mut self) -> i64 {
        self.array().as_primitive::<Int64Type>().value(self.row)
    }
    fn i32(&mut self) -> i32 {
        self.array().as_primitive::<Int32Type>().value(self.row)
    }
    fn i8(&mut self) -> i8 {
        self.array().as_primitive::<Int8Type>().value(self.row)
    }
    fn bool(&mut self) -> bool {
        self.array().as_boolean().value(self.row)
    }
    fn money(&mut self) -> Money {
        Money(self.array().as_primitive::<Decimal128Type>().value(self.row))
    }
    fn f64(&mut self) -> f64 {
        let row = self.row;
        let array = self.array();
        if array.is_null(row) { f64::NAN } else { array.as_primitive::<Float64Type>().value(row) }
    }
    /// The next column's text.
    pub fn text(&mut self) -> &'a str {
        let row = self.row;
        self.array().as_string::<i32>().value(row)
    }
}
