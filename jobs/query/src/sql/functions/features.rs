//! Features as window functions: `window_mean(ts, price, '5m') OVER (PARTITION BY instrument ORDER
//! BY ts)`, each row being a record and the value that after it.
//!
//! The time comes first, then what the feature reads: one column for those that a job computes `on`
//! a series; price, quantity and side for those of trades; bid, bid_quantity, ask and ask_quantity
//! for those of best bids and offers. Then come its parameters in the order of the catalogue,
//! without `on`, of which those with a default may be left out from the end.
//!
//! They compute with integers of eight decimal places, as a job with the places of its instrument.

use super::arguments::{number_or_text, numbers};
use arrow::array::{Array, ArrayRef, AsArray, Float64Array};
use arrow::datatypes::{DataType, Field, FieldRef, TimeUnit, TimestampNanosecondType};
use datafusion::common::{Result, exec_err, plan_datafusion_err, plan_err};
use datafusion::logical_expr::function::{
    ExpressionArgs, PartitionEvaluatorArgs, WindowUDFFieldArgs,
};
use datafusion::logical_expr::{
    PartitionEvaluator, Signature, Volatility, WindowUDF, WindowUDFImpl,
};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Literal;
use datafusion::prelude::SessionContext;
use operators::{
    bars::BarTrade,
    features::{FeatureSpec, FeatureState, Reads, Scales},
    indicators::Entry,
    market::Top,
};
use schemas::{EventTime, chunk::NO_ID, decimal::power_of_ten};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Decimal places of prices and quantities.
const PLACES: u8 = 8;

/// Makes every feature known that has running state.
pub(super) fn register(context: &SessionContext) {
    let examples = FeatureSpec::examples();
    for entry in FeatureSpec::running_kinds() {
        let of_kind = |spec: &&FeatureSpec| spec.running().is_some_and(|f| f.kind() == entry.kind);
        let example = examples.iter().find(of_kind).expect("every kind has examples");
        context.register_udwf(WindowUDF::new_from_impl(Feature::new(entry, example)));
    }
}

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Row {
    /// One number, as a price.
    Value,
    /// A trade.
    Trade,
    /// A best bid and offer.
    Quote,
}

impl Row {
    /// Its columns after the time.
    fn columns(self) -> &'static [&'static str] {
        match self {
            Row::Value => &["value"],
            Row::Trade => &["price", "quantity", "side"],
            Row::Quote => &["bid", "bid_quantity", "ask", "ask_quantity"],
        }
    }
}

/// A feature as a function.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Feature {
    kind: &'static str,
    row: Row,
    usage: String,
    /// Parameters, and how many of them must be given.
    parameters: Vec<&'static str>,
    needed: usize,
    signature: Signature,
}

impl Feature {
    fn new(entry: &Entry, example: &FeatureSpec) -> Feature {
        let is_on = |name: &str| name == "on";
        let told: Vec<_> = entry.parameters.iter().filter(|p| !is_on(p.name)).collect();
        let reads = example.running().map(|feature| feature.reads());
        let row = match reads {
            _ if told.len() < entry.parameters.len() => Row::Value,
            Some(Reads::Quotes) => Row::Quote,
            _ => Row::Trade,
        };
        let last = told.iter().rposition(|p| p.default.is_none());
        let needed = last.map_or(0, |last| last + 1);
        let parameters: Vec<&str> = told.iter().map(|p| p.name).collect();
        let words: Vec<&str> = ["ts"].iter().chain(row.columns()).copied().collect();
        let words = [&words[..], &parameters[..needed]].concat().join(", ");
        let usage = match &parameters[needed..] {
            [] => format!("{}({words})", entry.kind),
            optional => format!("{}({words}[, {}])", entry.kind, optional.join(", ")),
        };
        let signature = Signature::user_defined(Volatility::Immutable);
        Feature { kind: entry.kind, row, usage, parameters, needed, signature }
    }

    /// How many arguments are columns.
    fn columns(&self) -> usize {
        1 + self.row.columns().len()
    }

    /// The feature that the constants after the columns stand for, which has seen nothing.
    fn start(&self, arguments: &[Arc<dyn PhysicalExpr>]) -> Result<Box<dyn FeatureState>> {
        let (kind, mut fields) = (self.kind, Map::new());
        for (name, argument) in self.parameters.iter().zip(&arguments[self.columns()..]) {
            let literal = argument.downcast_ref::<Literal>();
            let value = literal.and_then(|literal| number_or_text(literal.value()));
            let value =
                value.ok_or_else(|| plan_datafusion_err!("{kind}: `{name}` must be a constant"))?;
            fields.insert((*name).to_owned(), value);
        }
        if self.row == Row::Value {
            fields.insert("on".to_owned(), Value::from("trade.price"));
        }
        let spec: FeatureSpec = serde_json::from_value(json!({ kind: fields }))
            .map_err(|error| plan_datafusion_err!("{kind}: {error}, as in {}", self.usage))?;
        let feature = spec.running().expect("one of those that run");
        match feature.fault() {
            Some((parameter, why)) => plan_err!("{kind}: `{parameter}`: {why}"),
            None => Ok(feature.start(Scales { price: PLACES, quantity: PLACES })),
        }
    }
}

impl WindowUDFImpl for Feature {
    fn name(&self) -> &str {
        self.kind
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let columns = self.columns();
        if !(columns + self.needed..=columns + self.parameters.len()).contains(&types.len()) {
            return plan_err!("{} takes other arguments: {}", self.kind, self.usage);
        }
        let of_column = |(place, given): (usize, &DataType)| match (place, given) {
            (0, DataType::Timestamp(_, zone)) => {
                Ok(DataType::Timestamp(TimeUnit::Nanosecond, zone.clone()))
            }
            (0, other) => plan_err!("{}: {other} is no time: {}", self.kind, self.usage),
            // The side of a trade may be told in words.
            (3, words) if self.row == Row::Trade && !words.is_numeric() => Ok(DataType::Utf8),
            (_, number) if number.is_numeric() || number.is_null() => Ok(DataType::Float64),
            (_, other) => plan_err!("{}: {other} is no number: {}", self.kind, self.usage),
        };
        let coerced = types[..columns].iter().enumerate().map(of_column);
        let mut coerced = coerced.collect::<Result<Vec<_>>>()?;
        coerced.extend_from_slice(&types[columns..]);
        Ok(coerced)
    }

    fn field(&self, args: WindowUDFFieldArgs<'_>) -> Result<FieldRef> {
        Ok(Arc::new(Field::new(args.name(), DataType::Float64, true)))
    }

    fn expressions(&self, args: ExpressionArgs<'_>) -> Vec<Arc<dyn PhysicalExpr>> {
        args.input_exprs()[..self.columns()].to_vec()
    }

    fn partition_evaluator(
        &self,
        args: PartitionEvaluatorArgs<'_>,
    ) -> Result<Box<dyn PartitionEvaluator>> {
        let (kind, row) = (self.kind, self.row);
        Ok(Box::new(Evaluator { kind, row, state: self.start(args.input_exprs())? }))
    }
}

/// Runs a feature over the rows of a partition.
struct Evaluator {
    kind: &'static str,
    row: Row,
    state: Box<dyn FeatureState>,
}

impl std::fmt::Debug for Evaluator {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.kind)
    }
}

impl PartitionEvaluator for Evaluator {
    fn evaluate_all(&mut self, values: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
        let times = values[0].as_primitive::<TimestampNanosecondType>();
        let columns: Vec<Vec<f64>> = match self.row {
            Row::Trade => {
                let mut columns: Vec<Vec<f64>> = values[1..3].iter().map(numbers).collect();
                columns.push(sides(&values[3]));
                columns
            }
            _ => values[1..].iter().map(numbers).collect(),
        };
        let (mut last, mut found) = (i64::MIN, Vec::with_capacity(rows));
        for row in 0..rows {
            if times.is_null(row) {
                found.push(None);
                continue;
            }
            let at = times.value(row);
            if at < last {
                let kind = self.kind;
                return exec_err!("{kind} needs its rows in the order of their times: ORDER BY ts");
            }
            last = at;
            let numbers: Vec<f64> = columns.iter().map(|column| column[row]).collect();
            self.take(EventTime(at), &numbers);
            let value = self.state.value(EventTime(at));
            found.push((!value.is_nan()).then_some(value));
        }
        Ok(Arc::new(Float64Array::from(found)))
    }
}

impl Evaluator {
    /// Takes a row; one without its numbers is no record.
    fn take(&mut self, at: EventTime, numbers: &[f64]) {
        let raw = |value: f64| {
            let raw = (value * power_of_ten(PLACES) as f64).round();
            (raw.abs() < i64::MAX as f64).then_some(raw as i64)
        };
        let trade = |price, quantity, side| BarTrade { price, quantity, side, tainted: false };
        match (self.row, numbers) {
            (Row::Value, [value]) => {
                if let Some(value) = raw(*value) {
                    self.state.trades(&[(at, trade(value, 0, 0))]);
                }
            }
            (Row::Trade, [price, quantity, side]) => {
                if let (Some(price), Some(quantity)) = (raw(*price), raw(*quantity)) {
                    let side = if side.is_nan() { 0 } else { side.signum() as i8 };
                    self.state.trades(&[(at, trade(price, quantity, side))]);
                }
            }
            (_, columns) => {
                // A side without a price or a quantity is absent.
                let side = |price: usize| match (raw(columns[price]), raw(columns[price + 1])) {
                    (Some(price), Some(quantity)) => (price, quantity),
                    _ => (0, 0),
                };
                let ((bid, bid_quantity), (ask, ask_quantity)) = (side(0), side(2));
                let top = Top { bid, bid_quantity, ask, ask_quantity, update_id: NO_ID };
                self.state.quote(at, &top);
            }
        }
    }
}

/// Aggressors as numbers: 1 for `buy` and all above 0, -1 for `sell` and all below.
fn sides(column: &ArrayRef) -> Vec<f64> {
    let Some(words) = column.as_string_opt::<i32>() else {
        return numbers(column)
            .into_iter()
            .map(|side| if side == 0.0 { f64::NAN } else { side })
            .collect();
    };
    let side = |word: Option<&str>| match word {
        Some("buy") => 1.0,
        Some("sell") => -1.0,
        _ => f64::NAN,
    };
    words.iter().map(side).collect()
}
