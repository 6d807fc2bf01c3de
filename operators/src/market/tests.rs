//! An engine with every kind of bar and feature: cutting the run anywhere changes nothing.

use super::{
    BarNode, Driver, FeatureNode, IndicatorNode, InstrumentEngine, MARKET_COLUMNS, MarketRow,
    MarketSpec, Node, ReadingsNode, Top, TradeRun, slot,
};
use crate::{
    bars::{
        BAR_COLUMNS, BarKind, BarOn, BarTrade, BrickStart, Empty, Measure, TimeBar,
        dollar::DollarBar, imbalance::ImbalanceBar, range::RangeBar, renko::RenkoBar, run::RunBar,
        tick::TickBar, volume::VolumeBar,
    },
    features::{Amount, FeatureSpec},
    indicators::{
        Definition, IndicatorSpec, Period, Unstable, bbands::Bbands, correl::Correl, ema::Ema,
    },
    outputs::Outputs,
};
use proptest::prelude::*;
use schemas::{
    Chunk, EventTime, Instrument, InstrumentId, OrderKey, Span,
    chunk::{NO_ID, RowKind, Trades},
    instrument::Kind,
    records::Clock,
};
use std::sync::Arc;

const SECOND: i64 = Span::SECOND.0;

fn instrument() -> Instrument {
    Instrument {
        id: InstrumentId::new("demo", "A"),
        base: "A".into(),
        quote: "USD".into(),
        settle: "USD".into(),
        kind: Kind::Spot,
        price_scale: 1,
        quantity_scale: 1,
        tick: 1,
        lot: 1,
        multiplier: 1,
        inverse: false,
    }
}

/// Bars of every kind, on trades, quotes and each other, lower ones first.
fn bars() -> Vec<(&'static str, BarKind)> {
    let time = |seconds: i64, clock, on: &str, empty| {
        let on = BarOn::from(on.to_owned());
        BarKind::Time(TimeBar { every: Span(seconds * SECOND), clock, on, empty })
    };
    let on = |name: &str| BarOn::from(name.to_owned());
    let (of, expected, bars) = (Measure::Volume, Period::of(3), Period::of(4));
    let notional = Amount::of("40");
    vec![
        ("carried", time(1, Clock::Receive, "trades", Empty::Carry)),
        ("higher", time(4, Clock::Receive, "carried", Empty::Skip)),
        ("highest", time(8, Clock::Receive, "higher", Empty::Skip)),
        ("quotes_1s", time(1, Clock::Exchange, "quotes", Empty::Skip)),
        ("slow_quotes", time(4, Clock::Exchange, "quotes_1s", Empty::Skip)),
        ("higher_quotes", time(4, Clock::Exchange, "quotes", Empty::Skip)),
        ("ticks", BarKind::Tick(TickBar { count: Period::of(3), on: on("trades") })),
        ("volume", BarKind::Volume(VolumeBar { quantity: Amount::of("1"), on: on("carried") })),
        ("dollars", BarKind::Dollar(DollarBar { notional, on: on("trades") })),
        ("uneven", BarKind::Imbalance(ImbalanceBar { of, expected, bars, on: on("trades") })),
        ("runs", BarKind::Run(RunBar { of: Measure::Count, expected, bars, on: on("quotes") })),
        ("range", BarKind::Range(RangeBar { range: Amount::of("0.3"), on: on("quotes") })),
        (
            "bricks",
            BarKind::Renko(RenkoBar {
                brick: Amount::of("0.2"),
                start: BrickStart::First,
                on: on("quotes"),
            }),
        ),
        ("pairs", BarKind::Tick(TickBar { count: Period::of(2), on: on("bricks") })),
    ]
}

fn spec() -> MarketSpec {
    let mut slot = MARKET_COLUMNS.len() as u32;
    let mut ordinal = 0;
    let mut node = |name: &str| {
        ordinal += 1;
        Node { name: name.into(), ordinal }
    };
    let kinds = bars();
    let mut nodes = Vec::new();
    for (name, kind) in &kinds {
        let upstream = match kind.on() {
            BarOn::Bar(lower) => kinds.iter().position(|(n, _)| *n == &**lower),
            _ => None,
        };
        let upstream = upstream.map(|place| place as u16);
        nodes.push(BarNode { node: node(name), kind: kind.clone(), upstream, slot });
        slot += BAR_COLUMNS.len() as u32;
    }
    let mut indicators = Vec::new();
    for (bar, of) in nodes.iter().enumerate() {
        let ema = Ema { period: Period::of(3), unstable: Unstable::of(0) };
        indicators.push(IndicatorNode {
            node: node("ema"),
            spec: IndicatorSpec::Ema(ema),
            driver: Driver::Bar(bar as u16),
            inputs: vec![of.slot + 3],
            slot,
            outputs: 1,
        });
        slot += 1;
    }
    let mut features = Vec::new();
    for example in FeatureSpec::examples() {
        features.push(FeatureNode { node: node("feature"), spec: example, slot });
        slot += 1;
    }
    let slots = (MARKET_COLUMNS.len() as u32..slot).collect();
    let readings = Some(ReadingsNode { ordinal: node("readings").ordinal, slots, at_bars: true });
    MarketSpec {
        slots: slot,
        bars: nodes,
        foreign: Vec::new(),
        indicators,
        features,
        models: Vec::new(),
        triggers: Vec::new(),
        readings,
        doubts: Default::default(),
        clocks: Default::default(),
        quality_ordinal: node("quality").ordinal,
    }
}

/// Few looks, and much that moves with trades between them: indicators of price and quantity, of
/// each other, and of a bar's close.
fn spec_of_runs() -> MarketSpec {
    let mut spec = spec();
    // Of one second, once a trade has come.
    spec.bars.truncate(1);
    spec.indicators.truncate(1);
    let close = spec.bars[0].slot + 3;
    let of_value = |period| {
        let ema = Ema { period: Period::of(period), unstable: Unstable::of(0) };
        (IndicatorSpec::Ema(ema), 1)
    };
    let bands = (IndicatorSpec::Bbands(Bbands::examples().remove(0)), 3);
    let correl = || (IndicatorSpec::Correl(Correl { period: Period::of(4) }), 1);
    let [price, quantity] = [slot::PRICE, slot::QUANTITY].map(|slot| slot as u32);
    let first = spec.slots;
    for ((kind, outputs), inputs) in [
        (of_value(5), vec![price]),
        (bands, vec![quantity]),
        (correl(), vec![first, quantity]),
        (correl(), vec![price, close]),
        (of_value(2), vec![first + 3]),
    ] {
        let node = Node { name: "on_trade".into(), ordinal: 900 };
        let (driver, slot) = (Driver::Trade, spec.slots);
        spec.indicators.push(IndicatorNode { node, spec: kind, driver, inputs, slot, outputs });
        spec.slots += outputs;
    }
    let slots = (MARKET_COLUMNS.len() as u32..spec.slots).collect();
    spec.readings = Some(ReadingsNode { ordinal: 901, slots, at_bars: true });
    spec
}

/// A record with its time and that of the exchange.
type Record = (i64, i64, MarketRow<'static>);

/// Records in order, several at one time too.
fn records() -> impl Strategy<Value = Vec<Record>> {
    let gap = prop_oneof![Just(0), Just(SECOND), 1..SECOND, SECOND..30 * SECOND];
    let one = (gap, 0..2 * SECOND, 990..1_010i64, 0..30i64, -1..2i8, any::<bool>());
    proptest::collection::vec(one, 1..80).prop_map(|all| {
        let mut now = 0;
        let record = |(gap, delay, price, quantity, side, quote)| {
            now += gap;
            let row = if quote {
                let (bid, ask) = (price, price + 1 + quantity % 3);
                let [bid_quantity, ask_quantity] = [quantity, quantity + 1];
                MarketRow::Quote(Top { bid, bid_quantity, ask, ask_quantity, update_id: NO_ID })
            } else {
                MarketRow::Trade(BarTrade { price, quantity, side, tainted: false })
            };
            (now, now - delay, row)
        };
        all.into_iter().map(record).collect()
    })
}

/// What comes out, ordered; the engine is brought to each of these times and replaced by another
/// that takes over its state.
fn run(spec: &Arc<MarketSpec>, records: &[Record], cuts: &[i64], end: i64) -> Vec<String> {
    let instrument = Arc::new(instrument());
    let start = || InstrumentEngine::new(Arc::clone(spec), Arc::clone(&instrument), 0);
    let (mut engine, mut out, mut triggers) = (start(), Outputs::default(), Vec::new());
    let mut cuts = cuts.iter().peekable();
    for (place, (at, exchange, row)) in records.iter().enumerate() {
        while let Some(cut) = cuts.next_if(|cut| *cut <= at) {
            engine.advance(EventTime(*cut), &mut out, &mut triggers);
            let state = engine.snapshot();
            engine = start();
            engine.restore(&state).expect("own state");
        }
        let key = OrderKey::source(EventTime(*at), 0, 0, place as u64, 0);
        engine.on_row(key, row, Some(EventTime(*exchange)), &mut out, &mut triggers);
    }
    engine.advance(EventTime(end), &mut out, &mut triggers);
    told(out)
}

fn told(mut out: Outputs) -> Vec<String> {
    out.sort();
    let bars = out.bars.iter().map(|bar| format!("{bar:?}"));
    let readings = out.readings.iter().map(|row| {
        let bits: Vec<u64> = row.values.iter().map(|value| value.to_bits()).collect();
        format!("{:?} {bits:?} {:?}", row.key, row.values)
    });
    bars.chain(readings).collect()
}

/// The same for trades alone that come in chunks of so many.
fn run_in_chunks(spec: &Arc<MarketSpec>, trades: &[Record], most: usize, end: i64) -> Vec<String> {
    let mut engine = InstrumentEngine::new(Arc::clone(spec), Arc::new(instrument()), 0);
    let (mut out, mut triggers) = (Outputs::default(), Vec::new());
    for (part, trades) in trades.chunks(most).enumerate() {
        let mut chunk = Chunk::only(0, 0, RowKind::Trade);
        for (row, (at, exchange, record)) in trades.iter().enumerate() {
            let MarketRow::Trade(trade) = record else { unreachable!("trades alone") };
            chunk.ts.push(*at);
            chunk.exchange_ts.push(*exchange);
            chunk.offset.push((part * most + row) as u64);
            chunk.instrument.push(0);
            chunk.trades.price.push(trade.price);
            chunk.trades.quantity.push(trade.quantity);
            chunk.trades.side.push(trade.side);
        }
        let rows: Vec<u32> = (0..trades.len() as u32).collect();
        let Trades { price, quantity, side, .. } = &chunk.trades;
        let run = TradeRun { chunk: &chunk, rows: &rows, price, quantity, side };
        engine.on_trades(run, &mut out, &mut triggers);
    }
    engine.advance(EventTime(end), &mut out, &mut triggers);
    told(out)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn trades_together_are_trades_one_by_one(
        records in records(),
        hurry in 1..40i64,
        most in 1..30usize,
        only_time: bool,
    ) {
        let mut spec = spec();
        if only_time {
            spec.bars.truncate(3);
            spec.indicators.truncate(3);
            spec.features.retain(|node| matches!(node.spec, FeatureSpec::TradeImbalance(_)));
        }
        let spec = Arc::new(spec);
        let trade = |record: &&Record| matches!(record.2, MarketRow::Trade(_));
        let sooner = |(at, exchange, row): &Record| (at / hurry, exchange / hurry, *row);
        let trades: Vec<Record> = records.iter().filter(trade).map(sooner).collect();
        let end = trades.last().map_or(0, |record| record.0) + 10 * SECOND;
        let (together, single) =
            (run_in_chunks(&spec, &trades, most, end), run(&spec, &trades, &[], end));
        let differs = single.iter().zip(&together).find(|(a, b)| a != b);
        prop_assert!(together == single, "{} rows, {}: {differs:?}", together.len(), single.len());
    }

    #[test]
    fn a_run_that_is_cut_gives_the_same(records in records(), every in 1..5 * SECOND) {
        let spec = Arc::new(spec());
        let end = records.last().expect("not empty").0 + 10 * SECOND;
        let whole = run(&spec, &records, &[], end);
        let mut keys: Vec<&str> = whole.iter().map(String::as_str).collect();
        keys.sort_unstable();
        keys.dedup();
        prop_assert_eq!(keys.len(), whole.len(), "a row twice");
        let cuts: Vec<i64> = (0..end).step_by(every.max(SECOND / 4) as usize).collect();
        let found = run(&spec, &records, &cuts, end);
        let differs = whole.iter().zip(&found).find(|(a, b)| a != b);
        prop_assert!(whole == found, "{} rows, {}: {differs:?}", whole.len(), found.len());
    }

}

proptest! {
    // Each record is a restart of the engine.
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn trades_are_taken_in_runs_as_one_by_one(records in records(), hurry in 1..40_i64) {
        let spec = Arc::new(spec_of_runs());
        let often = |(at, exchange, row): &Record| (at / (10 * hurry), exchange / 10, *row);
        // Again and again, so that there are more than a run has room for.
        let length = records.last().expect("not empty").0 / (10 * hurry);
        let again = |time: i64| {
            let later = move |(at, exchange, row)| (at + time * length, exchange, row);
            records.iter().map(often).map(later)
        };
        let records: Vec<Record> = (0..9).flat_map(again).collect();
        let end = records.last().expect("not empty").0 + 10 * SECOND;
        // Brought to the time of each record, an engine has no two trades to take but of one time.
        let cuts: Vec<i64> = records.iter().map(|(at, ..)| *at).collect();
        let (runs, single) = (run(&spec, &records, &[], end), run(&spec, &records, &cuts, end));
        let differs = runs.iter().zip(&single).find(|(a, b)| a != b);
        prop_assert!(runs == single, "{} rows, {}: {differs:?}", runs.len(), single.len());
    }
}
