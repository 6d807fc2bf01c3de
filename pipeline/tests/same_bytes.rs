//! The graph equals the oracle on a real feed: every worker count, another quantum, cut input.

use arrow::{array::AsArray, datatypes::TimestampNanosecondType};
use operators::{
    account::{AccountInstrument, AccountOrdinals, AccountSpec, MarkoutSpec, Toxic, ToxicBar},
    bars::{BarKind, BarOn, Empty, TimeBar},
    execution::{
        Consumed, Delay, ExecutionSpec, Fees, FillModel, FillSpec, Impact, Latency, QueueModel,
        VenueClock,
    },
    features::{BookImbalance, FeatureSpec},
    indicators::{IndicatorSpec, Period, Unstable, ema::Ema},
    market::{
        BarNode, Driver, FeatureNode, IndicatorNode, MARKET_COLUMNS, MarketSpec, Node,
        ReadingsNode, TriggerNode, TriggerOn,
    },
    risk::RiskSpec,
    rules::{Binary, Cross, Expr, Part, Rule},
    strategy::{After, Exit, OrderStyle, Quote, Size, StrategySpec},
};
use pipeline::{
    RunRequest,
    graph::{RunOptions, SinkKind},
    ingest::{IngestRequest, ingest},
    lake::Lake,
    plan::{ColumnPlan, IN_FLIGHT, LakePlan, Plan, StrategyPlan},
    progress::Progress,
    run,
    sources::{SourceKind, SourcePlan},
    stats::Stats,
    verify::{VerifyOptions, verify},
};
use schemas::{
    Digest, EventTime, Instrument, InstrumentId, Money, Span, Table,
    instrument::{Kind, Rate},
    records::{Clock, TimeInForce},
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

/// Out after a loss or a profit of some price, and after some time.
fn exit(number: u16) -> Exit {
    let entry_and = |away: f64| {
        let way = Expr::binary(Binary::Mul, Expr::Column(6), Expr::Constant(away));
        Some(rule(Expr::binary(Binary::Add, Expr::Column(5), way)))
    };
    Exit {
        stop: entry_and(-6.0),
        take: entry_and(9.0),
        trail: (number == 0).then(|| rule(Expr::Constant(5.0))),
        after: Some(if number == 0 { After::Span(Span(7_500_000_000)) } else { After::Bars(9) }),
        at_venue: number != 0,
    }
}

/// Two orders a side, one and three ticks behind the market, against the position.
fn maker() -> StrategySpec {
    let column = Expr::Column;
    let lean = Expr::binary(Binary::Mul, column(2), Expr::Constant(10.0));
    let away = |op, price, by| Some(rule(Expr::binary(op, price, Expr::Constant(by))));
    StrategySpec {
        name: "maker".into(),
        ordinal: 8,
        instruments: vec![0],
        columns: 2,
        models: None,
        long: None,
        short: None,
        flat: None,
        size: Size::Quantity(rule(Expr::Constant(0.01))),
        order: OrderStyle::Market,
        exit: None,
        quote: Some(Quote {
            fair: Some(rule(lean)),
            bid: away(Binary::Sub, Expr::binary(Binary::Sub, column(0), column(8)), 0.1).unwrap(),
            ask: away(Binary::Add, Expr::binary(Binary::Sub, column(1), column(8)), 0.1).unwrap(),
            pull: away(Binary::Gt, Expr::binary(Binary::Sub, column(1), column(0)), 5.0),
            levels: 2,
            step_ticks: 2,
            post_only: true,
            requote_ticks: 2,
            max_position: Some(0.03),
        }),
        legs: None,
    }
}

/// An EMA cross on one-second bars of a real feed, at market and at limits, with exits, and a
/// maker beside it.
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
        spec: IndicatorSpec::Ema(Ema { period: Period::of(period), unstable: Unstable::of(0) }),
        driver: Driver::Bar(0),
        inputs: vec![bar + 3],
        slot,
        outputs: 1,
    };
    let trigger = |strategy: u16| TriggerNode {
        node: node("cross", 6 + strategy),
        strategy,
        on: if strategy == 0 { TriggerOn::Bar(0) } else { TriggerOn::every(Span(700_000_000)) },
        instruments: vec![0],
        slots: vec![first, first + 1, 0, 1],
    };
    let quotes = TriggerNode {
        node: node("maker", 8),
        strategy: 2,
        on: TriggerOn::every(Span(100_000_000)),
        instruments: vec![0],
        slots: vec![0, 1],
    };
    let strategy = |number: u16, order| StrategySpec {
        name: format!("cross{number}").into(),
        ordinal: 6 + number,
        instruments: vec![0],
        columns: 4,
        models: None,
        long: cross(Cross::Above),
        short: cross(Cross::Below),
        flat: None,
        size: Size::Fraction(0.2),
        order,
        exit: Some(exit(number)),
        quote: None,
        legs: None,
    };
    let limit = OrderStyle::Limit {
        price: rule(Expr::Column(2)),
        post_only: false,
        timeout: Some(Span::SECOND),
        then_market: true,
        in_force: TimeInForce::Gtc,
    };
    Plan {
        job: "test".into(),
        seed: 1,
        in_flight: IN_FLIGHT,
        sources: vec![SourcePlan {
            rank: 0,
            name: "feed".to_owned(),
            kind: SourceKind::Hftbacktest { paths: vec![path], instrument: 0 },
        }],
        market: MarketSpec {
            slots: columns.len() as u32,
            foreign: Vec::new(),
            bars: vec![BarNode {
                node: node("bar_1s", 1),
                kind: BarKind::Time(TimeBar {
                    every: Span::SECOND,
                    clock: Clock::Receive,
                    on: BarOn::Trades,
                    empty: Empty::Skip,
                }),
                upstream: None,
                slot: bar,
            }],
            indicators: vec![ema("fast", 2, 5, first), ema("slow", 3, 13, first + 1)],
            features: vec![FeatureNode {
                node: node("imbalance", 4),
                spec: FeatureSpec::BookImbalance(BookImbalance { levels: 5.try_into().unwrap() }),
                slot: first + 2,
            }],
            models: Vec::new(),
            triggers: vec![trigger(0), trigger(1), quotes],
            readings: Some(ReadingsNode {
                ordinal: 5,
                slots: (first..first + 3).collect(),
                at_bars: false,
            }),
            doubts: Default::default(),
            clocks: Default::default(),
            quality_ordinal: 20,
        },
        models: Vec::new(),
        columns,
        accounts: vec![AccountSpec {
            name: "paper".into(),
            index: 0,
            cash: vec![("USDT".into(), Money::parse("10000").unwrap())],
            instruments: vec![AccountInstrument {
                index: 0,
                instrument: Arc::new(instrument.clone()),
                execution: ExecutionSpec {
                    latency: Latency::Stated {
                        entry: Delay::LogNormal {
                            median: Span(1_000_000),
                            sigma: 1.0,
                            min: Span(200_000),
                        },
                        response: Delay::Uniform { from: Span(0), to: Span(20_000_000) },
                        seed: 7,
                    },
                    fees: Fees::flat(
                        Rate::parse("0.0002").unwrap(),
                        Rate::parse("0.0005").unwrap(),
                    ),
                    fill: FillSpec {
                        queue: QueueModel::Proportional,
                        model: FillModel::DisplayedDepth,
                        partial: true,
                        consumed: Consumed::HalfLife(Span(2_000_000_000)),
                        half_spread: 0.05,
                    },
                    clock: None,
                    margin: None,
                    borrow: None,
                    impact: Some(Impact::SquareRoot {
                        coefficient: 1.0,
                        volatility: 0.02,
                        volume: 1_000_000.0,
                        half_life: Span(5_000_000_000),
                    }),
                },
            }],
            strategies: vec![strategy(0, OrderStyle::Market), strategy(1, limit), maker()],
            risk: RiskSpec {
                position_fraction: Some(Rate::parse("0.5").unwrap()),
                position_notional: None,
                price_band: Some(Rate::parse("0.05").unwrap()),
                order_rate: None,
                drawdown_stop: Some(Rate::parse("0.25").unwrap()),
            },
            markouts: MarkoutSpec {
                horizons: vec![Span(100_000_000), Span(1_000_000_000), Span(60_000_000_000)],
                toxic: Some(Toxic {
                    horizon: Span(1_000_000_000),
                    bar: ToxicBar::Spreads(0.5),
                    half_life: Span(60_000_000_000),
                }),
            },
            ordinals: AccountOrdinals {
                orders: 10,
                fills: 11,
                ledger: 12,
                positions: 13,
                portfolio: 14,
                markouts: 15,
            },
        }],
        strategies: ["cross0", "cross1", "maker"]
            .map(|name| StrategyPlan { name: name.into(), account: 0 })
            .to_vec(),
        instruments: vec![instrument],
        lake: LakePlan {
            url: "lake".into(),
            record: None,
            write: vec![Table::Fills],
            commit_every: Span(86_400_000_000_000),
        },
        kafka_sinks: Vec::new(),
        worlds: Vec::new(),
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
    assert_eq!(verdict.compared.len(), 4 + 1 + 3 + 1);
    assert!(verdict.compared[0].rows > 500);
    let (summary, _) = pipeline::oracle(&plan, None).unwrap();
    assert!(summary.stats.fills > 20, "a job that does not trade proves little");
    let exits = summary.stats.strategies.iter().flat_map(|strategy| &strategy.exits);
    assert!(exits.map(|exit| exit.ended).sum::<u64>() > 5, "{:?}", summary.stats.strategies);
    let mut without = Plan::clone(&plan);
    without.market.triggers.pop();
    without.accounts[0].strategies.pop();
    without.strategies.pop();
    let (other, _) = pipeline::oracle(&without, None).unwrap();
    assert!(summary.stats.fills > other.stats.fills + 20, "the maker fills, too");
}

#[test]
fn a_venue_with_a_clock_of_its_own_gives_the_same_bytes_however_it_is_run() {
    let Some(path) = shared_file("hftbacktest__feeds/usdm_btcusdt_20240808.gz") else { return };
    let by_receipt = plan(path);
    let by_clock = |offset, max_latency| {
        let (clock, mut plan) = (VenueClock { offset, max_latency }, by_receipt.clone());
        plan.accounts[0].instruments[0].execution.clock = Some(clock);
        plan.market.clocks.insert(0, clock);
        plan
    };
    let clocked = Arc::new(by_clock(1_273_156_851, Span(150_000_000)));
    let options = VerifyOptions {
        workers: vec![1, 2, 4],
        quantum: Span(100_000_000),
        other_quantum: Span(7_000_000),
        cuts: 4,
        seed: 3,
    };
    let verdict = verify(&clocked, &options, &mut |_| {}).unwrap();
    assert!(verdict.ok, "{:#?}", verdict.first_difference);
    let of = |plan: &Plan| pipeline::oracle(plan, None).unwrap().0.stats;
    let (clocked, received) = (of(&clocked), of(&by_receipt));
    assert!(clocked.fills > 20, "a job that does not trade proves little");
    let fills = |stats: &Stats| stats.tables[&Table::Fills].digest;
    assert_ne!(fills(&clocked), fills(&received), "the exchange is ahead");
    assert_eq!(clocked.tables[&Table::Readings], received.tables[&Table::Readings]);
    // All travel for 0.75 to 114.6 ms by this offset; by less of either, some do not.
    let doubts = |stats: &Stats| stats.tables.get(&Table::Quality).map_or(0, |total| total.rows);
    assert_eq!((doubts(&clocked), doubts(&received)), (0, 0));
    assert!(doubts(&of(&by_clock(1_272_156_851, Span(150_000_000)))) > 0, "some come too early");
    assert!(doubts(&of(&by_clock(1_273_156_851, Span(100_000_000)))) > 0, "some come too late");
    // With little room for what waits, a reader goes on all the same.
    let mut tight = by_clock(1_273_156_851, Span(2_000_000_000));
    tight.in_flight = 1;
    let options = VerifyOptions { workers: vec![2], cuts: 0, ..options };
    assert!(verify(&Arc::new(tight), &options, &mut |_| {}).unwrap().ok);
}

/// The tables of a run with their digests, over the oracle.
fn digests(plan: &Plan) -> String {
    let (summary, _) = pipeline::oracle(plan, None).unwrap();
    format!("{:?}", summary.stats.tables)
}

#[test]
fn a_recording_replays_to_the_bytes_of_the_file_it_was_made_from() {
    let Some(path) = shared_file("hftbacktest__feeds/usdm_btcusdt_20240808.gz") else { return };
    let from_file = plan(path);
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::open(folder.path().to_str().unwrap()).unwrap();
    let request = IngestRequest {
        lake,
        recording: "feed".to_owned(),
        digest: Digest(1),
        sources: &from_file.sources,
        instruments: &from_file.instruments,
    };
    let first = ingest(&request, &Progress::default()).unwrap();
    assert_eq!(first.tables[&Table::Trades].rows, 21_313);
    assert_eq!(first.tables[&Table::Quotes].rows, 66_089);
    let again = ingest(&request, &Progress::default()).unwrap();
    assert!(again.known && again.tables == first.tables, "the same again changes nothing");

    let tables = vec![Table::Trades, Table::Quotes, Table::BookDeltas, Table::News];
    let kind = SourceKind::Lake {
        url: folder.path().display().to_string(),
        recording: None,
        tables,
        instruments: vec![0],
    };
    let mut from_lake = from_file.clone();
    from_lake.sources = vec![SourcePlan { rank: 0, name: "lake".to_owned(), kind }];
    assert_eq!(from_lake.digest(), from_file.digest(), "where input comes from does not count");
    assert_eq!(digests(&from_lake), digests(&from_file));
    let options = VerifyOptions {
        workers: vec![2, 3],
        quantum: Span(50_000_000),
        other_quantum: Span(1_000_000_000),
        cuts: 1,
        seed: 2,
    };
    let verdict = verify(&Arc::new(from_lake), &options, &mut |_| {}).unwrap();
    assert!(verdict.ok, "{:#?}", verdict.first_difference);
}

#[test]
fn a_late_start_trades_nothing_before_it_and_needs_its_warm_up() {
    let Some(path) = shared_file("hftbacktest__feeds/usdm_btcusdt_20240808.gz") else { return };
    let mut plan = plan(path);
    let fast = plan.market.indicators[0].slot as usize;
    plan.columns[fast].warm_up = 4;
    plan.columns[fast + 1].warm_up = 12;
    let plan = Arc::new(plan);
    let start = |from: &str| {
        run(RunRequest {
            options: RunOptions {
                from: Some(from.parse().unwrap()),
                sink: SinkKind::Memory,
                ..RunOptions::new()
            },
            ..RunRequest::new(Arc::clone(&plan))
        })
    };
    let from = "2024-08-08T23:57:00Z";
    let finished = start(from).unwrap();
    assert!(finished.summary.stats.fills > 0);
    for (table, batches) in &finished.collected {
        let ts = batches[0].batch.column(0).as_primitive::<TimestampNanosecondType>().value(0);
        assert!(ts >= from.parse::<EventTime>().unwrap().0, "{table} begins before {from}");
    }
    let error = start("2024-08-08T23:54:20Z").err().unwrap().to_string();
    assert!(error.starts_with("the indicators need 13s of input before 2024-08-08T23:54:20Z"));
}
