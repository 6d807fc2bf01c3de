//! The progress topic: what consumers of the run's topics see.

use super::{Outlet, SinkError, ledger::Count};
use crate::{
    clock::Stopwatch,
    kafka::{ANSWER_TIME, ClientError, KafkaAccess, PATIENCE, Watch, is_passing},
};
use futures::executor::block_on;
use rdkafka::{
    Message, Offset, TopicPartitionList,
    admin::{AdminOptions, NewTopic, TopicReplication},
    consumer::{BaseConsumer, Consumer},
    error::{KafkaError, RDKafkaErrorCode},
};
use schemas::EventTime;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};

/// What a shard writes with every transaction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Progress {
    /// Shards of the sink.
    pub shards: u32,
    /// Rows before this were sent.
    pub through: EventTime,
    /// The shard's output partitions.
    pub partitions: Vec<(String, u32)>,
    /// What each of them holds.
    pub counts: Vec<Count>,
}

const VERSION: u8 = 1;

impl Progress {
    pub fn to_bytes(&self) -> Vec<u8> {
        postcard::to_stdvec(&(VERSION, self)).expect("counts are plain data")
    }

    fn of_bytes(bytes: &[u8]) -> Result<Progress, String> {
        match postcard::from_bytes(bytes) {
            Ok((VERSION, progress)) => Ok(progress),
            Ok((other, _)) => Err(format!("it has version {other}, not {VERSION}")),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// The newest progress of each shard, read once after all shards were opened.
#[derive(Debug, Clone, Default)]
pub struct ProgressLog(BTreeMap<String, Vec<u8>>);

impl ProgressLog {
    /// Reads the progress topic of a sink up to the end that it has now, committed records only.
    ///
    /// # Errors
    /// When brokers do not answer, or a transaction stays open that no shard of the run has.
    pub fn read(outlet: &Outlet) -> Result<ProgressLog, SinkError> {
        if !outlet.is_transactional() {
            return Ok(ProgressLog::default());
        }
        Reading::open(outlet)?.newest()
    }

    /// What a shard wrote last.
    pub(super) fn of(&self, id: &str) -> Result<Option<Progress>, SinkError> {
        let damaged = |reason| SinkError::Damaged { what: format!("the progress of {id}"), reason };
        self.0.get(id).map(|bytes| Progress::of_bytes(bytes).map_err(damaged)).transpose()
    }
}

struct Reading<'a> {
    outlet: &'a Outlet,
    topic: String,
    consumer: BaseConsumer<Watch>,
    first: u64,
    end: u64,
}

impl<'a> Reading<'a> {
    fn open(outlet: &'a Outlet) -> Result<Reading<'a>, SinkError> {
        let topic = outlet.progress_topic();
        let access = &outlet.access;
        let every = access.consumer(&[("isolation.level", "read_uncommitted")])?;
        let (first, end) = access.offsets(every.client(), &topic, 0)?;
        // The end is known at once: a broker that waits for more to come only delays the start.
        let settings = [("enable.partition.eof", "true"), ("fetch.wait.max.ms", "10")];
        let consumer = access.consumer(&settings)?;
        // What was opened before is fenced, so its transactions end; this takes a moment at most.
        const PAUSE: Duration = Duration::from_millis(20);
        for _ in 0..ANSWER_TIME.as_millis() / PAUSE.as_millis() {
            if access.offsets(consumer.client(), &topic, 0)?.1 >= end {
                return Ok(Reading { outlet, topic, consumer, first, end });
            }
            std::thread::park_timeout(PAUSE);
        }
        let reason = "a transaction stays open that no shard of this run has".to_owned();
        Err(ClientError::Refused { what: format!("read `{topic}`"), reason }.into())
    }

    /// The newest record of each shard is among the last ones; the further back, the longer it
    /// takes.
    fn newest(&self) -> Result<ProgressLog, SinkError> {
        let mut back = 256;
        loop {
            let from = self.first.max(self.end.saturating_sub(back));
            let log = self.read_from(from)?;
            let all = (0..self.outlet.shards)
                .all(|shard| log.0.contains_key(&self.outlet.shard_id(shard)));
            if all || from == self.first {
                return Ok(log);
            }
            back *= 16;
        }
    }

    fn read_from(&self, from: u64) -> Result<ProgressLog, SinkError> {
        let mut log = ProgressLog::default();
        if from >= self.end {
            return Ok(log);
        }
        let refused = |error: KafkaError| {
            let watch = self.consumer.context();
            SinkError::from(self.outlet.access.unanswered(watch, &error))
        };
        let mut place = TopicPartitionList::new();
        place.add_partition_offset(&self.topic, 0, Offset::Offset(from as i64)).map_err(refused)?;
        self.consumer.assign(&place).map_err(refused)?;
        let watch = Stopwatch::start();
        loop {
            match self.consumer.poll(ANSWER_TIME) {
                Some(Ok(record)) => {
                    let key = String::from_utf8_lossy(record.key().unwrap_or_default());
                    match record.payload() {
                        Some(value) => log.0.insert(key.into_owned(), value.to_vec()),
                        None => log.0.remove(&*key),
                    };
                }
                // The end of what is committed, which is not before the end that was asked for.
                Some(Err(KafkaError::PartitionEOF(_))) => return Ok(log),
                Some(Err(error)) if is_passing(&error) && watch.elapsed() < PATIENCE => {}
                Some(Err(error)) => return Err(refused(error)),
                None => {
                    let code = RDKafkaErrorCode::OperationTimedOut;
                    return Err(refused(KafkaError::MessageConsumption(code)));
                }
            }
        }
    }
}

/// Makes the progress topic if it is absent.
pub(super) fn make_topic(access: &KafkaAccess, topic: &str) -> Result<(), SinkError> {
    let admin = access.admin()?;
    let metadata = access.metadata(admin.inner(), None)?;
    if let Some(found) = metadata.topics().iter().find(|found| found.name() == topic) {
        return match found.partitions().len() {
            1 => Ok(()),
            found => {
                let (topic, found) = (topic.to_owned(), found as u32);
                Err(SinkError::Partitions { topic, stated: 1, found })
            }
        };
    }
    // Every transaction writes a record of which only the last matters: small segments, cleaned
    // early, keep what a start has to read short.
    let new = NewTopic::new(topic, 1, TopicReplication::Fixed(-1))
        .set("cleanup.policy", "compact")
        .set("segment.bytes", "16777216")
        .set("min.cleanable.dirty.ratio", "0.1");
    let options = AdminOptions::new().operation_timeout(Some(ANSWER_TIME));
    let refused = |reason: String| {
        SinkError::from(ClientError::Refused { what: format!("make topic `{topic}`"), reason })
    };
    let answers = block_on(admin.create_topics([&new], &options))
        .map_err(|error| refused(error.to_string()))?;
    for answer in answers {
        match answer {
            // Another process of the group was faster.
            Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((_, code)) => return Err(refused(code.to_string())),
        }
    }
    // The broker that is asked next may not know it yet.
    const PAUSE: Duration = Duration::from_millis(20);
    for _ in 0..ANSWER_TIME.as_millis() / PAUSE.as_millis() {
        let metadata = access.metadata(admin.inner(), None)?;
        let ready = metadata.topics().iter().find(|found| found.name() == topic);
        if ready.is_some_and(|found| found.partitions().iter().any(|p| p.leader() >= 0)) {
            return Ok(());
        }
        std::thread::park_timeout(PAUSE);
    }
    Err(refused("it has no leader".to_owned()))
}
