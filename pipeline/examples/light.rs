//! Measures the light job: EMA 10/20 cross on one-minute bars of 64 instruments from a lake of
//! trades, without lake output. `light make DIR TRADES`, `light scan DIR`, `light run DIR WORKERS`.

use operators::{
    account::{AccountInstrument, AccountOrdinals, AccountSpec},
    bars::{BarKind, TimeBar},
    execution::{ExecutionSpec, FillModel, FillSpec},
    indicators::{IndicatorSpec, Period, ema::Ema},
    market::{
        BarNode, Driver, IndicatorNode, MARKET_COLUMNS, MarketSpec, Node, TriggerNode, TriggerOn,
    },
    risk::RiskSpec,
    rules::{Cross, Expr, Part, Rule},
    strategy::{OrderStyle, Size, StrategySpec},
};
use pipeline::{
    RunRequest,
    graph::{RunOptions, SinkKind},
    lake::{Facts, Lake, SourceFact, market_batches},
    plan::{ColumnPlan, LakePlan, Plan, StrategyPlan},
    sources::{SourceKind, SourcePlan},
};
use schemas::{
    Chunk, Digest, EventTime, Instrument, InstrumentId, Money, Side, Span, Table,
    chunk::RowHead,
    instrument::{Kind, Rate},
    records::Clock,
};
use std::{sync::Arc, time::Instant};

const INSTRUMENTS: u32 = 64;

fn instruments() -> Vec<Instrument> {
    let one = |i: u32| Instrument {
        id: InstrumentId::new("demo", &format!("S{i:02}")),
        base: "S".into(),
        quote: "USDT".into(),
        settle: "USDT".into(),
        kind: Kind::Spot,
        price_scale: 2,
        quantity_scale: 3,
        tick: 1,
        lot: 1,
        multiplier: 1,
        inverse: false,
    };
    (0..INSTRUMENTS).map(one).collect()
}

fn make(dir: &str, trades: u64) {
    let lake = Lake::open(dir).unwrap();
    let mut journal =
        lake.start_recording("light", "light", Digest(trades.into())).unwrap().unwrap();
    let instruments = instruments();
    journal.set_facts(Facts {
        sources: vec![SourceFact {
            rank: 0,
            name: "light".into(),
            kind: "light".into(),
            partitions: vec!["0".into()],
        }],
        instruments: instruments.clone(),
    });
    let mut writer = journal.writer(0);
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut prices = [10_000i64; INSTRUMENTS as usize];
    let mut ts = 1_704_067_200_000_000_000i64;
    let mut offset = 0;
    while offset < trades {
        let mut chunk = Chunk::mixed(0, 0);
        for _ in 0..16_384.min(trades - offset) {
            let bits = random();
            let i = (bits % u64::from(INSTRUMENTS)) as usize;
            ts += (bits >> 8) as i64 % 2_000_000;
            prices[i] = (prices[i] + (bits >> 32) as i64 % 7 - 3).max(100);
            let head = RowHead {
                ts: EventTime(ts),
                recv_ts: EventTime(ts),
                exchange_ts: Some(EventTime(ts)),
                offset,
                seq: 0,
                instrument: i as u32,
            };
            let side = Some(Side::of(if bits >> 63 == 0 { 1 } else { -1 }));
            chunk.push_trade(head, prices[i], 1 + (bits >> 40) as i64 % 5_000, side, "");
            offset += 1;
        }
        for batch in market_batches(&chunk, &instruments, "light") {
            writer.append(batch.table, &batch.batch, batch.digest).unwrap();
        }
    }
    let files = writer.finish_epoch().unwrap();
    journal.commit(EventTime(ts + 1), files, true, None).unwrap();
}

fn plan(dir: &str) -> Plan {
    let instruments = instruments();
    let market = MARKET_COLUMNS.len() as u32;
    let node = |name: &str, ordinal| Node { name: name.into(), ordinal };
    let ema = |name, ordinal, period, slot| IndicatorNode {
        node: node(name, ordinal),
        spec: IndicatorSpec::Ema(Ema { period: Period::of(period) }),
        driver: Driver::Bar(0),
        inputs: vec![market + 3],
        slot,
        outputs: 1,
    };
    let rule = |cross| {
        let expr = Expr::crosses(cross, Expr::Column(0), Expr::Column(1));
        Some(Rule::new(vec![Part { text: "cross".into(), expr }]))
    };
    let all: Vec<u32> = (0..INSTRUMENTS).collect();
    let quantity = Rule::new(vec![Part { text: "1".into(), expr: Expr::Constant(1.0) }]);
    Plan {
        job: "light".into(),
        seed: 0,
        sources: vec![SourcePlan {
            rank: 0,
            name: "lake".into(),
            kind: SourceKind::Lake {
                url: dir.into(),
                tables: vec![Table::Trades],
                instruments: all.clone(),
            },
        }],
        market: MarketSpec {
            slots: market + 10,
            bars: vec![BarNode {
                node: node("bar_1m", 1),
                kind: BarKind::Time(TimeBar { every: Span(60_000_000_000), clock: Clock::Receive }),
                slot: market,
            }],
            indicators: vec![ema("fast", 2, 10, market + 8), ema("slow", 3, 20, market + 9)],
            features: Vec::new(),
            triggers: vec![TriggerNode {
                node: node("cross", 5),
                strategy: 0,
                on: TriggerOn::Bar(0),
                instruments: all.clone(),
                slots: vec![market + 8, market + 9],
            }],
            readings: None,
            quality_ordinal: 20,
        },
        columns: (0..market + 10)
            .map(|i| ColumnPlan {
                name: format!("c{i}"),
                doc: String::new(),
                unit: String::new(),
                warm_up: 0,
                operator: String::new(),
                shared_with: Vec::new(),
            })
            .collect(),
        accounts: vec![AccountSpec {
            name: "paper".into(),
            index: 0,
            cash: vec![("USDT".into(), Money::parse("1000000").unwrap())],
            instruments: instruments
                .iter()
                .enumerate()
                .map(|(i, instrument)| AccountInstrument {
                    index: i as u32,
                    instrument: Arc::new(instrument.clone()),
                    execution: ExecutionSpec {
                        entry_latency: Span(1_000_000),
                        response_latency: Span(1_000_000),
                        maker_fee: Rate::parse("0.0002").unwrap(),
                        taker_fee: Rate::parse("0.0005").unwrap(),
                        fill: FillSpec {
                            model: FillModel::NextTrade,
                            partial: true,
                            half_spread: 0.01,
                        },
                    },
                })
                .collect(),
            strategies: vec![StrategySpec {
                name: "cross".into(),
                ordinal: 5,
                instruments: all,
                columns: 2,
                long: rule(Cross::Above),
                short: rule(Cross::Below),
                flat: None,
                size: Size::Quantity(quantity),
                order: OrderStyle::Market,
            }],
            risk: RiskSpec {
                position_fraction: None,
                position_notional: None,
                price_band: None,
                order_rate: None,
                drawdown_stop: None,
            },
            ordinals: AccountOrdinals {
                orders: 10,
                fills: 11,
                ledger: 12,
                positions: 13,
                portfolio: 14,
            },
        }],
        strategies: vec![StrategyPlan { name: "cross".into(), account: 0 }],
        instruments,
        lake: LakePlan {
            url: dir.into(),
            write: Vec::new(),
            commit_every: Span(86_400_000_000_000),
        },
        assumptions: Vec::new(),
    }
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let dir = &args[2];
    let start = Instant::now();
    match args[1].as_str() {
        "make" => make(dir, args[3].parse().unwrap()),
        "scan" => {
            let plan = plan(dir);
            let lake = Lake::open(dir).unwrap();
            let mut rows = 0;
            for file in lake.files(Table::Trades, &Default::default()).unwrap() {
                rows += scan(&lake.place(&file.entry).unwrap());
            }
            println!("{rows} rows, {:.1} M/s", rows as f64 / start.elapsed().as_secs_f64() / 1e6);
            drop(plan);
        }
        _ => {
            let workers = args[3].parse().unwrap();
            let request = RunRequest {
                plan: Arc::new(plan(dir)),
                run: "light".into(),
                replace: true,
                options: RunOptions { workers, sink: SinkKind::Count, ..RunOptions::new() },
            };
            let summary = pipeline::run(request).unwrap().summary;
            let rate = summary.events as f64 / start.elapsed().as_secs_f64() / 1e6;
            let status = std::fs::read_to_string("/proc/self/status").unwrap();
            let peak = status.lines().find(|l| l.starts_with("VmHWM")).unwrap();
            println!(
                "{} trades, {rate:.1} M/s, {} fills, equity {}, {peak}",
                summary.events, summary.stats.fills, summary.stats.purses["paper"]["USDT"].equity
            );
        }
    }
}

/// Reads five columns of a file and nothing else.
fn scan(path: &std::path::Path) -> usize {
    use parquet::arrow::{ProjectionMask, arrow_reader::ParquetRecordBatchReaderBuilder};
    let file = std::fs::File::open(path).unwrap();
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let columns = ["ts", "instrument", "price_raw", "quantity_raw", "side"];
    let mask = ProjectionMask::columns(builder.parquet_schema(), columns);
    let reader = builder.with_projection(mask).with_batch_size(16_384).build().unwrap();
    reader.map(|batch| batch.unwrap().num_rows()).sum()
}
