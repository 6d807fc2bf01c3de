//! Candles of ten seconds, one after the other, and orders that they fill.

use super::{
    tests::{Drive, MS, rule, spec, wish},
    *,
};
use crate::{
    execution::{Consumed, FillModel, FillSpec, Latency, QueueModel},
    market::MarketRow,
    rules::{Binary, Expr},
    strategy::{OrderStyle, Size},
};
use schemas::{
    Money,
    chunk::Candle,
    instrument::Rate,
    records::{Liquidity, OrderStage, TimeInForce},
};

/// Whole units at a model, without latency or fees.
pub(super) fn of(model: FillModel, order: OrderStyle, size: Size) -> AccountSpec {
    let mut spec = spec(order);
    let place = &mut spec.instruments[0];
    place.execution.latency = Latency::constant(Span(0), Span(0));
    place.execution.fees.taker = Rate(0);
    place.execution.fill = FillSpec {
        model,
        queue: QueueModel::RiskAverse,
        partial: false,
        consumed: Consumed::UntilRefresh,
        half_spread: 0.0,
    };
    let mut instrument = (*place.instrument).clone();
    instrument.lot = 100;
    place.instrument = Arc::new(instrument);
    spec.strategies[0].size = size;
    spec
}

pub(super) fn all_in(model: FillModel) -> AccountSpec {
    of(model, OrderStyle::Market, Size::Fraction(1.0))
}

impl Drive {
    /// The candle number `n` from 0, in whole units of money.
    pub(super) fn candle(&mut self, n: i64, prices: [i64; 4]) {
        let key = self.key((n + 1) * 10_000);
        let candle = Candle {
            open_ts: EventTime(n * 10_000 * MS),
            close_ts: key.ts,
            prices: prices.map(|price| price * 100),
            volume: 0,
            buy_volume: None,
            trades: None,
        };
        self.account.on_row(key, 0, &MarketRow::Candle(&candle), None, &mut self.out);
    }

    /// What a strategy wants at the end of that candle.
    pub(super) fn wants(&mut self, n: i64, wants: f64) {
        let at = self.offset;
        self.offset -= 1;
        self.wish((n + 1) * 10_000, wants);
        assert_eq!(self.offset, at, "the candle is its cause");
    }
}

/// Seconds, prices and signed quantities in whole units.
pub(super) fn fills(drive: &Drive) -> Vec<(i64, f64, i64)> {
    let fills = drive.fills().into_iter();
    fills.map(|(ms, price, signed, _)| (ms / 1_000, price as f64 / 100.0, signed / 100)).collect()
}

#[test]
fn a_market_order_fills_at_the_next_open_with_what_the_account_can_pay_there() {
    let mut drive = Drive::new(all_in(FillModel::NextOpen));
    drive.candle(0, [100, 115, 95, 110]);
    drive.wants(0, 1.0);
    drive.candle(1, [120, 140, 115, 135]);
    // 1000 / 120; at the close of 110 it would have been 9.
    assert_eq!(fills(&drive), [(20, 120.0, 8)]);
    assert_eq!(drive.out.fills[0].exchange_ts, Some(EventTime(10_000 * MS)));
    // Over to short at once: 1000 + 8 * 10 are there, 1080 / 130.
    drive.wants(1, -1.0);
    drive.candle(2, [130, 135, 100, 105]);
    assert_eq!(fills(&drive)[1..], [(30, 130.0, -16)]);
    drive.wants(2, 0.0);
    drive.candle(3, [106, 110, 105, 108]);
    assert_eq!(fills(&drive)[2..], [(40, 106.0, 8)]);
    drive.advance(40_001);
    let last = drive.out.portfolio.last().unwrap();
    assert_eq!((last.equity, last.cash), (Money(1_272 * 10i128.pow(12)), last.equity));
    use OrderStage::*;
    assert_eq!(drive.stages()[..3], [Decided, Arrived, Filled]);
    let decided = drive.out.orders.iter().filter(|o| o.event == Decided).map(|o| o.key.ts.0);
    let seconds: Vec<i64> = decided.map(|ts| ts / MS / 1_000).collect();
    assert_eq!(seconds, [10, 20, 30], "the fill at an open is known when the bar ends");
}

#[test]
fn equity_is_shown_when_a_bar_ends_and_not_between() {
    let mut drive = Drive::new(all_in(FillModel::NextOpen));
    drive.candle(0, [100, 100, 100, 100]);
    drive.wants(0, 1.0);
    drive.candle(1, [100, 130, 90, 120]);
    drive.candle(2, [120, 120, 80, 90]);
    drive.advance(30_001);
    let shown: Vec<(i64, i128)> = drive
        .out
        .portfolio
        .iter()
        .map(|row| (row.key.ts.0 / MS / 1_000, row.equity.0 / 10i128.pow(12)))
        .collect();
    // The deposit, its bar's end; the fill and its bar's end; a bar's end.
    assert_eq!(shown, [(10, 1000), (10, 1000), (20, 1000), (20, 1200), (30, 900)]);
}

#[test]
fn an_order_on_its_way_misses_an_open() {
    let mut spec = all_in(FillModel::NextOpen);
    spec.instruments[0].execution.latency = Latency::constant(Span(MS), Span(0));
    let mut drive = Drive::new(spec);
    drive.candle(0, [100, 100, 100, 100]);
    drive.wants(0, 1.0);
    drive.candle(1, [120, 120, 120, 120]);
    assert_eq!(fills(&drive), []);
    drive.candle(2, [130, 130, 130, 130]);
    assert_eq!(fills(&drive), [(30, 130.0, 7)]);
}

#[test]
fn the_gate_judges_the_quantity_that_is_found_at_the_open() {
    let mut spec = all_in(FillModel::NextOpen);
    spec.strategies[0].size = Size::Notional(rule(Expr::Constant(900.0)));
    spec.risk.position_fraction = Some(Rate::parse("1").unwrap());
    let mut drive = Drive::new(spec);
    drive.candle(0, [100, 100, 100, 100]);
    drive.wants(0, 1.0);
    drive.candle(1, [100, 100, 20, 20]);
    assert_eq!(fills(&drive), [(20, 100.0, 9)]);
    drive.wants(1, -1.0);
    use OrderStage::*;
    assert_eq!(drive.stages()[3..], [Refused], "900 are more than the 280 that are left");
    let mut spec = all_in(FillModel::NextOpen);
    spec.risk.position_notional = Some(Money::parse("995").unwrap());
    let mut drive = Drive::new(spec);
    drive.candle(0, [100, 100, 100, 101]);
    drive.wants(0, 1.0);
    drive.candle(1, [100, 100, 100, 100]);
    assert_eq!(drive.stages(), [Decided, Arrived, Cancelled], "9 at 101 was fine, 10 at 100 not");
    let reason = drive.out.orders[2].reason.clone().unwrap();
    assert!(reason.starts_with("max_notional: 1000"), "{reason}");
}

#[test]
fn a_price_that_buys_nothing_takes_the_order_back() {
    let mut drive = Drive::new(all_in(FillModel::NextOpen));
    drive.candle(0, [900, 900, 900, 900]);
    drive.wants(0, 1.0);
    drive.candle(1, [1_001, 1_001, 1_001, 1_001]);
    use OrderStage::*;
    assert_eq!(drive.stages(), [Decided, Arrived, Cancelled]);
    drive.wants(1, 0.0);
    drive.wants(1, 1.0);
    assert_eq!(drive.stages().len(), 3, "not enough for one unit at the close either");
}

pub(super) fn limit(price: f64) -> OrderStyle {
    let price = rule(Expr::Constant(price));
    OrderStyle::Limit {
        price,
        post_only: false,
        timeout: None,
        then_market: false,
        in_force: TimeInForce::Gtc,
    }
}

#[test]
fn a_limit_order_needs_a_path_through_its_price() {
    let one = || Size::Quantity(rule(Expr::Constant(1.0)));
    let mut drive = Drive::new(of(FillModel::BarOhlc, limit(95.0), one()));
    drive.candle(0, [100, 100, 100, 100]);
    drive.wants(0, 1.0);
    drive.candle(1, [100, 110, 95, 100]);
    assert_eq!(fills(&drive), [], "it was touched");
    drive.candle(2, [100, 110, 94, 100]);
    assert_eq!(drive.fills(), [(30_000, 9_500, 100, Liquidity::Maker)]);
    assert_eq!(drive.out.fills[0].exchange_ts, None);
    // One that comes to a market below its price takes, one that rested there is taken.
    for (first, price, liquidity) in [(90, 9_000, Liquidity::Taker), (100, 9_500, Liquidity::Maker)]
    {
        let mut drive = Drive::new(of(FillModel::BarOhlc, limit(95.0), one()));
        drive.candle(0, [100, 100, 100, 100]);
        drive.wants(0, 1.0);
        drive.candle(1, [first, 100, first, 100]);
        drive.candle(2, [90, 100, 80, 90]);
        assert_eq!((drive.fills()[0].1, drive.fills()[0].3), (price, liquidity));
        assert_eq!(drive.fills().len(), 1);
    }
}

#[test]
fn the_path_says_which_order_is_first() {
    for (model, sides) in [(FillModel::BarOhlc, [-1, 1]), (FillModel::BarOlhc, [1, -1])] {
        let one = Size::Quantity(rule(Expr::Constant(1.0)));
        let mut spec = of(model, limit(95.0), one);
        // Another strategy offers at 105 when the first bids at 95.
        let mut other = spec.strategies[0].clone();
        (other.name, other.ordinal, other.order) = ("t".into(), 6, limit(105.0));
        (other.long, other.short) = (None, wish(Binary::Gt, 0.0));
        spec.strategies.push(other);
        let mut drive = Drive::new(spec);
        drive.candle(0, [100, 100, 100, 100]);
        drive.wants(0, 1.0);
        let key = drive.key(10_000).derived(6, 0, 0);
        let (strategy, values) = (1, vec![1.0]);
        let trigger = Trigger { key, strategy, instrument: 0, tainted: false, values };
        drive.account.on_trigger(&trigger, &mut drive.out);
        drive.candle(1, [100, 110, 90, 100]);
        let signed: Vec<i64> = fills(&drive).iter().map(|fill| fill.2).collect();
        assert_eq!(signed, sides, "{model}");
    }
}

/// A price that goes up and down, with wishes against and for it.
fn wander(drive: &mut Drive, from: i64, to: i64) {
    for n in from..to {
        let open = 100 + n * 37 % 23 - n % 5;
        drive.candle(n, [open, open + 6, open - 7, open + n % 4 - 1]);
        drive.wants(n, [1.0, 1.0, -1.0, f64::NAN, -1.0, 0.0, 1.0][(n * 5 % 7) as usize]);
    }
}

#[test]
fn a_restored_account_goes_on_as_if_nothing_had_been() {
    for cut in [1, 7, 13, 20] {
        let mut whole = Drive::new(all_in(FillModel::NextOpen));
        wander(&mut whole, 0, 40);
        whole.advance(400_001);
        let mut first = Drive::new(all_in(FillModel::NextOpen));
        wander(&mut first, 0, cut);
        first.advance(cut * 10_000 + 1);
        let state = first.account.snapshot();
        let mut rest = Drive::new(all_in(FillModel::NextOpen));
        rest.account.restore(&state).unwrap();
        (rest.offset, rest.out) = (first.offset, std::mem::take(&mut first.out));
        wander(&mut rest, cut, 40);
        // Cut again and again, the state is the same.
        (1..=40).for_each(|n| rest.advance(400_001 - 40 + n));
        assert!(whole.out.fills.len() > 10 && whole.fills() == rest.fills());
        assert_eq!(whole.out.portfolio.len(), rest.out.portfolio.len());
        assert_eq!(whole.account.snapshot(), rest.account.snapshot());
        assert_eq!(whole.account.statistics(), rest.account.statistics());
    }
}

#[test]
fn statistics_count_what_is_open_at_the_last_open() {
    let mut drive = Drive::new(all_in(FillModel::NextOpen));
    assert_eq!(drive.account.statistics(), None);
    drive.candle(0, [100, 100, 100, 100]);
    drive.wants(0, 1.0);
    drive.candle(1, [100, 125, 100, 125]);
    drive.wants(1, -1.0);
    drive.candle(2, [120, 120, 100, 100]);
    drive.candle(3, [90, 90, 80, 80]);
    drive.advance(40_001);
    let statistics = drive.account.statistics().unwrap();
    // Ten at 100 to 120, then short of ten: 1200 at 120, to 90 and not to 80.
    assert_eq!(statistics.bars, 4);
    assert_eq!(statistics.exposure, 0.75);
    assert_eq!((statistics.equity_final, statistics.equity_peak), (1_500.0, 1_500.0));
    assert_eq!(statistics.trades, 2);
    assert_eq!((statistics.best_trade, statistics.worst_trade), (Some(0.25), Some(0.2)));
    let hold = statistics.buy_and_hold_return.unwrap();
    assert!((hold + 0.2).abs() < 1e-12, "80 from 100: {hold}");
    assert_eq!(statistics.max_drawdown, 0.0);
    assert_eq!((statistics.profit_factor, statistics.kelly), (None, None));
    assert_eq!(statistics.max_trade_days, Some(10.0 / 86_400.0));
    let Some(cash) = drive.out.portfolio.last() else { panic!("none") };
    assert_eq!(cash.equity, Money(1_600 * 10i128.pow(12)), "the account itself is at the close");
}
