//! The columns that rules can name, and that no name means two things.

use super::Context;
use crate::spec::{JobError, document::Cursor};
use operators::{market::MARKET_COLUMNS, strategy::ACCOUNT_COLUMNS};
use pipeline::plan::ColumnPlan;
use schemas::Table;
use std::collections::BTreeMap;

/// Where strategies look for records rather than bars.
pub(super) const MOMENTS: [&str; 4] = ["trade", "quote", "book", "news"];

/// The columns so far.
pub(super) struct Columns {
    plans: Vec<ColumnPlan>,
    slots: BTreeMap<String, u32>,
    constants: BTreeMap<String, f64>,
    /// What each name is already.
    taken: BTreeMap<String, String>,
    /// The first slot of indicators and features.
    computed: Option<u32>,
}

impl Columns {
    /// Those of the market, and the job's constants.
    pub fn new(cx: &Context<'_>) -> Result<Columns, JobError> {
        let mut columns = Columns {
            plans: Vec::new(),
            slots: BTreeMap::new(),
            constants: BTreeMap::new(),
            taken: BTreeMap::new(),
            computed: None,
        };
        for column in MARKET_COLUMNS {
            columns.taken.insert(column.name.to_owned(), "a column of every instrument".into());
            columns.push(ColumnPlan {
                name: column.name.to_owned(),
                doc: column.doc.to_owned(),
                unit: column.unit.to_owned(),
                warm_up: 0,
                operator: "market".to_owned(),
                shared_with: Vec::new(),
            });
        }
        for (name, _) in ACCOUNT_COLUMNS {
            columns.taken.insert(name.to_owned(), "a column of the account".into());
        }
        columns.taken.insert("ts".to_owned(), "the time of the evaluation".into());
        for name in MOMENTS {
            columns.taken.insert(name.to_owned(), "what strategies can wait for".into());
        }
        for column in Table::Readings.columns() {
            let taken = columns.taken.entry(column.name.to_string());
            taken.or_insert_with(|| "a column of the table readings".into());
        }
        let section = cx.at("constants");
        for (name, value) in &cx.spec.constants {
            let at = section.get(name);
            columns.define(name, "a constant", &at)?;
            if !value.is_finite() {
                return Err(at.error("a constant is a finite number").label("not finite"));
            }
            columns.constants.insert(name.clone(), *value);
        }
        Ok(columns)
    }

    /// Takes a name for something.
    pub fn define(&mut self, name: &str, what: &str, at: &Cursor<'_, '_>) -> Result<(), JobError> {
        let first = name.bytes().next().is_some_and(|b| b.is_ascii_lowercase() || b == b'_');
        let rest = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        if !first || !name.bytes().all(rest) {
            return Err(at
                .key_error(format!("`{name}` cannot be a name"))
                .label("not a name")
                .help("names become columns: lower case letters, digits and `_`"));
        }
        if let Some(already) = self.taken.get(name) {
            return Err(at
                .key_error(format!("`{name}` is {already} already"))
                .label("taken")
                .help("give it another name"));
        }
        self.taken.insert(name.to_owned(), what.to_owned());
        Ok(())
    }

    /// Adds a column; gives its slot.
    pub fn push(&mut self, plan: ColumnPlan) -> u32 {
        let slot = self.plans.len() as u32;
        self.slots.insert(plan.name.clone(), slot);
        self.plans.push(plan);
        slot
    }

    /// Lets another name mean a column that there is.
    pub fn share(&mut self, name: &str, slot: u32) {
        self.slots.insert(name.to_owned(), slot);
        self.plans[slot as usize].shared_with.push(name.to_owned());
    }

    /// From here on columns are the job's own, which `readings` has.
    pub fn begin_computed(&mut self) {
        self.computed.get_or_insert(self.plans.len() as u32);
    }

    /// Slots of indicators and features.
    pub fn readings(&self) -> Vec<u32> {
        let end = self.plans.len() as u32;
        (self.computed.unwrap_or(end)..end).collect()
    }

    /// The slot of a name.
    pub fn slot(&self, name: &str) -> Option<u32> {
        self.slots.get(name).copied()
    }

    /// The value of a constant.
    pub fn constant(&self, name: &str) -> Option<f64> {
        self.constants.get(name).copied()
    }

    /// Names of columns, shared ones included.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.slots.keys().map(String::as_str)
    }

    /// Names of constants.
    pub fn constants(&self) -> impl Iterator<Item = &str> {
        self.constants.keys().map(String::as_str)
    }

    /// One column a slot.
    pub fn plans(&self) -> &[ColumnPlan] {
        &self.plans
    }

    /// As [`Columns::plans`].
    pub fn into_plans(self) -> Vec<ColumnPlan> {
        self.plans
    }
}
