//! What a graph's inputs and outputs are in columns.

use operators::market::ModelInput;
use pipeline::models::{Dim, Graph, OpenError, Port, RowShapes};
use std::collections::BTreeMap;

/// The columns that a job gives to a model's inputs.
pub(super) enum Wanted {
    /// To its only one.
    One(Vec<u32>),
    /// By name.
    Named(BTreeMap<String, Vec<u32>>),
}

impl Wanted {
    fn slots(&self) -> Vec<&Vec<u32>> {
        match self {
            Wanted::One(slots) => vec![slots],
            Wanted::Named(named) => named.values().collect(),
        }
    }

    /// The shape of each input's row, and for each input in the graph's order its columns and how
    /// many rows it sees.
    pub fn shapes(
        &self,
        graph: &Graph,
        rows: Option<u32>,
    ) -> Result<(RowShapes, Vec<ModelInput>), OpenError> {
        let names: Vec<&str> = graph.inputs.iter().map(|port| port.name.as_str()).collect();
        let mismatch = |found: String| {
            let all = names.join(", ");
            Err(OpenError::Format(format!("{found}; the model's inputs are {all}")))
        };
        let (mut shapes, mut inputs) = (RowShapes::new(), Vec::new());
        for port in &graph.inputs {
            let columns = match self {
                Wanted::One(slots) if graph.inputs.len() == 1 => slots,
                Wanted::One(_) => return mismatch("the job names columns for one input".into()),
                Wanted::Named(named) => match named.get(&port.name) {
                    Some(slots) => slots,
                    None => return mismatch(format!("the job gives it no `{}`", port.name)),
                },
            };
            let (shape, rows) = row(port, columns.len(), rows)?;
            shapes.insert(port.name.clone(), shape);
            inputs.push(ModelInput { columns: columns.clone(), rows });
        }
        match self.slots().len() == graph.inputs.len() {
            true => Ok((shapes, inputs)),
            false => mismatch("the job gives it more inputs".to_owned()),
        }
    }

    /// The inputs as found in the graph; those that the job states where there is no graph.
    pub fn inputs(&self, found: &[ModelInput]) -> Vec<ModelInput> {
        match found.is_empty() {
            true => {
                let input = |slots: &Vec<u32>| ModelInput { columns: slots.clone(), rows: 1 };
                self.slots().into_iter().map(input).collect()
            }
            false => found.to_vec(),
        }
    }
}

/// The shape of an input's row, and the rows of the driver in it.
fn row(port: &Port, columns: usize, rows: Option<u32>) -> Result<(Vec<usize>, u32), OpenError> {
    let wrong = |why: String| Err(OpenError::Format(format!("its input {port} {why}")));
    let fits = |dim: &Dim, n: usize| match dim {
        Dim::Fixed(fixed) => *fixed == n,
        Dim::Free(_) => true,
    };
    match &port.shape[..] {
        [_] if columns == 1 => Ok((Vec::new(), 1)),
        [_, width] => {
            // One column and a width of several is the last rows of that column.
            let sequence = match (width, rows) {
                (Dim::Fixed(n), _) if columns == 1 && *n > 1 => Some(*n as u32),
                (Dim::Free(_), Some(rows)) if columns == 1 => Some(rows),
                _ => None,
            };
            match sequence {
                Some(n) if rows.is_none_or(|rows| rows == n) => Ok((vec![n as usize], n)),
                Some(n) => wrong(format!("is a sequence of {n}, and the job says rows")),
                None if fits(width, columns) => Ok((vec![columns], 1)),
                None => wrong(format!("does not take {columns} columns")),
            }
        }
        [_, length, width] => {
            let length = match (length, rows) {
                (Dim::Fixed(n), None) => *n as u32,
                (Dim::Fixed(n), Some(rows)) if *n as u32 == rows => rows,
                (Dim::Free(_), Some(rows)) => rows,
                (Dim::Free(_), None) => return wrong("is a sequence: state its rows".to_owned()),
                (_, Some(rows)) => return wrong(format!("is no sequence of {rows} rows")),
            };
            match fits(width, columns) {
                true => Ok((vec![length as usize, columns], length)),
                false => wrong(format!("does not take {columns} columns")),
            }
        }
        _ => wrong("is neither a row of columns nor a sequence of them".to_owned()),
    }
}

/// Names of a model's numbers; one that is empty has the model's name.
pub(super) fn outputs(
    graph: &Graph,
    widths: &[usize],
    named: &[String],
) -> Result<Vec<String>, OpenError> {
    let count: usize = widths.iter().sum();
    if !named.is_empty() && named.len() != count {
        let why = format!("it gives {count} numbers a row, and the job names {}", named.len());
        return Err(OpenError::Format(why));
    }
    if count == 1 {
        return Ok(vec![String::new()]);
    }
    if !named.is_empty() {
        return Ok(named.to_vec());
    }
    let alone = graph.outputs.len() == 1;
    let mut names = Vec::new();
    for (port, width) in graph.outputs.iter().zip(widths) {
        let name: String = port
            .name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
            .collect();
        names.extend((0..*width).map(|i| match (alone, *width) {
            (true, _) => i.to_string(),
            (false, 1) => name.clone(),
            (false, _) => format!("{name}_{i}"),
        }));
    }
    Ok(names)
}
