//! Answers the questions of engines, those of many instruments together.

use super::{Input, ModelPlan};
use crate::{RunError, clock::Stopwatch, plan::Plan};
use operators::{
    market::{Ask, InstrumentEngine, Trigger},
    models::{Batched, Tensor, Values},
    outputs::Outputs,
};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

/// What running a model cost so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct ModelCost {
    /// Calls of the runtime.
    pub calls: u64,
    /// Rows that were answered.
    pub rows: u64,
    /// Rows that it failed on.
    pub failed: u64,
    /// All calls together.
    pub seconds: f64,
    /// The longest call.
    pub longest_seconds: f64,
    /// What a call should take at most.
    pub budget_seconds: Option<f64>,
    /// Calls that took longer.
    pub over_budget: u64,
}

/// Costs of models by name; no result depends on them.
#[derive(Debug, Default)]
pub struct ModelMeter(Mutex<BTreeMap<String, ModelCost>>);

impl ModelMeter {
    /// What each cost so far.
    pub fn costs(&self) -> BTreeMap<String, ModelCost> {
        self.0.lock().expect("no holder panics").clone()
    }

    fn add(&self, name: &str, budget: Option<Duration>, took: Duration, rows: u64, failed: u64) {
        let mut costs = self.0.lock().expect("no holder panics");
        if !costs.contains_key(name) {
            costs.insert(name.to_owned(), ModelCost::default());
        }
        let Some(cost) = costs.get_mut(name) else { return };
        cost.calls += 1;
        cost.rows += rows;
        cost.failed += failed;
        cost.seconds += took.as_secs_f64();
        cost.longest_seconds = cost.longest_seconds.max(took.as_secs_f64());
        cost.budget_seconds = budget.map(|budget| budget.as_secs_f64());
        cost.over_budget += u64::from(budget.is_some_and(|budget| took > budget));
    }
}

/// A model that answers questions: numbers to tensors, scaled if the model says so, and back.
pub struct Answerer {
    model: Batched,
    inputs: Vec<Input>,
    tensors: Vec<Tensor>,
}

impl Answerer {
    /// A model with its inputs, in the order of its graph.
    pub fn new(model: Batched, inputs: Vec<Input>) -> Answerer {
        Answerer { model, inputs, tensors: Vec::new() }
    }

    /// Puts the questions into the tensors of the last time, whose room is there already.
    fn fill(&mut self, asks: &[&Ask]) {
        let mut last = std::mem::take(&mut self.tensors).into_iter().map(Tensor::into_values);
        let tensor = |(i, input): (usize, &Input)| {
            let none = || Values::with_capacity(input.element, 0);
            let mut values = last.next().unwrap_or_else(none);
            values.clear();
            asks.iter().for_each(|ask| values.extend(&ask.inputs[i]));
            Tensor::new([vec![asks.len()], input.shape.clone()].concat(), values)
        };
        self.tensors = self.inputs.iter().enumerate().map(tensor).collect();
    }

    /// The outputs for each question, as one list of numbers; `None` where the model failed. One
    /// row may be at fault when a batch fails, and the others must not depend on it.
    ///
    /// # Panics
    /// Without a question.
    pub fn answer(&mut self, asks: &[&Ask]) -> Vec<Option<Vec<f64>>> {
        self.fill(asks);
        match self.model.answer(&mut self.tensors) {
            Ok(outputs) => rows(&outputs, asks.len()),
            Err(error) if asks.len() == 1 => {
                tracing::debug!(%error, "a model failed on a row");
                vec![None]
            }
            Err(error) => {
                tracing::debug!(%error, "a model failed on a batch; its rows are tried alone");
                asks.iter().flat_map(|ask| self.answer(&[*ask])).collect()
            }
        }
    }
}

/// A worker's models.
pub(crate) struct Runner {
    plan: Arc<Plan>,
    /// One for each model of the plan that is asked.
    models: Vec<Option<Answerer>>,
    meter: Arc<ModelMeter>,
}

impl Runner {
    /// Opens the plan's models.
    ///
    /// # Errors
    /// When one is no longer what the plan was made with.
    pub fn open(plan: &Arc<Plan>, meter: &Arc<ModelMeter>) -> Result<Runner, RunError> {
        let open = |model: &ModelPlan| match &model.file {
            Some(file) => match file.open() {
                Ok(opened) => Ok(Some(Answerer::new(opened.model, file.inputs.clone()))),
                Err(error) => {
                    let why = error.to_string();
                    Err(RunError::Model { model: model.name.to_string(), why })
                }
            },
            None => Ok(None),
        };
        let models = plan.models.iter().map(open).collect::<Result<_, _>>()?;
        Ok(Runner { plan: Arc::clone(plan), models, meter: Arc::clone(meter) })
    }

    /// Fills every hole that the engines left in what they emitted.
    ///
    /// # Errors
    /// When a model fails that has no fallback.
    pub fn settle<'a>(
        &mut self,
        engines: impl Iterator<Item = &'a mut InstrumentEngine>,
        out: &mut Outputs,
        triggers: &mut [Trigger],
    ) -> Result<(), RunError> {
        if self.models.is_empty() {
            return Ok(());
        }
        let mut waiting: Vec<&mut InstrumentEngine> =
            engines.filter(|engine| engine.is_waiting()).collect();
        let mut answers: Vec<Vec<Option<Vec<f64>>>> =
            waiting.iter().map(|engine| vec![None; engine.asks().len()]).collect();
        for model in 0..self.models.len() {
            // Which question of which engine.
            let mut places = Vec::new();
            let mut asks: Vec<&Ask> = Vec::new();
            for (e, engine) in waiting.iter().enumerate() {
                let all = engine.asks().iter().enumerate();
                for (a, ask) in all.filter(|(_, ask)| usize::from(ask.model) == model) {
                    places.push((e, a));
                    asks.push(ask);
                }
            }
            if !asks.is_empty() {
                let found = self.ask(model, &asks);
                for ((e, a), answer) in places.into_iter().zip(found) {
                    answers[e][a] = answer;
                }
            }
        }
        for (engine, answers) in waiting.iter_mut().zip(&answers) {
            engine.answer(answers, out, triggers).map_err(|none| {
                let name = &self.plan.models[usize::from(none.model)].name;
                let why = if none.expired { "it has expired" } else { "it failed" };
                let why = format!("{why}, and the job states no fallback");
                RunError::Model { model: name.to_string(), why }
            })?;
        }
        Ok(())
    }

    /// The answers of a model, a batch at a time.
    fn ask(&mut self, model: usize, asks: &[&Ask]) -> Vec<Option<Vec<f64>>> {
        let plan = &self.plan.models[model];
        let Some(answerer) = &mut self.models[model] else { return vec![None; asks.len()] };
        let budget = plan.budget.map(|span| Duration::from_nanos(span.0.max(0) as u64));
        let mut answers = Vec::with_capacity(asks.len());
        while answers.len() < asks.len() {
            let rest = &asks[answers.len()..];
            let part = &rest[..rest.len().min(answerer.model.rows_at_once())];
            let watch = Stopwatch::start();
            let found = answerer.answer(part);
            let took = watch.elapsed();
            let failed = found.iter().filter(|answer| answer.is_none()).count();
            answers.extend(found);
            self.meter.add(&plan.name, budget, took, part.len() as u64, failed as u64);
            // Fewer rows at once change no result, and a worker is back sooner.
            if budget.is_some_and(|budget| took > budget) && part.len() > 1 {
                answerer.model.limit(part.len() / 2);
            }
        }
        answers
    }
}

/// Each row's outputs, one after the other.
fn rows(outputs: &[Tensor], count: usize) -> Vec<Option<Vec<f64>>> {
    let row = |row: usize| {
        let of = |output: &Tensor| {
            let (values, width) = (output.values(), output.width());
            (row * width..(row + 1) * width).map(|i| values.number(i)).collect::<Vec<f64>>()
        };
        Some(outputs.iter().flat_map(of).collect())
    };
    (0..count).map(row).collect()
}
