//! Strategies that quote: orders on both sides, compared with what is wanted at each trigger.
//!
//! A side without an opinion (its price is null, the data is doubtful) stays as it is. An order
//! that is near enough to a wanted price stays and keeps its place in the queue; where less is
//! wanted now it is amended, and where more is wanted it stays as it is, since what is added would
//! stand behind. All others are taken back, then what is missing goes out. At one price there is
//! one order a side: while one is being taken back there, no other follows.
//!
//! What the strategy knows is what counts: an order is under way from its decision until its end
//! has become known. So the position and the orders of a side never exceed `max_position`, however
//! long the way to the venue is.

mod ladder;
#[cfg(test)]
pub(super) mod laws;
#[cfg(test)]
mod simulation;
#[cfg(test)]
pub(super) mod tests;

use super::{AccountLoop, News, Stance, emit};
use crate::{
    execution::{Order, id_of},
    market::Trigger,
    outputs::Outputs,
    rules::{Context, Rule, RuleState},
    strategy::{Quote, Size, StrategySpec},
};
use ladder::{Changes, Ladder, Quoted, Wanted};
use schemas::{Instrument, OrderKey, Side, Text};
use serde::{Deserialize, Serialize};

/// The sides in the order in which they are kept.
const SIDES: [Side; 2] = [Side::Buy, Side::Sell];

/// What a strategy that quotes remembers in one instrument.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Quotes {
    fair: RuleState,
    prices: [RuleState; 2],
    pull: RuleState,
    sides: [Ladder; 2],
}

impl Quotes {
    /// Before the first trigger.
    pub fn new(quote: &Quote) -> Quotes {
        let state =
            |rule: &Option<Rule>| rule.as_ref().map_or_else(RuleState::default, |r| r.start());
        Quotes {
            fair: state(&quote.fair),
            prices: [quote.bid.start(), quote.ask.start()],
            pull: state(&quote.pull),
            sides: Default::default(),
        }
    }
}

/// What the rules of a quote are at a trigger; NaN is null.
struct Opinion {
    pull: bool,
    prices: [f64; 2],
    quantity: f64,
}

impl Stance {
    /// Is an order of its quote under way?
    pub(super) fn has_quotes(&self) -> bool {
        let sides = self.quotes.iter().flat_map(|quotes| &quotes.sides);
        sides.into_iter().any(|side| !side.orders.is_empty())
    }

    /// The wish to take an order of its quote back was lost: it is wished anew while it stands.
    pub(super) fn cancel_of_quote_lost(&mut self, order: &Text) {
        let sides = self.quotes.iter_mut().flat_map(|quotes| &mut quotes.sides);
        let mut orders = sides.flat_map(|side| &mut side.orders);
        if let Some(quoted) = orders.find(|quoted| quoted.id == *order) {
            quoted.cancelling = false;
        }
    }

    /// The wish that an order of its quote be smaller was lost: it is wished anew while it stands.
    pub(super) fn amend_of_quote_lost(&mut self, order: &Text, quantity: i64) {
        let sides = self.quotes.iter_mut().flat_map(|quotes| &mut quotes.sides);
        let mut orders = sides.flat_map(|side| &mut side.orders);
        if let Some(quoted) = orders.find(|quoted| quoted.id == *order) {
            quoted.asked = quoted.asked.filter(|asked| *asked != quantity);
        }
    }

    /// The strategy learns of an order. Gives whether it is one of its quote.
    pub(super) fn hears_of_quote(&mut self, order: &Text, news: News) -> bool {
        let sides = self.quotes.iter_mut().flat_map(|quotes| &mut quotes.sides);
        sides.into_iter().any(|side| side.hear(order, news))
    }
}

/// Prices of a side, best first: its levels on the tick grid, as far as there are prices.
fn levels(quote: &Quote, instrument: &Instrument, side: Side, first: f64) -> Vec<i64> {
    let Some(first) = instrument.tick_passive(first, side == Side::Buy) else { return Vec::new() };
    let step = instrument.tick.saturating_mul(quote.step_ticks.into()).saturating_mul(side.sign());
    let price = |level: u32| first.checked_sub(step.checked_mul(level.into())?);
    let all = (0..quote.levels).map_while(price);
    all.take_while(|price| *price >= instrument.tick).collect()
}

impl AccountLoop {
    /// A strategy's moment: brings its orders to what it wants.
    pub(super) fn quote(
        &mut self,
        trigger: &Trigger,
        (strategy, quote): (&StrategySpec, &Quote),
        (number, market): (u16, usize),
        out: &mut Outputs,
    ) {
        let opinion = self.opinion(trigger, (strategy, quote), (number, market));
        // The drawdown stop has taken everything back, for good, and a liquidation for now.
        if self.risk.stopped || self.stance(number, trigger.instrument).closing.is_some() {
            return;
        }
        let instrument = self.markets[market].exchange.instrument().clone();
        let wanted = self.wanted(trigger, quote, (number, market), &opinion);
        let tolerance = instrument.tick.saturating_mul(quote.requote_ticks.into());
        let mut missing = [Vec::new(), Vec::new()];
        // What is taken back of either side arrives before anything new.
        for (i, wanted) in wanted.iter().enumerate() {
            let Some(wanted) = wanted else { continue };
            self.tell_side(trigger.key, (number, market), i, (wanted, opinion.pull), out);
            let side = &mut self.quotes(number, market).sides[i];
            let Changes { gone, smaller, missing: new } = side.compare(wanted, tolerance);
            missing[i] = new;
            for order in gone {
                self.send_cancel(trigger.key, number, market, order);
            }
            for order in smaller {
                self.send_amend(trigger.key, (number, market), order);
            }
        }
        for ((i, wanted), missing) in wanted.into_iter().enumerate().zip(missing) {
            let Some(wanted) = wanted else { continue };
            let sides = &self.quotes(number, market).sides;
            let mut new = sides[i].sendable(missing, wanted.room);
            new.retain(|(price, _)| !sides[1 - i].meets(SIDES[1 - i], *price));
            for order in new {
                self.send_quote(trigger.key, (number, market), (quote, i), order, out);
            }
        }
    }

    /// Evaluates all rules, every time: `prev` inside them counts triggers.
    fn opinion(
        &mut self,
        trigger: &Trigger,
        (strategy, quote): (&StrategySpec, &Quote),
        (number, market): (u16, usize),
    ) -> Opinion {
        self.fill_row(trigger, number, market);
        let mut row = std::mem::take(&mut self.row);
        let fair = row.len() + 1;
        row.extend([f64::from(u8::from(trigger.tainted)), f64::NAN]);
        let place = self.place_of(number, trigger.instrument);
        let stance = &mut self.stances[usize::from(number)][place];
        let quotes = stance.quotes.as_mut().expect("its strategy quotes");
        let ts = trigger.key.ts.0;
        if let Some(rule) = &quote.fair {
            row[fair] = rule.number(&Context { row: &row, ts }, &mut quotes.fair);
        }
        let cx = Context { row: &row, ts };
        let counts = &mut self.diagnostics[usize::from(number)];
        counts.triggers += 1;
        counts.tainted += u64::from(trigger.tainted);
        let [of_pull, of_bid, of_ask] = &mut counts.rules[..] else {
            unreachable!("three rules of a quote are counted")
        };
        let pull = match &quote.pull {
            Some(rule) => rule.truth_counted(&cx, &mut quotes.pull, &mut of_pull.parts),
            None => None,
        };
        of_pull.was_true += u64::from(pull == Some(true));
        let [bid, ask] = &mut quotes.prices;
        let prices = [(&quote.bid, bid, of_bid), (&quote.ask, ask, of_ask)];
        let prices = prices.map(|(rule, state, counts)| {
            let price = rule.number_counted(&cx, state, &mut counts.parts);
            counts.was_true += u64::from(!price.is_nan());
            price
        });
        let quantity = match &strategy.size {
            Size::Quantity(rule) => rule.number(&cx, &mut stance.size),
            _ => f64::NAN,
        };
        self.row = row;
        Opinion { pull: pull == Some(true), prices, quantity }
    }

    /// What is wanted of each side; nothing where there is no opinion.
    fn wanted(
        &mut self,
        trigger: &Trigger,
        quote: &Quote,
        (number, market): (u16, usize),
        opinion: &Opinion,
    ) -> [Option<Wanted>; 2] {
        if opinion.pull {
            return [Some(Wanted::default()), Some(Wanted::default())];
        }
        if trigger.tainted || opinion.quantity.is_nan() {
            return [None, None];
        }
        let instrument = self.markets[market].exchange.instrument().clone();
        let held = self.stance(number, trigger.instrument).holding.quantity;
        let most = quote.max_position.map(|most| instrument.lots_down(most));
        let quantity = instrument.lots_down(opinion.quantity);
        let counts = &mut self.diagnostics[usize::from(number)];
        if quantity == 0 {
            counts.no_size += 1;
            return [Some(Wanted::default()), Some(Wanted::default())];
        }
        let wanted = [0, 1].map(|i| {
            let (side, price) = (SIDES[i], opinion.prices[i]);
            let room = most.map_or(i64::MAX, |most| (most - side.sign() * held).max(0));
            let prices = |price| levels(quote, &instrument, side, price);
            let lot = instrument.lot;
            (!price.is_nan()).then(|| Wanted { prices: prices(price), quantity, room, lot })
        });
        if let [Some(bids), Some(asks)] = &wanted
            && let (Some(bid), Some(ask)) = (bids.prices.first(), asks.prices.first())
            && bid >= ask
        {
            counts.conflicts += 1;
            return [None, None];
        }
        wanted
    }

    /// A row of `signals` for a side that is wanted otherwise than was told last.
    fn tell_side(
        &mut self,
        key: OrderKey,
        of: (u16, usize),
        i: usize,
        (wanted, pull): (&Wanted, bool),
        out: &mut Outputs,
    ) {
        let now = (wanted.first(), wanted.total());
        let told = &mut self.quotes(of.0, of.1).sides[i].told;
        if std::mem::replace(told, now) == now {
            return;
        }
        let side = SIDES[i];
        let strength = if now.1 == 0 { 0.0 } else { side.sign() as f64 * wanted.strength() };
        let price = now.0.map(|first| self.markets[of.1].exchange.instrument().price(first));
        let reason = if pull { "pull" } else { ["bid", "ask"][i] };
        let target = (Some(side), side.sign() * now.1, strength);
        self.tell_signal(key, of, target, price, reason, out);
    }

    fn send_quote(
        &mut self,
        key: OrderKey,
        (number, market): (u16, usize),
        (quote, i): (&Quote, usize),
        (price, quantity): (i64, i64),
        out: &mut Outputs,
    ) {
        let row_key = self.key(emit::ORDERS, key, self.spec.ordinals.orders);
        let place = &self.markets[market];
        let (of, decision) = ((number, place.index), place.view().marks());
        let order = Order {
            limit: Some(price),
            post_only: quote.post_only,
            ..Order::market(id_of(&row_key), of, (SIDES[i], quantity), (key, decision))
        };
        let Some(approved) = self.judge(row_key, market, order, out) else { return };
        let id = approved.order().id.clone();
        let quoted =
            Quoted { id, price, quantity, remaining: quantity, asked: None, cancelling: false };
        self.quotes(number, market).sides[i].orders.push(quoted);
        self.send_order(key, market, approved);
    }

    /// Before a strategy that quotes can end its position for good: all of its quotes are taken
    /// back. Gives whether one of them is still under way.
    pub(super) fn take_back_quotes(&mut self, key: OrderKey, number: u16, market: usize) -> bool {
        let index = self.markets[market].index;
        let stance = self.stance(number, index);
        let Some(quotes) = &mut stance.quotes else { return false };
        let mut gone = Vec::new();
        for side in &mut quotes.sides {
            gone.extend(side.clear());
            side.told = Default::default();
        }
        let busy = stance.has_quotes();
        for order in gone {
            self.send_cancel(key, number, market, order);
        }
        busy
    }

    fn quotes(&mut self, number: u16, market: usize) -> &mut Quotes {
        let index = self.markets[market].index;
        self.stance(number, index).quotes.as_mut().expect("its strategy quotes")
    }
}
