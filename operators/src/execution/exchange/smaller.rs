//! Orders that become smaller, and those that only reduce the account's position.

use super::{Execution, PaperExchange, Working};
use schemas::Side;

impl Working {
    /// How much of it may be executed next, of an account that had `held` before these executions:
    /// of an order that only reduces no more than closes what they leave.
    pub(super) fn open(&self, held: i64, executions: &[Execution]) -> i64 {
        if !self.order.reduce_only {
            return self.remaining;
        }
        let signed = |e: &Execution| e.working.order.side.sign() * e.quantity;
        let held = held + executions.iter().map(signed).sum::<i64>();
        self.remaining.min(closing(held, self.order.side))
    }
}

/// What closes a position from a side; 0 where that opens one.
fn closing(held: i64, side: Side) -> i64 {
    (-side.sign() * held).max(0)
}

impl PaperExchange {
    /// Takes over the account's position in the instrument.
    pub(crate) fn hold(&mut self, held: i64) {
        self.held = held;
    }

    /// How much of the account's position an order of a side may close.
    pub(crate) fn closes(&self, side: Side) -> i64 {
        closing(self.held, side)
    }

    /// Makes a working order smaller, to a `quantity` of which not all is executed; it keeps its
    /// place. Gives the order after it; none if it is not there, or no larger.
    pub(crate) fn amend(&mut self, id: &str, quantity: i64) -> Option<Working> {
        let working = self.orders.iter_mut().find(|w| &*w.order.id == id)?;
        let less = working.order.quantity - quantity;
        if less <= 0 || less >= working.remaining {
            return None;
        }
        (working.order.quantity, working.remaining) = (quantity, working.remaining - less);
        Some(working.clone())
    }
}
