//! `vwap(price, quantity)`: the average price, weighted by quantity.

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array};
use arrow::datatypes::{DataType, Field, FieldRef, Float64Type};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDFImpl, EmitTo, GroupsAccumulator, Signature, Volatility,
};
use std::sync::Arc;

/// Sum of price times quantity over the sum of quantity. Rows in which either is null do not
/// count; without any quantity it is null.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Vwap {
    signature: Signature,
}

impl Vwap {
    pub(crate) fn new() -> Vwap {
        let numbers = vec![DataType::Float64, DataType::Float64];
        Vwap { signature: Signature::exact(numbers, Volatility::Immutable) }
    }
}

impl AggregateUDFImpl for Vwap {
    fn name(&self) -> &str {
        "vwap"
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }
    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let field = |part| Field::new(format!("{}[{part}]", args.name), DataType::Float64, true);
        Ok(PARTS.map(|part| Arc::new(field(part))).to_vec())
    }
    fn accumulator(&self, _: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(One::default()))
    }
    fn groups_accumulator_supported(&self, args: AccumulatorArgs) -> bool {
        !args.is_distinct
    }
    fn create_groups_accumulator(&self, _: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(Many::default()))
    }
}

/// The sums of one group. Prices are taken relative to the first one: the average of equal prices
/// is then that price to the last bit, and little is lost where prices are large and close.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    base: f64,
    excess: f64,
    quantity: f64,
    rows: f64,
}

impl Sums {
    fn enter(&mut self, price: f64, quantity: f64) {
        self.add(Sums { base: price, excess: 0.0, quantity, rows: 1.0 });
    }

    fn leave(&mut self, price: f64, quantity: f64) {
        self.add(Sums { base: price, excess: 0.0, quantity: -quantity, rows: -1.0 });
    }

    fn add(&mut self, other: Sums) {
        if self.rows == 0.0 {
            *self = other;
            return;
        }
        self.excess += other.excess + (other.base - self.base) * other.quantity;
        self.quantity += other.quantity;
        self.rows += other.rows;
        if self.rows == 0.0 {
            // All rows have left the window: what is left is rounding.
            *self = Sums::default();
        }
    }

    fn average(self) -> Option<f64> {
        let average = self.base + self.excess / self.quantity;
        (self.quantity != 0.0 && average.is_finite()).then_some(average)
    }

    /// As they travel between threads.
    fn parts(self) -> [f64; 4] {
        [self.base, self.excess, self.quantity, self.rows]
    }

    fn of(parts: [&Float64Array; 4], row: usize) -> Sums {
        let [base, excess, quantity, rows] = parts.map(|part| part.value(row));
        Sums { base, excess, quantity, rows }
    }
}

/// The names of [`Sums::parts`].
const PARTS: [&str; 4] = ["base", "excess", "quantity", "rows"];

fn column(values: &[ArrayRef], at: usize) -> &Float64Array {
    values[at].as_primitive::<Float64Type>()
}

/// The rows in which price and quantity are known: (row, price, quantity).
fn known(values: &[ArrayRef]) -> impl Iterator<Item = (usize, f64, f64)> {
    let pairs = column(values, 0).iter().zip(column(values, 1));
    pairs.enumerate().filter_map(|(row, (price, quantity))| Some((row, price?, quantity?)))
}

#[derive(Debug, Default)]
struct One(Sums);

impl Accumulator for One {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        known(values).for_each(|(_, price, quantity)| self.0.enter(price, quantity));
        Ok(())
    }
    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        known(values).for_each(|(_, price, quantity)| self.0.leave(price, quantity));
        Ok(())
    }
    fn supports_retract_batch(&self) -> bool {
        true
    }
    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let parts = [0, 1, 2, 3].map(|at| column(states, at));
        (0..states[0].len()).for_each(|row| self.0.add(Sums::of(parts, row)));
        Ok(())
    }
    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(self.0.parts().map(|part| ScalarValue::Float64(Some(part))).to_vec())
    }
    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::Float64(self.0.average()))
    }
    fn size(&self) -> usize {
        size_of::<One>()
    }
}

/// The sums of many groups, side by side.
#[derive(Debug, Default)]
struct Many(Vec<Sums>);

fn states(sums: &[Sums]) -> Vec<ArrayRef> {
    let part = |at: usize| -> ArrayRef {
        Arc::new(Float64Array::from_iter_values(sums.iter().map(|sums| sums.parts()[at])))
    };
    [0, 1, 2, 3].map(part).to_vec()
}

fn passes(filter: Option<&BooleanArray>, row: usize) -> bool {
    filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row))
}

impl GroupsAccumulator for Many {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        self.0.resize(total, Sums::default());
        for (row, price, quantity) in known(values).filter(|(row, ..)| passes(filter, *row)) {
            self.0[groups[row]].enter(price, quantity);
        }
        Ok(())
    }
    fn merge_batch(&mut self, states: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        self.0.resize(total, Sums::default());
        let parts = [0, 1, 2, 3].map(|at| column(states, at));
        for (row, group) in groups.iter().enumerate() {
            self.0[*group].add(Sums::of(parts, row));
        }
        Ok(())
    }
    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let sums = emit.take_needed(&mut self.0);
        Ok(Arc::new(sums.into_iter().map(Sums::average).collect::<Float64Array>()))
    }
    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(states(&emit.take_needed(&mut self.0)))
    }
    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        let mut sums = vec![Sums::default(); values[0].len()];
        for (row, price, quantity) in known(values).filter(|(row, ..)| passes(filter, *row)) {
            sums[row].enter(price, quantity);
        }
        Ok(states(&sums))
    }
    fn size(&self) -> usize {
        self.0.capacity() * size_of::<Sums>()
    }
}
