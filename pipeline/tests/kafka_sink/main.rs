//! Results in topics, against a real broker: `TAPEFLOW_KAFKA=host:port` names it. What the broker
//! inside the program does not do (fencing, aborting) is what these tests are about.

mod crashes;
mod job;
mod refusals;

use pipeline::{
    kafka::{KafkaAccess, TopicPlan, create_topics},
    sinks::kafka::{OutRow, Outlet, OutputMode, OutputStream, Target},
};
use rdkafka::{
    Message, Offset, TopicPartitionList,
    consumer::Consumer,
    error::KafkaError,
    message::{Header, Headers},
};
use schemas::{EventTime, OrderKey};
use std::{collections::BTreeMap, time::Duration};

/// The broker, or `None` with a message. `TAPEFLOW_REQUIRE_KAFKA=1` makes its absence a failure.
fn broker() -> Option<KafkaAccess> {
    if let Ok(address) = std::env::var("TAPEFLOW_KAFKA") {
        return Some(KafkaAccess::plain(address));
    }
    let required = std::env::var_os("TAPEFLOW_REQUIRE_KAFKA").is_some_and(|value| value == "1");
    assert!(!required, "a broker is required: set TAPEFLOW_KAFKA=host:port");
    eprintln!("SKIPPED: no broker; set TAPEFLOW_KAFKA=host:port");
    None
}

/// A name that no earlier run of the tests used.
fn fresh(name: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let random = folder.path().file_name().unwrap().to_string_lossy().replace('.', "");
    format!("ksink-{name}-{random}")
}

/// A sink with two topics of two partitions and two shards; the topics are made.
fn outlet(access: &KafkaAccess, run: &str, mode: OutputMode) -> Outlet {
    let target = |stream: OutputStream| Target {
        stream: Some(stream),
        topic: format!("{run}.{stream}"),
        partitions: 2,
    };
    let targets: Vec<Target> = [OutputStream::Signals, OutputStream::Fills].map(target).into();
    let plan = |t: &Target| format!("{}:{}", t.topic, t.partitions).parse::<TopicPlan>().unwrap();
    create_topics(access, &targets.iter().map(plan).collect::<Vec<_>>()).unwrap();
    let (run, access) = (run.to_owned(), access.clone());
    Outlet { run, index: 0, access, targets, mode, shards: 2 }
}

/// Event time between rows.
const STEP: i64 = 1_000_000;

/// So many rows, one a millisecond, over four partitions.
fn rows(count: i64, mode: OutputMode) -> Vec<OutRow> {
    let row = |n: i64| {
        let key = OrderKey::source(EventTime(n * STEP), 0, 0, n as u64, 0).derived(1, 0, 0);
        let id = ("id".into(), n.to_string().into_bytes());
        OutRow {
            sink: 0,
            partition: (n * 7 % 11 % 4) as u32,
            key,
            record_key: format!("demo:SYN{}", n % 11).into_bytes(),
            value: format!(r#"{{"type":"signal","n":{n}}}"#).into_bytes(),
            headers: if mode == OutputMode::AtLeastOnce { vec![id] } else { Vec::new() },
        }
    };
    (0..count).map(row).collect()
}

/// What a consumer sees of a record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    key: Vec<u8>,
    value: Vec<u8>,
    headers: Vec<(String, Vec<u8>)>,
}

/// By topic and partition.
type Topics = BTreeMap<(String, u32), Vec<Seen>>;

/// What consumers that read what is committed see, and the marks.
fn consume(outlet: &Outlet) -> (Topics, Topics) {
    let consumer = outlet.access.consumer(&[("enable.partition.eof", "true")]).unwrap();
    let mut places = TopicPartitionList::new();
    let mut seen = Topics::new();
    for (topic, partition) in outlet.partitions() {
        places.add_partition_offset(topic, partition as i32, Offset::Beginning).unwrap();
        seen.insert((topic.to_owned(), partition), Vec::new());
    }
    consumer.assign(&places).unwrap();
    let mut open = seen.len();
    let mut marks = seen.clone();
    while open > 0 {
        match consumer.poll(Duration::from_secs(20)).expect("the brokers answer") {
            Err(KafkaError::PartitionEOF(_)) => open -= 1,
            Err(error) => panic!("{error}"),
            Ok(record) => {
                let place = (record.topic().to_owned(), record.partition() as u32);
                let owned =
                    |h: Header<'_, &[u8]>| (h.key.to_owned(), h.value.unwrap_or_default().to_vec());
                let headers = record.headers().map(|all| all.iter().map(owned).collect());
                let one = Seen {
                    key: record.key().unwrap_or_default().to_vec(),
                    value: record.payload().unwrap_or_default().to_vec(),
                    headers: headers.unwrap_or_default(),
                };
                let is_mark = one.value.starts_with(br#"{"type":"complete""#);
                let list = if is_mark { &mut marks } else { &mut seen };
                list.get_mut(&place).unwrap().push(one);
            }
        }
    }
    (seen, marks)
}

/// What an undisturbed run of these rows shows.
fn expected(outlet: &Outlet, rows: &[OutRow]) -> Topics {
    let places: Vec<(String, u32)> =
        outlet.partitions().map(|(topic, partition)| (topic.to_owned(), partition)).collect();
    let mut topics: Topics = places.iter().map(|place| (place.clone(), Vec::new())).collect();
    for row in rows {
        let header = |(name, value): &(schemas::Text, Vec<u8>)| (name.to_string(), value.clone());
        let seen = Seen {
            key: row.record_key.clone(),
            value: row.value.clone(),
            headers: row.headers.iter().map(header).collect(),
        };
        topics.get_mut(&places[row.partition as usize]).unwrap().push(seen);
    }
    topics
}
