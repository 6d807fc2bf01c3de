//! Indicators: typed, put into topological order, computed once where they are the same.

use super::{Context, Ordinals, columns::Columns};
use crate::spec::{JobError, document::Cursor, suggest};
use operators::{
    indicators::{BAR_COLUMNS, IndicatorSpec, Input, Output},
    market::{BarNode, Driver, IndicatorNode, Node, slot},
};
use pipeline::plan::ColumnPlan;
use serde_spanned::Spanned;
use std::collections::{BTreeMap, BTreeSet};
use toml::de::{DeTable, DeValue};

/// An indicator with its type.
struct Parsed<'a> {
    name: &'a str,
    at: Cursor<'a, 'a>,
    spec: IndicatorSpec,
    on: &'a str,
    on_at: Cursor<'a, 'a>,
    outputs: Vec<Output>,
}

impl Parsed<'_> {
    /// The column of an output.
    fn column(&self, output: &Output) -> String {
        match self.outputs.len() {
            1 => self.name.to_owned(),
            _ => format!("{}_{}", self.name, output.name),
        }
    }
}

/// What an indicator reads, and when.
struct Wiring {
    driver: Driver,
    inputs: Vec<u32>,
    /// Rows of the driver before there is input.
    warm_up: usize,
    /// As the plan shows it.
    on: String,
    unit: String,
}

/// All indicators, dependencies first, else by name.
pub(super) fn resolve(
    cx: &Context<'_>,
    bars: &[BarNode],
    columns: &mut Columns,
    ordinals: &mut Ordinals,
) -> Result<Vec<IndicatorNode>, JobError> {
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
    let mut nodes: Vec<IndicatorNode> = Vec::new();
    for at in order(&parsed)? {
        let indicator = &parsed[at];
        let wiring = wire(indicator, &parsed, bars, columns)?;
        let same = |node: &&IndicatorNode| {
            node.spec == indicator.spec
                && node.driver == wiring.driver
                && node.inputs == wiring.inputs
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
                unit: wiring.unit.clone(),
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
        let parameters = entry.parameters.iter().map(|p| format!("{} = …, ", p.name));
        let parameters: String = parameters.collect();
        let on = input_example(kind_name);
        format!("as in {name} = {{ {kind_name} = {{ {parameters}on = \"{on}\" }} }}")
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
    let Some(on) = on.get_ref().as_str() else {
        return Err(on_at.error("`on` is the name of a column").label("not a name").help(needs()));
    };
    let mut parameters = parameters.clone();
    parameters.remove("on");
    let mut typed = DeTable::new();
    typed.insert(kind.clone(), Spanned::new(inner.span(), DeValue::Table(parameters)));
    let typed = Spanned::new(inner.span(), DeValue::Table(typed));
    let spec: IndicatorSpec =
        cx.document.deserialize(typed).map_err(|error| error.or_help(needs))?;
    let outputs = spec.indicator().outputs();
    Ok(Parsed { name, at, spec, on, on_at, outputs })
}

/// What an indicator of this kind can be computed on.
pub(in crate::spec) fn input_example(kind: &str) -> &'static str {
    let example = IndicatorSpec::examples().into_iter().find(|example| example.kind() == kind);
    match example.map(|example| example.indicator().input()) {
        Some(Input::Bar) => "bar_1m",
        _ => "bar_1m.close",
    }
}

/// The indicator that has this column.
fn owner(parsed: &[Parsed<'_>], column: &str) -> Option<usize> {
    parsed.iter().position(|p| p.outputs.iter().any(|output| p.column(output) == column))
}

/// Dependencies first; of those that are free, by name.
fn order(parsed: &[Parsed<'_>]) -> Result<Vec<usize>, JobError> {
    let needs: Vec<Option<usize>> = parsed.iter().map(|p| owner(parsed, p.on)).collect();
    let mut done = Vec::new();
    let mut waiting: BTreeSet<usize> = (0..parsed.len()).collect();
    while let Some(free) =
        waiting.iter().copied().find(|i| needs[*i].is_none_or(|need| !waiting.contains(&need)))
    {
        waiting.remove(&free);
        done.push(free);
    }
    let Some(first) = waiting.first() else { return Ok(done) };
    // Each has one input, so following it leads around.
    let (mut seen, mut at) = (Vec::new(), *first);
    while !seen.contains(&at) {
        seen.push(at);
        at = needs[at].expect("what waits has an input");
    }
    let start = seen.iter().position(|i| *i == at).expect("it was seen");
    let round: Vec<&str> = seen[start..].iter().chain([&at]).map(|i| parsed[*i].name).collect();
    Err(parsed[at]
        .on_at
        .error(format!("indicators depend on each other: {}", round.join(" → ")))
        .label("this closes the circle")
        .help("compute one of them on a bar or on trades"))
}

fn wire(
    indicator: &Parsed<'_>,
    parsed: &[Parsed<'_>],
    bars: &[BarNode],
    columns: &Columns,
) -> Result<Wiring, JobError> {
    let on = indicator.on;
    let whole = indicator.spec.indicator().input() == Input::Bar;
    let kind = indicator.spec.kind();
    let (bar_name, bar_column) = on.split_once('.').unwrap_or((on, "close"));
    let bar = bars.iter().position(|bar| &*bar.node.name == bar_name);
    let slot_of = |column: &str| columns.slot(&format!("{bar_name}.{column}"));
    let plan = |slot: u32| &columns.plans()[slot as usize];
    if whole {
        let (Some(bar), false) = (bar, on.contains('.')) else {
            let names: Vec<&str> = bars.iter().map(|bar| &*bar.node.name).collect();
            let help = match bar {
                Some(_) => Some(format!("write on = \"{bar_name}\"")),
                None => suggest::help(on, &names, "bars"),
            };
            return Err(indicator
                .on_at
                .error(format!("`{kind}` reads whole bars, and `{on}` is none"))
                .label("not a bar")
                .help_if(help));
        };
        let inputs = BAR_COLUMNS.map(|column| slot_of(column).expect("bars have these"));
        let driver = Driver::Bar(bar as u16);
        let unit = unit_of(kind, "price");
        return Ok(Wiring { driver, inputs: inputs.into(), warm_up: 0, on: on.to_owned(), unit });
    }
    let wiring = |driver, input: u32, warm_up, on: &str| Wiring {
        driver,
        inputs: vec![input],
        warm_up,
        on: on.to_owned(),
        unit: unit_of(kind, &plan(input).unit),
    };
    if let (Some(bar), Some(input)) = (bar, slot_of(bar_column)) {
        let on = format!("{bar_name}.{bar_column}");
        return Ok(wiring(Driver::Bar(bar as u16), input, 0, &on));
    }
    match on {
        "trade.price" => return Ok(wiring(Driver::Trade, slot::PRICE as u32, 0, on)),
        "trade.quantity" => return Ok(wiring(Driver::Trade, slot::QUANTITY as u32, 0, on)),
        _ => {}
    }
    if let (Some(upstream), Some(input)) = (owner(parsed, on), columns.slot(on)) {
        // It stands before this one, so its own input is known by now.
        let driver = driver_of(&parsed[upstream], parsed, bars);
        return Ok(wiring(driver, input, plan(input).warm_up, on));
    }
    Err(unknown(indicator, parsed, bars, columns))
}

/// What moves an indicator, through the indicators that it stands on.
fn driver_of(indicator: &Parsed<'_>, parsed: &[Parsed<'_>], bars: &[BarNode]) -> Driver {
    let mut at = indicator;
    while let Some(upstream) = owner(parsed, at.on) {
        at = &parsed[upstream];
    }
    let bar = at.on.split('.').next().unwrap_or_default();
    match bars.iter().position(|b| &*b.node.name == bar) {
        Some(bar) => Driver::Bar(bar as u16),
        None => Driver::Trade,
    }
}

fn unknown(
    indicator: &Parsed<'_>,
    parsed: &[Parsed<'_>],
    bars: &[BarNode],
    columns: &Columns,
) -> JobError {
    let on = indicator.on;
    let error = indicator.on_at.error(format!("`{}` cannot be computed on `{on}`", indicator.name));
    if let Some(multiple) = parsed.iter().find(|p| p.name == on) {
        let outputs: Vec<String> = multiple.outputs.iter().map(|o| multiple.column(o)).collect();
        return error.label("several columns").help(format!("its columns: {}", outputs.join(", ")));
    }
    if columns.slot(on).is_some() || indicator.on.split('.').next() == Some("trade") {
        return error
            .label("not a series")
            .help("series are bars, trade.price, trade.quantity and other indicators");
    }
    let mut names: BTreeMap<String, ()> = BTreeMap::new();
    for bar in bars {
        let column = |c: &(&str, &str)| (format!("{}.{}", bar.node.name, c.0), ());
        names.extend(operators::bars::BAR_COLUMNS.iter().map(column));
    }
    for other in parsed.iter().filter(|p| p.name != indicator.name) {
        names.extend(other.outputs.iter().map(|output| (other.column(output), ())));
    }
    names.extend(["trade.price", "trade.quantity"].map(|name| (name.to_owned(), ())));
    let names: Vec<&str> = names.keys().map(String::as_str).collect();
    error.label("no such column").help_if(suggest::help(on, &names, "columns"))
}

/// Names and values of an indicator's parameters, in their order.
pub(in crate::spec) fn parameters(spec: &IndicatorSpec) -> Vec<(&'static str, serde_json::Value)> {
    let mut values = serde_json::to_value(spec).expect("parameters are plain data");
    let values = &mut values[spec.kind()];
    let entry = IndicatorSpec::kinds().iter().find(|entry| entry.kind == spec.kind());
    let names = entry.into_iter().flat_map(|entry| entry.parameters).map(|p| p.name);
    names.map(|name| (name, values[name].take())).collect()
}

/// `ema period=12 on bar_1m.close`
fn describe(spec: &IndicatorSpec, on: &str) -> String {
    let words = parameters(spec).into_iter().map(|(key, value)| format!("{key}={value} "));
    format!("{} {}on {on}", spec.kind(), words.collect::<String>())
}

/// The unit of what an indicator gives.
fn unit_of(kind: &str, input: &str) -> String {
    match kind {
        "rsi" | "stoch" | "stochf" | "adx" => "0 to 100",
        "willr" => "-100 to 0",
        "roc" => "percent",
        "cci" => "number",
        "obv" => "quantity",
        _ => input,
    }
    .to_owned()
}
