//! What an indicator reads, and what moves it.

use super::{
    columns::Columns,
    indicators::{On, Parsed},
};
use crate::spec::{JobError, suggest};
use operators::{
    indicators::{BAR_COLUMNS, Input},
    market::{BarNode, Driver, slot},
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
    pub unit: String,
}

/// The indicator that has this column.
pub(super) fn owner(parsed: &[Parsed<'_>], column: &str) -> Option<usize> {
    parsed.iter().position(|p| p.outputs.iter().any(|output| p.column(output) == column))
}

pub(super) fn wire(
    indicator: &Parsed<'_>,
    parsed: &[Parsed<'_>],
    bars: &[BarNode],
    columns: &Columns,
) -> Result<Wiring, JobError> {
    let kind = indicator.spec.kind();
    if indicator.spec.indicator().input() == Input::Bar {
        return whole_bar(indicator, bars, columns);
    }
    let mut read = Vec::new();
    for on in &indicator.on {
        read.push(series(indicator, on, parsed, bars, columns)?);
    }
    let first = read.first().expect("every indicator reads a column");
    if let Some(other) = read.iter().position(|series| series.driver != first.driver) {
        let [one, two] = [first, &read[other]].map(|series| series.on.as_str());
        return Err(indicator.on[other]
            .at
            .error(format!("`{kind}` cannot read `{two}` beside `{one}`"))
            .label("has a value at other moments")
            .help("both columns are of the same bar, or both of trades, or indicators over such"));
    }
    Ok(Wiring {
        driver: first.driver,
        inputs: read.iter().map(|series| series.slot).collect(),
        warm_up: read.iter().map(|series| series.warm_up).max().unwrap_or(0),
        on: read.iter().map(|series| series.on.as_str()).collect::<Vec<_>>().join(" and "),
        unit: unit_of(kind, &columns.plans()[first.slot as usize].unit),
    })
}

fn whole_bar(
    indicator: &Parsed<'_>,
    bars: &[BarNode],
    columns: &Columns,
) -> Result<Wiring, JobError> {
    let (kind, on) = (indicator.spec.kind(), &indicator.on[0]);
    let bar_name = on.name.split('.').next().unwrap_or_default();
    let bar = bars.iter().position(|bar| &*bar.node.name == bar_name);
    let (Some(bar), false) = (bar, on.name.contains('.')) else {
        let names: Vec<&str> = bars.iter().map(|bar| &*bar.node.name).collect();
        let help = match bar {
            Some(_) => Some(format!("write on = \"{bar_name}\"")),
            None => suggest::help(on.name, &names, "bars"),
        };
        return Err(on
            .at
            .error(format!("`{kind}` reads whole bars, and `{}` is none", on.name))
            .label("not a bar")
            .help_if(help));
    };
    let slot_of = |column: &str| columns.slot(&format!("{bar_name}.{column}"));
    let inputs = BAR_COLUMNS.map(|column| slot_of(column).expect("bars have these"));
    let driver = Driver::Bar(bar as u16);
    let unit = unit_of(kind, "price");
    Ok(Wiring { driver, inputs: inputs.into(), warm_up: 0, on: on.name.to_owned(), unit })
}

/// One column that an indicator reads.
struct Series {
    driver: Driver,
    slot: u32,
    warm_up: usize,
    on: String,
}

fn series(
    indicator: &Parsed<'_>,
    on: &On<'_>,
    parsed: &[Parsed<'_>],
    bars: &[BarNode],
    columns: &Columns,
) -> Result<Series, JobError> {
    let (bar_name, bar_column) = on.name.split_once('.').unwrap_or((on.name, "close"));
    let bar = bars.iter().position(|bar| &*bar.node.name == bar_name);
    let series =
        |driver, slot, warm_up, on: &str| Ok(Series { driver, slot, warm_up, on: on.to_owned() });
    let name = format!("{bar_name}.{bar_column}");
    if let (Some(bar), Some(slot)) = (bar, columns.slot(&name)) {
        return series(Driver::Bar(bar as u16), slot, 0, &name);
    }
    match on.name {
        "trade.price" => return series(Driver::Trade, slot::PRICE as u32, 0, on.name),
        "trade.quantity" => return series(Driver::Trade, slot::QUANTITY as u32, 0, on.name),
        _ => {}
    }
    if let (Some(upstream), Some(slot)) = (owner(parsed, on.name), columns.slot(on.name)) {
        // It stands before this one, so its own input is known by now.
        let driver = driver_of(&parsed[upstream], parsed, bars);
        return series(driver, slot, columns.plans()[slot as usize].warm_up, on.name);
    }
    Err(unknown(indicator, on, parsed, bars, columns))
}

/// What moves an indicator, through the indicators that it stands on. Where it reads two columns,
/// both have the same driver.
fn driver_of(indicator: &Parsed<'_>, parsed: &[Parsed<'_>], bars: &[BarNode]) -> Driver {
    let mut at = indicator;
    while let Some(upstream) = owner(parsed, at.on[0].name) {
        at = &parsed[upstream];
    }
    let bar = at.on[0].name.split('.').next().unwrap_or_default();
    match bars.iter().position(|b| &*b.node.name == bar) {
        Some(bar) => Driver::Bar(bar as u16),
        None => Driver::Trade,
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
    let on = on.name;
    if let Some(multiple) = parsed.iter().find(|p| p.name == on) {
        let outputs: Vec<String> = multiple.outputs.iter().map(|o| multiple.column(o)).collect();
        return error.label("several columns").help(format!("its columns: {}", outputs.join(", ")));
    }
    if columns.slot(on).is_some() || on.split('.').next() == Some("trade") {
        return error
            .label("not a series")
            .help("series are bars, trade.price, trade.quantity and other indicators");
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

/// The unit of what an indicator gives.
fn unit_of(kind: &str, input: &str) -> String {
    match kind {
        "cdlhikkake" | "cdlhikkakemod" => "-200 to 200",
        kind if kind.starts_with("cdl") => "-100 to 100",
        "adx" | "adxr" | "aroon" | "dx" | "imi" | "kdj" | "mfi" | "minus_di" | "percentrank"
        | "plus_di" | "rsi" | "rvi" | "stoch" | "stochf" | "stochrsi" | "ultosc" => "0 to 100",
        "willr" => "-100 to 0",
        "aroonosc" | "cmo" | "cmou" | "smi" | "tsi" => "-100 to 100",
        "bop" | "cmf" | "correl" | "cos" | "ht_sine" | "sin" | "tanh" => "-1 to 1",
        "coppock" | "cvi" | "fosc" | "natr" | "ppo" | "pvo" | "roc" | "rocr100" | "trix" => {
            "percent"
        }
        "acos" | "asin" | "atan" | "beta" | "cci" | "cosh" | "div" | "er" | "exp" | "fractal"
        | "ht_trendmode" | "ln" | "log10" | "marketfi" | "massi" | "mult" | "nvi" | "pvi"
        | "rocp" | "rocr" | "rvol" | "sinh" | "sqrt" | "tan" | "var" | "vhf" | "vortex" => "number",
        "amihud" => "1 / money",
        "bipower_variation"
        | "garman_klass"
        | "parkinson"
        | "realized_volatility"
        | "rogers_satchell"
        | "yang_zhang" => "log return",
        "ht_dcperiod" | "maxindex" | "minindex" | "minmaxindex" => "rows",
        "ht_dcphase" | "linearreg_angle" => "degrees",
        "ad" | "adosc" | "obv" | "pvt" => "quantity",
        _ => input,
    }
    .to_owned()
}
