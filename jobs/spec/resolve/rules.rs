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
    // Which slots are used is known only when all rules are read: read them twice.
    let mut used = BTreeSet::new();
    for text in texts {
        used.extend(read(text, columns, None)?.columns());
    }
    let of_account = u32::MAX - (ACCOUNT_COLUMNS.len() + QUOTE_COLUMNS.len()) as u32;
    let slots: Vec<u32> = used.into_iter().filter(|slot| *slot < of_account).collect();
    let rule = |text| read(text, columns, Some(&slots));
    let rules = texts.iter().map(rule).collect::<Result<_, _>>()?;
    Ok(Compiled { rules, slots })
}

fn read(text: &Text<'_>, columns: &Columns, slots: Option<&[u32]>) -> Result<Rule, JobError> {
    let row = Row { columns, slots, of_quote: text.of_quote };
    parse_rule(text.text, &row, text.kind).map_err(|error| {
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
            return Some(match self.slots {
                Some(slots) => (slots.len() + at) as u32,
                None => u32::MAX - at as u32,
            });
        }
        let slot = self.columns.slot(name)?;
        // A column that folding removed from the rules is not in the row, nor read.
        Some(self.slots.map_or(slot, |slots| slots.binary_search(&slot).unwrap_or(0) as u32))
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
