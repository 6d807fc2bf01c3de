//! Rules: the expressions of a job file, as values that can be stored, and their evaluator.
//!
//! Numbers are `f64` with NaN for null; truth values are 1, 0 and NaN, under SQL's three-valued
//! logic. No infinity leaves an operator: `x / 0`, `ln(0)` and overflow are null.
//!
//! Text becomes an [`Expr`] elsewhere; here it is simplified, bound to a [`Rule`] and evaluated.

mod eval;
mod expr;
mod ops;
mod rule;
mod simplify;
mod state;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;

pub use eval::Context;
pub use expr::{Clock, Cross, Expr};
pub use ops::{Binary, Unary, Variadic};
pub use rule::{Part, Rule};
pub use state::{PartCounts, RuleState};

/// What a rule yields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// True, false or null.
    Truth,
    /// A number or null.
    Number,
}
