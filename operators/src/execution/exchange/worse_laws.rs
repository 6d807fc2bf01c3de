//! The same orders in the same market with and without impact: it never improves a price, passes no
//! limit, leaves makers alone, and changes nothing else.

use super::{
    fifo_laws::{approved, spec},
    *,
};
use crate::{
    execution::{
        Impact,
        samples::{instrument, order},
    },
    market::Top,
};
use proptest::prelude::*;
use schemas::{OrderKey, Side, Span, chunk::NO_ID};

const MS: i64 = 1_000_000;

/// What happens, some milliseconds after what was before.
#[derive(Debug, Clone)]
enum Step {
    Quote { bid: i64, width: i64, quantity: i64 },
    Trade { price: i64, quantity: i64, side: Side },
    Order { side: Side, limit: Option<i64>, quantity: i64 },
}

fn steps() -> impl Strategy<Value = Vec<(i64, Step)>> {
    let side = || prop_oneof![Just(Side::Buy), Just(Side::Sell)];
    let quantity = || 1..40i64;
    let step = prop_oneof![
        (900..1_100i64, 1..9i64, quantity()).prop_map(|(bid, width, quantity)| Step::Quote {
            bid,
            width,
            quantity
        }),
        (900..1_100i64, quantity(), side()).prop_map(|(price, quantity, side)| Step::Trade {
            price,
            quantity,
            side
        }),
        (side(), prop::option::of(900..1_100i64), quantity())
            .prop_map(|(side, limit, quantity)| Step::Order { side, limit, quantity }),
    ];
    prop::collection::vec((0..50i64, step), 1..80)
}

fn impacts() -> impl Strategy<Value = Impact> {
    let half_life = (1..200i64).prop_map(|ms| Span(ms * MS));
    prop_oneof![
        (0.01..3.0f64, 1.0..1_000.0f64, half_life.clone()).prop_map(|(c, volume, half_life)| {
            Impact::SquareRoot { coefficient: c, volatility: 0.1, volume, half_life }
        }),
        (0.01..3.0f64, 1.0..1_000.0f64, half_life).prop_map(|(c, volume, half_life)| {
            Impact::Linear { coefficient: c, volume, half_life }
        }),
        (0.0..1.0f64, 1..9u32, any::<u64>()).prop_map(|(probability, ticks, seed)| Impact::Ticks {
            probability,
            ticks,
            seed
        }),
    ]
}

/// Runs all steps; where it says so another one goes on from its bytes.
fn run(spec: &ExecutionSpec, steps: &[(i64, Step)], cuts: bool) -> Vec<Execution> {
    let view = SharedView::new(Arc::new(instrument(1)), false);
    let mut exchange = PaperExchange::new(view.clone(), spec.clone());
    let (mut now, mut all) = (0, Vec::new());
    for (n, (wait, step)) in steps.iter().enumerate() {
        now += wait * MS;
        let row = match *step {
            Step::Quote { bid, width, quantity } => MarketRow::Quote(Top {
                bid,
                bid_quantity: quantity,
                ask: bid + width,
                ask_quantity: quantity,
                update_id: NO_ID,
            }),
            Step::Trade { price, quantity, side } => MarketRow::Trade(BarTrade {
                price,
                quantity,
                side: side.sign() as i8,
                tainted: false,
            }),
            Step::Order { side, limit, quantity } => {
                let order = order(n, side, (limit, quantity));
                exchange.arrive(approved(order), EventTime(now), &mut all).expect("it is taken");
                continue;
            }
        };
        let moved = exchange.view.apply(OrderKey::default(), &row);
        exchange.meet(&row, (EventTime(now), moved), &mut all);
        if cuts && n % 3 == 0 {
            let bytes = postcard::to_stdvec(&exchange.state()).unwrap();
            exchange = PaperExchange::new(view.clone(), spec.clone());
            exchange.set_state(postcard::from_bytes(&bytes).unwrap());
        }
    }
    all
}

proptest! {
    #[test]
    fn impact_makes_what_takes_worse_and_nothing_else(
        steps in steps(),
        impact in impacts(),
        next_trade: bool,
    ) {
        let mut terms = spec(QueueModel::RiskAverse);
        if next_trade {
            (terms.fill.model, terms.fill.partial) = (FillModel::NextTrade, false);
        }
        let without = run(&terms, &steps, false);
        terms.impact = Some(impact);
        let with = run(&terms, &steps, false);
        // Text, because a null is no equal of itself.
        let cut = format!("{:?}", run(&terms, &steps, true));
        prop_assert_eq!(format!("{with:?}"), cut, "wherever it is cut");
        prop_assert_eq!(with.len(), without.len());
        for (with, without) in with.iter().zip(&without) {
            let order = &with.working.order;
            prop_assert_eq!(&order.id, &without.working.order.id);
            prop_assert_eq!(with.quantity, without.quantity);
            prop_assert_eq!(with.liquidity, without.liquidity);
            let worse = (with.price - without.price) * order.side.sign();
            prop_assert!(worse >= 0, "{with:?} is better than {without:?}");
            prop_assert!(with.liquidity == Liquidity::Taker || worse == 0, "{with:?}");
            let within = |limit: i64| (limit - with.price) * order.side.sign() >= 0;
            prop_assert!(order.limit.is_none_or(within), "{with:?}");
            prop_assert!(with.price > 0, "{with:?}");
        }
    }
}

/// An order that only reduces takes less than it is: it pays for no more than it takes.
#[test]
fn what_is_not_taken_costs_nothing() {
    let mut terms = spec(QueueModel::RiskAverse);
    let half_life = Span(MS);
    terms.impact = Some(Impact::Linear { coefficient: 1.0, volume: 10.0, half_life });
    let price = |quantity: i64, reduce_only: bool| {
        let view = SharedView::new(Arc::new(instrument(1)), false);
        let mut exchange = PaperExchange::new(view, terms.clone());
        exchange.view.apply(
            OrderKey::default(),
            &MarketRow::Quote(Top {
                bid: 999,
                bid_quantity: 100,
                ask: 1_000,
                ask_quantity: 100,
                update_id: NO_ID,
            }),
        );
        exchange.hold(-4);
        let order = Order { reduce_only, ..order(0, Side::Buy, (None, quantity)) };
        let mut all = Vec::new();
        exchange.arrive(approved(order), EventTime(0), &mut all).unwrap();
        assert_eq!(all.iter().map(|execution| execution.quantity).sum::<i64>(), quantity.min(4));
        all[0].price
    };
    assert_eq!(price(4, false), 1_040);
    assert_eq!(price(10, true), 1_040);
}
