//! A job as resolved: names to indices, expressions to rules, defaults to stated values. A plan
//! is all that [`crate::run()`] takes; the same plan gives the same bytes.

use crate::{
    models::ModelPlan,
    sinks::kafka::{KafkaSink, OutputStream, OutputTopic},
    sources::{SourceKind, SourcePlan},
};
use operators::{
    account::AccountSpec,
    bars::BarKind,
    market::{BarNode, Driver, IndicatorNode, MarketSpec},
};
use schemas::{Digest, Instrument, Span, Table, Text, records::Clock};
use serde::{Deserialize, Serialize};

/// A resolved job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The job's name.
    pub job: Text,
    /// Seed of everything that is random in the job (not of a synthetic source: it has its own).
    pub seed: u64,
    /// Bytes of market data that each worker may have under way.
    pub in_flight: u64,
    /// Instruments, ascending by id; everything else names them by place.
    pub instruments: Vec<Instrument>,
    /// Sources in the job file's order.
    pub sources: Vec<SourcePlan>,
    /// What is computed for each instrument.
    pub market: MarketSpec,
    /// Models, in the order of [`MarketSpec::models`].
    pub models: Vec<ModelPlan>,
    /// Names of the slots of [`MarketSpec`], in order.
    pub columns: Vec<ColumnPlan>,
    /// Accounts, ascending by name.
    pub accounts: Vec<AccountSpec>,
    /// Strategies in the order of their numbers in triggers: their account.
    pub strategies: Vec<StrategyPlan>,
    /// Where results go.
    pub lake: LakePlan,
    /// Topics that results go to.
    pub kafka_sinks: Vec<KafkaSink>,
    /// The same job with other values, besides the job as it is written. What they do is among
    /// accounts and strategies, whose names end with theirs (see [`in_world`]).
    #[serde(default)]
    pub worlds: Vec<WorldPlan>,
    /// What flatters or shapes the result, in words.
    pub assumptions: Vec<String>,
}

/// A world: the job with some of its values replaced.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorldPlan {
    /// Its name.
    pub name: String,
    /// What is replaced: path in the job file, and what stands there instead.
    pub settings: Vec<(String, String)>,
}

/// An account, strategy or column as it is called in a world. No name of a job has an `@`.
pub fn in_world(name: &str, world: &str) -> Text {
    format!("{name}@{world}").into()
}

/// The name in the job and the world of what is in one.
pub fn world_of(name: &str) -> Option<(&str, &str)> {
    name.split_once('@')
}

/// [`Plan::in_flight`] unless the job says otherwise. Workers read alternating row groups of a
/// recording, so with less than two of them they would take turns.
pub const IN_FLIGHT: u64 = 10_000_000;

/// The unit of columns that tell where a model's values come from: 1 from the model, 0 from its
/// fallback. In `readings` they are text.
pub const SOURCE_UNIT: &str = "1 model, 0 fallback";

/// A column that rules can name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnPlan {
    /// Name in rules and in `readings`.
    pub name: String,
    /// What it is.
    pub doc: String,
    /// Unit: price, quantity, …
    pub unit: String,
    /// Rows of its driver without a value at the start.
    pub warm_up: usize,
    /// Operator that computes it, for display.
    pub operator: String,
    /// The same operator under other names.
    pub shared_with: Vec<String>,
}

/// Where a strategy runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StrategyPlan {
    /// Name.
    pub name: Text,
    /// Place of its account in [`Plan::accounts`].
    pub account: u32,
}

/// Where results go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LakePlan {
    /// Address of the lake.
    pub url: String,
    /// Id of the recording that the topics go to; none if they are not recorded.
    pub record: Option<String>,
    /// Result tables that are written.
    pub write: Vec<Table>,
    /// Event time between commits.
    pub commit_every: Span,
}

impl ColumnPlan {
    /// Does it tell where a model's values come from?
    pub fn is_source(&self) -> bool {
        self.unit == SOURCE_UNIT
    }
}

impl Plan {
    /// Digest of everything that determines the results, apart from the input: not the job's
    /// name, nor where the input comes from, nor where results go.
    pub fn digest(&self) -> Digest {
        let parts = (self.seed, &self.instruments, &self.market, &self.columns, &self.accounts);
        let mut bytes = postcard::to_stdvec(&parts).expect("a plan is plain data");
        for model in &self.models {
            let identity = postcard::to_stdvec(&model.identity()).expect("it is plain data");
            bytes.extend(identity);
        }
        Digest::of(&bytes)
    }

    /// Digests, backends and versions of the models, for checkpoints.
    pub fn pinned_models(&self) -> Vec<String> {
        self.models.iter().filter_map(ModelPlan::pinned).collect()
    }

    /// Is the venue's time of records used: by bars, by doubts of clocks, or in what is written?
    pub fn uses_exchange_ts(&self) -> bool {
        let cuts = |node: &BarNode| node.kind.clock() == Clock::Exchange;
        self.market.bars.iter().any(cuts)
            || self.market.doubts.skew.is_some()
            || !self.market.clocks.is_empty()
            || !self.lake.write.is_empty()
            || self.lake.record.is_some()
            || !self.kafka_sinks.is_empty()
    }

    /// Are the venue's ids of trades used?
    pub fn uses_trade_ids(&self) -> bool {
        self.market.doubts.duplicate.is_some() || self.lake.record.is_some()
    }

    /// Are positions written, or sent?
    pub fn wants_positions(&self) -> bool {
        let sent = |topic: &OutputTopic| topic.stream == OutputStream::Positions;
        self.lake.write.contains(&Table::Positions)
            || self.kafka_sinks.iter().any(|sink| sink.topics.iter().any(sent))
    }

    /// How far accounts stay behind what has come, and so end before the input does: as long as
    /// records travel at most from a venue that matches by its own clock. None elsewhere.
    pub fn lag(&self) -> Span {
        let all = self.accounts.iter().flat_map(|account| &account.instruments);
        let clocks = all.filter_map(|instrument| instrument.execution.clock);
        clocks.map(|clock| clock.max_latency).max().unwrap_or_default()
    }

    /// Does it read topics, so that it makes checkpoints and can be resumed?
    pub fn is_live(&self) -> bool {
        self.sources.iter().any(|source| matches!(source.kind, SourceKind::Kafka(_)))
    }

    /// Event time until each of the indicators on bars and each feature over time has a value.
    pub fn warm_up(&self) -> Span {
        let of_node = |node: &IndicatorNode| match node.driver {
            Driver::Bar(bar) => {
                // How long other bars take is not known before.
                let BarKind::Time(time) = &self.market.bars[usize::from(bar)].kind else {
                    return Span(0);
                };
                let rows = self.columns[node.slot as usize].warm_up as i64 + 1;
                Span(time.every.0.saturating_mul(rows))
            }
            Driver::Trade => Span(0),
        };
        let features = self.market.features.iter().filter_map(|node| node.spec.running());
        let features = features.map(|feature| feature.warm_up());
        self.market.indicators.iter().map(of_node).chain(features).max().unwrap_or_default()
    }

    /// Place of an instrument by its text.
    pub fn instrument(&self, id: &str) -> Option<u32> {
        let at = self.instruments.binary_search_by(|i| (**i.id.text()).cmp(id)).ok()?;
        Some(at as u32)
    }

    /// What says where the state of each instrument is kept: its own text, or where instruments
    /// are stepped together that of the first of them.
    pub fn home_keys(&self) -> Vec<Text> {
        let first = self.market.clusters(self.instruments.len());
        let key = |place: u32| self.instruments[place as usize].id.text().clone();
        first.into_iter().map(key).collect()
    }

    /// Columns of the `readings` table that are the job's own, in order.
    pub fn readings_columns(&self) -> Vec<&ColumnPlan> {
        let slots = self.market.readings.iter().flat_map(|r| &r.slots);
        slots.map(|slot| &self.columns[*slot as usize]).collect()
    }
}
