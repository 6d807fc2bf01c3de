//! Scaling that a model's file states in its metadata (`metadata_props`), so that the columns of
//! a job go in as they are and the numbers of the training go with the weights.
//!
//! | Key | Value |
//! |---|---|
//! | `tapeflow.scale.mean` | JSON array: a number for each column of the only input |
//! | `tapeflow.scale.std` | the same, each above zero |
//! | `tapeflow.scale.mean.NAME`, `tapeflow.scale.std.NAME` | those of the input `NAME` |
//!
//! The model sees `(x - mean) / std`, computed in the input's own type (f32 or f64), as `Sub` and
//! `Div` at the beginning of its graph would compute it. Columns are the last dimension: each row
//! of a sequence is scaled alike. Golden rows hold columns before they are scaled.

use super::{Graph, OpenError, RowShapes};
use operators::models::{Element, Scale};
use serde::Serialize;
use std::collections::BTreeMap;

/// What all its keys begin with.
const PREFIX: &str = "tapeflow.scale.";

/// How an input is scaled.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scaling {
    /// What is subtracted from each column.
    pub mean: Vec<f64>,
    /// What each is then divided by.
    pub std: Vec<f64>,
}

fn wrong<T>(key: &str, why: impl std::fmt::Display) -> Result<T, OpenError> {
    Err(OpenError::Format(format!("its metadata `{PREFIX}{key}` {why}")))
}

impl Graph {
    /// How its inputs are to be scaled, by name; those that are not are not in it.
    ///
    /// # Errors
    /// When the metadata says what cannot be done: which key, and why.
    pub fn scaling(&self) -> Result<BTreeMap<String, Scaling>, OpenError> {
        let mut found: BTreeMap<&str, BTreeMap<&str, (&str, Vec<f64>)>> = BTreeMap::new();
        for entry in &self.proto.metadata_props {
            let key = entry.key.as_deref().unwrap_or_default();
            let Some(key) = key.strip_prefix(PREFIX) else { continue };
            let (what, input) = match key.split_once('.') {
                Some((what, input)) => (what, input),
                None => match &self.inputs[..] {
                    [only] => (key, only.name.as_str()),
                    _ => return wrong(key, "names no input, and the model has several"),
                },
            };
            if !matches!(what, "mean" | "std") {
                return wrong(key, "is not known: there are mean and std");
            }
            let Some(port) = self.inputs.iter().find(|port| port.name == input) else {
                return wrong(key, "is of no input of the model");
            };
            let Some(element @ (Element::F32 | Element::F64)) = port.element else {
                return wrong(key, format_args!("is of {port}, which is not f32 or f64"));
            };
            let text = entry.value.as_deref().unwrap_or_default();
            let numbers = match serde_json::from_str::<Vec<f64>>(text) {
                Ok(numbers) => numbers,
                Err(error) => return wrong(key, format_args!("is no list of numbers: {error}")),
            };
            if let Some((column, x)) = unusable(what, element, &numbers) {
                let must = if what == "std" { "finite and above zero" } else { "finite" };
                return wrong(key, format_args!("has {x} for column {column}: not {must}"));
            }
            if found.entry(input).or_default().insert(what, (key, numbers)).is_some() {
                return wrong(key, "says again what another entry says");
            }
        }
        let whole = |(input, mut lists): (&str, BTreeMap<&str, (&str, Vec<f64>)>)| {
            let (mean, std) = match (lists.remove("mean"), lists.remove("std")) {
                (Some(mean), Some(std)) => (mean, std),
                (Some((key, _)), None) => return wrong(key, "needs a std beside it"),
                (None, Some((key, _))) => return wrong(key, "needs a mean beside it"),
                (None, None) => unreachable!("an input is entered with its first list"),
            };
            if mean.1.len() != std.1.len() {
                let (n, other) = (std.1.len(), mean.1.len());
                return wrong(std.0, format_args!("has {n} numbers, and `mean` has {other}"));
            }
            Ok((input.to_owned(), Scaling { mean: mean.1, std: std.1 }))
        };
        found.into_iter().map(whole).collect()
    }

    /// The scaling of each input in the order of the graph, for rows of these shapes.
    pub(super) fn scales(&self, rows: &RowShapes) -> Result<Vec<Option<Scale>>, OpenError> {
        let all = self.scaling()?;
        let scale = |port: &super::Port| {
            let Some(Scaling { mean, std }) = all.get(&port.name) else { return Ok(None) };
            let columns = rows.get(&port.name).and_then(|row| row.last()).copied().unwrap_or(1);
            if mean.len() != columns {
                let key = format!("mean` of `{}", port.name);
                let n = mean.len();
                return wrong(&key, format_args!("has {n} numbers for {columns} columns"));
            }
            let scale = Scale::new(port.element.unwrap_or(Element::F32), mean, std);
            Ok(Some(scale.expect("each number was looked at in the input's type")))
        };
        self.inputs.iter().map(scale).collect()
    }
}

/// The first column whose number, in the input's type, nothing can be scaled with.
fn unusable(what: &str, element: Element, numbers: &[f64]) -> Option<(usize, f64)> {
    let typed = |x: f64| match element {
        Element::F32 => f64::from(x as f32),
        _ => x,
    };
    let bad = |x: f64| !x.is_finite() || (what == "std" && x <= 0.0);
    numbers.iter().copied().enumerate().find(|(_, x)| bad(typed(*x)))
}
