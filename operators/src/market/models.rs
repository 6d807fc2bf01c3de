//! Models of one instrument: their sequences of inputs, and the values that are still awaited.
//!
//! An engine does not run models. It asks, and goes on: what it emits meanwhile has holes where
//! those values belong. Its driver collects the questions of many instruments, lets the models
//! answer them together, and gives the answers back; then the holes are filled, and everything is
//! as if each question had been answered at once.

#[cfg(test)]
mod tests;
mod windows;

pub use windows::Windows;

use super::{engine::InstrumentEngine, spec::Driver};
use crate::{
    market::Trigger,
    outputs::Outputs,
    rules::{Context, Rule, RuleState},
};
use schemas::EventTime;
use serde::{Deserialize, Serialize};

/// An input of a model: the last rows of some columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelInput {
    /// Slots of a row's columns, in order.
    pub columns: Vec<u32>,
    /// Rows of the driver that it sees, the present one last.
    pub rows: u32,
}

/// Where a model's values come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelKind {
    /// A runtime is asked.
    Asked {
        /// What it is asked with.
        inputs: Vec<ModelInput>,
        /// Is there a model at all? If not, its fallback stands in from the start.
        available: bool,
        /// From this time on its fallback stands in.
        expires: Option<EventTime>,
        /// What stands in, for each output; empty if the job stops instead.
        fallback: Vec<Rule>,
    },
    /// The weighted mean of the first outputs of models with the same driver, and their weighted
    /// standard deviation.
    Ensemble {
        /// Places in [`super::MarketSpec::models`], before this one.
        members: Vec<u16>,
        /// Their weights; the sum is 1.
        weights: Vec<f64>,
    },
}

/// A model. Its values are as of its driver's last step: null until its inputs have values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelNode {
    /// Name and ordinal.
    pub node: super::Node,
    /// When it is asked.
    pub driver: Driver,
    /// Where its values come from.
    pub kind: ModelKind,
    /// Slot of its first output; the others follow, and then the source: 1 where the model gave
    /// the values, 0 where the fallback did.
    pub slot: u32,
    /// How many outputs.
    pub outputs: u32,
}

impl ModelNode {
    /// The slot that tells the source.
    pub fn source(&self) -> usize {
        (self.slot + self.outputs) as usize
    }
}

/// A question to a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// Its place in [`super::MarketSpec::models`].
    pub model: u16,
    /// Each input's numbers, the earliest row first; finite.
    pub inputs: Vec<Vec<f64>>,
}

/// A model that gave nothing, and has no fallback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoAnswer {
    /// Its place in [`super::MarketSpec::models`].
    pub model: u16,
    /// Since it expired; else it failed.
    pub expired: bool,
}

/// What a model remembers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct ModelState {
    windows: Windows,
    fallback: Vec<RuleState>,
}

/// A model's values at a moment.
enum Given {
    /// Inputs are missing.
    Null,
    /// The answer to a question, or the fallback.
    Asked { ask: usize, fallback: Option<Vec<f64>> },
    /// The fallback from the start.
    Fallback { values: Option<Vec<f64>>, expired: bool },
    /// Follows from other models.
    Derived,
}

/// Models that were asked at one moment.
type Moment = Vec<(u16, Given)>;

/// Where an awaited value belongs.
enum Place {
    Readings(usize),
    Trigger(usize),
}

struct Hole {
    /// The moment that it shows.
    moment: usize,
    place: Place,
    value: usize,
    slot: u32,
}

/// What is awaited.
#[derive(Default)]
pub(super) struct Awaited {
    asks: Vec<Ask>,
    moments: Vec<Moment>,
    holes: Vec<Hole>,
}

impl ModelState {
    pub fn start(node: &ModelNode) -> ModelState {
        match &node.kind {
            ModelKind::Asked { inputs, fallback, .. } => ModelState {
                windows: Windows::new(inputs.len()),
                fallback: fallback.iter().map(Rule::start).collect(),
            },
            ModelKind::Ensemble { .. } => ModelState::default(),
        }
    }

    /// Is it the state of this node?
    pub fn fits(&self, node: &ModelNode) -> bool {
        let start = ModelState::start(node);
        let rules = self.fallback.iter().zip(&start.fallback);
        self.windows.len() == start.windows.len()
            && self.fallback.len() == start.fallback.len()
            && rules.into_iter().all(|(own, start)| own.len() == start.len())
    }
}

impl InstrumentEngine {
    /// Questions that wait for answers.
    pub fn asks(&self) -> &[Ask] {
        &self.awaited.asks
    }

    /// Has what was emitted holes?
    pub fn is_waiting(&self) -> bool {
        !self.awaited.moments.is_empty()
    }

    /// Asks the models that this driver moves.
    pub(super) fn ask_models(&mut self, ts: EventTime, moves: impl Fn(Driver) -> bool) {
        if !self.spec.models.iter().any(|node| moves(node.driver)) {
            return;
        }
        self.look(ts);
        let mut moment = Moment::new();
        let context = Context { row: &self.row, ts: ts.0 };
        for (i, node) in self.spec.models.iter().enumerate().filter(|(_, n)| moves(n.driver)) {
            let state = &mut self.models[i];
            let given = match &node.kind {
                ModelKind::Ensemble { .. } => Given::Derived,
                ModelKind::Asked { inputs, available, expires, fallback } => {
                    let question = state.windows.take(inputs, &self.row);
                    // Evaluated every time: `prev` in it counts steps of the driver.
                    let rules = fallback.iter().zip(&mut state.fallback);
                    let values: Vec<f64> = rules.map(|(r, s)| r.number(&context, s)).collect();
                    let values = (!values.is_empty()).then_some(values);
                    let expired = expires.is_some_and(|at| ts >= at);
                    match question {
                        _ if expired || !available => Given::Fallback { values, expired },
                        None => Given::Null,
                        Some(inputs) => {
                            self.awaited.asks.push(Ask { model: i as u16, inputs });
                            let ask = self.awaited.asks.len() - 1;
                            Given::Asked { ask, fallback: values }
                        }
                    }
                }
            };
            moment.push((i as u16, given));
        }
        self.awaited.moments.push(moment);
    }

    /// Remembers which values of a row that was just emitted are awaited.
    fn leave_holes(&mut self, slots: &[u32], place: impl Fn() -> Place) {
        let Some(moment) = self.awaited.moments.len().checked_sub(1) else { return };
        for (value, slot) in slots.iter().enumerate() {
            if self.model_slots.contains(slot) {
                self.awaited.holes.push(Hole { moment, place: place(), value, slot: *slot });
            }
        }
    }

    pub(super) fn leave_holes_in_readings(&mut self, slots: &[u32], row: usize) {
        self.leave_holes(slots, || Place::Readings(row));
    }

    pub(super) fn leave_holes_in_trigger(&mut self, slots: &[u32], row: usize) {
        self.leave_holes(slots, || Place::Trigger(row));
    }

    /// Takes the answers to all questions, in their order; `None` where a model failed. `out` and
    /// `triggers` are those that the questions were asked with, unchanged but for more rows.
    ///
    /// # Errors
    /// When a model gave nothing and has no fallback.
    pub fn answer(
        &mut self,
        answers: &[Option<Vec<f64>>],
        out: &mut Outputs,
        triggers: &mut [Trigger],
    ) -> Result<(), NoAnswer> {
        self.take_run();
        let Awaited { asks, moments, holes } = std::mem::take(&mut self.awaited);
        assert_eq!(asks.len(), answers.len(), "each question has its answer");
        let mut holes = holes.into_iter().peekable();
        for (at, moment) in moments.into_iter().enumerate() {
            for (model, given) in moment {
                self.settle(model, given, answers)?;
            }
            while let Some(hole) = holes.next_if(|hole| hole.moment == at) {
                let values = match hole.place {
                    Place::Readings(row) => &mut out.readings[row].values,
                    Place::Trigger(row) => &mut triggers[row].values,
                };
                values[hole.value] = self.row[hole.slot as usize];
            }
        }
        Ok(())
    }

    fn settle(
        &mut self,
        model: u16,
        given: Given,
        answers: &[Option<Vec<f64>>],
    ) -> Result<(), NoAnswer> {
        let node = &self.spec.models[usize::from(model)];
        let (values, source) = match given {
            Given::Null => (None, f64::NAN),
            Given::Asked { ask, fallback } => match (&answers[ask], fallback) {
                (Some(values), _) => (Some(values.clone()), 1.0),
                (None, Some(values)) => (Some(values), 0.0),
                (None, None) => return Err(NoAnswer { model, expired: false }),
            },
            Given::Fallback { values: Some(values), .. } => (Some(values), 0.0),
            Given::Fallback { expired, .. } => return Err(NoAnswer { model, expired }),
            Given::Derived => {
                let ModelKind::Ensemble { members, weights } = &node.kind else {
                    unreachable!("only ensembles are derived")
                };
                let nodes = members.iter().map(|m| &self.spec.models[usize::from(*m)]);
                let of = |slot: usize| self.row[slot];
                let each: Vec<f64> = nodes.clone().map(|n| of(n.slot as usize)).collect();
                let source = nodes.map(|n| of(n.source())).fold(1.0, least);
                (Some(ensemble(&each, weights)), source)
            }
        };
        let start = node.slot as usize;
        for (i, slot) in (start..start + node.outputs as usize).enumerate() {
            let value = values.as_ref().and_then(|values| values.get(i)).copied();
            // Infinity is null, as at every boundary of an operator.
            self.row[slot] = value.filter(|x| x.is_finite()).unwrap_or(f64::NAN);
        }
        self.row[node.source()] = source;
        Ok(())
    }
}

/// The lesser of two, null if either is.
fn least(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.min(b) }
}

/// Weighted mean and weighted standard deviation, in the order of the members.
fn ensemble(each: &[f64], weights: &[f64]) -> Vec<f64> {
    let all = || each.iter().zip(weights);
    let mean: f64 = all().map(|(x, w)| w * x).sum();
    let variance: f64 = all().map(|(x, w)| w * (x - mean) * (x - mean)).sum();
    vec![mean, variance.sqrt()]
}
