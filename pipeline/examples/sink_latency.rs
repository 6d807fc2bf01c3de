//! From a row's hand-over to a sink until a consumer that reads what is committed has it:
//!
//! ```text
//! cargo run --release -p tapeflow-pipeline --example sink_latency -- BROKERS NAME [SECONDS] [MODE]
//! ```
//!
//! NAME begins the names of the topics that it makes. It prints milliseconds at the 50th and 99th
//! percentile for each mode at 1,000 and 50,000 rows/s, handed over every 5 ms.

use pipeline::{
    kafka::{KafkaAccess, TopicPlan, create_topics},
    sinks::kafka::{OutRow, Outlet, OutputMode, OutputStream, ProgressLog, Shard, Target},
};
use rdkafka::{Message, Offset, TopicPartitionList, consumer::Consumer};
use schemas::{EventTime, OrderKey};
use std::{
    error::Error,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

const QUANTUM: Duration = Duration::from_millis(5);

/// Connections are made and caches filled before this.
const WARM_UP_NS: u64 = 2_000_000_000;

/// Between checkpoints; under `outbox` rows wait for them.
const CHECKPOINT: u64 = 200;

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut told = std::env::args().skip(1);
    let (Some(brokers), Some(name)) = (told.next(), told.next()) else {
        return Err("HOST:PORT NAME [SECONDS]".into());
    };
    let seconds = told.next().map_or(Ok(10), |text| text.parse())?;
    let only = told.next();
    println!(
        "{:14} {:>8} {:>8} {:>8} {:>8} {:>8}",
        "mode", "rows/s", "shards", "p50", "p99", "max"
    );
    let asked = |mode: &&OutputMode| only.as_ref().is_none_or(|only| mode.as_str() == only);
    for mode in OutputMode::ALL.iter().filter(asked) {
        for (rate, shards) in [(1_000, 1), (50_000, 1), (50_000, 2)] {
            let run = format!("{name}-{mode}-{rate}-{shards}");
            measure(&brokers, run, *mode, rate, shards, seconds)?;
        }
    }
    Ok(())
}

/// The wall clock since the start.
fn now(start: Instant) -> u64 {
    start.elapsed().as_nanos() as u64
}

#[expect(clippy::disallowed_methods, reason = "it measures")]
fn measure(
    brokers: &str,
    run: String,
    mode: OutputMode,
    rate: u64,
    shards: u32,
    seconds: u64,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let access = KafkaAccess::plain(brokers);
    let stream = Some(OutputStream::Signals);
    let target = Target { stream, topic: format!("{run}.signals"), partitions: 4 };
    create_topics(&access, &[format!("{}:4", target.topic).parse::<TopicPlan>()?])?;
    let outlet = Outlet { run, index: 0, access, targets: vec![target], mode, shards };
    let outlet = Arc::new(outlet);
    outlet.check()?;
    let opened: Vec<Shard> =
        (0..shards).map(|number| Shard::open(&outlet, number)).collect::<Result<_, _>>()?;
    let progress = ProgressLog::read(&outlet)?;
    let mut handles = Vec::new();
    for mut shard in opened {
        shard.recover(&[], &progress)?;
        handles.push(shard.start(Box::new(|| ()))?);
    }
    let start = Instant::now();
    let reader = {
        let outlet = Arc::clone(&outlet);
        let count = rate * seconds;
        thread::Builder::new().spawn(move || read(&outlet, start, count))?
    };
    let steps = seconds * 1_000 / 5;
    let (mut next, mut most) = (0, 0);
    for step in 1..=steps {
        let due = QUANTUM * step as u32;
        thread::park_timeout(due.saturating_sub(start.elapsed()));
        let at = now(start).to_string();
        let mut rows = vec![Vec::new(); shards as usize];
        while next < rate * step * 5 / 1_000 {
            let row = row(next, &at);
            rows[outlet.shard_of(row.partition) as usize].push(row);
            next += 1;
        }
        let through = EventTime(next as i64);
        for (handle, rows) in handles.iter().zip(rows) {
            handle.rows(through, rows);
            if step % CHECKPOINT == 0 {
                handle.boundary(through);
                handle.publish(through);
            }
            if let Some(error) = handle.failed() {
                return Err(error.into());
            }
            most = handle.backlog().rows.max(most);
        }
    }
    for handle in handles {
        handle.finish()?;
    }
    let mut times = reader.join().map_err(|_| "the reader panicked")??;
    times.sort_unstable();
    let ms = |part: usize| times[(times.len() - 1) * part / 100] as f64 / 1e6;
    println!(
        "{mode:14} {rate:>8} {shards:>8} {:>8.1} {:>8.1} {:>8.1}   (most waiting {most})",
        ms(50),
        ms(99),
        ms(100),
        mode = mode.as_str(),
    );
    Ok(())
}

/// A record as large as a signal.
fn row(n: u64, at: &str) -> OutRow {
    let key = OrderKey::source(EventTime(n as i64), 0, 0, n, 0).derived(1, 0, 0);
    OutRow {
        sink: 0,
        partition: (n % 4) as u32,
        key,
        record_key: format!("demo:SYN{}", n % 64).into_bytes(),
        value: format!("{at}{:350}", "").into_bytes(),
        headers: Vec::new(),
    }
}

/// Reads all rows and says how long each took.
fn read(
    outlet: &Outlet,
    start: Instant,
    count: u64,
) -> Result<Vec<u64>, Box<dyn Error + Send + Sync>> {
    let consumer = outlet.access.consumer(&[("fetch.wait.max.ms", "5")])?;
    let mut places = TopicPartitionList::new();
    for (topic, partition) in outlet.partitions() {
        places.add_partition_offset(topic, partition as i32, Offset::Beginning)?;
    }
    consumer.assign(&places)?;
    let mut times = Vec::new();
    while (times.len() as u64) < count {
        let Some(record) = consumer.poll(Duration::from_secs(20)) else {
            return Err("rows are missing".into());
        };
        let record = record?;
        let value = std::str::from_utf8(record.payload().unwrap_or_default())?;
        if let Ok(sent) = value.trim_end().parse::<u64>() {
            times.push((sent, now(start).saturating_sub(sent)));
        }
    }
    let warm = times.into_iter().filter(|(sent, _)| *sent > WARM_UP_NS);
    Ok(warm.map(|(_, time)| time).collect())
}
