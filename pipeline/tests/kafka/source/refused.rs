//! Topics that are not what they were, or never what is needed.

use super::*;
use rdkafka::{Offset, TopicPartitionList, admin::NewPartitions};

/// A topic of which ten records were read, and where to go on.
fn read_ten(topics: &mut Topics, partitions: i32) -> (String, Resume) {
    let access = topics.access.clone();
    let topic = topics.make("gone", partitions, &[]);
    for partition in 0..partitions {
        let values: Vec<String> = (0..10).map(|i| trade("SYN0001", i)).collect();
        write(&access, &topic, partition, &values);
    }
    let exact = LiveOptions { checkpoint_every: Span(MS), ..options(None) };
    let mut run = Run::open(&source(&access, &[&topic]), 1, exact).unwrap();
    run.until("ten records", |run| run.watermark() == 9);
    let resume = run.positions(5);
    assert_eq!(resume.positions[0].offset, 5, "{resume:?}");
    (topic, resume)
}

#[test]
fn records_that_retention_took_are_missed() {
    let Some(access) = broker() else { return };
    let mut topics = Topics::new(&access);
    let (topic, resume) = read_ten(&mut topics, 1);
    let mut before = TopicPartitionList::new();
    before.add_partition_offset(&topic, 0, Offset::Offset(8)).unwrap();
    let admin = access.admin().unwrap();
    block_on(admin.delete_records(&before, &AdminOptions::new())).unwrap();
    let error = refusal(&source(&access, &[&topic]), Some(resume));
    assert!(matches!(error, InputError::Lost { offset: 5, low: 8, .. }), "{error}");
    assert!(error.to_string().contains("3 records are lost"), "{error}");
    // While it runs, a broker that has nothing there any more ends it.
    let mut ranged = source(&access, &[&topic]);
    ranged.topics[0].ranges = vec![(0, 5, 9)];
    assert!(matches!(refusal(&ranged, None), InputError::Range { low: 8, .. }));
}

#[test]
fn a_topic_made_anew_is_another_topic() {
    let Some(access) = broker() else { return };
    let mut topics = Topics::new(&access);
    let (topic, resume) = read_ten(&mut topics, 1);
    let mut running = Run::open(&source(&access, &[&topic]), 1, options(None)).unwrap();
    running.until("ten records", |run| run.watermark() == 9);
    topics.delete(&[&topic]);
    topics.make_named(&topic, 1, &[]);
    // As many records as before, and more: only its id tells.
    let values: Vec<String> = (0..20).map(|i| trade("SYN0002", 100 + i)).collect();
    write(&access, &topic, 0, &values);
    let error = refusal(&source(&access, &[&topic]), Some(resume.clone()));
    assert!(matches!(error, InputError::Recreated { .. }), "{error}");
    // Without ids its end can still tell.
    let mut short = resume;
    short.positions[0].topic_id.clear();
    short.positions[0].offset = 50;
    let error = refusal(&source(&access, &[&topic]), Some(short));
    assert!(matches!(error, InputError::Short { offset: 50, high: 20, .. }), "{error}");
    // A run that was reading all the while ends, and takes nothing of the other topic.
    let deadline = Instant::now() + Duration::from_secs(60);
    let error = loop {
        match running.step() {
            Ok(_) => assert!(Instant::now() < deadline, "the run noticed nothing"),
            Err(error) => break error.to_string(),
        }
        std::thread::park_timeout(Duration::from_millis(5));
    };
    assert_eq!(running.rows.len(), 10, "{error}");
    eprintln!("a running source says: {error}");
}

#[test]
fn partitions_that_were_added_are_not_in_the_checkpoint() {
    let Some(access) = broker() else { return };
    let mut topics = Topics::new(&access);
    let (topic, resume) = read_ten(&mut topics, 2);
    let admin = access.admin().unwrap();
    let more = NewPartitions::new(&topic, 3);
    block_on(admin.create_partitions([&more], &AdminOptions::new())).unwrap();
    let deadline = Instant::now() + WAIT;
    while access.partitions(admin.inner(), &topic).unwrap() < 3 {
        assert!(Instant::now() < deadline);
        std::thread::park_timeout(Duration::from_millis(20));
    }
    let error = refusal(&source(&access, &[&topic]), Some(resume));
    assert!(matches!(error, InputError::Partitions { was: 2, is: 3, .. }), "{error}");
}

#[test]
fn compacted_topics_and_absent_ones_are_no_input() {
    let Some(access) = broker() else { return };
    let mut topics = Topics::new(&access);
    let compacted = topics.make("compacted", 1, &[("cleanup.policy", "compact")]);
    let error = refusal(&source(&access, &[&compacted]), None);
    assert!(matches!(error, InputError::Compacted { .. }), "{error}");
    let error = refusal(&source(&access, &["ksource-nobody-made-this"]), None).to_string();
    assert!(error.contains("there is no topic `ksource-nobody-made-this`"), "{error}");
    let nowhere = KafkaAccess::plain("127.0.0.1:1");
    let error = refusal(&source(&nowhere, &["any"]), None).to_string();
    assert!(error.contains("cannot reach 127.0.0.1:1"), "{error}");
}

#[test]
fn a_topic_of_something_else_is_told_apart_at_its_head() {
    let Some(access) = broker() else { return };
    let mut topics = Topics::new(&access);
    let topic = topics.make("garbage", 1, &[]);
    write(&access, &topic, 0, &vec!["no record".to_owned(); 1100]);
    let mut run = Run::open(&source(&access, &[&topic]), 1, options(None)).unwrap();
    let deadline = Instant::now() + WAIT;
    let error = loop {
        match run.step() {
            Ok(_) => assert!(Instant::now() < deadline),
            Err(error) => break error.to_string(),
        }
    };
    assert!(error.contains("is not a topic of records in the JSON of topics"), "{error}");
}
