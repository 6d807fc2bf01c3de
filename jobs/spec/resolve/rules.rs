//! Rules: compiled against the row of their strategy.

use super::columns::Columns;
use crate::spec::{JobError, document::Cursor};
use operators::{
    rules::{Kind, Rule},
    strategy::{ACCOUNT_COLUMNS, QUOTE_COLUMNS},
};
use query::rules::{Names, parse_rule};
use std::collections::BTreeSet;

/// A rule as written.
pub(super) struct Text<'a> {
    /// Where.
    pub at: Cursor<'a, 'a>,
    /// What.
    pub text: &'a str,
    /// What it must yield.
    pub kind: Kind,
    /// How many of [`QUOTE_COLUMNS`] it may read.
    pub of_quote: usize,
}

/// The rules of a strategy, in the order of their texts, and the slots that its triggers bring.
pub(super) struct Compiled {
    pub rules: Vec<Rule>,
    pub slots: Vec<u32>,
}

/// Compiles a strategy's rules. Its row has the slots that they use, ascending, and then the
/// columns of the account.
pub(super) fn compile(texts: &[Text<'_>], columns: &Columns) -> Result<Compiled, JobError> {
    let own = ACCOUNT_COLUMNS.len() + QUOTE_COLUMNS.len();
    compile_with(texts.len(), own, |text, slots| {
        let text = &texts[text];
        read(text, &Row { columns, slots, of_quote: text.of_quote })
    })
}

/// Compiles rules over rows with the slots that they use, ascending, and then up to `own` columns
/// of the strategy. `read` reads the rule of a number, by [`own_slot`] while the slots are unknown.
pub(super) fn compile_with(
    texts: usize,
    own: usize,
    read: impl Fn(usize, Option<&[u32]>) -> Result<Rule, JobError>,
) -> Result<Compiled, JobError> {
    // Which slots are used is known only when all rules are read: read them twice.
    let mut used = BTreeSet::new();
    for text in 0..texts {
        used.extend(read(text, None)?.columns());
    }
    let first_own = u32::MAX - own as u32;
    let slots: Vec<u32> = used.into_iter().filter(|slot| *slot < first_own).collect();
    let rules = (0..texts).map(|text| read(text, Some(&slots))).collect::<Result<_, _>>()?;
    Ok(Compiled { rules, slots })
}

/// Where a column of the strategy itself stands in its row; while it is not known which slots that
/// has, at the end of all numbers.
pub(super) fn own_slot(slots: Option<&[u32]>, at: usize) -> u32 {
    match slots {
        Some(slots) => (slots.len() + at) as u32,
        None => u32::MAX - at as u32,
    }
}

/// Where a column of the engine stands in the row of a strategy. One that folding removed from the
/// rules is not in the row, nor read.
pub(super) fn row_slot(slots: Option<&[u32]>, slot: u32) -> u32 {
    slots.map_or(slot, |slots| slots.binary_search(&slot).unwrap_or(0) as u32)
}

/// Reads one rule.
pub(super) fn read(text: &Text<'_>, names: &dyn Names) -> Result<Rule, JobError> {
    parse_rule(text.text, names, text.kind).map_err(|error| {
        text.at
            .error_within(error.start..error.end, error.message)
            .label("in this rule")
            .help_if(error.help)
    })
}

/// Compiles a number over the market's columns alone, as an engine has them.
pub(super) fn market_rule(
    text: &str,
    at: &Cursor<'_, '_>,
    columns: &Columns,
) -> Result<Rule, JobError> {
    parse_rule(text, &Market(columns), Kind::Number).map_err(|error| {
        at.error_within(error.start..error.end, error.message)
            .label("in this rule")
            .help_if(error.help)
    })
}

/// The row of an engine.
struct Market<'a>(&'a Columns);

impl Names for Market<'_> {
    fn column(&self, name: &str) -> Option<u32> {
        self.0.slot(name)
    }

    fn constant(&self, name: &str) -> Option<f64> {
        self.0.constant(name)
    }

    fn all(&self) -> Vec<String> {
        let own = self.0.names().chain(self.0.constants()).map(str::to_owned);
        own.chain(self.0.of_others()).collect()
    }
}

/// The row of a strategy; while it is not known which slots it has, the engine's with the columns
/// of the account at the end of all numbers.
struct Row<'a> {
    columns: &'a Columns,
    slots: Option<&'a [u32]>,
    of_quote: usize,
}

impl Row<'_> {
    /// Columns that are the strategy's own, in the order of their slots.
    fn own(&self) -> impl Iterator<Item = &str> {
        let of_quote = &QUOTE_COLUMNS[..self.of_quote];
        ACCOUNT_COLUMNS.iter().chain(of_quote).map(|(name, _)| *name)
    }
}

impl Names for Row<'_> {
    fn column(&self, name: &str) -> Option<u32> {
        if let Some(at) = self.own().position(|column| column == name) {
            return Some(own_slot(self.slots, at));
        }
        Some(row_slot(self.slots, self.columns.slot(name)?))
    }

    fn constant(&self, name: &str) -> Option<f64> {
        self.columns.constant(name)
    }

    fn all(&self) -> Vec<String> {
        let names = self.columns.names().chain(self.columns.constants()).chain(self.own());
        names.map(str::to_owned).chain(self.columns.of_others()).collect()
    }

    fn is_truth(&self, name: &str) -> bool {
        name == "tainted" && self.own().any(|own| own == name)
    }
}
