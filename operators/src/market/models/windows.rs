//! The sequences that a model sees: for each of its inputs the last rows of some columns.

use super::ModelInput;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// The last rows of each input of a model, for one instrument.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Windows(Vec<VecDeque<f64>>);

impl Windows {
    /// Without any rows yet, for so many inputs.
    pub fn new(inputs: usize) -> Windows {
        Windows(vec![VecDeque::new(); inputs])
    }

    /// How many inputs.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Takes the present row of all columns; gives the numbers of each input, the earliest row
    /// first, if all of them have their rows and those have no nulls.
    pub fn take(&mut self, inputs: &[ModelInput], row: &[f64]) -> Option<Vec<Vec<f64>>> {
        let mut whole = true;
        for (window, input) in self.0.iter_mut().zip(inputs) {
            let size = input.columns.len() * input.rows as usize;
            let gone = (window.len() + input.columns.len()).saturating_sub(size);
            window.drain(..gone);
            window.extend(input.columns.iter().map(|slot| row[*slot as usize]));
            let (front, back) = window.as_slices();
            // To the end in any case: without a way out in between, many are looked at at once.
            let finite = |part: &[f64]| part.iter().fold(true, |all, x| all & x.is_finite());
            whole &= window.len() == size && finite(front) && finite(back);
        }
        let numbers = |window: &VecDeque<f64>| {
            let (front, back) = window.as_slices();
            [front, back].concat()
        };
        whole.then(|| self.0.iter().map(numbers).collect())
    }
}
