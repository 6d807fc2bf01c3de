//! Engines whose models answer at once, late, or never.

use super::super::{MarketRow, MarketSpec, Node, ReadingsNode, TriggerNode, TriggerOn, slot};
use super::*;
use crate::{
    bars::BarTrade,
    outputs::Outputs,
    rules::{Expr, Part},
};
use schemas::{Instrument, InstrumentId, OrderKey, instrument::Kind};
use std::sync::Arc;

fn node(name: &str, ordinal: u16) -> Node {
    Node { name: name.into(), ordinal }
}

/// A model over the last three prices, one that is never there, and both together; a strategy at
/// each trade sees all of them.
fn engine(fallback: bool, expires: Option<EventTime>) -> InstrumentEngine {
    let first = crate::market::MARKET_COLUMNS.len() as u32;
    let input = ModelInput { columns: vec![slot::PRICE as u32], rows: 3 };
    let price = Part { text: "price".to_owned(), expr: Expr::Column(slot::PRICE as u32) };
    let asked = |available, expires, rules| ModelKind::Asked {
        inputs: vec![input.clone()],
        available,
        expires,
        fallback: rules,
    };
    let rule = || Rule::new(vec![price.clone()]);
    let model = |name, ordinal, kind, slot, outputs| ModelNode {
        node: node(name, ordinal),
        driver: Driver::Trade,
        kind,
        slot,
        outputs,
    };
    let own = if fallback { vec![rule()] } else { Vec::new() };
    let both = ModelKind::Ensemble { members: vec![0, 1], weights: vec![0.5, 0.5] };
    let slots: Vec<u32> = (first..first + 7).collect();
    let spec = MarketSpec {
        slots: first + 7,
        bars: Vec::new(),
        foreign: Vec::new(),
        indicators: Vec::new(),
        features: Vec::new(),
        models: vec![
            model("own", 1, asked(true, expires, own), first, 1),
            model("gone", 2, asked(false, None, vec![rule()]), first + 2, 1),
            model("both", 3, both, first + 4, 2),
        ],
        triggers: vec![TriggerNode {
            node: node("all", 5),
            strategy: 0,
            on: TriggerOn::Trade,
            instruments: vec![0],
            slots: slots.clone(),
        }],
        readings: Some(ReadingsNode { ordinal: 4, slots, at_bars: false }),
        doubts: Default::default(),
        clocks: Default::default(),
        quality_ordinal: 6,
    };
    let instrument = Instrument {
        id: InstrumentId::new("test", "AB"),
        base: "A".into(),
        quote: "USDT".into(),
        settle: "USDT".into(),
        kind: Kind::Perpetual,
        price_scale: 0,
        quantity_scale: 0,
        tick: 1,
        lot: 1,
        multiplier: 1,
        inverse: false,
    };
    InstrumentEngine::new(Arc::new(spec), Arc::new(instrument), 0)
}

/// The sum of its rows; it fails on 13.
fn answers(asks: &[Ask]) -> Vec<Option<Vec<f64>>> {
    let sum = |ask: &Ask| {
        let sum = ask.inputs[0].iter().sum::<f64>();
        (!ask.inputs[0].contains(&13.0)).then(|| vec![sum])
    };
    asks.iter().map(sum).collect()
}

#[derive(Default)]
struct Tape {
    out: Outputs,
    triggers: Vec<Trigger>,
}

impl Tape {
    fn trade(&mut self, engine: &mut InstrumentEngine, at: i64, price: i64) {
        let key = OrderKey { ts: EventTime(at), ..OrderKey::default() };
        let trade = BarTrade { price, quantity: 1, side: 1, tainted: false };
        let (out, triggers) = (&mut self.out, &mut self.triggers);
        engine.on_row(key, &MarketRow::Trade(trade), None, out, triggers);
    }

    fn settle(&mut self, engine: &mut InstrumentEngine) -> Result<(), NoAnswer> {
        let answers = answers(engine.asks());
        engine.answer(&answers, &mut self.out, &mut self.triggers)
    }

    /// All that was seen, as bits: NaN is NaN.
    fn seen(&self) -> Vec<Vec<u64>> {
        let bits = |values: &Vec<f64>| values.iter().map(|x| x.to_bits()).collect();
        let readings = self.out.readings.iter().map(|row| bits(&row.values));
        readings.chain(self.triggers.iter().map(|trigger| bits(&trigger.values))).collect()
    }
}

const PRICES: [i64; 9] = [1, 2, 3, 4, 13, 5, 6, 7, 8];

fn run(settle_every: usize, restart_at: Option<usize>) -> Tape {
    let (mut tape, mut own) = (Tape::default(), engine(true, None));
    for (i, price) in PRICES.into_iter().enumerate() {
        tape.trade(&mut own, i as i64, price);
        if i % settle_every == settle_every - 1 || Some(i) == restart_at {
            tape.settle(&mut own).unwrap();
        }
        if Some(i) == restart_at {
            let state = own.snapshot();
            own = engine(true, None);
            own.restore(&state).unwrap();
            assert_eq!(own.snapshot(), state);
        }
    }
    tape.settle(&mut own).unwrap();
    tape
}

#[test]
fn late_answers_and_restarts_within_a_sequence_change_nothing() {
    let tape = run(1, None);
    let values = |i: usize| &tape.triggers[i].values;
    assert!(values(1)[0].is_nan() && values(1)[1].is_nan(), "two rows are no sequence");
    assert_eq!(values(2)[..2], [6.0, 1.0]);
    assert_eq!(values(4)[..2], [13.0, 0.0], "its rule stood in");
    assert_eq!(values(8)[..4], [21.0, 1.0, 8.0, 0.0]);
    // Mean and distance of 21 and 8; one of them is a rule's.
    assert_eq!(values(8)[4..], [14.5, 6.5, 0.0]);
    for every in [2, 4, 100] {
        assert_eq!(run(every, None).seen(), tape.seen(), "answers after {every} rows");
    }
    for at in 0..PRICES.len() {
        assert_eq!(run(3, Some(at)).seen(), tape.seen(), "a restart after row {at}");
    }
}

#[test]
fn without_a_fallback_a_failure_is_told() {
    let (mut tape, mut own) = (Tape::default(), engine(false, None));
    for (i, price) in [1, 2, 13].into_iter().enumerate() {
        tape.trade(&mut own, i as i64, price);
    }
    assert_eq!(tape.settle(&mut own), Err(NoAnswer { model: 0, expired: false }));
    let (mut tape, mut own) = (Tape::default(), engine(false, Some(EventTime(5))));
    tape.trade(&mut own, 4, 1);
    assert_eq!(tape.settle(&mut own), Ok(()));
    tape.trade(&mut own, 5, 1);
    assert_eq!(tape.settle(&mut own), Err(NoAnswer { model: 0, expired: true }));
}

#[test]
fn state_of_another_model_is_refused() {
    let state = engine(false, None).snapshot();
    assert!(engine(true, None).restore(&state).is_err());
}

#[test]
fn an_ensemble_is_a_mean_and_how_far_its_members_are_apart() {
    assert_eq!(ensemble(&[1.0, 5.0], &[0.75, 0.25]), vec![2.0, 3.0_f64.sqrt()]);
    assert!(ensemble(&[1.0, f64::NAN], &[0.5, 0.5])[0].is_nan());
    assert!(least(1.0, f64::NAN).is_nan() && least(0.0, 1.0) == 0.0);
}

#[test]
fn a_window_gives_its_last_rows_once_it_is_full_and_whole() {
    let inputs = [ModelInput { columns: vec![1, 0], rows: 2 }];
    let mut state = Windows::new(1);
    assert_eq!(state.take(&inputs, &[1.0, 2.0]), None);
    assert_eq!(state.take(&inputs, &[3.0, 4.0]), Some(vec![vec![2.0, 1.0, 4.0, 3.0]]));
    assert_eq!(state.take(&inputs, &[5.0, f64::NAN]), None);
    assert_eq!(state.take(&inputs, &[6.0, 7.0]), None);
    assert_eq!(state.take(&inputs, &[8.0, 9.0]), Some(vec![vec![7.0, 6.0, 9.0, 8.0]]));
}
