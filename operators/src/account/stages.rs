//! Which row of `orders` may follow which: the states of an order and its ways between them.
//!
//! ```text
//! ─► decided ─► arrived ─► triggered ─► partly_filled ⟲
//! │      │         │           │            │
//! │      │         └───────────┴────────────┴──► filled, cancelled
//! │      └──► rejected
//! └──► refused
//! ```
//!
//! From arrived to its end an order may become smaller, `amended`, and then goes on as before.

use schemas::{
    Text,
    records::OrderStage::{self, *},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Each stage with those that may follow it; none before the first row, none after a final one.
pub(super) const TRANSITIONS: [(Option<OrderStage>, &[OrderStage]); 10] = [
    (None, &[Decided, Refused]),
    (Some(Decided), &[Arrived, Rejected]),
    (Some(Refused), &[]),
    (Some(Arrived), &[Triggered, PartlyFilled, Amended, Filled, Cancelled]),
    (Some(Triggered), &[PartlyFilled, Amended, Filled, Cancelled]),
    (Some(PartlyFilled), &[PartlyFilled, Amended, Filled, Cancelled]),
    (Some(Amended), &[Triggered, PartlyFilled, Amended, Filled, Cancelled]),
    (Some(Filled), &[]),
    (Some(Cancelled), &[]),
    (Some(Rejected), &[]),
];

/// The stages that may follow one.
pub(super) fn next(stage: Option<OrderStage>) -> &'static [OrderStage] {
    let of = TRANSITIONS.iter().find(|(from, _)| *from == stage);
    of.expect("each stage stands in the table").1
}

/// Is nothing to follow?
pub(super) fn is_final(stage: OrderStage) -> bool {
    next(Some(stage)).is_empty()
}

/// The stages of the orders that have not ended, as told in `orders`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Stages(BTreeMap<Text, OrderStage>);

impl Stages {
    /// An order comes to a stage.
    ///
    /// # Panics
    /// When the table does not lead there: it would be lost, or filled twice.
    pub fn enter(&mut self, order: &Text, stage: OrderStage) {
        let before = match is_final(stage) {
            true => self.0.remove(order),
            false => self.0.insert(order.clone(), stage),
        };
        assert!(next(before).contains(&stage), "order {order}: {stage} after {before:?}");
    }

    /// Where an order is that has not ended.
    #[cfg(test)]
    pub fn of(&self, order: &str) -> Option<OrderStage> {
        self.0.get(order).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stage_is_in_the_table_can_be_reached_and_can_end() {
        assert_eq!(TRANSITIONS.len(), OrderStage::ALL.len() + 1);
        for stage in OrderStage::ALL {
            assert_eq!(TRANSITIONS.iter().filter(|(from, _)| *from == Some(*stage)).count(), 1);
            let comes = |to: &&[OrderStage]| to.contains(stage);
            assert!(TRANSITIONS.iter().map(|(_, to)| *to).any(|to| comes(&to)), "{stage}");
            let mut open = vec![*stage];
            let mut seen = Vec::new();
            while let Some(at) = open.pop() {
                if !seen.contains(&at) {
                    seen.push(at);
                    open.extend(next(Some(at)));
                }
            }
            assert!(seen.iter().any(|at| is_final(*at)), "{stage} never ends");
        }
    }

    #[test]
    #[should_panic(expected = "arrived after None")]
    fn nothing_follows_an_end() {
        let (mut stages, order) = (Stages::default(), Text::from("a"));
        for stage in [Decided, Arrived, PartlyFilled, PartlyFilled, Filled, Arrived] {
            stages.enter(&order, stage);
        }
    }
}
