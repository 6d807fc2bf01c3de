//! Taking what is displayed.

use super::{Execution, PaperExchange, Working, execute};
use schemas::records::Liquidity;

impl PaperExchange {
    /// Is all of it displayed at acceptable prices?
    pub(super) fn is_there(&self, working: &Working) -> bool {
        let mut levels = Vec::new();
        self.offers(working, &mut levels);
        levels.iter().map(|(_, quantity)| quantity).sum::<i64>() >= working.remaining
    }

    /// Would an order take something if it came now?
    pub(super) fn would_take(&self, working: &Working) -> bool {
        let mut levels = Vec::new();
        self.offers(working, &mut levels);
        !levels.is_empty()
    }

    /// Takes what is displayed on the other side at acceptable prices.
    pub(super) fn take(&mut self, working: &mut Working, executions: &mut Vec<Execution>) {
        if !self.groups.fit(working) {
            return;
        }
        let before = executions.len();
        let mut levels = Vec::new();
        self.offers(working, &mut levels);
        let there: i64 = levels.iter().map(|(_, quantity)| quantity).sum();
        let mut open = working.open(self.held, executions);
        if there == 0 || (!self.spec.fill.partial && there < open) {
            return;
        }
        let gives = working.rested && working.order.limit.is_some();
        let fraction = match gives {
            true => 0.0,
            false => self.press(working, there.min(open), self.now),
        };
        let side = working.order.side.opposite();
        for (level, available) in levels {
            let quantity = available.min(open);
            if quantity == 0 {
                break;
            }
            open -= quantity;
            let displayed = self.view.read().display.quantity(side, level);
            let model = self.spec.fill.consumed;
            self.taken.add(model, (side, level), (quantity, displayed), self.now);
            let (price, liquidity) = match working.order.limit {
                Some(limit) if gives => (limit, Liquidity::Maker),
                _ => (self.worse(working, level, fraction), Liquidity::Taker),
            };
            execute(working, price, quantity, liquidity, working.ahead(), executions);
        }
        self.groups.count(&executions[before..]);
        if self.taken.is_long() {
            self.forget_taken();
        }
    }

    /// Forgets what was taken of levels of which all is there again.
    pub(super) fn forget_taken(&mut self) {
        let (model, view) = ((self.spec.fill.consumed, self.instrument.lot), self.view.read());
        let displayed = |side, price| view.display.known(side, price);
        self.taken.forget(model, displayed, self.now);
    }

    /// Levels of the other side that an order accepts, best first, with what is left of them.
    fn offers(&self, working: &Working, levels: &mut Vec<(i64, i64)>) {
        let side = working.order.side.opposite();
        let sign = working.order.side.sign();
        let accepts = |price: i64| working.order.limit.is_none_or(|l| (l - price) * sign >= 0);
        let mut wanted = working.remaining;
        let (model, view) = ((self.spec.fill.consumed, self.instrument.lot), self.view.read());
        // Most orders rest out of reach, and are asked with every message.
        if !view.display.best(side).is_some_and(accepts) {
            return;
        }
        view.display.levels(side, |price, displayed| {
            if !accepts(price) {
                return false;
            }
            let taken = self.taken.missing(model, (side, price), displayed, self.now);
            if displayed > taken {
                levels.push((price, displayed - taken));
                wanted -= displayed - taken;
            }
            wanted > 0
        });
    }
}
