//! The front end of rules: SQL expressions of a job file become [`operators::rules`].
//!
//! ```text
//! text ─ parse ─► syntax tree ─ lower: names, types, refusals ─► Expr ─ simplify ─► Rule
//! ```
//! What a rule may say is listed, not what it may not: new syntax of the parser stays refused.

use sqlparser as sql;

mod error;
mod functions;
mod lower;
mod parse;
mod source;
mod suggest;

#[cfg(test)]
mod refused;
#[cfg(test)]
mod tests;

pub use error::RuleError;
pub use functions::{FUNCTIONS, Function};
pub use operators::rules::Kind;

use operators::rules::{Part, Rule};

/// The names that a rule may use.
pub trait Names {
    /// The slot in the row of the column of exactly this name; `a.b` is one name.
    fn column(&self, name: &str) -> Option<u32>;

    /// The value of the constant of exactly this name.
    fn constant(&self, name: &str) -> Option<f64>;

    /// All names, for suggestions.
    fn all(&self) -> Vec<String>;

    /// Whether the column is a truth value, 1, 0 or null, such as `tainted`.
    fn is_truth(&self, _name: &str) -> bool {
        false
    }
}

/// More nodes than any rule written by hand; copies of an operand, as in `x IN (...)`, count.
const NODES_MAX: usize = 10_000;

/// Turns the text of a rule into the rule.
pub fn parse_rule(text: &str, names: &dyn Names, kind: Kind) -> Result<Rule, RuleError> {
    let (source, tree) = parse::parse(text)?;
    let conjuncts = match kind {
        Kind::Truth => source.conjuncts(&tree),
        Kind::Number => source.whole(&tree),
    };
    let lower = lower::Lower { names, source: &source };
    let mut parts = Vec::new();
    for (text, tree) in conjuncts {
        let expr = match kind {
            Kind::Truth => lower.truth(tree, "the rule")?,
            Kind::Number => lower.number(tree, "the rule")?,
        };
        let expr = expr.simplify();
        if expr.constant().is_some_and(f64::is_nan) {
            return Err(source
                .error(tree, format!("`{text}` is null for every row"))
                .help("a null rule is no opinion; leave it out"));
        }
        parts.push(Part { text: text.to_owned(), expr });
    }
    if parts.iter().map(|part| part.expr.size()).sum::<usize>() > NODES_MAX {
        return Err(source.error_whole(lower::TOO_LARGE));
    }
    Ok(Rule::new(parts))
}
