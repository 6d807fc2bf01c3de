//! What steps emit: rows of result tables, collected until their driver takes them.

use schemas::{
    EventTime, OrderKey, Text,
    records::{
        Bar, Fill, Markout, OrderEvent, Portfolio, Position, Posting, Quality, Reject, Signal,
        Table,
    },
    table::Record,
};

/// A row of `readings`: the job's columns at a trigger; NaN is null.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadingsRow {
    /// Its place.
    pub key: OrderKey,
    /// `venue:symbol`.
    pub instrument: Text,
    /// One value a column of the plan.
    pub values: Vec<f64>,
    /// Was data missing?
    pub tainted: bool,
}

/// Receives the rows of each table: [`Outputs::visit`].
pub trait TableVisitor {
    /// Rows of a table whose columns its record declares, never none.
    fn rows<R: Record>(&mut self, table: Table, rows: &[R]);
    /// Rows of `readings`, never none.
    fn readings(&mut self, rows: &[ReadingsRow]);
}

macro_rules! outputs {
    ($($(#[doc = $doc:literal])+ $field:ident: $record:ty = $table:ident,)+) => {
        /// Rows by table. Within one drain rows may come in any order; [`Outputs::sort`] orders
        /// them.
        #[derive(Debug, Clone, Default, PartialEq)]
        pub struct Outputs {
            $($(#[doc = $doc])+ pub $field: Vec<$record>,)+
            /// Readings at triggers.
            pub readings: Vec<ReadingsRow>,
        }

        impl Outputs {
            /// No row at all?
            pub fn is_empty(&self) -> bool {
                $(self.$field.is_empty() &&)+ self.readings.is_empty()
            }

            /// Rows in all.
            pub fn len(&self) -> usize {
                $(self.$field.len() +)+ self.readings.len()
            }

            /// Event time of the earliest row.
            pub fn first_ts(&self) -> Option<EventTime> {
                let mut first = self.readings.iter().map(|r| r.key.ts).min();
                $(first = first.into_iter().chain(self.$field.iter().map(|r| r.key.ts)).min();)+
                first
            }

            /// Puts every table into order-key order.
            pub fn sort(&mut self) {
                $(sort_by_key(&mut self.$field, |r| r.key);)+
                sort_by_key(&mut self.readings, |r| r.key);
            }

            /// Adds the rows of another.
            pub fn append(&mut self, mut other: Outputs) {
                $(self.$field.append(&mut other.$field);)+
                self.readings.append(&mut other.readings);
            }

            /// Takes the rows before `end`; both parts are sorted afterwards.
            pub fn take_before(&mut self, end: EventTime) -> Outputs {
                self.sort();
                Outputs {
                    $($field: take_before(&mut self.$field, end, |r| r.key),)+
                    readings: take_before(&mut self.readings, end, |r| r.key),
                }
            }

            /// Shows each table that has rows.
            pub fn visit(&self, visitor: &mut impl TableVisitor) {
                $(if !self.$field.is_empty() {
                    visitor.rows(Table::$table, &self.$field);
                })+
                if !self.readings.is_empty() {
                    visitor.readings(&self.readings);
                }
            }
        }
    };
}
outputs! {
    /// Finished bars.
    bars: Bar = Bars,
    /// Changes of targets.
    signals: Signal = Signals,
    /// Transitions of orders.
    orders: OrderEvent = Orders,
    /// Executions.
    fills: Fill = Fills,
    /// What the market did after executions.
    markouts: Markout = Markouts,
    /// Postings.
    ledger: Posting = Ledger,
    /// Positions.
    positions: Position = Positions,
    /// Account states.
    portfolio: Portfolio = Portfolio,
    /// Doubtful data.
    quality: Quality = Quality,
    /// Records that could not be used.
    rejects: Reject = Rejects,
}

fn sort_by_key<T>(rows: &mut [T], key: impl Fn(&T) -> OrderKey) {
    if !rows.is_sorted_by_key(&key) {
        rows.sort_by_key(key);
    }
}

fn take_before<T>(rows: &mut Vec<T>, end: EventTime, key: impl Fn(&T) -> OrderKey) -> Vec<T> {
    let at = rows.partition_point(|row| key(row).ts < end);
    let rest = rows.split_off(at);
    std::mem::replace(rows, rest)
}
