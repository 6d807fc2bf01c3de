//! From a job as written to a plan: names to slots, expressions to rules, defaults to statements.

mod accounts;
mod assumptions;
mod bars;
mod clocks;
mod column_files;
mod columns;
mod databento;
mod exits;
mod features;
mod feeds;
mod fees;
mod impact;
mod indicators;
mod inputs;
mod instruments;
mod kafka;
mod lake;
mod latency;
mod legs;
mod margin;
mod markouts;
mod models;
mod news;
mod orders;
mod quotes;
mod records;
mod rules;
mod sources;
mod strategies;
mod terms;
mod wiring;

pub(super) use assumptions::short;
pub use assumptions::warnings;
pub(super) use bars::unit as bar_unit;
pub(super) use features::given;
pub(super) use indicators::{input_example, parameters};
pub use instruments::{assumed_instrument, known_instrument};
pub(super) use lake::check_name;

use super::{Document, JobError, JobSpec, document::Cursor};
use columns::Columns;
use operators::{
    account::AccountSpec,
    execution::VenueClock,
    market::{DoubtSpec, MarketSpec, ReadingsNode},
};
use pipeline::plan::Plan;
use std::collections::BTreeMap;

/// Must the input files be there?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Files {
    /// Yes: the job is about to run.
    MustExist,
    /// No: the job is only looked at. A lake is read all the same, if it must tell instruments.
    MayBeAbsent,
}

/// What every part of the job is resolved with.
struct Context<'a> {
    spec: &'a JobSpec,
    document: &'a Document<'a>,
    files: Files,
}

impl<'a> Context<'a> {
    fn at(&self, section: &str) -> Cursor<'a, 'a> {
        self.document.top().get(section)
    }
}

/// Gives operators their places in the order key; sources have 0.
struct Ordinals(u16);

impl Ordinals {
    fn next(&mut self) -> u16 {
        self.0 = self.0.checked_add(1).expect("a job file has fewer than 65,535 operators");
        self.0
    }
}

/// Resolves a job.
///
/// # Errors
/// When something is named that is not there, or a value makes no sense.
pub fn resolve(spec: &JobSpec, document: &Document<'_>, files: Files) -> Result<Plan, JobError> {
    let cx = Context { spec, document, files };
    lake::check_name(&spec.job.name)
        .map_err(|why| cx.at("job").get("name").error(why).label("not a name"))?;
    let supplies = sources::survey(&cx)?;
    let known = instruments::resolve(&cx, &supplies)?;
    let mut ordinals = Ordinals(0);
    let mut columns = Columns::new(&cx, &known)?;
    let bars = bars::resolve(&cx, &mut columns, &mut ordinals)?;
    let features = features::resolve(&cx, &mut columns, &mut ordinals)?;
    let indicators = indicators::resolve(&cx, &bars, &mut columns, &mut ordinals)?;
    let models = models::resolve(&cx, &bars, &mut columns, &mut ordinals)?;
    let results = lake::resolve(&cx)?;
    let readings_ordinal = ordinals.next();
    let readings = results.readings.map(|at_bars| ReadingsNode {
        ordinal: readings_ordinal,
        slots: columns.readings(),
        at_bars,
    });
    let strategies = {
        let market = strategies::Moments::new(&bars, &features);
        strategies::resolve(&cx, &known, &market, (&columns, &models), &mut ordinals)?
    };
    let terms = terms::resolve(&cx, &known, &strategies, &supplies)?;
    let markouts = markouts::resolve(&cx, &terms)?;
    let terms = (&terms, &markouts);
    let accounts = accounts::resolve(&cx, &known, &strategies, terms, &mut ordinals)?;
    let market = MarketSpec {
        slots: columns.plans().len() as u32,
        bars,
        foreign: columns.foreign_nodes(),
        indicators,
        features,
        models: models.nodes,
        triggers: strategies.iter().map(|s| s.trigger.clone()).collect(),
        readings: readings.filter(|r| !r.slots.is_empty()),
        doubts: doubts(&cx)?,
        clocks: clocks(&accounts),
        quality_ordinal: ordinals.next(),
    };
    let mut plan = Plan {
        job: spec.job.name.as_str().into(),
        seed: spec.job.seed,
        in_flight: spec.job.in_flight.0,
        sources: sources::plans(&supplies, &known),
        instruments: known.into_iter().map(|k| k.instrument).collect(),
        market,
        models: models.plans,
        columns: columns.into_plans(),
        strategies: accounts::places(&strategies, &accounts),
        accounts,
        lake: results.plan,
        kafka_sinks: kafka::outputs(&cx)?,
        worlds: Vec::new(),
        assumptions: Vec::new(),
    };
    plan.assumptions = assumptions::of(&cx, &plan);
    Ok(plan)
}

/// Clocks of venues that match by their own, by instrument.
fn clocks(accounts: &[AccountSpec]) -> BTreeMap<u32, VenueClock> {
    let traded = accounts.iter().flat_map(|account| &account.instruments);
    traded.filter_map(|traded| Some((traded.index, traded.execution.clock?))).collect()
}

/// What makes data doubtful.
fn doubts(cx: &Context<'_>) -> Result<DoubtSpec, JobError> {
    let quality = &cx.spec.quality;
    let spans = [("stale", quality.stale), ("skew", quality.skew), ("late", quality.late)];
    for (name, span) in spans {
        if span.is_some_and(|span| span.0 <= 0) {
            let error = cx.at("quality").get(name).error("a span of time must be above zero");
            return Err(error.label("zero").help("leave it out, or write one as in \"5s\""));
        }
    }
    Ok(DoubtSpec {
        stale: quality.stale,
        skew: quality.skew,
        outlier: quality.outlier,
        late: quality.late,
        duplicate: quality.duplicate,
    })
}
