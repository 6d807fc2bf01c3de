//! What an indicator reads, and what moves it.

use super::{columns::Columns, indicators::Parsed};
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
    let on = indicator.on;
    let input = indicator.spec.indicator().input();
    let whole = input == Input::Bar;
    let kind = indicator.spec.kind();
    let (bar_name, bar_column) = on.split_once('.').unwrap_or((on, "close"));
    let bar = bars.iter().position(|bar| &*bar.node.name == bar_name);
    let slot_of = |column: &str| columns.slot(&format!("{bar_name}.{column}"));
    let plan = |slot: u32| &columns.plans()[slot as usize];
    if input == Input::Pair {
        return Err(indicator
            .on_at
            .error(format!("`{kind}` reads two columns, and a job can name one only"))
            .label("one column"));
    }
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
        "adx" | "adxr" | "aroon" | "dx" | "imi" | "kdj" | "mfi" | "minus_di" | "plus_di"
        | "rsi" | "rvi" | "stoch" | "stochf" | "stochrsi" | "ultosc" => "0 to 100",
        "willr" => "-100 to 0",
        "aroonosc" | "cmo" | "cmou" | "smi" | "tsi" => "-100 to 100",
        "bop" | "cmf" | "ht_sine" => "-1 to 1",
        "coppock" | "cvi" | "fosc" | "natr" | "ppo" | "pvo" | "roc" | "rocr100" | "trix" => {
            "percent"
        }
        "cci" | "er" | "fractal" | "ht_trendmode" | "marketfi" | "massi" | "nvi" | "pvi"
        | "rocp" | "rocr" | "rvol" | "vhf" | "vortex" => "number",
        "ht_dcperiod" => "rows",
        "ht_dcphase" => "degrees",
        "ad" | "adosc" | "obv" | "pvt" => "quantity",
        _ => input,
    }
    .to_owned()
}
