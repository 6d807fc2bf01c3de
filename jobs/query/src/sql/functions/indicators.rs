//! Indicators as window functions: `ema(close, 12) OVER (PARTITION BY instrument ORDER BY ts)`.
//!
//! The columns come first, of a bar those that the indicator reads in the order open, high, low,
//! close, volume; then its parameters in the order of the catalogue, of which those with a default
//! may be left out from the end. One with several outputs gives a struct of them.

use super::arguments::{number_or_text, numbers};
use arrow::array::{ArrayRef, Float64Array, StructArray};
use arrow::datatypes::{DataType, Field, FieldRef, Fields};
use datafusion::common::{Result, plan_datafusion_err, plan_err};
use datafusion::logical_expr::function::{
    ExpressionArgs, PartitionEvaluatorArgs, WindowUDFFieldArgs,
};
use datafusion::logical_expr::{
    PartitionEvaluator, Signature, Volatility, WindowUDF, WindowUDFImpl,
};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Literal;
use datafusion::prelude::SessionContext;
use operators::indicators::{BAR_COLUMNS, Entry, IndicatorSpec, Input};
use serde_json::{Map, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Makes every indicator known to a session; where SQL has a function of that name, as `ta_` and
/// its name.
pub(super) fn register(context: &SessionContext) {
    let state = context.state();
    let taken: BTreeSet<String> = super::names(&state).into_iter().collect();
    let examples = IndicatorSpec::examples();
    for entry in IndicatorSpec::kinds() {
        let example = examples.iter().find(|example| example.kind() == entry.kind);
        let name = match taken.contains(entry.kind) {
            true => format!("ta_{}", entry.kind),
            false => entry.kind.to_owned(),
        };
        let function = Function::new(name, entry, example.expect("every kind has examples"));
        context.register_udwf(WindowUDF::new_from_impl(function));
    }
}

/// An indicator as a function.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Function {
    name: String,
    kind: &'static str,
    /// Where its columns go: places of [`BAR_COLUMNS`] if it reads bars.
    columns: Vec<usize>,
    /// How many columns an indicator of this kind takes, read or not.
    width: usize,
    /// The columns in words.
    usage: String,
    /// Parameters, and how many of them must be given.
    parameters: Vec<&'static str>,
    needed: usize,
    outputs: Vec<&'static str>,
    signature: Signature,
}

impl Function {
    fn new(name: String, entry: &Entry, example: &IndicatorSpec) -> Function {
        let indicator = example.indicator();
        let columns = example.reads();
        let word = |column: &usize| match indicator.input() {
            Input::Bar => BAR_COLUMNS[*column],
            Input::Value => "close",
            Input::Pair => ["first", "second"][*column],
        };
        let parameters: Vec<&str> = entry.parameters.iter().map(|p| p.name).collect();
        // Up to the last without a default: they are told by their places.
        let last = entry.parameters.iter().rposition(|p| p.default.is_none());
        let needed = last.map_or(0, |last| last + 1);
        let words = columns.iter().map(word).chain(parameters.iter().copied().take(needed));
        let words = words.collect::<Vec<_>>().join(", ");
        let usage = match &parameters[needed..] {
            [] => format!("{name}({words})"),
            optional => format!("{name}({words}[, {}])", optional.join(", ")),
        };
        Function {
            name,
            kind: entry.kind,
            width: indicator.input().columns(),
            columns,
            usage,
            parameters,
            needed,
            outputs: indicator.outputs().iter().map(|output| output.name).collect(),
            signature: Signature::user_defined(Volatility::Immutable),
        }
    }

    /// The indicator that the constants after the columns stand for.
    fn spec(&self, arguments: &[Arc<dyn PhysicalExpr>]) -> Result<IndicatorSpec> {
        let mut fields = Map::new();
        for (name, argument) in self.parameters.iter().zip(&arguments[self.columns.len()..]) {
            let literal = argument.downcast_ref::<Literal>();
            let value = literal.and_then(|literal| number_or_text(literal.value()));
            let value = value.ok_or_else(|| {
                plan_datafusion_err!("{}: `{name}` must be a constant", self.name)
            })?;
            fields.insert((*name).to_owned(), value);
        }
        let kind = self.kind;
        serde_json::from_value(json!({ kind: fields }))
            .map_err(|error| plan_datafusion_err!("{}: {error}, as in {}", self.name, self.usage))
    }

    /// One type for each output; a struct of them if there are several.
    fn answer(&self) -> DataType {
        match &self.outputs[..] {
            [_] => DataType::Float64,
            _ => DataType::Struct(self.fields()),
        }
    }

    fn fields(&self) -> Fields {
        let field = |name: &&str| Field::new(*name, DataType::Float64, true);
        self.outputs.iter().map(field).collect()
    }
}

impl WindowUDFImpl for Function {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let columns = self.columns.len();
        if !(columns + self.needed..=columns + self.parameters.len()).contains(&types.len()) {
            return plan_err!("{} takes other arguments: {}", self.name, self.usage);
        }
        let mut coerced = vec![DataType::Float64; columns];
        coerced.extend_from_slice(&types[columns..]);
        match types[..columns].iter().find(|kind| !kind.is_numeric() && !kind.is_null()) {
            Some(kind) => plan_err!("{}: {kind} is no number: {}", self.name, self.usage),
            None => Ok(coerced),
        }
    }

    fn field(&self, args: WindowUDFFieldArgs<'_>) -> Result<FieldRef> {
        Ok(Arc::new(Field::new(args.name(), self.answer(), true)))
    }

    fn expressions(&self, args: ExpressionArgs<'_>) -> Vec<Arc<dyn PhysicalExpr>> {
        // Parameters are constants: no need for a column of each.
        args.input_exprs()[..self.columns.len()].to_vec()
    }

    fn partition_evaluator(
        &self,
        args: PartitionEvaluatorArgs<'_>,
    ) -> Result<Box<dyn PartitionEvaluator>> {
        Ok(Box::new(Evaluator {
            spec: self.spec(args.input_exprs())?,
            columns: self.columns.clone(),
            width: self.width,
            fields: self.fields(),
        }))
    }
}

/// Runs an indicator over the rows of a partition.
#[derive(Debug)]
struct Evaluator {
    spec: IndicatorSpec,
    columns: Vec<usize>,
    width: usize,
    fields: Fields,
}

impl PartitionEvaluator for Evaluator {
    fn evaluate_all(&mut self, values: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
        let read: Vec<Vec<f64>> = values.iter().map(numbers).collect();
        // In the place of a column that is not read any other will do.
        let mut inputs: Vec<&[f64]> = vec![&read[0]; self.width];
        for (place, column) in self.columns.iter().zip(&read) {
            inputs[*place] = column;
        }
        let mut outputs = vec![vec![f64::NAN; rows]; self.fields.len()];
        let mut slices: Vec<&mut [f64]> = outputs.iter_mut().map(|o| &mut o[..]).collect();
        self.spec.indicator().start().run(&inputs, &mut slices);
        let known = |value: f64| (!value.is_nan()).then_some(value);
        let column = |values: Vec<f64>| -> ArrayRef {
            Arc::new(values.into_iter().map(known).collect::<Float64Array>())
        };
        let mut columns: Vec<ArrayRef> = outputs.into_iter().map(column).collect();
        match columns.len() {
            1 => Ok(columns.remove(0)),
            _ => Ok(Arc::new(StructArray::try_new(self.fields.clone(), columns, None)?)),
        }
    }
}
