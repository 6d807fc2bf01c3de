//! `time_bucket('1m', ts)`: the start of the span of time that a moment lies in.

use arrow::array::AsArray;
use arrow::datatypes::{
    DataType, Field, FieldRef, IntervalUnit, TimeUnit, TimestampNanosecondType,
};
use datafusion::common::{Result, ScalarValue, exec_datafusion_err, plan_datafusion_err, plan_err};
use datafusion::logical_expr::sort_properties::{ExprProperties, SortProperties};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};
use schemas::{EventTime, Span};
use std::sync::Arc;

/// Rounds times down to whole multiples of a span since 1970-01-01T00:00:00Z.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct TimeBucket {
    signature: Signature,
}

impl TimeBucket {
    pub(crate) fn new() -> TimeBucket {
        TimeBucket { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

/// The span that the first argument says.
fn span(argument: &ScalarValue) -> Result<Span> {
    let span = match argument {
        ScalarValue::Utf8(Some(text)) => {
            text.parse::<Span>().map_err(|error| plan_datafusion_err!("time_bucket: {error}"))?
        }
        ScalarValue::IntervalMonthDayNano(Some(interval)) => {
            if interval.months != 0 {
                return plan_err!(
                    "time_bucket: months and years differ in length: use date_trunc('month', ts)"
                );
            }
            let day = 24 * 3600 * Span::SECOND.0;
            let ns = i64::from(interval.days).checked_mul(day);
            let ns = ns.and_then(|ns| ns.checked_add(interval.nanoseconds));
            Span(ns.ok_or_else(|| plan_datafusion_err!("time_bucket: the interval is too long"))?)
        }
        _ => return plan_err!("time_bucket: the span must be a constant such as '1m'"),
    };
    if span.0 <= 0 {
        return plan_err!("time_bucket: the span must be longer than nothing");
    }
    Ok(span)
}

fn floor(ns: i64, span: Span) -> i64 {
    EventTime(ns).floor(span).0
}

impl ScalarUDFImpl for TimeBucket {
    fn name(&self) -> &str {
        "time_bucket"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let [span, time] = types else {
            return plan_err!("time_bucket takes a span and a time: time_bucket('1m', ts)");
        };
        let span = match span {
            DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8 => DataType::Utf8,
            DataType::Interval(_) => DataType::Interval(IntervalUnit::MonthDayNano),
            other => return plan_err!("time_bucket: {other} is no span: write '1m'"),
        };
        let zone = match time {
            DataType::Timestamp(_, zone) => zone.clone(),
            DataType::Date32 | DataType::Date64 | DataType::Null => None,
            DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8 => Some("UTC".into()),
            other => return plan_err!("time_bucket: {other} is no time"),
        };
        Ok(vec![span, DataType::Timestamp(TimeUnit::Nanosecond, zone)])
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(types[1].clone())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        // Here a wrong span is an error of the query, not of its run.
        if let Some(constant) = args.scalar_arguments[0] {
            span(&constant.cast_to(args.arg_fields[0].data_type())?)?;
        }
        let time = &args.arg_fields[1];
        Ok(Arc::new(Field::new(self.name(), time.data_type().clone(), time.is_nullable())))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [ColumnarValue::Scalar(constant), time] = &args.args[..] else {
            return plan_err!("time_bucket: the span must be a constant such as '1m'");
        };
        let span = span(constant)?;
        match time {
            ColumnarValue::Scalar(ScalarValue::TimestampNanosecond(ns, zone)) => {
                let start = ns.map(|ns| floor(ns, span));
                Ok(ScalarValue::TimestampNanosecond(start, zone.clone()).into())
            }
            ColumnarValue::Array(times) => {
                let times = times.as_primitive_opt::<TimestampNanosecondType>();
                let times = times.ok_or_else(|| exec_datafusion_err!("time_bucket: no times"))?;
                let starts = times.unary::<_, TimestampNanosecondType>(|ns| floor(ns, span));
                let starts = starts.with_timezone_opt(times.timezone());
                Ok(ColumnarValue::Array(Arc::new(starts)))
            }
            other => plan_err!("time_bucket: {} is no time", other.data_type()),
        }
    }

    fn output_ordering(&self, inputs: &[ExprProperties]) -> Result<SortProperties> {
        // Later moments never have earlier buckets: sorted input groups without a hash table.
        Ok(inputs[1].sort_properties)
    }
}
