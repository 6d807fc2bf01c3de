//! The evaluator: a walk of the tree that allocates nothing.
//!
//! It is eager: both sides of AND, every branch of CASE. Otherwise `prev` would remember the last
//! time its branch was taken instead of the previous evaluation.

use super::expr::{Clock, Cross, Expr};
use super::ops::{Binary, Variadic, clean, is_true};

/// What an evaluation reads.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The columns; NaN is null.
    pub row: &'a [f64],
    /// Nanoseconds since 1970 in UTC. Not a column: `f64` holds no nanoseconds of this century.
    pub ts: i64,
}

/// The value of `expr`: a finite number, or NaN for null.
pub(super) fn value(expr: &Expr, cx: &Context<'_>, prev: &mut [f64]) -> f64 {
    match expr {
        Expr::Null => f64::NAN,
        Expr::Constant(x) => clean(*x),
        Expr::Column(slot) => clean(cx.row[*slot as usize]),
        Expr::Clock(part) => clock(*part, cx.ts),
        Expr::Unary(op, x) => op.apply(value(x, cx, prev)),
        Expr::Binary(op, a, b) => {
            let a = value(a, cx, prev);
            op.apply(a, value(b, cx, prev))
        }
        Expr::Variadic(op, of) => join(*op, of, cx, prev),
        Expr::Case { whens, otherwise } => case(whens, otherwise, cx, prev),
        Expr::Prev { of, slot } => {
            let now = value(of, cx, prev);
            std::mem::replace(&mut prev[*slot as usize], now)
        }
        Expr::Crosses { cross, a, b, slot } => {
            let (a, b) = (value(a, cx, prev), value(b, cx, prev));
            crosses(*cross, a, b, &mut prev[*slot as usize..])
        }
    }
}

// Out of line, which keeps the frame of `value` small.

#[inline(never)]
fn join(op: Variadic, of: &[Expr], cx: &Context<'_>, prev: &mut [f64]) -> f64 {
    of.iter().fold(Variadic::START, |so_far, x| op.join(so_far, value(x, cx, prev)))
}

#[inline(never)]
fn case(whens: &[(Expr, Expr)], otherwise: &Expr, cx: &Context<'_>, prev: &mut [f64]) -> f64 {
    let mut found = None;
    for (condition, then) in whens {
        let condition = value(condition, cx, prev);
        let then = value(then, cx, prev);
        if found.is_none() && is_true(condition) {
            found = Some(then);
        }
    }
    let otherwise = value(otherwise, cx, prev);
    found.unwrap_or(otherwise)
}

#[inline(never)]
fn crosses(cross: Cross, a: f64, b: f64, prev: &mut [f64]) -> f64 {
    let a_before = std::mem::replace(&mut prev[0], a);
    let b_before = std::mem::replace(&mut prev[1], b);
    let (before, after) = match cross {
        Cross::Above => (Binary::Le, Binary::Gt),
        Cross::Below => (Binary::Ge, Binary::Lt),
    };
    Binary::And.apply(before.apply(a_before, b_before), after.apply(a, b))
}

#[inline(never)]
fn clock(part: Clock, ts: i64) -> f64 {
    const MINUTE: i64 = 60_000_000_000;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;
    let part = match part {
        Clock::Hour => ts.div_euclid(HOUR).rem_euclid(24),
        Clock::Minute => ts.div_euclid(MINUTE).rem_euclid(60),
        // 1 January 1970 was a Thursday, the fourth day.
        Clock::Weekday => (ts.div_euclid(DAY) + 3).rem_euclid(7) + 1,
    };
    part as f64
}
