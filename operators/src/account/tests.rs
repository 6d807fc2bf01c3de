//! One account and one instrument, driven by hand.

use super::*;
use crate::{
    bars::BarTrade,
    execution::{Consumed, ExecutionSpec, FeeTier, Fees, FillModel, FillSpec, Latency, QueueModel},
    market::{MarketRow, Top},
    risk::{OrderRate, RiskSpec},
    rules::{Binary, Expr, Part, Rule},
    strategy::{OrderStyle, Size, StrategySpec},
};
use schemas::{
    Instrument, InstrumentId, Money, Side,
    instrument::{Kind, Rate},
    records::{Liquidity, OrderStage, TimeInForce},
};

pub(super) const MS: i64 = 1_000_000;

pub(super) fn rule(expr: Expr) -> Rule {
    Rule::new(vec![Part { text: "rule".to_owned(), expr }])
}

/// Column 0 is the wish: +1 long, -1 short, 2 both.
pub(super) fn wish(op: Binary, than: f64) -> Option<Rule> {
    Some(rule(Expr::binary(op, Expr::Column(0), Expr::Constant(than))))
}

pub(super) fn spec(order: OrderStyle) -> AccountSpec {
    let instrument = Instrument {
        id: InstrumentId::new("test", "AB"),
        base: "A".into(),
        quote: "USDT".into(),
        settle: "USDT".into(),
        kind: Kind::Perpetual,
        price_scale: 2,
        quantity_scale: 2,
        tick: 1,
        lot: 10,
        multiplier: 1,
        inverse: false,
    };
    AccountSpec {
        name: "paper".into(),
        index: 0,
        cash: vec![("USDT".into(), Money::parse("1000").unwrap())],
        instruments: vec![AccountInstrument {
            index: 0,
            instrument: Arc::new(instrument),
            execution: ExecutionSpec {
                latency: Latency::constant(Span(MS), Span(MS)),
                fees: Fees::flat(Rate(0), Rate::parse("0.001").unwrap()),
                fill: FillSpec {
                    model: FillModel::DisplayedDepth,
                    queue: QueueModel::RiskAverse,
                    partial: true,
                    consumed: Consumed::UntilRefresh,
                    half_spread: 0.0,
                },
                clock: None,
                margin: None,
                borrow: None,
                impact: None,
            },
        }],
        strategies: vec![StrategySpec {
            name: "s".into(),
            ordinal: 5,
            instruments: vec![0],
            columns: 1,
            models: None,
            long: wish(Binary::Gt, 0.0),
            short: Some(rule(Expr::binary(
                Binary::Or,
                wish(Binary::Lt, 0.0).unwrap().parts()[0].expr.clone(),
                wish(Binary::Gt, 1.5).unwrap().parts()[0].expr.clone(),
            ))),
            flat: wish(Binary::Eq, 0.0),
            size: Size::Quantity(rule(Expr::Constant(1.0))),
            order,
            exit: None,
            quote: None,
            legs: None,
        }],
        risk: RiskSpec {
            position_fraction: None,
            position_notional: None,
            price_band: None,
            order_rate: None,
            drawdown_stop: None,
        },
        markouts: MarkoutSpec::default(),
        ordinals: AccountOrdinals {
            orders: 10,
            fills: 11,
            ledger: 12,
            positions: 13,
            portfolio: 14,
            markouts: 15,
        },
    }
}

pub(super) fn limit(price: f64, post_only: bool, then_market: bool) -> OrderStyle {
    let price = rule(Expr::Constant(price));
    let (timeout, in_force) = (Some(Span(10 * MS)), TimeInForce::Gtc);
    OrderStyle::Limit { price, post_only, timeout, then_market, in_force }
}

/// Drives an account with records one after the other.
pub(super) struct Drive {
    pub account: AccountLoop,
    pub out: Outputs,
    pub offset: u64,
}

impl Drive {
    pub fn new(spec: AccountSpec) -> Drive {
        Drive { account: AccountLoop::new(Arc::new(spec)), out: Outputs::default(), offset: 0 }
    }

    pub fn key(&mut self, ms: i64) -> OrderKey {
        self.offset += 1;
        OrderKey::source(EventTime(ms * MS), 0, 0, self.offset, 0)
    }

    pub fn quote(&mut self, ms: i64, bid: (i64, i64), ask: (i64, i64)) {
        let key = self.key(ms);
        let top = Top {
            bid: bid.0,
            bid_quantity: bid.1,
            ask: ask.0,
            ask_quantity: ask.1,
            update_id: schemas::chunk::NO_ID,
        };
        self.account.on_row(key, 0, &MarketRow::Quote(top), None, &mut self.out);
    }

    pub fn trade(&mut self, ms: i64, price: i64, quantity: i64, side: Side) {
        let key = self.key(ms);
        let trade = BarTrade { price, quantity, side: side.sign() as i8, tainted: false };
        self.account.on_row(key, 0, &MarketRow::Trade(trade), None, &mut self.out);
    }

    pub fn wish(&mut self, ms: i64, wish: f64) {
        let key = self.key(ms).derived(5, 0, 0);
        let trigger =
            Trigger { key, strategy: 0, instrument: 0, tainted: false, values: vec![wish] };
        self.account.on_trigger(&trigger, &mut self.out);
    }

    pub fn advance(&mut self, ms: i64) {
        self.account.advance(EventTime(ms * MS), &mut self.out);
    }

    pub fn fills(&self) -> Vec<(i64, i64, i64, Liquidity)> {
        let fill = |f: &schemas::records::Fill| {
            let signed = f.side.sign() * f.quantity.raw;
            (f.key.ts.0 / MS, f.price.raw, signed, f.liquidity)
        };
        self.out.fills.iter().map(fill).collect()
    }

    pub fn stages(&self) -> Vec<OrderStage> {
        self.out.orders.iter().map(|o| o.event).collect()
    }
}

#[test]
fn a_market_order_meets_what_is_displayed_when_it_arrives() {
    let mut drive = Drive::new(spec(OrderStyle::Market));
    drive.quote(0, (9_990, 500), (10_000, 40));
    drive.wish(10, 1.0);
    // Before the order arrives at 11 ms the price has moved.
    drive.quote(10, (9_995, 500), (10_010, 40));
    drive.advance(20);
    assert_eq!(drive.fills(), [(11, 10_010, 40, Liquidity::Taker)]);
    // The rest works on until something new is displayed; the same 40 are not taken twice.
    drive.quote(30, (9_995, 500), (10_010, 40));
    drive.quote(40, (9_995, 500), (10_020, 100));
    drive.advance(50);
    assert_eq!(drive.fills()[1..], [(40, 10_020, 60, Liquidity::Taker)]);
    use OrderStage::*;
    assert_eq!(drive.stages(), [Decided, Arrived, PartlyFilled, Filled]);
    let cash: Money = drive.out.ledger.iter().map(|p| p.amount).sum();
    assert_eq!(cash, drive.out.portfolio.last().unwrap().cash);
    assert_eq!(cash, Money::parse("999.89984").unwrap(), "1000 less 0.1 % of 100.16");
}

#[test]
fn a_rule_that_stays_true_does_nothing_more() {
    let mut drive = Drive::new(spec(OrderStyle::Market));
    drive.quote(0, (9_990, 500), (10_000, 500));
    for ms in [10, 20, 30] {
        drive.wish(ms, 1.0);
    }
    drive.wish(40, 2.0);
    drive.wish(50, f64::NAN);
    drive.advance(100);
    assert_eq!(drive.fills().len(), 1);
    assert_eq!(drive.account.reports()[0].conflicts, 1);
    drive.wish(110, -1.0);
    drive.wish(120, 0.0);
    drive.advance(200);
    let signed: Vec<i64> = drive.fills().iter().map(|f| f.2).collect();
    assert_eq!(signed, [100, -200, 100], "long, over to short in one order, flat");
}

#[test]
fn a_resting_order_waits_behind_what_stood_there() {
    let mut drive = Drive::new(spec(limit(99.90, false, false)));
    drive.quote(0, (9_990, 300), (10_000, 500));
    drive.wish(10, 1.0);
    drive.advance(12);
    assert_eq!(drive.account.quiet_until(), EventTime::MIN, "each trade matters to it");
    drive.trade(13, 9_990, 250, Side::Sell);
    drive.trade(14, 9_990, 500, Side::Buy);
    assert!(drive.fills().is_empty(), "50 are still before it, and a buyer does not hit bids");
    drive.trade(15, 9_990, 80, Side::Sell);
    assert_eq!(drive.fills(), [(15, 9_990, 30, Liquidity::Maker)]);
    drive.trade(16, 9_980, 1_000, Side::Sell);
    assert_eq!(drive.fills()[1..], [(16, 9_990, 70, Liquidity::Maker)], "through its price");
}

#[test]
fn a_resting_order_that_is_crossed_gives_at_its_own_price() {
    let filled = |partial: bool| {
        let mut spec = spec(limit(99.90, false, false));
        spec.instruments[0].execution.fill.partial = partial;
        let mut drive = Drive::new(spec);
        drive.quote(0, (9_990, 300), (10_000, 500));
        drive.wish(10, 1.0);
        drive.quote(13, (9_960, 300), (9_970, 40));
        drive.quote(14, (9_960, 300), (9_970, 90));
        drive.quote(15, (9_960, 300), (9_970, 100));
        drive.fills()
    };
    let maker = |ms, quantity| (ms, 9_990, quantity, Liquidity::Maker);
    assert_eq!(filled(true), [maker(13, 40), maker(14, 60)]);
    assert_eq!(filled(false), [maker(15, 100)], "all at once, or not yet");
}

#[test]
fn what_must_be_filled_whole_waits_for_enough() {
    for queue in [QueueModel::RiskAverse, QueueModel::Fifo, QueueModel::ProRata] {
        let mut spec = spec(limit(99.90, false, false));
        let fill = &mut spec.instruments[0].execution.fill;
        (fill.partial, fill.queue) = (false, queue);
        let mut drive = Drive::new(spec);
        drive.quote(0, (9_980, 300), (10_000, 500));
        drive.wish(10, 1.0);
        drive.advance(12);
        drive.trade(13, 9_970, 40, Side::Sell);
        drive.trade(14, 9_970, 100, Side::Sell);
        assert_eq!(drive.fills(), [(14, 9_990, 100, Liquidity::Maker)], "{queue}");
    }
}

#[test]
fn orders_of_an_account_get_a_trade_once() {
    for queue in [QueueModel::RiskAverse, QueueModel::ProRata] {
        let mut spec = spec(limit(99.90, false, false));
        spec.instruments[0].execution.fill.queue = queue;
        let mut other = spec.strategies[0].clone();
        (other.name, other.ordinal) = ("t".into(), 6);
        spec.strategies.push(other);
        let mut drive = Drive::new(spec);
        // Nobody else is at their price.
        drive.quote(0, (9_980, 300), (10_000, 500));
        drive.wish(10, 1.0);
        let (key, values) = (drive.key(10).derived(6, 0, 0), vec![1.0]);
        let trigger = Trigger { key, strategy: 1, instrument: 0, tainted: false, values };
        drive.account.on_trigger(&trigger, &mut drive.out);
        drive.advance(12);
        drive.trade(13, 9_990, 10, Side::Sell);
        assert_eq!(drive.fills(), [(13, 9_990, 10, Liquidity::Maker)], "{queue}");
    }
}

#[test]
fn the_queue_of_a_job_decides_who_left() {
    let filled = |queue: QueueModel| {
        let mut spec = spec(limit(99.90, false, false));
        spec.instruments[0].execution.fill.queue = queue;
        let mut drive = Drive::new(spec);
        drive.quote(0, (9_990, 300), (10_000, 500));
        drive.wish(10, 1.0);
        drive.advance(12);
        // 400 came behind it, then 350 of all left, then 220 were sold.
        drive.quote(13, (9_990, 700), (10_000, 500));
        drive.quote(14, (9_990, 350), (10_000, 500));
        drive.trade(15, 9_990, 220, Side::Sell);
        let name = drive.out.fills.last().map(|fill| fill.fill_model.to_string());
        (drive.fills().iter().map(|fill| fill.2).sum::<i64>(), name)
    };
    assert_eq!(filled(QueueModel::RiskAverse), (0, None), "300 stayed in front");
    assert_eq!(filled(QueueModel::TradesOnly), (0, None));
    let name = Some("displayed_depth, proportional".to_owned());
    assert_eq!(filled(QueueModel::Proportional), (70, name), "150 stayed in front");
    let name = Some("displayed_depth, power_prob2(2)".to_owned());
    assert_eq!(filled(QueueModel::PowerProb2(2.0)), (100, name), "64 stayed in front");
}

#[test]
fn a_timeout_takes_the_order_back_and_may_go_to_market() {
    let mut drive = Drive::new(spec(limit(99.0, false, true)));
    drive.quote(0, (9_990, 300), (10_000, 500));
    drive.wish(10, 1.0);
    drive.advance(100);
    use OrderStage::*;
    assert_eq!(drive.stages(), [Decided, Arrived, Cancelled, Decided, Arrived, Filled]);
    // Decided at 10, there at 11, back at 21, known at 22, there again at 23.
    assert_eq!(drive.fills(), [(23, 10_000, 100, Liquidity::Taker)]);
    assert_eq!(drive.out.orders[3].parent_id.as_ref(), Some(&drive.out.orders[0].order_id));
}

#[test]
fn post_only_never_takes() {
    let mut drive = Drive::new(spec(limit(100.0, true, false)));
    drive.quote(0, (9_990, 300), (10_000, 500));
    drive.wish(10, 1.0);
    drive.advance(100);
    assert_eq!(drive.stages(), [OrderStage::Decided, OrderStage::Rejected]);
    assert!(drive.fills().is_empty());
}

#[test]
fn a_new_target_takes_the_working_order_back_first() {
    let mut drive = Drive::new(spec(limit(99.0, false, false)));
    drive.quote(0, (9_990, 300), (10_000, 500));
    drive.wish(10, 1.0);
    drive.wish(15, 0.0);
    drive.advance(100);
    use OrderStage::*;
    assert_eq!(drive.stages(), [Decided, Arrived, Cancelled], "nothing was held: no order");
}

#[test]
fn risk_refuses_what_opens_and_lets_pass_what_closes() {
    let mut spec = spec(OrderStyle::Market);
    spec.risk.position_fraction = Some(Rate::parse("0.2").unwrap());
    spec.risk.order_rate = Some(OrderRate { count: 1, per: Span::SECOND });
    let mut drive = Drive::new(spec.clone());
    drive.quote(0, (9_990, 500), (10_000, 500));
    drive.wish(10, 1.0);
    drive.advance(50);
    drive.wish(60, -1.0);
    drive.wish(70, 0.0);
    drive.advance(100);
    use OrderStage::*;
    // Long 1 passes; over to short 1 is a second order in a second; closing always may.
    assert_eq!(drive.stages(), [Decided, Arrived, Filled, Refused, Decided, Arrived, Filled]);
    spec.risk.position_fraction = Some(Rate::parse("0.01").unwrap());
    let mut drive = Drive::new(spec);
    drive.quote(0, (9_990, 500), (10_000, 500));
    drive.wish(10, 1.0);
    let reason = drive.out.orders[0].reason.clone().unwrap();
    assert!(reason.starts_with("max_position: 99.95"), "{reason}");
}

#[test]
fn the_drawdown_stop_closes_everything_for_good() {
    let mut spec = spec(OrderStyle::Market);
    spec.risk.drawdown_stop = Some(Rate::parse("0.05").unwrap());
    let mut drive = Drive::new(spec);
    drive.quote(0, (9_990, 500), (10_000, 500));
    drive.wish(10, 1.0);
    drive.quote(500, (3_990, 500), (4_000, 500));
    drive.advance(2_000);
    assert_eq!(drive.fills().len(), 2, "bought, and sold when the second was over");
    assert_eq!(drive.fills()[1].0, 1_001);
    drive.wish(3_000, -1.0);
    drive.wish(3_010, 1.0);
    drive.advance(4_000);
    assert_eq!(drive.fills().len(), 2);
    assert_eq!(drive.out.signals.last().unwrap().reason, "drawdown stop".into());
}

pub(super) fn next_trade() -> FillSpec {
    FillSpec {
        model: FillModel::NextTrade,
        queue: QueueModel::RiskAverse,
        partial: false,
        consumed: Consumed::UntilRefresh,
        half_spread: 0.02,
    }
}

#[test]
fn without_quotes_the_next_trade_fills() {
    let mut spec = spec(OrderStyle::Market);
    spec.instruments[0].execution.fill = next_trade();
    let mut drive = Drive::new(spec);
    drive.trade(0, 10_000, 10, Side::Buy);
    drive.wish(10, -1.0);
    drive.trade(11, 10_050, 10, Side::Buy);
    assert_eq!(drive.fills(), [(11, 10_048, -100, Liquidity::Taker)], "arrived before it");
}

#[test]
fn fees_follow_the_volume_of_the_days_before_and_rebates_are_paid() {
    let mut spec = spec(OrderStyle::Market);
    let fees = &mut spec.instruments[0].execution.fees;
    let rate = |text| Rate::parse(text).unwrap();
    let volume = Money::parse("150").unwrap();
    fees.tiers = vec![FeeTier { volume, maker: rate("0"), taker: rate("-0.0001") }];
    let mut drive = Drive::new(spec);
    let day = 24 * 3600 * 1000;
    for (n, wish) in [1.0, 0.0, 1.0].into_iter().enumerate() {
        let at = n as i64 * day;
        drive.quote(at, (9_990, 500), (10_000, 500));
        drive.wish(at + 10, wish);
        drive.advance(at + 100);
        let bytes = drive.account.snapshot();
        drive.account = AccountLoop::new(drive.account.spec.clone());
        drive.account.restore(&bytes).unwrap();
    }
    let fees: Vec<String> = drive.out.fills.iter().map(|fill| fill.fee.to_string()).collect();
    // 100 and 99.90 were traded before the third.
    let fees: Vec<f64> = fees.iter().map(|fee| fee.parse().unwrap()).collect();
    assert_eq!(fees, [0.1, 0.0999, -0.01]);
    let posted: Money = drive.out.ledger.iter().map(|posting| posting.amount).sum();
    assert_eq!(posted, drive.out.portfolio.last().unwrap().cash);
}

#[test]
fn what_was_taken_is_there_again_as_the_job_says() {
    let taken = |consumed| {
        let price = rule(Expr::Constant(100.0));
        let (timeout, in_force) = (None, TimeInForce::Gtc);
        let (post_only, then_market) = (false, false);
        let mut spec = spec(OrderStyle::Limit { price, post_only, timeout, then_market, in_force });
        spec.instruments[0].execution.fill.consumed = consumed;
        let mut drive = Drive::new(spec);
        drive.quote(0, (9_990, 500), (10_000, 40));
        drive.wish(10, 1.0);
        drive.quote(31, (9_990, 500), (10_000, 40));
        drive.quote(41, (9_990, 500), (10_000, 60));
        drive.quote(51, (9_990, 500), (10_010, 60));
        drive.quote(61, (9_990, 500), (10_000, 40));
        drive.fills().iter().map(|fill| (fill.0, fill.2)).collect::<Vec<_>>()
    };
    assert_eq!(taken(Consumed::UntilRefresh), [(11, 40), (41, 60)]);
    assert_eq!(taken(Consumed::UntilGone), [(11, 40), (41, 20), (61, 40)]);
    assert_eq!(taken(Consumed::HalfLife(Span(10 * MS))), [(11, 40), (31, 30), (41, 30)]);
    assert_eq!(taken(Consumed::Ignored), [(11, 40), (31, 40), (41, 20)]);
}
