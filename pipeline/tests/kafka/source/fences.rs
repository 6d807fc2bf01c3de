//! Partitions in which nothing comes.

use super::*;
use pipeline::sources::kafka::{Fence, FenceAnswer, FenceLog, KafkaFences, KnownFences};
use std::sync::Arc;

fn fenced(fences: Arc<dyn FenceLog>, resume: Option<Resume>) -> LiveOptions {
    LiveOptions { fences, ..options(resume) }
}

#[test]
fn an_idle_partition_is_fenced_and_read_the_same_again() {
    let Some(access) = broker() else { return };
    let mut topics = Topics::new(&access);
    let topic = topics.make("quiet", 2, &[]);
    let job = format!("{}-job", topics.prefix);
    topics.names.push(format!("{job}.fences"));
    let source = KafkaSource { fence_after: Some(Span(200 * MS)), ..source(&access, &[&topic]) };
    write(&access, &topic, 0, &[trade("SYN0001", 1)]);
    let log = Arc::new(KafkaFences::open(&access, &source.access, &job).unwrap());
    assert_eq!(log.all(), []);
    let mut run = Run::open(&source, 1, fenced(log, None)).unwrap();
    // Partition 1 is empty, 0 has an old record: both come up to the clock.
    let clock = || {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        (now.as_nanos() as i64 - START) / MS
    };
    let begun = clock();
    run.until("both partitions are fenced", |run| run.watermark() > begun);
    // What comes now with an older stamp is late.
    write(&access, &topic, 0, &[trade("SYN0001", begun - 1000)]);
    write(&access, &topic, 1, &["garbage".to_owned(), trade("SYN0001", begun - 1000)]);
    run.until("the late records", |run| run.rows.len() == 4);
    let stats = run.options.meter.snapshot();
    assert!(stats.partitions[&topic][&0].fences >= 1 && stats.partitions[&topic][&1].late == 1);
    let position = run.positions(10);
    let first = run.sorted();
    assert!(first.iter().filter(|row| row.3 > begun - 1000).count() == 3, "{first:?}");

    // The next run finds the fences where they were, and no other can write any more.
    let second = Arc::new(KafkaFences::open(&access, &source.access, &job).unwrap());
    assert!(second.all().len() >= 2 && second.all().iter().all(|f| f.topic == topic));
    let all = KnownFences::new(second.all().to_vec());
    for (resume, fences) in [
        (None, Arc::clone(&second) as Arc<dyn FenceLog>),
        (Some(position), Arc::clone(&second) as Arc<dyn FenceLog>),
        (None, Arc::new(all) as Arc<dyn FenceLog>),
    ] {
        let held = resume.is_some();
        let mut again = Run::open(&source, 2, fenced(fences, resume)).unwrap();
        let rows = if held { 3 } else { 4 };
        again.until("the records again", |run| run.rows.len() == rows);
        let kept: Vec<Row> = first.iter().filter(|row| !held || row.3 >= 10).copied().collect();
        assert_eq!(again.sorted(), kept);
    }
}

#[test]
fn a_log_that_another_run_took_over_ends_the_first_one() {
    let Some(access) = broker() else { return };
    let mut topics = Topics::new(&access);
    let topic = topics.make("taken", 1, &[]);
    let job = format!("{}-job", topics.prefix);
    topics.names.push(format!("{job}.fences"));
    let fence =
        |ts| Fence { topic: topic.clone(), partition: 0, from_offset: 0, ts: EventTime(ts) };
    let answer = |log: &KafkaFences| {
        let deadline = Instant::now() + WAIT;
        loop {
            match log.answer(&topic, 0) {
                Ok(FenceAnswer::Pending) => assert!(Instant::now() < deadline),
                answer => return answer,
            }
            std::thread::park_timeout(Duration::from_millis(5));
        }
    };
    let first = KafkaFences::open(&access, &access, &job).unwrap();
    first.propose(fence(5), 0);
    assert_eq!(answer(&first).unwrap(), FenceAnswer::Durable(fence(5)));
    assert_eq!(answer(&first).unwrap(), FenceAnswer::None);
    let second = KafkaFences::open(&access, &access, &job).unwrap();
    assert_eq!(second.all(), [fence(5)]);
    first.propose(fence(6), 0);
    let error = answer(&first).unwrap_err().to_string();
    assert!(error.contains("fences cannot be written"), "{error}");
    // One that is not at the end any more is not written.
    write(&access, &topic, 0, &[heartbeat(1)]);
    second.propose(fence(7), 0);
    assert_eq!(answer(&second).unwrap(), FenceAnswer::Refused);
    let third = KafkaFences::open(&access, &access, &job).unwrap();
    assert_eq!(third.all(), [fence(5)]);
}
