//! The light job: EMA 10/20 cross on one-minute bars of 64 instruments, from a lake of trades as
//! `ingest` writes it, without lake output; beside a bare scan of the same Parquet by the same
//! crates. `cargo bench --bench light`; TRADES=50000000 for another length of tape.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use parquet::arrow::{ProjectionMask, arrow_reader::ParquetRecordBatchReaderBuilder};
use pipeline::{
    RunRequest,
    graph::{RunOptions, SinkKind},
    lake::{EpochDraft, Facts, Lake, SourceFact, market_batches},
    plan::Plan,
};
use schemas::{
    Chunk, Digest, EventTime, Instrument, InstrumentId, Side, Table, chunk::RowHead,
    instrument::Kind,
};
use std::{fs::File, path::Path, sync::Arc};
use tapeflow::spec;

const INSTRUMENTS: u32 = 64;

const JOB: &str = r#"
[job]
name = "light"
seed = 0
[[source]]
lake = { url = "LAKE", tables = ["trades"] }
[bars]
bar_1m = { time = { every = "1m", clock = "receive" } }
[indicators]
fast = { ema = { period = 10, on = "bar_1m.close" } }
slow = { ema = { period = 20, on = "bar_1m.close" } }
[[account]]
name = "paper"
cash = { USDT = "1000000" }
[[strategy]]
name = "cross"
on = "bar_1m"
for = ["*"]
long = "crosses_above(fast, slow)"
short = "crosses_below(fast, slow)"
size = { quantity = "1" }
order = "market"
[execution.demo]
latency = { entry = "1ms", response = "1ms" }
fees = { maker = "0.0002", taker = "0.0005" }
fill = { model = "next_trade", partial = false, half_spread = "0.01" }
[lake]
readings = "none"
write = []
"#;

fn instrument(number: u32) -> Instrument {
    Instrument {
        id: InstrumentId::new("demo", &format!("S{number:02}")),
        base: "S".into(),
        quote: "USDT".into(),
        settle: "USDT".into(),
        kind: Kind::Spot,
        price_scale: 2,
        quantity_scale: 3,
        tick: 1,
        lot: 100,
        multiplier: 1,
        inverse: false,
    }
}

/// A tape of trades at a thousand a second of event time.
fn record(folder: &Path, trades: u64) {
    let lake = Lake::open(&folder.to_string_lossy()).unwrap();
    let mut journal = lake.start_recording("light", "light", Digest(1)).unwrap().unwrap();
    let instruments: Vec<Instrument> = (0..INSTRUMENTS).map(instrument).collect();
    let source = SourceFact {
        rank: 0,
        name: "light".into(),
        kind: "light".into(),
        partitions: vec!["0".into()],
    };
    journal.set_facts(Facts { sources: vec![source], instruments: instruments.clone() });
    let mut writer = journal.writer(0);
    let mut bits = 0x9e37_79b9_7f4a_7c15u64;
    let mut prices = [10_000i64; INSTRUMENTS as usize];
    let (mut ts, mut offset) = (1_704_067_200_000_000_000i64, 0);
    while offset < trades {
        let mut chunk = Chunk::mixed(0, 0);
        for _ in 0..16_384.min(trades - offset) {
            // xorshift64: enough for a bench.
            bits ^= bits << 13;
            bits ^= bits >> 7;
            bits ^= bits << 17;
            let number = (bits % u64::from(INSTRUMENTS)) as usize;
            ts += (bits >> 8) as i64 % 2_000_000;
            prices[number] = (prices[number] + (bits >> 32) as i64 % 7 - 3).max(100);
            let head = RowHead {
                ts: EventTime(ts),
                recv_ts: EventTime(ts),
                exchange_ts: Some(EventTime(ts)),
                offset,
                seq: 0,
                instrument: number as u32,
            };
            let side = if bits >> 63 == 0 { Side::Buy } else { Side::Sell };
            let quantity = 1 + (bits >> 40) as i64 % 5_000;
            chunk.push_trade(head, prices[number], quantity, Some(side), "");
            offset += 1;
        }
        for batch in market_batches(&chunk, &instruments, "light") {
            writer.append(batch.table, &batch.batch, batch.digest).unwrap();
        }
    }
    let files = writer.finish_epoch().unwrap();
    journal.commit(EpochDraft::last(EventTime(ts + 1), files, None)).unwrap();
}

/// Reads five columns and nothing else.
fn scan(folder: &Path) -> usize {
    let lake = Lake::open(&folder.to_string_lossy()).unwrap();
    let columns = ["ts", "instrument", "price_raw", "quantity_raw", "side"];
    let rows = |file: pipeline::lake::LakeFile| -> usize {
        let file = File::open(lake.place(&file.entry).unwrap()).unwrap();
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        let mask = ProjectionMask::columns(builder.parquet_schema(), columns);
        let reader = builder.with_projection(mask).with_batch_size(16_384).build().unwrap();
        reader.map(|batch| batch.unwrap().num_rows()).sum()
    };
    lake.files(Table::Trades, &Default::default()).unwrap().into_iter().map(rows).sum()
}

fn run(plan: &Arc<Plan>, workers: usize) -> u64 {
    let options = RunOptions { workers, sink: SinkKind::Count, ..RunOptions::new() };
    let request = RunRequest { options, ..RunRequest::new(Arc::clone(plan)) };
    let summary = pipeline::run(request).unwrap().summary;
    assert!(summary.stats.fills > 0, "a job that does not trade measures nothing");
    summary.events
}

fn light(c: &mut Criterion) {
    let trades = std::env::var("TRADES").map_or(5_000_000, |n| n.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    record(folder.path(), trades);
    let job = JOB.replace("LAKE", &folder.path().to_string_lossy());
    let plan = spec::plan(Path::new("light.toml"), &job, &[], spec::Files::MustExist);
    let plan = Arc::new(plan.unwrap_or_else(|e| panic!("{e:?}")));
    let mut group = c.benchmark_group("light");
    group.throughput(Throughput::Elements(trades)).sample_size(10);
    group.bench_function("bare scan", |b| {
        b.iter(|| assert_eq!(scan(folder.path()) as u64, trades));
    });
    for workers in [1, 2] {
        group.bench_with_input(BenchmarkId::new("workers", workers), &workers, |b, workers| {
            b.iter(|| assert_eq!(run(&plan, *workers), trades));
        });
    }
    group.finish();
}

criterion_group!(benches, light);
criterion_main!(benches);
