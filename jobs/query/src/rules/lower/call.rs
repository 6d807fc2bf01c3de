//! Calls of functions.

use operators::rules::{Binary, Expr, Kind, Unary, Variadic};

use super::super::functions::{self, FUNCTIONS, Function, Makes};
use super::super::sql::ast::CeilFloorKind;
use super::{Lower, RuleError, Spanned, Typed, ast, suggest};

impl Lower<'_> {
    pub(super) fn call(&self, tree: &ast::Expr, call: &ast::Function) -> Result<Typed, RuleError> {
        let name = call.name.to_string();
        let error = |message: String| self.source.error_at(call.name.span(), message);
        if let Some((message, help)) = functions::refusal(&name) {
            return Err(error(message).help(help));
        }
        if call.over.is_some() {
            let message = "OVER makes a window function, and a rule sees one row";
            return Err(self.source.error(tree, message).help("define an indicator and name it"));
        }
        let Some(function) = functions::find(&name) else {
            return Err(self.unknown(call, &name));
        };
        let Some(args) = plain(call) else {
            let message = format!("{} takes plain expressions only", function.name);
            return Err(self.source.error(tree, message).help(format!("write {}", function.usage)));
        };
        self.apply(tree, function, &args)
    }

    fn unknown(&self, call: &ast::Function, name: &str) -> RuleError {
        let message = format!("no function is named `{name}`");
        let error = self.source.error_at(call.name.span(), message);
        if self.names.column(name).is_some() || self.names.constant(name).is_some() {
            return error.help(format!("{name} is a name, not a function: leave out the brackets"));
        }
        let near = suggest(name, FUNCTIONS.iter().map(|function| function.name));
        error.help(near.unwrap_or_else(|| {
            let names: Vec<_> = FUNCTIONS.iter().map(|function| function.name).collect();
            format!("the functions are {}", names.join(", "))
        }))
    }

    fn apply(
        &self,
        tree: &ast::Expr,
        function: &Function,
        args: &[&ast::Expr],
    ) -> Result<Typed, RuleError> {
        let user = function.name;
        match (function.makes, args) {
            (Makes::Unary(op), [x]) => Ok(Typed::number(Expr::unary(op, self.number(x, user)?))),
            (Makes::Binary(op), [a, b]) => {
                let a = self.number(a, user)?;
                Ok(Typed::number(Expr::binary(op, a, self.number(b, user)?)))
            }
            (Makes::Variadic(Variadic::Coalesce), [_, ..]) => {
                let (of, kind) = self.alike(args.iter().copied(), user)?;
                Ok(Typed { expr: Expr::Variadic(Variadic::Coalesce, of), kind })
            }
            (Makes::Variadic(op), [_, ..]) => {
                let of = args.iter().map(|x| self.number(x, user)).collect::<Result<_, _>>()?;
                Ok(Typed::number(Expr::Variadic(op, of)))
            }
            (Makes::Clock(part), [ast::Expr::Identifier(name)]) if name.value == "ts" => {
                Ok(Typed::number(Expr::Clock(part)))
            }
            (Makes::Clock(_), [other]) => Err(self
                .source
                .error(*other, format!("{user} reads the time of the evaluation only"))
                .help(format!("write {}", function.usage))),
            (Makes::Cross(cross), [a, b]) => {
                let a = self.number(a, user)?;
                Ok(Typed::truth(Expr::crosses(cross, a, self.number(b, user)?)))
            }
            (Makes::Prev, [x]) => {
                let Typed { expr, kind } = self.any(x)?;
                Ok(Typed { expr: Expr::prev(expr), kind })
            }
            (Makes::Round, [x]) => {
                Ok(Typed::number(Expr::unary(Unary::Round, self.number(x, user)?)))
            }
            (Makes::Round, [x, digits]) => self.round_to(x, digits),
            _ => Err(self
                .source
                .error(tree, format!("{user} does not take {} arguments", args.len()))
                .help(format!("write {}", function.usage))),
        }
    }

    fn round_to(&self, x: &ast::Expr, digits: &ast::Expr) -> Result<Typed, RuleError> {
        let to = self.number(digits, "round")?.simplify();
        match to.constant() {
            Some(n) if n.fract() == 0.0 && n.abs() <= 15.0 => {
                let x = self.number(x, "round")?;
                Ok(Typed::number(Expr::binary(Binary::RoundTo, x, to)))
            }
            _ => {
                let message = "the digits of round are a whole number from -15 to 15";
                Err(self.source.error(digits, message))
            }
        }
    }

    /// `ceil(x)` and `floor(x)`, which the parser reads itself.
    pub(super) fn whole(
        &self,
        tree: &ast::Expr,
        x: &ast::Expr,
        field: &CeilFloorKind,
        op: Unary,
    ) -> Result<Typed, RuleError> {
        let user = if op == Unary::Ceil { "ceil" } else { "floor" };
        if !matches!(field, CeilFloorKind::DateTimeField(ast::DateTimeField::NoDateTime)) {
            let error = self.source.error(tree, format!("{user} does not take 2 arguments"));
            return Err(error.help(format!("write {user}(x)")));
        }
        let expr = Expr::unary(op, self.number(x, user)?);
        Ok(Typed { expr, kind: Some(Kind::Number) })
    }
}

/// The arguments of a call of the form `f(x, y)`, without DISTINCT, FILTER, names and the like.
fn plain(call: &ast::Function) -> Option<Vec<&ast::Expr>> {
    use ast::{FunctionArg, FunctionArgExpr, FunctionArguments};
    let bare =
        call.filter.is_none() && call.null_treatment.is_none() && call.within_group.is_empty();
    let FunctionArguments::List(list) = &call.args else { return None };
    let no_parameters = matches!(call.parameters, FunctionArguments::None);
    if !bare || !no_parameters || list.duplicate_treatment.is_some() || !list.clauses.is_empty() {
        return None;
    }
    let args = list.args.iter().map(|arg| match arg {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(x)) => Some(x),
        _ => None,
    });
    args.collect()
}
