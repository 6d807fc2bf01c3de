//! The graph equals the oracle on a real feed: every worker count, another quantum, cut input.

use operators::{
    account::{AccountInstrument, AccountOrdinals, AccountSpec},
    bars::{BarKind, TimeBar},
    execution::{ExecutionSpec, FillModel, FillSpec},
    features::{BookImbalance, FeatureSpec},
    indicators::{IndicatorSpec, Period, ema::Ema},
    market::{
        BarNode, Driver, FeatureNode, IndicatorNode, MARKET_COLUMNS, MarketSpec, Node,
        ReadingsNode, TriggerNode, TriggerOn,
    },
    risk::RiskSpec,
    rules::{Cross, Expr, Part, Rule},
    strategy::{OrderStyle, Size, StrategySpec},
};
use pipeline::{
    plan::{ColumnPlan, LakePlan, Plan, StrategyPlan},
    sources::{SourceKind, SourcePlan},
    verify::{VerifyOptions, verify},
};
use schemas::{
    Instrument, InstrumentId, Money, Span, Table,
    instrument::{Kind, Rate},
    records::Clock,
};
use shared::shared_file;
use std::{path::PathBuf, sync::Arc};

#[path = "shared/mod.rs"]
mod shared;

fn rule(expr: Expr) -> Rule {
    Rule::new(vec![Part { text: "rule".to_owned(), expr }])
}

fn cross(cross: Cross) -> Option<Rule> {
    Some(rule(Expr::crosses(cross, Expr::Column(0), Expr::Column(1))))
}

fn node(name: &str, ordinal: u16) -> Node {
    Node { name: name.into(), ordinal }
}

/// An EMA cross on one-second bars of a real feed, at market and at limits.
fn plan(path: PathBuf) -> Plan {
    let instrument = Instrument {
        id: InstrumentId::new("binance_usdm", "BTCUSDT"),
        base: "BTC".into(),
        quote: "USDT".into(),
        settle: "USDT".into(),
        kind: Kind::Perpetual,
        price_scale: 8,
        quantity_scale: 8,
        tick: 10_000_000,
        lot: 100_000,
        multiplier: 1,
        inverse: false,
    };
    let mut columns: Vec<ColumnPlan> = MARKET_COLUMNS.iter().map(|c| column(c.name)).collect();
    let bar = columns.len() as u32;
    for (name, _) in operators::bars::BAR_COLUMNS {
        columns.push(column(&format!("bar_1s.{name}")));
    }
    let first = columns.len() as u32;
    columns.extend(["fast", "slow", "imbalance"].map(column));
    let ema = |name: &str, ordinal, period, slot| IndicatorNode {
        node: node(name, ordinal),
        spec: IndicatorSpec::Ema(Ema { period: Period::of(period) }),
        driver: Driver::Bar(0),
        inputs: vec![bar + 3],
        slot,
        outputs: 1,
    };
    let trigger = |strategy: u16| TriggerNode {
        node: node("cross", 6 + strategy),
        strategy,
        on: if strategy == 0 { TriggerOn::Bar(0) } else { TriggerOn::Every(Span(700_000_000)) },
        instruments: vec![0],
        slots: vec![first, first + 1, 0, 1],
    };
    let strategy = |number: u16, order| StrategySpec {
        name: format!("cross{number}").into(),
        ordinal: 6 + number,
        instruments: vec![0],
        columns: 4,
        long: cross(Cross::Above),
        short: cross(Cross::Below),
        flat: None,
        size: Size::Fraction(0.2),
        order,
    };
    let limit = OrderStyle::Limit {
        price: rule(Expr::Column(2)),
        post_only: false,
        timeout: Some(Span::SECOND),
        then_market: true,
    };
    Plan {
        job: "test".into(),
        seed: 1,
        sources: vec![SourcePlan {
            rank: 0,
            name: "feed".to_owned(),
            kind: SourceKind::Hftbacktest { paths: vec![path], instrument: 0 },
        }],
        market: MarketSpec {
            slots: columns.len() as u32,
            bars: vec![BarNode {
                node: node("bar_1s", 1),
                kind: BarKind::Time(TimeBar { every: Span::SECOND, clock: Clock::Receive }),
                slot: bar,
            }],
            indicators: vec![ema("fast", 2, 5, first), ema("slow", 3, 13, first + 1)],
            features: vec![FeatureNode {
                node: node("imbalance", 4),
                spec: FeatureSpec::BookImbalance(BookImbalance { levels: 5.try_into().unwrap() }),
                slot: first + 2,
            }],
            triggers: vec![trigger(0), trigger(1)],
            readings: Some(ReadingsNode {
                ordinal: 5,
                slots: (first..first + 3).collect(),
                at_bars: false,
            }),
            quality_ordinal: 20,
        },
        columns,
        accounts: vec![AccountSpec {
            name: "paper".into(),
            index: 0,
            cash: vec![("USDT".into(), Money::parse("10000").unwrap())],
            instruments: vec![AccountInstrument {
                index: 0,
                instrument: Arc::new(instrument.clone()),
                execution: ExecutionSpec {
                    entry_latency: Span(1_000_000),
                    response_latency: Span(1_000_000),
                    maker_fee: Rate::parse("0.0002").unwrap(),
                    taker_fee: Rate::parse("0.0005").unwrap(),
                    fill: FillSpec {
                        model: FillModel::DisplayedDepth,
                        partial: true,
                        half_spread: 0.05,
                    },
                },
            }],
            strategies: vec![strategy(0, OrderStyle::Market), strategy(1, limit)],
            risk: RiskSpec {
                position_fraction: Some(Rate::parse("0.5").unwrap()),
                position_notional: None,
                price_band: Some(Rate::parse("0.05").unwrap()),
                order_rate: None,
                drawdown_stop: Some(Rate::parse("0.25").unwrap()),
            },
            ordinals: AccountOrdinals {
                orders: 10,
                fills: 11,
                ledger: 12,
                positions: 13,
                portfolio: 14,
            },
        }],
        strategies: ["cross0", "cross1"]
            .map(|name| StrategyPlan { name: name.into(), account: 0 })
            .to_vec(),
        instruments: vec![instrument],
        lake: LakePlan {
            url: "lake".into(),
            write: vec![Table::Fills],
            commit_every: Span(86_400_000_000_000),
        },
        assumptions: Vec::new(),
    }
}

fn column(name: &str) -> ColumnPlan {
    ColumnPlan {
        name: name.to_owned(),
        doc: String::new(),
        unit: String::new(),
        warm_up: 0,
        operator: String::new(),
        shared_with: Vec::new(),
    }
}

#[test]
fn a_real_feed_gives_the_same_bytes_however_it_is_run() {
    let Some(path) = shared_file("hftbacktest__feeds/usdm_btcusdt_20240808.gz") else { return };
    let plan = Arc::new(plan(path));
    let options = VerifyOptions {
        workers: vec![1, 2, 3, 4],
        quantum: Span(100_000_000),
        other_quantum: Span(7_000_000),
        cuts: 3,
        seed: 1,
    };
    let verdict = verify(&plan, &options, &mut |_| {}).unwrap();
    assert!(verdict.ok, "{:#?}", verdict.first_difference);
    assert_eq!(verdict.compared.len(), 4 + 1 + 3);
    assert!(verdict.compared[0].rows > 500);
    let (summary, _) = pipeline::oracle(&plan, None).unwrap();
    assert!(summary.stats.fills > 20, "a job that does not trade proves little");
}
