//! Windows of time against the plainest computation of the same numbers: every record kept, every
//! window searched from the start.

use super::{
    Ago, FeatureSpec, Length, Reads, Scales, Series,
    kyle_lambda::KyleLambda,
    order_flow_imbalance::OrderFlowImbalance,
    roll_spread::RollSpread,
    testing::{Record, give, top, trade},
    vwap_deviation::VwapDeviation,
    window_buy_volume::WindowBuyVolume,
    window_count::WindowCount,
    window_deviation::WindowDeviation,
    window_first::WindowFirst,
    window_last::WindowLast,
    window_max::WindowMax,
    window_mean::WindowMean,
    window_min::WindowMin,
    window_quantile::WindowQuantile,
    window_sell_volume::WindowSellVolume,
    window_signed_volume::WindowSignedVolume,
    window_slope::WindowSlope,
    window_sum::WindowSum,
    window_surge::WindowSurge,
    window_twap::WindowTwap,
    window_velocity::WindowVelocity,
};
use crate::{bars::BarTrade, indicators::Portion, market::Top};
use proptest::{prelude::*, sample::select};
use schemas::{EventTime, Span};

const SCALES: Scales = Scales { price: 2, quantity: 1 };
/// Ages of the ends of windows, which are the gaps between records, too: so that records stand
/// exactly at the ends, and just beside them.
const AGES: [i64; 4] = [0, 1_000, 2_500, 6_000];

/// Records at times that meet at the ends of windows.
fn tape() -> impl Strategy<Value = Vec<(i64, Record)>> {
    let gap = prop_oneof![
        select(vec![0, 0, 1, 500, 999, 1_000, 1_001, 1_500, 2_500, 3_500, 6_000]),
        0..400_i64,
    ];
    let record = prop_oneof![
        (9_990..10_010_i64, 0..9_i64, -1..=1_i8)
            .prop_map(|(price, quantity, side)| Record::Trade(trade(price, quantity, side))),
        (9_990..10_000_i64, 0..5_i64, 10_000..10_010_i64, 0..5_i64)
            .prop_map(|(bid, b, ask, a)| Record::Quote(top([bid, b, ask, a]))),
    ];
    prop::collection::vec((gap, record), 1..60).prop_map(|steps| {
        let mut at = 1_700_000_000_000_000_000;
        let place = |(gap, record)| {
            at += gap;
            (at, record)
        };
        steps.into_iter().map(place).collect()
    })
}

/// The records that a feature takes.
fn taken(records: &[(i64, Record)], reads: Reads) -> Vec<(i64, Record)> {
    let fits = |(_, record): &&(i64, Record)| match record {
        Record::Trade(_) => reads == Reads::Trades,
        Record::Quote(_) => reads == Reads::Quotes,
    };
    records.iter().filter(fits).copied().collect()
}

fn raw(series: Series, record: &Record) -> Option<i64> {
    match record {
        Record::Trade(trade) => series.of_trade(trade),
        Record::Quote(top) => series.of_quote(top),
    }
}

fn number(series: Series, record: &Record) -> Option<f64> {
    raw(series, record).map(|raw| raw as f64 / one(series))
}

fn one(series: Series) -> f64 {
    series.one(SCALES) as f64
}

/// A window in which everything can be looked for.
struct Plain {
    records: Vec<(i64, Record)>,
    begin: i64,
    end: i64,
}

impl Plain {
    /// The window, if all of it has passed since the first record.
    fn new(
        records: &[(i64, Record)],
        reads: Reads,
        now: i64,
        (from, to): (i64, i64),
    ) -> Option<Plain> {
        let records = taken(records, reads);
        let (begin, end) = (now - from, now - to);
        (records.first()?.0 <= begin).then_some(Plain { records, begin, end })
    }

    /// Numbers in the window with their times.
    fn numbers(&self, series: Series) -> Vec<(i64, f64)> {
        let inside = self.records.iter().filter(|(at, _)| self.begin < *at && *at <= self.end);
        inside.filter_map(|(at, record)| Some((*at, number(series, record)?))).collect()
    }

    fn trades(&self) -> Vec<(i64, BarTrade)> {
        let trade = |(at, record): &(i64, Record)| match record {
            Record::Trade(trade) => Some((*at, *trade)),
            Record::Quote(_) => None,
        };
        self.records.iter().filter_map(trade).collect()
    }

    fn holds(&self, at: i64) -> bool {
        self.begin < at && at <= self.end
    }

    /// The integral of a number, at its scale, and the time over which there was one.
    fn area(&self, series: Series) -> Option<(i128, i128)> {
        let (mut sum, mut time) = (0, 0);
        for (i, (at, record)) in self.records.iter().enumerate() {
            let until = self.records.get(i + 1).map_or(i64::MAX, |next| next.0);
            let held = i128::from(until.min(self.end) - (*at).max(self.begin));
            if let (Some(number), true) = (raw(series, record), held > 0) {
                (sum, time) = (sum + i128::from(number) * held, time + held);
            }
        }
        (time > 0).then_some((sum, time))
    }
}

fn sum(numbers: &[(i64, f64)]) -> f64 {
    numbers.iter().map(|(_, x)| x).sum()
}

fn mean(numbers: &[(i64, f64)]) -> Option<f64> {
    (!numbers.is_empty()).then(|| sum(numbers) / numbers.len() as f64)
}

/// Means of the products of distances from the means, times the square of the count: of x and x,
/// and of x and y. The numbers are small enough for integers.
fn moments(pairs: &[(i128, i128)]) -> (f64, f64) {
    let count = pairs.len() as i128;
    let sum = |f: fn(&(i128, i128)) -> i128| pairs.iter().map(f).sum::<i128>();
    let (x, y) = (sum(|p| p.0), sum(|p| p.1));
    let (squares, products) = (sum(|p| p.0 * p.0), sum(|p| p.0 * p.1));
    ((count * squares - x * x) as f64, (count * products - x * y) as f64)
}

fn slope(pairs: &[(i128, i128)]) -> Option<f64> {
    let (squares, products) = moments(pairs);
    (squares > 0.0).then(|| products / squares)
}

type Expected = Box<dyn Fn(&[(i64, Record)], i64) -> Option<f64>>;

/// Every function of one series over one window.
fn of_series(on: Series, ends: (i64, i64)) -> Vec<(FeatureSpec, Expected)> {
    let (from, to) = (Length::of(Span(ends.0)), Ago::of(Span(ends.1)));
    let plain = move |records: &[(i64, Record)], now| Plain::new(records, on.reads(), now, ends);
    let over = |f: fn(&[(i64, f64)]) -> Option<f64>| -> Expected {
        Box::new(move |records, now| f(&plain(records, now)?.numbers(on)))
    };
    let quantile = |numbers: &[(i64, f64)]| {
        let mut sorted: Vec<f64> = numbers.iter().map(|(_, x)| *x).collect();
        sorted.sort_by(f64::total_cmp);
        let place = 0.7 * sorted.len().checked_sub(1)? as f64;
        let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
        Some(below + (above - below) * place.fract())
    };
    let deviation: Expected = Box::new(move |records, now| {
        let numbers = plain(records, now)?.numbers(on);
        let pairs: Vec<_> =
            numbers.iter().map(|(_, x)| ((x * one(on)).round() as i128, 0)).collect();
        let count = pairs.len() as f64;
        (!pairs.is_empty()).then(|| moments(&pairs).0.sqrt() / count / one(on))
    });
    let trend: Expected = Box::new(move |records, now| {
        let numbers = plain(records, now)?.numbers(on);
        let first = numbers.first()?.0;
        let pair = |(at, x): &(i64, f64)| (i128::from(at - first), (x * one(on)).round() as i128);
        Some(slope(&numbers.iter().map(pair).collect::<Vec<_>>())? * 1e9 / one(on))
    });
    let least = |numbers: &[(i64, f64)]| numbers.iter().map(|(_, x)| *x).reduce(f64::min);
    let most = |numbers: &[(i64, f64)]| numbers.iter().map(|(_, x)| *x).reduce(f64::max);
    let portion = Portion::of(0.7);
    vec![
        (FeatureSpec::WindowSum(WindowSum { on, from, to }), over(|x| Some(sum(x)))),
        (FeatureSpec::WindowCount(WindowCount { on, from, to }), over(|x| Some(x.len() as f64))),
        (FeatureSpec::WindowMean(WindowMean { on, from, to }), over(mean)),
        (FeatureSpec::WindowMin(WindowMin { on, from, to }), over(least)),
        (FeatureSpec::WindowMax(WindowMax { on, from, to }), over(most)),
        (
            FeatureSpec::WindowFirst(WindowFirst { on, from, to }),
            over(|numbers| Some(numbers.first()?.1)),
        ),
        (
            FeatureSpec::WindowLast(WindowLast { on, from, to }),
            over(|numbers| Some(numbers.last()?.1)),
        ),
        (FeatureSpec::WindowQuantile(WindowQuantile { on, portion, from, to }), over(quantile)),
        (FeatureSpec::WindowDeviation(WindowDeviation { on, from, to }), deviation),
        (FeatureSpec::WindowSlope(WindowSlope { on, from, to }), trend),
        (
            FeatureSpec::WindowTwap(WindowTwap { on, from, to }),
            Box::new(move |records, now| {
                let (sum, time) = plain(records, now)?.area(on)?;
                Some(sum as f64 / time as f64 / one(on))
            }),
        ),
    ]
}

/// Functions of two windows.
fn of_two(on: Series, ends: (i64, i64), earlier: (i64, i64)) -> Vec<(FeatureSpec, Expected)> {
    let (from, to) = (Length::of(Span(ends.0)), Ago::of(Span(ends.1)));
    let (earlier_from, earlier_to) = (Length::of(Span(earlier.0)), Ago::of(Span(earlier.1)));
    let both = move |records: &[(i64, Record)], now| {
        let plain = |ends| Plain::new(records, on.reads(), now, ends);
        Some((plain(ends)?, plain(earlier)?))
    };
    let surge: Expected = Box::new(move |records, now| {
        let (now, before) = both(records, now)?;
        let rate =
            |plain: &Plain, (from, to): (i64, i64)| sum(&plain.numbers(on)) / (from - to) as f64;
        let before = rate(&before, earlier);
        (before != 0.0).then(|| rate(&now, ends) / before)
    });
    let velocity: Expected = Box::new(move |records, now| {
        let (now, before) = both(records, now)?;
        let apart = ((earlier.0 + earlier.1) - (ends.0 + ends.1)) as f64 / 2e9;
        let (a, b) = (now.area(on)?, before.area(on)?);
        let difference = (a.0 * b.1 - b.0 * a.1) as f64 / (a.1 * b.1) as f64;
        Some(difference / one(on) / apart)
    });
    let mut all = vec![(
        FeatureSpec::WindowSurge(WindowSurge { on, from, to, earlier_from, earlier_to }),
        surge,
    )];
    if earlier.0 + earlier.1 > ends.0 + ends.1 {
        let of = WindowVelocity { on, from, to, earlier_from, earlier_to };
        all.push((FeatureSpec::WindowVelocity(of), velocity));
    }
    all
}

/// What a change of the best bid and offer adds to the order-flow imbalance.
fn flow(before: &Top, now: &Top) -> f64 {
    let mut flow = 0;
    if now.bid >= before.bid {
        flow += now.bid_quantity;
    }
    if now.bid <= before.bid {
        flow -= before.bid_quantity;
    }
    if now.ask <= before.ask {
        flow -= now.ask_quantity;
    }
    if now.ask >= before.ask {
        flow += before.ask_quantity;
    }
    flow as f64 / 10.0
}

/// Functions of trades and of quotes as wholes.
fn of_records(ends: (i64, i64)) -> Vec<(FeatureSpec, Expected)> {
    let (from, to) = (Length::of(Span(ends.0)), Ago::of(Span(ends.1)));
    let trades =
        move |records: &[(i64, Record)], now| Plain::new(records, Reads::Trades, now, ends);
    let volume = move |of: fn(i8) -> f64| -> Expected {
        Box::new(move |records, now| {
            let plain = trades(records, now)?;
            let inside = plain.trades().into_iter().filter(|(at, _)| plain.holds(*at));
            Some(inside.map(|(_, t)| of(t.side) * t.quantity as f64 / 10.0).sum())
        })
    };
    let changes = |plain: &Plain| -> Vec<(i64, i128, i128)> {
        let trades = plain.trades();
        let change = |two: &[(i64, BarTrade)]| {
            let signed = two[1].1.quantity * i64::from(two[1].1.side);
            (two[1].0, signed.into(), (two[1].1.price - two[0].1.price).into())
        };
        trades.windows(2).map(change).collect()
    };
    let kyle: Expected = Box::new(move |records, now| {
        let plain = trades(records, now)?;
        let inside = changes(&plain).into_iter().filter(|(at, _, _)| plain.holds(*at));
        // Cents over tenths.
        Some(slope(&inside.map(|(_, x, y)| (x, y)).collect::<Vec<_>>())? / 10.0)
    });
    let roll: Expected = Box::new(move |records, now| {
        let plain = trades(records, now)?;
        let changes = changes(&plain);
        let pairs = changes.windows(2).filter(|two| plain.holds(two[1].0));
        let pairs: Vec<_> = pairs.map(|two| (two[0].2, two[1].2)).collect();
        let covariation = moments(&pairs).1;
        (covariation < 0.0).then(|| 2.0 * (-covariation).sqrt() / pairs.len() as f64 / 100.0)
    });
    let vwap: Expected = Box::new(move |records, now| {
        let plain = trades(records, now)?;
        let trades = plain.trades();
        let last = trades.last()?.1.price as f64;
        let inside = trades.iter().filter(|(at, _)| plain.holds(*at));
        let (notional, volume) = inside.fold((0, 0), |(notional, volume), (_, t)| {
            (notional + t.price * t.quantity, volume + t.quantity)
        });
        let vwap = notional as f64 / volume as f64;
        (volume > 0).then(|| (last - vwap) / vwap)
    });
    let ofi: Expected = Box::new(move |records, now| {
        let plain = Plain::new(records, Reads::Quotes, now, ends)?;
        let mut flows = 0.0;
        for two in plain.records.windows(2) {
            if let [(_, Record::Quote(before)), (at, Record::Quote(now))] = two
                && plain.holds(*at)
                && before.is_complete()
                && now.is_complete()
            {
                flows += flow(before, now);
            }
        }
        Some(flows)
    });
    vec![
        (
            FeatureSpec::WindowBuyVolume(WindowBuyVolume { from, to }),
            volume(|side| if side > 0 { 1.0 } else { 0.0 }),
        ),
        (
            FeatureSpec::WindowSellVolume(WindowSellVolume { from, to }),
            volume(|side| if side < 0 { 1.0 } else { 0.0 }),
        ),
        (FeatureSpec::WindowSignedVolume(WindowSignedVolume { from, to }), volume(f64::from)),
        (FeatureSpec::KyleLambda(KyleLambda { from, to }), kyle),
        (FeatureSpec::RollSpread(RollSpread { from, to }), roll),
        (FeatureSpec::VwapDeviation(VwapDeviation { from, to }), vwap),
        (FeatureSpec::OrderFlowImbalance(OrderFlowImbalance { from, to }), ofi),
    ]
}

/// Gives the records, and looks when each came, when it enters, when it leaves, and just beside.
fn check(
    (spec, expected): &(FeatureSpec, Expected),
    records: &[(i64, Record)],
) -> Result<(), TestCaseError> {
    let feature = spec.running().expect("it runs");
    let mut state = feature.start(SCALES);
    for (i, (at, record)) in records.iter().enumerate() {
        give(&mut *state, feature.reads(), EventTime(*at), record);
        let next = records.get(i + 1).map_or(*at + 20_000, |next| next.0);
        let times = records[..=i].iter().flat_map(|(at, _)| {
            AGES.iter().flat_map(move |age| [at + age - 1, at + age, at + age + 1])
        });
        let mut times: Vec<i64> = times.filter(|t| at <= t && *t <= next).collect();
        times.push(*at);
        times.sort_unstable();
        times.dedup();
        for now in times {
            let found = state.value(EventTime(now));
            let expected = expected(&records[..=i], now);
            let same = match expected {
                None => found.is_nan(),
                Some(value) => (found - value).abs() <= 1e-9 * value.abs().max(1e-3),
            };
            prop_assert!(same, "{spec:?} at {now}: {found}, expected {expected:?}");
        }
    }
    Ok(())
}

fn ends() -> impl Strategy<Value = (i64, i64)> {
    (0..AGES.len() - 1, 1..AGES.len())
        .prop_map(|(to, step)| (AGES[(to + step).min(AGES.len() - 1)], AGES[to]))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn windows_of_a_series(records in tape(), on in select(Series::ALL.to_vec()), ends in ends()) {
        for case in of_series(on, ends) {
            check(&case, &records)?;
        }
    }

    #[test]
    fn two_windows(
        records in tape(),
        on in select(Series::ALL.to_vec()),
        ends in ends(),
        earlier in ends(),
    ) {
        for case in of_two(on, ends, earlier) {
            check(&case, &records)?;
        }
    }

    #[test]
    fn windows_of_records(records in tape(), ends in ends()) {
        for case in of_records(ends) {
            check(&case, &records)?;
        }
    }
}
