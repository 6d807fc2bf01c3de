//! Candles as the only market: what was within one is known when it is over.

use super::{Execution, PaperExchange, Within, Working, execute};
use crate::{execution::FillModel, risk::Approved};
use schemas::{EventTime, Side, Text, chunk::Candle, records::Liquidity};

impl PaperExchange {
    /// Are orders filled by candles, and by nothing else?
    pub(crate) fn needs_candles(&self) -> bool {
        self.spec.fill.model.needs_candles()
    }

    /// The market goes to the open of a candle. Gives the orders that meet it and whose quantity
    /// is found there.
    pub(crate) fn open_candle(&mut self, candle: &Candle) -> Vec<Text> {
        self.view.move_price(candle.prices[0]);
        let sized = |w: &&Working| meets(w, candle) && w.order.sizing.is_some();
        self.orders.iter().filter(sized).map(|w| w.order.id.clone()).collect()
    }

    /// What a market order pays or gets at an open, but for its own impact: sizes are found by it.
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

    /// Fills what the open of a candle fills of the working orders.
    pub(crate) fn fill_at_open(&mut self, candle: &Candle, out: &mut Vec<Execution>) {
        let open = candle.prices[0];
        let mut orders = std::mem::take(&mut self.orders);
        let at_open = Within::at_open(candle);
        for working in orders.iter_mut().filter(|w| meets(w, candle)) {
            let sign = working.order.side.sign();
            let level = self.price_at_open(working.order.side, open);
            let may_take = !working.rested && !working.order.post_only;
            match working.order.limit {
                None => {
                    let price =
                        self.worse_whole(working, (level, working.remaining), candle.open_ts);
                    fill(working, price, Liquidity::Taker, at_open, out);
                }
                Some(limit) if may_take && (limit - level) * sign >= 0 => {
                    let price =
                        self.worse_whole(working, (level, working.remaining), candle.open_ts);
                    fill(working, price, Liquidity::Taker, at_open, out);
                }
                Some(limit) if (limit - open) * sign > 0 => {
                    fill(working, limit, Liquidity::Maker, at_open, out);
                }
                Some(_) => {}
            }
        }
        orders.retain(|w| w.remaining > 0);
        self.orders = orders;
    }

    /// The way that the price went through a candle, if the model knows one.
    pub(crate) fn path(&self, candle: &Candle) -> Option<[i64; 4]> {
        let [open, high, low, close] = candle.prices;
        match self.spec.fill.model {
            FillModel::BarOhlc => Some([open, high, low, close]),
            FillModel::BarOlhc => Some([open, low, high, close]),
            _ => None,
        }
    }

    /// Fills the limit order that a price which goes straight from `at` to `to` goes through
    /// first, if that is before it comes to `stop`; gives its price.
    pub(crate) fn fill_between(
        &mut self,
        candle: &Candle,
        (at, to): (i64, i64),
        stop: Option<i64>,
        out: &mut Vec<Execution>,
    ) -> Option<i64> {
        // A rising price goes through offers, a falling one through bids.
        let (side, up) = if to > at { (Side::Sell, 1) } else { (Side::Buy, -1) };
        let end = stop.unwrap_or(to);
        let hit = |w: &Working| {
            let limit = w.order.limit.filter(|_| meets(w, candle) && w.order.side == side)?;
            ((end - limit) * up > 0).then_some(limit)
        };
        let all = self.orders.iter().enumerate().filter_map(|(i, w)| Some((hit(w)?, i)));
        let (limit, i) = all.min_by_key(|(limit, i)| (limit * up, *i))?;
        let mut working = self.orders.remove(i);
        fill(&mut working, limit, Liquidity::Maker, Within::by_end(candle, limit), out);
        Some(limit)
    }

    /// Fills the order of an exit in a candle, at a price that the exit found; what takes pays its
    /// impact on top.
    pub(crate) fn fill_exit(
        &mut self,
        order: Approved,
        now: EventTime,
        (level, liquidity): (i64, Liquidity),
        within: Within,
        out: &mut Vec<Execution>,
    ) -> Working {
        let order = order.into_order();
        let mut working = Working::of(order, now, self.marks());
        let arrived = working.clone();
        let price = match liquidity {
            Liquidity::Taker => {
                self.worse_whole(&working, (level, working.remaining), within.opened)
            }
            _ => level,
        };
        fill(&mut working, price, liquidity, within, out);
        arrived
    }

    /// A candle is over: orders that met it have rested.
    pub(crate) fn end_candle(&mut self, candle: &Candle) {
        for working in self.orders.iter_mut().filter(|w| meets(w, candle)) {
            working.rested = working.order.limit.is_some();
        }
    }
}

impl Within {
    /// At the open of a candle.
    pub(crate) fn at_open(candle: &Candle) -> Within {
        let (opened, mark) = (candle.open_ts, candle.prices[0]);
        Within { opened, mark, exchange_ts: Some(opened), by: opened }
    }

    /// At a price that it had some time before its end: not known better.
    pub(crate) fn by_end(candle: &Candle, mark: i64) -> Within {
        let by = EventTime(candle.close_ts.0 - 1);
        Within { opened: candle.open_ts, mark, exchange_ts: None, by }
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
