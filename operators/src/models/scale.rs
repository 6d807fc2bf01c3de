//! Scaling of inputs, as the maker of a model states it.

use super::{Element, ModelError, Tensor, Values};
use std::ops::{Div, Sub};

/// Mean and standard deviation of each column of an input: a model that was trained on scaled
/// columns sees `(x - mean) / std`, computed in the input's own type, as `Sub` and `Div` at the
/// beginning of its graph would compute it.
#[derive(Debug, Clone, PartialEq)]
pub struct Scale {
    mean: Values,
    std: Values,
}

impl Scale {
    /// A scaling of an input of this type; none where the lists have different lengths or are
    /// empty, the type is an integer, or a number is, in that type, not finite or a deviation not
    /// above zero.
    pub fn new(element: Element, mean: &[f64], std: &[f64]) -> Option<Scale> {
        let float = matches!(element, Element::F32 | Element::F64);
        let (mean, std) = (Values::of(element, mean), Values::of(element, std));
        let columns = 0..mean.len();
        let usable = float
            && !mean.is_empty()
            && mean.len() == std.len()
            && columns.clone().all(|i| mean.number(i).is_finite())
            && columns.clone().all(|i| std.number(i).is_finite() && std.number(i) > 0.0);
        usable.then_some(Scale { mean, std })
    }

    /// How many columns it is for.
    pub fn columns(&self) -> usize {
        self.mean.len()
    }

    /// Scales an input; its columns are its last dimension.
    ///
    /// # Errors
    /// When it has another type or another number of columns.
    pub fn apply(&self, input: &mut Tensor) -> Result<(), ModelError> {
        let columns = input.shape().get(1..).and_then(<[_]>::last).copied().unwrap_or(1);
        if columns != self.columns() {
            return Err(ModelError::Shape {
                what: "an input".to_owned(),
                found: input.shape().to_vec(),
                expected: format!("rows of the {} columns that are scaled", self.columns()),
            });
        }
        match (input.values_mut(), &self.mean, &self.std) {
            (Values::F32(x), Values::F32(mean), Values::F32(std)) => scale(x, mean, std),
            (Values::F64(x), Values::F64(mean), Values::F64(std)) => scale(x, mean, std),
            (other, mean, _) => {
                let (found, wanted) = (other.element(), mean.element());
                return Err(ModelError::Input(format!("{found} cannot be scaled as {wanted}")));
            }
        }
        Ok(())
    }
}

fn scale<T: Copy + Sub<Output = T> + Div<Output = T>>(numbers: &mut [T], mean: &[T], std: &[T]) {
    for row in numbers.chunks_exact_mut(mean.len()) {
        let columns = row.iter_mut().zip(mean).zip(std);
        columns.for_each(|((x, mean), std)| *x = (*x - *mean) / *std);
    }
}
