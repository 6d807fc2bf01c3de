//! For fuzzing: the records of a partition without a broker.

use super::decode::Decoder;
use super::fold::Rules;
use super::intake::{Intake, Record};
use super::{InputError, PartitionStart, RecordFormat};
use schemas::{Chunk, EventTime, Instrument, Span};

/// Reads these values as a topic's partition, each with its Kafka timestamp in milliseconds, and
/// ends it; the chunk that they make, and how many of them were rejected.
///
/// # Errors
/// When so many tell no time that this cannot be the right topic.
///
/// # Panics
/// When the format is not one of the instruments' venue.
pub fn records(
    format: &RecordFormat,
    instruments: &[Instrument],
    values: &[(Option<i64>, &[u8])],
    delay: Span,
) -> Result<(Chunk, u64), InputError> {
    let (topic_id, watermark) = (String::new(), EventTime::MIN);
    let start =
        PartitionStart { topic: 0, topic_id, partition: 7, offset: 0, end: None, watermark };
    let rules = Rules {
        allowed_delay: delay,
        allowed_skew: Span(1 << 62),
        checkpoint_every: Span(1 << 30),
    };
    let decoder = Decoder::new(format, "topic", instruments).expect("the venue is known");
    let mut intake = Intake::new((2, "topic"), &start, rules, Vec::new(), None, decoder);
    let mut chunk = intake.chunk();
    for (offset, (kafka_ms, value)) in (0..).zip(values) {
        let record = Record { offset, kafka_ms: *kafka_ms, value: Some(value) };
        intake.take(record, &mut chunk)?;
    }
    intake.finish(values.len() as u64, &mut chunk);
    intake.settle(&mut chunk);
    Ok((chunk, intake.counts().rejected))
}
