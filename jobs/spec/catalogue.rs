//! What a job file can name: indicators, bars, features, columns, functions of rules, kinds of
//! orders, models of execution. A fold over the lists of the crates that have them.

mod execution;
mod features;
mod orders;
#[cfg(test)]
mod tests;

use super::{
    resolve::{bar_unit, input_example, parameters},
    suggest,
};
use operators::{
    bars::{BAR_COLUMNS, BarKind, BarOn},
    execution::{Consumed, FillModel, QueueModel},
    indicators::{
        BAR_COLUMNS as INDICATOR_COLUMNS, Entry, IndicatorSpec, Input, Output, Parameter,
    },
    market::MARKET_COLUMNS,
    strategy::{ACCOUNT_COLUMNS, QUOTE_COLUMNS},
};
use query::rules::FUNCTIONS;
use serde::Serialize;
use std::fmt;

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// A kind of bar, in `[bars]`.
    Bar,
    /// A kind of indicator, in `[indicators]`.
    Indicator,
    /// A kind of feature, in `[features]`.
    Feature,
    /// A kind of model, in `[models]`.
    Model,
    /// A column of every instrument, in rules.
    MarketColumn,
    /// A column of a bar, in rules as `bar_1m.close`.
    BarColumn,
    /// A column of the strategy's account, in rules.
    AccountColumn,
    /// A column of strategies that quote, in their rules.
    QuoteColumn,
    /// A function, in rules.
    Function,
    /// A kind of order, in `[[strategy]]`.
    Order,
    /// How long orders and answers travel, in `[execution.VENUE]`.
    Latency,
    /// A model of execution, in `[execution.VENUE]`.
    FillModel,
    /// A model of the queue at a price, in `fill` there.
    QueueModel,
    /// What else a venue asks of accounts, in `[execution.VENUE]`.
    Term,
    /// When what was taken is there again, in `fill` there.
    Consumed,
    /// What own orders cost that take, in `[execution.VENUE]`.
    Impact,
    /// What is looked at after fills, a section of its own.
    Markouts,
}

impl Group {
    /// Every group, in the order of a listing.
    pub const ALL: [Group; 17] = [
        Group::Bar,
        Group::Indicator,
        Group::Feature,
        Group::Model,
        Group::MarketColumn,
        Group::BarColumn,
        Group::AccountColumn,
        Group::QuoteColumn,
        Group::Function,
        Group::Order,
        Group::Latency,
        Group::FillModel,
        Group::QueueModel,
        Group::Term,
        Group::Consumed,
        Group::Impact,
        Group::Markouts,
    ];

    /// A heading, with where it is written.
    pub fn title(self) -> &'static str {
        match self {
            Group::Bar => "Bars, in [bars]",
            Group::Indicator => "Indicators, in [indicators]",
            Group::Feature => "Features, in [features]",
            Group::Model => "Models, in [models]",
            Group::MarketColumn => "Columns of every instrument, in rules",
            Group::BarColumn => "Columns of a bar, in rules as bar_1m.close",
            Group::AccountColumn => "Columns of the account, in rules",
            Group::QuoteColumn => "Columns of strategies that quote, in their rules",
            Group::Function => "Functions, in rules",
            Group::Order => "Orders, in [[strategy]], order",
            Group::Latency => "Latencies, in [execution.VENUE], each way but for file",
            Group::FillModel => "Models of execution, in [execution.VENUE]",
            Group::QueueModel => "Models of the queue at a price, in [execution.VENUE], fill",
            Group::Term => "What venues ask of accounts, in [execution.VENUE]",
            Group::Consumed => "What was taken is there again, in [execution.VENUE], fill",
            Group::Impact => "What own orders cost that take, in [execution.VENUE]",
            Group::Markouts => "What is looked at after fills",
        }
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Group::Bar => "bar",
            Group::Indicator => "indicator",
            Group::Feature => "feature",
            Group::Model => "model",
            Group::MarketColumn => "column of every instrument",
            Group::BarColumn => "column of a bar",
            Group::AccountColumn => "column of the account",
            Group::QuoteColumn => "column of strategies that quote",
            Group::Function => "function of rules",
            Group::Order => "kind of order",
            Group::Latency => "latency",
            Group::FillModel => "model of execution",
            Group::QueueModel => "model of the queue at a price",
            Group::Term => "what a venue asks",
            Group::Consumed => "when what was taken is there again",
            Group::Impact => "what own orders cost that take",
            Group::Markouts => "what is looked at after fills",
        })
    }
}

/// Something that a job file can name.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CatalogueEntry {
    /// What it is.
    pub group: Group,
    /// How a job file calls it.
    pub name: String,
    /// The name that people use, if it is another.
    pub title: String,
    /// What it is or does.
    pub doc: String,
    /// How it is computed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formula: Option<String>,
    /// Whose definition it follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub convention: Option<String>,
    /// What comes before the first value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warm_up: Option<String>,
    /// Work a row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<String>,
    /// What it remembers of each instrument.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Where the definition stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// What it reads: `value` or `bar`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// What must be given.
    pub parameters: Vec<Described>,
    /// What it gives.
    pub outputs: Vec<Described>,
    /// How it is written.
    pub example: String,
}

/// A parameter or an output.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Described {
    /// Name.
    pub name: String,
    /// Values or unit, if there is anything to say.
    #[serde(rename = "type", skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// What it does.
    pub doc: String,
}

impl Described {
    fn new(name: &str, kind: &str, doc: &str) -> Described {
        Described { name: name.to_owned(), kind: kind.to_owned(), doc: doc.to_owned() }
    }
}

fn entry(group: Group, name: &str, doc: &str, example: String) -> CatalogueEntry {
    CatalogueEntry {
        group,
        name: name.to_owned(),
        title: String::new(),
        doc: doc.to_owned(),
        formula: None,
        convention: None,
        warm_up: None,
        cost: None,
        state: None,
        source: None,
        input: None,
        parameters: Vec::new(),
        outputs: Vec::new(),
        example,
    }
}

/// Everything, by group and in the order of its list.
pub fn catalogue() -> Vec<CatalogueEntry> {
    let mut all = vec![time_bar()];
    all.extend(other_bars());
    all.extend(indicators());
    all.extend(features::looked_up());
    all.extend(features::running());
    all.extend(models());
    for column in MARKET_COLUMNS {
        let example = format!("long = \"{} > 0\"", column.name);
        let mut entry = entry(Group::MarketColumn, column.name, column.doc, example);
        entry.outputs = vec![Described::new(column.name, column.unit, column.doc)];
        all.push(entry);
    }
    for (name, doc) in BAR_COLUMNS {
        all.push(entry(Group::BarColumn, name, doc, format!("long = \"bar_1m.{name} > 0\"")));
    }
    for (name, doc) in ACCOUNT_COLUMNS {
        all.push(entry(Group::AccountColumn, name, doc, format!("flat = \"{name} > 0\"")));
    }
    for ((name, doc), example) in QUOTE_COLUMNS.iter().zip([
        "pull = \"tainted OR spread > 10 * tick\"",
        "quote = { bid = \"fair - 2 * tick\", ask = \"fair + 2 * tick\", quantity = 1 }",
    ]) {
        all.push(entry(Group::QuoteColumn, name, doc, example.to_owned()));
    }
    let function =
        |f: &query::rules::Function| entry(Group::Function, f.name, f.doc, f.usage.to_owned());
    all.extend(FUNCTIONS.iter().map(function));
    all.extend(orders::kinds());
    all.extend(execution::latencies());
    all.extend(FillModel::ALL.iter().copied().map(execution::fill_model));
    all.extend(QueueModel::ALL.map(execution::queue_model));
    all.extend(execution::terms());
    all.extend(Consumed::ALL.map(execution::consumed));
    all.extend(execution::impacts());
    all.push(orders::markouts());
    all
}

fn time_bar() -> CatalogueEntry {
    let example = "bar_1m = { time = { every = \"1m\", clock = \"receive\" } }";
    let doc = "Bars over equal spans of time, aligned to 1970 UTC.";
    let mut entry = entry(Group::Bar, "time", doc, example.to_owned());
    entry.parameters = vec![
        Described::new("every", "span of time above 0", "Length of each bar."),
        Described::new("clock", "receive or exchange", "Which clock cuts."),
        Described::new("on", BarOn::TEXT, "What it is built from. Left out: trades."),
        Described::new(
            "empty",
            "skip or carry",
            "What becomes of a span in which nothing came: no bar, or one without volume at the \
             close before. Left out: skip.",
        ),
    ];
    entry.outputs = bar_outputs();
    entry.formula = Some("[k * every, (k + 1) * every)".to_owned());
    entry.convention = Some(
        "the open is the first price in the span, as venues' own bars have it; with empty = \
         \"carry\" as freqtrade and Binance fill gaps, with \"skip\" as Kraken leaves them"
            .to_owned(),
    );
    entry.warm_up = Some("none; the first bar may be a part of its span".to_owned());
    entry.cost = Some("O(1) a record and a bar".to_owned());
    entry.source = Some("the plain definition".to_owned());
    entry
}

fn other_bars() -> impl Iterator<Item = CatalogueEntry> {
    BarKind::CATALOGUE.iter().map(|about| {
        let example = format!("bar_1 = {{ {} = {} }}", about.kind, about.example);
        let mut entry = entry(Group::Bar, about.kind, about.doc, example);
        entry.parameters = about.parameters.iter().map(|p| described(p, None)).collect();
        entry.outputs = bar_outputs();
        entry.formula = Some(about.formula.to_owned());
        entry.convention = Some(about.convention.to_owned());
        entry.warm_up = Some("none: the first bar closes like the others".to_owned());
        entry.cost = Some("O(1) a record and a bar".to_owned());
        entry.source = Some(about.source.to_owned());
        entry
    })
}

fn bar_outputs() -> Vec<Described> {
    let output = |(name, doc): &(&str, &str)| Described::new(name, bar_unit(name), doc);
    BAR_COLUMNS.iter().map(output).collect()
}

/// A parameter, with the name that it has in TA-Lib too.
fn described(p: &Parameter, theirs: Option<&str>) -> Described {
    let default = p.default.map(|text| format!(" Left out: {text}.")).unwrap_or_default();
    let theirs = theirs.map(|name| format!(" Also {name}.")).unwrap_or_default();
    Described::new(p.name, p.type_text, &format!("{}{default}{theirs}", p.doc))
}

fn indicators() -> impl Iterator<Item = CatalogueEntry> {
    IndicatorSpec::kinds().iter().map(|about| {
        let kind = about.kind;
        let example = example(kind);
        let given = parameters(&example).into_iter().filter(|(key, _)| is_needed(about, key));
        let given: String = given.map(|(key, value)| format!("{key} = {value}, ")).collect();
        let on = input_example(kind);
        let text = format!("{kind}_1 = {{ {kind} = {{ {given}on = {on} }} }}");
        let mut described: Vec<Described> =
            about.parameters.iter().map(|p| described(p, about.talib_name(p))).collect();
        let (input, reads) = match example.indicator().input() {
            Input::Bar => ("bar", "a bar, or columns that stand for its own"),
            Input::Pair => {
                ("pair", "a list of two columns, one of them of a bar, trades or an indicator")
            }
            Input::Value => (
                "value",
                "a column of a bar, trade.price, trade.quantity, an indicator; any with at",
            ),
        };
        described.push(Described::new("on", reads, "What it is computed on."));
        let when = "When it steps. Left out: when what it reads has a value.";
        described.push(Described::new("at", "a bar or trade", when));
        let of = if input == "bar" { "price" } else { "as its input" };
        let output = |o: Output| Described::new(o.name, &o.unit.of(of), o.doc);
        CatalogueEntry {
            title: about.title.to_owned(),
            formula: Some(about.formula.to_owned()),
            convention: Some(about.convention.to_owned()),
            warm_up: Some(about.warm_up.to_owned()),
            cost: Some(about.cost.to_owned()),
            state: Some(format!("{} bytes in the example", state_bytes(&example))),
            source: Some(about.source.to_owned()),
            input: Some(input.to_owned()),
            parameters: described,
            outputs: example.indicator().outputs().into_iter().map(output).collect(),
            ..entry(Group::Indicator, kind, about.doc, text)
        }
    })
}

/// Bytes that a checkpoint holds of it for each instrument, once it is warm.
fn state_bytes(spec: &IndicatorSpec) -> usize {
    let indicator = spec.indicator();
    let outputs = indicator.outputs();
    let columns = match indicator.input() {
        Input::Bar => INDICATOR_COLUMNS.len(),
        Input::Pair => 2,
        Input::Value => 1,
    };
    let rows = 2 * outputs.iter().map(|output| output.warm_up).max().unwrap_or(0) + 2;
    let (prices, mut values) = (vec![1.0; rows], vec![vec![0.0; rows]; outputs.len()]);
    let mut values: Vec<&mut [f64]> = values.iter_mut().map(Vec::as_mut_slice).collect();
    let mut state = indicator.start();
    state.run(&vec![&prices[..]; columns], &mut values);
    state.snapshot().len()
}

/// Whether a job must give the parameter.
fn is_needed(about: &Entry, key: &str) -> bool {
    about.parameters.iter().any(|parameter| parameter.name == key && parameter.default.is_none())
}

/// A setting that someone might use, rather than one that tests an edge.
fn example(kind: &str) -> IndicatorSpec {
    let about = IndicatorSpec::kinds().iter().find(|about| about.kind == kind);
    let usual = |spec: &&IndicatorSpec| {
        let mut values = parameters(spec);
        values.retain(|(key, _)| about.is_some_and(|about| is_needed(about, key)));
        values.iter().all(|(_, value)| value.as_u64().is_none_or(|rows| (3..=50).contains(&rows)))
    };
    let mut all = IndicatorSpec::examples();
    all.retain(|spec| spec.kind() == kind);
    let found = all.iter().find(usual).or(all.first());
    found.expect("every kind has examples").clone()
}

fn models() -> [CatalogueEntry; 2] {
    let onnx = "trend = { onnx = { path = \"trend.onnx\", on = \"bar_1m\", inputs = [\"fast\", \
                \"slow\"], fallback = \"signum(fast - slow)\" } }";
    let doc = "What an ONNX file gives for the last rows of some columns. The fallback is a rule \
               that stands in where the model is missing, expired, not what it was, or fails.";
    let mut onnx = entry(Group::Model, "onnx", doc, onnx.to_owned());
    let columns = "columns, or a table of them by input";
    onnx.parameters = vec![
        Described::new("path", "a file", "Or registry, model and version."),
        Described::new("on", "a bar, or trade", "When it is asked."),
        Described::new("inputs", columns, "What it reads."),
        Described::new("fallback", "a rule, or one by output", "Left out: the job stops instead."),
        Described::new("rows", "whole number", "Of a sequence whose length the file leaves open."),
        Described::new("outputs", "names", "Of several numbers, as columns NAME_…."),
        Described::new("expires", "a moment", "From then on the fallback stands in."),
        Described::new("golden", "a file", "Rows and what must come out; golden.json beside it."),
        Described::new("sha256", "64 digits", "No other file is used."),
        Described::new("backend", "trees, ort or rten", "Nothing else runs it."),
        Described::new("budget", "span of time", "What one call should take at most."),
        Described::new("shadow", "true or false", "Written, and read by no rule."),
    ];
    let source = "1 from the model, 0 from the fallback; as text in readings";
    onnx.outputs = vec![Described::new("source", "", source)];
    let text = "both = { ensemble = { of = [\"trend\", \"other\"], weights = [0.7, 0.3] } }";
    let doc = "The weighted mean of the first numbers of several models.";
    let mut ensemble = entry(Group::Model, "ensemble", doc, text.to_owned());
    ensemble.parameters = vec![
        Described::new("of", "models", "Asked at the same moments."),
        Described::new("weights", "numbers from 0", "Parts of their sum. Left out: equal."),
        Described::new("shadow", "true or false", "Written, and read by no rule."),
    ];
    let apart = "Weighted standard deviation of its models.";
    ensemble.outputs = vec![
        Described::new("disagreement", "", apart),
        Described::new("source", "", "1 where all came from models, else 0"),
    ];
    [onnx, ensemble]
}

/// The entries of this name, in all groups.
///
/// # Errors
/// When there is none: what may have been meant.
pub fn find(name: &str) -> Result<Vec<CatalogueEntry>, String> {
    let all = catalogue();
    let found: Vec<CatalogueEntry> = all.iter().filter(|e| e.name == name).cloned().collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let names: Vec<&str> = all.iter().map(|entry| entry.name.as_str()).collect();
    let near = suggest::nearest(name, &names);
    let near = near.map_or(String::new(), |near| format!(": did you mean `{near}`?"));
    Err(format!("the catalogue holds no `{name}`{near}"))
}
