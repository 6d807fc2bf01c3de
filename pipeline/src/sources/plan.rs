//! Sources as resolved, and how workers open their shares.

use super::{
    CHUNK_ROWS, Position, Reader, SourceError,
    columns::{Columns, Layout},
    cryptofeed::Cryptofeed,
    databento::Databento,
    hftbacktest::HftBacktest,
    jsonl::Jsonl,
    kafka::{InputError, KafkaSource, LiveOptions, PartitionStart, Resume, Survey, Wake},
    lobster::Lobster,
    news::NewsFiles,
    synthetic::Synthetic,
};
use crate::lake::{Chain, JournalKind, Lake, LakeError, LakeSource};
use schemas::{EventTime, Instrument, Table};
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
    /// Captures of cryptofeed; each is a partition.
    Cryptofeed {
        /// Files.
        paths: Vec<PathBuf>,
        /// Venue of the instruments, if not the one of the exchange.
        venue: Option<String>,
    },
    /// Files of news; each is a partition.
    News(NewsFiles),
    /// Files of rows and columns; those of an instrument, in this order, are a partition.
    Columns {
        /// What the columns mean.
        layout: Box<Layout>,
        /// Venue of the instruments.
        venue: String,
        /// Partitions: files, and the place of the one instrument that they are of, unless a column
        /// names it.
        files: Vec<(Vec<PathBuf>, Option<u32>)>,
    },
    /// Files of LOBSTER; in this order they are one partition.
    Lobster {
        /// Files of messages.
        paths: Vec<PathBuf>,
        /// Place of the instrument in the plan.
        instrument: u32,
    },
    /// Files of Databento; in this order they are one partition.
    Databento {
        /// Files.
        paths: Vec<PathBuf>,
        /// Venue of the instruments.
        venue: String,
    },
    /// A seeded market; each instrument is a partition.
    Synthetic(Synthetic),
    /// What was recorded in a lake.
    Lake {
        /// Address of the lake.
        url: String,
        /// Id of the one recording that is read; all of them if it does not say.
        recording: Option<String>,
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
    lake: Option<(Lake, Arc<LakeSource>)>,
    topics: Option<(Survey, LiveOptions)>,
    found: Found,
}

/// What a look at a source found: the leader of a group tells it to the others, so that all
/// processes read the same.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Found {
    /// Files of the lake.
    chains: Vec<Chain>,
    /// What is read of them: from the first time to before the second.
    range: (Option<EventTime>, Option<EventTime>),
    /// All of the lake's records are before this.
    end: Option<EventTime>,
    /// Where topics are read on.
    resume: Option<Resume>,
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
        let found = match &self.kind {
            SourceKind::Lake { .. } => {
                let (lake, source) =
                    self.lake(all, (None, None), options)?.expect("it is of a lake");
                let from = options.resume.as_ref().map(|resume| resume.boundary);
                let range = (from.filter(|from| *from > EventTime::MIN), None);
                let end = lake.end_of_recordings(source.recording.as_deref())?;
                let SourceKind::Lake { tables, .. } = &self.kind else { unreachable!() };
                Found { chains: lake.chains(tables, &source)?, range, end, resume: None }
            }
            SourceKind::Kafka(kafka) => self.history(kafka, all, options)?,
            _ => Found::default(),
        };
        self.prepare_found(all, options, found)
    }

    /// Takes what the leader found.
    ///
    /// # Errors
    /// As [`SourcePlan::prepare_live`].
    pub(crate) fn prepare_found(
        &self,
        all: &[Instrument],
        options: &LiveOptions,
        found: Found,
    ) -> Result<Prepared, SourceError> {
        let topics = match &self.kind {
            SourceKind::Kafka(kafka) => {
                let options = LiveOptions { resume: found.resume.clone(), ..options.clone() };
                Some((Survey::take(kafka, self.rank, options.resume.as_ref())?, options))
            }
            _ => None,
        };
        let lake = self.lake(all, found.range, options)?;
        let lake = lake.map(|(lake, source)| (lake, Arc::new(source)));
        Ok(Prepared { plan: self.clone(), lake, topics, found })
    }

    /// The lake that the source reads, and what of it.
    fn lake(
        &self,
        all: &[Instrument],
        (from, to): (Option<EventTime>, Option<EventTime>),
        options: &LiveOptions,
    ) -> Result<Option<(Lake, LakeSource)>, SourceError> {
        let (url, instruments, recording) = match &self.kind {
            SourceKind::Lake { url, instruments, recording, .. } => {
                (url, instruments, recording.clone())
            }
            SourceKind::Kafka(KafkaSource { history: Some(history), .. }) => {
                (&history.url, &history.instruments, Some(history.recording.clone()))
            }
            _ => return Ok(None),
        };
        let source = LakeSource {
            plan: all.to_vec(),
            only: instruments.iter().map(|i| all[*i as usize].id.clone()).collect(),
            recording,
            from,
            to,
            exchange_ts: options.exchange_ts,
            trade_ids: options.trade_ids,
        };
        Ok(Some((Lake::open(url)?, source)))
    }

    /// What is read of a recording before the topics, and where they go on: both follow from the
    /// recording's manifest. A table of trades would not show the heartbeats that moved the time.
    fn history(
        &self,
        kafka: &KafkaSource,
        all: &[Instrument],
        options: &LiveOptions,
    ) -> Result<Found, SourceError> {
        let resume = options.resume.clone();
        let topics_only = Found { resume: resume.clone(), ..Found::default() };
        let Some(history) = &kafka.history else { return Ok(topics_only) };
        let (lake, _) = self.lake(all, (None, None), options)?.expect("there is a history");
        let Some(found) = lake.committed_in(JournalKind::Recording, &history.recording)? else {
            // A job that records its own history has none before its first run.
            if history.own {
                return Ok(topics_only);
            }
            let (name, root) = (history.recording.clone(), lake.url().to_owned());
            return Err(LakeError::Absent { what: "recording", name, root }.into());
        };
        let from = resume.as_ref().map(|resume| resume.boundary);
        let boundary = found.newest.boundary;
        // Positions of a checkpoint before the recording's end may be that end already, so they
        // are not asked.
        if from.is_some_and(|from| from >= boundary) {
            return Ok(topics_only);
        }
        let complete = found.newest.complete;
        let positions = found.newest.checkpoint.map(|c| c.sources).unwrap_or_default();
        for (place, input) in kafka.topics.iter().enumerate() {
            let rank = self.rank + place as u16;
            let recorded = positions.iter().find(|p| p.topic == input.topic);
            let reason = match recorded {
                None => "it does not hold this topic".to_owned(),
                // Partitions of a range end at different times, and what follows is in no file.
                Some(_) if complete => "it is of a range of offsets only".to_owned(),
                Some(p) if p.source_rank != rank => format!(
                    "the topic has rank {} in it and {rank} here: list sources and topics in the \
                     order in which they were recorded",
                    p.source_rank
                ),
                Some(_) => continue,
            };
            let (recording, topic) = (history.recording.clone(), input.topic.clone());
            return Err(InputError::History { recording, topic, reason }.into());
        }
        let range = (from.filter(|from| *from > EventTime::MIN), Some(boundary));
        let (_, source) = self.lake(all, range, options)?.expect("there is a history");
        let chains = lake.chains(&history.tables, &source)?;
        let resume = Some(Resume { boundary, positions });
        Ok(Found { chains, range, end: None, resume })
    }
}

impl Prepared {
    /// What every process must know to read the same.
    pub fn found(&self) -> Found {
        let mut found = self.found.clone();
        if self.topics.is_some() {
            let boundary = found.resume.map_or(EventTime::MIN, |resume| resume.boundary);
            found.resume = Some(Resume { boundary, positions: self.positions() });
        }
        found
    }

    /// All records that are not live are before this, as far as that is known.
    pub fn end(&self) -> Option<EventTime> {
        self.found.end
    }

    /// Where each partition of a topic is read.
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
        self.open_waking(all, worker, workers, None)
    }

    /// Opens a worker's share; `wake` is called when there is something where nothing was.
    ///
    /// # Errors
    /// As [`Prepared::open`].
    pub fn open_waking(
        &self,
        all: &[Instrument],
        worker: usize,
        workers: usize,
        wake: Option<Wake>,
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
            SourceKind::Cryptofeed { paths, venue } => {
                for (partition, path) in paths.iter().enumerate().filter(|(p, _)| mine(*p)) {
                    let source = (rank, partition as u32);
                    let reader = Cryptofeed::open(source, path, venue.as_deref(), all)?;
                    readers.push(Box::new(reader));
                }
            }
            SourceKind::News(files) => {
                // One reader for all of them: it knows which articles are the same.
                if mine(0) {
                    readers.push(Box::new(files.open(rank, all)?));
                }
            }
            SourceKind::Columns { layout, venue, files } => {
                for (partition, (paths, only)) in files.iter().enumerate().filter(|f| mine(f.0)) {
                    let source = (rank, partition as u32);
                    let reader = Columns::open(source, layout, paths, venue, *only, all)?;
                    readers.push(Box::new(reader));
                }
            }
            SourceKind::Lobster { paths, instrument } => {
                if mine(0) {
                    let facts = &all[*instrument as usize];
                    readers.push(Box::new(Lobster::open((rank, 0), paths, *instrument, facts)?));
                }
            }
            SourceKind::Databento { paths, venue } => {
                if mine(0) {
                    let reader = Databento::open((rank, 0), paths, venue, all)?;
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
                let options = LiveOptions { wake, ..options.clone() };
                readers.extend(survey.open(all, worker, workers, &options)?);
            }
            SourceKind::Lake { .. } => {}
        }
        if let Some((lake, source)) = &self.lake {
            for chain in &self.found.chains {
                readers.push(Box::new(lake.reader(source, chain, worker, workers)));
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
            SourceKind::Cryptofeed { .. } => "cryptofeed",
            SourceKind::News(files) => files.format.name(),
            SourceKind::Columns { .. } => "columns",
            SourceKind::Databento { .. } => "databento",
            SourceKind::Lobster { .. } => "lobster",
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
            SourceKind::Hftbacktest { paths, .. }
            | SourceKind::Lobster { paths, .. }
            | SourceKind::Databento { paths, .. } => {
                vec![paths.iter().map(file).collect::<Vec<_>>().join(" + ")]
            }
            SourceKind::Jsonl { paths }
            | SourceKind::Cryptofeed { paths, .. }
            | SourceKind::News(NewsFiles { paths, .. }) => paths.iter().map(file).collect(),
            SourceKind::Columns { files, .. } => {
                let joined = |paths: &[PathBuf]| paths.iter().map(file).collect::<Vec<_>>();
                files.iter().map(|(paths, _)| joined(paths).join(" + ")).collect()
            }
            SourceKind::Synthetic(market) => {
                market.instruments().iter().map(|i| i.id.to_string()).collect()
            }
            SourceKind::Lake { .. } => Vec::new(),
            SourceKind::Kafka(kafka) => kafka.topics.iter().map(|t| t.topic.clone()).collect(),
        }
    }
}
