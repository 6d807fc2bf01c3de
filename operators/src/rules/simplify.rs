//! Constant folding. It never changes a value, at any evaluation of any sequence of rows.

use super::eval::{Context, value};
use super::expr::Expr;
use super::ops::{Binary, Unary, Variadic, clean, is_true};

impl Expr {
    /// An expression of the same value that is no larger.
    pub fn simplify(self) -> Expr {
        let expr = match self {
            Expr::Constant(x) => number(x),
            Expr::Null | Expr::Column(_) | Expr::Clock(_) => self,
            Expr::Unary(op, x) => unary(op, x.simplify()),
            Expr::Binary(op, a, b) => binary(op, a.simplify(), b.simplify()),
            Expr::Variadic(op, of) => variadic(op, of.into_iter().map(Expr::simplify).collect()),
            Expr::Case { whens, otherwise } => case(whens, otherwise.simplify()),
            // A remembered constant is null at the first evaluation, so it stays.
            Expr::Prev { of, .. } => match of.simplify() {
                Expr::Null => Expr::Null,
                of => Expr::prev(of),
            },
            Expr::Crosses { cross, a, b, .. } => Expr::crosses(cross, a.simplify(), b.simplify()),
        };
        if foldable(&expr) {
            number(value(&expr, &Context { row: &[], ts: 0 }, &mut []))
        } else {
            expr
        }
    }

    /// The value, when it is the same for all rows and needs no look at them.
    pub fn constant(&self) -> Option<f64> {
        match self {
            Expr::Null => Some(f64::NAN),
            Expr::Constant(x) => Some(clean(*x)),
            _ => None,
        }
    }
}

/// Whether the node is an operator whose operands are all constants.
fn foldable(expr: &Expr) -> bool {
    let known = |x: &Expr| x.constant().is_some();
    match expr {
        Expr::Unary(_, x) => known(x),
        Expr::Binary(_, a, b) => known(a) && known(b),
        Expr::Variadic(_, of) => of.iter().all(known),
        _ => false,
    }
}

fn number(x: f64) -> Expr {
    if x.is_finite() { Expr::Constant(x) } else { Expr::Null }
}

fn unary(op: Unary, x: Expr) -> Expr {
    match (op, x) {
        (Unary::Neg, Expr::Unary(Unary::Neg, x)) => *x,
        (Unary::Not, Expr::Unary(Unary::Not, x)) if x.is_truth() => *x,
        (op, x) => Expr::unary(op, x),
    }
}

fn binary(op: Binary, a: Expr, b: Expr) -> Expr {
    let one = |x: &Expr| x.constant() == Some(1.0);
    let zero = |x: &Expr| x.constant() == Some(0.0);
    let yes = |x: &Expr| x.constant().is_some_and(is_true);
    match op {
        Binary::And if zero(&a) || zero(&b) => Expr::Constant(0.0),
        Binary::And if yes(&a) && b.is_truth() => b,
        Binary::And if yes(&b) && a.is_truth() => a,
        Binary::Or if yes(&a) || yes(&b) => Expr::Constant(1.0),
        Binary::Or if zero(&a) && b.is_truth() => b,
        Binary::Or if zero(&b) && a.is_truth() => a,
        Binary::And | Binary::Or => Expr::binary(op, a, b),
        Binary::NullIf if b == Expr::Null => a,
        Binary::NullIf if a == Expr::Null => Expr::Null,
        Binary::NullIf => Expr::binary(op, a, b),
        _ if a == Expr::Null || b == Expr::Null => Expr::Null,
        Binary::Mul if one(&a) => b,
        Binary::Mul | Binary::Div if one(&b) => a,
        _ => Expr::binary(op, a, b),
    }
}

fn variadic(op: Variadic, mut of: Vec<Expr>) -> Expr {
    of.retain(|x| *x != Expr::Null);
    if op == Variadic::Coalesce
        && let Some(last) = of.iter().position(|x| x.constant().is_some())
    {
        of.truncate(last + 1);
    }
    if of.len() == 1 { of.remove(0) } else { Expr::Variadic(op, of) }
}

fn case(whens: Vec<(Expr, Expr)>, otherwise: Expr) -> Expr {
    let mut kept = Vec::new();
    let mut otherwise = otherwise;
    for (condition, value) in whens {
        let (condition, value) = (condition.simplify(), value.simplify());
        match condition.constant() {
            None => kept.push((condition, value)),
            Some(x) if is_true(x) => {
                otherwise = value;
                break;
            }
            Some(_) => {}
        }
    }
    if kept.is_empty() {
        return otherwise;
    }
    Expr::Case { whens: kept, otherwise: Box::new(otherwise) }
}
