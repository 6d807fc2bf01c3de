//! Runs one indicator over bars and prints its outputs, for comparisons with other programs.
//!
//! `indicator '{"ema":{"period":12}}' < bars.csv` reads a CSV whose header names `open`, `high`,
//! `low`, `close` and `volume`, in any order and among others, and writes one CSV column an output
//! at full precision, empty for null. An indicator of one series gets the close, one of two series
//! the close and the volume; names of other columns may follow the spec.

mod shared;

use std::{
    error::Error,
    io::{self, BufWriter, Write},
    process::ExitCode,
};

use shared::{columns_of, read_columns, read_spec};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("indicator: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let text = std::env::args().nth(1).ok_or("usage: indicator SPEC < bars.csv")?;
    let spec = read_spec(&text)?;
    let indicator = spec.indicator();
    let named: Vec<String> = std::env::args().skip(2).collect();
    let columns: Vec<&str> = match named.is_empty() {
        true => columns_of(indicator),
        false => named.iter().map(String::as_str).collect(),
    };
    let bars = read_columns(&columns)?;
    let inputs: Vec<&[f64]> = bars.iter().map(|column| &column[..]).collect();
    let outputs = indicator.outputs();
    let mut columns = vec![vec![0.0; bars[0].len()]; outputs.len()];
    let mut slices: Vec<&mut [f64]> = columns.iter_mut().map(|column| &mut column[..]).collect();
    indicator.start().run(&inputs, &mut slices);

    let mut out = BufWriter::new(io::stdout().lock());
    writeln!(out, "{}", outputs.iter().map(|output| output.name).collect::<Vec<_>>().join(","))?;
    let cell = |value: f64| if value.is_nan() { String::new() } else { format!("{value:e}") };
    for row in 0..bars[0].len() {
        let cells: Vec<String> = columns.iter().map(|column| cell(column[row])).collect();
        writeln!(out, "{}", cells.join(","))?;
    }
    Ok(out.flush()?)
}
