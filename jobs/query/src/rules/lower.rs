//! Syntax tree to expression: names become slots, types are checked, the rest is refused.

mod call;
mod operator;

use operators::rules::{Binary, Expr, Kind, Unary, Variadic};

use super::error::RuleError;
use super::source::Source;
use super::sql::ast::{self, Spanned, Value};
use super::suggest::suggest;
use super::{Names, functions};

pub(super) const TOO_LARGE: &str =
    "the rule is too large once IN, BETWEEN and CASE are written out";

/// An expression and its kind; `None` is NULL, which goes with both.
pub(super) struct Typed {
    expr: Expr,
    kind: Option<Kind>,
}

impl Typed {
    fn number(expr: Expr) -> Self {
        Typed { expr, kind: Some(Kind::Number) }
    }

    fn truth(expr: Expr) -> Self {
        Typed { expr, kind: Some(Kind::Truth) }
    }
}

/// The lowering of one rule.
pub(super) struct Lower<'a> {
    pub(super) names: &'a dyn Names,
    pub(super) source: &'a Source<'a>,
}

impl Lower<'_> {
    /// An expression that must be a condition, for `user`.
    pub(super) fn truth(&self, tree: &ast::Expr, user: &str) -> Result<Expr, RuleError> {
        let typed = self.any(tree)?;
        if typed.kind != Some(Kind::Number) {
            return Ok(typed.expr);
        }
        let text = self.source.slice(tree);
        Err(self
            .source
            .error(tree, format!("`{text}` is a number, but {user} needs a condition"))
            .help("compare it, for example with > 0"))
    }

    /// An expression that must be a number, for `user`.
    pub(super) fn number(&self, tree: &ast::Expr, user: &str) -> Result<Expr, RuleError> {
        let typed = self.any(tree)?;
        if typed.kind != Some(Kind::Truth) {
            return Ok(typed.expr);
        }
        Err(self.not_a_number(tree, user))
    }

    fn not_a_number(&self, tree: &ast::Expr, user: &str) -> RuleError {
        let text = self.source.slice(tree);
        self.source
            .error(tree, format!("`{text}` is a condition, but {user} needs a number"))
            .help("CASE WHEN ... THEN 1 ELSE 0 END makes a number of a condition")
    }

    /// Expressions that must be of one kind.
    fn alike<'t>(
        &self,
        trees: impl IntoIterator<Item = &'t ast::Expr>,
        user: &str,
    ) -> Result<(Vec<Expr>, Option<Kind>), RuleError> {
        let mut exprs = Vec::new();
        let mut kind = None;
        for tree in trees {
            let typed = self.any(tree)?;
            if kind.is_some() && typed.kind.is_some() && kind != typed.kind {
                let text = self.source.slice(tree);
                let (this, that) = match typed.kind {
                    Some(Kind::Truth) => ("a condition", "a number"),
                    _ => ("a number", "a condition"),
                };
                let message = format!("`{text}` is {this}, but {user} began with {that}");
                return Err(self.source.error(tree, message));
            }
            kind = kind.or(typed.kind);
            exprs.push(typed.expr);
        }
        Ok((exprs, kind))
    }

    fn any(&self, tree: &ast::Expr) -> Result<Typed, RuleError> {
        use ast::Expr as E;
        match tree {
            E::Nested(inner) => self.any(inner),
            E::Value(value) => self.literal(value),
            E::Identifier(name) => self.name(tree, &name.value),
            E::UnaryOp { op, expr } => self.unary(tree, *op, expr),
            E::BinaryOp { left, op, right } => self.binary(tree, op, left, right),
            E::IsNull(x) => self.is(x, Unary::IsNull),
            E::IsNotNull(x) => self.is(x, Unary::IsNotNull),
            E::IsUnknown(x) => Ok(not_null(self.truth(x, "IS UNKNOWN")?, Unary::IsNull)),
            E::IsNotUnknown(x) => Ok(not_null(self.truth(x, "IS NOT UNKNOWN")?, Unary::IsNotNull)),
            E::IsTrue(x) => Ok(Typed::truth(or_false(self.truth(x, "IS TRUE")?))),
            E::IsFalse(x) => Ok(Typed::truth(or_false(not(self.truth(x, "IS FALSE")?)))),
            E::IsNotTrue(x) => Ok(Typed::truth(not(or_false(self.truth(x, "IS NOT TRUE")?)))),
            E::IsNotFalse(x) => {
                Ok(Typed::truth(not(or_false(not(self.truth(x, "IS NOT FALSE")?)))))
            }
            E::Between { expr, negated, low, high } => {
                self.between(tree, expr, *negated, low, high)
            }
            E::InList { expr, list, negated } => self.in_list(tree, expr, list, *negated),
            E::Case { operand, conditions, else_result, .. } => {
                self.case(tree, operand.as_deref(), conditions, else_result.as_deref())
            }
            E::Function(function) => self.call(tree, function),
            E::Ceil { expr, field } => self.whole(tree, expr, field, Unary::Ceil),
            E::Floor { expr, field } => self.whole(tree, expr, field, Unary::Floor),
            _ => Err(self.refused(tree)),
        }
    }

    fn literal(&self, value: &ast::ValueWithSpan) -> Result<Typed, RuleError> {
        let error = |message: &str| self.source.error_at(value.span, message);
        match &value.value {
            Value::Null => Ok(Typed { expr: Expr::Null, kind: None }),
            Value::Boolean(x) => Ok(Typed::truth(Expr::Constant(f64::from(u8::from(*x))))),
            Value::Number(digits, false) => match digits.to_string().parse::<f64>() {
                Ok(x) if x.is_finite() => Ok(Typed::number(Expr::Constant(x))),
                _ => Err(error("the number is too large for a Float64")),
            },
            Value::Number(_, true) | Value::HexStringLiteral(_) => {
                Err(error("this is not a plain decimal number"))
            }
            Value::Placeholder(_) => Err(error("a rule has no parameters to fill in")
                .help("name the value under [constants] and write its name")),
            _ => Err(error("a rule has no text values; all columns are numbers")
                .help("double quotes name a column")),
        }
    }

    fn name(&self, tree: &ast::Expr, name: &str) -> Result<Typed, RuleError> {
        if name == "ts" {
            return Err(self
                .source
                .error(tree, "ts is not a number: nanoseconds do not fit in a Float64")
                .help("write hour(ts), minute(ts) or weekday(ts)"));
        }
        if let Some(slot) = self.names.column(name) {
            let column = Expr::Column(slot);
            return Ok(if self.names.is_truth(name) {
                Typed::truth(Expr::binary(Binary::Ne, column, Expr::Constant(0.0)))
            } else {
                Typed::number(column)
            });
        }
        if let Some(x) = self.names.constant(name) {
            return Ok(Typed::number(Expr::Constant(x)));
        }
        let error = self.source.error(tree, format!("no column or constant is named `{name}`"));
        if let Some(function) = functions::find(name) {
            return Err(error.help(format!("it is a function: {}", function.usage)));
        }
        let all = self.names.all();
        Err(error.help_if(suggest(name, all.iter().map(String::as_str))))
    }

    fn refused(&self, tree: &ast::Expr) -> RuleError {
        use ast::Expr as E;
        let (message, help) = match tree {
            E::Subquery(_) | E::Exists { .. } | E::InSubquery { .. } => (
                "a rule sees one row and cannot query a table",
                "define an indicator or a feature and name it",
            ),
            E::Like { .. } | E::ILike { .. } | E::SimilarTo { .. } | E::RLike { .. } => {
                ("a rule has no text to match", "compare numbers instead")
            }
            E::Cast { .. } | E::Convert { .. } => {
                ("a rule has no casts: every number is a Float64", "leave the cast out")
            }
            E::Extract { .. } | E::Interval(_) | E::TypedString(_) | E::AtTimeZone { .. } => (
                "a rule has no dates and intervals",
                "write hour(ts), minute(ts) or weekday(ts), all in UTC",
            ),
            E::JsonAccess { .. } => (
                "a rule has no paths with `:`",
                "an instrument stands in double quotes, as in \"binance:BTCUSDT\".mid",
            ),
            _ => {
                let message = "this is not part of the language of rules";
                let help = "it has comparisons, AND, OR, NOT, arithmetic, CASE and functions";
                return self.source.error(tree, message).help(help);
            }
        };
        self.source.error(tree, message).help(help)
    }
}

fn not(x: Expr) -> Expr {
    Expr::unary(Unary::Not, x)
}

fn not_if(negated: bool, x: Expr) -> Typed {
    Typed::truth(if negated { not(x) } else { x })
}

/// False for null.
fn or_false(x: Expr) -> Expr {
    Expr::Variadic(Variadic::Coalesce, vec![x, Expr::Constant(0.0)])
}

fn not_null(x: Expr, op: Unary) -> Typed {
    Typed::truth(Expr::unary(op, x))
}
