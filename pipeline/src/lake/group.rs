//! A row group before it is read: which columns have to be, and what its statistics say already.

use super::{DataFile, LakeError, LakeSource, RECEIVED_AT_TS};
use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::statistics::Statistics;
use schemas::{EventTime, Table};
use std::collections::BTreeMap;
use std::sync::Arc;

/// An open file of a market table.
pub(crate) struct MarketFile {
    pub(crate) path: String,
    pub(crate) file: DataFile,
    pub(crate) metadata: ArrowReaderMetadata,
    /// Does `recv_ts` equal `ts` throughout?
    pub(crate) received_at_ts: bool,
}

/// Which columns of a row group are read, and the values of those that need not be.
pub(crate) struct GroupPlan {
    pub(crate) mask: ProjectionMask,
    pub(crate) constants: Constants,
}

/// Columns with one value throughout, by name.
#[derive(Default)]
pub(crate) struct Constants {
    /// Offset of the first row, if each row has the next one.
    pub(crate) first_offset: Option<u64>,
    numbers: BTreeMap<&'static str, i64>,
    texts: BTreeMap<&'static str, String>,
}

impl Constants {
    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        self.numbers.get(name).copied()
    }
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str)
    }
}

/// Columns of text with few values, which are read as dictionaries: a row then costs an index.
const DICTIONARIES: [&str; 5] = ["instrument", "side", "kind", "origin", "action"];

impl MarketFile {
    pub(crate) fn open(name: &str, file: DataFile, table: Table) -> Result<MarketFile, LakeError> {
        let name = name.to_owned();
        let plain = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new())
            .map_err(|e| LakeError::data(&name, e))?;
        let facts = plain.metadata().file_metadata().key_value_metadata();
        let received_at_ts =
            facts.is_some_and(|facts| facts.iter().any(|fact| fact.key == RECEIVED_AT_TS));
        let metadata = if columns(table).is_empty() {
            plain
        } else {
            let text = || Box::new(DataType::Utf8);
            let fields = plain.schema().fields().iter().map(|field| {
                if !DICTIONARIES.contains(&field.name().as_str()) {
                    return field.clone();
                }
                let dictionary = DataType::Dictionary(Box::new(DataType::Int32), text());
                Arc::new(Field::new(field.name(), dictionary, field.is_nullable()))
            });
            let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
            let options = ArrowReaderOptions::new().with_schema(schema);
            ArrowReaderMetadata::try_new(plain.metadata().clone(), options)
                .map_err(|e| LakeError::data(&name, e))?
        };
        Ok(MarketFile { path: name, file, metadata, received_at_ts })
    }

    /// How to read a row group; `None` when it holds nothing that is wanted.
    pub(crate) fn plan(
        &self,
        table: Table,
        group: usize,
        source: &LakeSource,
    ) -> Option<GroupPlan> {
        let group = self.metadata.metadata().row_group(group);
        if let Some((min, max)) = range(group, "ts")
            && (source.from.is_some_and(|from| EventTime(max) < from)
                || source.to.is_some_and(|to| EventTime(min) >= to))
        {
            return None;
        }
        let schema = self.metadata.parquet_schema();
        let mut constants = Constants::default();
        let mut read = Vec::new();
        for &(name, need) in columns(table) {
            let wanted = match need {
                Need::Always => true,
                Need::Varying => !constants.take(group, name),
                Need::Offset => !constants.take_offsets(group, name),
                Need::ExchangeTime => source.exchange_ts,
                Need::ReceiveTime => !self.received_at_ts,
                Need::TradeId => source.trade_ids,
            };
            if wanted {
                read.push(name);
            }
        }
        // Tops of rebuilt books are results, not input.
        if constants.text("origin").is_some_and(|origin| origin != "feed") {
            return None;
        }
        let mask = match read.is_empty() {
            true => ProjectionMask::all(),
            false => ProjectionMask::columns(schema, read),
        };
        Some(GroupPlan { mask, constants })
    }
}

impl Constants {
    /// Remembers where offsets begin if statistics say that they are consecutive. Within one
    /// partition times never go back, so rows that ascend by key ascend by offset; and where no
    /// two rows share one, as many of them as the range has room for leave none out.
    fn take_offsets(&mut self, group: &RowGroupMetaData, name: &str) -> bool {
        let one = ["source_rank", "source_partition"].map(|name| self.number(name));
        let alone = one.iter().all(Option::is_some) && self.number("seq") == Some(0);
        let Some((min, max)) = range(group, name).filter(|_| alone) else { return false };
        if max.checked_sub(min) == group.num_rows().checked_sub(1) {
            self.first_offset = Some(min as u64);
        }
        self.first_offset.is_some()
    }

    /// Remembers a column's value if statistics say that it has one (nulls apart).
    fn take(&mut self, group: &RowGroupMetaData, name: &'static str) -> bool {
        if let Some((min, max)) = range(group, name) {
            self.numbers.insert(name, min);
            if min != max {
                self.numbers.remove(name);
            }
            return min == max;
        }
        let Some(Statistics::ByteArray(text)) = statistics(group, name) else { return false };
        match (text.min_opt(), text.max_opt()) {
            (Some(min), Some(max)) if min == max && text.max_is_exact() && text.min_is_exact() => {
                let value = String::from_utf8_lossy(min.data()).into_owned();
                self.texts.insert(name, value);
                true
            }
            _ => false,
        }
    }
}

fn statistics<'a>(group: &'a RowGroupMetaData, name: &str) -> Option<&'a Statistics> {
    let column = group.columns().iter().find(|c| c.column_path().parts() == [name])?;
    column.statistics()
}

fn range(group: &RowGroupMetaData, name: &str) -> Option<(i64, i64)> {
    match statistics(group, name)? {
        Statistics::Int32(s) => Some((i64::from(*s.min_opt()?), i64::from(*s.max_opt()?))),
        Statistics::Int64(s) => Some((*s.min_opt()?, *s.max_opt()?)),
        _ => None,
    }
}

/// When a column has to be read.
#[derive(Clone, Copy)]
enum Need {
    Always,
    /// Unless it has one value throughout.
    Varying,
    /// Unless each row has the next one.
    Offset,
    ExchangeTime,
    ReceiveTime,
    TradeId,
}

/// Columns that become a chunk; none for tables that are read row by row.
fn columns(table: Table) -> &'static [(&'static str, Need)] {
    use Need::{Always, ExchangeTime, Offset, ReceiveTime, TradeId, Varying};
    macro_rules! with_key {
        ($($column:expr),+ $(,)?) => {
            &[
                ("ts", Always),
                ("instrument", Always),
                ("recv_ts", ReceiveTime),
                ("exchange_ts", ExchangeTime),
                ("source_rank", Varying),
                ("source_partition", Varying),
                ("seq", Varying),
                ("source_offset", Offset),
                $($column),+
            ]
        };
    }
    match table {
        Table::Trades => with_key![
            ("trade_id", TradeId),
            ("price_raw", Always),
            ("price_scale", Varying),
            ("quantity_raw", Always),
            ("quantity_scale", Varying),
            ("side", Always),
            ("kind", Varying),
        ],
        Table::Quotes => with_key![
            ("origin", Varying),
            ("update_id", Always),
            ("bid_price_raw", Always),
            ("bid_price_scale", Varying),
            ("bid_quantity_raw", Always),
            ("bid_quantity_scale", Varying),
            ("ask_price_raw", Always),
            ("ask_price_scale", Varying),
            ("ask_quantity_raw", Always),
            ("ask_quantity_scale", Varying),
        ],
        Table::BookDeltas => with_key![
            ("first_update_id", Always),
            ("previous_update_id", Always),
            ("update_id", Always),
            ("action", Always),
            ("side", Always),
            ("price_raw", Always),
            ("price_scale", Varying),
            ("quantity_raw", Always),
            ("quantity_scale", Varying),
            ("snapshot", Always),
            ("last", Always),
        ],
        Table::BookOrders => with_key![
            ("action", Always),
            ("order_id", Always),
            ("priority", Always),
            ("side", Always),
            ("price_raw", Always),
            ("price_scale", Varying),
            ("quantity_raw", Always),
            ("quantity_scale", Varying),
            ("last", Always),
        ],
        _ => &[],
    }
}
