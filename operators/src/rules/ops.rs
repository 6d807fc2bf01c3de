//! The operators of a rule on plain values; what is not a finite number becomes null (NaN).

use serde::{Deserialize, Serialize};

/// An operator of one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unary {
    /// `-x`
    Neg,
    /// `NOT x`
    Not,
    /// `x IS NULL`, never null itself.
    IsNull,
    /// `x IS NOT NULL`, never null itself.
    IsNotNull,
    /// `abs(x)`
    Abs,
    /// `signum(x)`: -1, 0 or 1.
    Signum,
    /// `sqrt(x)`, null below zero.
    Sqrt,
    /// `ln(x)`, null at zero and below.
    Ln,
    /// `log10(x)`, null at zero and below.
    Log10,
    /// `exp(x)`
    Exp,
    /// `round(x)`, halves away from zero.
    Round,
    /// `floor(x)`
    Floor,
    /// `ceil(x)`
    Ceil,
}

/// An operator of two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Binary {
    /// `a + b`
    Add,
    /// `a - b`
    Sub,
    /// `a * b`
    Mul,
    /// `a / b`, null when `b` is zero.
    Div,
    /// `a % b` with the sign of `a`, null when `b` is zero.
    Rem,
    /// `a = b`
    Eq,
    /// `a <> b`
    Ne,
    /// `a < b`
    Lt,
    /// `a <= b`
    Le,
    /// `a > b`
    Gt,
    /// `a >= b`
    Ge,
    /// `a AND b`: false when either is false, however null the other.
    And,
    /// `a OR b`: true when either is true, however null the other.
    Or,
    /// `pow(a, b)`
    Pow,
    /// `nullif(a, b)`: null when they are equal, otherwise `a`.
    NullIf,
    /// `round(a, b)`: to `b` decimal digits, halves away from zero.
    RoundTo,
}

/// An operator of any number of operands; without operands it is null.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Variadic {
    /// `least(a, b, ...)` of those that are not null.
    Least,
    /// `greatest(a, b, ...)` of those that are not null.
    Greatest,
    /// `coalesce(a, b, ...)`: the first that is not null.
    Coalesce,
}

impl Unary {
    /// The value of the operator.
    #[inline]
    pub fn apply(self, x: f64) -> f64 {
        match self {
            Unary::IsNull => truth(x.is_nan()),
            Unary::IsNotNull => truth(!x.is_nan()),
            _ if x.is_nan() => f64::NAN,
            Unary::Neg => -x,
            Unary::Not => truth(x == 0.0),
            Unary::Abs => x.abs(),
            // Not `f64::signum`, which is 1 at zero.
            Unary::Signum => truth(x > 0.0) - truth(x < 0.0),
            Unary::Sqrt => clean(x.sqrt()),
            Unary::Ln => clean(x.ln()),
            Unary::Log10 => clean(x.log10()),
            Unary::Exp => clean(x.exp()),
            Unary::Round => x.round(),
            Unary::Floor => x.floor(),
            Unary::Ceil => x.ceil(),
        }
    }
}

impl Binary {
    /// The value of the operator.
    #[inline]
    pub fn apply(self, a: f64, b: f64) -> f64 {
        match self {
            Binary::And if a == 0.0 || b == 0.0 => 0.0,
            Binary::Or if is_true(a) || is_true(b) => 1.0,
            Binary::NullIf => {
                if a == b {
                    f64::NAN
                } else {
                    a
                }
            }
            _ if a.is_nan() || b.is_nan() => f64::NAN,
            Binary::Add => clean(a + b),
            Binary::Sub => clean(a - b),
            Binary::Mul => clean(a * b),
            Binary::Div => clean(a / b),
            Binary::Rem => clean(a % b),
            Binary::Eq => truth(a == b),
            Binary::Ne => truth(a != b),
            Binary::Lt => truth(a < b),
            Binary::Le => truth(a <= b),
            Binary::Gt => truth(a > b),
            Binary::Ge => truth(a >= b),
            // The other outcomes were taken above.
            Binary::And => 1.0,
            Binary::Or => 0.0,
            Binary::Pow => clean(a.powf(b)),
            Binary::RoundTo => round_to(a, b),
        }
    }
}

impl Variadic {
    /// The value before any operand: null for all.
    pub(super) const START: f64 = f64::NAN;

    /// The value so far and the next operand, combined.
    #[inline]
    pub(super) fn join(self, so_far: f64, next: f64) -> f64 {
        // Not `f64::min`, which may return either of -0 and 0.
        let replace = match self {
            Variadic::Least => next < so_far,
            Variadic::Greatest => next > so_far,
            Variadic::Coalesce => false,
        };
        if replace || so_far.is_nan() { next } else { so_far }
    }
}

/// Null for what is not a finite number, with one bit pattern for null.
#[inline]
pub(super) fn clean(x: f64) -> f64 {
    if x.is_finite() { x } else { f64::NAN }
}

/// Whether a truth value is true: neither false nor null.
#[inline]
pub(super) fn is_true(x: f64) -> bool {
    x != 0.0 && !x.is_nan()
}

#[inline]
fn truth(x: bool) -> f64 {
    f64::from(u8::from(x))
}

/// Powers of ten that `f64` holds exactly; `powi` promises no particular rounding.
const TENS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// `x` to `digits` decimals, or to tens when negative; null unless a whole number from -22 to 22.
fn round_to(x: f64, digits: f64) -> f64 {
    if digits.fract() != 0.0 || digits.abs() > 22.0 {
        return f64::NAN;
    }
    let ten = TENS[digits.abs() as usize];
    let rounded = if digits < 0.0 { (x / ten).round() * ten } else { (x * ten).round() / ten };
    // A number so large that scaling overflows has no decimals to lose.
    if rounded.is_finite() { rounded } else { x }
}
