//! Which rows become records of which partitions.

use super::*;
use crate::{kafka::KafkaAccess, sinks::kafka::Target};
use schemas::{
    EventTime, Quantity,
    records::{Quality, QualityKind},
};

fn outlet(index: u16, mode: OutputMode, streams: &[Option<OutputStream>]) -> Outlet {
    let target = |stream: &Option<OutputStream>| Target {
        stream: *stream,
        topic: stream.map_or("dead".to_owned(), |stream| stream.to_string()),
        partitions: if stream.is_some() { 4 } else { 1 },
    };
    Outlet {
        run: "demo".to_owned(),
        index,
        access: KafkaAccess::plain("127.0.0.1:1"),
        targets: streams.iter().map(target).collect(),
        mode,
        shards: 1,
    }
}

/// Signals and alerts exactly once, signals with ids, and dead letters of the topic of rank 1.
fn encoder() -> Encoder {
    let outlets = [
        outlet(
            0,
            OutputMode::ReplayDedup,
            &[OutputStream::Signals, OutputStream::Alerts].map(Some),
        ),
        outlet(1, OutputMode::AtLeastOnce, &[Some(OutputStream::Signals)]),
        outlet(2, OutputMode::ReplayDedup, &[None]),
    ];
    let cause = |name: &str, is_topic, dead_letters| Cause {
        name: name.to_owned(),
        is_topic,
        dead_letters,
    };
    let origins = [(0, cause("files", false, None)), (1, cause("ticks", true, Some(2)))];
    Encoder::of("demo", Digest(1), origins.into(), &outlets)
}

fn key(rank: u16, n: i64) -> OrderKey {
    OrderKey::source(EventTime(n), rank, 3, n as u64, 0)
}

fn signal(n: i64, symbol: &str) -> Signal {
    Signal {
        key: key(1, n).derived(2, 0, 0),
        instrument: Some(format!("demo:{symbol}").into()),
        strategy: "cross".into(),
        side: None,
        target: Quantity::new(1, 0),
        strength: 1.0,
        price: None,
        reason: "why".into(),
        model_digest: None,
    }
}

fn reject(rank: u16) -> Reject {
    Reject {
        key: key(rank, 7),
        instrument: None,
        stage: "decode".into(),
        source: "feed".into(),
        origin: "ticks-3@7".into(),
        reason: "no JSON".into(),
        raw: "{\"half".into(),
    }
}

fn encode(outputs: &Outputs) -> Vec<OutRow> {
    let mut rows = Vec::new();
    encoder().encode(outputs, &mut rows);
    OutRow::sort(&mut rows);
    rows
}

#[test]
fn a_row_goes_to_every_sink_that_takes_it() {
    let rows = encode(&Outputs { signals: vec![signal(5, "A")], ..Outputs::default() });
    let [exact, with_id] = &rows[..] else { panic!("{rows:?}") };
    assert_eq!((exact.sink, with_id.sink), (0, 1));
    assert_eq!((&exact.value, &exact.record_key), (&with_id.value, &b"demo:A".to_vec()));
    assert!(exact.headers.is_empty());
    assert_eq!(with_id.headers, [("id".into(), b"5.1.1.3.5.2.0.0".to_vec())]);
    let text = String::from_utf8(exact.value.clone()).unwrap();
    assert!(text.contains(r#""cause":{"topic":"ticks","partition":3,"offset":"5"}"#), "{text}");
}

#[test]
fn records_of_a_key_stay_in_one_partition_and_keys_spread() {
    let signals = (0..400).map(|n| signal(n, &format!("S{}", n % 40))).collect();
    let rows = encode(&Outputs { signals, ..Outputs::default() });
    let mut of_key = BTreeMap::new();
    for row in rows.iter().filter(|row| row.sink == 0) {
        let partition = of_key.entry(&row.record_key).or_insert(row.partition);
        assert_eq!(*partition, row.partition);
    }
    let used: std::collections::BTreeSet<u32> = of_key.into_values().collect();
    assert_eq!(used.into_iter().collect::<Vec<_>>(), [0, 1, 2, 3]);
}

#[test]
fn alerts_follow_the_partitions_of_the_topics_before_them() {
    let gap = Quality {
        key: key(0, 5),
        instrument: Some("demo:A".into()),
        kind: QualityKind::Gap,
        from_ts: EventTime(1),
        to_ts: EventTime(5),
        count: 1,
    };
    let rows = encode(&Outputs { quality: vec![gap], ..Outputs::default() });
    let [alert] = &rows[..] else { panic!("{rows:?}") };
    assert!((4..8).contains(&alert.partition), "{alert:?}");
    let text = String::from_utf8(alert.value.clone()).unwrap();
    assert!(text.contains(r#""cause":{"source":"files""#), "{text}");
}

#[test]
fn dead_letters_are_what_came_with_where_it_came_from() {
    let rows = encode(&Outputs { rejects: vec![reject(1)], ..Outputs::default() });
    let [alert, letter] = &rows[..] else { panic!("{rows:?}") };
    assert_eq!((alert.sink, letter.sink, letter.partition), (0, 2, 0));
    assert_eq!(letter.value, b"{\"half");
    let headers = [("topic", "ticks"), ("partition", "3"), ("offset", "7"), ("reason", "no JSON")];
    let headers = headers.map(|(name, value)| (name.into(), value.as_bytes().to_vec()));
    assert_eq!(letter.headers, headers);
    // Files have none.
    let rows = encode(&Outputs { rejects: vec![reject(0)], ..Outputs::default() });
    assert_eq!(rows.len(), 1, "{rows:?}");
}

#[test]
fn rows_are_sorted_by_order_key() {
    let signals = [5, 3, 4].map(|n| signal(n, "A")).into();
    let rows = encode(&Outputs { signals, ..Outputs::default() });
    let places: Vec<(i64, u16)> = rows.iter().map(|row| (row.key.ts.0, row.sink)).collect();
    assert_eq!(places, [(3, 0), (3, 1), (4, 0), (4, 1), (5, 0), (5, 1)]);
}
