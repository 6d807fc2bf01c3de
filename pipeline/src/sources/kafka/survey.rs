//! What the topics hold when a run begins: looked at once, so that all workers agree.

use super::ears::{Consumer, Ears};
use super::{InputError, KafkaSource, LiveOptions, Resume, StartAt, TopicInput, reader};
use crate::kafka::{ANSWER_TIME, ClientError};
use crate::sources::{Position, Reader, SourceError};
use futures::executor::block_on;
use rdkafka::{
    Offset, TopicPartitionList,
    admin::{AdminOptions, ResourceSpecifier},
    consumer::Consumer as _,
};
use schemas::{EventTime, Instrument};
use std::time::Duration;

/// Where a partition is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionStart {
    /// Place of the topic in the source.
    pub topic: usize,
    /// The broker's id of the topic; empty where brokers have none.
    pub topic_id: String,
    /// The partition.
    pub partition: u32,
    /// The first offset.
    pub offset: u64,
    /// The offset after the last one, for a range.
    pub end: Option<u64>,
    /// The greatest event time before the first offset, less the allowed delay.
    pub watermark: EventTime,
}

/// Some brokers know no policies and do not say so: that of `tapeflow broker` is one.
const POLICY_TIME: Duration = Duration::from_secs(2);

/// The partitions of a source, and where each is read.
#[derive(Debug, Clone)]
pub struct Survey {
    pub(super) source: KafkaSource,
    pub(super) rank: u16,
    pub(super) partitions: Vec<PartitionStart>,
}

impl Survey {
    /// Looks at the topics.
    ///
    /// # Errors
    /// When brokers do not answer, a topic is not there or compacted, or a resume does not fit
    /// what is there any more.
    pub fn take(
        source: &KafkaSource,
        rank: u16,
        resume: Option<&Resume>,
    ) -> Result<Survey, InputError> {
        check_policies(source)?;
        let ears = Ears::default();
        let consumer = ears.consumer(&source.access, &[])?;
        let look = Look { source, ears: &ears, consumer: &consumer };
        let mut partitions = Vec::new();
        for (place, input) in source.topics.iter().enumerate() {
            let rank = rank + place as u16;
            let mine = |p: &&Position| p.source_rank == rank && p.topic == input.topic;
            let positions = resume.map(|r| r.positions.iter().filter(mine).collect::<Vec<_>>());
            partitions.extend(look.at(place, input, positions.as_deref())?);
        }
        Ok(Survey { source: source.clone(), rank, partitions })
    }

    /// All partitions, by topic and number.
    pub fn partitions(&self) -> &[PartitionStart] {
        &self.partitions
    }

    /// Opens a worker's share.
    ///
    /// # Errors
    /// When the settings of the connection cannot be used.
    pub fn open(
        &self,
        instruments: &[Instrument],
        worker: usize,
        workers: usize,
        options: &LiveOptions,
    ) -> Result<Vec<Box<dyn Reader>>, SourceError> {
        let numbered = self.partitions.iter().enumerate();
        let mine = numbered.filter(|(number, _)| number % workers == worker).map(|(_, p)| p);
        reader::open(self, &mine.collect::<Vec<_>>(), instruments, options)
    }
}

/// Refuses topics whose records vanish by key.
fn check_policies(source: &KafkaSource) -> Result<(), InputError> {
    let admin = source.access.admin()?;
    let topics = source.topics.iter().map(|input| ResourceSpecifier::Topic(&input.topic));
    let topics: Vec<_> = topics.collect();
    let options = AdminOptions::new().request_timeout(Some(POLICY_TIME));
    let answers = match block_on(admin.describe_configs(&topics, &options)) {
        Ok(answers) => answers,
        // A broker that does not tell has none, and a topic that is not there is missed later.
        Err(error) => {
            tracing::info!(%error, "brokers do not tell whether topics are compacted");
            return Ok(());
        }
    };
    for (input, answer) in source.topics.iter().zip(answers) {
        let Ok(answer) = answer else { continue };
        let policy = answer.get("cleanup.policy").and_then(|entry| entry.value.clone());
        if let Some(policy) = policy.filter(|policy| policy.contains("compact")) {
            return Err(InputError::Compacted { topic: input.topic.clone(), policy });
        }
    }
    Ok(())
}

struct Look<'a> {
    source: &'a KafkaSource,
    ears: &'a Ears,
    consumer: &'a Consumer,
}

impl Look<'_> {
    /// The partitions of a topic.
    fn at(
        &self,
        place: usize,
        input: &TopicInput,
        positions: Option<&[&Position]>,
    ) -> Result<Vec<PartitionStart>, InputError> {
        let topic = &input.topic;
        let count = self.count(topic)?;
        let topic_id = self.id(topic);
        let numbers: Vec<u32> = match input.ranges.is_empty() {
            true => (0..count).collect(),
            false => input.ranges.iter().map(|range| range.0).collect(),
        };
        if let Some(partition) = numbers.iter().copied().find(|number| *number >= count) {
            let (topic, partitions) = (topic.clone(), count);
            return Err(InputError::NoPartition { topic, partition, partitions });
        }
        if let Some(positions) = positions {
            check_identity(topic, &topic_id, positions)?;
            let known = positions.len() as u32;
            if known != numbers.len() as u32 {
                return Err(InputError::Partitions { topic: topic.clone(), was: known, is: count });
            }
        }
        let mut starts = Vec::new();
        for number in numbers {
            let range = input.ranges.iter().find(|range| range.0 == number);
            let position = match positions {
                Some(all) => {
                    let found = all.iter().find(|p| p.partition == number);
                    let (was, is) = (all.len() as u32, count);
                    let other = || InputError::Partitions { topic: topic.clone(), was, is };
                    Some(*found.ok_or_else(other)?)
                }
                None => None,
            };
            let (offset, watermark) = self.start(topic, number, range, position)?;
            let end = range.map(|range| range.2);
            let topic_id = topic_id.clone();
            let start = PartitionStart {
                topic: place,
                topic_id,
                partition: number,
                offset,
                end,
                watermark,
            };
            starts.push(start);
        }
        Ok(starts)
    }

    /// Where a partition is read from, and the watermark before.
    fn start(
        &self,
        topic: &str,
        partition: u32,
        range: Option<&(u32, u64, u64)>,
        position: Option<&Position>,
    ) -> Result<(u64, EventTime), InputError> {
        let (low, high) = self.offsets(topic, partition)?;
        let topic = topic.to_owned();
        if let Some(&(_, from, to)) = range
            && (from > to || to > high || from < low && position.is_none())
        {
            return Err(InputError::Range { topic, partition, from, to, low, high });
        }
        match (position, range) {
            (Some(position), _) => {
                let offset = position.offset;
                if offset > high {
                    return Err(InputError::Short { topic, partition, offset, high });
                }
                if offset < low {
                    return Err(InputError::Lost { topic, partition, offset, low });
                }
                Ok((offset, position.watermark))
            }
            (None, Some(&(_, from, _))) => Ok((from, EventTime::MIN)),
            (None, None) => {
                let offset = match self.source.start {
                    StartAt::Earliest => low,
                    StartAt::Latest => high,
                    StartAt::Time(ts) => self.offset_at(&topic, partition, ts)?.unwrap_or(high),
                };
                Ok((offset, EventTime::MIN))
            }
        }
    }

    /// How many partitions a topic has.
    fn count(&self, topic: &str) -> Result<u32, InputError> {
        // All at once: asking for one that is absent makes some brokers create it.
        let metadata = self.ask(self.consumer.fetch_metadata(None, ANSWER_TIME))?;
        let found = metadata.topics().iter().find(|found| found.name() == topic);
        match found.filter(|f| f.error().is_none() && !f.partitions().is_empty()) {
            Some(found) => Ok(found.partitions().len() as u32),
            None => {
                let (topic, brokers) = (topic.to_owned(), self.source.access.brokers.clone());
                Err(ClientError::NoTopic { topic, brokers }.into())
            }
        }
    }

    /// The broker's id of a topic; empty where there is none.
    fn id(&self, topic: &str) -> String {
        // The client tells an id when it learns it, about topics that it has to do with.
        const PATIENCE: u32 = 20;
        let _ = self.consumer.fetch_metadata(Some(topic), ANSWER_TIME);
        for _ in 0..PATIENCE {
            self.ears.serve(self.consumer);
            if let Some(id) = self.ears.id(topic) {
                return id;
            }
            let _ = self.consumer.poll(Duration::from_millis(10));
        }
        tracing::warn!(topic, "brokers tell no id of the topic; one made anew may go unnoticed");
        String::new()
    }

    /// The first offset of a partition, and the one after its last record.
    fn offsets(&self, topic: &str, partition: u32) -> Result<(u64, u64), InputError> {
        let answer = self.consumer.fetch_watermarks(topic, partition as i32, ANSWER_TIME);
        let (low, high) = self.ask(answer)?;
        Ok((low.max(0) as u64, high.max(0) as u64))
    }

    /// The first offset whose Kafka timestamp is not before a time.
    fn offset_at(
        &self,
        topic: &str,
        partition: u32,
        ts: EventTime,
    ) -> Result<Option<u64>, InputError> {
        let ms = ts.0.div_euclid(1_000_000) + i64::from(ts.0.rem_euclid(1_000_000) > 0);
        let mut times = TopicPartitionList::new();
        let added = times.add_partition_offset(topic, partition as i32, Offset::Offset(ms.max(0)));
        self.ask(added)?;
        let found = self.ask(self.consumer.offsets_for_times(times, ANSWER_TIME))?;
        Ok(found.elements().first().and_then(|found| match found.offset() {
            Offset::Offset(offset) => Some(offset.max(0) as u64),
            _ => None,
        }))
    }

    fn ask<T>(&self, answer: rdkafka::error::KafkaResult<T>) -> Result<T, InputError> {
        answer.map_err(|e| self.source.access.unanswered(self.ears.watch(), &e).into())
    }
}

/// Is it the topic that the positions are of?
fn check_identity(topic: &str, is: &str, positions: &[&Position]) -> Result<(), InputError> {
    let other = |p: &&&Position| !p.topic_id.is_empty() && !is.is_empty() && p.topic_id != is;
    match positions.iter().find(other) {
        None => Ok(()),
        Some(position) => Err(InputError::Recreated {
            topic: topic.to_owned(),
            was: position.topic_id.clone(),
            is: is.to_owned(),
        }),
    }
}
