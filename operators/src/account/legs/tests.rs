//! Two legs, one of which may fare worse.

use crate::{
    account::{
        AccountLoop, AccountSpec,
        tests::{MS, limit, rule, spec},
    },
    bars::BarTrade,
    execution::Latency,
    market::{MarketRow, Top, Trigger},
    outputs::Outputs,
    rules::{Expr, Unary},
    strategy::{Leg, Legs, OrderStyle, Remedy, Size, Unhedged},
};
use schemas::{EventTime, InstrumentId, Money, OrderKey, Span, chunk::NO_ID, records::OrderStage};
use std::sync::Arc;

/// Columns of the account of one leg.
const OF_LEG: u32 = crate::strategy::ACCOUNT_COLUMNS.len() as u32;

/// `first` is what the trigger says, `second` the same the other way round.
pub(in crate::account) fn pair(unhedged: Option<Remedy>, second: OrderStyle) -> AccountSpec {
    let mut spec = spec(OrderStyle::Market);
    let mut other = spec.instruments[0].clone();
    let facts = Arc::make_mut(&mut other.instrument);
    (facts.id, facts.lot) = (InstrumentId::new("far", "AB"), 20);
    other.index = 1;
    other.execution.latency = Latency::constant(Span(3 * MS), Span(2 * MS));
    spec.instruments.push(other);
    let strategy = &mut spec.strategies[0];
    (strategy.long, strategy.short, strategy.flat) = (None, None, None);
    strategy.instruments = vec![0, 1];
    let leg = |name: &str, place, target, order| Leg {
        name: name.into(),
        place,
        target: rule(target),
        size: Size::Quantity(rule(Expr::Constant(1.0))),
        order,
    };
    let of_first = Expr::Column(1 + 2 * OF_LEG);
    strategy.legs = Some(Legs {
        legs: vec![
            leg("first", 0, Expr::Column(0), OrderStyle::Market),
            leg("second", 1, Expr::unary(Unary::Neg, of_first), second),
        ],
        unhedged: unhedged.map(|remedy| Unhedged { after: Span(50 * MS), remedy }),
    });
    spec
}

pub(in crate::account) struct Drive {
    spec: Arc<AccountSpec>,
    account: AccountLoop,
    out: Outputs,
    offset: u64,
    /// Is the loop replaced by what its snapshot says before every record?
    restarts: bool,
}

impl Drive {
    fn new(spec: AccountSpec) -> Drive {
        let spec = Arc::new(spec);
        let account = AccountLoop::new(Arc::clone(&spec));
        Drive { spec, account, out: Outputs::default(), offset: 0, restarts: false }
    }

    fn key(&mut self, ms: i64) -> OrderKey {
        if self.restarts {
            let bytes = self.account.snapshot();
            self.account = AccountLoop::new(Arc::clone(&self.spec));
            self.account.restore(&bytes).unwrap();
            assert_eq!(self.account.snapshot(), bytes);
        }
        self.offset += 1;
        OrderKey::source(EventTime(ms * MS), 0, 0, self.offset, 0)
    }

    /// One tick wide, with this much to either side.
    fn quote(&mut self, ms: i64, market: usize, bid: i64, quantity: i64) {
        let (bid_quantity, ask_quantity) = (quantity, quantity);
        let top = Top { bid, bid_quantity, ask: bid + 1, ask_quantity, update_id: NO_ID };
        let key = self.key(ms);
        self.account.on_row(key, market, &MarketRow::Quote(top), None, &mut self.out);
    }

    fn trade(&mut self, ms: i64, market: usize, price: i64, quantity: i64) {
        let trade = BarTrade { price, quantity, side: 1, tainted: false };
        let key = self.key(ms);
        self.account.on_row(key, market, &MarketRow::Trade(trade), None, &mut self.out);
    }

    fn want(&mut self, ms: i64, value: f64) {
        let key = self.key(ms).derived(5, 0, 0);
        let (values, tainted) = (vec![value], false);
        let trigger = Trigger { key, strategy: 0, instrument: 0, tainted, values };
        self.account.on_trigger(&trigger, &mut self.out);
    }

    fn advance(&mut self, ms: i64) {
        self.account.advance(EventTime(ms * MS), &mut self.out);
    }

    /// Millisecond, venue, signed quantity of each fill.
    fn fills(&self) -> Vec<(i64, String, i64)> {
        let fill = |f: &schemas::records::Fill| {
            let venue = f.instrument.as_ref().unwrap().split(':').next().unwrap().to_owned();
            (f.key.ts.0 / MS, venue, f.side.sign() * f.quantity.raw)
        };
        self.out.fills.iter().map(fill).collect()
    }

    /// Millisecond, target, reason of each signal.
    fn signals(&self) -> Vec<(i64, i64, &str)> {
        let all = self.out.signals.iter();
        all.map(|s| (s.key.ts.0 / MS, s.target.raw, &*s.reason)).collect()
    }

    fn unhedged(&self) -> Option<u64> {
        self.account.reports()[0].unhedged
    }
}

fn fill(ms: i64, venue: &str, signed: i64) -> (i64, String, i64) {
    (ms, venue.to_owned(), signed)
}

#[test]
fn legs_go_out_together_and_come_to_their_venues_when_they_do() {
    let mut drive = Drive::new(pair(Some(Remedy::Flatten), OrderStyle::Market));
    drive.quote(0, 0, 10_000, 500);
    drive.quote(0, 1, 10_100, 500);
    drive.want(10, f64::NAN);
    drive.want(20, 1.0);
    drive.want(30, 1.0);
    drive.want(40, f64::NAN);
    drive.advance(50);
    assert_eq!(drive.fills(), [fill(21, "test", 100), fill(23, "far", -100)]);
    assert_eq!(drive.signals(), [(20, 100, "target"), (20, -100, "target")]);
    let decided: Vec<i64> = drive.out.orders.iter().map(|o| o.decided_ts.0 / MS).collect();
    assert_eq!(decided, [20; 6]);
    // Half of 1.0 is five lots of one and two and a half of the other.
    drive.want(60, 0.5);
    drive.want(70, 0.0);
    drive.advance(1_000);
    let sold = [fill(61, "test", -50), fill(63, "far", 60), fill(71, "test", -50)];
    assert_eq!(drive.fills()[2..5], sold);
    assert_eq!(drive.fills()[5..], [fill(73, "far", 40)]);
    assert_eq!(drive.unhedged(), Some(0));
    let rules = &drive.account.reports()[0].rules;
    let seen: Vec<_> = rules.iter().map(|rule| (rule.rule.as_str(), rule.was_true)).collect();
    assert_eq!(seen, [("target.first", 4), ("target.second", 5)]);
}

#[test]
fn a_leg_of_less_than_a_lot_leaves_all_as_they_are() {
    let mut drive = Drive::new(pair(None, OrderStyle::Market));
    drive.quote(0, 0, 10_000, 500);
    drive.quote(0, 1, 10_100, 500);
    drive.want(20, 0.1);
    drive.advance(50);
    assert!(drive.out.orders.is_empty() && drive.out.signals.is_empty());
    assert_eq!(drive.account.reports()[0].no_size, 1);
}

/// A job in which the second leg is refused by risk.
fn refused(remedy: Remedy) -> Drive {
    let mut spec = pair(Some(remedy), OrderStyle::Market);
    spec.risk.position_notional = Some(Money::parse("100.50").unwrap());
    let mut drive = Drive::new(spec);
    drive.quote(0, 0, 10_000, 500);
    drive.quote(0, 1, 10_100, 500);
    drive.want(10, 1.0);
    drive
}

#[test]
fn what_one_leg_is_left_with_is_closed_and_wanted_anew_only_after_a_change() {
    for restarts in [false, true] {
        let mut drive = refused(Remedy::Flatten);
        drive.restarts = restarts;
        // The fill at 11 ms is known at 12 ms: 50 ms later it is over.
        drive.want(61, 1.0);
        assert_eq!(drive.fills(), [fill(11, "test", 100)]);
        drive.advance(100);
        assert_eq!(drive.fills()[1..], [fill(63, "test", -100)]);
        let told = [(62, 0, "unhedged: flatten"), (62, 0, "unhedged: flatten")];
        assert_eq!(drive.signals()[2..], told);
        drive.want(110, 1.0);
        drive.want(120, f64::NAN);
        drive.advance(150);
        assert_eq!((drive.fills().len(), drive.unhedged()), (2, Some(1)));
        // Both are wanted anew, at prices at which risk lets both through.
        drive.quote(160, 1, 10_040, 500);
        drive.want(170, 0.5);
        drive.advance(1_000);
        assert_eq!(drive.fills()[2..], [fill(171, "test", 50), fill(173, "far", -40)]);
        assert_eq!(drive.unhedged(), Some(1));
    }
}

#[test]
fn nothing_is_wanted_while_legs_are_closed_and_then_all_of_them_are() {
    let mut spec = pair(Some(Remedy::Flatten), OrderStyle::Market);
    spec.risk.position_notional = Some(Money::parse("100.50").unwrap());
    // The second leg never changes what it wants.
    spec.strategies[0].legs.as_mut().unwrap().legs[1].target = rule(Expr::Constant(-1.0));
    let mut drive = Drive::new(spec);
    drive.quote(0, 0, 10_000, 500);
    drive.quote(0, 1, 10_100, 500);
    drive.want(10, 1.0);
    drive.quote(62, 1, 10_040, 500);
    // The order that closes the first leg is under way until 64 ms.
    drive.want(63, 0.5);
    drive.want(70, 0.5);
    drive.advance(1_000);
    let moments: Vec<i64> = drive.signals().iter().map(|signal| signal.0).collect();
    assert_eq!(moments, [10, 10, 62, 62, 70, 70]);
    assert_eq!(drive.fills()[2..], [fill(71, "test", 50), fill(73, "far", -100)]);
}

#[test]
fn what_is_missing_is_ordered_until_it_is_there() {
    let mut drive = refused(Remedy::Hedge);
    drive.advance(100);
    let stages = |drive: &Drive| drive.out.orders.iter().map(|o| o.event).collect::<Vec<_>>();
    use OrderStage::*;
    assert_eq!(stages(&drive), [Decided, Refused, Arrived, Filled, Refused]);
    assert_eq!(drive.signals()[2..], [(62, 100, "unhedged: hedge"), (62, -100, "unhedged: hedge")]);
    drive.quote(105, 1, 10_040, 500);
    drive.advance(1_000);
    assert_eq!(drive.fills(), [fill(11, "test", 100), fill(115, "far", -100)]);
    assert_eq!(drive.unhedged(), Some(2));
}

#[test]
fn it_is_told_of_once_until_positions_are_in_ratio_again() {
    let mut drive = refused(Remedy::Report);
    drive.advance(500);
    assert_eq!((drive.fills().len(), drive.unhedged()), (1, Some(1)));
    assert_eq!(drive.signals()[2], (62, 100, "unhedged: report"));
    drive.want(510, 0.0);
    drive.advance(600);
    drive.want(610, 1.0);
    drive.advance(700);
    assert_eq!(drive.unhedged(), Some(2));
}

#[test]
fn what_is_at_market_already_is_not_taken_back_to_hedge() {
    let mut drive = Drive::new(pair(Some(Remedy::Hedge), OrderStyle::Market));
    drive.quote(0, 0, 10_000, 500);
    drive.quote(0, 1, 10_100, 40);
    drive.want(10, 1.0);
    drive.advance(200);
    assert!(drive.unhedged() >= Some(1));
    drive.quote(210, 1, 10_090, 500);
    drive.advance(400);
    assert_eq!(drive.fills(), [fill(11, "test", 100), fill(13, "far", -40), fill(210, "far", -60)]);
    assert!(drive.out.orders.iter().all(|row| row.event != OrderStage::Cancelled));
}

#[test]
fn legs_on_their_way_out_are_in_ratio_while_both_are_held() {
    let mut spec = pair(Some(Remedy::Report), OrderStyle::Market);
    for market in &mut spec.instruments {
        market.execution.latency = Latency::constant(Span(100 * MS), Span(MS));
    }
    let mut drive = Drive::new(spec);
    drive.quote(0, 0, 10_000, 500);
    drive.quote(0, 1, 10_100, 500);
    drive.want(10, 1.0);
    drive.want(300, 0.0);
    drive.advance(1_000);
    assert_eq!((drive.fills().len(), drive.unhedged()), (4, Some(0)));
}

#[test]
fn an_order_that_rests_is_taken_back_for_one_at_market() {
    let rests = limit(102.0, false, false);
    let OrderStyle::Limit { price, .. } = rests else { unreachable!() };
    let (timeout, then_market) = (None, false);
    let in_force = schemas::records::TimeInForce::Gtc;
    let rests = OrderStyle::Limit { price, post_only: false, timeout, then_market, in_force };
    let mut drive = Drive::new(pair(Some(Remedy::Hedge), rests));
    drive.quote(0, 0, 10_000, 500);
    drive.quote(0, 1, 10_100, 500);
    drive.want(10, 1.0);
    // Part of it is filled: in ratio is less than half a lot away.
    drive.trade(20, 1, 10_201, 700);
    drive.trade(30, 1, 10_200, 560);
    drive.advance(1_000);
    let fills = drive.fills();
    assert_eq!(fills[0], fill(11, "test", 100));
    assert_eq!(fills[1].1, "far");
    assert_eq!(fills.iter().filter(|f| f.1 == "far").map(|f| f.2).sum::<i64>(), -100);
}
