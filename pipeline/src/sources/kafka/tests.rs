//! What a reading of records and fences must give, whatever the pieces and the stops.

use super::decode::Decoder;
use super::fold::Rules;
use super::intake::{Intake, Record};
use super::{Fence, PartitionStart, RecordFormat};
use crate::sources::CHUNK_ROWS;
use crate::sources::news::NewsTags;
use proptest::prelude::*;
use schemas::chunk::{NO_INSTRUMENT, Other, RowKind};
use schemas::{Chunk, EventTime, Instrument, Span};

const TOPIC: &str = "ticks";
/// Times are small numbers of these.
const UNIT: i64 = 10;

fn instruments() -> Vec<Instrument> {
    crate::sources::synthetic::tests::market(1, 2, 1).instruments()
}

/// A record or a fence before one.
#[derive(Debug, Clone)]
enum Step {
    Trade(i64),
    Heartbeat(i64),
    /// Of an instrument that no one asked for.
    Stranger(i64),
    Garbage,
    Tombstone,
    /// Stamped long after it was written.
    Ahead,
    /// Offsets without records.
    Gap(u64),
    Fence(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (-3i64..6).prop_map(Step::Trade),
        3 => (-3i64..6).prop_map(Step::Heartbeat),
        1 => (-3i64..6).prop_map(Step::Stranger),
        2 => Just(Step::Garbage),
        1 => Just(Step::Tombstone),
        1 => Just(Step::Ahead),
        1 => (1u64..4).prop_map(Step::Gap),
        1 => (-3i64..12).prop_map(Step::Fence),
    ];
    prop::collection::vec(step, 0..120)
}

/// A record with its value, as a topic holds it.
#[derive(Debug, Clone)]
struct Stored {
    offset: u64,
    kafka_ms: Option<i64>,
    value: Option<String>,
    /// The time that it tells.
    stamp: Option<i64>,
    rows: bool,
}

/// The records and fences of a topic whose times wander upwards.
fn store(steps: &[Step]) -> (Vec<Stored>, Vec<Fence>) {
    let (mut records, mut fences) = (Vec::new(), Vec::new());
    let (mut offset, mut time) = (3u64, 100i64);
    for step in steps {
        let mut at = |delta: i64| {
            time = (time + delta).max(1);
            time * UNIT
        };
        let trade = |symbol: &str, ts: i64| {
            format!(
                r#"{{"type":"trade","version":1,"venue":"demo","symbol":"{symbol}","ts":"{ts}",
                "price":"1.5","quantity":"2"}}"#
            )
        };
        let (value, stamp, rows) = match step {
            Step::Trade(delta) => {
                let ts = at(*delta);
                (Some(trade("SYN0001", ts)), Some(ts), true)
            }
            Step::Stranger(delta) => {
                let ts = at(*delta);
                (Some(trade("NONE", ts)), Some(ts), true)
            }
            Step::Heartbeat(delta) => {
                let ts = at(*delta);
                let text = format!(r#"{{"type":"heartbeat","version":1,"ts":"{ts}"}}"#);
                (Some(text), Some(ts), false)
            }
            Step::Garbage => (Some("garbage".to_owned()), None, true),
            Step::Tombstone => (None, None, true),
            Step::Ahead => (Some(trade("SYN0001", 1 << 40)), None, true),
            Step::Gap(offsets) => {
                offset += offsets;
                continue;
            }
            Step::Fence(delta) => {
                // A fence stands at the offset after the last record that was read.
                let from_offset = records.last().map_or(3, |r: &Stored| r.offset + 1);
                let ts = EventTime((time + delta) * UNIT);
                fences.push(Fence { topic: TOPIC.into(), partition: 7, from_offset, ts });
                continue;
            }
        };
        records.push(Stored { offset, kafka_ms: Some(0), value, stamp, rows });
        offset += 1;
    }
    fences.sort();
    (records, fences)
}

/// The rules in words, without anything that makes them fast: time of effect of each record.
fn oracle(records: &[Stored], fences: &[Fence], delay: i64) -> Vec<Option<i64>> {
    let before = |i: usize| {
        let told = records[..i].iter().filter_map(|r| r.stamp).map(|ts| ts - delay);
        let fenced = fences.iter().filter(|f| f.from_offset <= records[i].offset).map(|f| f.ts.0);
        told.chain(fenced).max()
    };
    // The first time that is known, by a fence before a record or by the record.
    let first = |from: usize| {
        let upto = |offset| fences.iter().filter(move |f| f.from_offset <= offset);
        let last = upto(u64::MAX).map(|f| f.ts.0).next();
        let told = records[from..].iter().find_map(|record| {
            let fence = upto(record.offset).map(|f| f.ts.0).next();
            fence.or(record.stamp.map(|ts| ts - delay))
        });
        told.or(last)
    };
    let effect = |i: usize| match (records[i].stamp, before(i)) {
        (Some(ts), before) => Some(before.map_or(ts, |before| before.max(ts))),
        (None, Some(before)) => Some(before),
        // What came before any time was known takes effect when it is.
        (None, None) => first(i + 1),
    };
    (0..records.len()).map(effect).collect()
}

fn rules(delay: i64, every: i64) -> Rules {
    Rules { allowed_delay: Span(delay), allowed_skew: Span(1 << 30), checkpoint_every: Span(every) }
}

/// Time of effect, offset, receive time, what it is.
type Row = (i64, u64, i64, String);

fn rows_of(chunk: &Chunk) -> Vec<Row> {
    let what = |row| match chunk.slot(row) {
        (RowKind::Other, slot) => match &chunk.others[slot] {
            Other::Reject { origin, .. } => origin.clone(),
            other => panic!("{other:?}"),
        },
        (kind, _) => format!("{kind:?}"),
    };
    (0..chunk.len())
        .map(|row| (chunk.ts[row], chunk.offset[row], chunk.receive_time(row).0, what(row)))
        .collect()
}

struct Reading {
    intake: Intake,
    rows: Vec<Row>,
}

impl Reading {
    fn begin(
        (offset, watermark): (u64, EventTime),
        boundary: Option<EventTime>,
        fences: &[Fence],
        rules: Rules,
    ) -> Reading {
        let start = PartitionStart {
            topic: 0,
            topic_id: String::new(),
            partition: 7,
            offset,
            end: None,
            watermark,
        };
        let fences = fences.iter().filter(|f| f.from_offset >= offset).cloned().collect();
        let decoder = Decoder::new(&RecordFormat::Json, TOPIC, &instruments()).unwrap();
        let intake = Intake::new((2, TOPIC), &start, rules, fences, boundary, decoder);
        Reading { intake, rows: Vec::new() }
    }

    /// Reads some records as one call of the reader does, and checks what it promises.
    fn read(&mut self, records: &[Stored]) {
        let before = self.intake.watermark();
        let mut chunk = self.intake.chunk();
        for record in records {
            let Stored { offset, kafka_ms, value, .. } = record;
            let value = value.as_ref().map(String::as_bytes);
            let record = Record { offset: *offset, kafka_ms: *kafka_ms, value };
            self.intake.take(record, &mut chunk).unwrap();
        }
        self.end(before, chunk);
    }

    fn fence(&mut self, fence: Fence) {
        let before = self.intake.watermark();
        let mut chunk = self.intake.chunk();
        self.intake.fence(fence, &mut chunk);
        self.end(before, chunk);
    }

    fn finish(&mut self, end: u64) {
        let before = self.intake.watermark();
        let mut chunk = self.intake.chunk();
        self.intake.finish(end, &mut chunk);
        self.end(before, chunk);
        assert!(self.intake.is_over());
    }

    fn end(&mut self, before: EventTime, mut chunk: Chunk) {
        self.intake.settle(&mut chunk);
        assert!(chunk.len() < CHUNK_ROWS && chunk.partitions.is_empty());
        for row in rows_of(&chunk) {
            assert!(row.0 >= before.0, "{row:?} after watermark {before:?}");
            let last = self.rows.last();
            assert!(last.is_none_or(|last| (last.0, last.1) < (row.0, row.1)), "{last:?} {row:?}");
            self.rows.push(row);
        }
        assert!(self.intake.watermark() >= before, "time goes back");
    }
}

fn expected(records: &[Stored], fences: &[Fence], delay: i64) -> Vec<(i64, u64)> {
    let effects = oracle(records, fences, delay);
    let rows = records.iter().zip(effects).filter(|(record, _)| record.rows);
    let mut rows: Vec<_> = rows.filter_map(|(r, ts)| Some((ts?, r.offset))).collect();
    rows.sort();
    rows
}

fn keys(rows: &[Row]) -> Vec<(i64, u64)> {
    rows.iter().map(|row| (row.0, row.1)).collect()
}

fn end_of(records: &[Stored]) -> u64 {
    records.last().map_or(3, |record| record.offset + 1)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn rows_are_those_of_the_rules_in_any_pieces(
        steps in steps(),
        delay in prop_oneof![Just(0), 1i64..60],
        pieces in prop::collection::vec(1usize..20, 1..10),
    ) {
        let (records, fences) = store(&steps);
        let start = (3, EventTime::MIN);
        let mut reading = Reading::begin(start, None, &fences, rules(delay, 50));
        let mut sizes = pieces.iter().cycle();
        let mut rest = &records[..];
        while !rest.is_empty() {
            let (piece, others) = rest.split_at(rest.len().min(*sizes.next().unwrap()));
            reading.read(piece);
            rest = others;
        }
        // One beyond the last record, so that fences which stand there count.
        reading.finish(end_of(&records) + 1);
        prop_assert_eq!(keys(&reading.rows), expected(&records, &fences, delay));
    }

    #[test]
    fn a_resume_gives_what_takes_effect_from_the_boundary_on(
        steps in steps(),
        delay in prop_oneof![Just(0), 1i64..60],
        every in 1i64..100,
        stops in prop::collection::vec(
            (any::<prop::sample::Index>(), 0i64..200, any::<bool>()),
            1..4,
        ),
    ) {
        let (records, fences) = store(&steps);
        let rules = rules(delay, every);
        let mut whole = Reading::begin((3, EventTime::MIN), None, &fences, rules);
        whole.read(&records);
        whole.finish(end_of(&records) + 1);

        // Runs that stop one after another, each with the position of the one before.
        let (mut from, mut boundary) = ((3, EventTime::MIN), None);
        let mut kept: Vec<Row> = Vec::new();
        for (stop, back, on_multiple) in stops {
            let mut run = Reading::begin(from, boundary, &fences, rules);
            let rest: Vec<_> = records.iter().filter(|r| r.offset >= from.0).cloned().collect();
            run.read(&rest[..stop.index(rest.len() + 1)]);
            let reached = run.intake.watermark();
            if reached == EventTime::MIN {
                continue;
            }
            let mut cut = EventTime(reached.0 - back);
            if on_multiple {
                cut = cut.floor(Span(every));
            }
            cut = boundary.map_or(cut, |before| cut.max(before));
            kept.extend(run.rows.into_iter().filter(|row| row.0 < cut.0));
            (from, boundary) = (run.intake.position_at(cut), Some(cut));
            let effects = oracle(&records, &fences, delay);
            let reached = |(_, ts): &(_, &Option<i64>)| ts.is_some_and(|ts| ts >= cut.0);
            let first = records.iter().zip(&effects).find(reached).map(|(r, _)| r.offset);
            let first = first.unwrap_or(u64::MAX).min(run.intake.next_offset());
            prop_assert!(from.0 <= first, "{from:?} is after {first}");
            if cut.0 % every == 0 {
                // Exact: no record is read twice, but for those that came before any time.
                let timed = records.iter().find(|r| r.stamp.is_some()).map_or(0, |r| r.offset);
                let again = |r: &&Stored| r.offset >= from.0.max(timed) && r.offset < first;
                let again = records.iter().find(again);
                prop_assert!(again.is_none(), "{from:?} reads {again:?} again before {first}");
            }
        }
        let mut last = Reading::begin(from, boundary, &fences, rules);
        let rest: Vec<_> = records.iter().filter(|r| r.offset >= from.0).cloned().collect();
        last.read(&rest);
        last.finish(end_of(&records) + 1);
        kept.extend(last.rows);
        prop_assert_eq!(kept, whole.rows);
    }

    #[test]
    fn a_fence_counts_the_same_when_it_is_decided_and_when_it_is_known(
        steps in steps(),
        delay in prop_oneof![Just(0), 1i64..60],
    ) {
        let (records, fences) = store(&steps);
        let rules = rules(delay, 50);
        let mut known = Reading::begin((3, EventTime::MIN), None, &fences, rules);
        known.read(&records);
        known.finish(end_of(&records) + 1);

        let mut decided = Reading::begin((3, EventTime::MIN), None, &[], rules);
        let mut to_come = fences.iter().peekable();
        for record in &records {
            let next = decided.intake.next_offset();
            while let Some(fence) = to_come.next_if(|fence| fence.from_offset <= next) {
                decided.fence(fence.clone());
            }
            decided.read(std::slice::from_ref(record));
        }
        to_come.for_each(|fence| decided.fence(fence.clone()));
        decided.finish(end_of(&records) + 1);
        prop_assert_eq!(decided.intake.counts().fences, fences.len() as u64);
        prop_assert_eq!(decided.rows, known.rows);
    }
}

#[test]
fn marks_are_few_however_long_no_one_asks() {
    let step = |i: i64| if i % 3 == 0 { Step::Heartbeat(1) } else { Step::Trade(0) };
    let (records, _) = store(&(0..30_000).map(step).collect::<Vec<_>>());
    let mut reading = Reading::begin((3, EventTime::MIN), None, &[], rules(0, 10_000));
    reading.read(&records[..10_000]);
    reading.read(&records[10_000..20_000]);
    reading.read(&records[20_000..]);
    // 10,000 units of time are ten intervals.
    assert!((10..40).contains(&reading.intake.marks()), "{}", reading.intake.marks());
    let (offset, watermark) = reading.intake.position_at(EventTime(50_000));
    assert_eq!(watermark, EventTime(49_990));
    assert_eq!(records[offset as usize - 3].stamp, Some(50_000));
    // What was passed is forgotten.
    assert!(reading.intake.marks() < 25, "{}", reading.intake.marks());
    let now = reading.intake.watermark();
    let at_end = reading.intake.position_at(EventTime(now.0 + 1));
    assert_eq!((at_end, reading.intake.marks()), ((30_003, now), 1));
}

#[test]
fn a_topic_in_which_nothing_tells_the_time_is_another_topic() {
    let (records, _) = store(&vec![Step::Garbage; 1100]);
    let mut reading = Reading::begin((3, EventTime::MIN), None, &[], rules(0, 50));
    let mut chunk = reading.intake.chunk();
    let mut take = |record: &Stored| {
        let value = record.value.as_ref().map(String::as_bytes);
        reading.intake.take(Record { offset: record.offset, kafka_ms: None, value }, &mut chunk)
    };
    let error = records.iter().find_map(|record| take(record).err()).unwrap();
    assert!(error.to_string().contains("none of the 1025 records from offset 3 on"), "{error}");
}

#[test]
fn news_on_topics_are_tagged_by_symbols_cashtags_and_names() {
    let tags = NewsTags { names: vec![("acme corp".into(), vec![1])], ..NewsTags::default() };
    let format = RecordFormat::News { tags };
    let mut decoder = Decoder::new(&format, TOPIC, &instruments()).unwrap();
    let mut rows = |rest: &str| {
        let record = format!(
            r#"{{"type":"news","version":1,"ts":"50","source":"wire","published_ts":"90",{rest}}}"#
        );
        let mut chunk = Chunk::mixed(2, 7);
        let read = decoder.read(record.as_bytes(), None).unwrap();
        read.push(&mut chunk, EventTime(60), 11);
        let row = |row: usize| {
            assert!(matches!(chunk.others[chunk.slot(row).1], Other::News { .. }));
            let key = chunk.key(row);
            assert_eq!((key.ts.0, chunk.recv_ts[row], key.source_offset), (60, 50, 11));
            (key.seq, chunk.instrument[row])
        };
        (0..chunk.len()).map(row).collect::<Vec<_>>()
    };
    assert_eq!(rows(r#""headline":"Nothing known""#), [(0, NO_INSTRUMENT)]);
    assert_eq!(rows(r#""headline":"$syn0001 up""#), [(0, 0)]);
    assert_eq!(rows(r#""headline":"ACME-Corp rises","symbols":["SYN0001"]"#), [(0, 0), (1, 1)]);
    assert_eq!(rows(r#""headline":"x","body":"acme corp","symbols":"NONE""#), [(0, 1)]);
    // What names its instrument is about that and no other.
    let own = r#""headline":"acme corp","venue":"demo","symbol":"SYN0001""#;
    assert_eq!(rows(own), [(0, 0)]);
}
