//! Measures indicators and prints a line of CSV each: kind, nanoseconds a bar in batches, and
//! nanoseconds a call with one bar for each of many instruments in turn.
//!
//! `indicator_speed SPEC... < bars.csv`, with specs as for the example `indicator`. All bars given
//! are one batch, so give it 4,096 of them. `periods`, where it is a column, is the second series
//! of an indicator of two.

#![expect(clippy::disallowed_methods, reason = "it measures time, and computes nothing with it")]

mod shared;

use std::{error::Error, hint::black_box, process::ExitCode, time::Instant};

use operators::indicators::{BAR_COLUMNS, Indicator, IndicatorSpec, IndicatorState, Input};
use shared::{columns_of, read_columns, read_spec};

/// Instruments that take turns.
const INSTRUMENTS: usize = 1000;
/// Samples of each figure; the best counts, as the machine has other things to do too.
const SAMPLES: usize = 25;
/// Bars of a sample, at least.
const BARS: usize = 100_000;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("indicator_speed: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let specs: Vec<IndicatorSpec> =
        std::env::args().skip(1).map(|text| read_spec(&text)).collect::<Result<_, _>>()?;
    let bars = read_columns(&[&BAR_COLUMNS[..], &["periods"]].concat())?;
    for spec in specs {
        let indicator = spec.indicator();
        let inputs: Vec<&[f64]> = match indicator.input() {
            Input::Pair if spec.kind() == "mavp" => vec![&bars[3], &bars[5]],
            Input::Pair => vec![&bars[1], &bars[2]],
            _ => columns_of(indicator).into_iter().map(|name| &bars[place(name)][..]).collect(),
        };
        let (batch, one) = (batch_nanos(indicator, &inputs), single_nanos(indicator, &inputs));
        println!("{},{batch:.3},{one:.3}", spec.kind());
    }
    Ok(())
}

fn place(name: &str) -> usize {
    BAR_COLUMNS.iter().position(|column| *column == name).expect("a column of a bar")
}

/// Nanoseconds a bar where all bars come at once.
fn batch_nanos(indicator: &dyn Indicator, inputs: &[&[f64]]) -> f64 {
    let rows = inputs[0].len();
    let mut columns = vec![vec![0.0; rows]; indicator.outputs().len()];
    let rounds = BARS.div_ceil(rows);
    let mut state = indicator.start();
    best(|| {
        let start = Instant::now();
        for _ in 0..rounds {
            let mut outputs: Vec<&mut [f64]> = columns.iter_mut().map(|c| &mut c[..]).collect();
            state.run(black_box(inputs), &mut outputs);
        }
        black_box(&columns);
        start.elapsed().as_nanos() as f64 / (rounds * rows) as f64
    })
}

/// Nanoseconds a call with one bar, for instruments that take turns.
fn single_nanos(indicator: &dyn Indicator, inputs: &[&[f64]]) -> f64 {
    let count = indicator.outputs().len();
    let mut values = vec![0.0; count];
    let mut states: Vec<Box<dyn IndicatorState>> = Vec::new();
    for _ in 0..INSTRUMENTS {
        let mut state = indicator.start();
        let mut columns = vec![vec![0.0; 300]; count];
        let mut slices: Vec<&mut [f64]> = columns.iter_mut().map(|c| &mut c[..]).collect();
        let warm: Vec<&[f64]> = inputs.iter().map(|column| &column[..300]).collect();
        state.run(&warm, &mut slices);
        states.push(state);
    }
    let mut row = 300;
    let rounds = BARS / INSTRUMENTS / 10;
    best(|| {
        let start = Instant::now();
        for _ in 0..rounds {
            row = if row + 1 < inputs[0].len() { row + 1 } else { 300 };
            let one: [&[f64]; 5] =
                std::array::from_fn(|i| inputs.get(i).map_or(&[][..], |c| &c[row..=row]));
            let one = &one[..inputs.len()];
            for state in &mut states {
                let mut slots = values.chunks_mut(1);
                let mut outputs: [&mut [f64]; 4] =
                    std::array::from_fn(|_| slots.next().unwrap_or_default());
                state.run(black_box(one), &mut outputs[..count]);
            }
        }
        black_box(&values);
        start.elapsed().as_nanos() as f64 / (rounds * INSTRUMENTS) as f64
    })
}

fn best(mut sample: impl FnMut() -> f64) -> f64 {
    (0..SAMPLES).map(|_| sample()).fold(f64::INFINITY, f64::min)
}
