//! What a model costs in the graph beside the bare session of ONNX Runtime, in one process, in
//! turns:
//!
//! ```sh
//! export ORT_DYLIB_PATH=…/libonnxruntime.so
//! cargo run --release -p tapeflow-pipeline --example model_speed MODEL.onnx [--judge]
//! ```
//! The model has one input of f32 that is a sequence, as an LSTM over 32 rows of 16 columns has.
//!
//! Bare is `Session::run` of the `ort` crate with the same settings (one thread, all graph
//! optimisations, the processor) on a tensor that is there already; its output is not copied.
//! The graph's part is all that the operator does for so many instruments that have a new row
//! each: the row goes into the instrument's window of f64, the windows become questions, those
//! one tensor (one row alone is given twice, so that no batch changes a result), the model runs,
//! and each row's outputs become a list of f64.

#![allow(clippy::disallowed_methods, reason = "it measures")]

use operators::{
    market::{Ask, ModelInput, Windows},
    models::{Tensor, Values},
};
use ort::{session::Session, value::TensorRef};
use pipeline::models::{Answerer, Backend, Graph, ModelFile, bare_session, made_rows, row_shapes};
use std::{error::Error, hint::black_box, path::PathBuf, process::ExitCode, time::Instant};

/// Turns of each; the middle one of their times counts.
const TURNS: usize = 61;

/// Rows of a batch, calls of a turn, and how many times the bare session it may cost.
const BATCHES: [(usize, usize, f64); 3] = [(512, 1, 1.1), (64, 4, f64::INFINITY), (1, 200, 1.5)];

fn median(mut took: Vec<f64>) -> f64 {
    took.sort_by(f64::total_cmp);
    took[took.len() / 2]
}

/// Instruments whose windows are full but for one row.
struct Instruments<'a> {
    numbers: &'a [f32],
    input: Vec<ModelInput>,
    windows: Vec<Windows>,
    /// Numbers of a row of a sequence, and those of a sequence.
    columns: usize,
    size: usize,
}

impl Instruments<'_> {
    fn row(&self, instrument: usize, row: usize) -> Vec<f64> {
        let at = instrument * self.size + row * self.columns;
        self.numbers[at..at + self.columns].iter().map(|x| f64::from(*x)).collect()
    }

    /// One row more of each; what is asked.
    fn step(&mut self, rows: &[Vec<f64>]) -> Vec<Ask> {
        let all = self.windows.iter_mut().zip(rows);
        let asks = all.filter_map(|(window, row)| {
            let inputs = window.take(&self.input, row)?;
            Some(Ask { model: 0, inputs })
        });
        asks.collect()
    }
}

fn bare(session: &mut Session, input: &Tensor) -> Result<Vec<f32>, Box<dyn Error>> {
    let Values::F32(numbers) = input.values() else { return Err("its input is not f32".into()) };
    let given = TensorRef::from_array_view((input.shape(), &numbers[..]))?;
    let outputs = session.run(ort::inputs![given])?;
    let (_, found) = outputs[0].try_extract_tensor::<f32>()?;
    Ok(vec![found[0], found[found.len() - 1]])
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let path = PathBuf::from(std::env::args().nth(1).ok_or("name a model")?);
    let judge = std::env::args().any(|word| word == "--judge");
    let bytes = std::fs::read(&path)?;
    let shapes = |graph: &Graph| Ok(row_shapes(graph, 32));
    let (file, graph, opened) = ModelFile::choose(&path, Some(Backend::Ort), None, None, shapes)?;
    let [ref input] = file.inputs[..] else { return Err("it has several inputs".into()) };
    let [rows, columns] = input.shape[..] else { return Err("it takes no sequence".into()) };
    let mut model = Answerer::new(opened.model, file.inputs.clone());
    let mut session = bare_session(&bytes)?;
    println!("{} by {}, {rows} rows of {columns} columns", path.display(), file.pin);
    let mut passed = true;
    for (batch, calls, most) in BATCHES {
        let made = made_rows(&graph, &row_shapes(&graph, 32), batch);
        let Values::F32(numbers) = made[0].values() else { return Err("not f32".into()) };
        let slots = (0..columns as u32).collect();
        let mut all = Instruments {
            numbers,
            input: vec![ModelInput { columns: slots, rows: rows as u32 }],
            windows: vec![Windows::new(1); batch],
            columns,
            size: rows * columns,
        };
        // The rows of all instruments at each step, made before time counts.
        let steps: Vec<Vec<Vec<f64>>> =
            (0..rows).map(|row| (0..batch).map(|i| all.row(i, row)).collect()).collect();
        steps[..rows - 1].iter().for_each(|step| assert!(all.step(step).is_empty()));
        let mut next = (0..rows).cycle().skip(rows - 1);
        let mut ours = || {
            let asks = all.step(&steps[next.next().unwrap_or(0)]);
            model.answer(&asks.iter().collect::<Vec<_>>())
        };
        // Both see the same numbers the first time, and must say the same.
        let (first, wanted) = (ours(), bare(&mut session, &made[0])?);
        let value = first[0].as_ref().and_then(|row| row.first()).ok_or("no answer")?;
        if (value - f64::from(wanted[0])).abs() > 1e-6 {
            return Err(format!("{value} and not {}", wanted[0]).into());
        }
        let (mut of_bare, mut of_ours) = (Vec::new(), Vec::new());
        for _ in 0..TURNS {
            let start = Instant::now();
            for _ in 0..calls {
                black_box(bare(&mut session, &made[0])?);
            }
            of_bare.push(start.elapsed().as_secs_f64() / calls as f64);
            let start = Instant::now();
            for _ in 0..calls {
                black_box(ours());
            }
            of_ours.push(start.elapsed().as_secs_f64() / calls as f64);
        }
        let (session, asked) = (median(of_bare) * 1e6, median(of_ours) * 1e6);
        let ratio = asked / session;
        println!(
            "{batch:>3} rows: bare {session:>8.1} us, in the graph {asked:>8.1} us, {ratio:.3}"
        );
        passed &= ratio <= most;
    }
    Ok(if passed || !judge { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
