//! What asking a model costs beside the bare session of ONNX Runtime, in one process, in turns:
//!
//! ```sh
//! export ORT_DYLIB_PATH=…/libonnxruntime.so
//! cargo run --release -p tapeflow-pipeline --example model_speed MODEL.onnx
//! ```
//! The model has one input of f32, as an LSTM over 32 rows of 16 columns has.

#![allow(clippy::disallowed_methods, reason = "it measures")]

use operators::{market::Ask, models::Values};
use pipeline::models::{Answerer, Backend, Graph, ModelFile, load, made_rows, row_shapes};
use std::{error::Error, path::PathBuf, time::Instant};

/// Turns of each; the middle one of their times counts.
const TURNS: usize = 61;

fn median(mut took: Vec<f64>) -> f64 {
    took.sort_by(f64::total_cmp);
    took[took.len() / 2]
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = PathBuf::from(std::env::args().nth(1).ok_or("name a model")?);
    let bytes = std::fs::read(&path)?;
    let shapes = |graph: &Graph| Ok(row_shapes(graph, 32));
    let (file, graph, opened) = ModelFile::choose(&path, Some(Backend::Ort), None, None, shapes)?;
    let mut ours = Answerer::new(opened.model, file.inputs.clone());
    println!("{} by {}", path.display(), file.pin);
    // The runtime's session on tensors that are there already.
    let (mut bare, _) = load(Backend::Ort, &graph, &bytes, None)?;
    for (rows, calls) in [(512, 1), (64, 4), (1, 200)] {
        let made = made_rows(&graph, &row_shapes(&graph, 32), rows);
        let Values::F32(numbers) = made[0].values() else { return Err("not f32".into()) };
        let width = made[0].width();
        let row = |row: &[f32]| row.iter().map(|x| f64::from(*x)).collect();
        let asks: Vec<Ask> = numbers
            .chunks_exact(width)
            .map(|numbers| Ask { model: 0, inputs: vec![row(numbers)] })
            .collect();
        let asks: Vec<&Ask> = asks.iter().collect();
        let (mut of_bare, mut of_ours) = (Vec::new(), Vec::new());
        for _ in 0..TURNS {
            let start = Instant::now();
            for _ in 0..calls {
                std::hint::black_box(bare.run(&made)?);
            }
            of_bare.push(start.elapsed().as_secs_f64() / f64::from(calls));
            let start = Instant::now();
            for _ in 0..calls {
                std::hint::black_box(ours.answer(&asks));
            }
            of_ours.push(start.elapsed().as_secs_f64() / f64::from(calls));
        }
        let (session, asked) = (median(of_bare) * 1e6, median(of_ours) * 1e6);
        let ratio = asked / session;
        println!("{rows:>3} rows: bare {session:>8.1} us, asked {asked:>8.1} us, {ratio:.3}");
    }
    Ok(())
}
