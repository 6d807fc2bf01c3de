//! Three instruments, of which all read columns of the second, against plain recomputation.

use super::*;
use crate::{
    bars::{BAR_COLUMNS, BarKind, BarOn, BarTrade, Empty, TimeBar},
    indicators::{IndicatorSpec, Period, Unstable, ema::Ema, sub::Sub},
    market::{
        BarNode, Driver, IndicatorNode, MARKET_COLUMNS, Node, ReadingsNode, Top, TriggerNode,
        TriggerOn, slot,
    },
};
use proptest::prelude::*;
use schemas::{InstrumentId, Span, chunk::NO_ID, instrument::Kind, records::Clock};

const SECOND: i64 = Span::SECOND.0;

/// The instrument that others read.
const READ: u32 = 1;

fn instruments() -> Vec<Instrument> {
    let instrument = |symbol: &str| Instrument {
        id: InstrumentId::new("demo", symbol),
        base: symbol.into(),
        quote: "USD".into(),
        settle: "USD".into(),
        kind: Kind::Spot,
        price_scale: 1,
        quantity_scale: 1,
        tick: 1,
        lot: 1,
        multiplier: 1,
        inverse: false,
    };
    ["A", "B", "C"].map(instrument).into()
}

/// Columns of readings, in their order.
#[derive(Clone, Copy)]
enum Column {
    Close,
    Mean,
    CloseLess,
    MeanLess,
    CloseLessMid,
}

/// One-second bars, an average of their closes, and each less that of the read instrument; the
/// price less its mid at every trade, on which a strategy waits too.
fn spec() -> Arc<MarketSpec> {
    let bar = MARKET_COLUMNS.len() as u32;
    let close = bar + 3;
    let mean = bar + BAR_COLUMNS.len() as u32;
    let [their_close, close_less, their_mean, mean_less, their_mid, price_less] =
        std::array::from_fn(|i| mean + 1 + i as u32);
    let (close_less_mid, gap) = (price_less + 1, price_less + 2);
    let mid = slot::MID as u32;
    let node = |ordinal: u16| Node { name: format!("n{ordinal}").into(), ordinal };
    let foreign = |slot, column| ForeignNode { slot, instrument: READ, column };
    let sub = || IndicatorSpec::Sub(Sub {});
    let ema = Ema { period: Period::of(3), unstable: Unstable::of(0) };
    let indicator = |(ordinal, spec, driver, inputs, slot)| IndicatorNode {
        node: node(ordinal),
        spec,
        driver,
        inputs,
        slot,
        outputs: 1,
    };
    let on_bar = Driver::Bar(0);
    let indicators = [
        (2, IndicatorSpec::Ema(ema), on_bar, vec![close], mean),
        (3, sub(), on_bar, vec![close, their_close], close_less),
        (4, sub(), on_bar, vec![mean, their_mean], mean_less),
        (5, sub(), Driver::Trade, vec![slot::PRICE as u32, their_mid], price_less),
        (9, sub(), on_bar, vec![close, mid], close_less_mid),
        (10, sub(), Driver::Trade, vec![mid, their_mid], gap),
    ];
    let kind = TimeBar {
        every: Span::SECOND,
        clock: Clock::Receive,
        on: BarOn::Trades,
        empty: Empty::Skip,
    };
    Arc::new(MarketSpec {
        slots: gap + 1,
        bars: vec![BarNode { node: node(1), kind: BarKind::Time(kind), upstream: None, slot: bar }],
        foreign: vec![
            foreign(their_close, close),
            foreign(their_mean, mean),
            foreign(their_mid, mid),
        ],
        indicators: indicators.map(indicator).into(),
        features: Vec::new(),
        models: Vec::new(),
        triggers: vec![TriggerNode {
            node: node(7),
            strategy: 0,
            on: TriggerOn::Trade,
            instruments: vec![0, 2],
            slots: vec![slot::PRICE as u32, their_mid, price_less, gap],
        }],
        readings: Some(ReadingsNode {
            ordinal: 6,
            slots: vec![close, mean, close_less, mean_less, close_less_mid],
            at_bars: true,
        }),
        doubts: Default::default(),
        clocks: Default::default(),
        quality_ordinal: 8,
    })
}

/// Time, instrument, and a trade's price or a best bid.
type Record = (i64, u32, Result<i64, i64>);

fn records() -> impl Strategy<Value = Vec<Record>> {
    let gap = prop_oneof![Just(0), Just(SECOND), 1..SECOND, SECOND..3 * SECOND];
    let record = (gap, 0..3u32, 990..1_010i64, any::<bool>());
    proptest::collection::vec(record, 1..120).prop_map(|all| {
        let mut now = 0;
        let record = |(gap, instrument, price, trade): (i64, u32, i64, bool)| {
            now += gap;
            (now, instrument, if trade { Ok(price) } else { Err(price) })
        };
        all.into_iter().map(record).collect()
    })
}

/// What comes out; all engines are brought to each of these times and replaced by others that take
/// over their state.
fn run(records: &[Record], cuts: &[i64], end: i64) -> (Outputs, Vec<Trigger>) {
    let (spec, instruments) = (spec(), instruments());
    let start = || Markets::new(&spec, &instruments, |_| true);
    let (mut markets, mut out, mut triggers) = (start(), Outputs::default(), Vec::new());
    assert!(markets.apart().is_none(), "they are stepped together");
    let mut cuts = cuts.iter().peekable();
    for (place, (at, instrument, what)) in records.iter().enumerate() {
        while let Some(cut) = cuts.next_if(|cut| *cut <= at) {
            markets.advance(EventTime(*cut), &mut out, &mut triggers);
            let mut after = start();
            for (place, engine) in markets.iter_mut() {
                after.restore(place as u32, &engine.snapshot()).expect("own state");
            }
            markets = after;
        }
        let row = match *what {
            Ok(price) => MarketRow::Trade(BarTrade { price, quantity: 5, side: 1, tainted: false }),
            Err(bid) => {
                let [bid_quantity, ask_quantity] = [1, 1];
                let ask = bid + 2;
                MarketRow::Quote(Top { bid, bid_quantity, ask, ask_quantity, update_id: NO_ID })
            }
        };
        let key = OrderKey::source(EventTime(*at), 0, 0, place as u64, 0);
        markets.on_row((key, *instrument), &row, None, &mut out, &mut triggers);
    }
    markets.advance(EventTime(end), &mut out, &mut triggers);
    out.sort();
    triggers.sort_by_key(|trigger| trigger.key);
    (out, triggers)
}

/// The close of the last bar of an instrument that ended by this time, and of those before it.
fn closes(records: &[Record], instrument: u32, until: i64) -> Vec<f64> {
    let trades = records.iter().filter(|r| r.1 == instrument && r.2.is_ok());
    let second = |record: &&Record| record.0 / SECOND;
    let trades: Vec<&Record> = trades.filter(|r| (second(r) + 1) * SECOND <= until).collect();
    let bars = trades.chunk_by(|a, b| second(a) == second(b));
    bars.map(|bar| bar.last().expect("not empty").2.expect("a trade") as f64 / 10.0).collect()
}

/// An average as its definition says: a plain mean first.
fn mean(closes: &[f64]) -> f64 {
    let Some(seed) = closes.get(..3) else { return f64::NAN };
    closes[3..].iter().fold(seed.iter().sum::<f64>() / 3.0, |mean, close| (mean + close) / 2.0)
}

/// The mid of an instrument after these records.
fn mid<'a>(records: impl Iterator<Item = &'a Record>, instrument: u32) -> f64 {
    let quotes = records.filter(|record| record.1 == instrument);
    let bid = quotes.filter_map(|record| record.2.err()).last();
    bid.map_or(f64::NAN, |bid| (bid + 1) as f64 / 10.0)
}

fn near(a: f64, b: f64) -> bool {
    a.is_nan() && b.is_nan() || (a - b).abs() < 1e-9
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_column_of_another_is_as_of_the_moment(records in records()) {
        let end = records.last().expect("not empty").0 + 2 * SECOND;
        let (out, triggers) = run(&records, &[], end);
        let at_bars = out.readings.iter().filter(|row| row.key.received == 0);
        let mut seen = 0;
        for row in at_bars {
            seen += 1;
            let (at, of) = (row.key.ts.0, row.key.state);
            let (own, theirs) = (closes(&records, of, at), closes(&records, READ, at));
            let last = |closes: &[f64]| closes.last().copied().unwrap_or(f64::NAN);
            let value = |column: Column| row.values[column as usize];
            prop_assert!(near(value(Column::Close), last(&own)), "{row:?}");
            prop_assert!(near(value(Column::Mean), mean(&own)), "{row:?}");
            prop_assert!(near(value(Column::CloseLess), last(&own) - last(&theirs)), "{row:?}");
            prop_assert!(near(value(Column::MeanLess), mean(&own) - mean(&theirs)), "{row:?}");
            let mid = mid(records.iter().filter(|record| record.0 < at), of);
            prop_assert!(near(value(Column::CloseLessMid), last(&own) - mid), "{row:?}");
            // Nothing is told before what it stands on.
            let stands_on = out.bars.iter().filter(|bar| bar.key.ts == row.key.ts);
            stands_on.for_each(|bar| assert!(bar.key < row.key, "{bar:?} {row:?}"));
        }
        prop_assert_eq!(seen, out.bars.len());
        for trigger in &triggers {
            let place = trigger.key.source_offset as usize;
            let before = || records[..place].iter();
            let (own, theirs) = (mid(before(), records[place].1), mid(before(), READ));
            let price = records[place].2.expect("it waits for trades") as f64 / 10.0;
            let expected = [price, theirs, price - theirs, own - theirs];
            let found = trigger.values.iter().zip(expected);
            prop_assert!(found.into_iter().all(|(a, b)| near(*a, b)), "{trigger:?} {expected:?}");
        }
        let wanted = records.iter().filter(|r| r.1 != READ && r.2.is_ok()).count();
        prop_assert_eq!(triggers.len(), wanted);
    }

    #[test]
    fn a_cluster_that_is_cut_gives_the_same(records in records(), every in 1..3 * SECOND) {
        let end = records.last().expect("not empty").0 + 2 * SECOND;
        let told = |cuts: &[i64]| {
            let (out, triggers) = run(&records, cuts, end);
            let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
            let bars = out.bars.iter().map(|bar| format!("{bar:?}"));
            let told = |key: OrderKey, values: &[f64]| format!("{key:?} {:?}", bits(values));
            let readings = out.readings.iter().map(|row| told(row.key, &row.values));
            let triggers = triggers.iter().map(|trigger| told(trigger.key, &trigger.values));
            bars.chain(readings).chain(triggers).collect::<Vec<_>>()
        };
        let whole = told(&[]);
        let mut keys = whole.clone();
        keys.sort_unstable();
        keys.dedup();
        prop_assert_eq!(keys.len(), whole.len(), "a row twice");
        let cuts: Vec<i64> = (0..end).step_by(every.max(SECOND / 4) as usize).collect();
        prop_assert_eq!(whole, told(&cuts));
    }
}

#[test]
fn what_only_strategies_read_binds_those_that_they_trade() {
    let mut spec = MarketSpec::clone(&spec());
    assert_eq!(spec.clusters(4), [0, 0, 0, 0], "indicators are computed for all");
    spec.indicators.truncate(1);
    assert_eq!(spec.clusters(4), [0, 0, 0, 3]);
    spec.triggers[0].instruments = vec![2];
    assert_eq!(spec.clusters(4), [0, 1, 1, 3]);
    let spec = Arc::new(spec);
    let mut apart = Markets::new(&spec, &instruments(), |place| place == 0);
    assert!(apart.apart().is_some(), "the others are elsewhere");
    let mut bound = Markets::new(&spec, &instruments(), |place| place > 0);
    assert!(bound.apart().is_none());
}

#[test]
fn doubt_about_one_reaches_what_stands_on_it() {
    let told = |slots: Vec<u32>| {
        let mut spec = MarketSpec::clone(&spec());
        spec.doubts.skew = Some(Span::SECOND);
        spec.triggers[0].slots = slots;
        let mut markets = Markets::new(&Arc::new(spec), &instruments(), |_| true);
        let (mut out, mut triggers) = (Outputs::default(), Vec::new());
        let trade = MarketRow::Trade(BarTrade { price: 1, quantity: 1, side: 1, tainted: false });
        for (offset, instrument, exchange) in [(1, READ, 9 * SECOND), (2, 0, 0)] {
            let key = OrderKey::source(EventTime(offset), 0, 0, offset as u64, 0);
            let stamps = Some(EventTime(exchange));
            markets.on_row((key, instrument), &trade, stamps, &mut out, &mut triggers);
        }
        triggers[0].tainted
    };
    let price = slot::PRICE as u32;
    assert!(told(spec().triggers[0].slots.clone()));
    assert!(!told(vec![price]), "it reads nothing of the other");
}
