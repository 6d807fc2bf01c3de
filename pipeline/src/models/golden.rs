//! Golden rows: inputs of a model and the outputs that its maker got for them.
//!
//! ```json
//! {
//!   "inputs":  { "x": [[0.1, 0.2], [0.3, 0.4]] },
//!   "outputs": { "y": [[0.7], [0.1]] },
//!   "tolerance": { "absolute": 1e-5, "relative": 1e-4 }
//! }
//! ```
//! One entry a row, nested as the tensor is. Without `tolerance` it is as shown. Inputs are what
//! a job gives: of a model that states its scaling, the columns before it.

use super::Graph;
use operators::models::{Batched, Tensor, Values};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// How far an output may be off: `absolute + relative * |expected|`.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tolerance {
    /// By so much.
    pub absolute: f64,
    /// And by this share of the value.
    pub relative: f64,
}

impl Default for Tolerance {
    fn default() -> Tolerance {
        Tolerance { absolute: 1e-5, relative: 1e-4 }
    }
}

/// Golden rows.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Golden {
    inputs: BTreeMap<String, Vec<Value>>,
    outputs: BTreeMap<String, Vec<Value>>,
    #[serde(default)]
    tolerance: Tolerance,
}

impl Golden {
    /// Reads them.
    ///
    /// # Errors
    /// When the text is something else: why.
    pub fn parse(bytes: &[u8]) -> Result<Golden, String> {
        let golden: Golden = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        let mut all = golden.inputs.values().chain(golden.outputs.values());
        let rows = golden.rows();
        match rows > 0 && all.all(|list| list.len() == rows) && !golden.outputs.is_empty() {
            true => Ok(golden),
            false => Err("every input and output needs the same number of rows".to_owned()),
        }
    }

    /// How many rows.
    pub fn rows(&self) -> usize {
        self.inputs.values().next().map_or(0, Vec::len)
    }

    /// Runs the model on the rows, together and one by one; gives the greatest difference.
    ///
    /// # Errors
    /// The first difference above the tolerance, or why the model cannot run.
    pub fn check(&self, graph: &Graph, model: &mut Batched) -> Result<f64, String> {
        let mut inputs = Vec::new();
        for port in &graph.inputs {
            let rows = self.inputs.get(&port.name);
            let rows = rows.ok_or_else(|| format!("they have no input `{}`", port.name))?;
            let shape = [vec![rows.len()], shape_of(&rows[0])].concat();
            let mut numbers = Vec::new();
            rows.iter().try_for_each(|row| flatten(row, &mut numbers))?;
            let element = port.element.ok_or_else(|| format!("`{}` is no number", port.name))?;
            if shape.iter().product::<usize>() != numbers.len() {
                return Err(format!("the rows of `{}` have different lengths", port.name));
            }
            inputs.push(Tensor::new(shape, Values::of(element, &numbers)));
        }
        let together = model.answer(&mut inputs.clone()).map_err(|error| error.to_string())?;
        let mut worst = self.compare(graph, 0, &together)?;
        for row in 0..self.rows() {
            let mut one: Vec<Tensor> = inputs.iter().map(|i| i.slice(row..row + 1)).collect();
            let outputs = model.answer(&mut one).map_err(|error| error.to_string())?;
            worst = worst.max(self.compare(graph, row, &outputs)?);
        }
        Ok(worst)
    }

    fn compare(&self, graph: &Graph, first: usize, outputs: &[Tensor]) -> Result<f64, String> {
        let mut worst: f64 = 0.0;
        for (name, rows) in &self.outputs {
            let place = graph.outputs.iter().position(|port| port.name == *name);
            let place = place.ok_or_else(|| format!("the model has no output `{name}`"))?;
            let found = &outputs[place];
            let mut expected = Vec::new();
            let rows = &rows[first..first + found.rows()];
            rows.iter().try_for_each(|row| flatten(row, &mut expected))?;
            if expected.len() != found.values().len() {
                return Err(format!(
                    "`{name}` has {} numbers in a row, not {}",
                    found.width(),
                    expected.len() / found.rows().max(1)
                ));
            }
            for (i, expected) in expected.into_iter().enumerate() {
                let value = found.values().number(i);
                let off = (value - expected).abs();
                let most = self.tolerance.absolute + self.tolerance.relative * expected.abs();
                let both_missing = value.is_nan() && expected.is_nan();
                if !both_missing && (off.is_nan() || off > most) {
                    let row = first + i / found.width().max(1);
                    return Err(format!("`{name}`, row {row}: {value} instead of {expected}"));
                }
                worst = worst.max(off);
            }
        }
        Ok(worst)
    }
}

fn shape_of(row: &Value) -> Vec<usize> {
    match row.as_array() {
        Some(list) => {
            let inner = list.first().map(shape_of).unwrap_or_default();
            [vec![list.len()], inner].concat()
        }
        None => Vec::new(),
    }
}

fn flatten(row: &Value, numbers: &mut Vec<f64>) -> Result<(), String> {
    match row {
        Value::Array(list) => list.iter().try_for_each(|entry| flatten(entry, numbers)),
        Value::Null => {
            numbers.push(f64::NAN);
            Ok(())
        }
        other => {
            let number = other.as_f64().ok_or_else(|| format!("{other} is no number"))?;
            numbers.push(number);
            Ok(())
        }
    }
}
