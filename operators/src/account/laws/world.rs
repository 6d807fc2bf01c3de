//! Accounts, markets and what happens to them, all of it drawn from a seed.

use crate::{
    account::{
        AccountInstrument, AccountOrdinals, AccountSpec, MarkoutSpec,
        tests::{rule, spec, wish},
    },
    bars::BarTrade,
    book::DeltaRow,
    execution::{
        Borrow, Consumed, Delay, FeeTier, Fees, FillModel, FillSpec, Impact, Latency, Margin,
        MarginTier, QueueModel, VenueClock, Wake,
    },
    market::{Funding, MarketRow, Top},
    risk::{OrderRate, RiskSpec},
    rules::{Binary, Expr, Rule},
    strategy::{After, Exit, OrderStyle, Quote, Size, StrategySpec},
};
use schemas::{
    EventTime, Instrument, InstrumentId, Money, OrderKey, Side, Span,
    chunk::{DeltaFlags, NO_ID},
    instrument::{Kind, Rate},
    records::TimeInForce,
};
use std::sync::Arc;

const MS: i64 = 1_000_000;
/// A little generator: the same draws on every machine.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11
    }

    /// From 0 to below `n`.
    pub fn below(&mut self, n: i64) -> i64 {
        (self.next() % n as u64) as i64
    }

    pub fn between(&mut self, from: i64, to: i64) -> i64 {
        from + self.below(to - from + 1)
    }

    /// Once in so many times.
    pub fn once_in(&mut self, n: i64) -> bool {
        self.below(n) == 0
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as i64) as usize]
    }
}

/// What happens.
pub enum What {
    Row { market: usize, row: MarketRow<'static>, exchange_ts: Option<EventTime> },
    Trigger { strategy: u16, instrument: u32, tainted: bool, values: Vec<f64> },
}

/// Everything of one seed: accounts and events in order-key order.
pub struct World {
    pub accounts: Vec<AccountSpec>,
    pub events: Vec<(OrderKey, What)>,
    pub end: EventTime,
}

const STRATEGIES: u16 = 5;

/// Ordinal of the first strategy of an account.
fn first_ordinal(account: usize) -> u16 {
    1 + account as u16 * STRATEGIES
}

impl World {
    /// Two accounts in three instruments of two venues and two currencies, for so many moments.
    pub fn new(seed: u64, moments: usize) -> World {
        let mut dice = Dice::new(seed);
        let instruments = instruments(&mut dice);
        let accounts: Vec<AccountSpec> =
            (0..2).map(|index| account(&mut dice, index, &instruments)).collect();
        let mut tape = Tape::new(&instruments);
        for _ in 0..moments {
            tape.moment(&mut dice, &accounts);
        }
        let end = EventTime(tape.now + 100 * MS);
        let mut events = tape.events;
        events.sort_by_key(|(key, _)| *key);
        World { accounts, events, end }
    }
}

/// A linear swap, an inverse one, and a spot market of another venue.
fn instruments(dice: &mut Dice) -> Vec<AccountInstrument> {
    let base = spec(OrderStyle::Market).instruments.remove(0);
    let clock = VenueClock { offset: 0, max_latency: Span(5 * MS) };
    let clock = dice.once_in(3).then_some(clock);
    let (swaps, spot) = (execution(dice, clock, false), execution(dice, None, true));
    let old = &*base.instrument;
    let linear = Instrument { id: InstrumentId::new("x", "AAA"), ..old.clone() };
    let inverse = Instrument {
        id: InstrumentId::new("x", "BBB"),
        base: "BTC".into(),
        settle: "BTC".into(),
        multiplier: 100,
        inverse: true,
        ..old.clone()
    };
    let kind = Kind::Spot;
    let cash = Instrument { id: InstrumentId::new("y", "CCC"), kind, ..old.clone() };
    let all = [(linear, swaps.clone()), (inverse, swaps), (cash, spot)];
    let place = |(index, (instrument, execution)): (usize, (Instrument, _))| AccountInstrument {
        index: index as u32,
        instrument: Arc::new(instrument),
        execution,
    };
    all.into_iter().enumerate().map(place).collect()
}

fn rate(dice: &mut Dice, from: i64, to: i64) -> Rate {
    Rate(dice.between(from, to) * (Rate::ONE / 100_000))
}

fn execution(
    dice: &mut Dice,
    clock: Option<VenueClock>,
    spot: bool,
) -> crate::execution::ExecutionSpec {
    let mut delay = || match dice.below(3) {
        0 => Delay::Constant(Span(dice.between(0, 3) * MS)),
        1 => Delay::Uniform { from: Span(0), to: Span(4 * MS) },
        _ => Delay::Exponential { min: Span(MS / 2), mean: Span(2 * MS) },
    };
    let (entry, response) = (delay(), delay());
    let mut fees = Fees::flat(rate(dice, -10, 30), rate(dice, 0, 60));
    if dice.once_in(2) {
        let volume = Money(i128::from(dice.between(100, 5_000)) * i128::from(Rate::ONE));
        fees.tiers = vec![FeeTier { volume, maker: rate(dice, -10, 5), taker: rate(dice, 0, 20) }];
    }
    let depth = clock.is_some() || !dice.once_in(4);
    let queues = [QueueModel::RiskAverse, QueueModel::Proportional, QueueModel::TradesOnly];
    let fill = FillSpec {
        model: if depth { FillModel::DisplayedDepth } else { FillModel::NextTrade },
        queue: if depth { dice.of(&queues) } else { QueueModel::RiskAverse },
        partial: depth && !dice.once_in(4),
        consumed: dice.of(&Consumed::ALL),
        half_spread: 0.01,
    };
    let margin = (!spot || dice.once_in(2)).then(|| margin(dice));
    let borrow = spot.then(|| Borrow {
        rate: Rate(5 * Rate::ONE),
        rates: [("A".into(), rate(dice, 0, 1_000_000))].into(),
    });
    let latency = Latency::Stated { entry, response, seed: dice.next() };
    let impact = dice.once_in(2).then(|| impact(dice));
    crate::execution::ExecutionSpec { latency, fees, fill, clock, margin, borrow, impact }
}

fn impact(dice: &mut Dice) -> Impact {
    let half_life = Span(dice.between(1, 500) * MS);
    let coefficient = dice.between(1, 20) as f64 / 10.0;
    match dice.below(3) {
        0 => Impact::SquareRoot { coefficient, volatility: 0.01, volume: 100.0, half_life },
        1 => Impact::Linear { coefficient, volume: 1_000.0, half_life },
        _ => Impact::Ticks { probability: 0.5, ticks: 2, seed: dice.next() },
    }
}

fn margin(dice: &mut Dice) -> Margin {
    let maintenance = dice.between(500, 5_000);
    let initial = maintenance + dice.between(0, 10_000);
    let unit = Rate::ONE / 100_000;
    let tier = |from: i64, more: i64| MarginTier {
        from: Money(i128::from(from) * i128::from(Rate::ONE)),
        initial: Rate((initial + more) * unit),
        maintenance: Rate((maintenance + more) * unit),
    };
    let tiers = match dice.below(3) {
        0 => vec![tier(0, 0)],
        _ => vec![tier(0, 0), tier(dice.between(1, 600), 1_000), tier(2_000, 5_000)],
    };
    Margin { tiers, liquidation_fee: rate(dice, 0, 1_500) }
}

fn account(dice: &mut Dice, index: usize, instruments: &[AccountInstrument]) -> AccountSpec {
    let money = |units: i64| Money(i128::from(units) * i128::from(Rate::ONE));
    let strategy = |i: u16| strategy(dice, first_ordinal(index) + i, i, instruments.len() as i64);
    let strategies: Vec<StrategySpec> = (0..STRATEGIES).map(strategy).collect();
    let cash = [("BTC", dice.between(1, 8)), ("USDT", dice.between(60, 600))];
    AccountSpec {
        name: ["one", "two"][index].into(),
        index: index as u32,
        cash: cash.map(|(currency, units)| (currency.into(), money(units))).into(),
        instruments: instruments.to_vec(),
        strategies,
        risk: RiskSpec {
            position_fraction: None,
            position_notional: None,
            price_band: dice.once_in(3).then_some(Rate(Rate::ONE / 10)),
            order_rate: dice.once_in(4).then_some(OrderRate { count: 20, per: Span(100 * MS) }),
            drawdown_stop: dice.once_in(6).then_some(Rate(Rate::ONE / 2)),
        },
        ordinals: AccountOrdinals {
            orders: 20,
            fills: 21,
            ledger: 22,
            positions: 23,
            portfolio: 24,
            markouts: 25,
        },
        markouts: MarkoutSpec { horizons: vec![Span(5 * MS), Span(2_000 * MS)], toxic: None },
    }
}

/// Columns of a trigger: the wish, a price near the market, another one, a bid, an ask, and a
/// quantity for quotes.
const COLUMNS: usize = 6;

fn column(at: usize) -> Rule {
    rule(Expr::Column(at as u32))
}

fn strategy(dice: &mut Dice, ordinal: u16, kind: u16, instruments: i64) -> StrategySpec {
    let base = spec(OrderStyle::Market).strategies.remove(0);
    let (timeout, then_market) = (dice.once_in(2).then_some(Span(8 * MS)), dice.once_in(2));
    let order = match kind {
        1 => OrderStyle::Limit {
            price: column(1),
            post_only: dice.once_in(2),
            timeout,
            then_market: timeout.is_some() && then_market,
            in_force: TimeInForce::Gtc,
        },
        2 => OrderStyle::Limit {
            price: column(1),
            post_only: false,
            timeout: None,
            then_market: false,
            in_force: dice.of(&[TimeInForce::Ioc, TimeInForce::Fok]),
        },
        3 => {
            let wake = dice.of(&[Wake::Stop, Wake::Touch, Wake::Trail]);
            let trails = wake == Wake::Trail;
            OrderStyle::Wait {
                wake,
                at: if trails { rule(Expr::Constant(0.05)) } else { column(2) },
                limit: (!trails && dice.once_in(2)).then(|| column(1)),
                timeout,
                then_market: timeout.is_some() && then_market,
            }
        }
        _ => OrderStyle::Market,
    };
    let order = match kind {
        0 | 4 => order,
        _ if dice.once_in(4) => OrderStyle::Reduce(Box::new(order)),
        _ => order,
    };
    let away = |by: f64| {
        let side = Expr::binary(Binary::Mul, Expr::Column(8), Expr::Constant(by));
        Some(rule(Expr::binary(Binary::Add, Expr::Column(7), side)))
    };
    let at_venue = dice.once_in(2);
    let exit = (kind == 0).then(|| Exit {
        stop: if dice.once_in(2) { away(-0.08) } else { None },
        take: if dice.once_in(2) { away(0.10) } else { None },
        trail: (dice.once_in(2) && !at_venue).then(|| rule(Expr::Constant(0.06))),
        after: dice.of(&[None, Some(After::Bars(4)), Some(After::Span(Span(30 * MS)))]),
        at_venue,
    });
    let quote = (kind == 4).then(|| Quote {
        fair: None,
        bid: column(3),
        ask: column(4),
        pull: wish(Binary::Gt, 1.5),
        levels: dice.between(1, 3) as u32,
        step_ticks: 2,
        post_only: dice.once_in(2),
        requote_ticks: dice.between(1, 3) as u32,
        max_position: dice.once_in(2).then_some(3.0),
    });
    let first = dice.below(instruments) as u32;
    let second = dice.below(instruments) as u32;
    let mut traded = vec![first, second];
    traded.sort_unstable();
    traded.dedup();
    let size = dice.between(1, 80) as f64 / 10.0;
    StrategySpec {
        name: format!("s{ordinal}").into(),
        ordinal,
        instruments: traded,
        columns: COLUMNS as u32,
        // Both directions, so that a wish of 2 means none of them.
        long: wish(Binary::Gt, 0.0).filter(|_| kind != 4),
        size: Size::Quantity(if kind == 4 { column(5) } else { rule(Expr::Constant(size)) }),
        order,
        exit,
        quote,
        ..base
    }
}

/// Markets on their way, and what has happened in them.
struct Tape {
    now: i64,
    offset: u64,
    middles: Vec<i64>,
    /// Do swaps have a clock of their own, and which?
    clocks: Vec<Option<VenueClock>>,
    update: u64,
    events: Vec<(OrderKey, What)>,
}

impl Tape {
    fn new(instruments: &[AccountInstrument]) -> Tape {
        Tape {
            now: 3_600_000 * MS - 2_000 * MS,
            offset: 0,
            middles: vec![10_000; instruments.len()],
            clocks: instruments.iter().map(|i| i.execution.clock).collect(),
            update: 0,
            events: Vec::new(),
        }
    }

    fn row(&mut self, dice: &mut Dice, market: usize, row: MarketRow<'static>) -> OrderKey {
        self.offset += 1;
        let key = OrderKey::source(EventTime(self.now), 0, 0, self.offset, 0);
        let travelled = EventTime(self.now - dice.below(4 * MS));
        let exchange_ts = self.clocks[market].map(|_| travelled);
        let met = matches!(row, MarketRow::Trade(_) | MarketRow::Quote(_) | MarketRow::Delta(_));
        if let Some(clock) = self.clocks[market].filter(|_| met) {
            let key = clock.key(key, exchange_ts);
            self.events.push((key, What::Row { market, row, exchange_ts }));
        }
        self.events.push((key, What::Row { market, row, exchange_ts }));
        key
    }

    /// Something happens: a record, after which strategies may have their moment.
    fn moment(&mut self, dice: &mut Dice, accounts: &[AccountSpec]) {
        self.now += dice.below(3 * MS);
        if dice.once_in(400) {
            self.now += 1_500 * MS;
        }
        if dice.once_in(500) {
            self.now += 3_600_000 * MS;
        }
        let market = dice.below(self.middles.len() as i64) as usize;
        let jump = if dice.once_in(60) { dice.between(-1_500, 1_500) } else { 0 };
        let middle = self.middles[market] + dice.between(-4, 4) + jump;
        self.middles[market] = middle.clamp(2_000, 50_000);
        let key = match dice.below(20) {
            0..8 => self.trade(dice, market),
            8..14 => self.quote(dice, market),
            14..19 => self.deltas(dice, market),
            _ => self.funding(dice, market),
        };
        self.triggers(dice, market, key, accounts);
    }

    fn trade(&mut self, dice: &mut Dice, market: usize) -> OrderKey {
        let price = self.middles[market] + dice.between(-3, 3);
        let quantity = dice.between(1, 60) * 10;
        let side = dice.of(&[Side::Buy, Side::Sell]).sign() as i8;
        self.row(dice, market, MarketRow::Trade(BarTrade { price, quantity, side, tainted: false }))
    }

    fn quote(&mut self, dice: &mut Dice, market: usize) -> OrderKey {
        let bid = self.middles[market] - dice.between(0, 3);
        let mut quantity = || if dice.once_in(40) { 0 } else { dice.between(1, 90) * 10 };
        let (bid_quantity, ask_quantity) = (quantity(), quantity());
        let ask = bid + dice.between(1, 5);
        let top = Top { bid, bid_quantity, ask, ask_quantity, update_id: NO_ID };
        self.row(dice, market, MarketRow::Quote(top))
    }

    /// A message of the book: a snapshot, changes, or the news that one is missing.
    fn deltas(&mut self, dice: &mut Dice, market: usize) -> OrderKey {
        self.update += 1;
        let snapshot = dice.once_in(4);
        let row = |flags: u8, price: i64, quantity: i64, id: u64| DeltaRow {
            price,
            quantity,
            flags: DeltaFlags(flags),
            first: NO_ID,
            previous: NO_ID,
            last: id,
        };
        if dice.once_in(30) {
            let gap = DeltaFlags::GAP | DeltaFlags::LAST;
            return self.row(dice, market, MarketRow::Delta(row(gap, 0, 0, self.update)));
        }
        let shared = if snapshot { DeltaFlags::SNAPSHOT } else { 0 };
        let mut rows = Vec::new();
        if snapshot {
            rows.push(row(shared | DeltaFlags::CLEAR, 0, 0, self.update));
        }
        for level in 0..dice.between(1, 3) {
            let quantity = if dice.once_in(8) { 0 } else { dice.between(1, 90) * 10 };
            let (bid, ask) = (self.middles[market] - 1 - level, self.middles[market] + 1 + level);
            rows.push(row(shared | DeltaFlags::BID, bid, quantity, self.update));
            rows.push(row(shared, ask, dice.between(1, 90) * 10, self.update));
        }
        let last = rows.last_mut().expect("there is a level");
        last.flags = DeltaFlags(last.flags.0 | DeltaFlags::LAST);
        let rows = rows.into_iter().map(|row| self.row(dice, market, MarketRow::Delta(row)));
        rows.last().expect("there is a level")
    }

    fn funding(&mut self, dice: &mut Dice, market: usize) -> OrderKey {
        let rate = dice.between(-90, 90) as f64 * 1e-5;
        let mark = dice.once_in(2).then_some(self.middles[market]);
        let next = dice.once_in(2).then_some(EventTime(self.now + dice.below(900 * MS)));
        self.row(dice, market, MarketRow::Funding(Funding { rate, mark, next }))
    }

    fn triggers(
        &mut self,
        dice: &mut Dice,
        market: usize,
        key: OrderKey,
        accounts: &[AccountSpec],
    ) {
        for strategy in accounts.iter().flat_map(|account| &account.strategies) {
            if strategy.instruments.binary_search(&(market as u32)).is_err() || !dice.once_in(3) {
                continue;
            }
            let middle = self.middles[market];
            let mut price = |from, to| match dice.once_in(25) {
                true => f64::NAN,
                false => (middle + dice.between(from, to)) as f64 / 100.0,
            };
            let prices = [price(-6, 6), price(-6, 6), price(-8, -1), price(1, 8)];
            let wish = dice.of(&[1.0, -1.0, 0.0, 1.0, -1.0, 2.0, f64::NAN]);
            let quantity = dice.between(1, 40) as f64 / 10.0;
            let values = [&[wish][..], &prices, &[quantity]].concat();
            let (tainted, instrument) = (dice.once_in(20), market as u32);
            let what = What::Trigger { strategy: strategy.ordinal, instrument, tainted, values };
            self.events.push((key.derived(strategy.ordinal, 0, 0), what));
        }
    }
}
