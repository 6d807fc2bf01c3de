//! Batches that change no result.
//!
//! Runtimes choose other code for one row than for several, with other roundings; from two rows
//! on they were seen to agree bit for bit. So one row alone is given twice. A model whose rows
//! depend on their batch mates whatever their number (dynamic quantisation scales by the whole
//! batch) gets its rows one by one.

use super::{ModelBackend, ModelError, Scale, Tensor};
use serde::{Deserialize, Serialize};

/// Rows in a batch at most.
pub const ROWS_MAX: usize = 512;

/// Which rows a model may be given together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Batching {
    /// Any number of rows; one row alone is given twice.
    Together,
    /// Each row on its own, given twice.
    OneByOne,
    /// Each row on its own: the model has a fixed batch of one.
    Single,
}

/// A model behind its rule of batches.
pub struct Batched {
    backend: Box<dyn ModelBackend>,
    batching: Batching,
    rows_max: usize,
    /// One for each input, or none at all.
    scales: Vec<Option<Scale>>,
}

impl Batched {
    /// A model that is given rows in this way.
    pub fn new(backend: Box<dyn ModelBackend>, batching: Batching) -> Batched {
        Batched { backend, batching, rows_max: ROWS_MAX, scales: Vec::new() }
    }

    /// The same model under another rule.
    pub fn with(self, batching: Batching) -> Batched {
        Batched { batching, ..self }
    }

    /// The same model with this done to its inputs, in their order, by [`Batched::answer`].
    pub fn scaled(self, scales: Vec<Option<Scale>>) -> Batched {
        Batched { scales, ..self }
    }

    /// Its rule.
    pub fn batching(&self) -> Batching {
        self.batching
    }

    /// Limits the rows of a batch, which changes no result.
    pub fn limit(&mut self, rows: usize) {
        self.rows_max = rows.clamp(1, ROWS_MAX);
    }

    /// The most rows that are given to the model at once.
    pub fn rows_at_once(&self) -> usize {
        match self.batching {
            Batching::Together => self.rows_max,
            Batching::OneByOne | Batching::Single => 1,
        }
    }

    /// The outputs for columns as they are: those that the model wants scaled are scaled first,
    /// where they stand.
    ///
    /// # Errors
    /// As [`Batched::run`], or when an input is another than its scaling is for.
    pub fn answer(&mut self, inputs: &mut [Tensor]) -> Result<Vec<Tensor>, ModelError> {
        for (input, scale) in inputs.iter_mut().zip(&self.scales) {
            scale.iter().try_for_each(|scale| scale.apply(input))?;
        }
        self.run(inputs)
    }

    /// The outputs for any number of rows above 0, scaled already if the model wants that.
    ///
    /// # Errors
    /// When the inputs disagree in their rows, the model fails, or an output has not one entry
    /// for each row.
    pub fn run(&mut self, inputs: &[Tensor]) -> Result<Vec<Tensor>, ModelError> {
        let rows = inputs.first().map_or(0, Tensor::rows);
        if rows == 0 || inputs.iter().any(|input| input.rows() != rows) {
            return Err(ModelError::Input("inputs need the same number of rows, not 0".to_owned()));
        }
        let step = self.rows_at_once();
        if rows <= step {
            return self.piece(inputs, rows);
        }
        let mut all: Vec<Tensor> = Vec::new();
        for start in (0..rows).step_by(step) {
            let range = start..rows.min(start + step);
            let part: Vec<Tensor> = inputs.iter().map(|i| i.slice(range.clone())).collect();
            let outputs = self.piece(&part, range.len())?;
            match all.is_empty() {
                true => all = outputs,
                false => all.iter_mut().zip(outputs).for_each(|(all, more)| all.append(more)),
            }
        }
        Ok(all)
    }

    fn piece(&mut self, inputs: &[Tensor], rows: usize) -> Result<Vec<Tensor>, ModelError> {
        let doubled = rows == 1 && self.batching != Batching::Single;
        let outputs = match doubled {
            true => {
                let twice: Vec<Tensor> = inputs.iter().map(Tensor::doubled).collect();
                self.backend.run(&twice)?
            }
            false => self.backend.run(inputs)?,
        };
        let given = if doubled { 2 } else { rows };
        for (i, output) in outputs.iter().enumerate() {
            if output.shape().first() != Some(&given) {
                return Err(ModelError::Shape {
                    what: format!("output {i}"),
                    found: output.shape().to_vec(),
                    expected: format!("one entry for each of {given} rows"),
                });
            }
        }
        Ok(match doubled {
            true => outputs.iter().map(|output| output.slice(0..1)).collect(),
            false => outputs,
        })
    }
}
