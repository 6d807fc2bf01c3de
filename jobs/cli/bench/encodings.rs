//! How files of the lake could be encoded: size against speed.

use super::{print_line, scan::rows};
use crate::cli::{Failure, Outcome, clock::Stopwatch};
use anyhow::Context;
use arrow::{array::RecordBatch, datatypes::DataType};
use clap::Args;
use parquet::{
    arrow::{ArrowWriter, arrow_reader::ParquetRecordBatchReaderBuilder},
    basic::{Compression, Encoding, ZstdLevel},
    file::properties::{WriterProperties, WriterPropertiesBuilder},
    schema::types::ColumnPath,
};
use pipeline::lake::{Lake, ROW_GROUP_ROWS};
use schemas::Table;
use serde_json::json;
use std::{fs::File, path::PathBuf};

/// Write a lake's trades once in each encoding, and scan them
///
/// Whole numbers and times are plain, in dictionaries, as differences (DELTA_BINARY_PACKED) or
/// split by byte (BYTE_STREAM_SPLIT), texts in dictionaries; each with no compression, LZ4 and
/// Zstandard. The scan is that of `tapeflow bench scan`: five columns, one thread.
#[derive(Debug, Args)]
pub(super) struct EncodingsArgs {
    /// The lake
    #[arg(value_name = "DIR")]
    lake: PathBuf,
    /// Trades at most
    #[arg(long, value_name = "N", default_value_t = 5_000_000)]
    trades: usize,
    /// How many times each is scanned; the fastest is told
    #[arg(long, value_name = "N", default_value_t = 5)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=1_000))]
    rounds: u32,
}

/// How columns of whole numbers are encoded.
const NUMBERS: [(&str, Option<Encoding>); 4] = [
    ("plain", Some(Encoding::PLAIN)),
    ("dictionary", None),
    ("delta", Some(Encoding::DELTA_BINARY_PACKED)),
    ("byte-stream split", Some(Encoding::BYTE_STREAM_SPLIT)),
];

impl EncodingsArgs {
    pub(super) fn execute(&self) -> Outcome {
        let batches = self.read()?;
        let trades: usize = batches.iter().map(RecordBatch::num_rows).sum();
        if trades == 0 {
            let why = anyhow::anyhow!("{} has no trades", self.lake.display());
            return Err(Failure::NotStarted(why));
        }
        let level = ZstdLevel::try_new(1).map_err(Failure::failed)?;
        for (numbers, encoding) in NUMBERS {
            for (name, compression) in [
                ("none", Compression::UNCOMPRESSED),
                ("lz4", Compression::LZ4_RAW),
                ("zstd", Compression::ZSTD(level)),
            ] {
                let properties = properties(&batches[0], encoding).set_compression(compression);
                let (bytes, seconds) = self.measure(&batches, properties.build())?;
                print_line(&json!({
                    "numbers": numbers,
                    "compression": name,
                    "bytes_per_trade": bytes as f64 / trades as f64,
                    "trades_per_second": trades as f64 / seconds,
                }))?;
            }
        }
        Ok(())
    }

    fn read(&self) -> Result<Vec<RecordBatch>, Failure> {
        let lake = Lake::open(&self.lake.display().to_string()).map_err(Failure::not_started)?;
        let mut batches = Vec::new();
        let mut left = self.trades;
        for file in lake.files(Table::Trades, &Default::default()).map_err(Failure::failed)? {
            let file = File::open(lake.place(&file.entry).map_err(Failure::failed)?)?;
            let reader = ParquetRecordBatchReaderBuilder::try_new(file).map_err(Failure::failed)?;
            for batch in reader.build().map_err(Failure::failed)? {
                let batch = batch.map_err(Failure::failed)?;
                let batch = batch.slice(0, batch.num_rows().min(left));
                left -= batch.num_rows();
                batches.push(batch);
                if left == 0 {
                    return Ok(batches);
                }
            }
        }
        Ok(batches)
    }

    /// Bytes of the file, and seconds of the fastest scan.
    fn measure(
        &self,
        batches: &[RecordBatch],
        properties: WriterProperties,
    ) -> Result<(u64, f64), Failure> {
        let file = tempfile::NamedTempFile::new()?;
        let schema = batches[0].schema();
        let writer = ArrowWriter::try_new(file.reopen()?, schema, Some(properties));
        let mut writer = writer.map_err(Failure::failed)?;
        for batch in batches {
            writer.write(batch).map_err(Failure::failed)?;
        }
        writer.close().map_err(Failure::failed)?;
        let mut fastest = f64::INFINITY;
        for _ in 0..self.rounds {
            let watch = Stopwatch::start();
            rows(file.reopen()?).context("the scan").map_err(Failure::Failed)?;
            fastest = fastest.min(watch.seconds());
        }
        Ok((file.as_file().metadata()?.len(), fastest))
    }
}

/// The columns of whole numbers so, all others as they are by default; `None` is a dictionary.
fn properties(batch: &RecordBatch, encoding: Option<Encoding>) -> WriterPropertiesBuilder {
    let mut properties =
        WriterProperties::builder().set_max_row_group_row_count(Some(ROW_GROUP_ROWS));
    let schema = batch.schema();
    let numbers = |data: &DataType| matches!(data, DataType::Int64 | DataType::Timestamp(..));
    for field in schema.fields().iter().filter(|field| numbers(field.data_type())) {
        let column = ColumnPath::from(field.name().as_str());
        if let Some(encoding) = encoding {
            properties = properties
                .set_column_dictionary_enabled(column.clone(), false)
                .set_column_encoding(column, encoding);
        }
    }
    properties
}
