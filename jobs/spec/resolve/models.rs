//! Models: their files read, what runs them chosen, their inputs and outputs wired to columns.

mod ensemble;
mod shapes;

use super::{Context, Ordinals, columns::Columns, rules::market_rule};
use crate::spec::{
    JobError,
    document::Cursor,
    raw::{FallbackText, InputsText, ModelText, OnnxText},
    suggest,
};
use operators::{
    market::{BarNode, Driver, ModelInput, ModelKind, ModelNode, Node},
    rules::Rule,
};
use pipeline::{
    models::{Golden, ModelFile, ModelPlan, OpenError},
    plan::{ColumnPlan, SOURCE_UNIT},
};
use shapes::Wanted;
use std::{collections::BTreeSet, fs, path::PathBuf};

/// The models of a job.
pub(super) struct Models {
    pub nodes: Vec<ModelNode>,
    pub plans: Vec<ModelPlan>,
    /// Slots that no rule may read.
    pub shadows: BTreeSet<u32>,
}

impl Models {
    /// Names and digests of the models behind some slots.
    pub fn digests(&self, slots: &[u32]) -> Option<String> {
        let mut used = BTreeSet::new();
        for (i, node) in self.nodes.iter().enumerate() {
            if !slots.iter().any(|slot| (node.slot..=node.source() as u32).contains(slot)) {
                continue;
            }
            match &node.kind {
                ModelKind::Asked { .. } => used.extend([i]),
                ModelKind::Ensemble { members, .. } => {
                    used.extend(members.iter().map(|member| usize::from(*member)));
                }
            }
        }
        let digest = |i: &usize| {
            let ModelPlan { name, file, .. } = &self.plans[*i];
            let bytes = file.as_ref().map_or("fallback", |file| file.sha256.as_str());
            format!("{name}:{bytes}")
        };
        let digests: Vec<String> = used.iter().map(digest).collect();
        (!digests.is_empty()).then(|| digests.join(","))
    }

    /// Adds a model with its columns.
    fn push(
        &mut self,
        columns: &mut Columns,
        ordinal: u16,
        model: Described<'_>,
        (kind, plan): (ModelKind, ModelPlan),
    ) -> Result<(), JobError> {
        let slot = columns.plans().len() as u32;
        let source = format!("{}_source", model.name);
        let outputs = model.outputs.iter().map(|(name, doc)| (name, doc.as_str(), "number"));
        let tells = "model where the model gave the values, fallback where its rule did";
        for (column, doc, unit) in outputs.chain([(&source, tells, SOURCE_UNIT)]) {
            if column != model.name {
                columns.define(column, &format!("a column of `{}`", model.name), model.at)?;
            }
            columns.push(ColumnPlan {
                name: column.clone(),
                doc: doc.to_owned(),
                unit: unit.to_owned(),
                warm_up: model.warm_up,
                operator: model.operator.clone(),
                shared_with: Vec::new(),
            });
        }
        let outputs = model.outputs.len() as u32;
        if model.shadow {
            self.shadows.extend(slot..=slot + outputs);
        }
        let node = Node { name: model.name.into(), ordinal };
        self.nodes.push(ModelNode { node, driver: model.driver, kind, slot, outputs });
        self.plans.push(plan);
        Ok(())
    }
}

/// A model's columns.
struct Described<'a> {
    name: &'a str,
    at: &'a Cursor<'a, 'a>,
    driver: Driver,
    /// Columns and what they are.
    outputs: Vec<(String, String)>,
    warm_up: usize,
    operator: String,
    shadow: bool,
}

/// Models by name, then ensembles by name.
pub(super) fn resolve(
    cx: &Context<'_>,
    bars: &[BarNode],
    columns: &mut Columns,
    ordinals: &mut Ordinals,
) -> Result<Models, JobError> {
    let section = cx.at("models");
    let mut models = Models { nodes: Vec::new(), plans: Vec::new(), shadows: BTreeSet::new() };
    for name in cx.spec.models.keys() {
        columns.define(name, "a model", &section.get(name))?;
    }
    // Inputs and fallbacks are read before any model has columns: no model stands on another.
    let mut read = Vec::new();
    for (name, text) in &cx.spec.models {
        if let ModelText::Onnx(onnx) = text {
            let at = section.get(name).get("onnx");
            read.push((name, onnx, Read::of(cx, name, onnx, &at, bars, columns)?, at));
        }
    }
    columns.begin_models();
    for (name, onnx, model, at) in read {
        model.add(name, onnx, &at, ordinals.next(), columns, &mut models)?;
    }
    for (name, text) in &cx.spec.models {
        if let ModelText::Ensemble(text) = text {
            let at = section.get(name).get("ensemble");
            ensemble::add(name, text, &at, ordinals.next(), columns, &mut models)?;
        }
    }
    Ok(models)
}

/// What a model says, without its columns.
struct Read {
    driver: Driver,
    on: String,
    inputs: Vec<ModelInput>,
    warm_up: usize,
    /// The outputs' names, empty for one that has the model's.
    outputs: Vec<String>,
    fallback: Vec<Rule>,
    file: Result<ModelFile, OpenError>,
}

impl Read {
    fn of(
        cx: &Context<'_>,
        name: &str,
        onnx: &OnnxText,
        at: &Cursor<'_, '_>,
        bars: &[BarNode],
        columns: &Columns,
    ) -> Result<Read, JobError> {
        let driver = driver(&onnx.on, bars, &at.get("on"))?;
        let wanted = wanted(cx, onnx, at, columns)?;
        let path = path(onnx, at)?;
        let golden = golden(onnx, &path, at)?;
        let library = cx.spec.model.onnxruntime.as_deref();
        let mut rows = Vec::new();
        let opened = golden.and_then(|golden| {
            ModelFile::choose(&path, onnx.backend, library, golden.as_ref(), |graph| {
                let (shapes, found) = wanted.shapes(graph, onnx.rows.map(|rows| rows.get()))?;
                rows = found;
                Ok(shapes)
            })
        });
        let opened = opened.and_then(|(file, graph, opened)| {
            if let Some(sha256) = onnx.sha256.as_ref().filter(|wanted| **wanted != file.sha256) {
                let why = format!("its sha256 is {}, not {sha256}", file.sha256);
                return Err(OpenError::Format(why));
            }
            let outputs = shapes::outputs(&graph, &opened.widths, &onnx.outputs)?;
            Ok((file, outputs))
        });
        let (file, outputs) = match opened {
            Ok((file, outputs)) => (Ok(file), outputs),
            Err(error) if onnx.fallback.is_some() => (Err(error), absent_outputs(onnx)),
            Err(error) => {
                return Err(at
                    .get(if onnx.path.is_some() { "path" } else { "model" })
                    .error(format!("the model `{name}` cannot be used: {error}"))
                    .label("this model")
                    .help("state a fallback to run without it, as in fallback = \"0\""));
            }
        };
        let fallback = fallback(onnx, &outputs, at, columns)?;
        let inputs = wanted.inputs(&rows);
        let of_columns = inputs.iter().flat_map(|i| &i.columns);
        let first = of_columns.map(|slot| columns.plans()[*slot as usize].warm_up).max();
        let most = inputs.iter().map(|input| input.rows as usize).max().unwrap_or(1);
        Ok(Read {
            driver,
            on: onnx.on.clone(),
            warm_up: first.unwrap_or(0) + most - 1,
            inputs,
            outputs,
            fallback,
            file,
        })
    }

    fn add(
        self,
        name: &str,
        onnx: &OnnxText,
        at: &Cursor<'_, '_>,
        ordinal: u16,
        columns: &mut Columns,
        models: &mut Models,
    ) -> Result<(), JobError> {
        let Read { driver, on, inputs, warm_up, outputs, fallback, file } = self;
        let rows = inputs.iter().map(|input| input.rows).max().unwrap_or(1);
        let runs = match &file {
            Ok(file) => format!("{}, sha256 {}", file.pin, &file.sha256[..16]),
            Err(_) => "fallback".to_owned(),
        };
        let shadow = if onnx.shadow { ", shadow" } else { "" };
        let column = |output: &String| match output.is_empty() {
            true => (name.to_owned(), "what the model gives".to_owned()),
            false => (format!("{name}_{output}"), format!("{output} of the model")),
        };
        let described = Described {
            name,
            at,
            driver,
            outputs: outputs.iter().map(column).collect(),
            warm_up,
            operator: format!("onnx on {on}, rows {rows}, {runs}{shadow}"),
            shadow: onnx.shadow,
        };
        let (file, absent) = match file {
            Ok(file) => (Some(file), None),
            Err(error) => (None, Some(error.to_string())),
        };
        let expires = onnx.expires.map(|moment| moment.0);
        let available = file.is_some();
        let kind = ModelKind::Asked { inputs, available, expires, fallback };
        let plan = ModelPlan { name: name.into(), file, absent, budget: onnx.budget };
        models.push(columns, ordinal, described, (kind, plan))
    }
}

fn driver(on: &str, bars: &[BarNode], at: &Cursor<'_, '_>) -> Result<Driver, JobError> {
    if on == "trade" {
        return Ok(Driver::Trade);
    }
    let bar = bars.iter().position(|bar| &*bar.node.name == on);
    bar.map(|bar| Driver::Bar(bar as u16)).ok_or_else(|| {
        let names: Vec<&str> = bars.iter().map(|bar| &*bar.node.name).chain(["trade"]).collect();
        at.error(format!("a model cannot wait for `{on}`"))
            .label("no such bar")
            .help_if(suggest::help(on, &names, "what models can wait for"))
    })
}

/// The columns that each input is to have.
fn wanted(
    cx: &Context<'_>,
    onnx: &OnnxText,
    at: &Cursor<'_, '_>,
    columns: &Columns,
) -> Result<Wanted, JobError> {
    let at = at.get("inputs");
    let slots = |names: &[String], at: Cursor<'_, '_>| -> Result<Vec<u32>, JobError> {
        if names.is_empty() {
            return Err(at.error("an input needs at least one column").label("empty"));
        }
        let slot = |(i, name): (usize, &String)| {
            columns.slot(name).ok_or_else(|| {
                let at = at.get(i);
                if cx.spec.models.contains_key(name) {
                    let why = "a model cannot read another: weigh them in an ensemble";
                    return at.error(why).label("a model");
                }
                let names: Vec<&str> = columns.names().collect();
                at.error(format!("there is no column `{name}`"))
                    .label("no such column")
                    .help_if(suggest::help(name, &names, "columns"))
            })
        };
        names.iter().enumerate().map(slot).collect()
    };
    Ok(match &onnx.inputs {
        InputsText::One(names) => Wanted::One(slots(names, at)?),
        InputsText::Named(named) => Wanted::Named(
            named
                .iter()
                .map(|(input, names)| Ok((input.clone(), slots(names, at.get(input))?)))
                .collect::<Result<_, JobError>>()?,
        ),
    })
}

fn path(onnx: &OnnxText, at: &Cursor<'_, '_>) -> Result<PathBuf, JobError> {
    match (&onnx.path, &onnx.registry, &onnx.model, &onnx.version) {
        (Some(path), None, None, None) => Ok(path.clone()),
        (None, Some(registry), Some(model), Some(version)) => {
            Ok(registry.join(model).join(version).join("model.onnx"))
        }
        _ => Err(at
            .error("a model is named by its path, or by registry, model and version")
            .label("not one of these")
            .help("as in path = \"models/trend.onnx\"")),
    }
}

/// The golden rows that are named, or those beside the file.
fn golden(
    onnx: &OnnxText,
    path: &std::path::Path,
    at: &Cursor<'_, '_>,
) -> Result<Result<Option<Golden>, OpenError>, JobError> {
    let beside = path.with_file_name("golden.json");
    let path = match &onnx.golden {
        Some(path) => path.clone(),
        None if beside.exists() => beside,
        None => return Ok(Ok(None)),
    };
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) => return Ok(Err(OpenError::Read { path, error })),
    };
    Golden::parse(&bytes).map(|golden| Ok(Some(golden))).map_err(|why| {
        let why = format!("{} holds no golden rows: {why}", path.display());
        at.get("golden").error(why).label("not golden rows")
    })
}

/// The outputs of a model that is not there.
fn absent_outputs(onnx: &OnnxText) -> Vec<String> {
    match (&onnx.fallback, onnx.outputs.is_empty()) {
        (_, false) if onnx.outputs.len() > 1 => onnx.outputs.clone(),
        (Some(FallbackText::Named(named)), true) => named.keys().cloned().collect(),
        _ => vec![String::new()],
    }
}

/// The rules that stand in, one for each output.
fn fallback(
    onnx: &OnnxText,
    outputs: &[String],
    at: &Cursor<'_, '_>,
    columns: &Columns,
) -> Result<Vec<Rule>, JobError> {
    let at = at.get("fallback");
    match &onnx.fallback {
        None => Ok(Vec::new()),
        Some(FallbackText::One(rule)) if outputs.len() == 1 => {
            Ok(vec![market_rule(&rule.0, &at, columns)?])
        }
        Some(FallbackText::One(_)) => Err(at
            .error(format!("the model has {} outputs, and this is one rule", outputs.len()))
            .label("one rule")
            .help(format!("write one for each: {}", outputs.join(", ")))),
        Some(FallbackText::Named(named)) => {
            let rule = |output: &String| {
                let rule = named.get(output).ok_or_else(|| {
                    at.error(format!("nothing stands in for the output `{output}`"))
                        .label("an output is missing")
                })?;
                market_rule(&rule.0, &at.get(output), columns)
            };
            outputs.iter().map(rule).collect()
        }
    }
}
