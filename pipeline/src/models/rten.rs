//! `rten`: ONNX in Rust alone.

use super::{Graph, OpenError};
use operators::models::{Element, ModelBackend, ModelError, Tensor, Values};
use rten::{Model, NodeId, RunOptions, ThreadPool, Value, ValueOrView};
use rten_tensor::prelude::*;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, OnceLock},
};

/// Its version, as the manifest of this crate pins it.
pub(super) const VERSION: &str = "0.27.0";

/// One thread for all: sums must not depend on how work was divided.
fn pool() -> Arc<ThreadPool> {
    static POOL: OnceLock<Arc<ThreadPool>> = OnceLock::new();
    Arc::clone(POOL.get_or_init(|| Arc::new(ThreadPool::with_num_threads(1))))
}

/// A loaded model.
pub(super) struct Rten {
    model: Model,
    inputs: Vec<NodeId>,
    outputs: Vec<(NodeId, Option<Element>)>,
    options: RunOptions,
}

impl Rten {
    /// Loads a model.
    ///
    /// # Errors
    /// When it has an operator or a type that `rten` lacks or gets wrong.
    pub fn load(graph: &Graph, bytes: &[u8]) -> Result<Rten, OpenError> {
        let unsupported = |why: String| OpenError::Unsupported(format!("rten: {why}"));
        if let Some(why) = graph.refused_by_rten() {
            return Err(unsupported(why));
        }
        let load = || Model::load(bytes.to_vec());
        let model = match catch_unwind(load) {
            Ok(Ok(model)) => model,
            Ok(Err(error)) => return Err(unsupported(error.to_string())),
            Err(_) => return Err(unsupported("it failed to read the model".to_owned())),
        };
        let node = |name: &str| model.node_id(name).map_err(|e| unsupported(e.to_string()));
        for port in &graph.inputs {
            if !matches!(port.element, Some(Element::F32 | Element::I32 | Element::I64)) {
                return Err(unsupported(format!("the type of input {port}")));
            }
        }
        let inputs = graph.inputs.iter().map(|p| node(&p.name)).collect::<Result<_, _>>()?;
        let mut outputs = Vec::new();
        for port in &graph.outputs {
            if !matches!(port.element, Some(Element::F32 | Element::I32 | Element::I64)) {
                return Err(unsupported(format!("the type of output {port}")));
            }
            outputs.push((node(&port.name)?, port.element));
        }
        let options = RunOptions::default().with_thread_pool(Some(pool()));
        Ok(Rten { model, inputs, outputs, options })
    }
}

fn failed(error: impl std::fmt::Display) -> ModelError {
    ModelError::Backend(format!("rten: {error}"))
}

fn given(tensor: &Tensor) -> Result<Value, ModelError> {
    let shape = tensor.shape();
    match tensor.values() {
        Values::F32(v) => Value::from_shape(shape, v.clone()).map_err(failed),
        Values::I32(v) => Value::from_shape(shape, v.clone()).map_err(failed),
        Values::I64(v) => {
            // It knows 32-bit integers only.
            let narrow: Result<Vec<i32>, _> = v.iter().map(|x| i32::try_from(*x)).collect();
            Value::from_shape(shape, narrow.map_err(failed)?).map_err(failed)
        }
        Values::F64(_) => Err(failed("it takes no f64")),
    }
}

fn taken(value: Value, element: Option<Element>) -> Result<Tensor, ModelError> {
    match value {
        Value::FloatTensor(tensor) if element == Some(Element::F32) => {
            Ok(Tensor::new(tensor.shape().to_vec(), Values::F32(tensor.to_vec())))
        }
        Value::Int32Tensor(tensor) => {
            let (shape, values) = (tensor.shape().to_vec(), tensor.to_vec());
            let values = match element {
                Some(Element::I64) => Values::I64(values.into_iter().map(i64::from).collect()),
                _ => Values::I32(values),
            };
            Ok(Tensor::new(shape, values))
        }
        other => Err(failed(format!("an output of type {}", other.dtype()))),
    }
}

impl ModelBackend for Rten {
    fn run(&mut self, inputs: &[Tensor]) -> Result<Vec<Tensor>, ModelError> {
        let values = inputs.iter().map(given).collect::<Result<Vec<_>, _>>()?;
        let values = self.inputs.iter().copied().zip(values.into_iter().map(ValueOrView::from));
        let values: Vec<(NodeId, ValueOrView)> = values.collect();
        let wanted: Vec<NodeId> = self.outputs.iter().map(|(id, _)| *id).collect();
        let run = || self.model.run(values, &wanted, Some(self.options.clone()));
        let results = match catch_unwind(AssertUnwindSafe(run)) {
            Ok(results) => results.map_err(failed)?,
            Err(_) => return Err(failed("it failed within the model")),
        };
        let outputs = results.into_iter().zip(&self.outputs);
        outputs.map(|(value, (_, element))| taken(value, *element)).collect()
    }
}
