//! Why does nothing happen? Counts of what rules and their parts were.

use super::exits::Member;
use crate::{
    rules::{PartCounts, Rule},
    strategy::{Leg, Quote, StrategySpec},
};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

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
    /// `pull`, and `bid` and `ask` with how often each was a price; of one with legs `target.LEG`
    /// with how often each was a number.
    pub rules: Vec<RuleReport>,
    /// Members of its exit (`stop`, `take`, `trail`, `after`) with how many positions each ended.
    #[serde(default)]
    pub exits: Vec<ExitReport>,
    /// Of a strategy with legs, how often their positions had been out of ratio for too long.
    #[serde(default)]
    pub unhedged: Option<u64>,
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
    /// `long`, `short`, `flat`, `pull`, `bid`, `ask` or `target.LEG`.
    pub rule: String,
    /// Times that it was true; of `bid`, `ask` and targets, that it was a number.
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
    pub rules: Vec<RuleCounts>,
    pub exits: [u64; 4],
    pub unhedged: u64,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct RuleCounts {
    pub was_true: u64,
    pub parts: Vec<PartCounts>,
}

/// Names of a strategy's rules, in the order in which they are kept.
pub(super) const RULES: [&str; 3] = ["long", "short", "flat"];

/// Rules of a strategy that are counted, with their names.
fn counted(strategy: &StrategySpec) -> Vec<(Cow<'static, str>, Option<&Rule>)> {
    if let Some(legs) = &strategy.legs {
        let name = |leg: &Leg| Cow::Owned(format!("target.{}", leg.name));
        return legs.legs.iter().map(|leg| (name(leg), Some(&leg.target))).collect();
    }
    let rules = match &strategy.quote {
        Some(Quote { pull, bid, ask, .. }) => {
            [("pull", pull.as_ref()), ("bid", Some(bid)), ("ask", Some(ask))]
        }
        None => {
            let [long, short, flat] = rules_of(strategy).map(Option::as_ref);
            [(RULES[0], long), (RULES[1], short), (RULES[2], flat)]
        }
    };
    rules.map(|(name, rule)| (Cow::Borrowed(name), rule)).into()
}

pub(super) fn rules_of(strategy: &StrategySpec) -> [&Option<Rule>; 3] {
    [&strategy.long, &strategy.short, &strategy.flat]
}

impl Counts {
    pub fn new(strategy: &StrategySpec) -> Counts {
        let start = |(_, rule)| RuleCounts { was_true: 0, parts: super::start_counts(rule) };
        let rules = counted(strategy).into_iter().map(start).collect();
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
                rule: name.into_owned(),
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
            unhedged: strategy.legs.as_ref().map(|_| self.unhedged),
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
