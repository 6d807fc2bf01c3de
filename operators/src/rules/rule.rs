//! A rule: an expression ready to be evaluated, split at its outermost ANDs.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::eval::{Context, value};
use super::expr::Expr;
use super::ops::{Binary, is_true};
use super::state::{PartCounts, RuleState};

/// One conjunct of a rule, or all of a rule that is not a conjunction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// As it was written.
    pub text: String,
    /// What it means.
    pub expr: Expr,
}

/// A rule. Its value is that of its parts joined by AND; stored, it is the list of its parts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Part>", into = "Vec<Part>")]
pub struct Rule {
    parts: Vec<Part>,
    slots: usize,
}

impl Rule {
    /// A rule of these conjuncts; a number is a single part. Gives each `prev` its slot.
    ///
    /// # Panics
    /// Without parts.
    pub fn new(mut parts: Vec<Part>) -> Self {
        assert!(!parts.is_empty(), "a rule has at least one part");
        let mut slots = 0;
        for part in &mut parts {
            part.expr.visit_mut(&mut |expr| match expr {
                Expr::Prev { slot, .. } => {
                    *slot = slots;
                    slots += 1;
                }
                Expr::Crosses { slot, .. } => {
                    *slot = slots;
                    slots += 2;
                }
                _ => {}
            });
        }
        Rule { parts, slots: slots as usize }
    }

    /// The conjuncts in the order in which they were written.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// How many values the rule remembers for each instrument.
    pub fn slots(&self) -> usize {
        self.slots
    }

    /// The slots of the row that the rule reads.
    pub fn columns(&self) -> BTreeSet<u32> {
        self.parts.iter().flat_map(|part| part.expr.columns()).collect()
    }

    /// The state before the first evaluation.
    pub fn start(&self) -> RuleState {
        RuleState { prev: vec![f64::NAN; self.slots] }
    }

    /// Counts of no evaluations, one for each part.
    pub fn counts(&self) -> Vec<PartCounts> {
        vec![PartCounts::default(); self.parts.len()]
    }

    /// Evaluates a number; NaN is null.
    ///
    /// # Panics
    /// When the state is another rule's, or the row lacks a column.
    pub fn number(&self, cx: &Context<'_>, state: &mut RuleState) -> f64 {
        self.each(cx, state, |_, _| {})
    }

    /// Evaluates a condition; `None` is null.
    ///
    /// # Panics
    /// When the state is another rule's, or the row lacks a column.
    pub fn truth(&self, cx: &Context<'_>, state: &mut RuleState) -> Option<bool> {
        as_truth(self.number(cx, state))
    }

    /// As [`Rule::truth`], and counts what each part was.
    ///
    /// # Panics
    /// As [`Rule::truth`], and when there is not one count for each part.
    pub fn truth_counted(
        &self,
        cx: &Context<'_>,
        state: &mut RuleState,
        counts: &mut [PartCounts],
    ) -> Option<bool> {
        as_truth(self.number_counted(cx, state, counts))
    }

    /// As [`Rule::number`], and counts what each part was.
    ///
    /// # Panics
    /// As [`Rule::number`], and when there is not one count for each part.
    pub fn number_counted(
        &self,
        cx: &Context<'_>,
        state: &mut RuleState,
        counts: &mut [PartCounts],
    ) -> f64 {
        assert_eq!(counts.len(), self.parts.len(), "one count for each part");
        self.each(cx, state, |part, value| counts[part].count(value))
    }

    fn each(
        &self,
        cx: &Context<'_>,
        state: &mut RuleState,
        mut see: impl FnMut(usize, f64),
    ) -> f64 {
        assert_eq!(state.prev.len(), self.slots, "the state is this rule's");
        let mut all = None;
        for (i, part) in self.parts.iter().enumerate() {
            let part = value(&part.expr, cx, &mut state.prev);
            see(i, part);
            all = Some(all.map_or(part, |all| Binary::And.apply(all, part)));
        }
        all.unwrap_or(f64::NAN)
    }
}

fn as_truth(x: f64) -> Option<bool> {
    (!x.is_nan()).then(|| is_true(x))
}

impl TryFrom<Vec<Part>> for Rule {
    type Error = &'static str;

    fn try_from(parts: Vec<Part>) -> Result<Self, Self::Error> {
        if parts.is_empty() { Err("a rule has at least one part") } else { Ok(Rule::new(parts)) }
    }
}

impl From<Rule> for Vec<Part> {
    fn from(rule: Rule) -> Self {
        rule.parts
    }
}
