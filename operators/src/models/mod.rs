//! Models: tensors, what runs a model, batches that change no result, and tree ensembles.
//!
//! A runtime is behind [`ModelBackend`]; those for ONNX are the pipeline's. [`Batched`] stands
//! before each: whatever rows a model is given together, each row's result is the same. [`Scale`]
//! is what a model's maker did to its columns, done again here.

mod batch;
mod scale;
mod tensor;
#[cfg(test)]
mod tests;
mod trees;

pub use batch::{Batched, Batching, ROWS_MAX};
pub use scale::Scale;
pub use tensor::{Element, Tensor, Values};
pub use trees::{Aggregate, Compare, Ensemble, Leaf, Node, Post, Purpose, TreeOutput};

/// Why a model gave no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// It was given, or gave, another shape.
    #[error("{what} has shape {found:?}, not {expected}")]
    Shape {
        /// Which tensor.
        what: String,
        /// Its shape.
        found: Vec<usize>,
        /// What it must be, in words.
        expected: String,
    },
    /// It was given another type of element, or another number of tensors.
    #[error("{0}")]
    Input(String),
    /// The runtime refused.
    #[error("{0}")]
    Backend(String),
}

/// Runs one model. One thread at a time; a worker has its own.
pub trait ModelBackend {
    /// Gives the model's outputs, in the order of its graph, for its inputs in that order.
    ///
    /// # Errors
    /// When the inputs do not fit, or the runtime fails.
    fn run(&mut self, inputs: &[Tensor]) -> Result<Vec<Tensor>, ModelError>;
}
