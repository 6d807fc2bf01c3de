//! The bare scan that jobs over trades are compared with.

use super::print_line;
use crate::cli::{
    Failure, Outcome,
    clock::{Stopwatch, peak_memory_bytes},
};
use clap::Args;
use parquet::arrow::{ProjectionMask, arrow_reader::ParquetRecordBatchReaderBuilder};
use pipeline::lake::Lake;
use schemas::Table;
use serde_json::json;
use std::{fs::File, path::PathBuf};

/// Columns that a job over trades needs.
const COLUMNS: [&str; 5] = ["ts", "instrument", "price_raw", "quantity_raw", "side"];

/// Rows of a batch.
const BATCH: usize = 16_384;

/// Read five columns of a lake's trades with the Parquet reader alone, and look at nothing
#[derive(Debug, Args)]
pub(super) struct ScanArgs {
    /// The lake
    #[arg(value_name = "DIR")]
    lake: PathBuf,
}

impl ScanArgs {
    pub(super) fn execute(&self) -> Outcome {
        let lake = Lake::open(&self.lake.display().to_string()).map_err(Failure::not_started)?;
        let watch = Stopwatch::start();
        let mut events = 0;
        for file in lake.files(Table::Trades, &Default::default()).map_err(Failure::failed)? {
            let place = lake.place(&file.entry).map_err(Failure::failed)?;
            events += rows(File::open(place)?).map_err(Failure::failed)?;
        }
        print_line(&json!({
            "events": events,
            "wall_seconds": watch.seconds(),
            "peak_memory_bytes": peak_memory_bytes(),
        }))
    }
}

/// Reads the columns; gives the number of rows.
pub(super) fn rows(file: File) -> Result<usize, anyhow::Error> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
    let mask = ProjectionMask::columns(builder.parquet_schema(), COLUMNS);
    let reader = builder.with_projection(mask).with_batch_size(BATCH).build()?;
    let mut rows = 0;
    for batch in reader {
        rows += batch?.num_rows();
    }
    Ok(rows)
}
