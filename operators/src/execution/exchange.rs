//! Matching of one account's orders in one instrument against the market: as it was received, or
//! as it happened where the venue has a clock of its own.

mod candle;
mod execution;
mod fifo;
#[cfg(test)]
mod fifo_laws;
mod linked;
mod smaller;
mod takes;
mod waiting;
mod worse;
#[cfg(test)]
mod worse_laws;

pub use execution::{Execution, Within};
pub use waiting::Asleep;

use super::{
    ExecutionSpec, FillModel, Marks, Moved, Order, QueueModel, SharedView, consumed::Taken,
    impact::Pressure, queue::Queue,
};
use crate::{bars::BarTrade, market::MarketRow, risk::Approved};
use fifo::{Flow, Spot};
use linked::Groups;
pub(crate) use linked::{OTHER_FILLED, OTHER_FILLED_IN_PART};
use schemas::{
    EventTime, Instrument,
    decimal::power_of_ten,
    records::{Liquidity, TimeInForce},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// An order at the venue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Working {
    /// The order.
    pub order: Order,
    /// Not yet executed.
    pub remaining: i64,
    /// Sum of price times quantity of what was executed.
    pub paid: i128,
    /// When it came to the venue.
    pub arrived: EventTime,
    /// The market then.
    pub arrival: Marks,
    /// Its place at its price; none while its price was not displayed.
    queue: Option<Queue>,
    /// The same in a book by order, where orders are served one by one.
    spot: Option<Spot>,
    /// Of the order that trades now, what did so behind this one.
    passed: i64,
    /// Has its group made it smaller, which is yet to be told?
    less: bool,
    /// Has it rested, so that it gives liquidity?
    rested: bool,
    /// What it waits for, until that has come.
    asleep: Option<Asleep>,
}

impl Working {
    /// An order as it comes, awake.
    fn of(order: Order, arrived: EventTime, arrival: Marks) -> Working {
        Working {
            remaining: order.quantity,
            paid: 0,
            arrived,
            arrival,
            queue: None,
            spot: None,
            passed: 0,
            less: false,
            rested: false,
            asleep: None,
            order,
        }
    }

    /// Quantity before it at its price, where that is known.
    fn ahead(&self) -> Option<i64> {
        self.spot.map(|spot| spot.ahead()).or(self.queue.as_ref().map(Queue::ahead))
    }
    /// Has its group made it smaller since it was last told of?
    pub(crate) fn is_less(&self) -> bool {
        self.less
    }
    /// Executed so far.
    pub fn filled(&self) -> i64 {
        self.order.quantity - self.remaining
    }
    /// Average price so far as a double; NaN before the first execution.
    pub fn average_price(&self, instrument: &Instrument) -> f64 {
        self.paid as f64 / self.filled() as f64 / power_of_ten(instrument.price_scale) as f64
    }
}

/// A trade among the account's own orders.
struct Shared {
    /// What they took of it, which those that came later do not get again.
    served: i64,
    /// What is left of those at its price before it.
    own: i64,
}

/// What a checkpoint keeps of a [`PaperExchange`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ExchangeState {
    orders: Vec<Working>,
    taken: Taken,
    pressure: Pressure,
    flows: [Flow; 2],
    groups: Groups,
}

/// The account's orders in the market of one instrument.
pub struct PaperExchange {
    instrument: Arc<Instrument>,
    spec: ExecutionSpec,
    half_spread: i64,
    view: SharedView,
    orders: Vec<Working>,
    taken: Taken,
    /// What was taken lately, where that has a price.
    pressure: Pressure,
    /// What the account has, but for executions that are being given out.
    held: i64,
    /// The moment that is being stepped.
    now: EventTime,
    /// What trades now against bids and against asks, where orders are served one by one.
    flows: [Flow; 2],
    /// Orders that this step has woken, until they are asked for.
    woken: Vec<Working>,
    /// What is left of orders of which one cancels the other.
    groups: Groups,
    /// Orders that this step has ended like that, or made smaller, until they are asked for.
    ended: Vec<Working>,
    lessened: Vec<Working>,
}

impl PaperExchange {
    /// Everything that its next step depends on, but for the view.
    pub(crate) fn state(&self) -> ExchangeState {
        let PaperExchange { orders, taken, pressure, flows, groups, .. } = self;
        let (orders, taken, groups) = (orders.clone(), taken.clone(), groups.clone());
        ExchangeState { orders, taken, pressure: *pressure, flows: *flows, groups }
    }

    /// Takes over what another one was.
    pub(crate) fn set_state(&mut self, state: ExchangeState) {
        self.orders = state.orders;
        self.taken = state.taken;
        self.pressure = state.pressure;
        self.flows = state.flows;
        self.groups = state.groups;
    }

    /// The state before the first order, in a market that is seen like this.
    pub fn new(view: SharedView, spec: ExecutionSpec) -> PaperExchange {
        let instrument = view.read().instrument().clone();
        let unit = power_of_ten(instrument.price_scale) as f64;
        PaperExchange {
            half_spread: (spec.fill.half_spread * unit).round() as i64,
            instrument,
            spec,
            view,
            orders: Vec::new(),
            taken: Taken::default(),
            pressure: Pressure::default(),
            held: 0,
            now: EventTime::MIN,
            flows: Default::default(),
            woken: Vec::new(),
            groups: Groups::default(),
            ended: Vec::new(),
            lessened: Vec::new(),
        }
    }

    /// The venue's terms.
    pub fn spec(&self) -> &ExecutionSpec {
        &self.spec
    }
    /// The instrument.
    pub fn instrument(&self) -> &Arc<Instrument> {
        &self.instrument
    }
    /// Orders at the venue.
    pub fn orders(&self) -> &[Working] {
        &self.orders
    }

    /// The market as the venue has it.
    pub fn view(&self) -> &SharedView {
        &self.view
    }

    /// Mid and spread now.
    pub fn marks(&self) -> Marks {
        self.view.read().marks()
    }

    /// Would a record change nothing here?
    #[inline(always)]
    pub fn is_idle(&self) -> bool {
        let watches = self.spec.fill.consumed.watches() && !self.taken.is_empty();
        self.orders.is_empty() && !watches
    }

    /// The orders meet a record that has just gone into the view, at its moment; what it executes
    /// is appended.
    #[inline]
    pub fn meet(
        &mut self,
        row: &MarketRow<'_>,
        (now, moved): (EventTime, Moved),
        executions: &mut Vec<Execution>,
    ) {
        self.now = now;
        if moved.depth && self.spec.fill.consumed.watches() && !self.taken.is_empty() {
            self.forget_taken();
        }
        if self.orders.is_empty() {
            return;
        }
        let before = executions.len();
        match row {
            MarketRow::Trade(trade) if self.is_fifo() => {
                self.fifo_trade(trade, now, executions);
                self.wake(executions);
            }
            MarketRow::Trade(trade) => {
                self.on_trade(trade, executions);
                self.wake(executions);
            }
            MarketRow::Order(order) if self.is_fifo() => self.fifo_order(order, now, executions),
            _ => {}
        }
        if moved.depth {
            self.on_depth(executions);
        }
        if executions.len() > before {
            self.end_linked();
        }
    }

    /// An order arrives. `Err` gives it back with the reason if the venue does not take it.
    ///
    /// # Errors
    /// When a post-only order would take, when one that must be filled whole cannot be, and when
    /// another one of its group was filled before.
    pub fn arrive(
        &mut self,
        order: Approved,
        now: EventTime,
        executions: &mut Vec<Execution>,
    ) -> Result<Working, Box<(Working, &'static str)>> {
        self.now = now;
        let mut working = self.come(order, now);
        self.groups.enter(&working);
        if !self.groups.fit(&mut working) {
            return Err(Box::new((working, OTHER_FILLED)));
        }
        let takes = self.spec.fill.model == FillModel::DisplayedDepth;
        if takes && working.order.post_only && self.would_take(&working) {
            return Err(Box::new((working, "post_only: it would have taken liquidity")));
        }
        if takes && working.order.in_force == TimeInForce::Fok && !self.is_there(&working) {
            return Err(Box::new((working, "fok: not all of it could be had at once")));
        }
        let arrived = working.clone();
        working.less = false;
        if working.asleep.is_some() {
            self.orders.push(working);
            self.wake(executions);
            self.end_linked();
            return Ok(arrived);
        }
        if takes {
            self.take(&mut working, executions);
        }
        if working.remaining > 0 {
            // In candles, an order rests from the end of the first that it met.
            working.rested = working.order.limit.is_some() && !self.needs_candles();
            self.stand(&mut working);
            self.orders.push(working);
        }
        self.end_linked();
        Ok(arrived)
    }

    /// An order that has come, before it meets the market.
    pub(crate) fn come(&self, order: Approved, now: EventTime) -> Working {
        let order = order.into_order();
        let asleep = Asleep::of(&order);
        Working { asleep, ..Working::of(order, now, self.marks()) }
    }

    /// Takes an order back, if it is still there.
    pub fn cancel(&mut self, id: &str) -> Option<Working> {
        let at = self.orders.iter().position(|w| &*w.order.id == id)?;
        Some(self.orders.remove(at))
    }

    fn on_trade(&mut self, trade: &BarTrade, executions: &mut Vec<Execution>) {
        let mut orders = std::mem::take(&mut self.orders);
        let hit = |w: &&Working| w.asleep.is_none() && trade.aggressor() != Some(w.order.side);
        let at_price = |w: &&Working| w.order.limit == Some(trade.price);
        let own = orders.iter().filter(hit).filter(at_price).map(|w| w.remaining).sum();
        let mut shared = Shared { served: 0, own };
        for working in orders.iter_mut().filter(|working| working.asleep.is_none()) {
            if !self.groups.fit(working) {
                continue;
            }
            let before = executions.len();
            match self.spec.fill.model {
                FillModel::NextTrade => self.next_trade(working, trade, executions),
                FillModel::DisplayedDepth => {
                    self.queue_trade(working, trade, &mut shared, executions);
                }
                FillModel::NextOpen | FillModel::BarOhlc | FillModel::BarOlhc => {}
            }
            self.groups.count(&executions[before..]);
        }
        orders.retain(|w| w.remaining > 0);
        self.orders = orders;
    }

    fn next_trade(&mut self, working: &mut Working, trade: &BarTrade, out: &mut Vec<Execution>) {
        let sign = working.order.side.sign();
        let open = working.open(self.held, out);
        match working.order.limit {
            _ if open == 0 => {}
            None => {
                let level = trade.price + sign * self.half_spread;
                let price = self.worse_whole(working, (level, open), self.now);
                execute(working, price, open, Liquidity::Taker, None, out);
            }
            Some(limit) if (limit - trade.price) * sign > 0 => {
                execute(working, limit, open, Liquidity::Maker, None, out);
            }
            Some(_) => {}
        }
    }

    /// A trade meets a resting order: through its price at once, at its price after the queue.
    fn queue_trade(
        &mut self,
        working: &mut Working,
        trade: &BarTrade,
        shared: &mut Shared,
        out: &mut Vec<Execution>,
    ) {
        let Some(limit) = working.order.limit else {
            return self.next_trade_if_blind(working, trade, out);
        };
        let through = (limit - trade.price) * working.order.side.sign();
        let hits_us = trade.aggressor() != Some(working.order.side);
        if through < 0 || !hits_us {
            return;
        }
        let ahead = working.ahead();
        let (remaining, lot) = (working.open(self.held, out), self.instrument.lot);
        let left = trade.quantity - shared.served;
        let past = match &mut working.queue {
            _ if through > 0 => left,
            None => return,
            Some(queue) if self.spec.fill.queue == QueueModel::ProRata => {
                queue.share(trade.quantity, remaining, shared.own, lot).min(left)
            }
            Some(queue) => queue.trade(trade.quantity, lot) - shared.served,
        };
        let quantity = remaining.min(past).max(0);
        if quantity == 0 || (!self.spec.fill.partial && quantity < remaining) {
            return;
        }
        shared.served += quantity;
        execute(working, limit, quantity, Liquidity::Maker, ahead, out);
    }

    /// A market order that finds no quotes at all is filled like [`FillModel::NextTrade`].
    fn next_trade_if_blind(
        &mut self,
        working: &mut Working,
        trade: &BarTrade,
        out: &mut Vec<Execution>,
    ) {
        if self.view.read().display.is_blind() {
            self.next_trade(working, trade, out);
        }
    }

    /// The display changed: queues shrink with their level, crossed orders are filled.
    fn on_depth(&mut self, executions: &mut Vec<Execution>) {
        if self.orders.is_empty() || self.spec.fill.model != FillModel::DisplayedDepth {
            return;
        }
        let mut orders = std::mem::take(&mut self.orders);
        let unit = power_of_ten(self.instrument.quantity_scale) as f64;
        for working in orders.iter_mut().filter(|working| working.asleep.is_none()) {
            let displayed = self.displayed_before(working);
            match (&mut working.queue, displayed) {
                _ if self.is_fifo() && working.spot.is_some() => {}
                (Some(queue), Some(now)) => queue.change(self.spec.fill.queue, now, unit),
                (None, _) => self.stand(working),
                (Some(_), None) => {}
            }
            self.take(working, executions);
        }
        orders.retain(|w| w.remaining > 0);
        self.orders = orders;
        if self.view.read().never_traded() {
            self.wake(executions);
        }
    }

    /// Puts an order behind all that stand at its price, where that is known.
    fn stand(&self, working: &mut Working) {
        if self.is_fifo() {
            working.spot = self.spot(working);
        } else {
            working.queue = self.displayed_before(working).map(Queue::behind);
        }
    }

    /// Quantity displayed at an order's own price, on its own side; none if that is not known.
    fn displayed_before(&self, working: &Working) -> Option<i64> {
        self.view.read().display.known(working.order.side, working.order.limit?)
    }
}

fn execute(
    working: &mut Working,
    price: i64,
    quantity: i64,
    liquidity: Liquidity,
    queue_ahead: Option<i64>,
    out: &mut Vec<Execution>,
) {
    working.remaining -= quantity;
    working.paid += i128::from(price) * i128::from(quantity);
    let (told, within) = (working.clone(), None);
    working.less = false;
    out.push(Execution { working: told, price, quantity, liquidity, queue_ahead, within });
}
