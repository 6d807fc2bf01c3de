//! Orders of which one cancels the other: what is executed of one the venue takes off the others at
//! the same moment, and takes back what has nothing left.
//!
//! A group has a quantity that its orders never execute more of together. The venue remembers what
//! is left of it, so that an order of the group that comes later is not too large either.

use super::{Execution, PaperExchange, Working};
use schemas::Text;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Why the venue makes an order smaller of which another one was filled in part.
pub(crate) const OTHER_FILLED_IN_PART: &str = "oco: the other one was filled in part";

/// Why the venue ends an order of which another one cancels it.
pub(crate) const OTHER_FILLED: &str = "oco: the other one was filled";

/// What is left of the newest group of each strategy, which has one at a time.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Groups(BTreeMap<u16, Group>);

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Group {
    id: Text,
    left: i64,
}

impl Groups {
    /// An order comes: the first one of a group brings its quantity.
    pub fn enter(&mut self, working: &Working) {
        let Some(linked) = &working.order.linked else { return };
        let strategy = working.order.strategy;
        if self.0.get(&strategy).is_none_or(|group| group.id != linked.group) {
            let group = Group { id: linked.group.clone(), left: linked.most };
            self.0.insert(strategy, group);
        }
    }

    /// Makes an order no larger than what is left of its group; gives whether anything is. One of
    /// which nothing is left keeps its quantity, since that is what is cancelled.
    pub fn fit(&self, working: &mut Working) -> bool {
        let Some(linked) = &working.order.linked else { return true };
        let group = self.0.get(&working.order.strategy);
        let left = group.filter(|group| group.id == linked.group).map_or(0, |group| group.left);
        if left <= 0 {
            return false;
        }
        let less = (working.remaining - left).max(0);
        working.remaining -= less;
        working.order.quantity -= less;
        working.less |= less > 0;
        true
    }

    /// Executions that no group knows of yet.
    pub fn count(&mut self, executions: &[Execution]) {
        for Execution { working, quantity, .. } in executions {
            if working.order.linked.is_some()
                && let Some(group) = self.0.get_mut(&working.order.strategy)
            {
                group.left -= quantity;
            }
        }
    }
}

impl PaperExchange {
    /// After executions: all orders of their groups are as large as what is left, and those of
    /// which nothing is left are gone.
    pub(super) fn end_linked(&mut self) {
        let PaperExchange { groups, ended, lessened, .. } = self;
        self.orders.retain_mut(|working| {
            let stays = groups.fit(working);
            if !stays {
                ended.push(working.clone());
            } else if working.less {
                lessened.push(working.clone());
                working.less = false;
            }
            stays
        });
    }

    /// Orders that others of their groups have ended since this was last asked.
    pub(crate) fn take_ended(&mut self) -> Vec<Working> {
        std::mem::take(&mut self.ended)
    }

    /// Orders that others of their groups have made smaller since this was last asked.
    pub(crate) fn take_lessened(&mut self) -> Vec<Working> {
        std::mem::take(&mut self.lessened)
    }
}
