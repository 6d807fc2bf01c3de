//! Runs a plan, and says what came of it.

use crate::{
    graph::{self, RunOptions, SinkKind},
    lake::{EpochDraft, Lake, LakeError},
    plan::Plan,
    progress::Progress,
    rows::TableBatch,
    sources::SourceError,
    stats::Stats,
};
use schemas::{Digest, EventTime, Money, Span, Table};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};

/// A run that could not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The input.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The lake.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// Worker threads.
    #[error("the workers could not be started or one of them died: {0}")]
    Workers(String),
    /// The input holds nothing, or nothing before the end that was asked for.
    #[error("the input holds no record before {before}")]
    NoInput {
        /// End that was asked for; the end of time if none was.
        before: EventTime,
    },
    /// The input begins too late for the indicators to be warm at the start that was asked for.
    #[error(
        "the indicators need {needed} of input before {from}, but it begins at {first}: \
         choose a later start or add earlier input"
    )]
    WarmUp {
        /// What is needed.
        needed: Span,
        /// Start that was asked for.
        from: EventTime,
        /// First record.
        first: EventTime,
    },
    /// Asked to stop before the input ended.
    #[error("stopped on request: what was committed until then can be queried")]
    Stopped,
}

/// What to run and how.
pub struct RunRequest {
    /// The plan.
    pub plan: Arc<Plan>,
    /// The run's name in the lake.
    pub run: String,
    /// May the results of another job under this name be replaced?
    pub replace: bool,
    /// How; nothing in it changes the results.
    pub options: RunOptions,
}

/// What a run says about itself. Nothing in it depends on how the plan was run, but `workers`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunSummary {
    /// The run's name.
    pub run: String,
    /// The job's name.
    pub job: String,
    /// What determines the results, apart from the input.
    pub job_digest: Digest,
    /// Worker threads.
    pub workers: usize,
    /// Event time of the first record.
    pub from: Option<EventTime>,
    /// Event time of the last record.
    pub to: Option<EventTime>,
    /// Trades, quotes and book levels read.
    pub events: u64,
    /// Records that came behind what their partition had already passed.
    pub late: u64,
    /// Mean of the venue's clock less ours, nanoseconds.
    pub clock_skew: Option<i64>,
    /// What flatters or shapes the result.
    pub assumptions: Vec<String>,
    /// Counts and results.
    #[serde(flatten)]
    pub stats: Stats,
}

impl RunSummary {
    /// Equity at the end less deposits, by currency over all accounts.
    pub fn pnl(&self) -> BTreeMap<String, Money> {
        let mut pnl = BTreeMap::new();
        for purses in self.stats.purses.values() {
            for (currency, purse) in purses {
                *pnl.entry(currency.clone()).or_default() += purse.equity - purse.initial;
            }
        }
        pnl
    }
}

/// A run that has ended.
pub struct Finished {
    /// What it says about itself.
    pub summary: RunSummary,
    /// Rows kept in memory, if that was asked for.
    pub collected: BTreeMap<Table, Vec<TableBatch>>,
}

/// Runs a plan to the end of its input.
///
/// # Errors
/// When the input cannot be read, the lake not written, or the run is asked to stop.
pub fn run(request: RunRequest) -> Result<Finished, RunError> {
    let RunRequest { plan, run, replace, options } = request;
    let digest = plan.digest();
    let (workers, progress) = (options.workers, Arc::clone(&options.progress));
    let (from, to) = (options.from, options.to);
    let journal = match options.sink {
        SinkKind::Lake => {
            let lake = Lake::open(&plan.lake.url.to_string_lossy())?;
            Some(lake.start_run(&run, &plan.job, digest, replace)?)
        }
        _ => None,
    };
    let sources = plan
        .sources
        .iter()
        .map(|source| source.prepare(&plan.instruments))
        .collect::<Result<Vec<_>, _>>()?;
    let (outcome, journal) = graph::run(Arc::clone(&plan), sources, options, journal)?;
    if progress.stopped() {
        return Err(RunError::Stopped);
    }
    let Some((first, _)) = progress.span() else {
        return Err(RunError::NoInput { before: to.unwrap_or(EventTime::MAX) });
    };
    let needed = plan.warm_up();
    if let Some(from) = from.filter(|from| first.plus(needed) > *from) {
        return Err(RunError::WarmUp { needed, from, first });
    }
    let summary = summarize(&plan, run, digest, workers, &progress, outcome.stats);
    if let Some(mut journal) = journal {
        let boundary = summary.to.map_or(EventTime::MIN, |to| EventTime(to.0.saturating_add(1)));
        let value = serde_json::to_value(&summary).expect("a summary is plain data");
        journal.commit(EpochDraft::last(boundary, outcome.files, Some(value)))?;
    }
    Ok(Finished { summary, collected: outcome.collected })
}

/// What a run says about itself, from what its workers gathered.
pub(crate) fn summarize(
    plan: &Plan,
    run: String,
    job_digest: Digest,
    workers: usize,
    progress: &Progress,
    stats: Stats,
) -> RunSummary {
    let span = progress.span();
    RunSummary {
        run,
        job: plan.job.to_string(),
        job_digest,
        workers,
        from: span.map(|(first, _)| first),
        to: span.map(|(_, last)| last),
        events: progress.events(),
        late: progress.late(),
        clock_skew: progress.skew(),
        assumptions: plan.assumptions.clone(),
        stats,
    }
}

impl RunOptions {
    /// One worker, all of the input, into the lake.
    pub fn new() -> RunOptions {
        RunOptions {
            workers: 1,
            quantum: Span(100_000_000),
            from: None,
            to: None,
            sink: SinkKind::Lake,
            progress: Arc::default(),
        }
    }
}
impl Default for RunOptions {
    fn default() -> RunOptions {
        RunOptions::new()
    }
}
