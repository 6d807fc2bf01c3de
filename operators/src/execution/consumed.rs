//! What an account has taken of what is displayed, and when that is there again.
//!
//! The market of a recording does not know of the account's orders: what they took is displayed
//! still. How soon somebody else would have offered it anew, the job says.

use schemas::{EventTime, Side, Span};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// When what the account has taken of a level can be had again.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consumed {
    /// When another quantity is displayed at its price.
    UntilRefresh,
    /// When nothing is displayed at its price any more.
    UntilGone,
    /// Half of it after this span and half of the rest after the next; all of it when nothing is
    /// displayed at its price any more.
    HalfLife(Span),
    /// At once: every order sees all that is displayed.
    Ignored,
}

impl Consumed {
    /// Each kind, with a half-life of 5s.
    pub const ALL: [Consumed; 4] = [
        Consumed::UntilRefresh,
        Consumed::UntilGone,
        Consumed::HalfLife(Span(5 * Span::SECOND.0)),
        Consumed::Ignored,
    ];

    /// Must it be told of every change of what is displayed?
    pub(super) fn watches(self) -> bool {
        matches!(self, Consumed::UntilGone | Consumed::HalfLife(_))
    }

    /// Its name in a job file.
    pub fn name(self) -> &'static str {
        match self {
            Consumed::UntilRefresh => "until_refresh",
            Consumed::UntilGone => "until_gone",
            Consumed::HalfLife(_) => "half_life",
            Consumed::Ignored => "ignored",
        }
    }
}

/// A part of a lot that is none.
const HAIR: f64 = 1e-9;

/// What was taken of one level.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Level {
    /// Displayed when it was taken last.
    displayed: i64,
    /// Taken, as of `at`; a fraction once some of it has come back.
    quantity: f64,
    at: EventTime,
}

/// What was taken, by side and price. It changes when something is taken and when a level goes,
/// and by nothing else, so that it does not matter how often it is looked at.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Taken(BTreeMap<(Side, i64), Level>);

impl Taken {
    /// Was nothing taken that could still be missing?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How much of what is displayed at a price is not there for the account, in whole lots.
    pub fn missing(
        &self,
        (model, lot): (Consumed, i64),
        (side, price): (Side, i64),
        displayed: i64,
        now: EventTime,
    ) -> i64 {
        let Some(level) = self.0.get(&(side, price)) else { return 0 };
        match model {
            Consumed::UntilRefresh if level.displayed == displayed => level.quantity as i64,
            Consumed::UntilRefresh | Consumed::Ignored => 0,
            Consumed::UntilGone => level.quantity as i64,
            Consumed::HalfLife(_) => {
                // A lot is back when all of it is; a hair above whole lots is none more.
                let lots = (level.left(model, now) / lot as f64 - HAIR).ceil();
                (lots * lot as f64) as i64
            }
        }
    }

    /// The account takes something.
    pub fn add(
        &mut self,
        model: Consumed,
        (side, price): (Side, i64),
        (quantity, displayed): (i64, i64),
        now: EventTime,
    ) {
        if model == Consumed::Ignored {
            return;
        }
        let before = self.0.get(&(side, price)).map_or(0.0, |level| match model {
            Consumed::UntilRefresh if level.displayed != displayed => 0.0,
            _ => level.left(model, now),
        });
        let quantity = before + quantity as f64;
        self.0.insert((side, price), Level { displayed, quantity, at: now });
    }

    /// Forgets levels that are gone, or of which all is back; `known` gives what is displayed at a
    /// price, none where that cannot be told.
    pub fn forget(
        &mut self,
        (model, lot): (Consumed, i64),
        known: impl Fn(Side, i64) -> Option<i64>,
        now: EventTime,
    ) {
        self.0.retain(|(side, price), level| match model {
            Consumed::UntilRefresh => known(*side, *price).unwrap_or(0) == level.displayed,
            _ if known(*side, *price) == Some(0) => false,
            _ => level.left(model, now) > HAIR * lot as f64,
        });
    }

    /// Are there more levels than are worth keeping until they are met again?
    pub fn is_long(&self) -> bool {
        self.0.len() > 64
    }
}

impl Level {
    fn left(&self, model: Consumed, now: EventTime) -> f64 {
        let Consumed::HalfLife(half_life) = model else { return self.quantity };
        let lives = now.0.saturating_sub(self.at.0).max(0) as f64 / half_life.0 as f64;
        self.quantity * (-lives).exp2()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LEVEL: (Side, i64) = (Side::Sell, 100);

    /// What happens at one level, some nanoseconds after what was before.
    #[derive(Debug, Clone, Copy)]
    enum Step {
        Shows(i64),
        Take(i64),
    }

    fn steps() -> impl Strategy<Value = Vec<(i64, Step)>> {
        let step = prop_oneof![
            1 => (0..20i64).prop_map(|lots| Step::Shows(lots * 10)),
            1 => (1..15i64).prop_map(|lots| Step::Take(lots * 10)),
        ];
        prop::collection::vec((0..2_000_000_000i64, step), 1..60)
    }

    proptest! {
        /// Against one that remembers everything that was taken: no model gives more than is
        /// displayed, nor more than one that gives back sooner.
        #[test]
        fn nobody_takes_more_than_is_left(steps in steps(), half_life in 1..5_000_000_000i64) {
            for model in Consumed::ALL {
                let model = match model {
                    Consumed::HalfLife(_) => Consumed::HalfLife(Span(half_life)),
                    other => other,
                };
                let (mut taken, mut all) = (Taken::default(), Vec::<(i64, i64)>::new());
                let (mut displayed, mut shown, mut ns) = (50, 50, 0);
                for (after, step) in &steps {
                    ns += after;
                    let now = EventTime(ns);
                    match *step {
                        Step::Shows(quantity) => {
                            displayed = quantity;
                            if model.watches() {
                                taken.forget((model, 10), |_, _| Some(quantity), now);
                            }
                            if quantity == 0 && model.watches() {
                                all.clear();
                            }
                        }
                        Step::Take(wanted) => {
                            let fresh = model == Consumed::UntilRefresh && shown != displayed;
                            let left: f64 = all
                                .iter()
                                .map(|(at, quantity)| match model {
                                    Consumed::Ignored => 0.0,
                                    _ if fresh => 0.0,
                                    Consumed::HalfLife(h) => {
                                        *quantity as f64 * (-((ns - at) as f64) / h.0 as f64).exp2()
                                    }
                                    _ => *quantity as f64,
                                })
                                .sum();
                            let missing = taken.missing((model, 10), LEVEL, displayed, now);
                            prop_assert!(missing % 10 == 0, "whole lots");
                            prop_assert!((missing as f64) > left - 1e-6, "{missing}, {left}");
                            prop_assert!((missing as f64) < left + 10.0 + 1e-6);
                            let quantity = wanted.min(displayed - missing).max(0);
                            if quantity > 0 {
                                taken.add(model, LEVEL, (quantity, displayed), now);
                                if fresh {
                                    all.clear();
                                }
                                (all, shown) = ([&all[..], &[(ns, quantity)]].concat(), displayed);
                            }
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_level_that_is_displayed_as_it_was_is_not_forgotten() {
        let model = Consumed::UntilRefresh;
        let mut taken = Taken::default();
        taken.add(model, LEVEL, (80, 100), EventTime(0));
        taken.forget((model, 10), |_, _| Some(100), EventTime(1));
        assert_eq!(taken.missing((model, 10), LEVEL, 100, EventTime(1)), 80);
        taken.forget((model, 10), |_, _| Some(90), EventTime(2));
        assert!(taken.is_empty());
    }

    #[test]
    fn what_was_taken_comes_back_by_halves_and_in_whole_lots() {
        let model = Consumed::HalfLife(Span(1_000));
        let mut taken = Taken::default();
        taken.add(model, LEVEL, (80, 100), EventTime(0));
        let missing = |taken: &Taken, ns| taken.missing((model, 10), LEVEL, 100, EventTime(ns));
        let at = [0, 1, 1_000, 1_001, 2_000, 3_000, 4_000, 99_000];
        assert_eq!(at.map(|ns| missing(&taken, ns)), [80, 80, 40, 40, 20, 10, 10, 0]);
        taken.add(model, LEVEL, (20, 100), EventTime(2_000));
        assert_eq!(missing(&taken, 3_000), 20, "half of 20 and of 20");
        taken.forget((model, 10), |_, _| Some(7), EventTime(3_000));
        assert_eq!(missing(&taken, 3_000), 20, "whatever is displayed");
        taken.forget((model, 10), |_, _| Some(0), EventTime(3_000));
        assert_eq!(missing(&taken, 3_000), 0, "but when that is nothing");
    }
}
