//! A sink of a run: its topics with their partitions, who writes which, and what must be there
//! before a run begins.

use super::{OutputMode, OutputStream, SinkError, progress};
use crate::{
    kafka::{ClientError, KafkaAccess, is_topic_name},
    plan::Plan,
    sources::SourceKind,
};
use rdkafka::producer::Producer;

/// A sink of a run. Dead letters of a source are a sink of their own: they may lie on other
/// brokers.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlet {
    /// Name of the run, or of the job: what is written under one name goes on where it ended.
    pub run: String,
    /// Its place among the sinks of the run, as in [`super::OutRow::sink`].
    pub index: u16,
    /// The brokers.
    pub access: KafkaAccess,
    /// Where records go.
    pub targets: Vec<Target>,
    /// When they become visible.
    pub mode: OutputMode,
    /// Writers.
    pub shards: u32,
}

/// A topic that records go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// What its records are; none are dead letters.
    pub stream: Option<OutputStream>,
    /// Its name.
    pub topic: String,
    /// Its partitions. Dead letters use the first one only, whatever the topic has.
    pub partitions: u32,
}

impl Outlet {
    /// All sinks of a run: those of the plan, then one for each Kafka source with dead letters, in
    /// the order of the plan.
    pub fn of_plan(plan: &Plan, run: &str) -> Vec<Outlet> {
        let declared = plan.kafka_sinks.iter().map(|sink| {
            let target = |t: &super::OutputTopic| Target {
                stream: Some(t.stream),
                topic: t.topic.clone(),
                partitions: t.partitions,
            };
            let targets = sink.topics.iter().map(target).collect();
            (sink.access.clone(), targets, sink.mode, sink.shards)
        });
        let dead = plan.sources.iter().filter_map(|source| {
            let SourceKind::Kafka(kafka) = &source.kind else { return None };
            let topic = kafka.dead_letters.clone()?;
            let target = Target { stream: None, topic, partitions: 1 };
            Some((kafka.access.clone(), vec![target], OutputMode::ReplayDedup, 1))
        });
        let outlet = |(index, (access, targets, mode, shards)): (usize, (_, _, _, u32))| Outlet {
            run: run.to_owned(),
            index: index as u16,
            access,
            targets,
            mode,
            shards: shards.max(1),
        };
        declared.chain(dead).enumerate().map(outlet).collect()
    }

    /// Output partitions: topic and partition, counted over all topics in order.
    pub fn partitions(&self) -> impl Iterator<Item = (&str, u32)> {
        self.targets.iter().flat_map(|t| (0..t.partitions).map(|p| (&*t.topic, p)))
    }

    /// The shard that writes an output partition.
    pub fn shard_of(&self, partition: u32) -> u32 {
        partition % self.shards
    }

    /// What the shard is called by brokers and in progress records.
    pub fn shard_id(&self, shard: u32) -> String {
        format!("{}/{}/{shard}", self.run, self.index)
    }

    /// The topic that holds what was sent: one partition, compacted, keyed by shard.
    pub fn progress_topic(&self) -> String {
        format!("{}.progress", self.run)
    }

    /// Does it write in transactions?
    pub fn is_transactional(&self) -> bool {
        self.mode != OutputMode::AtLeastOnce
    }

    /// Looks whether brokers answer and topics are as the job says, and makes the progress topic.
    ///
    /// # Errors
    /// When no broker answers within ten seconds, a topic is absent or has another number of
    /// partitions, or the progress topic cannot be made.
    pub fn check(&self) -> Result<(), SinkError> {
        let progress = self.progress_topic();
        if !is_topic_name(&progress) {
            return Err(SinkError::Name(self.run.clone()));
        }
        let producer = self.access.producer(&[])?;
        for Target { stream, topic, partitions } in &self.targets {
            let found = match self.access.partitions(producer.client(), topic) {
                Err(ClientError::NoTopic { topic, brokers }) => {
                    return Err(SinkError::NoTopic { topic, brokers });
                }
                found => found?,
            };
            let (topic, stated) = (topic.clone(), *partitions);
            if stream.is_some() && found != stated {
                return Err(SinkError::Partitions { topic, stated, found });
            }
        }
        match self.is_transactional() {
            true => progress::make_topic(&self.access, &progress),
            false => Ok(()),
        }
    }
}
