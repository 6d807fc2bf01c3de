//! What only a real broker can do: transactions, administration, retention.

use super::*;
use pipeline::kafka::{
    Made, Retention, TopicPlan, TopicsError, create_topics, describe_topics, publish::publish,
};
use rdkafka::producer::{BaseRecord, Producer};
use std::time::Duration;

/// The real broker, or `None` with a message.
fn real() -> Option<KafkaAccess> {
    let address = std::env::var("TAPEFLOW_KAFKA").ok().filter(|address| !address.is_empty());
    if address.is_none() {
        eprintln!("SKIPPED: set TAPEFLOW_KAFKA to the address of a broker (infra/kafka.sh start)");
    }
    address.map(KafkaAccess::plain)
}

/// A topic that no other test run has.
fn new_topic(access: &KafkaAccess, name: &str, shape: &str) -> String {
    let unique = tempfile::tempdir().unwrap();
    let unique = unique.path().file_name().unwrap().to_string_lossy().replace('.', "");
    let name = format!("test.{name}.{unique}");
    let plan: TopicPlan = format!("{name}:{shape}").parse().unwrap();
    assert_eq!(create_topics(access, &[plan]).unwrap(), [(name.clone(), Made::Created)]);
    name
}

/// A clock that stands still, in 2025.
fn now() -> EventTime {
    EventTime(1_763_701_200_000_000_000)
}

#[test]
fn topics_are_made_once_and_never_changed() {
    let Some(access) = real() else { return };
    let name = new_topic(&access, "made", "3:7d");
    let plan = |text: &str| text.replace('@', &name).parse::<TopicPlan>().unwrap();
    let present = [(name.clone(), Made::Present)];
    assert_eq!(create_topics(&access, &[plan("@:3:7d")]).unwrap(), present);
    assert_eq!(create_topics(&access, &[plan("@:3")]).unwrap(), present);
    let other = format!("{name}.other");
    let wanted = [plan("@.other:1"), plan("@:4:forever")];
    let error = create_topics(&access, &wanted).unwrap_err();
    assert!(matches!(error, TopicsError::Differ(_)));
    let said = error.to_string();
    assert!(said.contains("3 partitions, not 4, retention 7d, not forever"), "{said}");
    assert!(describe_topics(&access, &[other]).is_err(), "nothing is made when one differs");
    let [state] = &describe_topics(&access, &[name]).unwrap()[..] else { panic!() };
    assert_eq!((state.partitions.len(), state.replication >= 1), (3, true));
    assert_eq!(state.retention, Some(Retention::For("7d".parse().unwrap())));
}

#[test]
fn records_of_aborted_transactions_are_not_seen() {
    let Some(access) = real() else { return };
    let topic = new_topic(&access, "aborted", "1");
    let producer = access.producer(&[("transactional.id", &topic)]).unwrap();
    producer.init_transactions(Duration::from_secs(10)).unwrap();
    let time = Duration::from_secs(10);
    for (value, commit) in [("{\"n\":1}", true), ("{\"n\":2}", false), ("{\"n\":3}", true)] {
        producer.begin_transaction().unwrap();
        producer.send(BaseRecord::<str, str>::to(&topic).payload(value)).unwrap();
        access.flush(&producer, time).unwrap();
        match commit {
            true => producer.commit_transaction(time).unwrap(),
            false => producer.abort_transaction(time).unwrap(),
        }
    }
    let values: Vec<String> = all(&access, &topic).into_iter().map(|seen| seen.value).collect();
    assert_eq!(values, ["{\"n\":1}", "{\"n\":3}"]);
}

#[test]
fn a_tape_arrives_whole_and_a_second_one_goes_on_behind_it() {
    let Some(access) = real() else { return };
    let topic = new_topic(&access, "tape", "4");
    let routes = Routes::new(&topic, &[]);
    let keep = request(&access, &routes, Stamp::Keep);
    let first = publish(&keep, tape(), &now, &Progress::default()).unwrap();
    let seen = all(&access, &topic);
    check_times(&seen, &first);
    assert_eq!(seen.len() as u64, first.messages + first.heartbeats);
    let stamp = request(&access, &routes, Stamp::Now);
    let second = publish(&stamp, tape(), &now, &Progress::default()).unwrap();
    check_times(&all(&access, &topic), &second);
}

#[test]
fn a_topic_that_is_not_there_is_named() {
    let Some(access) = real() else { return };
    let routes = Routes::new("test.absent", &[]);
    let request = request(&access, &routes, Stamp::Now);
    let error = publish(&request, tape(), &now, &Progress::default()).unwrap_err().to_string();
    assert!(error.contains("no topic `test.absent`"), "{error}");
}

/// Kafka 4 takes records of any past, and none from more than an hour ahead: historic event times
/// could stand in its timestamps, those of a market invented for next year could not.
#[test]
fn historic_timestamps_are_taken_and_far_ones_ahead_are_not() {
    let Some(access) = real() else { return };
    let topic = new_topic(&access, "times", "1:forever");
    let send = |timestamp: Option<i64>| {
        let producer = access.producer(&[]).unwrap();
        let mut record = BaseRecord::<str, str>::to(&topic).payload("{}");
        record.timestamp = timestamp;
        producer.send(record).unwrap();
        access.flush(&producer, Duration::from_secs(10))
    };
    send(None).unwrap();
    let mut now_ms = 0;
    let topics = [topic.clone()];
    let access = &access;
    let request = TapRequest { access, topics: &topics, from: TapFrom::Beginning, until_end: true };
    tap(&request, &Progress::default(), &mut |record| {
        now_ms = record.timestamp_ms.unwrap();
        true
    })
    .unwrap();
    for timestamp in [0, now_ms - 86_400_000, now_ms + 1_800_000] {
        send(Some(timestamp)).unwrap();
    }
    let error = send(Some(now_ms + 2 * 3_600_000)).unwrap_err().to_string();
    assert_eq!(error, "cannot deliver a record: Invalid timestamp");
    assert_eq!(all(access, &topic).len(), 4);
}
