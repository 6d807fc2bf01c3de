//! `tapeflow topics`: the topics that jobs read and write.

use super::{
    Failure, Outcome,
    kafka::{self, KafkaArgs},
    output::{print, print_json},
};
use crate::report::numbers::{grouped, table};
use crate::spec::{self, Files};
use anyhow::anyhow;
use clap::{Args, Subcommand};
use comfy_table::CellAlignment;
use pipeline::{
    kafka::{
        Cleanup, KafkaAccess, Made, Retention, TopicPlan, TopicState, TopicsError, create_topics,
        describe_topics,
    },
    sources::SourceKind,
};
use serde_json::json;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

const EXAMPLES: &str = "\
Examples:
  tapeflow topics create --topic market:4 --topic signals:1:30d
  tapeflow topics create config/live.toml --retention 30d
  tapeflow topics describe
  tapeflow topics describe --topic market --json";

/// Make topics, or describe those that there are
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct TopicsArgs {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    kafka: KafkaArgs,
    /// Print one JSON object instead of text
    #[arg(long, global = true)]
    json: bool,
}

/// What to do with topics.
#[derive(Debug, Subcommand)]
enum Action {
    /// Make the topics that are not there
    ///
    /// A topic that exists is left as it is. Where one differs from what is wanted, it is said
    /// how, and none is made: partitions cannot be changed without moving keys, and the rest is
    /// its owner's.
    Create(CreateArgs),
    /// Show partitions, replicas, retention and offsets
    Describe(DescribeArgs),
}

#[derive(Debug, Args)]
struct CreateArgs {
    /// Make the topics that this job writes, and with --partitions those that it reads
    #[arg(value_name = "JOB", conflicts_with = "topics")]
    job: Option<PathBuf>,
    /// Set a value of the job file, as in --set job.name=other; may be given several times
    #[arg(long = "set", value_name = "PATH=VALUE", requires = "job")]
    set: Vec<String>,
    /// Partitions of the topics that the job reads
    #[arg(long, value_name = "N", requires = "job")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=1000))]
    partitions: Option<u32>,
    /// How long the job's topics keep records: a span of time or `forever`
    #[arg(long, value_name = "RETENTION", requires = "job")]
    retention: Option<Retention>,
    /// A topic, may be given several times. RETENTION is a span of time or `forever`; records
    /// count from their Kafka timestamp [default: as the brokers keep records]
    #[arg(long = "topic", value_name = "NAME:PARTITIONS[:RETENTION]")]
    #[arg(required_unless_present = "job")]
    topics: Vec<TopicPlan>,
    /// Replicas of each partition [default: as many as the brokers have by default]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    replication: Option<u16>,
    /// Keep the last record of each key instead of records of a certain age
    #[arg(long)]
    compact: bool,
}

#[derive(Debug, Args)]
struct DescribeArgs {
    /// A topic, may be given several times [default: all]
    #[arg(long = "topic", value_name = "NAME")]
    topics: Vec<String>,
}

impl TopicsArgs {
    /// Does it.
    pub fn execute(&self) -> Outcome {
        let access = self.kafka.access()?;
        match &self.action {
            Action::Create(create) => match &create.job {
                None => self.create(&[(access, create.plans())]),
                Some(job) => self.create(&create.of_job(job)?),
            },
            Action::Describe(describe) => self.describe(&access, &describe.topics),
        }
    }

    fn create(&self, plans: &[(KafkaAccess, Vec<TopicPlan>)]) -> Outcome {
        let mut made = Vec::new();
        for (access, plans) in plans {
            made.extend(create_topics(access, plans).map_err(failure)?);
        }
        if self.json {
            let topic = |(name, made)| json!({ "name": name, "result": made });
            let topics: Vec<_> = made.into_iter().map(topic).collect();
            return print_json(&json!({ "topics": topics }));
        }
        let line = |(name, made): &(String, Made)| match made {
            Made::Created => format!("{name} is made\n"),
            Made::Present => format!("{name} is there already\n"),
        };
        print(&made.iter().map(line).collect::<String>())
    }

    fn describe(&self, access: &KafkaAccess, names: &[String]) -> Outcome {
        let states = describe_topics(access, names).map_err(failure)?;
        match self.json {
            true => print_json(&json!({ "topics": states })),
            false => print(&text(&states)),
        }
    }
}

impl CreateArgs {
    /// The topics of a job, by their brokers.
    fn of_job(&self, job: &Path) -> Result<Vec<(KafkaAccess, Vec<TopicPlan>)>, Failure> {
        let plan = spec::load(job, &self.set, Files::MayBeAbsent)
            .map_err(|error| Failure::Job(Box::new(error)))?;
        let cleanup = if self.compact { Cleanup::Compact } else { Cleanup::Delete };
        let (replication, retention) = (self.replication, self.retention);
        let topic = |name: &str, partitions: u32| {
            let name = name.to_owned();
            TopicPlan { name, partitions, replication, retention, cleanup }
        };
        let mut all = Vec::new();
        for source in &plan.sources {
            let SourceKind::Kafka(kafka) = &source.kind else { continue };
            let read = kafka.topics.iter().filter_map(|t| Some(topic(&t.topic, self.partitions?)));
            let dead = kafka.dead_letters.iter().map(|name| topic(name, 1));
            all.push((kafka.access.clone(), read.chain(dead).collect()));
        }
        for sink in &plan.kafka_sinks {
            let topics = sink.topics.iter().map(|t| topic(&t.topic, t.partitions));
            all.push((sink.access.clone(), topics.collect()));
        }
        all.retain(|(_, topics): &(KafkaAccess, Vec<TopicPlan>)| !topics.is_empty());
        if all.is_empty() {
            return Err(Failure::NotStarted(anyhow!("the job has no topics to make")));
        }
        Ok(all)
    }

    fn plans(&self) -> Vec<TopicPlan> {
        let cleanup = if self.compact { Cleanup::Compact } else { Cleanup::Delete };
        let replication = self.replication;
        let plan = |plan: &TopicPlan| TopicPlan { replication, cleanup, ..plan.clone() };
        let mut known = BTreeSet::new();
        let first = |plan: &&TopicPlan| known.insert(plan.name.clone());
        self.topics.iter().filter(first).map(plan).collect()
    }
}

/// A failure about topics: never started when nothing was made.
pub fn failure(error: TopicsError) -> Failure {
    match error {
        TopicsError::Client(error) => kafka::failure(error),
        TopicsError::Differ(_) | TopicsError::Unsupported(_) => Failure::not_started(error),
    }
}

fn text(states: &[TopicState]) -> String {
    let mut rows = table(["topic", "partition", "first", "next", "records", "replicas", "kept"]);
    for state in states {
        let retention = state.retention.map_or("unknown".to_owned(), |r: Retention| r.to_string());
        let kept = match state.cleanup {
            Some(Cleanup::Compact) => "last of each key".to_owned(),
            _ => retention,
        };
        for (number, partition) in state.partitions.iter().enumerate() {
            rows.add_row([
                state.name.clone(),
                number.to_string(),
                grouped(partition.first),
                grouped(partition.next),
                grouped(partition.next.saturating_sub(partition.first)),
                state.replication.to_string(),
                kept.clone(),
            ]);
        }
    }
    for column in 1..=5 {
        let column = rows.column_mut(column).expect("the table has seven columns");
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!("{}\n", rows.trim_fmt())
}
