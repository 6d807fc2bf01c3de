//! Prices of executions that take, made worse by the account's own impact.
//!
//! What an order takes at one moment is one quantity, and each part of it is worse by the same
//! fraction, in whole ticks. No limit is passed: what a limit order takes is at worst at its limit.

use super::{PaperExchange, Working};
use schemas::{EventTime, decimal::power_of_ten};

impl PaperExchange {
    /// An order takes so much at this moment; gives the fraction of the price that this costs.
    pub(super) fn press(&mut self, working: &Working, quantity: i64, now: EventTime) -> f64 {
        let Some(impact) = &self.spec.impact else { return 0.0 };
        let quantity = quantity as f64 / power_of_ten(self.instrument.quantity_scale) as f64;
        self.pressure.take(impact, working.order.side, quantity, now)
    }

    /// The price of an order's next execution, which takes at `level` and costs such a fraction.
    pub(super) fn worse(&self, working: &Working, level: i64, fraction: f64) -> i64 {
        let Some(impact) = &self.spec.impact else { return level };
        let (order, tick) = (&working.order, self.instrument.tick);
        let ticks = impact.ticks(fraction, (level, tick), (&order.id, working.filled()));
        let sign = order.side.sign();
        let moved = level.saturating_add(sign * ticks.saturating_mul(tick));
        // A price above zero stays there, as contracts that settle in their base need it.
        let price = if level > 0 { moved.max(tick.min(level)) } else { moved };
        match order.limit {
            Some(limit) if (price - limit) * sign > 0 => limit,
            _ => price,
        }
    }

    /// The price of so much of an order that takes all of it at `level`.
    pub(super) fn worse_whole(
        &mut self,
        working: &Working,
        (level, quantity): (i64, i64),
        now: EventTime,
    ) -> i64 {
        let fraction = self.press(working, quantity, now);
        self.worse(working, level, fraction)
    }
}
