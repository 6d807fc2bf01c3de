//! Orders that wait at the venue for a price.
//!
//! They are compared with the price that exits watch: the last trade's, and until there was one the
//! best of the side that they would take. What is woken by a trade takes what is displayed then; a
//! limit order of which something is left rests behind what stands at its price at that moment.

use super::{Execution, PaperExchange, Working};
use crate::execution::{FillModel, Order, Wake, WakeAt};
use serde::{Deserialize, Serialize};

/// What an order that sleeps remembers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Asleep {
    /// The price that wakes it; of a trailing stop not before there was a price.
    level: Option<i64>,
}

impl Asleep {
    /// An order as it comes.
    pub(super) fn of(order: &Order) -> Option<Asleep> {
        let WakeAt { on, at } = order.wake?;
        Some(Asleep { level: (on != Wake::Trail).then_some(at) })
    }

    /// Sees a price: is it the one?
    fn sees(&mut self, order: &Order, price: i64) -> bool {
        let Some(WakeAt { on, at }) = order.wake else { return true };
        let sign = order.side.sign();
        if on == Wake::Trail {
            let follows = price.saturating_add(sign * at);
            let nearer = self.level.is_none_or(|level| (level - follows) * sign > 0);
            self.level = if nearer { Some(follows) } else { self.level };
        }
        let beyond = self.level.map_or(-1, |level| (price - level) * sign);
        if on == Wake::Touch { beyond <= 0 } else { beyond >= 0 }
    }
}

impl Working {
    /// The price that wakes it, while it sleeps.
    pub fn wakes_at(&self) -> Option<i64> {
        self.asleep?.level
    }
}

impl PaperExchange {
    /// Lets the orders that sleep look at the price.
    pub(super) fn wake(&mut self, executions: &mut Vec<Execution>) {
        if !self.orders.iter().any(|working| working.asleep.is_some()) {
            return;
        }
        let mut orders = std::mem::take(&mut self.orders);
        for working in &mut orders {
            let price = self.view.read().watched(working.order.side);
            let (Some(asleep), Some(price)) = (&mut working.asleep, price) else { continue };
            if !asleep.sees(&working.order, price) || !self.groups.fit(working) {
                continue;
            }
            let told = working.clone();
            (working.asleep, working.less) = (None, false);
            self.woken.push(told);
            if self.spec.fill.model == FillModel::DisplayedDepth {
                self.take(working, executions);
            }
            working.rested = working.order.limit.is_some();
            self.stand(working);
        }
        orders.retain(|working| working.remaining > 0);
        self.orders = orders;
    }

    /// Orders that woke since this was last asked, as they were.
    pub(crate) fn take_woken(&mut self) -> Vec<Working> {
        std::mem::take(&mut self.woken)
    }
}
