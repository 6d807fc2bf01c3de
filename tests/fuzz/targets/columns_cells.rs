//! Parquet and Feather files that are sound, with cells of any type and value.

#![no_main]

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float32Array, Float64Array, Int8Array,
    Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray, TimestampSecondArray,
    UInt64Array,
};
use arrow::datatypes::{DataType, Field, Schema};
use fuzz::layouts::LAYOUTS;
use libfuzzer_sys::fuzz_target;
use pipeline::sources::columns::{Columns, Layout};
use schemas::chunk::RowKind;
use std::sync::Arc;

/// Bytes of the input, zeros behind its end.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *first
    }

    /// Mostly numbers that a column may hold, now and then any.
    fn whole(&mut self) -> i64 {
        match self.byte() {
            0 => i64::from_le_bytes(std::array::from_fn(|_| self.byte())),
            n @ 1..128 => i64::from(n) * i64::from(self.byte()),
            n => 1_704_067_200_000 + i64::from(n) * i64::from(self.byte()),
        }
    }

    fn float(&mut self) -> f64 {
        match self.byte() {
            0 => f64::from_bits(self.whole() as u64),
            n => self.whole() as f64 / f64::from(n),
        }
    }

    fn text(&mut self) -> String {
        let length = self.byte() as usize % 24;
        let text: Vec<u8> = (0..length).map(|_| self.byte()).collect();
        String::from_utf8_lossy(&text).into_owned()
    }

    /// Cells, of which some are null.
    fn cells<T>(&mut self, rows: usize, mut one: impl FnMut(&mut Self) -> T) -> Vec<Option<T>> {
        (0..rows).map(|_| (self.byte() != 255).then(|| one(self))).collect()
    }

    /// A column, and its numbers as text where that is known.
    fn column(&mut self, rows: usize) -> (ArrayRef, Option<Vec<Option<String>>>) {
        fn texts<T: ToString>(cells: &[Option<T>]) -> Option<Vec<Option<String>>> {
            Some(cells.iter().map(|cell| cell.as_ref().map(T::to_string)).collect())
        }
        match self.byte() % 12 {
            0..3 => {
                let cells = self.cells(rows, Bytes::float);
                (Arc::new(Float64Array::from(cells.clone())), texts(&cells))
            }
            3 => {
                let cells = self.cells(rows, |bytes| bytes.float() as f32);
                (Arc::new(Float32Array::from(cells.clone())), texts(&cells))
            }
            4 => {
                let cells = self.cells(rows, Bytes::whole);
                (Arc::new(Int64Array::from(cells.clone())), texts(&cells))
            }
            5 => {
                let cells = self.cells(rows, |bytes| bytes.whole() as u64);
                (Arc::new(UInt64Array::from(cells.clone())), texts(&cells))
            }
            6 => {
                let cells = self.cells(rows, |bytes| bytes.byte() as i8);
                (Arc::new(Int8Array::from(cells.clone())), texts(&cells))
            }
            7 => {
                let cells = self.cells(rows, Bytes::text);
                (Arc::new(StringArray::from(cells.clone())), texts(&cells))
            }
            8 => {
                let cells = self.cells(rows, |bytes| i128::from(bytes.whole()));
                let array = Decimal128Array::from(cells.clone()).with_precision_and_scale(38, 4);
                let text = |cell: &Option<i128>| cell.map(|raw| format!("{raw}e-4"));
                let texts = cells.iter().map(text).collect();
                (Arc::new(array.expect("38 digits hold them")), Some(texts))
            }
            9 => (Arc::new(BooleanArray::from(self.cells(rows, |b| b.byte() > 128))), None),
            10 => match self.byte() % 2 {
                0 => (Arc::new(TimestampSecondArray::from(self.cells(rows, Bytes::whole))), None),
                _ => {
                    let cells = self.cells(rows, Bytes::whole);
                    (Arc::new(TimestampMicrosecondArray::from(cells)), None)
                }
            },
            _ => {
                let cells = self.cells(rows, |bytes| bytes.whole() as i32);
                (Arc::new(Date32Array::from(cells)), None)
            }
        }
    }
}

fn packed(batch: &RecordBatch, parquet: bool) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    if parquet {
        let mut writer =
            parquet::arrow::ArrowWriter::try_new(&mut out, batch.schema(), None).ok()?;
        writer.write(batch).ok()?;
        writer.close().ok()?;
    } else {
        let mut writer = arrow_ipc::writer::FileWriter::try_new(&mut out, &batch.schema()).ok()?;
        writer.write(batch).ok()?;
        writer.finish().ok()?;
    }
    Some(out)
}

fuzz_target!(|data: &[u8]| {
    let mut bytes = Bytes(data);
    let named: Vec<&Layout> = LAYOUTS.iter().filter(|layout| !layout.names.is_empty()).collect();
    let layout = named[bytes.byte() as usize % named.len()];
    // To write a Parquet file takes as long as hundreds of Feather files.
    let (parquet, rows) = (bytes.byte() == 255, bytes.byte() as usize % 8);
    let (mut fields, mut columns, mut texts) = (Vec::new(), Vec::new(), Vec::new());
    for name in &layout.names {
        let is_time = layout.time.column == *name;
        // With any time at all few rows would land.
        let (array, text) = match is_time && bytes.byte() < 200 {
            true => {
                let times = (0..rows as i64).map(|i| 1_704_067_200_000 + i * 1000);
                (Arc::new(Int64Array::from_iter_values(times)) as ArrayRef, None)
            }
            false => bytes.column(rows),
        };
        fields.push(Field::new(name, array.data_type().clone(), true));
        columns.push(array);
        texts.push(text);
    }
    let types: Vec<DataType> = fields.iter().map(|field| field.data_type().clone()).collect();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns);
    let Some(file) = packed(&batch.expect("columns have the same length"), parquet) else { return };
    let path = fuzz::file("BTCUSDT-5m.feather", &file);
    let only = layout.symbol.is_none().then_some(0);
    let instruments = fuzz::instruments();
    let opened = Columns::open((3, 5), layout, &[path], "binance", only, &instruments);
    let Ok(tally) = fuzz::read(&mut opened.expect("it is there")) else { return };
    assert_eq!(tally.offsets(), (1..=rows as u64).collect::<Vec<_>>(), "in = landed + rejected");
    for chunk in &tally.chunks {
        for row in 0..chunk.len() {
            let (RowKind::Trade, slot) = chunk.slot(row) else { continue };
            let facts = &instruments[chunk.instrument[row] as usize];
            let (price, quantity) = (chunk.trades.price[slot], chunk.trades.quantity[slot]);
            for (field, raw, scale) in
                [("price", price, facts.price_scale), ("quantity", quantity, facts.quantity_scale)]
            {
                let place = layout.names.iter().position(|name| *name == layout.columns[field]);
                let place = place.expect("it is named");
                let texts = texts[place].as_ref().expect("it is a number");
                let text = texts[chunk.offset[row] as usize - 1].as_ref().expect("not null");
                match types[place] {
                    DataType::Float32 => fuzz::exact::same_f32(text, raw, scale),
                    _ => fuzz::exact::same(text.trim_ascii(), raw, scale),
                }
            }
        }
    }
});
