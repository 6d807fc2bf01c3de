//! SQL functions for finance.

mod arguments;
mod features;
mod indicators;
mod time_bucket;
mod vwap;

pub(crate) use arguments::check;

use datafusion::execution::{FunctionRegistry, SessionState};
use datafusion::logical_expr::{AggregateUDF, ScalarUDF};
use datafusion::prelude::SessionContext;

/// Makes them known to a session.
pub(crate) fn register(context: &SessionContext) {
    context.register_udf(ScalarUDF::new_from_impl(time_bucket::TimeBucket::new()));
    context.register_udaf(AggregateUDF::new_from_impl(vwap::Vwap::new()));
    indicators::register(context);
    features::register(context);
}

/// The names of all functions.
pub(crate) fn names(state: &SessionState) -> Vec<String> {
    state.udfs().into_iter().chain(state.udafs()).chain(state.udwfs()).collect()
}
