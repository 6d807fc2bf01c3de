//! `tapeflow model check`: what runs a model, and how fast, before a job names it.

use super::{
    Failure, Outcome,
    clock::Stopwatch,
    output::{print, print_json},
};
use anyhow::{Context as _, anyhow};
use clap::{Args, Subcommand};
use operators::models::{Batching, Tensor};
use pipeline::models::{
    Backend, Golden, Graph, OpenOptions, Opened, Port, RowShapes, Scaling, made_rows, open,
    row_shapes, sha256,
};
use serde::Serialize;
use std::{collections::BTreeMap, fmt::Write as _, fs, num::NonZeroUsize, path::PathBuf};

const EXAMPLES: &str = "\
Examples:
  tapeflow model check models/trend.onnx
  tapeflow model check models/trend.onnx --golden models/golden.json --json";

/// Look at models
#[derive(Debug, Args)]
pub struct ModelArgs {
    #[command(subcommand)]
    command: ModelCommand,
}

#[derive(Debug, Subcommand)]
enum ModelCommand {
    Check(CheckModelArgs),
}

/// Say what an ONNX file holds, what runs it, how fast, and whether batches change its results
///
/// Each backend that is here is tried: it must load the model, run made rows with the same bits
/// in every batch (else rows are given one by one), and give the golden outputs. A job uses the
/// first that does. The exit code is 1 when none does.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
struct CheckModelArgs {
    /// The model
    #[arg(value_name = "MODEL.onnx")]
    path: PathBuf,
    /// Golden rows: inputs and the outputs that belong to them
    #[arg(long, value_name = "FILE")]
    golden: Option<PathBuf>,
    /// The library of ONNX Runtime, if it is not beside the program
    #[arg(long, value_name = "FILE", env = pipeline::models::LIBRARY_VARIABLE)]
    onnxruntime: Option<PathBuf>,
    /// Size of dimensions that the model leaves open, apart from the batch
    #[arg(long, value_name = "N", default_value = "32")]
    rows: NonZeroUsize,
    /// Print one JSON object instead of text
    #[arg(long)]
    json: bool,
}

/// What was found out.
#[derive(Serialize)]
struct Checked {
    sha256: String,
    bytes: usize,
    opsets: BTreeMap<String, i64>,
    operators: BTreeMap<String, usize>,
    inputs: Vec<Port>,
    outputs: Vec<Port>,
    /// How the operator scales its inputs, as its metadata says.
    scaling: BTreeMap<String, Scaling>,
    backends: Vec<Tried>,
    /// The one that a job uses.
    chosen: Option<Backend>,
}

/// What a backend did with it.
#[derive(Serialize)]
struct Tried {
    backend: Backend,
    version: Option<String>,
    error: Option<String>,
    /// Which rows it may be given together.
    batching: Option<Batching>,
    /// Numbers a row, by output.
    widths: Vec<usize>,
    /// Greatest difference to the golden rows.
    golden: Option<f64>,
    /// Median seconds of a call with so many rows.
    seconds: BTreeMap<usize, f64>,
}

impl ModelArgs {
    /// Does it.
    pub fn execute(&self) -> Outcome {
        let ModelCommand::Check(args) = &self.command;
        args.execute()
    }
}

impl CheckModelArgs {
    fn execute(&self) -> Outcome {
        let bytes = fs::read(&self.path)
            .with_context(|| format!("cannot read {}", self.path.display()))
            .map_err(Failure::NotStarted)?;
        let graph = Graph::parse(&bytes).map_err(Failure::not_started)?;
        let golden = self.golden.as_ref().map(|path| {
            let text = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
            Golden::parse(&text).map_err(|why| anyhow!("{}: {why}", path.display()))
        });
        let golden = golden.transpose().map_err(Failure::NotStarted)?;
        let shapes = row_shapes(&graph, self.rows.get());
        let backends: Vec<Tried> = Backend::ALL
            .iter()
            .map(|backend| self.try_one(*backend, &graph, &bytes, golden.as_ref(), &shapes))
            .collect();
        let chosen = backends.iter().find(|tried| tried.error.is_none()).map(|t| t.backend);
        let checked = Checked {
            sha256: sha256(&bytes),
            bytes: bytes.len(),
            opsets: graph.opsets.clone(),
            operators: graph.operators.clone(),
            inputs: graph.inputs.clone(),
            outputs: graph.outputs.clone(),
            // What is wrong with it, each backend says.
            scaling: graph.scaling().unwrap_or_default(),
            backends,
            chosen,
        };
        match self.json {
            true => print_json(&checked)?,
            false => print(&text(&checked))?,
        }
        if checked.chosen.is_some() { Ok(()) } else { Err(Failure::Told) }
    }

    fn try_one(
        &self,
        backend: Backend,
        graph: &Graph,
        bytes: &[u8],
        golden: Option<&Golden>,
        shapes: &RowShapes,
    ) -> Tried {
        let library = self.onnxruntime.as_deref();
        let options = OpenOptions { backend: Some(backend), library, golden, rows: Some(shapes) };
        let mut tried = Tried {
            backend,
            version: None,
            error: None,
            batching: None,
            widths: Vec::new(),
            golden: None,
            seconds: BTreeMap::new(),
        };
        match open(graph, bytes, &options) {
            Ok(mut opened) => {
                tried.version = Some(opened.pin.version.clone());
                tried.batching = Some(opened.model.batching());
                tried.widths = opened.widths.clone();
                tried.golden = opened.golden;
                for rows in [1, 64, 512] {
                    let inputs = made_rows(graph, shapes, rows);
                    tried.seconds.insert(rows, median_seconds(&mut opened, &inputs));
                }
            }
            Err(pipeline::models::OpenError::NoBackend(mut why)) => {
                tried.error = why.pop().map(|(_, error)| error.to_string());
            }
            Err(error) => tried.error = Some(error.to_string()),
        }
        tried
    }
}

/// Calls are measured for so long.
const MEASURED_SECONDS: f64 = 0.2;

fn median_seconds(opened: &mut Opened, inputs: &[Tensor]) -> f64 {
    let all = Stopwatch::start();
    let mut took = Vec::new();
    while took.len() < 5 || (all.seconds() < MEASURED_SECONDS && took.len() < 2000) {
        let watch = Stopwatch::start();
        // It ran a moment ago; a failure now would show as a job's.
        let _ = opened.model.run(inputs);
        took.push(watch.seconds());
    }
    took.sort_by(f64::total_cmp);
    took[took.len() / 2]
}

fn text(checked: &Checked) -> String {
    let mut out = format!("sha256     {}\n", checked.sha256);
    let opset = |(name, version): (&String, &i64)| match name.is_empty() {
        true => version.to_string(),
        false => format!("{name} {version}"),
    };
    let count = |(name, count): (&String, &usize)| match count {
        1 => name.clone(),
        n => format!("{n} {name}"),
    };
    let ports = |ports: &[Port]| join(ports.iter().map(Port::to_string));
    let _ = writeln!(out, "opset      {}", join(checked.opsets.iter().map(opset)));
    let _ = writeln!(out, "operators  {}", join(checked.operators.iter().map(count)));
    let _ = writeln!(out, "inputs     {}", ports(&checked.inputs));
    let _ = writeln!(out, "outputs    {}", ports(&checked.outputs));
    for (input, Scaling { mean, std }) in &checked.scaling {
        let _ = writeln!(out, "scaling    {input}: (x - mean) / std of {} columns", mean.len());
        let _ = writeln!(out, "  mean     {}", join(mean.iter().map(f64::to_string)));
        let _ = writeln!(out, "  std      {}", join(std.iter().map(f64::to_string)));
    }
    for tried in &checked.backends {
        let name = tried.backend.to_string();
        let (Some(version), Some(batching)) = (&tried.version, tried.batching) else {
            let why = tried.error.as_deref().unwrap_or_default();
            let _ = writeln!(out, "\n{name}: no. {why}");
            continue;
        };
        let chosen = if checked.chosen == Some(tried.backend) { ", chosen" } else { "" };
        let together = match batching {
            Batching::Together => "rows have the same bits in every batch",
            Batching::OneByOne => "rows depend on their batch: they are given one by one",
            Batching::Single => "its batch is one row",
        };
        let _ = writeln!(out, "\n{name} {version}: yes{chosen}\n  {together}");
        if let Some(off) = tried.golden {
            let _ = writeln!(out, "  golden rows: at most {off:.1e} off");
        }
        for (rows, seconds) in &tried.seconds {
            let each = *rows as f64 / seconds;
            let _ = writeln!(
                out,
                "  {rows:>3} rows in {:>9.1} us, {each:>9.0} rows a second",
                seconds * 1e6
            );
        }
    }
    out
}

fn join(words: impl Iterator<Item = String>) -> String {
    words.collect::<Vec<_>>().join(", ")
}
