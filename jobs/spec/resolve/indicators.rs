//! Indicators: typed, put into topological order, computed once where they are the same.

use super::{
    Context, Ordinals,
    columns::Columns,
    inputs::{self, On, named, see_through},
    wiring::{owner, wire},
};
use crate::spec::{JobError, document::Cursor, raw::IndicatorText, suggest};
use operators::{
    indicators::{Entry, IndicatorSpec, Input, Output, Parameter},
    market::{BarNode, IndicatorNode, Node},
};
use pipeline::plan::ColumnPlan;
use serde_spanned::Spanned;
use std::collections::{BTreeMap, BTreeSet};
use toml::de::{DeTable, DeValue};

/// An indicator with its type.
pub(super) struct Parsed<'a> {
    pub name: &'a str,
    at: Cursor<'a, 'a>,
    pub spec: IndicatorSpec,
    /// What it is computed on: one name, two where it reads two columns, or one for each column of
    /// a bar.
    pub on: Vec<On<'a>>,
    /// When it steps, where it says so: a bar or `trade`.
    pub when: Option<On<'a>>,
    pub outputs: Vec<Output>,
}

impl Parsed<'_> {
    /// The column of an output.
    pub fn column(&self, output: &Output) -> String {
        match self.outputs.len() {
            1 => self.name.to_owned(),
            _ => format!("{}_{}", self.name, output.name),
        }
    }
}

/// All indicators, dependencies first, else by name.
pub(super) fn resolve(
    cx: &Context<'_>,
    bars: &[BarNode],
    columns: &mut Columns,
    ordinals: &mut Ordinals,
) -> Result<Vec<IndicatorNode>, JobError> {
    columns.begin_indicators();
    let section = cx.at("indicators");
    let mut parsed = Vec::new();
    for name in cx.spec.indicators.keys() {
        let indicator = parse(cx, name, section.get(name))?;
        columns.define(name, "an indicator", &indicator.at)?;
        for output in indicator.outputs.iter().filter(|_| indicator.outputs.len() > 1) {
            let column = indicator.column(output);
            columns.define(&column, &format!("a column of `{name}`"), &indicator.at)?;
        }
        parsed.push(indicator);
    }
    see_through(&mut parsed, columns)?;
    let mut nodes: Vec<IndicatorNode> = Vec::new();
    for at in order(&parsed, columns)? {
        let indicator = &parsed[at];
        let wiring = wire(indicator, &parsed, (bars, &nodes), columns)?;
        let reads = indicator.spec.reads();
        let same = |node: &&IndicatorNode| {
            node.spec == indicator.spec
                && node.driver == wiring.driver
                && reads.iter().all(|place| node.inputs[*place] == wiring.inputs[*place])
        };
        if let Some(node) = nodes.iter().find(same) {
            for (i, output) in indicator.outputs.iter().enumerate() {
                columns.share(&indicator.column(output), node.slot + i as u32);
            }
            continue;
        }
        let slot = columns.plans().len() as u32;
        for output in &indicator.outputs {
            columns.push(ColumnPlan {
                name: indicator.column(output),
                doc: output.doc.to_owned(),
                unit: output.unit.of(&wiring.unit),
                warm_up: wiring.warm_up + output.warm_up,
                operator: describe(&indicator.spec, &wiring.on),
                shared_with: Vec::new(),
            });
        }
        nodes.push(IndicatorNode {
            node: Node { name: indicator.name.into(), ordinal: ordinals.next() },
            spec: indicator.spec.clone(),
            driver: wiring.driver,
            inputs: wiring.inputs,
            slot,
            outputs: indicator.outputs.len() as u32,
        });
    }
    Ok(nodes)
}

/// What the job leaves to the defaults of indicators.
pub(super) fn assumptions(cx: &Context<'_>) -> Vec<String> {
    let of = |(name, IndicatorText(table)): (&String, &IndicatorText)| {
        let (kind, written) = table.iter().next()?;
        let written = written.as_table()?;
        let entry = IndicatorSpec::kinds().iter().find(|entry| entry.kind == kind)?;
        let told = |p: &&Parameter| {
            let theirs = entry.talib_name(p).is_some_and(|name| written.contains_key(name));
            written.contains_key(p.name) || theirs || p.name == "unstable"
        };
        let left_out = entry.parameters.iter().filter(|parameter| !told(parameter));
        let defaults: Vec<String> =
            left_out.filter_map(|p| Some(format!("{} = {}", p.name, p.default?))).collect();
        let all = defaults.join(", ");
        (!all.is_empty()).then(|| format!("indicators: `{name}` takes {kind}'s defaults: {all}"))
    };
    cx.spec.indicators.iter().filter_map(of).collect()
}

/// Splits `on` off and gives the rest its type.
fn parse<'a>(cx: &Context<'a>, name: &'a str, at: Cursor<'a, 'a>) -> Result<Parsed<'a>, JobError> {
    let kinds: Vec<&str> = IndicatorSpec::kinds().iter().map(|entry| entry.kind).collect();
    let table = at.table().filter(|table| table.len() == 1);
    let Some((kind, inner)) = table.and_then(|table| table.iter().next()) else {
        return Err(at
            .error("an indicator is one kind with its parameters")
            .label("not one kind")
            .help(format!("as in {name} = {{ ema = {{ period = 12, on = \"bar_1m.close\" }} }}")));
    };
    let kind_at = at.get(kind.get_ref());
    let kind_name: &str = kind.get_ref();
    let Some(entry) = IndicatorSpec::kinds().iter().find(|entry| entry.kind == kind_name) else {
        return Err(kind_at
            .key_error(format!("there is no indicator `{kind_name}`"))
            .label("not an indicator")
            .help_if(suggest::help(kind_name, &kinds, "indicators")));
    };
    let needs = || {
        // Words and what is held back are seldom told.
        let number = |p: &&Parameter| p.default.is_none_or(|text| text.parse::<f64>().is_ok());
        let told = entry.parameters.iter().filter(|p| p.name != "unstable").filter(number);
        let parameters = told.map(|p| format!("{} = {}, ", p.name, p.default.unwrap_or("…")));
        let parameters: String = parameters.collect();
        let on = input_example(kind_name);
        format!("as in {name} = {{ {kind_name} = {{ {parameters}on = {on} }} }}")
    };
    let DeValue::Table(parameters) = inner.get_ref() else {
        let error = kind_at.error(format!("the parameters of `{kind_name}` are a table"));
        return Err(error.label("not a table").help(needs()));
    };
    let on_at = kind_at.get("on");
    let Some(on) = parameters.get("on") else {
        return Err(kind_at
            .key_error(format!("`{name}` does not say what it is computed on"))
            .label("`on` is needed here")
            .help(needs()));
    };
    let when_at = kind_at.get("at");
    let when = parameters.get("at").map(|when| {
        let error = || when_at.error("`at` is the name of a bar, or \"trade\"").label("not a name");
        named(when.get_ref(), when_at.clone()).ok_or_else(error)
    });
    let when = when.transpose()?;
    let mut parameters = in_our_names(entry, parameters, &kind_at)?;
    parameters.remove("on");
    parameters.remove("at");
    let mut typed = DeTable::new();
    typed.insert(kind.clone(), Spanned::new(inner.span(), DeValue::Table(parameters)));
    let typed = Spanned::new(inner.span(), DeValue::Table(typed));
    let spec: IndicatorSpec =
        cx.document.deserialize(typed).map_err(|error| error.or_help(needs))?;
    let on = inputs::read((&spec, on.get_ref()), &on_at, needs)?;
    let outputs = spec.indicator().outputs();
    Ok(Parsed { name, at, spec, on, when, outputs })
}

/// The parameters, those that are written with TA-Lib's names by ours.
fn in_our_names<'a>(
    entry: &Entry,
    parameters: &DeTable<'a>,
    at: &Cursor<'_, 'a>,
) -> Result<DeTable<'a>, JobError> {
    let mut renamed = DeTable::new();
    for (key, value) in parameters {
        let name = match entry.by_talib_name(key.get_ref()) {
            Some(ours) if parameters.contains_key(ours.name) => {
                let error = at.get(key.get_ref()).key_error(format!(
                    "`{}` is TA-Lib's name of `{}`, which is given too",
                    key.get_ref(),
                    ours.name
                ));
                return Err(error.label("given twice").help("leave one of them out"));
            }
            Some(ours) => Spanned::new(key.span(), ours.name.into()),
            // The function takes it, and does not look at it, in TA-Lib too.
            None if entry.kind == "var" && key.get_ref() == "nbdev" => continue,
            None => key.clone(),
        };
        renamed.insert(name, value.clone());
    }
    Ok(renamed)
}

/// What an indicator of this kind can be computed on, as a job writes it.
pub(in crate::spec) fn input_example(kind: &str) -> &'static str {
    let example = IndicatorSpec::examples().into_iter().find(|example| example.kind() == kind);
    match example.map(|example| example.indicator().input()) {
        Some(Input::Bar) => "\"bar_1m\"",
        Some(Input::Pair) => "[\"bar_1m.high\", \"bar_1m.low\"]",
        _ => "\"bar_1m.close\"",
    }
}

/// Dependencies first; of those that are free, by name.
fn order(parsed: &[Parsed<'_>], columns: &Columns) -> Result<Vec<usize>, JobError> {
    // One that another instrument's stands on is computed first for all of them.
    let need = |on: &On<'_>| owner(parsed, columns.split(&on.name).1);
    let needs = |i: usize| parsed[i].on.iter().filter_map(need);
    let mut done = Vec::new();
    let mut waiting: BTreeSet<usize> = (0..parsed.len()).collect();
    while let Some(free) =
        waiting.iter().copied().find(|i| needs(*i).all(|need| !waiting.contains(&need)))
    {
        waiting.remove(&free);
        done.push(free);
    }
    let Some(first) = waiting.first() else { return Ok(done) };
    // Each waits for another, so following these leads around.
    let (mut seen, mut at) = (Vec::new(), *first);
    while !seen.contains(&at) {
        seen.push(at);
        at = needs(at).find(|need| waiting.contains(need)).expect("what waits, waits for one");
    }
    let start = seen.iter().position(|i| *i == at).expect("it was seen");
    let round: Vec<&str> = seen[start..].iter().chain([&at]).map(|i| parsed[*i].name).collect();
    let closes = |on: &&On<'_>| need(on).is_some_and(|need| waiting.contains(&need));
    let on = parsed[at].on.iter().find(closes).expect("it waits for one");
    Err(on
        .at
        .error(format!("indicators depend on each other: {}", round.join(" → ")))
        .label("this closes the circle")
        .help("compute one of them on a bar or on trades"))
}

/// Names and values of an indicator's parameters, in their order.
pub(in crate::spec) fn parameters(spec: &IndicatorSpec) -> Vec<(&'static str, serde_json::Value)> {
    let mut values = serde_json::to_value(spec).expect("parameters are plain data");
    let values = &mut values[spec.kind()];
    let entry = IndicatorSpec::kinds().iter().find(|entry| entry.kind == spec.kind());
    let names = entry.into_iter().flat_map(|entry| entry.parameters).map(|p| p.name);
    names.map(|name| (name, values[name].take())).collect()
}

/// `ema period=12 on bar_1m.close`, without what is as it would be if it were left out.
fn describe(spec: &IndicatorSpec, on: &str) -> String {
    let entry = IndicatorSpec::kinds().iter().find(|entry| entry.kind == spec.kind());
    let defaults: BTreeMap<&str, &str> = entry
        .into_iter()
        .flat_map(|entry| entry.parameters)
        .filter_map(|parameter| Some((parameter.name, parameter.default?)))
        .collect();
    let words = parameters(spec).into_iter().filter_map(|(key, value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let is_default = defaults.get(key).is_some_and(|default| *default == text);
        (!is_default).then(|| format!("{key}={text} "))
    });
    format!("{} {}on {on}", spec.kind(), words.collect::<String>())
}
