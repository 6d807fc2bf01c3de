//! Batches of trades, quotes and book levels as chunks, column by column.

use super::fields::Rows;
use super::group::Constants;
use super::{LakeError, LakeSource};
use arrow::array::{Array, ArrayRef, AsArray, DictionaryArray, RecordBatch};
use arrow::datatypes::{Int8Type, Int32Type, Int64Type, TimestampNanosecondType};
use schemas::chunk::{NO_INSTRUMENT, NO_TIME, RowKind};
use schemas::{Chunk, Table};

/// In a map of instruments: not wanted.
pub(crate) const DROP: u32 = u32::MAX - 1;

/// A batch that is being decoded.
pub(crate) struct Decoder<'a> {
    pub(crate) path: &'a str,
    pub(crate) table: Table,
    pub(crate) source: &'a LakeSource,
    pub(crate) constants: &'a Constants,
    /// Place of the batch's first row in its row group.
    pub(crate) first_row: usize,
    pub(crate) batch: RecordBatch,
}

/// Decimal places of prices and quantities.
pub(crate) type Scales = (u8, u8);

/// Rows of a batch: all, or these.
pub(crate) type Keep = Option<Vec<u32>>;

/// A column of numbers.
pub(crate) enum Numbers<'a> {
    Constant(i64),
    Long(&'a [i64]),
    Int(&'a [i32]),
    Byte(&'a [i8]),
}

impl Numbers<'_> {
    pub(crate) fn get(&self, row: usize) -> i64 {
        match self {
            Numbers::Constant(value) => *value,
            Numbers::Long(values) => values[row],
            Numbers::Int(values) => values[row].into(),
            Numbers::Byte(values) => values[row].into(),
        }
    }
}

/// The plan's index of an instrument; [`DROP`] when it is not wanted.
pub(crate) fn instrument_index(source: &LakeSource, text: Option<&str>) -> u32 {
    let Some(text) = text else { return NO_INSTRUMENT };
    match source.plan.binary_search_by(|i| (**i.id.text()).cmp(text)) {
        Ok(i) if source.only.is_empty() => i as u32,
        Ok(i) if source.only.contains(&source.plan[i].id) => i as u32,
        _ => DROP,
    }
}

impl Decoder<'_> {
    /// The wanted rows, one chunk for each run of rows of one source rank.
    pub(crate) fn chunks(self) -> Result<Vec<Chunk>, LakeError> {
        let mut chunks = Vec::new();
        let rows = self.batch.num_rows();
        let Numbers::Int(ranks) = self.numbers("source_rank")? else {
            chunks.extend(self.chunk()?);
            return Ok(chunks);
        };
        let mut start = 0;
        for run in ranks.chunk_by(|a, b| a == b) {
            let batch = self.batch.slice(start, run.len());
            chunks.extend(Decoder { batch, ..self }.chunk()?);
            start += run.len();
        }
        debug_assert_eq!(start, rows);
        Ok(chunks)
    }

    fn chunk(mut self) -> Result<Option<Chunk>, LakeError> {
        let ts = self.times("ts")?.values();
        let (mut instrument, plain_scales) = self.instruments()?;
        let keep = self.keep(ts, &instrument)?;
        if keep.as_ref().is_some_and(Vec::is_empty) {
            return Ok(None);
        }
        instrument = gather(&instrument, &keep);
        let rank = self.numbers("source_rank")?.get(0);
        let kind = match self.table {
            Table::Trades => RowKind::Trade,
            Table::Quotes => RowKind::Quote,
            Table::BookOrders => RowKind::Order,
            _ => RowKind::Delta,
        };
        let mut chunk = Chunk::only(rank as u16, 0, kind);
        match self.numbers("source_partition")? {
            Numbers::Constant(partition) => chunk.source_partition = partition as u32,
            partitions => {
                chunk.partitions = pick(ts.len(), &keep, |row| partitions.get(row) as u32);
                chunk.source_partition = chunk.partitions[0];
            }
        }
        chunk.offset = self.offsets(ts.len(), &keep)?;
        match self.numbers("seq")? {
            Numbers::Constant(0) => {}
            seq => chunk.seq = pick(ts.len(), &keep, |row| seq.get(row) as u32),
        }
        if self.source.exchange_ts {
            let times = self.times("exchange_ts")?;
            let (values, nulls) = (times.values(), times.nulls().filter(|n| n.null_count() > 0));
            chunk.exchange_ts =
                match nulls {
                    None => gather(values, &keep),
                    Some(nulls) => pick(ts.len(), &keep, |row| {
                        if nulls.is_valid(row) { values[row] } else { NO_TIME }
                    }),
                };
        }
        if self.batch.column_by_name("recv_ts").is_some() {
            let received = self.times("recv_ts")?.values();
            if received[..] != ts[..] {
                chunk.recv_ts = gather(received, &keep);
            }
        }
        chunk.instrument = instrument;
        let mut whole = Whole::default();
        if keep.is_none() {
            whole.take(&mut self.batch);
        }
        chunk.ts = match whole.column("ts") {
            Some(ts) => ts,
            None => gather(self.times("ts")?.values(), &keep),
        };
        let instruments = &chunk.instrument;
        let mut rows = Rows { decoder: &self, keep, instruments, plain_scales, whole };
        match kind {
            RowKind::Trade => chunk.trades = rows.trades()?,
            RowKind::Quote => chunk.quotes = rows.quotes()?,
            RowKind::Order => chunk.orders = rows.orders()?,
            _ => chunk.deltas = rows.deltas()?,
        }
        Ok(Some(chunk))
    }

    /// The plan's index of each row's instrument; and the (price, quantity) scales of all wanted
    /// instruments here, if they have the same.
    fn instruments(&self) -> Result<(Vec<u32>, Option<Scales>), LakeError> {
        let column = self.dictionary("instrument")?;
        let texts = column.values().as_string_opt::<i32>().ok_or_else(|| self.shape("text"))?;
        let mut scales: Vec<Scales> = Vec::new();
        let plan = &self.source.plan;
        let map: Vec<u32> = texts.iter().map(|text| instrument_index(self.source, text)).collect();
        let wanted = map.iter().filter_map(|i| plan.get(*i as usize));
        scales.extend(wanted.map(|i| (i.price_scale, i.quantity_scale)));
        scales.dedup();
        let keys = column.keys();
        if keys.null_count() > 0 {
            let reason = format!("{} has rows that belong to no instrument", self.path);
            return Err(LakeError::Rows { table: self.table.name().to_owned(), reason });
        }
        let rows = keys.values().iter().map(|key| map[*key as usize]).collect();
        Ok((rows, (scales.len() == 1).then(|| scales[0])))
    }

    fn keep(&self, ts: &[i64], instruments: &[u32]) -> Result<Keep, LakeError> {
        let from = self.source.from.map_or(0, |from| ts.partition_point(|t| *t < from.0));
        let to = self.source.to.map_or(ts.len(), |to| ts.partition_point(|t| *t < to.0));
        let feed = match self.batch.column_by_name("origin") {
            Some(_) => self.texts("origin", |t| t == "feed", false)?,
            None => Vec::new(),
        };
        let whole = from == 0 && to == ts.len() && feed.iter().all(|feed| *feed);
        if whole && !instruments.contains(&DROP) {
            return Ok(None);
        }
        let wanted = |row: &usize| instruments[*row] != DROP && feed.get(*row) != Some(&false);
        Ok(Some((from..to.max(from)).filter(wanted).map(|row| row as u32).collect()))
    }

    pub(crate) fn column(&self, name: &str) -> Result<&ArrayRef, LakeError> {
        self.batch.column_by_name(name).ok_or_else(|| self.shape(name))
    }

    fn offsets(&self, rows: usize, keep: &Keep) -> Result<Vec<u64>, LakeError> {
        if let Some(first) = self.constants.first_offset {
            let first = first + self.first_row as u64;
            return Ok(pick(rows, keep, |row| first + row as u64));
        }
        let offsets = self.numbers("source_offset")?;
        Ok(match (&offsets, keep) {
            (Numbers::Long(values), None) => values.iter().map(|value| *value as u64).collect(),
            _ => pick(rows, keep, |row| offsets.get(row) as u64),
        })
    }

    fn times(
        &self,
        name: &str,
    ) -> Result<&arrow::array::PrimitiveArray<TimestampNanosecondType>, LakeError> {
        self.column(name)?.as_primitive_opt().ok_or_else(|| self.shape(name))
    }

    pub(crate) fn numbers(&self, name: &str) -> Result<Numbers<'_>, LakeError> {
        if let Some(value) = self.constants.number(name) {
            return Ok(Numbers::Constant(value));
        }
        let column = self.column(name)?;
        if let Some(array) = column.as_primitive_opt::<Int64Type>() {
            return Ok(Numbers::Long(array.values()));
        }
        if let Some(array) = column.as_primitive_opt::<Int32Type>() {
            return Ok(Numbers::Int(array.values()));
        }
        let array = column.as_primitive_opt::<Int8Type>().ok_or_else(|| self.shape(name))?;
        Ok(Numbers::Byte(array.values()))
    }

    pub(crate) fn dictionary(&self, name: &str) -> Result<&DictionaryArray<Int32Type>, LakeError> {
        self.column(name)?.as_dictionary_opt().ok_or_else(|| self.shape(name))
    }

    /// What each row's text means; `none` for null.
    pub(crate) fn texts<T: Copy>(
        &self,
        name: &'static str,
        meaning: impl Fn(&str) -> T,
        none: T,
    ) -> Result<Vec<T>, LakeError> {
        let column = self.dictionary(name)?;
        let texts = column.values().as_string_opt::<i32>().ok_or_else(|| self.shape(name))?;
        let map: Vec<T> = texts.iter().map(|text| text.map_or(none, &meaning)).collect();
        let keys = column.keys();
        Ok(match keys.nulls() {
            _ if map.is_empty() => vec![none; keys.len()],
            None => keys.values().iter().map(|key| map[*key as usize]).collect(),
            Some(nulls) => {
                let rows = keys.values().iter().zip(nulls.iter());
                rows.map(|(key, valid)| if valid { map[*key as usize] } else { none }).collect()
            }
        })
    }

    pub(crate) fn shape(&self, what: &str) -> LakeError {
        let reason = format!("{} has no column `{what}` as this program writes it", self.path);
        LakeError::Rows { table: self.table.name().to_owned(), reason }
    }
}

/// Columns of integers without null of which every row is kept: the reader's memory becomes the
/// chunk's.
#[derive(Default)]
pub(crate) struct Whole(Vec<(&'static str, Vec<i64>)>);

impl Whole {
    /// Takes the columns of trades out of a batch; those of other tables are few in comparison.
    fn take(&mut self, batch: &mut RecordBatch) {
        for name in ["ts", "price_raw", "quantity_raw"] {
            let Ok(place) = batch.schema_ref().index_of(name) else { continue };
            if batch.column(place).null_count() > 0 {
                continue;
            }
            let column = batch.remove_column(place);
            let values = if let Some(numbers) = column.as_primitive_opt::<Int64Type>() {
                numbers.values().clone()
            } else if let Some(times) = column.as_primitive_opt::<TimestampNanosecondType>() {
                times.values().clone()
            } else {
                continue;
            };
            // Now the values are held here alone, unless the batch is a part of a larger one.
            drop(column);
            let values = values.into_inner().into_vec();
            self.0.push((name, values.unwrap_or_else(|shared| shared.typed_data().to_vec())));
        }
    }

    /// A column, once.
    pub(crate) fn column(&mut self, name: &str) -> Option<Vec<i64>> {
        let place = self.0.iter().position(|(other, _)| *other == name)?;
        Some(self.0.swap_remove(place).1)
    }
}

pub(crate) fn gather<T: Copy>(values: &[T], keep: &Keep) -> Vec<T> {
    match keep {
        None => values.to_vec(),
        Some(rows) => rows.iter().map(|row| values[*row as usize]).collect(),
    }
}

pub(crate) fn pick<T>(rows: usize, keep: &Keep, value: impl Fn(usize) -> T) -> Vec<T> {
    match keep {
        None => (0..rows).map(value).collect(),
        Some(rows) => rows.iter().map(|row| value(*row as usize)).collect(),
    }
}
