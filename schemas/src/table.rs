//! A lake table as a struct: one declaration gives the record, its columns with their
//! documentation, the Arrow schema, writing, reading and digests.

use crate::cell::{Cell, CellSink, Column, ReadError, RowBuilder, RowReader};
use crate::digest::{Digest, RowDigest};
use crate::{EventTime, OrderKey, Text};
use arrow::array::RecordBatch;

/// A record with a lake table of its own.
pub trait Record: Sized {
    /// The table's columns: `ts`, `instrument`, the record's own, the rest of the order key.
    fn columns() -> Vec<Column>;
    /// The record's place.
    fn key(&self) -> &OrderKey;
    /// Writes a row.
    fn write(&self, sink: &mut impl CellSink);
    /// Reads a row.
    ///
    /// # Errors
    /// When a value is outside its domain.
    fn read(row: &mut RowReader<'_>) -> Result<Self, ReadError>;

    /// Its digest.
    fn digest(&self, scratch: &mut RowDigest) -> Digest {
        self.write(scratch);
        scratch.take()
    }

    /// All rows of a batch.
    ///
    /// # Errors
    /// When the batch does not have the table's columns.
    fn read_all(batch: &RecordBatch) -> Result<Vec<Self>, ReadError> {
        let mut reader = RowReader::new(batch, &Self::columns())?;
        (0..batch.num_rows())
            .map(|row| {
                reader.seek(row);
                Self::read(&mut reader)
            })
            .collect()
    }

    /// Rows as a batch.
    fn batch<'a>(rows: impl IntoIterator<Item = &'a Self>) -> RecordBatch
    where
        Self: 'a,
    {
        let mut builder = RowBuilder::new(&Self::columns());
        for row in rows {
            row.write(&mut builder);
            builder.end_row();
        }
        builder.take()
    }
}

/// The first two columns of every table.
pub fn lead_columns(out: &mut Vec<Column>) {
    EventTime::columns("ts", "when it became known: the order of everything, UTC", false, out);
    Option::<Text>::columns("instrument", "venue:symbol", true, out);
}

/// The order key's columns after `ts`; with `instrument` and `account` they are the whole key.
pub fn key_columns(out: &mut Vec<Column>) {
    u8::columns(
        "received",
        "what comes first at ts: 0 = due, 1 = received; 2 to 4 by a venue's clock",
        false,
        out,
    );
    u16::columns("source_rank", "place of the cause's source in the job file", false, out);
    u32::columns("source_partition", "partition (file) of the cause", false, out);
    u64::columns("source_offset", "offset (line, row) of the cause in its partition", false, out);
    u16::columns("operator", "ordinal of the operator that made the row; 0 = source", false, out);
    u32::columns("seq", "counts rows with all else equal", false, out);
}

/// Writes the key's columns after `ts`.
pub fn write_key(key: &OrderKey, sink: &mut impl CellSink) {
    key.received.write(sink);
    key.source_rank.write(sink);
    key.source_partition.write(sink);
    key.source_offset.write(sink);
    key.operator.write(sink);
    key.seq.write(sink);
}

/// Reads what [`write_key`] wrote; the state key is not among the columns and stays 0.
///
/// # Errors
/// Never for columns of the right type.
pub fn read_key(ts: EventTime, row: &mut RowReader<'_>) -> Result<OrderKey, ReadError> {
    Ok(OrderKey {
        ts,
        received: u8::read(row)?,
        source_rank: u16::read(row)?,
        source_partition: u32::read(row)?,
        source_offset: u64::read(row)?,
        operator: u16::read(row)?,
        state: 0,
        seq: u32::read(row)?,
    })
}

/// The name of a field that is a word of the language: `ref` for `r#ref`.
pub fn plain(field: &str) -> &str {
    field.strip_prefix("r#").unwrap_or(field)
}

/// Declares a record: a documented struct whose fields stand between `instrument` and the key.
#[macro_export]
macro_rules! record {
    ($(#[doc = $doc:literal])+ $name:ident {
        $($(#[doc = $field_doc:literal])+ $field:ident: $type:ty,)*
    }) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name {
            /// Its place in the total order; `key.ts` is the column `ts`.
            pub key: $crate::OrderKey,
            /// `venue:symbol`; null where the record belongs to no instrument.
            pub instrument: Option<$crate::Text>,
            $($(#[doc = $field_doc])+ pub $field: $type,)*
        }

        impl $crate::table::Record for $name {
            fn columns() -> Vec<$crate::cell::Column> {
                let mut out = Vec::new();
                $crate::table::lead_columns(&mut out);
                $(<$type as $crate::cell::Cell>::columns(
                    $crate::table::plain(stringify!($field)), concat!($($field_doc),+).trim(),
                    false, &mut out);)*
                $crate::table::key_columns(&mut out);
                out
            }
            fn key(&self) -> &$crate::OrderKey {
                &self.key
            }
            fn write(&self, sink: &mut impl $crate::cell::CellSink) {
                use $crate::cell::Cell;
                self.key.ts.write(sink);
                self.instrument.write(sink);
                $(self.$field.write(sink);)*
                $crate::table::write_key(&self.key, sink);
            }
            fn read(
                row: &mut $crate::cell::RowReader<'_>,
            ) -> Result<Self, $crate::cell::ReadError> {
                use $crate::cell::Cell;
                let ts = $crate::EventTime::read(row)?;
                let instrument = Option::<$crate::Text>::read(row)?;
                $(let $field = <$type as Cell>::read(row)?;)*
                let key = $crate::table::read_key(ts, row)?;
                Ok($name { key, instrument, $($field),* })
            }
        }
    };
}

/// Declares an enumeration that stands as text in the lake and in job files.
#[macro_export]
macro_rules! text_enum {
    ($(#[doc = $doc:literal])+ $name:ident {
        $($(#[doc = $variant_doc:literal])+ $variant:ident = $text:literal,)+
    }) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[derive(serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[doc = $variant_doc])+ #[serde(rename = $text)] $variant,)+
        }
        impl $name {
            /// Every value.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];
            /// As it stands in the lake.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text,)+ }
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl $crate::cell::Cell for $name {
            fn columns(name: &str, doc: &str, nullable: bool, out: &mut Vec<$crate::cell::Column>) {
                let values: Vec<&str> = Self::ALL.iter().map(|v| v.as_str()).collect();
                let doc = format!("{doc}: {}", values.join(", "));
                <$crate::Text as $crate::cell::Cell>::columns(name, &doc, nullable, out);
            }
            fn write(&self, sink: &mut impl $crate::cell::CellSink) {
                sink.text(self.as_str());
            }
            fn read(
                row: &mut $crate::cell::RowReader<'_>,
            ) -> Result<Self, $crate::cell::ReadError> {
                let text = row.text();
                Self::ALL.iter().copied().find(|v| v.as_str() == text).ok_or_else(|| {
                    $crate::cell::ReadError::Value(stringify!($name).into(), text.into())
                })
            }
        }
    };
}
