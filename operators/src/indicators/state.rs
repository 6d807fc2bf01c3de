//! The traits that drivers use, and the running half of every indicator.

use std::mem::{self, ManuallyDrop};

use super::{
    Definition, Input, Row, Values,
    row::{complete, first_complete, sum_of_many},
};

/// One output column of an indicator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Output {
    /// Its name: `value` where there is one only.
    pub name: &'static str,
    /// Rows at the start that have no value.
    pub warm_up: usize,
    /// What its values are in.
    pub unit: Unit,
    /// What it tells.
    pub doc: &'static str,
}

/// What the values of an output are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// The unit of the input: of the prices of a bar, of the first of two series.
    Input,
    /// The square of that.
    Square,
    /// A unit of its own, whatever the input's: `0 to 100` where it has bounds.
    Is(&'static str),
}

impl Unit {
    /// The unit as text, of an input in this one.
    pub fn of(self, input: &str) -> String {
        match self {
            Unit::Input => input.to_owned(),
            Unit::Square => format!("{input}²"),
            Unit::Is(unit) => unit.to_owned(),
        }
    }
}

impl Output {
    /// The one output of an indicator that has no other.
    pub(super) fn only(warm_up: usize, unit: Unit, doc: &'static str) -> Vec<Output> {
        vec![Output { name: "value", warm_up, unit, doc }]
    }
}

/// An indicator with its parameters. Every [`Definition`] is one.
pub trait Indicator {
    /// What it reads.
    fn input(&self) -> Input;

    /// What it gives, in the order of the slices of [`IndicatorState::run`].
    fn outputs(&self) -> Vec<Output>;

    /// A state that has seen nothing. There is no reset: start another.
    fn start(&self) -> Box<dyn IndicatorState>;
}

/// A running indicator: one for each instrument.
pub trait IndicatorState: Send {
    /// Takes a batch of rows: one slice an input column, one an output, all of the same length.
    /// NaN is null on both sides.
    ///
    /// # Panics
    ///
    /// If the numbers of slices or their lengths are wrong.
    fn run(&mut self, inputs: &[&[f64]], outputs: &mut [&mut [f64]]);

    /// The state as bytes, with the kind and the parameters that it belongs to.
    fn snapshot(&self) -> Vec<u8>;

    /// Takes over a snapshot of the same indicator; on error the state stays as it was.
    ///
    /// # Errors
    ///
    /// If the bytes are broken, or belong to another kind or to other parameters.
    fn restore(&mut self, bytes: &[u8]) -> Result<(), SnapshotError>;
}

/// Why a snapshot was refused.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The bytes do not decode.
    #[error("snapshot of indicator `{kind}` is broken")]
    Broken {
        /// The kind that was to be restored.
        kind: &'static str,
        /// What the decoder met.
        source: postcard::Error,
    },
    /// There are bytes after the state.
    #[error("snapshot of indicator `{kind}` has {bytes} bytes too many")]
    Trailing {
        /// The kind that was to be restored.
        kind: &'static str,
        /// How many.
        bytes: usize,
    },
    /// The snapshot is of another indicator.
    #[error("snapshot is of indicator `{found}`, not `{kind}`")]
    OtherKind {
        /// The kind that was to be restored.
        kind: &'static str,
        /// The kind in the snapshot.
        found: String,
    },
    /// The snapshot was taken with other parameters.
    #[error("snapshot of indicator `{kind}` was taken with other parameters")]
    OtherParameters {
        /// The kind that was to be restored.
        kind: &'static str,
    },
}

/// Rows that are looked at for nulls, computed and looked at for infinities before the next ones:
/// so few that they stay in the nearest cache. [`Definition::steps`] is never given more.
pub(super) const AT_ONCE: usize = 512;

/// Nothing but NaN is null on the way out.
#[inline(always)]
fn no_infinity(values: &mut [f64]) {
    // Most have neither infinity nor null, and then their sum is neither.
    if !sum_of_many::<false>(&[values]).is_finite() {
        values.iter_mut().filter(|value| value.is_infinite()).for_each(|value| *value = f64::NAN);
    }
}

impl<D: Definition> Indicator for D {
    fn input(&self) -> Input {
        D::Row::INPUT
    }

    fn outputs(&self) -> Vec<Output> {
        Definition::outputs(self)
    }

    fn start(&self) -> Box<dyn IndicatorState> {
        let outputs = Definition::outputs(self);
        let warm_up = outputs.iter().map(|output| output.warm_up).max().unwrap_or(0);
        let withheld = if self.unstable() > 0 { warm_up } else { 0 };
        Box::new(Running { parameters: self.clone(), state: self.fresh(), withheld })
    }
}

struct Running<D: Definition> {
    parameters: D,
    state: D::State,
    /// Rows to come whose values are held back, see [`Definition::unstable`].
    withheld: usize,
}

impl<D: Definition> Running<D> {
    /// Takes one row where the state stands: to move it would cost more than the row.
    #[inline(always)]
    fn one(&mut self, inputs: &[&[f64]], outputs: &mut [&mut [f64]]) {
        let input = D::Row::columns(inputs, 0, 1);
        if first_complete(input.as_ref()) {
            let row = D::Row::at(&input, 0);
            let values = self.parameters.step(&mut self.state, row);
            values.write(&mut D::Values::columns(outputs, 0, 1), 0);
            if self.withheld == 0 {
                for output in outputs.iter_mut().filter(|output| output[0].is_infinite()) {
                    output[0] = f64::NAN;
                }
                return;
            }
            self.withheld -= 1;
        }
        outputs.iter_mut().for_each(|output| output[0] = f64::NAN);
    }
}

impl<D: Definition> IndicatorState for Running<D> {
    fn run(&mut self, inputs: &[&[f64]], outputs: &mut [&mut [f64]]) {
        assert_eq!(inputs.len(), D::Row::INPUT.columns(), "input columns of `{}`", D::KIND);
        let rows = inputs[0].len();
        assert!(inputs.iter().all(|column| column.len() == rows), "input lengths differ");
        assert!(outputs.iter().all(|column| column.len() == rows), "output lengths differ");
        assert_eq!(outputs.len(), D::Values::COUNT, "output columns of `{}`", D::KIND);
        if rows == 1 {
            return self.one(inputs, outputs);
        }
        // On the stack nothing else can point to them, so that the loop keeps them in registers:
        // not even what would drop the state where a row panics.
        let parameters = self.parameters.clone();
        let mut state = ManuallyDrop::new(mem::take(&mut self.state));
        let mut from = 0;
        while from < rows {
            // Rows without nulls at once: their loop need not look for any.
            let end = rows.min(from + AT_ONCE);
            let input = D::Row::columns(inputs, from, end);
            let to = from + complete(input.as_ref());
            let input = D::Row::columns(inputs, from, to);
            {
                let mut output = D::Values::columns(outputs, from, to);
                parameters.steps(&mut state, &input, &mut output);
            }
            let held = self.withheld.min(to - from);
            self.withheld -= held;
            // The row after them has a null, if they have not all been looked at.
            let next = if to < end { to + 1 } else { to };
            for output in outputs.iter_mut() {
                output[from..from + held].fill(f64::NAN);
                no_infinity(&mut output[from + held..to]);
                output[to..next].fill(f64::NAN);
            }
            from = next;
        }
        self.state = ManuallyDrop::into_inner(state);
    }

    fn snapshot(&self) -> Vec<u8> {
        postcard::to_stdvec(&(D::KIND, &self.parameters, self.withheld, &self.state))
            .expect("a state is plain numbers, which always encode")
    }

    fn restore(&mut self, bytes: &[u8]) -> Result<(), SnapshotError> {
        let kind = D::KIND;
        let broken = |source| SnapshotError::Broken { kind, source };
        let (found, rest) = postcard::take_from_bytes::<&str>(bytes).map_err(broken)?;
        if found != kind {
            return Err(SnapshotError::OtherKind { kind, found: found.to_owned() });
        }
        let (parameters, rest) = postcard::take_from_bytes::<D>(rest).map_err(broken)?;
        if parameters != self.parameters {
            return Err(SnapshotError::OtherParameters { kind });
        }
        let state = postcard::take_from_bytes::<(usize, D::State)>(rest).map_err(broken)?;
        let ((withheld, state), rest) = state;
        if !rest.is_empty() {
            return Err(SnapshotError::Trailing { kind, bytes: rest.len() });
        }
        (self.withheld, self.state) = (withheld, state);
        Ok(())
    }
}
