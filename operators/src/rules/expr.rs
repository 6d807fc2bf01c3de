//! The typed expression of a rule.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::ops::{Binary, Unary, Variadic};

/// An expression over one row. Whoever builds it has checked its types; any tree has a value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expr {
    /// The null literal.
    Null,
    /// A number; truth values are 1 and 0. Not finite means null.
    Constant(f64),
    /// The value in this slot of the row.
    Column(u32),
    /// A part of the calendar time of the evaluation.
    Clock(Clock),
    /// An operator of one operand.
    Unary(Unary, Box<Expr>),
    /// An operator of two operands.
    Binary(Binary, Box<Expr>, Box<Expr>),
    /// An operator of any number of operands.
    Variadic(Variadic, Vec<Expr>),
    /// The value of the first pair whose condition is true, or `otherwise`.
    Case {
        /// Conditions and values, in order.
        whens: Vec<(Expr, Expr)>,
        /// The value when no condition is true.
        otherwise: Box<Expr>,
    },
    /// The value of `of` at the previous evaluation; null at the first.
    Prev {
        /// What is remembered.
        of: Box<Expr>,
        /// Where it is remembered; assigned by [`Rule::new`](super::Rule::new).
        slot: u32,
    },
    /// Whether `a` crossed `b`: `prev(a) <= prev(b) AND a > b`, or the mirror image below.
    Crosses {
        /// The direction.
        cross: Cross,
        /// What crosses.
        a: Box<Expr>,
        /// What is crossed.
        b: Box<Expr>,
        /// Where both are remembered, in this slot and the next.
        slot: u32,
    },
}

/// A part of the calendar time in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// `hour(ts)`: 0 to 23.
    Hour,
    /// `minute(ts)`: 0 to 59.
    Minute,
    /// `weekday(ts)`: Monday is 1, Sunday is 7.
    Weekday,
}

/// The direction of a crossing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cross {
    /// `crosses_above`
    Above,
    /// `crosses_below`
    Below,
}

impl Expr {
    /// `op x`
    pub fn unary(op: Unary, x: Expr) -> Self {
        Expr::Unary(op, Box::new(x))
    }

    /// `a op b`
    pub fn binary(op: Binary, a: Expr, b: Expr) -> Self {
        Expr::Binary(op, Box::new(a), Box::new(b))
    }

    /// `prev(of)`
    pub fn prev(of: Expr) -> Self {
        Expr::Prev { of: Box::new(of), slot: 0 }
    }

    /// `crosses_above(a, b)` or `crosses_below(a, b)`
    pub fn crosses(cross: Cross, a: Expr, b: Expr) -> Self {
        Expr::Crosses { cross, a: Box::new(a), b: Box::new(b), slot: 0 }
    }

    /// The slots of the row that the expression reads.
    pub fn columns(&self) -> BTreeSet<u32> {
        let mut columns = BTreeSet::new();
        self.visit(&mut |expr| {
            if let Expr::Column(slot) = expr {
                columns.insert(*slot);
            }
        });
        columns
    }

    /// How many nodes the expression has.
    pub fn size(&self) -> usize {
        let mut size = 0;
        self.visit(&mut |_| size += 1);
        size
    }

    /// Whether every value of the expression is 1, 0 or null.
    pub fn is_truth(&self) -> bool {
        use Binary::{And, Eq, Ge, Gt, Le, Lt, Ne, NullIf, Or};
        match self {
            Expr::Null | Expr::Crosses { .. } => true,
            // By bits: -0 is a number that a truth operator would turn into 0.
            Expr::Constant(x) => x.to_bits() == 0 || *x == 1.0,
            Expr::Column(_) | Expr::Clock(_) => false,
            Expr::Unary(op, _) => matches!(op, Unary::Not | Unary::IsNull | Unary::IsNotNull),
            Expr::Binary(NullIf, a, _) => a.is_truth(),
            Expr::Binary(op, ..) => matches!(op, Eq | Ne | Lt | Le | Gt | Ge | And | Or),
            Expr::Variadic(_, of) => of.iter().all(Expr::is_truth),
            Expr::Case { whens, otherwise } => {
                otherwise.is_truth() && whens.iter().all(|(_, value)| value.is_truth())
            }
            Expr::Prev { of, .. } => of.is_truth(),
        }
    }

    /// Calls `see` on each node, a parent before its children, children from left to right.
    pub fn visit(&self, see: &mut dyn FnMut(&Expr)) {
        see(self);
        match self {
            Expr::Null | Expr::Constant(_) | Expr::Column(_) | Expr::Clock(_) => {}
            Expr::Unary(_, x) | Expr::Prev { of: x, .. } => x.visit(see),
            Expr::Binary(_, a, b) | Expr::Crosses { a, b, .. } => {
                a.visit(see);
                b.visit(see);
            }
            Expr::Variadic(_, of) => of.iter().for_each(|x| x.visit(see)),
            Expr::Case { whens, otherwise } => {
                for (condition, value) in whens {
                    condition.visit(see);
                    value.visit(see);
                }
                otherwise.visit(see);
            }
        }
    }

    /// As [`Expr::visit`], and `see` may change the node.
    pub(super) fn visit_mut(&mut self, see: &mut dyn FnMut(&mut Expr)) {
        see(self);
        match self {
            Expr::Null | Expr::Constant(_) | Expr::Column(_) | Expr::Clock(_) => {}
            Expr::Unary(_, x) | Expr::Prev { of: x, .. } => x.visit_mut(see),
            Expr::Binary(_, a, b) | Expr::Crosses { a, b, .. } => {
                a.visit_mut(see);
                b.visit_mut(see);
            }
            Expr::Variadic(_, of) => of.iter_mut().for_each(|x| x.visit_mut(see)),
            Expr::Case { whens, otherwise } => {
                for (condition, value) in whens {
                    condition.visit_mut(see);
                    value.visit_mut(see);
                }
                otherwise.visit_mut(see);
            }
        }
    }
}
