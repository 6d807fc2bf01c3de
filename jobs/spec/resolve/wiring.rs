//! What an indicator reads, and what moves it.

use super::{
    columns::Columns,
    indicators::Parsed,
    inputs::{On, of_bar},
};
use crate::spec::{JobError, suggest};
use operators::{
    indicators::{BAR_COLUMNS, Input},
    market::{BarNode, Driver, IndicatorNode},
};
use std::collections::BTreeSet;

/// What an indicator reads, and when.
pub(super) struct Wiring {
    pub driver: Driver,
    pub inputs: Vec<u32>,
    /// Rows of the driver before there is input.
    pub warm_up: usize,
    /// As the plan shows it.
    pub on: String,
    /// The unit of what it reads.
    pub unit: String,
}

/// The indicator that has this column.
pub(super) fn owner(parsed: &[Parsed<'_>], column: &str) -> Option<usize> {
    parsed.iter().position(|p| p.outputs.iter().any(|output| p.column(output) == column))
}

pub(super) fn wire(
    indicator: &Parsed<'_>,
    parsed: &[Parsed<'_>],
    (bars, nodes): (&[BarNode], &[IndicatorNode]),
    columns: &Columns,
) -> Result<Wiring, JobError> {
    let kind = indicator.spec.kind();
    let names: Vec<&str> = bars.iter().map(|bar| &*bar.node.name).collect();
    let whole = match (indicator.spec.indicator().input(), &indicator.on[..]) {
        (Input::Bar, [on]) => Some(of_bar((kind, on), &names, columns)?),
        _ => None,
    };
    let each = whole.as_ref().unwrap_or(&indicator.on);
    let mut read = Vec::new();
    for on in each {
        let found = series(on, (bars, nodes), columns);
        read.push(found.ok_or_else(|| unknown(indicator, on, parsed, bars, columns))?);
    }
    let driver = driver(indicator, &read, bars)?;
    let other =
        |series: &Series| !series.foreign && series.driver.is_some_and(|other| other != driver);
    let other = read.iter().position(other).filter(|_| indicator.when.is_none());
    if let Some(other) = other {
        let own = read.iter().find(|series| series.driver == Some(driver)).unwrap_or(&read[0]);
        let [one, two] = [own, &read[other]].map(|series| series.on.as_str());
        let at = driver_name(driver, bars);
        return Err(each[other]
            .at
            .error(format!("`{kind}` cannot read `{two}` beside `{one}`"))
            .label("has a value at other moments")
            .help(format!("say when it reads both, as they are then: at = \"{at}\"")));
    }
    let used = indicator.spec.reads();
    let on = match whole {
        Some(_) => indicator.on[0].name.clone().into_owned(),
        None => shown(indicator, &used, &read),
    };
    Ok(Wiring {
        driver,
        inputs: read.iter().map(|series| series.slot).collect(),
        warm_up: used.iter().map(|place| read[*place].warm_up).max().unwrap_or(0),
        on: match &indicator.when {
            Some(when) => format!("{on} at {}", when.name),
            None => on,
        },
        unit: columns.plans()[read[used[0]].slot as usize].unit.clone(),
    })
}

/// The name of a driver, as `at` takes it.
fn driver_name(driver: Driver, bars: &[BarNode]) -> &str {
    match driver {
        Driver::Bar(bar) => &bars[usize::from(bar)].node.name,
        Driver::Trade => "trade",
    }
}

/// What moves an indicator. A column that has values at any time, and any of another instrument, is
/// read as of the moment, so that others say when that is.
fn driver(indicator: &Parsed<'_>, read: &[Series], bars: &[BarNode]) -> Result<Driver, JobError> {
    let own = read.iter().filter(|series| !series.foreign);
    let of_input = own.chain(read).find_map(|series| series.driver);
    let Some(when) = &indicator.when else {
        return of_input.ok_or_else(|| {
            let on = &indicator.on[0];
            let error = on.at.error(format!("`{}` does not say when it steps", indicator.name));
            error.label("has a value at any time").help("add at = \"trade\" or the name of a bar")
        });
    };
    let bar = bars.iter().position(|bar| *bar.node.name == *when.name);
    let found = match bar {
        Some(bar) => Driver::Bar(bar as u16),
        None if &*when.name == "trade" => Driver::Trade,
        None => {
            let names = bars.iter().map(|bar| &*bar.node.name).chain(["trade"]);
            let names: Vec<&str> = names.collect();
            let error = when.at.error(format!("an indicator cannot step at `{}`", when.name));
            let help = suggest::help(&when.name, &names, "what indicators can step at");
            return Err(error.label("no such bar").help_if(help));
        }
    };
    Ok(found)
}

/// The columns that an indicator reads; where they stand for a bar's, with the names of those.
fn shown(indicator: &Parsed<'_>, used: &[usize], read: &[Series]) -> String {
    let is_bar = indicator.spec.indicator().input() == Input::Bar;
    let name = |place: &usize| match is_bar {
        true => format!("{}={}", BAR_COLUMNS[*place], read[*place].on),
        false => read[*place].on.clone(),
    };
    used.iter().map(name).collect::<Vec<_>>().join(if is_bar { " " } else { " and " })
}

/// One column that an indicator reads.
struct Series {
    /// What gives it a value; of another instrument's column, here.
    driver: Option<Driver>,
    /// Is it another instrument's?
    foreign: bool,
    slot: u32,
    warm_up: usize,
    on: String,
}

fn series(
    on: &On<'_>,
    (bars, nodes): (&[BarNode], &[IndicatorNode]),
    columns: &Columns,
) -> Option<Series> {
    let (of, name) = columns.split(&on.name);
    let foreign = of.is_some();
    let prefix = &on.name[..on.name.len() - name.len()];
    let series = |driver, column: &str, shown: &str| {
        let slot = columns.slot(&format!("{prefix}{column}"))?;
        let warm_up = columns.plans()[slot as usize].warm_up;
        Some(Series { driver, foreign, slot, warm_up, on: format!("{prefix}{shown}") })
    };
    let (bar_name, bar_column) = name.split_once('.').unwrap_or((name, "close"));
    if let Some(bar) = bars.iter().position(|bar| &*bar.node.name == bar_name) {
        let column = format!("{bar_name}.{bar_column}");
        return series(Some(Driver::Bar(bar as u16)), &column, &column);
    }
    if let Some(column @ ("price" | "quantity")) = name.strip_prefix("trade.") {
        return series(Some(Driver::Trade), column, name);
    }
    let slot = columns.slot(name)?;
    let of_node = |node: &&IndicatorNode| (node.slot..node.slot + node.outputs).contains(&slot);
    // Those that it reads stand before it.
    match nodes.iter().find(of_node) {
        Some(node) => series(Some(node.driver), name, name),
        // Of the market or a feature.
        None => series(None, name, name),
    }
}

fn unknown(
    indicator: &Parsed<'_>,
    on: &On<'_>,
    parsed: &[Parsed<'_>],
    bars: &[BarNode],
    columns: &Columns,
) -> JobError {
    let error = on.at.error(format!("`{}` cannot be computed on `{}`", indicator.name, on.name));
    let (of, name) = columns.split(&on.name);
    if of.is_none() && name.contains(':') {
        let ids = columns.instruments();
        let id = name.split('.').next().unwrap_or_default();
        return error.label("no source supplies this instrument").help_if(suggest::help(
            id,
            &ids,
            "instruments",
        ));
    }
    let on = name;
    if let Some(multiple) = parsed.iter().find(|p| p.name == on) {
        let outputs: Vec<String> = multiple.outputs.iter().map(|o| multiple.column(o)).collect();
        return error.label("several columns").help(format!("its columns: {}", outputs.join(", ")));
    }
    if on.split('.').next() == Some("trade") {
        return error.label("not a series").help("write trade.price or trade.quantity");
    }
    let mut names: BTreeSet<String> = BTreeSet::new();
    for bar in bars {
        let column = |c: &(&str, &str)| format!("{}.{}", bar.node.name, c.0);
        names.extend(operators::bars::BAR_COLUMNS.iter().map(column));
    }
    for other in parsed.iter().filter(|p| p.name != indicator.name) {
        names.extend(other.outputs.iter().map(|output| other.column(output)));
    }
    names.extend(["trade.price", "trade.quantity"].map(str::to_owned));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    error.label("no such column").help_if(suggest::help(on, &names, "columns"))
}
