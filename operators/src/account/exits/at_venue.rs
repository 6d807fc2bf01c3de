//! Exits whose stop and take rest at the venue, as orders of which one cancels the other.
//!
//! They are for the position as the strategy knows it and travel like all orders. While nothing is
//! executed of them each is replaced by itself when its level moves, so that the other one keeps
//! its place in the queue; when the position changes otherwise than by them, both are. What is
//! replaced is taken back first, and the new order goes out once that is known. So nothing that is
//! held is ever closed twice, and for two ways and back it is not guarded.
//!
//! Before any other order that makes the position smaller they are taken back, and it waits for
//! that. A stop of which something is executed is left alone, whatever becomes of its level.

use super::{Guard, Member, Touched};
use crate::{
    account::{AccountLoop, News, Stance, emit, place::Prices},
    execution::{Linked, Order, Wake, WakeAt, id_of},
    outputs::Outputs,
};
use schemas::{EventTime, OrderKey, Side, Text};
use serde::{Deserialize, Serialize};

/// Orders of an exit that rest at the venue, as their strategy knows.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(in crate::account) struct Resting {
    /// Id of the group; none before its first order.
    group: Option<Text>,
    /// What its orders may execute together, and what they have not executed yet.
    most: i64,
    left: i64,
    /// +1 for those of a long position, -1 for those of a short one.
    side: i64,
    orders: Vec<Rested>,
    /// Of the wish that waits for their end.
    prices: Option<Prices>,
}

/// One of them.
#[derive(Clone, Serialize, Deserialize)]
struct Rested {
    id: Text,
    member: Member,
    price: i64,
    /// Is something of it executed?
    begun: bool,
    /// Has the venue been asked to take it back?
    cancelling: bool,
    /// Has another one of the group left nothing of it, so that only its end is to be told?
    over: bool,
}

impl Resting {
    fn active(&mut self) -> impl Iterator<Item = &mut Rested> {
        self.orders.iter_mut().filter(|rested| !rested.over)
    }

    fn is_active(&self) -> bool {
        self.orders.iter().any(|rested| !rested.over)
    }
}

/// What a strategy learns of an order of its exit.
pub(in crate::account) enum Heard {
    /// Something was executed.
    Filled,
    /// All was, and with that the exit has ended the position.
    Closed(Touched),
    /// It has ended; was that wished?
    Ended { asked: bool },
}

impl Stance {
    /// The strategy learns of an order; what, if it is one of its exit.
    pub(in crate::account) fn hears_of_exit(&mut self, order: &Text, news: News) -> Option<Heard> {
        let exits = self.exits.as_mut()?;
        let resting = &mut exits.resting;
        let at = resting.orders.iter().position(|rested| rested.id == *order)?;
        let (signed, done) = match news {
            News::Filled { signed, done, .. } => (signed, done),
            News::Ended { .. } => {
                let asked = resting.orders.remove(at).cancelling;
                return Some(Heard::Ended { asked });
            }
            News::Amended { .. } | News::Liquidated => return None,
        };
        resting.left -= signed.abs();
        resting.orders[at].begun = true;
        // What it has closed is not wanted any more.
        let shrunk = self.target + signed;
        if (shrunk.signum(), signed.signum()) == (self.target.signum(), -self.target.signum()) {
            self.target = shrunk;
        }
        if !done {
            return Some(Heard::Filled);
        }
        let Rested { member, price, .. } = resting.orders.remove(at);
        resting.orders.iter_mut().for_each(|rested| rested.over = true);
        let holds = exits.guard.as_ref().is_some_and(|guard| guard.leaving.is_none());
        match holds && !self.reconcile {
            true => Some(Heard::Closed((member, Some(price)))),
            false => Some(Heard::Filled),
        }
    }

    /// The wish to take an order of its exit back was lost; gives whether it is one.
    pub(in crate::account) fn cancel_of_exit_lost(&mut self, order: &Text) -> bool {
        let orders = self.exits.iter_mut().flat_map(|exits| &mut exits.resting.orders);
        let lost = orders.into_iter().find(|rested| rested.id == *order);
        lost.map(|rested| rested.cancelling = false).is_some()
    }

    /// The side of the position whose exit may rest at the venue now, or 0: no order is under way
    /// that makes it smaller, and none waits.
    fn guarded_side(&self) -> i64 {
        let held = self.holding.quantity;
        let grows = |way: i64| way.signum() == held.signum();
        let alone = self
            .live
            .as_ref()
            .is_none_or(|live| !live.cancelling && grows(self.target) && grows(self.target - held));
        let free = alone && !self.reconcile && self.closing.is_none();
        if free { held.signum() } else { 0 }
    }
}

impl AccountLoop {
    /// Before an order that makes a position smaller: the orders of its exit are taken back. Gives
    /// whether one of them is still under way.
    pub(in crate::account) fn take_back_exits(
        &mut self,
        key: OrderKey,
        number: u16,
        market: usize,
        prices: Option<Prices>,
    ) -> bool {
        let index = self.markets[market].index;
        let stance = self.stance(number, index);
        let missing = stance.target - stance.holding.quantity;
        let Some(exits) = &mut stance.exits else { return false };
        let resting = &mut exits.resting;
        if !resting.is_active() || missing * resting.side >= 0 {
            return false;
        }
        resting.prices = prices;
        let gone: Vec<Text> = resting
            .active()
            .filter_map(|rested| {
                let asked = std::mem::replace(&mut rested.cancelling, true);
                (!asked).then(|| rested.id.clone())
            })
            .collect();
        for order in gone {
            self.send_cancel(key, number, market, order);
        }
        true
    }

    /// A strategy has learnt of an order of its exit at the venue; `since` is when it could.
    pub(in crate::account) fn exit_moved(
        &mut self,
        (key, since): (OrderKey, EventTime),
        (number, market): (u16, usize),
        heard: Heard,
        out: &mut Outputs,
    ) {
        let index = self.markets[market].index;
        let filled = !matches!(heard, Heard::Ended { .. });
        // What the venue ended by itself is ordered anew at the next trigger, not over and over.
        let acts = !matches!(heard, Heard::Ended { asked: false });
        if let Heard::Closed(touched) = heard {
            self.leave(key, (number, market), touched, out);
            self.pursue(key, number, market, None, None, out);
        }
        let stance = self.stance(number, index);
        let resting = &mut stance.exits.as_mut().expect("it has an exit").resting;
        if stance.reconcile && stance.live.is_none() && !resting.is_active() {
            let prices = resting.prices.take();
            self.pursue(key, number, market, prices, None, out);
        }
        self.watch_position(key, since, (number, market), filled, out);
        if acts {
            self.protect(key, (number, market), out);
        }
    }

    /// Brings the orders of an exit at the venue to its levels and to the position.
    pub(in crate::account) fn protect(
        &mut self,
        key: OrderKey,
        (number, market): (u16, usize),
        out: &mut Outputs,
    ) {
        let exit = &self.spec.strategies[usize::from(number)].exit;
        if self.risk.stopped || !exit.as_ref().is_some_and(|exit| exit.at_venue) {
            return;
        }
        let index = self.markets[market].index;
        let tick = self.markets[market].exchange.instrument().tick;
        let stance = self.stance(number, index);
        let (held, side) = (stance.holding.quantity, stance.guarded_side());
        let exits = stance.exits.as_mut().expect("its strategy has an exit");
        let stays = |guard: &&Guard| guard.side == side && guard.leaving.is_none();
        let Some(guard) = exits.guard.as_ref().filter(stays) else { return };
        let levels = guard.levels(tick);
        let resting = &mut exits.resting;
        if resting.active().any(|rested| rested.begun && rested.member == Member::Stop) {
            return;
        }
        if !resting.is_active() {
            let (group, most) = (None, held.abs());
            (resting.group, resting.most, resting.left, resting.side) = (group, most, most, side);
        }
        let fits = (resting.left, resting.side) == (held.abs(), side);
        let mut gone = Vec::new();
        for rested in resting.active().filter(|rested| !rested.cancelling) {
            if !fits || !levels.contains(&(rested.member, rested.price)) {
                rested.cancelling = true;
                gone.push(rested.id.clone());
            }
        }
        let mut missing = levels;
        missing.retain(|(member, _)| !resting.active().any(|rested| rested.member == *member));
        for order in gone {
            self.send_cancel(key, number, market, order);
        }
        for level in missing.into_iter().filter(|_| fits) {
            self.send_exit(key, (number, market), level, held, out);
        }
    }

    fn send_exit(
        &mut self,
        key: OrderKey,
        (number, market): (u16, usize),
        (member, level): (Member, i64),
        held: i64,
        out: &mut Outputs,
    ) {
        let row_key = self.key(emit::ORDERS, key, self.spec.ordinals.orders);
        let (id, index) = (id_of(&row_key), self.markets[market].index);
        let decision = self.markets[market].view().marks();
        let exits = self.stance(number, index).exits.as_mut().expect("its strategy has an exit");
        let resting = &mut exits.resting;
        let group = resting.group.get_or_insert_with(|| id.clone()).clone();
        let waits = member == Member::Stop;
        let (of, sized) = ((number, index), (Side::of(-held), held.abs()));
        let order = Order {
            limit: (!waits).then_some(level),
            trigger: Some(level),
            wake: waits.then_some(WakeAt { on: Wake::Stop, at: level }),
            linked: Some(Linked { group, most: resting.most }),
            ..Order::market(id.clone(), of, sized, (key, decision))
        };
        let Some(approved) = self.judge(row_key, market, order, out) else { return };
        let (begun, cancelling, over) = (false, false, false);
        let rested = Rested { id, member, price: level, begun, cancelling, over };
        let exits = self.stance(number, index).exits.as_mut().expect("its strategy has an exit");
        exits.resting.orders.push(rested);
        self.send_order(key, market, approved);
    }
}
