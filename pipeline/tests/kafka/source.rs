//! The live source at a real broker: what it reads, where it goes on, and what it refuses.

mod fences;
mod refused;

use super::market;
use futures::executor::block_on;
use pipeline::kafka::KafkaAccess;
use pipeline::sources::kafka::{
    InputError, KafkaSource, LiveOptions, RecordFormat, Resume, StartAt, Survey, TopicInput,
    bare_read,
};
use pipeline::sources::{Position, Reader, SourceError};
use rdkafka::{
    admin::{AdminOptions, NewTopic, TopicReplication},
    producer::{BaseRecord, Producer},
};
use schemas::chunk::{Other, RowKind};
use schemas::{Chunk, EventTime, Span};
use std::time::{Duration, Instant};

const WAIT: Duration = Duration::from_secs(20);
const MS: i64 = 1_000_000;
/// Records of the tests are from 2025-11-21T05:00:00Z on.
const START: i64 = 1_763_701_200_000_000_000;

/// The real broker, or `None` with a message.
fn broker() -> Option<KafkaAccess> {
    let address = std::env::var("TAPEFLOW_KAFKA").ok().filter(|address| !address.is_empty());
    let required = std::env::var("TAPEFLOW_REQUIRE_KAFKA").is_ok_and(|value| value == "1");
    assert!(address.is_some() || !required, "TAPEFLOW_KAFKA is not set, and required");
    if address.is_none() {
        eprintln!("SKIPPED: set TAPEFLOW_KAFKA to the address of a broker (infra/kafka.sh start)");
    }
    address.map(KafkaAccess::plain)
}

/// Topics that no other test has, gone when it is over.
struct Topics {
    access: KafkaAccess,
    prefix: String,
    names: Vec<String>,
}

impl Topics {
    fn new(access: &KafkaAccess) -> Topics {
        let unique = tempfile::tempdir().unwrap();
        let unique = unique.path().file_name().unwrap().to_string_lossy().replace('.', "");
        Topics { access: access.clone(), prefix: format!("ksource-{unique}"), names: Vec::new() }
    }

    fn make(&mut self, name: &str, partitions: i32, settings: &[(&str, &str)]) -> String {
        let name = format!("{}-{name}", self.prefix);
        self.make_named(&name, partitions, settings);
        self.names.push(name.clone());
        name
    }

    fn make_named(&self, name: &str, partitions: i32, settings: &[(&str, &str)]) {
        let topic = NewTopic::new(name, partitions, TopicReplication::Fixed(1));
        let topic = settings.iter().fold(topic, |topic, (key, value)| topic.set(key, value));
        let admin = self.access.admin().unwrap();
        let deadline = Instant::now() + WAIT;
        loop {
            // A name that was deleted is free a little later.
            let made = block_on(admin.create_topics([&topic], &AdminOptions::new())).unwrap();
            match made[0].as_ref() {
                Ok(_) => break,
                Err(error) => assert!(Instant::now() < deadline, "{error:?}"),
            }
            std::thread::park_timeout(Duration::from_millis(50));
        }
    }

    fn delete(&self, names: &[&str]) {
        let admin = self.access.admin().unwrap();
        block_on(admin.delete_topics(names, &AdminOptions::new())).unwrap();
    }
}

impl Drop for Topics {
    fn drop(&mut self) {
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        self.delete(&names);
    }
}

fn source(access: &KafkaAccess, topics: &[&str]) -> KafkaSource {
    let input = |topic: &&str| TopicInput {
        topic: (*topic).to_owned(),
        format: RecordFormat::Json,
        ranges: Vec::new(),
    };
    KafkaSource {
        access: access.clone(),
        topics: topics.iter().map(input).collect(),
        start: StartAt::Earliest,
        allowed_delay: Span(0),
        allowed_skew: Span(3600 * Span::SECOND.0),
        fence_after: None,
        dead_letters: None,
        history: None,
    }
}

fn trade(symbol: &str, ms: i64) -> String {
    let ts = START + ms * MS;
    format!(
        concat!(
            r#"{{"type":"trade","version":1,"venue":"demo","symbol":"{symbol}","#,
            r#""ts":"{ts}","price":"1.5","quantity":"2"}}"#
        ),
        symbol = symbol,
        ts = ts,
    )
}

fn heartbeat(ms: i64) -> String {
    format!(r#"{{"type":"heartbeat","version":1,"ts":"{}"}}"#, START + ms * MS)
}

/// Writes values to a partition, as records of event time.
fn write(access: &KafkaAccess, topic: &str, partition: i32, values: &[String]) {
    let producer = access.producer(&[]).unwrap();
    for value in values {
        let record = BaseRecord::<str, str>::to(topic).partition(partition).payload(value);
        producer.send(record).map_err(|(error, _)| error).unwrap();
    }
    access.flush(&producer, WAIT).unwrap();
}

/// Writes values in transactions of so many, every third of which is aborted: offsets have gaps.
/// What is committed comes back.
fn write_in_transactions(
    access: &KafkaAccess,
    topic: &str,
    partition: i32,
    values: &[String],
    size: usize,
) {
    let id = format!("{topic}-{partition}");
    let producer = access.producer(&[("transactional.id", &id)]).unwrap();
    producer.init_transactions(WAIT).unwrap();
    let send = |value: &str| {
        let record = BaseRecord::<str, str>::to(topic).partition(partition).payload(value);
        producer.send(record).map_err(|(error, _)| error).unwrap();
    };
    for (number, batch) in values.chunks(size).enumerate() {
        if number % 3 == 1 {
            producer.begin_transaction().unwrap();
            (0..3).for_each(|_| send("aborted"));
            access.flush(&producer, WAIT).unwrap();
            producer.abort_transaction(WAIT).unwrap();
        }
        producer.begin_transaction().unwrap();
        batch.iter().for_each(|value| send(value));
        producer.commit_transaction(WAIT).unwrap();
    }
}

/// Rank, partition, offset, milliseconds of effect, what it is.
type Row = (u16, u32, u64, i64, &'static str);

fn rows_of(chunk: &Chunk) -> Vec<Row> {
    let what = |row| match chunk.slot(row) {
        (RowKind::Trade, _) => "trade",
        (RowKind::Other, slot) if matches!(chunk.others[slot], Other::Reject { .. }) => "reject",
        _ => "other",
    };
    let ms = |row: usize| (chunk.ts[row] - START) / MS;
    let row =
        |row| (chunk.source_rank, chunk.source_partition, chunk.offset[row], ms(row), what(row));
    (0..chunk.len()).map(row).collect()
}

/// A run of a source: the readers of all workers.
struct Run {
    readers: Vec<Box<dyn Reader>>,
    rows: Vec<Row>,
    options: LiveOptions,
}

impl Run {
    fn open(
        source: &KafkaSource,
        workers: usize,
        options: LiveOptions,
    ) -> Result<Run, SourceError> {
        let survey = Survey::take(source, 4, options.resume.as_ref())?;
        let mut readers = Vec::new();
        for worker in 0..workers {
            readers.extend(survey.open(&market().instruments(), worker, workers, &options)?);
        }
        assert_eq!(readers.len(), survey.partitions().len());
        Ok(Run { readers, rows: Vec::new(), options })
    }

    /// One look at every partition; whether anything came.
    fn step(&mut self) -> Result<bool, SourceError> {
        let before = self.rows.len();
        for reader in &mut self.readers {
            if let Some(chunk) = reader.next()? {
                self.rows.extend(rows_of(&chunk));
            }
        }
        Ok(self.rows.len() > before)
    }

    /// Reads until something is so.
    fn until(&mut self, what: &str, mut done: impl FnMut(&mut Run) -> bool) {
        let deadline = Instant::now() + WAIT;
        loop {
            let came = self.step().unwrap();
            if done(self) {
                return;
            }
            assert!(Instant::now() < deadline, "{what}: {:?}", self.options.meter.snapshot());
            if !came {
                std::thread::park_timeout(Duration::from_millis(2));
            }
        }
    }

    /// The least watermark, in milliseconds.
    fn watermark(&mut self) -> i64 {
        let all = self.readers.iter_mut().map(|reader| reader.live().unwrap().watermark().0);
        all.min().unwrap().saturating_sub(START) / MS
    }

    fn positions(&mut self, ms: i64) -> Resume {
        let boundary = EventTime(START + ms * MS);
        let at = |reader: &mut Box<dyn Reader>| reader.live().unwrap().position_at(boundary);
        let positions: Vec<Position> = self.readers.iter_mut().map(at).collect();
        Resume { boundary, positions }
    }

    fn ended(&mut self) -> bool {
        self.readers.iter_mut().all(|reader| reader.live().unwrap().ended())
    }

    fn sorted(mut self) -> Vec<Row> {
        self.rows.sort();
        self.rows
    }
}

fn options(resume: Option<Resume>) -> LiveOptions {
    LiveOptions { resume, checkpoint_every: Span(10 * MS), ..LiveOptions::default() }
}

/// The fault of a run that cannot be opened.
fn refusal(source: &KafkaSource, resume: Option<Resume>) -> InputError {
    match Run::open(source, 1, options(resume)).err() {
        Some(SourceError::Kafka(error)) => error,
        other => panic!("{other:?}"),
    }
}

/// A hundred trades a millisecond apart, some of them unusable, and a heartbeat.
fn values(shift: i64) -> Vec<String> {
    let value = |i: i64| match i {
        i if i % 10 == 9 => "garbage".to_owned(),
        i if i % 10 == 5 => heartbeat(i + shift),
        // Late.
        i if i % 10 == 7 => trade("SYN0002", i + shift - 4),
        i => trade("SYN0001", i + shift),
    };
    (0..100).map(value).chain([heartbeat(200)]).collect()
}

/// Two topics with three and two partitions, their records with and without gaps.
fn fill(access: &KafkaAccess, topics: &mut Topics) -> [String; 2] {
    let first = topics.make("a", 3, &[]);
    let second = topics.make("b", 2, &[]);
    for partition in 0..3 {
        write(access, &first, partition, &values(partition.into()));
    }
    for partition in 0..2 {
        write_in_transactions(access, &second, partition, &values(7), 13);
    }
    [first, second]
}

#[test]
fn every_record_of_all_partitions_is_read_and_a_resume_goes_on_exactly() {
    let Some(access) = broker() else { return };
    let mut topics = Topics::new(&access);
    let [first, second] = fill(&access, &mut topics);
    let source = source(&access, &[&first, &second]);
    let mut whole = Run::open(&source, 2, options(None)).unwrap();
    whole.until("all partitions", |run| run.watermark() == 200);
    let stats = whole.options.meter.snapshot();
    assert_eq!(stats.records(), 5 * 101);
    assert_eq!(stats.partitions[&second][&1].rejected, 10);
    // One in ten lags, and what stands between two such is rejected at a time that was reached.
    assert_eq!(stats.partitions[&first][&0].late, 10);
    whole.until("an end known to the client", |run| {
        run.options.meter.snapshot().partitions[&second][&0].end_offset > 100
    });
    assert_eq!(whole.options.meter.snapshot().partitions[&first][&0].lag(), 0);
    let resumes: Vec<Resume> = [0, 30, 55, 107, 200].map(|ms| whole.positions(ms)).into();
    assert!(resumes[1].positions.iter().all(|p| !p.topic_id.is_empty() && p.source_rank >= 4));
    let all = whole.sorted();
    assert_eq!(all.len(), 5 * 90);
    assert!(all.iter().any(|row| row.2 > 101), "transactions leave gaps");
    let late = all.iter().find(|row| row.0 == 4 && row.1 == 0 && row.2 == 7).unwrap();
    assert_eq!(*late, (4, 0, 7, 6, "trade"), "it takes effect when the time is reached");
    for (resume, workers) in resumes.into_iter().zip([1, 2, 3, 1, 5]) {
        let boundary = (resume.boundary.0 - START) / MS;
        let mut run = Run::open(&source, workers, options(Some(resume))).unwrap();
        run.until("the rest", |run| run.watermark() == 200);
        if boundary == 200 {
            // Everything is in the state: a little later nothing has come.
            std::thread::park_timeout(Duration::from_millis(200));
            run.step().unwrap();
        }
        let rest: Vec<Row> = all.iter().filter(|row| row.3 >= boundary).copied().collect();
        assert_eq!(run.sorted(), rest, "from {boundary}");
    }
    let bare = bare_read(&access, &second).unwrap();
    assert_eq!(bare.messages, 2 * 101);
}

#[test]
fn ranges_are_read_to_their_ends_even_where_no_record_stands() {
    let Some(access) = broker() else { return };
    let mut topics = Topics::new(&access);
    let [first, second] = fill(&access, &mut topics);
    let mut source = source(&access, &[&first, &second]);
    let mut whole = Run::open(&source, 1, options(None)).unwrap();
    whole.until("all partitions", |run| run.watermark() == 200);
    let all = whole.sorted();
    // The second topic ends with the marker of a transaction: its last offset is no record.
    let end = Survey::take(&KafkaSource { start: StartAt::Latest, ..source.clone() }, 4, None);
    let end = end.unwrap().partitions().iter().find(|p| p.topic == 1).unwrap().offset;
    source.topics[0].ranges = vec![(2, 10, 20), (0, 5, 5)];
    source.topics[1].ranges = vec![(0, 0, end)];
    let mut run = Run::open(&source, 2, options(None)).unwrap();
    run.until("the end", Run::ended);
    let mine = |row: &&Row| match (row.0, row.1) {
        (4, 2) => (10..20).contains(&row.2),
        (5, 0) => true,
        _ => false,
    };
    let keys = |rows: &[Row]| rows.iter().map(|r| (r.0, r.1, r.2)).collect::<Vec<_>>();
    let expected: Vec<Row> = all.iter().filter(mine).copied().collect();
    assert_eq!(keys(&run.sorted()), keys(&expected));

    source.topics[0].ranges = vec![(2, 10, 1000)];
    let error = refusal(&source, None).to_string();
    assert!(error.contains("offsets 10 to 1000 are asked for, but 0 to 101 are there"), "{error}");
    source.topics[0].ranges = vec![(3, 0, 1)];
    assert!(matches!(refusal(&source, None), InputError::NoPartition { partition: 3, .. }));
}

#[test]
fn a_run_begins_where_it_is_told_and_hears_what_comes_later() {
    let Some(access) = broker() else { return };
    let mut topics = Topics::new(&access);
    let topic = topics.make("later", 1, &[]);
    write(&access, &topic, 0, &[trade("SYN0001", 0)]);
    std::thread::park_timeout(Duration::from_millis(20));
    // Whole milliseconds: that is all a record's timestamp tells, and the second record may be
    // written within the one that is read here.
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let now = EventTime(now.as_millis() as i64 * MS);
    write(&access, &topic, 0, &[trade("SYN0001", 1)]);
    let begin =
        |start| Run::open(&KafkaSource { start, ..source(&access, &[&topic]) }, 1, options(None));
    let mut latest = begin(StartAt::Latest).unwrap();
    let mut timed = begin(StartAt::Time(now)).unwrap();
    timed.until("the second record", |run| run.rows.len() == 1);
    assert_eq!(timed.rows, [(4, 0, 1, 1, "trade")]);
    latest.step().unwrap();
    assert_eq!(latest.readers[0].live().unwrap().watermark(), EventTime::MIN);
    // Heartbeats alone move the time.
    write(&access, &topic, 0, &[heartbeat(50)]);
    latest.until("the heartbeat", |run| run.watermark() == 50);
    assert_eq!(latest.rows, []);
    write(&access, &topic, 0, &[trade("SYN0001", 60), trade("SYN0001", 40)]);
    latest.until("the trades", |run| run.rows.len() == 2);
    assert_eq!(latest.rows, [(4, 0, 3, 60, "trade"), (4, 0, 4, 60, "trade")]);
    assert_eq!(latest.watermark(), 60);
}
