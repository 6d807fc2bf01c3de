//! What holds for news in an engine: nothing before its time, and the same whatever the cuts.

use super::{Lexicon, LexiconName, Sentiment};
use crate::{
    bars::{BarKind, BarOn, BarTrade, Empty, TimeBar},
    features::FeatureSpec,
    market::{
        BarNode, FeatureNode, InstrumentEngine, MARKET_COLUMNS, MarketRow, MarketSpec, Node,
        ReadingsNode, Trigger, TriggerNode, TriggerOn,
    },
    outputs::Outputs,
};
use proptest::prelude::*;
use schemas::{
    EventTime, Instrument, InstrumentId, OrderKey, Span,
    instrument::Kind,
    records::{Clock, QualityKind},
};
use std::sync::Arc;

const SECOND: i64 = Span::SECOND.0;
const HALF_LIFE: i64 = 20 * SECOND;
/// Copies are known for so long, unless a test says.
const WINDOW: i64 = 3 * SECOND;
const HEADLINES: [&str; 4] = [
    "Chipmaker soars after it beats estimates",
    "Shares plunge as regulator opens probe",
    "Company names new head of logistics",
    "Analysts upgrade chipmaker!",
];

/// A record: its time, and a price or a headline.
#[derive(Debug, Clone, Copy)]
enum Tick {
    Trade(i64),
    News(usize),
}

fn tape() -> impl Strategy<Value = Vec<(i64, Tick)>> {
    let tick = prop_oneof![
        3 => (90i64..110).prop_map(Tick::Trade),
        2 => (0..HEADLINES.len()).prop_map(Tick::News),
    ];
    // Steps of half a second meet the ends of bars and embargoes exactly now and then.
    proptest::collection::vec((0i64..8, tick), 1..60).prop_map(|steps| {
        let mut now = 0;
        let place = |(step, tick): (i64, Tick)| {
            now += step * SECOND / 2;
            (now, tick)
        };
        steps.into_iter().map(place).collect()
    })
}

/// An engine that lets articles wait so long, and knows copies for so long.
fn engine((embargo, window): (i64, i64)) -> InstrumentEngine {
    let instrument = Instrument {
        id: InstrumentId::new("demo", "A"),
        base: "A".into(),
        quote: "USD".into(),
        settle: "USD".into(),
        kind: Kind::Spot,
        price_scale: 0,
        quantity_scale: 0,
        tick: 1,
        lot: 1,
        multiplier: 1,
        inverse: false,
    };
    let node = |name: &str, ordinal| Node { name: name.into(), ordinal };
    let bar = MARKET_COLUMNS.len() as u32;
    let mood = bar + crate::bars::BAR_COLUMNS.len() as u32;
    let slots: Vec<u32> = (mood..mood + 3).collect();
    let trigger = |ordinal: u16, on| TriggerNode {
        node: node("s", ordinal),
        strategy: ordinal - 4,
        on,
        instruments: vec![0],
        slots: slots.clone(),
    };
    let mut sentiment = Sentiment::new(Span(HALF_LIFE), Span(embargo), LexiconName::Finance);
    sentiment.duplicates = Span(window);
    let spec = MarketSpec {
        slots: mood + 3,
        foreign: Vec::new(),
        bars: vec![BarNode {
            node: node("bar", 1),
            kind: BarKind::Time(TimeBar {
                every: Span(5 * SECOND),
                clock: Clock::Receive,
                on: BarOn::Trades,
                empty: Empty::Skip,
            }),
            upstream: None,
            slot: bar,
        }],
        indicators: Vec::new(),
        features: vec![FeatureNode {
            node: node("mood", 2),
            spec: FeatureSpec::Sentiment(sentiment),
            slot: mood,
        }],
        models: Vec::new(),
        triggers: vec![
            trigger(4, TriggerOn::Bar(0)),
            trigger(5, TriggerOn::Trade),
            trigger(6, TriggerOn::every(Span(3 * SECOND))),
            trigger(7, TriggerOn::News),
        ],
        readings: Some(ReadingsNode { ordinal: 3, slots: slots.clone(), at_bars: true }),
        doubts: Default::default(),
        clocks: Default::default(),
        quality_ordinal: 9,
    };
    InstrumentEngine::new(Arc::new(spec), Arc::new(instrument), 0)
}

/// What comes of a tape without some of its records; the engine is advanced to each cut, and
/// exchanged there for one that was restored from its state.
fn run(
    tape: &[(i64, Tick)],
    times: (i64, i64),
    leave_out: Option<usize>,
    cuts: &[i64],
) -> (Vec<Trigger>, Outputs) {
    let (mut engine, mut out, mut triggers) = (self::engine(times), Outputs::default(), vec![]);
    let mut cuts = cuts.iter().peekable();
    for (i, (ts, tick)) in tape.iter().enumerate() {
        while let Some(cut) = cuts.next_if(|cut| **cut <= *ts) {
            engine.advance(EventTime(*cut), &mut out, &mut triggers);
            let state = engine.snapshot();
            engine = self::engine(times);
            engine.restore(&state).unwrap();
            assert_eq!(engine.snapshot(), state);
        }
        let key = OrderKey::source(EventTime(*ts), 0, 0, i as u64, 0);
        let row = match tick {
            Tick::Trade(price) => {
                MarketRow::Trade(BarTrade { price: *price, quantity: 1, side: 1, tainted: false })
            }
            Tick::News(headline) => MarketRow::News { headline: HEADLINES[*headline], url: None },
        };
        if leave_out != Some(i) {
            engine.on_row(key, &row, None, &mut out, &mut triggers);
        }
    }
    let end = tape.last().map_or(0, |(ts, _)| *ts) + 60 * SECOND;
    engine.advance(EventTime(end), &mut out, &mut triggers);
    out.sort();
    (triggers, out)
}

/// Everything before a time, NaN equal to NaN.
fn before((triggers, out): &(Vec<Trigger>, Outputs), end: i64) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    let early = triggers.iter().filter(|t| t.key.ts.0 < end);
    seen.extend(early.map(|t| format!("{t:?}")));
    let early = out.readings.iter().filter(|r| r.key.ts.0 < end);
    seen.extend(early.map(|r| format!("{r:?}")));
    seen.extend(out.bars.iter().filter(|b| b.key.ts.0 < end).map(|b| format!("{b:?}")));
    seen
}

/// The places of the articles that count.
fn originals(tape: &[(i64, Tick)], window: i64) -> Vec<usize> {
    let mut first = [None::<i64>; HEADLINES.len()];
    let counts = |(i, (ts, tick)): (usize, &(i64, Tick))| {
        let Tick::News(headline) = tick else { return None };
        let known = first[*headline].is_some_and(|first| window > 0 && ts - first <= window);
        (!known).then(|| {
            first[*headline] = Some(*ts);
            i
        })
    };
    tape.iter().enumerate().filter_map(counts).collect()
}

/// The columns at a time, from all articles that have taken effect by then.
fn expected(tape: &[(i64, Tick)], originals: &[usize], embargo: i64, key: OrderKey) -> [f64; 3] {
    let lexicon = Lexicon::finance();
    let (mut weights, mut scores, mut squares) = (0.0, 0.0, 0.0);
    for i in originals.iter().copied() {
        let (ts, Tick::News(headline)) = &tape[i] else { continue };
        let cause = OrderKey::source(EventTime(*ts), 0, 0, i as u64, 0);
        let effect = cause.due(EventTime(ts + embargo), 0, 0, 0);
        if effect > key {
            continue;
        }
        let weight = (-((key.ts.0 - effect.ts.0) as f64) / HALF_LIFE as f64).exp2();
        let score = lexicon.score(HEADLINES[*headline]).compound;
        weights += weight;
        scores += weight * score;
        squares += weight * score * score;
    }
    if weights == 0.0 {
        return [0.0, 0.0, f64::NAN];
    }
    let mean: f64 = scores / weights;
    [scores, weights, (squares / weights - mean * mean).max(0.0).sqrt()]
}

fn close(found: &[f64], expected: &[f64; 3]) -> bool {
    // The dispersion is a root of a difference, so it has half the digits.
    let near = |(a, b): (&f64, &f64)| (a.is_nan() && b.is_nan()) || (a - b).abs() < 1e-6;
    found.iter().zip(expected).all(near)
}

proptest! {
    #[test]
    fn no_article_has_effect_before_its_time(
        tape in tape(),
        embargo in 0i64..12,
        cuts in proptest::collection::vec(0i64..120, 0..4),
    ) {
        let embargo = embargo * SECOND / 2;
        let times = (embargo, WINDOW);
        let mut cuts: Vec<i64> = cuts.into_iter().map(|cut| cut * SECOND / 2).collect();
        cuts.sort();
        let whole = run(&tape, times, None, &cuts);
        for (i, (ts, tick)) in tape.iter().enumerate() {
            if matches!(tick, Tick::News(_)) {
                let without = run(&tape, times, Some(i), &[]);
                prop_assert_eq!(before(&whole, ts + embargo), before(&without, ts + embargo));
            }
        }
    }

    #[test]
    fn restarts_change_nothing(
        tape in tape(),
        embargo in 0i64..12,
        cuts in proptest::collection::vec(0i64..120, 0..4),
    ) {
        let embargo = embargo * SECOND / 2;
        let times = (embargo, WINDOW);
        let mut cuts: Vec<i64> = cuts.into_iter().map(|cut| cut * SECOND / 2).collect();
        cuts.sort();
        let (whole, cut) = (run(&tape, times, None, &[]), run(&tape, times, None, &cuts));
        prop_assert_eq!(before(&whole, i64::MAX), before(&cut, i64::MAX));
    }

    #[test]
    fn columns_are_the_sums_over_all_articles(
        tape in tape(),
        embargo in 0i64..12,
        window in 0i64..40,
    ) {
        let (embargo, window) = (embargo * SECOND / 2, window * SECOND / 2);
        let (triggers, out) = run(&tape, (embargo, window), None, &[]);
        let originals = originals(&tape, window);
        for trigger in &triggers {
            let expected = expected(&tape, &originals, embargo, trigger.key);
            prop_assert!(
                close(&trigger.values, &expected),
                "{:?}: {:?}, not {:?}", trigger.key, trigger.values, expected
            );
        }
        let news = tape.iter().filter(|(_, tick)| matches!(tick, Tick::News(_))).count();
        let told = triggers.iter().filter(|t| t.strategy == 3).count();
        prop_assert_eq!(originals.len(), told, "each article is one moment");
        let copies = out.quality.iter().filter(|q| q.kind == QualityKind::Duplicate).count();
        prop_assert_eq!(news - originals.len(), copies, "each copy is told");
    }
}

#[test]
fn an_article_counts_half_after_each_half_life() {
    let tape = [(0, Tick::Trade(100)), (0, Tick::News(0)), (HALF_LIFE, Tick::Trade(100))];
    let (triggers, _) = run(&tape, (0, WINDOW), None, &[]);
    let at = |on: u16, ts: i64| {
        let found = triggers.iter().find(|t| t.strategy == on && t.key.ts.0 == ts);
        found.unwrap().values.clone()
    };
    let score = Lexicon::finance().score(HEADLINES[0]).compound;
    assert!(score > 0.5);
    assert_eq!(at(3, 0), [score, 1.0, 0.0]);
    assert_eq!(at(1, HALF_LIFE), [score / 2.0, 0.5, 0.0]);
    // The trade came before the article.
    assert_eq!(at(1, 0)[..2], [0.0, 0.0]);
    assert!(at(1, 0)[2].is_nan());
}
