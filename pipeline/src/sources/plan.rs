//! Sources as resolved, and how workers open their shares.

use super::{
    CHUNK_ROWS, Position, Reader, SourceError,
    hftbacktest::HftBacktest,
    jsonl::Jsonl,
    kafka::{KafkaSource, LiveOptions, PartitionStart, Survey},
    synthetic::Synthetic,
};
use crate::lake::{Chain, Lake, LakeSource};
use schemas::{Instrument, Table};
use serde::{Deserialize, Serialize};
use std::{path::PathBuf, sync::Arc};

/// A source of the job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourcePlan {
    /// Its place in the job file.
    pub rank: u16,
    /// How it is called in messages and rejects.
    pub name: String,
    /// What it is.
    pub kind: SourceKind,
}

/// Kinds of sources.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// Feeds as hftbacktest's collector writes them; the files are one partition, in this order.
    Hftbacktest {
        /// Files.
        paths: Vec<PathBuf>,
        /// Place of the instrument in the plan.
        instrument: u32,
    },
    /// Records in the JSON of topics, one a line; each file is a partition.
    Jsonl {
        /// Files.
        paths: Vec<PathBuf>,
    },
    /// A seeded market; each instrument is a partition.
    Synthetic(Synthetic),
    /// What was recorded in a lake.
    Lake {
        /// Directory of the lake.
        url: PathBuf,
        /// Tables that are read.
        tables: Vec<Table>,
        /// Places of the instruments that are read, ascending.
        instruments: Vec<u32>,
    },
    /// Topics, read as they grow; each of their partitions is one.
    Kafka(KafkaSource),
}

/// A source that was looked at once, so that every worker opens the same.
pub(crate) struct Prepared {
    plan: SourcePlan,
    lake: Option<(Lake, Vec<Chain>, Arc<LakeSource>)>,
    topics: Option<(Survey, LiveOptions)>,
}

impl SourcePlan {
    /// Looks at what is there, to read it from the beginning.
    ///
    /// # Errors
    /// As [`SourcePlan::prepare_live`].
    pub(crate) fn prepare(&self, all: &[Instrument]) -> Result<Prepared, SourceError> {
        self.prepare_live(all, &LiveOptions::default())
    }

    /// Looks at what is there.
    ///
    /// # Errors
    /// When a lake cannot be read, or topics cannot be read as asked.
    pub(crate) fn prepare_live(
        &self,
        all: &[Instrument],
        options: &LiveOptions,
    ) -> Result<Prepared, SourceError> {
        let topics = match &self.kind {
            SourceKind::Kafka(kafka) => {
                let survey = Survey::take(kafka, self.rank, options.resume.as_ref())?;
                Some((survey, options.clone()))
            }
            _ => None,
        };
        let lake = match &self.kind {
            SourceKind::Lake { url, tables, instruments } => {
                let lake = Lake::open(&url.to_string_lossy())?;
                let source = LakeSource {
                    plan: all.to_vec(),
                    only: instruments.iter().map(|i| all[*i as usize].id.clone()).collect(),
                    recording: None,
                    from: None,
                    to: None,
                    exchange_ts: true,
                    trade_ids: false,
                };
                let chains = lake.chains(tables, &source)?;
                Some((lake, chains, Arc::new(source)))
            }
            _ => None,
        };
        Ok(Prepared { plan: self.clone(), lake, topics })
    }
}

impl Prepared {
    /// Where each partition of a topic is read, so that every process reads the same.
    pub fn positions(&self) -> Vec<Position> {
        let Some((survey, _)) = &self.topics else { return Vec::new() };
        let SourceKind::Kafka(kafka) = &self.plan.kind else { return Vec::new() };
        let position = |start: &PartitionStart| Position {
            source_rank: self.plan.rank + start.topic as u16,
            topic: kafka.topics[start.topic].topic.clone(),
            topic_id: start.topic_id.clone(),
            partition: start.partition,
            offset: start.offset,
            watermark: start.watermark,
        };
        survey.partitions().iter().map(position).collect()
    }

    /// How the source is called.
    pub fn name(&self) -> &str {
        &self.plan.name
    }

    /// Opens a worker's share.
    ///
    /// # Errors
    /// When the input cannot be opened.
    pub fn open(
        &self,
        all: &[Instrument],
        worker: usize,
        workers: usize,
    ) -> Result<Vec<Box<dyn Reader>>, SourceError> {
        let rank = self.plan.rank;
        let mine = |partition: usize| partition % workers == worker;
        let mut readers: Vec<Box<dyn Reader>> = Vec::new();
        match &self.plan.kind {
            SourceKind::Hftbacktest { paths, instrument } => {
                if mine(0) {
                    let facts = &all[*instrument as usize];
                    let reader = HftBacktest::open(rank, 0, paths.clone(), *instrument, facts)?;
                    readers.push(Box::new(reader));
                }
            }
            SourceKind::Jsonl { paths } => {
                for (partition, path) in paths.iter().enumerate().filter(|(p, _)| mine(*p)) {
                    let reader = Jsonl::open(rank, partition as u32, path, all)?;
                    readers.push(Box::new(reader));
                }
            }
            SourceKind::Synthetic(market) => {
                for (partition, own) in market.instruments().iter().enumerate() {
                    let place = all.binary_search_by(|i| i.id.cmp(&own.id));
                    if let (Ok(place), true) = (place, mine(partition)) {
                        // Many instruments are under way at once; their chunks share a budget.
                        let rows = (8 * CHUNK_ROWS / market.instruments as usize).max(256);
                        let reader = market.open(rank, partition as u32, place as u32);
                        let reader = reader.chunk_rows(rows);
                        readers.push(Box::new(reader));
                    }
                }
            }
            SourceKind::Kafka(_) => {
                let (survey, options) = self.topics.as_ref().expect("topics were looked at");
                readers.extend(survey.open(all, worker, workers, options)?);
            }
            SourceKind::Lake { .. } => {
                let (lake, chains, source) = self.lake.as_ref().expect("a lake was looked at");
                for chain in chains {
                    readers.push(Box::new(lake.reader(source, chain, worker, workers)));
                }
            }
        }
        Ok(readers)
    }
}

impl SourceKind {
    /// Its name in the job file.
    pub fn name(&self) -> &'static str {
        match self {
            SourceKind::Hftbacktest { .. } => "hftbacktest",
            SourceKind::Jsonl { .. } => "jsonl",
            SourceKind::Synthetic(_) => "synthetic",
            SourceKind::Lake { .. } => "lake",
            SourceKind::Kafka(_) => "kafka",
        }
    }

    /// Its partitions, in order, in words.
    pub fn partitions(&self) -> Vec<String> {
        let file = |path: &PathBuf| {
            path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
        };
        match self {
            SourceKind::Hftbacktest { paths, .. } => {
                vec![paths.iter().map(file).collect::<Vec<_>>().join(" + ")]
            }
            SourceKind::Jsonl { paths } => paths.iter().map(file).collect(),
            SourceKind::Synthetic(market) => {
                market.instruments().iter().map(|i| i.id.to_string()).collect()
            }
            SourceKind::Lake { .. } => Vec::new(),
            SourceKind::Kafka(kafka) => kafka.topics.iter().map(|t| t.topic.clone()).collect(),
        }
    }
}
