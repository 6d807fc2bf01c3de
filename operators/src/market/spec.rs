//! What to compute for each instrument: the resolved, serialisable form of the job file's bars,
//! indicators and features, with their ordinals and slots.

use super::{doubts::DoubtSpec, foreign::ForeignNode, models::ModelNode, slot};
use crate::{
    bars::{BAR_COLUMNS, BarKind},
    execution::VenueClock,
    features::FeatureSpec,
    indicators::IndicatorSpec,
};
use schemas::{OrderKey, Span, Text};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything that is computed for each instrument. Values live in slots of one row; the slots of
/// [`super::MARKET_COLUMNS`] come first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MarketSpec {
    /// Slots in all.
    pub slots: u32,
    /// Bars in topological order, ascending by ordinal.
    pub bars: Vec<BarNode>,
    /// Columns of other instruments.
    pub foreign: Vec<ForeignNode>,
    /// Indicators in topological order, ascending by ordinal.
    pub indicators: Vec<IndicatorNode>,
    /// Features, ascending by ordinal.
    pub features: Vec<FeatureNode>,
    /// Models, ascending by ordinal; ensembles after their members.
    pub models: Vec<ModelNode>,
    /// What strategies wait for, ascending by ordinal.
    pub triggers: Vec<TriggerNode>,
    /// The `readings` table, if it is written.
    pub readings: Option<ReadingsNode>,
    /// What makes data doubtful, besides its book.
    pub doubts: DoubtSpec,
    /// Clocks of the venues that match by their own: records that do not fit them are doubtful,
    /// but what is made of them is not.
    pub clocks: BTreeMap<u32, VenueClock>,
    /// Ordinal of the rows of `quality`.
    pub quality_ordinal: u16,
}

impl MarketSpec {
    /// Whether each slot has a value only once somebody looks, when a bar closes or with a trade.
    /// The columns of other instruments are looked up too.
    pub(super) fn looked_up(&self, with_trade: bool) -> Vec<bool> {
        let mut found = vec![true; self.slots as usize];
        found[slot::TICK] = false;
        found[slot::LOT] = false;
        found[slot::FUNDING_RATE] = false;
        if with_trade {
            found[slot::PRICE] = false;
            found[slot::QUANTITY] = false;
        }
        let of_bar = |bar: &BarNode| bar.slot..bar.slot + BAR_COLUMNS.len() as u32;
        let of_node = |node: &IndicatorNode| node.slot..node.slot + node.outputs;
        for stepped in self.bars.iter().map(of_bar).chain(self.indicators.iter().map(of_node)) {
            found[stepped.start as usize..stepped.end as usize].fill(false);
        }
        found
    }
}

/// What every operator of the plan has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// Name in the job file.
    pub name: Text,
    /// Its place in the order key.
    pub ordinal: u16,
}

/// A kind of bar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BarNode {
    /// Name and ordinal.
    pub node: Node,
    /// How it is cut.
    pub kind: BarKind,
    /// The bar that it is built from, if it is: an index in [`MarketSpec::bars`], below its own.
    pub upstream: Option<u16>,
    /// Slot of its first column, in the order of [`crate::bars::BAR_COLUMNS`].
    pub slot: u32,
}

/// When an indicator steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Driver {
    /// When this bar closes (index in [`MarketSpec::bars`]).
    Bar(u16),
    /// At each trade.
    Trade,
}

impl Driver {
    /// Is it one of the bars that are closing?
    pub(super) fn is_in(self, closing: &[bool]) -> bool {
        matches!(self, Driver::Bar(bar) if closing[usize::from(bar)])
    }
}

/// An indicator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IndicatorNode {
    /// Name and ordinal.
    pub node: Node,
    /// Kind and parameters.
    pub spec: IndicatorSpec,
    /// When it steps.
    pub driver: Driver,
    /// Slots that it reads.
    pub inputs: Vec<u32>,
    /// Slot of its first output; the others follow.
    pub slot: u32,
    /// How many outputs.
    pub outputs: u32,
}

/// A feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeatureNode {
    /// Name and ordinal.
    pub node: Node,
    /// Kind and parameters.
    pub spec: FeatureSpec,
    /// Slot of its first column, in the order of its catalogue entry's outputs.
    pub slot: u32,
}

/// What a strategy waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TriggerOn {
    /// A bar closes (index in [`MarketSpec::bars`]).
    Bar(u16),
    /// A trade.
    Trade,
    /// A best bid and offer from the feed.
    Quote,
    /// The end of a message about the book.
    Book,
    /// Each multiple of a span of event time, and so long after it.
    Every {
        /// The span.
        every: Span,
        /// How long after; less than the span.
        offset: Span,
    },
    /// An article takes effect in a feature of sentiment.
    News,
    /// A funding rate.
    Funding,
}

impl TriggerOn {
    /// Each multiple of a span of event time.
    pub const fn every(every: Span) -> TriggerOn {
        TriggerOn::Every { every, offset: Span(0) }
    }
}

/// A strategy as the market sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TriggerNode {
    /// The strategy's name and ordinal.
    pub node: Node,
    /// Index of the strategy in the plan.
    pub strategy: u16,
    /// What it waits for.
    pub on: TriggerOn,
    /// Instruments whose moments these are, ascending: those that it trades, or some of its legs.
    pub instruments: Vec<u32>,
    /// Slots that its rules read, in the order in which the rules know them.
    pub slots: Vec<u32>,
}

/// Which columns `readings` has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadingsNode {
    /// Ordinal of its rows.
    pub ordinal: u16,
    /// Slots of its columns.
    pub slots: Vec<u32>,
    /// Written when a bar closes too, not only at triggers of strategies?
    pub at_bars: bool,
}

/// A strategy's moment: evaluated once, with these values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trigger {
    /// The cause's components with the strategy's ordinal.
    pub key: OrderKey,
    /// Index of the strategy in the plan.
    pub strategy: u16,
    /// Index of the instrument.
    pub instrument: u32,
    /// Is the instrument's data doubtful?
    pub tainted: bool,
    /// One value a slot of [`TriggerNode::slots`]; NaN is null.
    pub values: Vec<f64>,
}
