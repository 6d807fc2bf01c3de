//! Why does nothing happen? Counts of what rules and their parts were.

use super::exits::Member;
use crate::{
    rules::{PartCounts, Rule},
    strategy::StrategySpec,
};
use serde::{Deserialize, Serialize};

/// What the rules of a strategy did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StrategyReport {
    /// The strategy.
    pub strategy: String,
    /// Times that it was triggered.
    pub triggers: u64,
    /// Of these, with doubtful data: no opinion.
    pub tainted: u64,
    /// Long and short at once, or a bid at or above the ask: no change.
    pub conflicts: u64,
    /// Sizes that rounded down to no lot at all, or were null.
    pub no_size: u64,
    /// Orders that risk refused.
    pub refused: u64,
    /// Rules (`long`, `short`, `flat`) with how often each was true. Of a strategy that quotes
    /// `pull`, and `bid` and `ask` with how often each was a price.
    pub rules: Vec<RuleReport>,
    /// Members of its exit (`stop`, `take`, `trail`, `after`) with how many positions each ended.
    #[serde(default)]
    pub exits: Vec<ExitReport>,
}

/// What a member of an exit did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExitReport {
    /// `stop`, `take`, `trail` or `after`.
    pub exit: String,
    /// Positions that it ended.
    pub ended: u64,
}

/// What a rule did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleReport {
    /// `long`, `short`, `flat`, `pull`, `bid` or `ask`.
    pub rule: String,
    /// Times that it was true; of `bid` and `ask`, that it was a price.
    pub was_true: u64,
    /// Its parts, joined by AND.
    pub parts: Vec<PartReport>,
}

/// What a part of a rule did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartReport {
    /// As written.
    pub text: String,
    /// Times that it was evaluated.
    pub evaluated: u64,
    /// Times that it was true.
    pub was_true: u64,
    /// Times that it was null.
    pub was_null: u64,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Counts {
    pub triggers: u64,
    pub tainted: u64,
    pub conflicts: u64,
    pub no_size: u64,
    pub refused: u64,
    pub rules: [RuleCounts; 3],
    pub exits: [u64; 4],
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct RuleCounts {
    pub was_true: u64,
    pub parts: Vec<PartCounts>,
}

/// Names of a strategy's rules, in the order in which they are kept.
pub(super) const RULES: [&str; 3] = ["long", "short", "flat"];

/// Rules of a strategy that are counted, with their names.
fn counted(strategy: &StrategySpec) -> [(&'static str, Option<&Rule>); 3] {
    if let Some(quote) = &strategy.quote {
        let pull = quote.pull.as_ref();
        return [("pull", pull), ("bid", Some(&quote.bid)), ("ask", Some(&quote.ask))];
    }
    let [long, short, flat] = rules_of(strategy).map(Option::as_ref);
    [(RULES[0], long), (RULES[1], short), (RULES[2], flat)]
}

pub(super) fn rules_of(strategy: &StrategySpec) -> [&Option<Rule>; 3] {
    [&strategy.long, &strategy.short, &strategy.flat]
}

impl Counts {
    pub fn new(strategy: &StrategySpec) -> Counts {
        let rules = counted(strategy)
            .map(|(_, rule)| RuleCounts { was_true: 0, parts: super::start_counts(rule) });
        Counts { rules, ..Counts::default() }
    }

    pub fn report(&self, strategy: &StrategySpec) -> StrategyReport {
        let mut rules = Vec::new();
        for ((name, rule), counts) in counted(strategy).into_iter().zip(&self.rules) {
            let Some(rule) = rule else { continue };
            let parts = rule.parts().iter().zip(&counts.parts).map(|(part, n)| PartReport {
                text: part.text.clone(),
                evaluated: n.evaluated,
                was_true: n.true_,
                was_null: n.null,
            });
            rules.push(RuleReport {
                rule: name.to_owned(),
                was_true: counts.was_true,
                parts: parts.collect(),
            });
        }
        StrategyReport {
            strategy: strategy.name.to_string(),
            triggers: self.triggers,
            tainted: self.tainted,
            conflicts: self.conflicts,
            no_size: self.no_size,
            refused: self.refused,
            rules,
            exits: self.exits(strategy),
        }
    }

    fn exits(&self, strategy: &StrategySpec) -> Vec<ExitReport> {
        let Some(exit) = &strategy.exit else { return Vec::new() };
        let [stop, take, trail] = exit.rules().map(Option::is_some);
        let there = [stop, take, trail, exit.after.is_some()];
        let members = Member::ALL.iter().zip(there).filter(|(_, there)| *there);
        let report = |(member, _): (&Member, bool)| ExitReport {
            exit: member.name().to_owned(),
            ended: self.exits[*member as usize],
        };
        members.map(report).collect()
    }
}
