//! Runs a plan, and says what came of it.

use crate::{
    faults::{self, Fault},
    graph::{self, Files, Journals, Last, RunOptions, Setup, SinkKind},
    group::{Group, GroupError, GroupPlan, Identity},
    lake::{EpochDraft, Journal, JournalKind, Lake, LakeError, ResumeOptions, Site},
    plan::{Plan, WorldPlan},
    prepare::{open_sinks, prepare},
    record,
    rows::TableBatch,
    sinks::kafka::SinkError,
    sources::SourceError,
    stats::Stats,
    tally::Tally,
};
use operators::RestoreError;
use schemas::{Digest, EventTime, Money, Span, Table};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// A run that could not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The input.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The lake.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// Topics that results go to.
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// Other processes of the run.
    #[error(transparent)]
    Group(#[from] GroupError),
    /// State of a checkpoint that is not this job's.
    #[error(
        "the checkpoint's state of {operator} {key} cannot be taken over: {error}. \
         Go back with --from-epoch, or start under another --run name"
    )]
    State {
        /// The operator.
        operator: &'static str,
        /// Instrument or account.
        key: String,
        /// What is wrong with it.
        error: RestoreError,
    },
    /// A model.
    #[error("the model `{model}`: {why}")]
    Model {
        /// Its name in the job.
        model: String,
        /// What is wrong.
        why: String,
    },
    /// A test asked for it.
    #[error(transparent)]
    Fault(#[from] Fault),
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
    /// A live run: which checkpoint it goes on from.
    pub resume: ResumeOptions,
    /// The processes of the run; none if this is the only one.
    pub group: Option<GroupPlan>,
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
    /// Worlds besides the job as it is written; their results are in [`Stats::in_worlds`].
    #[serde(default)]
    pub worlds: Vec<WorldPlan>,
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

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// All input was read.
    Complete,
    /// It was asked to stop; everything before this time is in its last checkpoint.
    Savepoint(EventTime),
    /// It was asked to stop before it had read anything.
    Untouched,
    /// The leader of its group tells how.
    Member,
}

/// A run that has ended.
pub struct Finished {
    /// How.
    pub ended: Ended,
    /// What it says about itself.
    pub summary: RunSummary,
    /// Rows kept in memory, if that was asked for.
    pub collected: BTreeMap<Table, Vec<TableBatch>>,
}

/// Runs a plan to the end of its input, or until it is asked to stop.
///
/// # Errors
/// When the input cannot be read, the lake not written, or a run without checkpoints is asked to
/// stop.
pub fn run(request: RunRequest) -> Result<Finished, RunError> {
    let RunRequest { plan, run, replace, resume, group, options } = request;
    let digest = plan.digest();
    let (workers, progress, to) = (options.workers, Arc::clone(&options.progress), options.to);
    let from = options.from;
    let mut group = match group {
        Some(group) => {
            let identity = Identity {
                run: run.clone(),
                job_digest: digest,
                build: env!("CARGO_PKG_VERSION").to_owned(),
                processes: group.hosts.len(),
                workers,
                token: Digest::of(group.token.as_bytes()),
            };
            Some(Group::form(group, identity)?)
        }
        None => None,
    };
    let leads = group.as_ref().is_none_or(Group::leads);
    let lake = match options.sink {
        SinkKind::Lake => Some(Lake::open(&plan.lake.url)?),
        _ => None,
    };
    let journal = match &lake {
        Some(lake) if leads => Some(claim(lake, &plan, &run, replace, &resume)?),
        _ => None,
    };
    faults::hit("run.claimed")?;
    tracing::debug!("the run is claimed");
    if let Some(group) = &mut group {
        let generation =
            group.share(leads.then(|| journal.as_ref().map_or(0, Journal::generation)))?;
        group.set_generation(generation);
        group.meet()?;
    }
    let mut resumed = journal.as_ref().and_then(Journal::resumed).cloned();
    let mut site = journal.as_ref().map(|journal| Files {
        site: Arc::clone(journal.site()),
        next_epoch: journal.next_epoch(),
    });
    if let Some(group) = &mut group {
        let generation = site.as_ref().map_or(0, |files| files.site.generation);
        let next = site.as_ref().map_or(0, |files| files.next_epoch);
        let said = leads.then_some((resumed, generation, next));
        let (epoch, generation, next_epoch) = group.share(said)?;
        resumed = epoch;
        if let (None, Some(lake)) = (&site, &lake) {
            let kind = JournalKind::Run;
            let member = Site::of_other(lake, kind, &run, generation, resumed.as_ref());
            site = Some(Files { site: Arc::new(member), next_epoch });
        }
    }
    let own = site.as_ref().map(|files| Arc::clone(&files.site));
    let superseded = |error| told_to_stop(own.as_deref(), error);
    let (record, recording) = record::begin(&plan, lake.as_ref(), resume.take_over, &mut group)?;
    let (shards, opened) =
        open_sinks(&plan, &run, workers, (resumed.as_ref(), site.as_ref()), &mut group)
            .map_err(superseded)?;
    tracing::debug!("topics that are written are open");
    let sources = prepare(&plan, resumed.as_ref(), &mut group, &progress)?;
    record.iter().try_for_each(|record| record::check_gap(record, &sources))?;
    let files = site;
    faults::hit("run.recovered")?;
    tracing::debug!("sources are known");
    let setup = Setup {
        run: run.clone(),
        plan: Arc::clone(&plan),
        sources,
        options,
        journals: Journals { run: journal, recording },
        files,
        record,
        resumed,
        shards,
        opened,
        group,
    };
    let (outcome, journals) = graph::run(setup).map_err(superseded)?;
    let summary = summarize(&plan, run, digest, workers, outcome.tally, outcome.stats.clone());
    let ended = match outcome.savepoint {
        _ if !leads => Ended::Member,
        Some(at) => Ended::Savepoint(at),
        None if progress.stopped() && plan.is_live() => Ended::Untouched,
        None if progress.stopped() => return Err(RunError::Stopped),
        None => {
            if progress.span().is_none() && outcome.tally.span().is_none() {
                return Err(RunError::NoInput { before: to.unwrap_or(EventTime::MAX) });
            }
            complete(&plan, from, journals, &summary, outcome.last)?;
            Ended::Complete
        }
    };
    Ok(Finished { ended, summary, collected: outcome.collected })
}

/// What a run ends with that another one has taken over: whatever it stumbled over first (its
/// shards are fenced, its epoch exists), that is the reason, and no supervisor is to start it
/// again.
fn told_to_stop(site: Option<&Site>, error: RunError) -> RunError {
    match site.map(Site::check_generation) {
        Some(Err(by @ LakeError::Superseded { .. })) => {
            tracing::warn!(%error, "what this run ends with");
            by.into()
        }
        _ => error,
    }
}

/// Takes the run for this process: a live one goes on where it was, any other begins anew.
fn claim(
    lake: &Lake,
    plan: &Plan,
    run: &str,
    replace: bool,
    resume: &ResumeOptions,
) -> Result<Journal, LakeError> {
    let digest = plan.digest();
    if plan.is_live() && !replace {
        let former = lake.committed_in(JournalKind::Run, run)?;
        if former.is_some_and(|former| !former.is_complete()) {
            let resume = ResumeOptions { models: plan.pinned_models(), ..resume.clone() };
            return lake.resume_run(run, &plan.job, digest, &resume);
        }
    }
    if resume.take_over {
        lake.take_over_run(run)?;
    }
    lake.start_run(run, &plan.job, digest, replace)
}

/// Commits the last epoch.
fn complete(
    plan: &Plan,
    from: Option<EventTime>,
    journals: Journals,
    summary: &RunSummary,
    last: Last,
) -> Result<(), RunError> {
    let first = summary.from.unwrap_or(EventTime::MAX);
    let needed = plan.warm_up();
    if let Some(from) = from.filter(|from| first.plus(needed) > *from) {
        return Err(RunError::WarmUp { needed, from, first });
    }
    let boundary = summary.to.map_or(EventTime::MIN, |to| EventTime(to.0.saturating_add(1)));
    if let Some(mut journal) = journals.recording {
        let draft = record::draft(boundary, last.recorded, last.positions);
        record::commit(&mut journal, plan, EpochDraft { complete: true, ..draft })?;
    }
    if let Some(mut journal) = journals.run {
        let value = serde_json::to_value(summary).expect("a summary is plain data");
        journal.commit(EpochDraft::last(boundary, last.files, Some(value)))?;
    }
    Ok(())
}

/// What a run says about itself, from what its workers gathered.
pub(crate) fn summarize(
    plan: &Plan,
    run: String,
    job_digest: Digest,
    workers: usize,
    tally: Tally,
    stats: Stats,
) -> RunSummary {
    let span = tally.span();
    RunSummary {
        run,
        job: plan.job.to_string(),
        job_digest,
        workers,
        from: span.map(|(first, _)| first),
        to: span.map(|(_, last)| last),
        events: tally.events,
        late: tally.late,
        clock_skew: tally.skew(),
        assumptions: plan.assumptions.clone(),
        worlds: plan.worlds.clone(),
        stats,
    }
}

impl RunRequest {
    /// A plan into the lake under its job's name, with one worker, all of the input.
    pub fn new(plan: Arc<Plan>) -> RunRequest {
        let run = plan.job.to_string();
        let (resume, options) = (ResumeOptions::default(), RunOptions::new());
        RunRequest { plan, run, replace: false, resume, group: None, options }
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
            commit_pause: Duration::ZERO,
            progress: Arc::default(),
        }
    }
}
impl Default for RunOptions {
    fn default() -> RunOptions {
        RunOptions::new()
    }
}
