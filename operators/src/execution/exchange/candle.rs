//! Candles as the only market: what was within one is known when it is over.

use super::{Execution, PaperExchange, Within, Working, execute};
use crate::execution::FillModel;
use schemas::{EventTime, Side, Text, chunk::Candle, records::Liquidity};

impl PaperExchange {
    /// Are orders filled by candles, and by nothing else?
    pub(crate) fn needs_candles(&self) -> bool {
        self.spec.fill.model.needs_candles()
    }

    /// The market goes to the open of a candle. Gives the orders that meet it and whose quantity
    /// is found there.
    pub(crate) fn open_candle(&mut self, candle: &Candle) -> Vec<Text> {
        self.last_price = Some(candle.prices[0]);
        let sized = |w: &&Working| meets(w, candle) && w.order.sizing.is_some();
        self.orders.iter().filter(sized).map(|w| w.order.id.clone()).collect()
    }

    /// What a market order pays or gets at an open.
    pub(crate) fn price_at_open(&self, side: Side, open: i64) -> i64 {
        open + side.sign() * self.half_spread
    }

    /// Gives a working order another quantity before any of it is executed.
    pub(crate) fn resize(&mut self, id: &str, quantity: i64) {
        if let Some(working) = self.orders.iter_mut().find(|w| &*w.order.id == id) {
            assert_eq!(working.remaining, working.order.quantity, "nothing is executed yet");
            (working.order.quantity, working.remaining) = (quantity, quantity);
        }
    }

    /// Takes working orders through a candle: first those that its open fills, then those that
    /// the path of the model goes through, in the order in which it meets them.
    pub(crate) fn walk_candle(&mut self, candle: &Candle, out: &mut Vec<Execution>) {
        let [open, high, low, close] = candle.prices;
        let mut orders = std::mem::take(&mut self.orders);
        let opened = candle.open_ts;
        let at_open = Within { opened, mark: open, exchange_ts: Some(opened), by: opened };
        for working in orders.iter_mut().filter(|w| meets(w, candle)) {
            let sign = working.order.side.sign();
            let level = self.price_at_open(working.order.side, open);
            let may_take = !working.rested && !working.order.post_only;
            match working.order.limit {
                None => fill(working, level, Liquidity::Taker, at_open, out),
                Some(limit) if may_take && (limit - level) * sign >= 0 => {
                    fill(working, level, Liquidity::Taker, at_open, out);
                }
                Some(limit) if (limit - open) * sign > 0 => {
                    fill(working, limit, Liquidity::Maker, at_open, out);
                }
                Some(_) => {}
            }
        }
        let path: &[i64] = match self.spec.fill.model {
            FillModel::BarOhlc => &[open, high, low, close],
            FillModel::BarOlhc => &[open, low, high, close],
            _ => &[],
        };
        // Some time before the end: not known better.
        let by = EventTime(candle.close_ts.0 - 1);
        for leg in path.windows(2) {
            let (to, rises) = (leg[1], leg[1] > leg[0]);
            // A rising price goes through offers, a falling one through bids.
            let (side, up) = if rises { (Side::Sell, 1) } else { (Side::Buy, -1) };
            let through = |limit: i64| (to - limit) * up > 0;
            let mut hit: Vec<(i64, &mut Working)> = orders
                .iter_mut()
                .filter(|w| meets(w, candle) && w.remaining > 0 && w.order.side == side)
                .filter_map(|w| Some((w.order.limit.filter(|limit| through(*limit))?, w)))
                .collect();
            hit.sort_by_key(|(limit, _)| limit * up);
            for (limit, working) in hit {
                let within = Within { opened, mark: limit, exchange_ts: None, by };
                fill(working, limit, Liquidity::Maker, within, out);
            }
        }
        orders.retain(|w| w.remaining > 0);
        for working in orders.iter_mut().filter(|w| meets(w, candle)) {
            working.rested = working.order.limit.is_some();
        }
        self.orders = orders;
    }
}

/// Was the order there when the candle began? What was before its time is not for it.
fn meets(working: &Working, candle: &Candle) -> bool {
    working.arrived <= candle.open_ts
}

/// Fills what is left of an order, whole.
fn fill(
    working: &mut Working,
    price: i64,
    liquidity: Liquidity,
    within: Within,
    out: &mut Vec<Execution>,
) {
    execute(working, price, working.remaining, liquidity, None, out);
    out.last_mut().expect("it was just made").within = Some(within);
}
