//! The columns that rules can name, and that no name means two things.
//!
//! A column of another instrument is named `instrument.column`. It gets a slot of its own when it
//! is asked for.

use super::{Context, instruments::Known};
use crate::spec::{JobError, document::Cursor};
use operators::{
    market::{ForeignNode, MARKET_COLUMNS},
    strategy::ACCOUNT_COLUMNS,
};
use pipeline::plan::ColumnPlan;
use schemas::Table;
use std::{
    cell::{Ref, RefCell},
    collections::BTreeMap,
};

/// Where strategies look for records rather than bars.
pub(super) const MOMENTS: [&str; 5] = ["trade", "quote", "book", "news", "funding"];

/// The columns so far.
pub(super) struct Columns {
    plans: RefCell<Vec<ColumnPlan>>,
    slots: BTreeMap<String, u32>,
    constants: BTreeMap<String, f64>,
    /// What each name is already.
    taken: BTreeMap<String, String>,
    /// The first slots of features, of indicators, and of models.
    features: u32,
    indicators: u32,
    models: Option<u32>,
    /// Instruments by their ids.
    instruments: BTreeMap<String, u32>,
    foreign: RefCell<Vec<ForeignNode>>,
}

impl Columns {
    /// Those of the market, and the job's constants.
    pub fn new(cx: &Context<'_>, known: &[Known]) -> Result<Columns, JobError> {
        let ids = known.iter().map(|known| known.instrument.id.text().to_string());
        let mut columns = Columns {
            plans: RefCell::default(),
            slots: BTreeMap::new(),
            constants: BTreeMap::new(),
            taken: BTreeMap::new(),
            features: 0,
            indicators: 0,
            models: None,
            instruments: ids.zip(0..).collect(),
            foreign: RefCell::default(),
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
        self.may_be_called(name, at)?;
        self.taken.insert(name.to_owned(), what.to_owned());
        Ok(())
    }

    /// Is a name that, and free?
    pub fn may_be_called(&self, name: &str, at: &Cursor<'_, '_>) -> Result<(), JobError> {
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
        Ok(())
    }

    /// Adds a column; gives its slot.
    pub fn push(&mut self, plan: ColumnPlan) -> u32 {
        let plans = self.plans.get_mut();
        let slot = plans.len() as u32;
        self.slots.insert(plan.name.clone(), slot);
        plans.push(plan);
        slot
    }

    /// Lets another name mean a column that there is.
    pub fn share(&mut self, name: &str, slot: u32) {
        self.slots.insert(name.to_owned(), slot);
        self.plans.get_mut()[slot as usize].shared_with.push(name.to_owned());
    }

    /// From here on columns are those of features.
    pub fn begin_features(&mut self) {
        self.features = self.plans.get_mut().len() as u32;
    }

    /// From here on columns are those of indicators.
    pub fn begin_indicators(&mut self) {
        self.indicators = self.plans.get_mut().len() as u32;
    }

    /// From here on columns are those of models.
    pub fn begin_models(&mut self) {
        self.models = Some(self.plans.get_mut().len() as u32);
    }

    /// Slots of indicators, features and models.
    pub fn readings(&self) -> Vec<u32> {
        let end = self.plans().len() as u32;
        let models = self.models.unwrap_or(end);
        let foreign = self.foreign.borrow();
        let own = |slot: &u32| foreign.iter().all(|foreign| foreign.slot != *slot);
        let slots = (self.indicators..models).chain(self.features..self.indicators);
        slots.chain(models..end).filter(own).collect()
    }

    /// The slot of a name.
    pub fn slot(&self, name: &str) -> Option<u32> {
        match self.split(name) {
            (None, name) => self.slots.get(name).copied(),
            (Some(instrument), column) => self.foreign(instrument, column, name),
        }
    }

    /// The instrument that a name begins with, and the name of the column there.
    pub fn split<'n>(&self, name: &'n str) -> (Option<u32>, &'n str) {
        // Symbols may have points too, so the longest id is meant.
        let ends = name.match_indices('.').rev().map(|(end, _)| end);
        let mut of = ends.filter_map(|end| Some((*self.instruments.get(&name[..end])?, end)));
        of.next().map_or((None, name), |(instrument, end)| (Some(instrument), &name[end + 1..]))
    }

    /// The slot of a column of an instrument, as others read it. Values of models come later than
    /// the moment at which they are asked, so that others cannot read them.
    fn foreign(&self, instrument: u32, column: &str, name: &str) -> Option<u32> {
        let is_model = |slot: &u32| self.models.is_some_and(|first| *slot >= first);
        let column = self.slots.get(column).copied().filter(|slot| !is_model(slot))?;
        let (mut foreign, mut plans) = (self.foreign.borrow_mut(), self.plans.borrow_mut());
        let known = |f: &&ForeignNode| (f.instrument, f.column) == (instrument, column);
        if let Some(known) = foreign.iter().find(known) {
            return Some(known.slot);
        }
        let slot = plans.len() as u32;
        let plan = ColumnPlan {
            name: name.to_owned(),
            shared_with: Vec::new(),
            ..plans[column as usize].clone()
        };
        plans.push(plan);
        foreign.push(ForeignNode { slot, instrument, column });
        Some(slot)
    }

    /// Columns of other instruments that were asked for.
    pub fn foreign_nodes(&self) -> Vec<ForeignNode> {
        self.foreign.borrow().clone()
    }

    /// Ids of the instruments.
    pub fn instruments(&self) -> Vec<&str> {
        self.instruments.keys().map(String::as_str).collect()
    }

    /// The value of a constant.
    pub fn constant(&self, name: &str) -> Option<f64> {
        self.constants.get(name).copied()
    }

    /// Names of columns, shared ones included.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.slots.keys().map(String::as_str)
    }

    /// Names of columns with those of the instruments before them.
    pub fn of_others(&self) -> impl Iterator<Item = String> {
        let of = |id| self.names().map(move |name| format!("{id}.{name}"));
        self.instruments.keys().flat_map(of)
    }

    /// Names of constants.
    pub fn constants(&self) -> impl Iterator<Item = &str> {
        self.constants.keys().map(String::as_str)
    }

    /// One column a slot.
    pub fn plans(&self) -> Ref<'_, [ColumnPlan]> {
        Ref::map(self.plans.borrow(), Vec::as_slice)
    }

    /// As [`Columns::plans`].
    pub fn into_plans(self) -> Vec<ColumnPlan> {
        self.plans.into_inner()
    }
}
