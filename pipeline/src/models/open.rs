//! Opens a model: finds the backend that runs it, and tests it before anything depends on it.

use super::{
    Backend, Dim, Golden, Graph, OpenError, Pin,
    ort::{self, Ort},
    rten::{self, Rten},
    trees,
};
use operators::models::{Batched, Batching, Element, ModelBackend, Scale, Tensor, Values};
use std::{collections::BTreeMap, path::Path};

/// The shape of one row of each input, by its name.
pub type RowShapes = BTreeMap<String, Vec<usize>>;

/// Rows that a model is tried on; prime, so that it is no multiple of what code is unrolled by.
const PROBE_ROWS: usize = 37;

/// How a model is opened.
#[derive(Default)]
pub struct OpenOptions<'a> {
    /// Only this backend will do.
    pub backend: Option<Backend>,
    /// The library of ONNX Runtime that the job names.
    pub library: Option<&'a Path>,
    /// Golden rows.
    pub golden: Option<&'a Golden>,
    /// Shapes of rows, where the graph leaves them open.
    pub rows: Option<&'a RowShapes>,
}

/// A model, ready to run.
pub struct Opened {
    /// Behind its rule of batches.
    pub model: Batched,
    /// What runs it.
    pub pin: Pin,
    /// Numbers that each output has for a row.
    pub widths: Vec<usize>,
    /// Greatest difference to the golden rows.
    pub golden: Option<f64>,
}

/// Opens a model with the first backend that runs it and gives its golden outputs.
///
/// # Errors
/// When there is none: what each said. When a library is named and cannot be used, that; what no
/// backend may run, or the metadata says wrongly, before any is tried.
pub fn open(graph: &Graph, bytes: &[u8], options: &OpenOptions<'_>) -> Result<Opened, OpenError> {
    if let Some(why) = graph.refused() {
        return Err(OpenError::Unsupported(why));
    }
    let rows = match options.rows {
        Some(rows) => rows.clone(),
        None => row_shapes(graph, 1),
    };
    let single = batch_of_one(graph)?;
    let scales = graph.scales(&rows)?;
    let mut tried = Vec::new();
    for backend in Backend::ALL {
        if options.backend.is_some_and(|wanted| wanted != backend) {
            continue;
        }
        let opened = load(backend, graph, bytes, options.library)
            .and_then(|loaded| test(loaded, graph, &rows, single, options.golden, &scales));
        match opened {
            Ok(opened) => return Ok(opened),
            Err(error @ OpenError::Library { .. }) => return Err(error),
            Err(error) => tried.push((backend, error)),
        }
    }
    Err(OpenError::NoBackend(tried))
}

/// A model as a backend has it, and which that is.
pub type Loaded = (Box<dyn ModelBackend>, Pin);

/// Loads a model with one backend, without testing it. [`open`] is what jobs use.
///
/// # Errors
/// When the backend is absent, or lacks something in the model, or gets it wrong.
pub fn load(
    backend: Backend,
    graph: &Graph,
    bytes: &[u8],
    configured: Option<&Path>,
) -> Result<Loaded, OpenError> {
    let pin = |version: &str| Pin { backend, version: version.to_owned() };
    Ok(match backend {
        Backend::Trees => {
            if !trees::are_in(graph) {
                return Err(OpenError::Unsupported("it is no ensemble of trees".to_owned()));
            }
            (Box::new(trees::read(graph)?), pin(env!("CARGO_PKG_VERSION")))
        }
        Backend::Ort => {
            let Some(path) = ort::library(configured) else {
                let why = format!("no library is found: set {}", ort::LIBRARY_VARIABLE);
                return Err(OpenError::Unsupported(why));
            };
            let library = ort::load(&path)?;
            (Box::new(Ort::load(library, graph, bytes)?), pin(&library.version))
        }
        Backend::Rten => (Box::new(Rten::load(graph, bytes)?), pin(rten::VERSION)),
    })
}

/// Is the batch fixed at one?
fn batch_of_one(graph: &Graph) -> Result<bool, OpenError> {
    let batches: Vec<Option<&Dim>> = graph.inputs.iter().map(|i| i.shape.first()).collect();
    let format = |why: &str| Err(OpenError::Format(why.to_owned()));
    if batches.is_empty() || batches.contains(&None) {
        return format("each of its inputs needs a first dimension, the batch");
    }
    let fixed = |dim: &Option<&Dim>| matches!(dim, Some(Dim::Fixed(1)));
    if batches.iter().all(fixed) {
        return Ok(true);
    }
    match batches.iter().any(|dim| matches!(dim, Some(Dim::Fixed(_)))) {
        true => format("its batch is fixed: export it with a symbolic first dimension"),
        false => Ok(false),
    }
}

/// The shapes of rows as the graph says, with `open` where it says nothing.
pub fn row_shapes(graph: &Graph, open: usize) -> RowShapes {
    let size = |dim: &Dim| match dim {
        Dim::Fixed(n) => *n,
        Dim::Free(_) => open,
    };
    let shape = |shape: &[Dim]| shape.iter().skip(1).map(size).collect();
    graph.inputs.iter().map(|i| (i.name.clone(), shape(&i.shape))).collect()
}

/// Rows that look like scaled features; the same every time. Integers are 0 and 1, which every
/// table that they look things up in has.
pub fn made_rows(graph: &Graph, shapes: &RowShapes, rows: usize) -> Vec<Tensor> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / (1u64 << 24) as f64
    };
    let tensor = |port: &super::Port| {
        let shape = shapes.get(&port.name).cloned().unwrap_or_default();
        let shape = [vec![rows], shape].concat();
        let element = port.element.unwrap_or(Element::F32);
        let whole = matches!(element, Element::I32 | Element::I64);
        let count = shape.iter().product();
        let numbers: Vec<f64> = (0..count)
            .map(|_| if whole { f64::from(next() > 0.5) } else { 4.0 * next() - 2.0 })
            .collect();
        Tensor::new(shape, Values::of(element, &numbers))
    };
    graph.inputs.iter().map(tensor).collect()
}

/// Tries a model on made rows, finds out which may be given together, and compares it with its
/// golden rows.
fn test(
    (backend, pin): Loaded,
    graph: &Graph,
    shapes: &RowShapes,
    single: bool,
    golden: Option<&Golden>,
    scales: &[Option<Scale>],
) -> Result<Opened, OpenError> {
    let name = pin.backend;
    let probe = |why: String| OpenError::Probe { backend: name, why };
    let first = match (single, graph.is_quantised_by_batch()) {
        (true, _) => Batching::Single,
        (false, true) => Batching::OneByOne,
        (false, false) => Batching::Together,
    };
    let mut model = Batched::new(backend, first).scaled(scales.to_vec());
    let inputs = made_rows(graph, shapes, PROBE_ROWS);
    let together = model.run(&inputs).map_err(|error| probe(error.to_string()))?;
    if together.len() != graph.outputs.len() {
        return Err(probe(format!("it gives {} outputs", together.len())));
    }
    if first == Batching::Together {
        // Where rows see each other, results cannot depend on who came together.
        let mut apart = false;
        for size in [1, 2, 3, 16] {
            model.limit(size);
            let pieces = model.run(&inputs).map_err(|error| probe(error.to_string()))?;
            apart |= !pieces.iter().zip(&together).all(|(a, b)| a.same_bits(b));
        }
        model.limit(operators::models::ROWS_MAX);
        if apart {
            model = model.with(Batching::OneByOne);
        }
    }
    let widths = together.iter().map(Tensor::width).collect();
    let golden = golden.map(|golden| golden.check(graph, &mut model)).transpose();
    let golden = golden.map_err(|why| OpenError::Golden { backend: name, why })?;
    Ok(Opened { model, pin, widths, golden })
}
