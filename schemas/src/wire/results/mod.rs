//! The JSON of results: what a run computes, as records of topics.
//!
//! A record has `type`, `version`, `venue` and `symbol` where it belongs to an instrument, `ts`,
//! `run`, `id` (its order key as text, the same on every run), the columns of its lake table, then
//! `cause` (the record of the input that it follows from) and `job_digest`. Prices, quantities,
//! money, ids, offsets and nanosecond times are decimal strings; other doubles are numbers in the
//! shortest form that reads back as itself. What is null is left out.
//!
//! `complete` is none of them: it says that no record with an earlier `ts` will follow in its
//! partition.

mod alert;
#[cfg(test)]
mod tests;

pub use alert::Alert;

use super::VERSION;
use super::number::{push_decimal, push_integer, push_unsigned};
use super::text::{push_number, push_text};
use crate::cell::{CellSink, Column};
use crate::records::{Fill, OrderEvent, Portfolio, Position, Signal};
use crate::table::Record;
use crate::{Digest, EventTime, Money, OrderKey, text_enum};
use arrow::datatypes::DataType;
use std::marker::PhantomData;

text_enum! {
    /// Types of records that a run writes to topics.
    ResultType {
        /// A change of a strategy's target.
        Signal = "signal",
        /// A transition of an order.
        Order = "order",
        /// An execution.
        Fill = "fill",
        /// A position after a change.
        Position = "position",
        /// An account's state.
        Portfolio = "portfolio",
        /// Doubtful data, a record that could not be used, or an order that was refused.
        Alert = "alert",
        /// No record with an earlier `ts` will follow in this partition.
        Complete = "complete",
    }
}

/// A record with a type of its own in topics.
pub trait ResultRecord: Record {
    /// The type.
    const TYPE: ResultType;
    /// `venue:symbol`, where it belongs to an instrument.
    fn instrument(&self) -> Option<&str>;
    /// What groups records into partitions: the instrument, or the account.
    fn record_key(&self) -> &str {
        self.instrument().unwrap_or_default()
    }
}

macro_rules! results {
    ($($record:ident = $type:ident $(by $account:ident)?,)+) => {
        $(impl ResultRecord for $record {
            const TYPE: ResultType = ResultType::$type;
            fn instrument(&self) -> Option<&str> {
                self.instrument.as_deref()
            }
            $(fn record_key(&self) -> &str {
                &self.$account
            })?
        })+

        impl ResultType {
            /// The fields of its records, in the order in which they stand.
            pub fn fields(self) -> Vec<WireField> {
                match self {
                    $(ResultType::$type => fields_of(<$record as Record>::columns()),)+
                    ResultType::Complete => [
                        field("type", "text", true, "complete"),
                        field("version", "number", true, "version of the record"),
                        field("through", "decimal text", true, "nanoseconds since 1970, UTC"),
                    ]
                    .into(),
                }
            }
        }
    };
}
results! {
    Signal = Signal,
    OrderEvent = Order,
    Fill = Fill,
    Position = Position by account,
    Portfolio = Portfolio by account,
    Alert = Alert,
}

impl ResultType {
    /// One sentence about it.
    pub fn doc(self) -> &'static str {
        match self {
            ResultType::Signal => "Changes of a strategy's target",
            ResultType::Order => "Orders, one record a transition",
            ResultType::Fill => "Executions",
            ResultType::Position => "Positions after each change",
            ResultType::Portfolio => "Accounts after each fill and each second of change",
            ResultType::Alert => "Doubtful data, rejected records, refused orders",
            ResultType::Complete => "No record with a ts before through will follow",
        }
    }
}

/// A field of a record, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireField {
    /// Its name.
    pub name: String,
    /// How it is written: text, decimal text, number, true or false, object.
    pub form: &'static str,
    /// Is it always there?
    pub required: bool,
    /// What it means.
    pub doc: String,
}

fn field(name: &str, form: &'static str, required: bool, doc: &str) -> WireField {
    WireField { name: name.to_owned(), form, required, doc: doc.to_owned() }
}

fn fields_of(columns: Vec<Column>) -> Vec<WireField> {
    let mut all = vec![
        field("type", "text", true, "what the record is"),
        field("version", "number", true, "version of the record"),
        field("venue", "text", false, "market segment"),
        field("symbol", "text", false, "the venue's spelling"),
        field("ts", "decimal text", true, "when it became known: nanoseconds since 1970, UTC"),
        field("run", "text", true, "name of the run"),
        field("id", "text", true, "its place in the order of everything; the same on every run"),
    ];
    for Slot { name, form, column } in slots(&columns) {
        let column = &columns[column];
        all.push(field(&name, form.said(), !column.nullable, &column.doc));
    }
    all.push(field("cause", "object", true, "topic or source, partition and offset of its cause"));
    all.push(field("job_digest", "text", true, "digest of the resolved job"));
    all
}

/// Where the record came from that caused another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin<'a> {
    /// A topic.
    Topic(&'a str),
    /// A source of files, by its name in the job file.
    Source(&'a str),
}

/// What stands in every record of a run besides its own columns.
#[derive(Debug, Clone, Copy)]
pub struct Lineage<'a> {
    /// Name of the run.
    pub run: &'a str,
    /// Where the cause came from: of `source_rank` in its key.
    pub origin: Origin<'a>,
    /// Digest of the resolved job.
    pub job_digest: Digest,
}

/// How values are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Text.
    Text,
    /// Whole numbers and truth values.
    Plain,
    /// A double.
    Number,
    /// Nanoseconds, in quotes.
    Time,
    /// Three columns: a double, which is passed over, digits, places.
    Scaled,
    /// Two columns: a double, which is passed over, and the amount.
    Money,
}

impl Form {
    fn said(self) -> &'static str {
        match self {
            Form::Text => "text",
            Form::Plain | Form::Number => "number",
            Form::Time | Form::Scaled | Form::Money => "decimal text",
        }
    }
}

/// A field and its first column.
struct Slot {
    name: String,
    form: Form,
    column: usize,
}

/// `ts` and `instrument` stand before a record's own columns, the order key after them.
const LEAD_COLUMNS: usize = 2;
const KEY_COLUMNS: usize = 6;

fn slots(columns: &[Column]) -> Vec<Slot> {
    let (mut slots, mut at, end) = (Vec::new(), LEAD_COLUMNS, columns.len() - KEY_COLUMNS);
    while at < end {
        let name = &columns[at].name;
        let is = |n: usize, suffix| columns[at + n].name == format!("{name}_{suffix}");
        let form = match &columns[at].data_type {
            DataType::Float64 if is(1, "raw") => Form::Scaled,
            DataType::Float64 if is(1, "exact") => Form::Money,
            DataType::Float64 => Form::Number,
            DataType::Timestamp(..) => Form::Time,
            DataType::Utf8 => Form::Text,
            _ => Form::Plain,
        };
        slots.push(Slot { name: name.clone(), form, column: at });
        at += match form {
            Form::Scaled => 3,
            Form::Money => 2,
            _ => 1,
        };
    }
    slots
}

/// Writes records of one kind.
pub struct ResultEncoder<R> {
    /// Of each column, its slot when it is the first of one.
    forms: Vec<(Form, String)>,
    columns: usize,
    record: PhantomData<fn(R)>,
}

impl<R: ResultRecord> Default for ResultEncoder<R> {
    fn default() -> Self {
        let columns = R::columns();
        // `,"name":` stands ready.
        let ready = |slot: Slot| (slot.form, format!(",\"{}\":", slot.name));
        let forms = slots(&columns).into_iter().map(ready).collect();
        ResultEncoder { forms, columns: columns.len() - KEY_COLUMNS, record: PhantomData }
    }
}

impl<R: ResultRecord> ResultEncoder<R> {
    /// Appends a record as one line without its end. The same record gives the same bytes.
    pub fn encode(&self, row: &R, lineage: &Lineage<'_>, out: &mut String) {
        let key = row.key();
        push_type(out, R::TYPE);
        if let Some((venue, symbol)) = row.instrument().and_then(|i| i.split_once(':')) {
            out.push_str(",\"venue\":");
            push_text(out, venue);
            out.push_str(",\"symbol\":");
            push_text(out, symbol);
        }
        out.push_str(",\"ts\":\"");
        push_integer(out, key.ts.0);
        out.push_str("\",\"run\":");
        push_text(out, lineage.run);
        out.push_str(",\"id\":\"");
        push_id(out, key);
        out.push('"');
        row.write(&mut Line { out, encoder: self, column: 0, slot: 0, part: 0, raw: 0 });
        match lineage.origin {
            Origin::Topic(topic) => {
                out.push_str(",\"cause\":{\"topic\":");
                push_text(out, topic);
            }
            Origin::Source(source) => {
                out.push_str(",\"cause\":{\"source\":");
                push_text(out, source);
            }
        }
        out.push_str(",\"partition\":");
        push_unsigned(out, key.source_partition.into());
        out.push_str(",\"offset\":\"");
        push_unsigned(out, key.source_offset);
        out.push_str("\"},\"job_digest\":\"");
        out.push_str(&lineage.job_digest.to_string());
        out.push_str("\"}");
    }
}

/// Appends a mark: no record with a `ts` before `through` will follow in its partition.
pub fn encode_complete(through: EventTime, out: &mut String) {
    push_type(out, ResultType::Complete);
    out.push_str(",\"through\":\"");
    push_integer(out, through.0);
    out.push_str("\"}");
}

/// Appends an order key as text: its components with points between.
pub fn push_id(out: &mut String, key: &OrderKey) {
    push_integer(out, key.ts.0);
    let rest = [
        key.received.into(),
        key.source_rank.into(),
        key.source_partition.into(),
        key.source_offset,
        key.operator.into(),
        key.state.into(),
        key.seq.into(),
    ];
    for part in rest {
        out.push('.');
        push_unsigned(out, part);
    }
}

fn push_type(out: &mut String, kind: ResultType) {
    out.push_str("{\"type\":\"");
    out.push_str(kind.as_str());
    out.push_str("\",\"version\":");
    push_unsigned(out, VERSION);
}

/// Takes a row column by column and writes what stands in the record.
struct Line<'a, R> {
    out: &'a mut String,
    encoder: &'a ResultEncoder<R>,
    column: usize,
    slot: usize,
    /// Columns of the slot that were taken.
    part: usize,
    /// Digits of a scaled number whose places are yet to come.
    raw: i64,
}

impl<R> Line<'_, R> {
    /// The next column; none if it is not written. The last of its slot moves on.
    fn next(&mut self) -> Option<(Form, usize)> {
        let own = self.column >= LEAD_COLUMNS && self.column < self.encoder.columns;
        self.column += 1;
        if !own {
            return None;
        }
        let (form, part) = (self.encoder.forms[self.slot].0, self.part);
        let width = match form {
            Form::Scaled => 3,
            Form::Money => 2,
            _ => 1,
        };
        self.part = (part + 1) % width;
        if self.part == 0 {
            self.slot += 1;
        }
        Some((form, part))
    }

    /// Writes the value of the slot that was just completed.
    fn put(&mut self, write: impl FnOnce(&mut String)) {
        self.out.push_str(&self.encoder.forms[self.slot - 1].1);
        write(self.out);
    }

    fn quoted(&mut self, write: impl FnOnce(&mut String)) {
        self.put(|out| {
            out.push('"');
            write(out);
            out.push('"');
        });
    }
}

impl<R> CellSink for Line<'_, R> {
    fn i64(&mut self, value: i64) {
        match self.next() {
            Some((Form::Scaled, _)) => self.raw = value,
            Some(_) => self.put(|out| push_integer(out, value)),
            None => {}
        }
    }
    fn i32(&mut self, value: i32) {
        if self.next().is_some() {
            self.put(|out| push_integer(out, value.into()));
        }
    }
    fn i8(&mut self, value: i8) {
        let raw = self.raw;
        match self.next() {
            Some((Form::Scaled, _)) => self.quoted(|out| push_decimal(out, raw, value as u8, 0)),
            Some(_) => self.put(|out| push_integer(out, value.into())),
            None => {}
        }
    }
    fn time(&mut self, value: EventTime) {
        if self.next().is_some() {
            self.quoted(|out| push_integer(out, value.0));
        }
    }
    fn f64(&mut self, value: f64) {
        if let Some((Form::Number, _)) = self.next()
            && value.is_finite()
        {
            self.put(|out| push_number(out, value));
        }
    }
    fn text(&mut self, value: &str) {
        if self.next().is_some() {
            self.put(|out| push_text(out, value));
        }
    }
    fn bool(&mut self, value: bool) {
        if self.next().is_some() {
            self.put(|out| out.push_str(if value { "true" } else { "false" }));
        }
    }
    fn money(&mut self, value: Money) {
        if self.next().is_some() {
            let text = value.to_string();
            let text = text.trim_end_matches('0').trim_end_matches('.');
            self.quoted(|out| out.push_str(text));
        }
    }
    fn null(&mut self) {
        self.next();
    }
}
