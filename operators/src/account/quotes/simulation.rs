//! A maker whose orders trades fill whole once they go through them: all of it in one place, in
//! milliseconds, ticks and vectors.

use super::laws::{Numbers, Step};
use schemas::records::OrderStage;
use std::collections::BTreeMap;

/// A row: when, what, signed quantity, price.
pub(super) type Row = (i64, OrderStage, i64, i64);

/// Rows of orders for steps of a millisecond each; latencies are above zero.
pub(super) fn simulate(
    steps: &[Step],
    numbers: Numbers,
    (entry, response): (i64, i64),
) -> Vec<Row> {
    let mut simple = Simulation::default();
    for (i, step) in steps.iter().enumerate() {
        simple.until(i as i64, response);
        match *step {
            Step::Trade { price, .. } => simple.trade(i, price, response),
            Step::Trigger { bid, spread, tenths, tainted: false } => {
                let ask = spread.map(|spread| 10_000 + spread);
                let crossed = bid.zip(ask).is_some_and(|(bid, ask)| bid >= ask);
                if !crossed {
                    simple.decide(i, ([bid, ask], tenths * 10), numbers, entry);
                }
            }
            _ => {}
        }
    }
    simple.told
}

/// An order of the simulation.
#[derive(Clone, Copy, PartialEq)]
struct Simple {
    number: usize,
    side: i64,
    price: i64,
    quantity: i64,
    /// What it was asked to be, if that is less.
    asked: i64,
    cancelling: bool,
}

/// What falls due in the simulation.
#[derive(Clone, Copy)]
enum Due {
    Arrive(Simple),
    Cancel(usize),
    Amend(usize, i64),
    Amended(usize, i64),
    Gone { number: usize, filled: i64 },
}

#[derive(Default)]
struct Simulation {
    told: Vec<Row>,
    known: Vec<Simple>,
    venue: Vec<Simple>,
    position: i64,
    due: BTreeMap<(i64, usize, usize), Due>,
    scheduled: usize,
    orders: usize,
}

impl Simulation {
    fn later(&mut self, at: i64, cause: usize, due: Due) {
        self.scheduled += 1;
        self.due.insert((at, cause, self.scheduled), due);
    }

    fn tell(&mut self, at: i64, stage: OrderStage, order: Simple) {
        self.told.push((at, stage, order.side * order.quantity, order.price));
    }

    fn until(&mut self, now: i64, response: i64) {
        while let Some(entry) = self.due.first_entry().filter(|entry| entry.key().0 <= now) {
            let ((at, cause, _), due) = entry.remove_entry();
            match due {
                Due::Arrive(order) => {
                    self.tell(at, OrderStage::Arrived, order);
                    self.venue.push(order);
                }
                Due::Cancel(number) => {
                    let Some(i) = self.venue.iter().position(|o| o.number == number) else {
                        continue;
                    };
                    let order = self.venue.remove(i);
                    self.tell(at, OrderStage::Cancelled, order);
                    self.later(at + response, cause, Due::Gone { number, filled: 0 });
                }
                Due::Amend(number, quantity) => {
                    let Some(order) = self.venue.iter_mut().find(|o| o.number == number) else {
                        continue;
                    };
                    order.quantity = quantity;
                    let order = *order;
                    self.tell(at, OrderStage::Amended, order);
                    self.later(at + response, cause, Due::Amended(number, quantity));
                }
                Due::Amended(number, quantity) => {
                    let known = self.known.iter_mut().filter(|order| order.number == number);
                    known.for_each(|order| order.quantity = quantity);
                }
                Due::Gone { number, filled } => {
                    self.known.retain(|order| order.number != number);
                    self.position += filled;
                }
            }
        }
    }

    fn trade(&mut self, i: usize, price: i64, response: i64) {
        let through = |o: &Simple| (o.price - price) * o.side > 0;
        let filled: Vec<Simple> = self.venue.iter().copied().filter(through).collect();
        self.venue.retain(|order| !filled.contains(order));
        for order in filled {
            self.tell(i as i64, OrderStage::Filled, order);
            let filled = order.side * order.quantity;
            self.later(i as i64 + response, i, Due::Gone { number: order.number, filled });
        }
    }

    fn decide(
        &mut self,
        i: usize,
        (first, quantity): ([Option<i64>; 2], i64),
        numbers: Numbers,
        entry: i64,
    ) {
        let (levels, step, _, most) = numbers;
        let mut send = Vec::new();
        for (side, first) in [1, -1].into_iter().zip(first) {
            let Some(first) = first else { continue };
            let room = most.map_or(i64::MAX, |tenths| tenths * 10 - side * self.position).max(0);
            let (mut left, mut keep, mut missing) = (room, Vec::new(), Vec::new());
            let mut smaller = Vec::new();
            for level in 0..levels {
                let price = first - side * i64::from(level * step);
                let fits = left.min(quantity);
                let here = |o: &&Simple| (o.side, o.price) == (side, price);
                let twins = self.known.iter().filter(here).count();
                let staying =
                    |o: &&mut Simple| (o.side, o.price, o.cancelling) == (side, price, false);
                match self.known.iter_mut().find(staying) {
                    Some(order) if order.asked <= fits => {
                        keep.push(order.number);
                        left -= order.asked;
                        continue;
                    }
                    Some(order) if fits > 0 => {
                        keep.push(order.number);
                        order.asked = fits;
                        smaller.push((0, Due::Amend(order.number, fits)));
                    }
                    Some(_) => {}
                    None if fits > 0 && twins == 0 => missing.push((price, fits)),
                    None => {}
                }
                left -= fits;
            }
            let mut working = 0;
            for order in self.known.iter_mut().filter(|o| o.side == side) {
                working += order.quantity;
                if !order.cancelling && !keep.contains(&order.number) {
                    order.cancelling = true;
                    send.push((0, Due::Cancel(order.number)));
                }
            }
            send.extend(smaller);
            for (price, quantity) in missing {
                working = working.saturating_add(quantity);
                if working > room {
                    break;
                }
                let number = 0;
                let asked = quantity;
                let order = Simple { number, side, price, quantity, asked, cancelling: false };
                send.push((1, Due::Arrive(order)));
            }
        }
        send.sort_by_key(|(new, _)| *new);
        for (_, due) in send {
            let due = match due {
                Due::Arrive(order) => {
                    // An order of the other side that stays may be in the way of this one.
                    let meets = |o: &&Simple| o.side != order.side && !o.cancelling;
                    let mut others = self.known.iter().filter(meets);
                    if others.any(|o| (order.price - o.price) * order.side >= 0) {
                        continue;
                    }
                    self.orders += 1;
                    let order = Simple { number: self.orders, ..order };
                    self.known.push(order);
                    self.tell(i as i64, OrderStage::Decided, order);
                    Due::Arrive(order)
                }
                due => due,
            };
            self.later(i as i64 + entry, i, due);
        }
    }
}
