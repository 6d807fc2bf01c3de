//! Venues that match by a clock of their own, by hand and over random flow: nobody knows before
//! the answer, everything of one moment comes in its turn, a run may be cut anywhere, and where
//! every record is received when it happens, both clocks are one.

use super::{
    quotes::laws::{Numbers, Step, numbers, steps, two},
    tests::{Drive, MS, limit, spec},
};
use crate::{
    account::{AccountLoop, AccountSpec},
    bars::BarTrade,
    execution::{Latency, VenueClock},
    market::{MarketRow, Top, Trigger},
    outputs::Outputs,
    strategy::OrderStyle,
};
use proptest::prelude::*;
use schemas::{
    EventTime, OrderKey, Side, Span,
    chunk::NO_ID,
    records::{Fill, Liquidity, OrderEvent, OrderStage},
};
use std::sync::Arc;

const CLOCK: VenueClock = VenueClock { offset: 0, max_latency: Span(10 * MS) };

fn clocked(mut spec: AccountSpec) -> AccountSpec {
    spec.instruments[0].execution.clock = Some(CLOCK);
    spec
}

fn quote((bid, ask): (i64, i64), quantity: i64) -> MarketRow<'static> {
    let (bid_quantity, ask_quantity) = (quantity, quantity);
    MarketRow::Quote(Top { bid, bid_quantity, ask, ask_quantity, update_id: NO_ID })
}

fn trade(price: i64, quantity: i64, side: Side) -> MarketRow<'static> {
    MarketRow::Trade(BarTrade { price, quantity, side: side.sign() as i8, tainted: false })
}

impl Drive {
    /// A record at the venue; it is received later.
    fn at_venue(&mut self, ms: i64, row: &MarketRow<'_>) {
        let key = OrderKey { received: OrderKey::AT_VENUE, ..self.key(ms) };
        self.account.on_row(key, 0, row, Some(key.ts), &mut self.out);
    }

    fn received(&mut self, ms: i64, row: &MarketRow<'_>) {
        let key = self.key(ms);
        self.account.on_row(key, 0, row, None, &mut self.out);
    }

    /// The venue's records of a moment after which nothing is different for a while.
    fn both(&mut self, ms: i64, row: &MarketRow<'_>) {
        self.received(ms, row);
        self.at_venue(ms, row);
    }
}

#[test]
fn an_order_meets_the_venue_and_is_decided_by_what_was_received() {
    let mut drive = Drive::new(clocked(spec(OrderStyle::Market)));
    drive.both(0, &quote((9_990, 10_000), 500));
    let moved = quote((10_080, 10_100), 500);
    drive.at_venue(5, &moved);
    drive.wish(10, 1.0);
    drive.advance(14);
    assert_eq!(drive.fills(), [(11, 10_100, 100, Liquidity::Taker)]);
    let fill = &drive.out.fills[0];
    assert!((fill.decision_mid, fill.arrival_mid, fill.fill_mid) == (99.95, 100.9, 100.9));
    // Valued by what is known: the old market, at 1.05 less a piece.
    assert_eq!(drive.out.positions.last().unwrap().unrealised_pnl.to_f64(), -1.05);
    drive.received(15, &moved);
    drive.advance(1_100);
    assert_eq!(drive.out.positions.last().unwrap().unrealised_pnl.to_f64(), -0.1);
    let known = drive.out.orders.last().unwrap().acknowledged_ts;
    assert_eq!(known, Some(EventTime(12 * MS)));
}

#[test]
fn what_happens_at_the_venue_comes_before_what_arrives_there_then() {
    let mut drive = Drive::new(clocked(spec(limit(99.0, false, false))));
    drive.both(0, &quote((9_900, 10_000), 500));
    drive.wish(10, 1.0);
    // The price is traded through as the order arrives, which is too late for it.
    drive.at_venue(11, &trade(9_890, 100, Side::Sell));
    drive.advance(15);
    assert_eq!(drive.stages(), [OrderStage::Decided, OrderStage::Arrived]);
    drive.at_venue(16, &trade(9_890, 100, Side::Sell));
    assert_eq!(drive.fills(), [(16, 9_900, 100, Liquidity::Maker)]);
    // By receipt the same order is there first.
    let mut drive = Drive::new(spec(limit(99.0, false, false)));
    drive.quote(0, (9_900, 500), (10_000, 500));
    drive.wish(10, 1.0);
    drive.trade(11, 9_890, 100, Side::Sell);
    assert_eq!(drive.fills().len(), 1);
}

#[test]
fn an_answer_comes_after_what_is_received_then_and_before_the_venue_goes_on() {
    let order = limit(99.0, false, false);
    let mut drive = Drive::new(clocked(spec(order)));
    drive.both(0, &quote((9_900, 10_000), 500));
    drive.wish(10, 1.0);
    drive.advance(12);
    drive.at_venue(13, &trade(9_890, 100, Side::Sell));
    // Filled at 13, known at 14: a trigger of a record of that moment does not know.
    drive.received(14, &quote((9_900, 10_000), 500));
    drive.wish(14, 0.0);
    drive.advance(30);
    use OrderStage::*;
    let moments = drive.out.orders.iter().map(|o| (o.event, o.key.ts.0 / MS));
    let decided: Vec<_> = moments.filter(|(stage, _)| *stage == Decided).collect();
    // What was wished then waits for the answer, and follows at once.
    assert_eq!(decided, [(Decided, 10), (Decided, 14)]);
    let last = drive.out.orders.iter().rfind(|o| o.event == Decided).unwrap();
    assert_eq!((last.key.received, last.side), (OrderKey::ANSWERED, Side::Sell));
}

/// Random flow: what happens each millisecond, and how long its record travels.
struct Flow<'a> {
    steps: &'a [Step],
    travels: &'a [i64],
}

impl Flow<'_> {
    fn row(step: &Step) -> Option<MarketRow<'static>> {
        match *step {
            Step::Quote { bid, spread, quantities: (bid_quantity, ask_quantity) } => {
                let ask = bid + spread;
                let top = Top { bid, bid_quantity, ask, ask_quantity, update_id: NO_ID };
                Some(MarketRow::Quote(top))
            }
            Step::Trade { price, quantity, buys } => {
                Some(trade(price, quantity, if buys { Side::Buy } else { Side::Sell }))
            }
            Step::Trigger { .. } | Step::Wish(_) => None,
        }
    }

    /// Keys and steps, in order.
    fn moments(&self, clock: Option<VenueClock>) -> Vec<(OrderKey, Step)> {
        let mut all = Vec::new();
        for (i, step) in self.steps.iter().enumerate() {
            let ts = i as i64 * MS;
            let key = OrderKey::source(EventTime(ts), 0, 0, i as u64, 0);
            let happened = EventTime(ts - self.travels[i % self.travels.len()] * MS);
            let at_venue = Flow::row(step).zip(clock);
            let at_venue = at_venue.map(|(_, clock)| clock.key(key, Some(happened)));
            all.extend(at_venue.into_iter().chain([key]).map(|key| (key, *step)));
        }
        all.sort_by_key(|(key, _)| *key);
        all
    }

    /// Steps all; the account is replaced at each cut.
    fn run(&self, spec: &Arc<AccountSpec>, cuts: &[i64]) -> (Outputs, AccountLoop) {
        let start = || AccountLoop::new(Arc::clone(spec));
        let (mut account, mut out) = (start(), Outputs::default());
        let mut cuts = cuts.iter().peekable();
        for (key, step) in self.moments(spec.clock(0)) {
            while let Some(cut) = cuts.next_if(|cut| **cut * MS <= key.ts.0) {
                account.advance(EventTime(cut * MS), &mut out);
                let state = account.snapshot();
                account = start();
                account.restore(&state).unwrap();
                assert_eq!(account.snapshot(), state);
            }
            let trigger = |strategy: u16, tainted, values| Trigger {
                key: key.derived(5 + strategy, 0, 0),
                strategy,
                instrument: 0,
                tainted,
                values,
            };
            match (Flow::row(&step), step) {
                (Some(row), _) => account.on_row(key, 0, &row, Some(key.ts), &mut out),
                (None, Step::Trigger { bid, spread, tenths, tainted }) => {
                    let bid = bid.map_or(f64::NAN, |bid| bid as f64 / 100.0);
                    let ask = spread.map_or(f64::NAN, |s| 100.0 + s as f64 / 100.0);
                    let values = vec![bid, ask, tenths as f64 / 10.0];
                    account.on_trigger(&trigger(0, tainted, values), &mut out);
                }
                (None, Step::Wish(wish)) => {
                    account.on_trigger(&trigger(1, false, vec![wish]), &mut out);
                }
                (None, _) => unreachable!("it is a record"),
            }
        }
        account.advance(EventTime((self.steps.len() as i64 + 20) * MS), &mut out);
        out.sort();
        (out, account)
    }
}

/// A maker and a strategy with a target whose messages travel for no whole milliseconds, nor do a
/// few of them one after the other: none arrives when a record does.
fn uneven(numbers: Numbers, (entry, response): (i64, i64)) -> AccountSpec {
    let mut spec = two(numbers, (entry, response));
    let (entry, response) = (Span(entry * MS + 300_001), Span(response * MS + 400_003));
    spec.instruments[0].execution.latency = Latency::constant(entry, response);
    spec
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_run_that_is_cut_gives_the_same(
        steps in steps(),
        travels in prop::collection::vec(0..12i64, 1..9),
        numbers in numbers(),
        latency in (0..6i64, 0..6i64),
        every in 1..20usize,
    ) {
        let flow = Flow { steps: &steps, travels: &travels };
        let spec = Arc::new(clocked(two(numbers, latency)));
        let cuts: Vec<i64> = (-12..steps.len() as i64).step_by(every).collect();
        let (whole, account) = flow.run(&spec, &[]);
        let (cut, again) = flow.run(&spec, &cuts);
        prop_assert_eq!(format!("{cut:?}"), format!("{whole:?}"));
        prop_assert_eq!(again.snapshot(), account.snapshot());
        let keys: Vec<OrderKey> = whole.orders.iter().map(|row| row.key).collect();
        prop_assert!(keys.windows(2).all(|pair| pair[0] < pair[1]), "every row has its own place");
    }

    #[test]
    fn both_clocks_are_one_where_records_do_not_travel(
        steps in steps(),
        numbers in numbers(),
        latency in (0..6i64, 0..6i64),
    ) {
        let flow = Flow { steps: &steps, travels: &[0] };
        let spec = uneven(numbers, latency);
        let (received, _) = flow.run(&Arc::new(spec.clone()), &[]);
        let (clocked, _) = flow.run(&Arc::new(clocked(spec)), &[]);
        // An order that is decided with an answer tells the turn of that, too.
        let id = |id: &str| {
            let parts = id.split('.').enumerate().filter(|(place, _)| *place != 1);
            parts.map(|(_, part)| part.to_owned()).collect::<Vec<_>>()
        };
        let order = |o: &OrderEvent| {
            let quantities = (o.quantity, o.filled_quantity);
            (o.key.ts, o.event, id(&o.order_id), quantities, o.limit_price, o.acknowledged_ts)
        };
        let fill = |f: &Fill| {
            let marks = [f.decision_mid, f.arrival_mid, f.fill_mid].map(f64::to_bits);
            (f.key.ts, id(&f.order_id), f.price, f.quantity, f.queue_ahead, marks)
        };
        let all = |out: &Outputs| {
            let orders: Vec<_> = out.orders.iter().map(order).collect();
            let fills: Vec<_> = out.fills.iter().map(fill).collect();
            let cash: Vec<_> = out.portfolio.iter().map(|p| (p.key.ts, p.cash, p.equity)).collect();
            (orders, fills, cash)
        };
        prop_assert_eq!(all(&clocked), all(&received));
    }
}
