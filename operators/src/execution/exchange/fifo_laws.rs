//! Orders served one by one, against a queue that is simulated otherwise: as one list in which
//! everybody stands, those of the account among the others.

use super::*;
use crate::{
    execution::{Consumed, Fees, FillSpec, Latency, samples},
    risk::{RiskSpec, RiskState, RiskView, gate},
};
use proptest::prelude::*;
use schemas::{
    Money, OrderKey, Side, Span, chunk::OrderRow, instrument::Rate, records::OrderAction,
};
use std::collections::BTreeMap;

pub(super) fn spec(queue: QueueModel) -> ExecutionSpec {
    ExecutionSpec {
        latency: Latency::constant(Span(0), Span(0)),
        fees: Fees::flat(Rate(0), Rate(0)),
        fill: FillSpec {
            model: FillModel::DisplayedDepth,
            queue,
            partial: true,
            consumed: Consumed::UntilRefresh,
            half_spread: 0.0,
        },
        clock: None,
        margin: None,
        borrow: None,
        impact: None,
    }
}

pub(super) fn approved(order: Order) -> Approved {
    let limits = RiskSpec {
        position_fraction: None,
        position_notional: None,
        price_band: None,
        order_rate: None,
        drawdown_stop: None,
    };
    let view = RiskView {
        now: EventTime(0),
        instrument: &samples::instrument(0),
        equity: Money::parse("1000000").unwrap(),
        position: 0,
        open_buys: 0,
        open_sells: 0,
        mark: None,
        closes_own: false,
    };
    gate(&limits, &mut RiskState::default(), &view, order).unwrap()
}

/// A market and the account's orders in it.
struct Market {
    exchange: PaperExchange,
    now: i64,
    fills: Vec<(String, i64, Option<i64>)>,
}

impl Market {
    fn new(queue: QueueModel) -> Market {
        let view = SharedView::new(Arc::new(samples::instrument(0)), false);
        let exchange = PaperExchange::new(view, spec(queue));
        let mut market = Market { exchange, now: 0, fills: Vec::new() };
        market.order(OrderRow::bare(OrderAction::Clear, true));
        market
    }

    fn row(&mut self, row: &MarketRow<'_>) {
        let moved = self.exchange.view.apply(OrderKey::default(), row);
        let mut executions = Vec::new();
        self.exchange.meet(row, (EventTime(self.now), moved), &mut executions);
        self.note(executions);
    }

    fn note(&mut self, executions: Vec<Execution>) {
        let told = |e: Execution| (e.working.order.id.to_string(), e.quantity, e.queue_ahead);
        self.fills.extend(executions.into_iter().map(told));
    }

    fn order(&mut self, row: OrderRow) {
        self.row(&MarketRow::Order(row));
    }

    fn trade(&mut self, price: i64, quantity: i64, side: i8) {
        self.row(&MarketRow::Trade(BarTrade { price, quantity, side, tainted: false }));
    }

    /// An order of the account comes to rest.
    fn rest(&mut self, id: usize, side: Side, price: i64, quantity: i64) {
        let order = samples::order(id, side, (Some(price), quantity));
        let order = Order { post_only: true, ..order };
        let mut executions = Vec::new();
        let (now, exchange) = (EventTime(self.now), &mut self.exchange);
        exchange.arrive(approved(order), now, &mut executions).unwrap();
        self.note(executions);
    }

    /// Another one goes on from the bytes of this one.
    fn replace(&mut self) {
        let exchange = postcard::to_stdvec(&self.exchange.state()).unwrap();
        let view = postcard::to_stdvec(&self.exchange.view.state()).unwrap();
        let mut next = Market::new(self.exchange.spec.fill.queue);
        next.exchange.set_state(postcard::from_bytes(&exchange).unwrap());
        next.exchange.view.set_state(postcard::from_bytes(&view).unwrap());
        self.exchange = next.exchange;
    }
}

fn add(id: u64, price: i64, quantity: i64) -> OrderRow {
    OrderRow { last: true, ..OrderRow::about(OrderAction::Add, id, Side::Buy, price, quantity) }
}

#[test]
fn each_order_is_served_in_its_turn() {
    let mut market = Market::new(QueueModel::Fifo);
    market.order(add(1, 100, 5));
    market.order(add(2, 100, 7));
    market.rest(0, Side::Buy, 100, 4);
    market.order(add(3, 100, 6));
    let ahead = |market: &Market| market.exchange.orders[0].ahead();
    assert_eq!(ahead(&market), Some(12));
    // One before it goes, one behind it does: only the first brings it forward.
    market.order(OrderRow { action: OrderAction::Cancel, ..add(1, 100, 2) });
    market.order(OrderRow { action: OrderAction::Cancel, ..add(3, 100, 1) });
    assert_eq!(ahead(&market), Some(10));
    // One that grows goes behind.
    market.order(OrderRow { action: OrderAction::Modify, ..add(1, 100, 4) });
    assert_eq!(ahead(&market), Some(7));
    // What is executed before it does not reach it.
    market.now += 1;
    market.trade(100, 9, -1);
    market.order(OrderRow { last: false, action: OrderAction::Fill, ..add(2, 100, 7) });
    assert_eq!(market.fills, []);
    // What is executed behind it comes to it.
    market.order(OrderRow { last: false, action: OrderAction::Fill, ..add(3, 100, 2) });
    assert_eq!(market.fills, [("0".to_owned(), 2, Some(7))]);
    market.order(OrderRow { last: false, action: OrderAction::Cancel, ..add(2, 100, 7) });
    market.order(OrderRow { action: OrderAction::Cancel, ..add(3, 100, 2) });
    assert_eq!(ahead(&market), Some(0));
    // A trade through its price fills it.
    market.now += 1;
    market.trade(99, 50, -1);
    assert_eq!(market.fills[1..], [("0".to_owned(), 2, Some(0))]);
    assert!(market.exchange.orders.is_empty());
}

#[test]
fn a_void_book_has_no_places_and_a_new_one_puts_orders_last() {
    let mut market = Market::new(QueueModel::Fifo);
    market.rest(0, Side::Buy, 100, 4);
    assert_eq!(market.exchange.orders[0].ahead(), Some(0));
    market.order(OrderRow::bare(OrderAction::Gap, true));
    assert_eq!(market.exchange.orders[0].ahead(), None);
    market.order(OrderRow::bare(OrderAction::Clear, false));
    market.order(add(1, 100, 8));
    assert_eq!(market.exchange.orders[0].ahead(), Some(8));
}

#[test]
fn what_a_trade_and_its_execution_tell_counts_once_through_any_cut() {
    for cut in [false, true] {
        let mut market = Market::new(QueueModel::Fifo);
        market.order(add(1, 99, 5));
        market.rest(0, Side::Buy, 100, 6);
        market.rest(1, Side::Sell, 105, 6);
        market.now += 1;
        // Who came is not known: it may have met either side.
        market.trade(99, 2, 0);
        let fill =
            |quantity| OrderRow { last: false, action: OrderAction::Fill, ..add(1, 99, quantity) };
        let told = ("0".to_owned(), 2, Some(0));
        assert_eq!(market.fills, std::slice::from_ref(&told));
        if cut {
            market.replace();
        }
        market.order(fill(2));
        assert_eq!(market.fills, [told], "the trade has told of it");
        market.order(fill(3));
        assert_eq!(market.fills[1..], [("0".to_owned(), 3, Some(0))], "of this it has not");
    }
}

/// What happens to a queue.
#[derive(Debug, Clone)]
enum Step {
    Add {
        price: i64,
        quantity: i64,
    },
    Cancel {
        which: usize,
        quantity: i64,
    },
    Modify {
        which: usize,
        price: i64,
        quantity: i64,
    },
    /// A market order that takes no worse price.
    Sell {
        quantity: i64,
        worst: i64,
    },
    /// One of the account.
    Own {
        price: i64,
        quantity: i64,
    },
    TakeBack {
        which: usize,
    },
    /// Everything is replaced.
    Cut,
}

fn step() -> impl Strategy<Value = Step> {
    let (price, quantity) = (97..101_i64, 1..12_i64);
    prop_oneof![
        6 => (price.clone(), quantity.clone())
            .prop_map(|(price, quantity)| Step::Add { price, quantity }),
        3 => (any::<usize>(), quantity.clone())
            .prop_map(|(which, quantity)| Step::Cancel { which, quantity }),
        2 => (any::<usize>(), price.clone(), quantity.clone())
            .prop_map(|(which, price, quantity)| Step::Modify { which, price, quantity }),
        4 => (1..30_i64, price.clone())
            .prop_map(|(quantity, worst)| Step::Sell { quantity, worst }),
        3 => (price, quantity).prop_map(|(price, quantity)| Step::Own { price, quantity }),
        1 => any::<usize>().prop_map(|which| Step::TakeBack { which }),
        1 => Just(Step::Cut),
    ]
}

/// Whose an order of the list is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Whose {
    Theirs(u64),
    Ours(usize),
}

#[derive(Debug, Clone, Copy)]
struct Waiting {
    whose: Whose,
    price: i64,
    quantity: i64,
}

/// All that wait, in the order in which they came.
#[derive(Default)]
struct List(Vec<Waiting>);

impl List {
    /// Places of those that `who` chooses, in the order in which they are served.
    fn served(&self, worst: i64, who: impl Fn(Whose) -> bool) -> Vec<usize> {
        let takes = |place: &usize| self.0[*place].price >= worst && who(self.0[*place].whose);
        let mut places: Vec<usize> = (0..self.0.len()).filter(takes).collect();
        places.sort_by_key(|place| -self.0[*place].price);
        places
    }

    /// How much of an order of so much each of these gets.
    fn walk(&self, places: &[usize], mut quantity: i64) -> Vec<(usize, i64)> {
        let mut got = Vec::new();
        for place in places {
            let part = self.0[*place].quantity.min(quantity);
            quantity -= part;
            if part > 0 {
                got.push((*place, part));
            }
        }
        got
    }

    fn theirs(&self, which: usize) -> Option<usize> {
        let theirs: Vec<usize> = self.served(0, |whose| matches!(whose, Whose::Theirs(_)));
        (!theirs.is_empty()).then(|| theirs[which % theirs.len()])
    }

    fn ahead(&self, place: usize) -> i64 {
        let own = self.0[place];
        let before = self.0[..place].iter().filter(|o| o.price == own.price);
        before.filter(|o| matches!(o.whose, Whose::Theirs(_))).map(|o| o.quantity).sum()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// The account's orders get what they would have got in a list in which everybody stands, with
    /// and without trades printed beside the executions, through any cut.
    #[test]
    fn fills_are_those_of_a_simulated_queue(
        steps in prop::collection::vec(step(), 1..120),
        prints in any::<bool>(),
    ) {
        let mut market = Market::new(QueueModel::Fifo);
        let (mut list, mut ids, mut own) = (List::default(), 0, 0);
        let mut expected: Vec<(String, i64)> = Vec::new();
        for step in steps {
            market.now += 1;
            match step {
                Step::Add { price, quantity } => {
                    ids += 1;
                    list.0.push(Waiting { whose: Whose::Theirs(ids), price, quantity });
                    market.order(add(ids, price, quantity));
                }
                Step::Cancel { which, quantity } => {
                    let Some(place) = list.theirs(which) else { continue };
                    let Waiting { whose: Whose::Theirs(id), price, .. } = list.0[place] else {
                        unreachable!("one of theirs");
                    };
                    let cancel = add(id, price, quantity);
                    market.order(OrderRow { action: OrderAction::Cancel, ..cancel });
                    list.0[place].quantity -= quantity;
                    list.0.retain(|order| order.quantity > 0);
                }
                Step::Modify { which, price, quantity } => {
                    let Some(place) = list.theirs(which) else { continue };
                    let was = list.0[place];
                    let Whose::Theirs(id) = was.whose else { unreachable!("one of theirs") };
                    let modify = add(id, price, quantity);
                    market.order(OrderRow { action: OrderAction::Modify, ..modify });
                    let now = Waiting { price, quantity, ..was };
                    if price == was.price && quantity <= was.quantity {
                        list.0[place] = now;
                    } else {
                        list.0.remove(place);
                        list.0.push(now);
                    }
                }
                Step::Sell { quantity, worst } => {
                    let theirs = list.served(worst, |whose| matches!(whose, Whose::Theirs(_)));
                    let executed = list.walk(&theirs, quantity);
                    let Some((last, _)) = executed.last() else { continue };
                    let traded: i64 = executed.iter().map(|(_, part)| part).sum();
                    let all = list.served(list.0[*last].price, |_| true);
                    let got = list.walk(&all, traded);
                    tell(&mut market, &list, &executed, prints);
                    let mut ours = Vec::new();
                    for (place, part) in got {
                        if let Whose::Ours(id) = list.0[place].whose {
                            ours.push((id.to_string(), part));
                            list.0[place].quantity -= part;
                        }
                    }
                    expected.extend(ours);
                    for (place, part) in executed {
                        list.0[place].quantity -= part;
                    }
                    list.0.retain(|order| order.quantity > 0);
                }
                Step::Own { price, quantity } => {
                    market.rest(own, Side::Buy, price, quantity);
                    list.0.push(Waiting { whose: Whose::Ours(own), price, quantity });
                    own += 1;
                }
                Step::TakeBack { which } => {
                    let ours = list.served(0, |whose| matches!(whose, Whose::Ours(_)));
                    let Some(place) = ours.get(which % ours.len().max(1)) else { continue };
                    let Whose::Ours(id) = list.0[*place].whose else { unreachable!("ours") };
                    market.exchange.cancel(&id.to_string()).unwrap();
                    list.0.remove(*place);
                }
                Step::Cut => market.replace(),
            }
            let sums = |fills: &mut dyn Iterator<Item = (String, i64)>| {
                let mut sums: BTreeMap<String, i64> = BTreeMap::new();
                fills.for_each(|(id, part)| *sums.entry(id).or_default() += part);
                sums
            };
            let found = sums(&mut market.fills.iter().map(|(id, q, _)| (id.clone(), *q)));
            prop_assert_eq!(found, sums(&mut expected.iter().cloned()));
            for working in &market.exchange.orders {
                let own = |order: &Waiting| order.whose == Whose::Ours(
                    working.order.id.parse().unwrap(),
                );
                let place = list.0.iter().position(own).unwrap();
                prop_assert_eq!(working.ahead(), Some(list.ahead(place)));
                prop_assert_eq!(working.remaining, list.0[place].quantity);
            }
        }
    }
}

/// An order that executes these, as a venue tells of it: by price the trade, the executions, and
/// at last what they take out.
fn tell(market: &mut Market, list: &List, executed: &[(usize, i64)], prints: bool) {
    let row = |action, (place, part): &(usize, i64)| {
        let Waiting { whose: Whose::Theirs(id), price, .. } = list.0[*place] else {
            unreachable!("one of theirs");
        };
        OrderRow { action, last: false, ..add(id, price, *part) }
    };
    for level in executed.chunk_by(|a, b| list.0[a.0].price == list.0[b.0].price) {
        if prints {
            let traded = level.iter().map(|(_, part)| part).sum();
            market.trade(list.0[level[0].0].price, traded, -1);
        }
        level.iter().for_each(|one| market.order(row(OrderAction::Fill, one)));
    }
    for (i, one) in executed.iter().enumerate() {
        let last = i + 1 == executed.len();
        market.order(OrderRow { last, ..row(OrderAction::Cancel, one) });
    }
}
