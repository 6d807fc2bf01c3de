//! What is given to indicators and features.

use super::{features::Feature, indicators::Function};
use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Float64Type};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::expr::{WindowFunction, WindowFunctionParams};
use datafusion::logical_expr::{Expr, LogicalPlan, WindowFrameBound, WindowFunctionDefinition};
use serde_json::Value;

/// Refuses what an indicator or a feature would ignore: a frame, a filter, rows without an order.
pub(crate) fn check(plan: &LogicalPlan) -> Result<()> {
    plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expr| {
            expr.apply(|expr| {
                if let Expr::WindowFunction(call) = expr {
                    if !matches!(node, LogicalPlan::Window(_)) {
                        return plan_err!(
                            "{} cannot stand here: it is known after WHERE, GROUP BY and HAVING. \
                             Name it in a query inside, as in SELECT * FROM (SELECT *, {0}(…) \
                             OVER (…) AS x FROM t) WHERE x > 0",
                            call.fun.name()
                        );
                    }
                    check_call(call)?;
                }
                Ok(TreeNodeRecursion::Continue)
            })
        })
    })?;
    Ok(())
}

fn check_call(call: &WindowFunction) -> Result<()> {
    let WindowFunction { fun: WindowFunctionDefinition::WindowUDF(function), params } = call else {
        return Ok(());
    };
    if !function.inner().is::<Function>() && !function.inner().is::<Feature>() {
        return Ok(());
    }
    let name = function.name();
    let WindowFunctionParams { order_by, window_frame, filter, null_treatment, distinct, .. } =
        params;
    if order_by.is_empty() {
        return plan_err!("{name} needs an order of its rows: write {name}(…) OVER (ORDER BY ts)");
    }
    let whole = matches!(&window_frame.start_bound, WindowFrameBound::Preceding(v) if v.is_null())
        && window_frame.end_bound == WindowFrameBound::CurrentRow;
    if !whole {
        return plan_err!("{name} has its own window and ignores {window_frame}: leave it out");
    }
    if filter.is_some() || null_treatment.is_some() || *distinct {
        return plan_err!("{name} takes no FILTER, DISTINCT, IGNORE NULLS or RESPECT NULLS");
    }
    Ok(())
}

/// A constant.
pub(super) fn number_or_text(value: &ScalarValue) -> Option<Value> {
    match value {
        ScalarValue::Utf8(text) | ScalarValue::Utf8View(text) | ScalarValue::LargeUtf8(text) => {
            text.clone().map(Value::from)
        }
        number => {
            let ScalarValue::Float64(number) = number.cast_to(&DataType::Float64).ok()? else {
                return None;
            };
            // A period may come out of a sum as 12.0.
            let number = number?;
            let whole = number.fract() == 0.0 && number.abs() < 1e15;
            Some(if whole { Value::from(number as i64) } else { Value::from(number) })
        }
    }
}

/// Null as NaN.
pub(super) fn numbers(column: &ArrayRef) -> Vec<f64> {
    let column = column.as_primitive::<Float64Type>();
    match column.null_count() {
        0 => column.values().to_vec(),
        _ => column.iter().map(|value| value.unwrap_or(f64::NAN)).collect(),
    }
}
