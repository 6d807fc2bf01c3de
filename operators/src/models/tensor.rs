//! Numbers with a shape.

use serde::{Deserialize, Serialize};
use std::{fmt, ops::Range};

/// Types of elements that models are given and give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Element {
    /// 32-bit floating point.
    F32,
    /// 64-bit floating point.
    F64,
    /// 32-bit integer.
    I32,
    /// 64-bit integer.
    I64,
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Element::F32 => "f32",
            Element::F64 => "f64",
            Element::I32 => "i32",
            Element::I64 => "i64",
        })
    }
}

/// Elements in row-major order.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// 32-bit floating point.
    F32(Vec<f32>),
    /// 64-bit floating point.
    F64(Vec<f64>),
    /// 32-bit integers.
    I32(Vec<i32>),
    /// 64-bit integers.
    I64(Vec<i64>),
}

/// Does the same with each kind of elements.
macro_rules! each {
    ($values:expr, $v:ident => $do:expr) => {
        match $values {
            Values::F32($v) => Values::F32($do),
            Values::F64($v) => Values::F64($do),
            Values::I32($v) => Values::I32($do),
            Values::I64($v) => Values::I64($do),
        }
    };
}

impl Values {
    /// How many.
    pub fn len(&self) -> usize {
        match self {
            Values::F32(v) => v.len(),
            Values::F64(v) => v.len(),
            Values::I32(v) => v.len(),
            Values::I64(v) => v.len(),
        }
    }

    /// None?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Their type.
    pub fn element(&self) -> Element {
        match self {
            Values::F32(_) => Element::F32,
            Values::F64(_) => Element::F64,
            Values::I32(_) => Element::I32,
            Values::I64(_) => Element::I64,
        }
    }

    /// None yet of a type, with room for so many.
    pub fn with_capacity(element: Element, count: usize) -> Values {
        match element {
            Element::F32 => Values::F32(Vec::with_capacity(count)),
            Element::F64 => Values::F64(Vec::with_capacity(count)),
            Element::I32 => Values::I32(Vec::with_capacity(count)),
            Element::I64 => Values::I64(Vec::with_capacity(count)),
        }
    }

    /// Leaves none, and keeps their room.
    pub fn clear(&mut self) {
        match self {
            Values::F32(v) => v.clear(),
            Values::F64(v) => v.clear(),
            Values::I32(v) => v.clear(),
            Values::I64(v) => v.clear(),
        }
    }

    /// Adds numbers; integers are the nearest, ties away from zero.
    pub fn extend(&mut self, numbers: &[f64]) {
        let all = numbers.iter();
        match self {
            Values::F32(v) => v.extend(all.map(|x| *x as f32)),
            Values::F64(v) => v.extend_from_slice(numbers),
            Values::I32(v) => v.extend(all.map(|x| x.round() as i32)),
            Values::I64(v) => v.extend(all.map(|x| x.round() as i64)),
        }
    }

    /// Numbers as elements of a type, as [`Values::extend`] adds them.
    pub fn of(element: Element, numbers: &[f64]) -> Values {
        let mut values = Values::with_capacity(element, numbers.len());
        values.extend(numbers);
        values
    }

    /// An element as a number.
    ///
    /// # Panics
    /// Beyond the last one.
    pub fn number(&self, at: usize) -> f64 {
        match self {
            Values::F32(v) => f64::from(v[at]),
            Values::F64(v) => v[at],
            Values::I32(v) => f64::from(v[at]),
            Values::I64(v) => v[at] as f64,
        }
    }
}

/// Elements and their shape; the first dimension counts rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    shape: Vec<usize>,
    values: Values,
}

impl Tensor {
    /// A tensor.
    ///
    /// # Panics
    /// When the shape holds another number of elements.
    pub fn new(shape: Vec<usize>, values: Values) -> Tensor {
        assert_eq!(shape.iter().product::<usize>(), values.len(), "a shape holds its elements");
        Tensor { shape, values }
    }

    /// Its shape.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Its elements.
    pub fn values(&self) -> &Values {
        &self.values
    }

    /// Its elements, without the shape.
    pub fn into_values(self) -> Values {
        self.values
    }

    pub(super) fn values_mut(&mut self) -> &mut Values {
        &mut self.values
    }

    /// Rows; 1 for a scalar.
    pub fn rows(&self) -> usize {
        self.shape.first().copied().unwrap_or(1)
    }

    /// Elements of a row.
    pub fn width(&self) -> usize {
        self.shape.get(1..).map_or(1, |rest| rest.iter().product())
    }

    /// Some of the rows.
    ///
    /// # Panics
    /// Beyond the last one.
    pub fn slice(&self, rows: Range<usize>) -> Tensor {
        let width = self.width();
        let part = rows.start * width..rows.end * width;
        let values = each!(&self.values, v => v[part].to_vec());
        let mut shape = self.shape.clone();
        if let Some(first) = shape.first_mut() {
            *first = rows.len();
        }
        Tensor { shape, values }
    }

    /// Its first row twice.
    pub fn doubled(&self) -> Tensor {
        let width = self.width();
        let twice = each!(&self.values, v => [&v[..width], &v[..width]].concat());
        let mut shape = self.shape.clone();
        if let Some(first) = shape.first_mut() {
            *first = 2;
        }
        Tensor { shape, values: twice }
    }

    /// Adds the rows of another of the same type and width.
    pub fn append(&mut self, other: Tensor) {
        match (&mut self.values, other.values) {
            (Values::F32(a), Values::F32(b)) => a.extend(b),
            (Values::F64(a), Values::F64(b)) => a.extend(b),
            (Values::I32(a), Values::I32(b)) => a.extend(b),
            (Values::I64(a), Values::I64(b)) => a.extend(b),
            _ => unreachable!("a model's output has one type"),
        }
        self.shape[0] += other.shape[0];
    }

    /// Do both have the same shape and the same bits? NaN equals NaN.
    pub fn same_bits(&self, other: &Tensor) -> bool {
        let same = match (&self.values, &other.values) {
            (Values::F32(a), Values::F32(b)) => {
                a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits())
            }
            (Values::F64(a), Values::F64(b)) => {
                a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits())
            }
            (a, b) => a == b,
        };
        same && self.shape == other.shape && self.values.element() == other.values.element()
    }
}
