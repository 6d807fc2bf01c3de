//! Measures an instrument's engine under two loads and prints a line of CSV each: load, records
//! (trades, or bars) a second, nanoseconds each, bytes of state an instrument.
//!
//! - `trades`: 50 columns that move with every trade of one instrument: 20 of TA-Lib's functions
//!   on its price, 20 windows of 1 to 300 s, and 10 measures of microstructure. A trade in 5 ms, so
//!   that the longest window holds 60,000; nobody looks at the values but once a second, when a bar
//!   closes and all are read.
//! - `bars`: 100 indicators on the one-minute bars of 1,000 instruments that take turns, a trade a
//!   bar.
//!
//! `many_speed [SECONDS]`: how long each load runs, 5 if it does not say. Time is that of the
//! processor, as Linux counts it, so that other programs count as little as they can.

use std::{collections::BTreeSet, fs, hint::black_box, sync::Arc};

use operators::{
    bars::{BAR_COLUMNS, BarKind, BarOn, BarTrade, Empty, TimeBar},
    features::FeatureSpec,
    indicators::{BAR_COLUMNS as INPUTS, IndicatorSpec, Input},
    market::{
        BarNode, Driver, FeatureNode, IndicatorNode, InstrumentEngine, MARKET_COLUMNS, MarketRow,
        MarketSpec, Node, ReadingsNode, Top, slot,
    },
    outputs::Outputs,
};
use schemas::{
    EventTime, Instrument, InstrumentId, OrderKey, Span, chunk::NO_ID, instrument::Kind,
    records::Clock,
};

#[path = "../shared/mod.rs"]
#[allow(dead_code, reason = "it reads bars from standard input, too")]
mod shared;
mod specs;

/// Between two trades.
const GAP: i64 = 5_000_000;
/// Instruments of the second load.
const INSTRUMENTS: usize = 1_000;
/// Records between two looks at the clock.
const BATCH: i64 = 10_000;

fn main() {
    let seconds = std::env::args().nth(1).map_or(5.0, |text| text.parse().expect("seconds"));
    let (rate, bytes) = trades(seconds);
    println!("trades,{rate:.0},{:.1},{bytes}", 1e9 / rate);
    let (rate, bytes) = bars(seconds);
    println!("bars,{rate:.0},{:.1},{bytes}", 1e9 / rate);
}

fn instrument(place: usize) -> Instrument {
    Instrument {
        id: InstrumentId::new("demo", &format!("I{place}")),
        base: "A".into(),
        quote: "USD".into(),
        settle: "USD".into(),
        kind: Kind::Spot,
        price_scale: 2,
        quantity_scale: 3,
        tick: 1,
        lot: 1,
        multiplier: 1,
        inverse: false,
    }
}

/// Seconds that this thread has had a processor.
fn spent() -> f64 {
    let text = fs::read_to_string("/proc/thread-self/schedstat").expect("Linux tells it");
    let nanos = text.split(' ').next().and_then(|nanos| nanos.parse::<u64>().ok());
    nanos.expect("nanoseconds come first") as f64 / 1e9
}

/// Names and ordinals, slots behind the columns of every instrument.
struct Draft {
    ordinal: u16,
    spec: MarketSpec,
}

impl Draft {
    /// With a bar over so many seconds.
    fn new(seconds: i64) -> Draft {
        let kind = BarKind::Time(TimeBar {
            every: Span(seconds * Span::SECOND.0),
            clock: Clock::Receive,
            on: BarOn::Trades,
            empty: Empty::Skip,
        });
        let slot = MARKET_COLUMNS.len() as u32;
        let node = Node { name: "bar".into(), ordinal: 1 };
        let spec = MarketSpec {
            slots: slot + BAR_COLUMNS.len() as u32,
            bars: vec![BarNode { node, kind, upstream: None, slot }],
            foreign: Vec::new(),
            indicators: Vec::new(),
            features: Vec::new(),
            models: Vec::new(),
            triggers: Vec::new(),
            readings: None,
            doubts: Default::default(),
            clocks: Default::default(),
            quality_ordinal: u16::MAX,
        };
        Draft { ordinal: 1, spec }
    }

    fn node(&mut self) -> Node {
        self.ordinal += 1;
        Node { name: format!("n{}", self.ordinal).into(), ordinal: self.ordinal }
    }

    fn slot(&mut self, columns: usize) -> u32 {
        let slot = self.spec.slots;
        self.spec.slots += columns as u32;
        slot
    }

    fn indicator(&mut self, spec: IndicatorSpec, driver: Driver) {
        let bar = MARKET_COLUMNS.len() as u32;
        let column = |name: &str| BAR_COLUMNS.iter().position(|(n, _)| *n == name);
        let of_bar = |name: &&str| bar + column(name).expect("a bar has it") as u32;
        let (price, quantity) = (slot::PRICE as u32, slot::QUANTITY as u32);
        let inputs = match (spec.indicator().input(), driver) {
            (Input::Value, Driver::Trade) => vec![price],
            (Input::Pair, Driver::Trade) => vec![price, quantity],
            (Input::Value, Driver::Bar(_)) => vec![of_bar(&"close")],
            (Input::Pair, Driver::Bar(_)) => vec![of_bar(&"close"), of_bar(&"open")],
            (Input::Bar, _) => INPUTS.iter().map(of_bar).collect(),
        };
        let outputs = spec.indicator().outputs().len();
        let (node, slot) = (self.node(), self.slot(outputs));
        let outputs = outputs as u32;
        self.spec.indicators.push(IndicatorNode { node, spec, driver, inputs, slot, outputs });
    }

    fn feature(&mut self, spec: FeatureSpec) {
        let (node, slot) = (self.node(), self.slot(1));
        self.spec.features.push(FeatureNode { node, spec, slot });
    }

    /// All columns are read when a bar closes.
    fn read(&mut self) {
        let (ordinal, slots) = (self.node().ordinal, (0..self.spec.slots).collect());
        self.spec.readings = Some(ReadingsNode { ordinal, slots, at_bars: true });
    }
}

fn trades(seconds: f64) -> (f64, usize) {
    let mut draft = Draft::new(1);
    specs::indicators().into_iter().for_each(|spec| draft.indicator(spec, Driver::Trade));
    specs::features().into_iter().for_each(|spec| draft.feature(spec));
    let columns = draft.spec.indicators.len() + draft.spec.features.len();
    assert_eq!(columns, 50, "what the load is said to be");
    draft.read();
    let mut engine = InstrumentEngine::new(Arc::new(draft.spec), Arc::new(instrument(0)), 0);
    let (mut place, mut out) = (0, Outputs::default());
    let mut step = |engine: &mut InstrumentEngine, records: i64| {
        for _ in 0..records {
            place += 1;
            trade(engine, place, place * GAP, &mut out);
        }
        black_box(&out.readings);
        out = Outputs::default();
    };
    // The longest window fills first.
    step(&mut engine, 300 * Span::SECOND.0 / GAP + BATCH);
    let (start, mut records) = (spent(), 0);
    while spent() - start < seconds {
        step(&mut engine, BATCH);
        records += BATCH;
    }
    (records as f64 / (spent() - start), engine.snapshot().len())
}

fn bars(seconds: f64) -> (f64, usize) {
    let mut draft = Draft::new(60);
    let mut seen = BTreeSet::new();
    // One of each kind in the order of their names, whatever it costs.
    let all = IndicatorSpec::examples().into_iter();
    let first = all.filter(|spec| !spec.kind().starts_with("cdl") && seen.insert(spec.kind()));
    first.take(100).for_each(|spec| draft.indicator(spec, Driver::Bar(0)));
    assert_eq!(draft.spec.indicators.len(), 100, "what the load is said to be");
    let spec = Arc::new(draft.spec);
    let engine =
        |place| InstrumentEngine::new(Arc::clone(&spec), Arc::new(instrument(place)), place as u32);
    let mut engines: Vec<InstrumentEngine> = (0..INSTRUMENTS).map(engine).collect();
    let (mut minute, mut out) = (0, Outputs::default());
    let mut step = |engines: &mut Vec<InstrumentEngine>| {
        minute += 1;
        for (place, engine) in engines.iter_mut().enumerate() {
            trade(engine, minute * 7 + place as i64, minute * 60 * Span::SECOND.0, &mut out);
        }
        black_box(&out.bars);
        out = Outputs::default();
    };
    (0..150).for_each(|_| step(&mut engines));
    let (start, mut records) = (spent(), 0);
    while spent() - start < seconds {
        step(&mut engines);
        records += INSTRUMENTS;
    }
    (records as f64 / (spent() - start), engines[0].snapshot().len())
}

/// Gives the trade of this place, and now and then a best bid and offer: a walk that looks random
/// and repeats.
fn trade(engine: &mut InstrumentEngine, place: i64, at: i64, out: &mut Outputs) {
    let mixed = (place as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let (up, quantity) = ((mixed >> 56) as i64, 1 + (mixed >> 40) as i64 % 1000);
    let price = 6_000_000 + place % 10_000 + up;
    let side = if mixed & 1 == 0 { 1 } else { -1 };
    let at = EventTime(at);
    let key = |seq| OrderKey::source(at, 0, 0, place as u64, seq);
    if place % 100 == 0 {
        let (bid, ask, update_id) = (price, price + 1, NO_ID);
        let top = Top { bid, bid_quantity: quantity, ask, ask_quantity: quantity, update_id };
        engine.on_row(key(0), &MarketRow::Quote(top), None, out, &mut Vec::new());
    }
    let trade = BarTrade { price, quantity, side, tainted: false };
    engine.on_row(key(1), &MarketRow::Trade(trade), None, out, &mut Vec::new());
}
