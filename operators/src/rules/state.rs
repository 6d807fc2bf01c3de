//! What is kept from one evaluation to the next: remembered values, and counts for the report.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What one rule remembers of one instrument. Made by [`Rule::start`](super::Rule::start).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RuleState {
    pub(super) prev: Vec<f64>,
}

impl RuleState {
    /// How many values are remembered. One that was read back fits only a rule with as many slots.
    pub fn len(&self) -> usize {
        self.prev.len()
    }

    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.prev.is_empty()
    }
}

/// How often one conjunct of a rule was evaluated, and with what result.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartCounts {
    /// All evaluations.
    pub evaluated: u64,
    /// Those that were true.
    pub true_: u64,
    /// Those that were null; the rest were false.
    pub null: u64,
}

impl PartCounts {
    pub(super) fn count(&mut self, value: f64) {
        self.evaluated += 1;
        self.true_ += u64::from(super::ops::is_true(value));
        self.null += u64::from(value.is_nan());
    }
}

impl std::ops::AddAssign for PartCounts {
    fn add_assign(&mut self, other: Self) {
        self.evaluated += other.evaluated;
        self.true_ += other.true_;
        self.null += other.null;
    }
}

impl fmt::Display for PartCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "true {} of {} times (null {})", self.true_, self.evaluated, self.null)
    }
}
