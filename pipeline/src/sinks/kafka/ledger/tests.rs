//! What is sent, what is not sent again, and what must not go on.

use super::*;
use crate::{
    kafka::KafkaAccess,
    sinks::kafka::{OutputMode, Target},
};

fn outlet() -> Arc<Outlet> {
    let target =
        |topic: &str, partitions| Target { stream: None, topic: topic.to_owned(), partitions };
    Arc::new(Outlet {
        run: "demo".to_owned(),
        index: 0,
        access: KafkaAccess::plain("127.0.0.1:1"),
        targets: vec![target("a", 3), target("b", 2)],
        mode: OutputMode::ReplayDedup,
        shards: 2,
    })
}

fn row(n: i64, partition: u32) -> OutRow {
    OutRow {
        sink: 0,
        partition,
        key: OrderKey::source(EventTime(n), 0, 0, 0, 0),
        record_key: b"key".to_vec(),
        value: n.to_string().into_bytes(),
        headers: vec![("h".into(), b"1".to_vec())],
    }
}

/// Rows of shard 1: partition 1 of `a`, partition 0 of `b`.
fn rows() -> Vec<OutRow> {
    [1, 3, 1, 1, 3, 1].into_iter().enumerate().map(|(n, p)| row(n as i64, p)).collect()
}

/// A ledger that has taken rows.
fn taken(rows: &[OutRow]) -> Ledger {
    let mut ledger = Ledger::new(&outlet(), 1);
    for row in rows {
        assert_eq!(ledger.take(row).unwrap(), Verdict::Send);
    }
    ledger
}

/// A ledger that goes on after some rows, more having been sent.
fn resumed(computed: &[OutRow], sent: &[OutRow]) -> Ledger {
    let mut ledger = Ledger::new(&outlet(), 1);
    assert!(ledger.begin_at(&taken(computed).positions()).unwrap());
    ledger.set_seen(&taken(sent).visible()).unwrap();
    ledger
}

#[test]
fn partitions_are_dealt_out_over_all_topics() {
    let ledger = Ledger::new(&outlet(), 0);
    assert_eq!(ledger.partitions().collect::<Vec<_>>(), [("a", 0), ("a", 2), ("b", 1)]);
    let ledger = taken(&rows());
    let counts: Vec<(String, u32, u64)> =
        ledger.positions().into_iter().map(|p| (p.topic, p.partition, p.count)).collect();
    assert_eq!(counts, [("a".to_owned(), 1, 4), ("b".to_owned(), 0, 2)]);
}

#[test]
fn what_was_sent_is_not_sent_again_and_positions_come_out_the_same() {
    let rows = rows();
    let mut ledger = resumed(&rows[..2], &rows[..5]);
    assert_eq!(ledger.to_suppress(), 3);
    let mut new = Vec::new();
    for row in &rows[2..] {
        // Progress never goes back, or a crash now would send rows twice.
        let seen: u64 = ledger.visible().iter().map(|count| count.count).sum();
        assert!(seen >= 5, "{seen}");
        if ledger.take(row).unwrap() == Verdict::Send {
            new.push(row);
        }
    }
    assert_eq!(new, [&rows[5]]);
    assert_eq!((ledger.suppressed, ledger.is_behind()), (3, false));
    assert_eq!(ledger.positions(), taken(&rows).positions());
    assert_eq!(ledger.visible(), ledger.counts());
}

#[test]
fn other_records_and_fewer_are_refused() {
    let rows = rows();
    let how = |result: Result<Verdict, SinkError>| match result {
        Err(SinkError::Differs { how, topic, partition: 1, .. }) if topic == "a" => how,
        other => panic!("{other:?}"),
    };
    let changes: [fn(&mut OutRow); 3] = [
        |row| row.value = b"x".to_vec(),
        |row| row.record_key = b"x".to_vec(),
        |row| row.headers.clear(),
    ];
    for change in changes {
        let mut other = rows.clone();
        change(&mut other[0]);
        let mut ledger = resumed(&[], &rows);
        let last = other.iter().map(|row| ledger.take(row)).find(Result::is_err).unwrap();
        assert_eq!(how(last), "the records differ");
    }
    // The last of `a` is missing, and one after it comes.
    let mut ledger = resumed(&[], &rows);
    for row in &rows[..5] {
        ledger.take(row).unwrap();
    }
    assert!(ledger.passed(EventTime(5)).is_ok());
    assert!(matches!(ledger.passed(EventTime(6)), Err(SinkError::Differs { .. })));
    assert_eq!(how(ledger.take(&row(9, 1))), "the records differ");
    // One in the middle is.
    let mut ledger = resumed(&[], &rows);
    for row in [&rows[0], &rows[2]] {
        ledger.take(row).unwrap();
    }
    assert_eq!(how(ledger.take(&row(9, 1))), "there are fewer records");
}

#[test]
fn rows_come_in_order() {
    let mut ledger = taken(&rows());
    let again = ledger.take(&rows()[5]);
    assert!(matches!(again, Err(SinkError::Order { .. })), "{again:?}");
    // Each partition has an order of its own.
    assert!(ledger.take(&row(5, 3)).is_ok());
}

#[test]
fn progress_behind_the_checkpoint_is_refused() {
    let rows = rows();
    assert!(resumed(&rows[..3], &rows[..3]).check_not_behind(true).is_ok());
    let error = resumed(&rows[..4], &rows[..3]).check_not_behind(true).unwrap_err().to_string();
    assert!(error.contains("stands at 2") && error.contains("demo.progress"), "{error}");
    let error = resumed(&rows[..4], &[]).check_not_behind(false).unwrap_err().to_string();
    assert!(error.contains("says nothing for demo/0/1"), "{error}");
}

#[test]
fn a_checkpoint_of_other_partitions_is_refused() {
    let mut positions = taken(&rows()).positions();
    positions.pop();
    let error = Ledger::new(&outlet(), 1).begin_at(&positions).unwrap_err();
    assert!(matches!(error, SinkError::Layout { .. }), "{error}");
    assert!(!Ledger::new(&outlet(), 0).begin_at(&positions).unwrap());
}
