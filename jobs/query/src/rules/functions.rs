//! The functions of rules, and those that are refused with a reason.

use operators::rules::{Binary, Clock, Cross, Unary, Variadic};

/// A function of rules.
#[derive(Debug)]
pub struct Function {
    /// Its name, in lower case; a rule may write it in any case.
    pub name: &'static str,
    /// How it is called.
    pub usage: &'static str,
    /// What it yields.
    pub doc: &'static str,
    pub(super) makes: Makes,
}

/// What a call is lowered to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Makes {
    Unary(Unary),
    Binary(Binary),
    Variadic(Variadic),
    Clock(Clock),
    Cross(Cross),
    Prev,
    Round,
}

const fn function(
    name: &'static str,
    usage: &'static str,
    doc: &'static str,
    makes: Makes,
) -> Function {
    Function { name, usage, doc, makes }
}

/// All functions of rules.
pub const FUNCTIONS: &[Function] = &[
    function("abs", "abs(x)", "the size of x", Makes::Unary(Unary::Abs)),
    function("ceil", "ceil(x)", "the next whole number", Makes::Unary(Unary::Ceil)),
    function(
        "coalesce",
        "coalesce(x, y, ...)",
        "the first that is not null",
        Makes::Variadic(Variadic::Coalesce),
    ),
    function(
        "crosses_above",
        "crosses_above(a, b)",
        "prev(a) <= prev(b) AND a > b",
        Makes::Cross(Cross::Above),
    ),
    function(
        "crosses_below",
        "crosses_below(a, b)",
        "prev(a) >= prev(b) AND a < b",
        Makes::Cross(Cross::Below),
    ),
    function("exp", "exp(x)", "e to the x", Makes::Unary(Unary::Exp)),
    function("floor", "floor(x)", "the whole number before", Makes::Unary(Unary::Floor)),
    function(
        "greatest",
        "greatest(x, y, ...)",
        "the greatest that is not null",
        Makes::Variadic(Variadic::Greatest),
    ),
    function("hour", "hour(ts)", "the hour in UTC, 0 to 23", Makes::Clock(Clock::Hour)),
    function(
        "least",
        "least(x, y, ...)",
        "the least that is not null",
        Makes::Variadic(Variadic::Least),
    ),
    function("ln", "ln(x)", "the natural logarithm", Makes::Unary(Unary::Ln)),
    function("log10", "log10(x)", "the logarithm to base 10", Makes::Unary(Unary::Log10)),
    function("minute", "minute(ts)", "the minute, 0 to 59", Makes::Clock(Clock::Minute)),
    function(
        "nullif",
        "nullif(x, y)",
        "null when x = y, otherwise x",
        Makes::Binary(Binary::NullIf),
    ),
    function("pow", "pow(x, y)", "x to the y", Makes::Binary(Binary::Pow)),
    function("power", "power(x, y)", "x to the y", Makes::Binary(Binary::Pow)),
    function("prev", "prev(x)", "x at the previous evaluation, null at the first", Makes::Prev),
    function("round", "round(x) or round(x, digits)", "halves away from zero", Makes::Round),
    function("signum", "signum(x)", "-1, 0 or 1", Makes::Unary(Unary::Signum)),
    function("sqrt", "sqrt(x)", "the square root", Makes::Unary(Unary::Sqrt)),
    function(
        "weekday",
        "weekday(ts)",
        "the day in UTC, Monday 1 to Sunday 7",
        Makes::Clock(Clock::Weekday),
    ),
];

/// The function of this name in any case.
pub(super) fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name.eq_ignore_ascii_case(name))
}

/// Why a known function of SQL is not one of rules, and what to write instead.
pub(super) fn refusal(name: &str) -> Option<(String, String)> {
    let name = &*name.to_ascii_lowercase();
    let (why, help) = match name {
        "now" | "current_timestamp" | "current_date" | "current_time" | "localtime"
        | "localtimestamp" | "today" | "getdate" | "sysdate" | "unix_timestamp" => (
            "reads the clock, so two runs would differ; use ts",
            "hour(ts), minute(ts) and weekday(ts) read the time of the evaluation",
        ),
        "random" | "rand" | "uuid" | "gen_random_uuid" | "newid" => {
            ("is drawn anew each time, so two runs would differ", "write a fixed number")
        }
        "min" => {
            ("aggregates rows, and a rule sees one", "write least(x, y, ...), or an indicator")
        }
        "max" => {
            ("aggregates rows, and a rule sees one", "write greatest(x, y, ...), or an indicator")
        }
        "sum" | "avg" | "mean" | "count" | "median" | "stddev" | "stddev_pop" | "stddev_samp"
        | "var" | "var_pop" | "var_samp" | "variance" | "corr" | "covar_pop" | "covar_samp"
        | "first" | "last" | "array_agg" | "string_agg" | "bool_and" | "bool_or" | "any_value"
        | "approx_distinct" | "approx_median" | "regr_slope" => {
            ("aggregates rows, and a rule sees one", "define an indicator or a feature and name it")
        }
        "lag" => ("is a window function, and a rule sees one row", "write prev(x)"),
        "lead" | "first_value" | "last_value" | "nth_value" | "row_number" | "rank"
        | "dense_rank" | "percent_rank" | "cume_dist" | "ntile" => (
            "is a window function, and a rule sees one row",
            "write prev(x), or define an indicator and name it",
        ),
        "log" => ("has no one base: databases differ", "write ln(x) or log10(x)"),
        "log2" => ("is not a function of rules", "write ln(x) / ln(2)"),
        "sign" => ("is not a function of rules", "write signum(x)"),
        "ceiling" => ("is not a function of rules", "write ceil(x)"),
        "mod" => ("is not a function of rules", "write x % y"),
        "if" | "iif" => ("is not a function of rules", "write CASE WHEN ... THEN ... ELSE ... END"),
        "ifnull" | "nvl" | "isnull" => ("is not a function of rules", "write coalesce(x, y)"),
        "extract" | "date_part" | "date_trunc" | "day" | "month" | "year" | "second" => {
            ("is not a function of rules", "hour(ts), minute(ts) and weekday(ts) are")
        }
        _ => return None,
    };
    Some((format!("{name}() {why}"), help.to_owned()))
}
