//! Columns of other instruments: which instruments they bind together, and what stands on them.

use super::{
    models::ModelKind,
    spec::{IndicatorNode, MarketSpec},
};
use serde::{Deserialize, Serialize};

/// A column of another instrument, as of the moment at which it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignNode {
    /// Its slot.
    pub slot: u32,
    /// The other instrument.
    pub instrument: u32,
    /// The slot of the column there; not of a model.
    pub column: u32,
}

impl MarketSpec {
    /// Which instruments are stepped together, because one reads columns of another: for each
    /// instrument the first of those, which is itself if there is no other.
    ///
    /// Indicators and models are computed for every instrument, so what they read binds all; what
    /// only strategies read binds those that they trade.
    pub fn clusters(&self, instruments: usize) -> Vec<u32> {
        let mut first: Vec<u32> = (0..instruments as u32).collect();
        let mut bind = |a: u32, b: u32| {
            let (a, b) = (first[a as usize], first[b as usize]);
            first.iter_mut().filter(|of| **of == a.max(b)).for_each(|of| *of = a.min(b));
        };
        for foreign in &self.foreign {
            let of_all = self.indicators.iter().any(|node| node.inputs.contains(&foreign.slot))
                || (0..self.models.len()).any(|model| self.read_by(model).contains(&foreign.slot));
            if of_all {
                (0..instruments as u32).for_each(|reader| bind(reader, foreign.instrument));
                continue;
            }
            for trigger in self.triggers.iter().filter(|t| t.slots.contains(&foreign.slot)) {
                trigger.instruments.iter().for_each(|reader| bind(*reader, foreign.instrument));
            }
        }
        first
    }

    /// The slots that a model reads.
    pub fn read_by(&self, model: usize) -> Vec<u32> {
        match &self.models[model].kind {
            ModelKind::Asked { inputs, fallback, .. } => {
                let inputs = inputs.iter().flat_map(|input| input.columns.iter().copied());
                inputs.chain(fallback.iter().flat_map(|rule| rule.columns())).collect()
            }
            ModelKind::Ensemble { members, .. } => {
                members.iter().map(|member| self.models[usize::from(*member)].slot).collect()
            }
        }
    }

    /// Whether the value of each slot stands on columns of other instruments.
    fn on_foreign(&self) -> Vec<bool> {
        let mut found = vec![false; self.slots as usize];
        self.foreign.iter().for_each(|foreign| found[foreign.slot as usize] = true);
        // What they read stands before them.
        for node in &self.indicators {
            if node.inputs.iter().any(|slot| found[*slot as usize]) {
                found[node.slot as usize..(node.slot + node.outputs) as usize].fill(true);
            }
        }
        for (model, node) in self.models.iter().enumerate() {
            if self.read_by(model).iter().any(|slot| found[*slot as usize]) {
                found[node.slot as usize..=node.source()].fill(true);
            }
        }
        found
    }
}

/// What an engine knows of the columns of others.
pub(super) struct Foreign {
    /// Slots of those columns that are its own, and the slots of the columns.
    pub(super) own: Vec<(usize, usize)>,
    /// Is any of the data doubtful that they were last read from?
    pub(super) tainted: bool,
    /// Do readings stand on them?
    pub(super) in_readings: bool,
    /// Does what each strategy reads?
    pub(super) in_triggers: Vec<bool>,
}

impl Foreign {
    pub(super) fn new(spec: &MarketSpec, index: u32) -> Foreign {
        let on_foreign = spec.on_foreign();
        let any = |slots: &[u32]| slots.iter().any(|slot| on_foreign[*slot as usize]);
        let own = spec.foreign.iter().filter(|node| node.instrument == index);
        Foreign {
            own: own.map(|node| (node.slot as usize, node.column as usize)).collect(),
            tainted: false,
            in_readings: spec.readings.as_ref().is_some_and(|readings| any(&readings.slots)),
            in_triggers: spec.triggers.iter().map(|trigger| any(&trigger.slots)).collect(),
        }
    }

    /// Copies its own columns to where it reads them as another's.
    #[inline(always)]
    pub(super) fn copy_own(&self, row: &mut [f64]) {
        for (slot, column) in &self.own {
            row[*slot] = row[*column];
        }
    }
}

impl IndicatorNode {
    /// Does it read a column of another instrument itself?
    pub(super) fn reads(&self, foreign: &[ForeignNode]) -> bool {
        foreign.iter().any(|node| self.inputs.contains(&node.slot))
    }
}
