//! A small lake: two recordings, two runs, something that was never committed.

use arrow::array::{ArrayRef, Float64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use pipeline::lake::{EpochDraft, FileFilter, Journal, Lake, digest_of};
use query::{Format, QueryError, Sql};
use schemas::records::{Posting, PostingKind, Readings, Signal, Trade, TradeKind};
use schemas::table::Record;
use schemas::{Digest, EventTime, Money, OrderKey, Price, Quantity, Side, Table};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// 2024-08-08T00:00:00Z.
pub const DAY: i64 = 1_723_075_200_000_000_000;
pub const SECOND: i64 = 1_000_000_000;
pub const HOUR: i64 = 3600 * SECOND;

pub struct World {
    pub folder: TempDir,
    pub lake: Lake,
}

fn key(ts: i64, seq: u32) -> OrderKey {
    OrderKey::source(EventTime(ts), 0, 0, u64::from(seq), seq)
}

pub fn trade(ts: i64, instrument: &str, price: i64, quantity: i64) -> Trade {
    Trade {
        key: key(ts, 0),
        instrument: Some(instrument.into()),
        recv_ts: EventTime(ts),
        exchange_ts: None,
        trade_id: "1".into(),
        price: Price::new(price, 2),
        quantity: Quantity::new(quantity, 4),
        side: Some(Side::Buy),
        kind: TradeKind::Market,
        corrects: None,
    }
}

fn posting(ts: i64, amount: i128) -> Posting {
    Posting {
        key: key(ts, 0),
        instrument: Some("binance:BTCUSDT".into()),
        account: "main".into(),
        currency: "USDT".into(),
        kind: PostingKind::Fee,
        amount: Money(amount),
        r#ref: None,
    }
}

fn signal(ts: i64) -> Signal {
    Signal {
        key: key(ts, 0),
        instrument: Some("binance:BTC/USDT:USDT".into()),
        strategy: "s".into(),
        side: None,
        target: Quantity::new(1, 0),
        strength: 0.5,
        price: None,
        reason: "a \"rule\", spoken\nin lines".into(),
        model_digest: None,
    }
}

/// Readings with one column of the job's own, before `tainted` as a run writes them.
fn readings(name: &str, values: &[f64]) -> RecordBatch {
    let row = |at: usize| Readings {
        key: key(DAY + at as i64 * SECOND, 0),
        instrument: Some("binance:BTCUSDT".into()),
        tainted: false,
    };
    let rows: Vec<Readings> = (0..values.len()).map(row).collect();
    let batch = Readings::batch(&rows);
    let mut fields: Vec<Arc<Field>> = batch.schema().fields().iter().cloned().collect();
    let mut columns: Vec<ArrayRef> = batch.columns().to_vec();
    fields.insert(2, Arc::new(Field::new(name, DataType::Float64, true)));
    columns.insert(2, Arc::new(Float64Array::from(values.to_vec())));
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

/// Commits batches as one epoch.
pub fn commit(journal: &mut Journal, batches: &[(Table, RecordBatch)]) {
    let mut writer = journal.writer(0);
    for (table, batch) in batches {
        writer.append(*table, batch, digest_of(batch).unwrap()).unwrap();
    }
    let files = writer.finish_epoch().unwrap();
    journal.commit(EpochDraft::last(EventTime::MAX, files, None)).unwrap();
}

pub fn record(lake: &Lake, id: &str, trades: &[Trade]) {
    let mut recording = lake.start_recording(id, "ingest", Digest(1)).unwrap().unwrap();
    commit(&mut recording, &[(Table::Trades, Trade::batch(trades))]);
}

impl World {
    /// Trades of two venues over two days; runs `alpha` and `beta`.
    pub fn new() -> World {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::open(folder.path().to_str().unwrap()).unwrap();
        record(
            &lake,
            "first",
            &[
                trade(DAY, "binance:BTCUSDT", 6_165_001, 14),
                trade(DAY + HOUR, "binance:ETHUSDT", 245_050, 10_000),
                trade(DAY + 24 * HOUR, "binance:BTCUSDT", 6_200_000, 28),
            ],
        );
        record(&lake, "second", &[trade(DAY + 2 * HOUR, "coinbase:BTC-USD", 6_166_003, 7)]);

        let mut alpha = lake.start_run("alpha", "job", Digest(2), false).unwrap();
        let money: Vec<Posting> =
            (0..10).map(|n| posting(DAY + n * SECOND, 100_000_000_000)).collect();
        let signals = Signal::batch(&[signal(DAY)]);
        commit(
            &mut alpha,
            &[
                (Table::Ledger, Posting::batch(&money)),
                (Table::Signals, signals),
                (Table::Readings, readings("ema_12", &[1.5, 2.5])),
            ],
        );
        let mut beta = lake.start_run("beta", "job", Digest(2), false).unwrap();
        let money = Posting::batch(&[posting(DAY, -7)]);
        commit(
            &mut beta,
            &[(Table::Ledger, money), (Table::Readings, readings("rsi_14", &[70.0]))],
        );
        World { folder, lake }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn sql(&self) -> Sql {
        Sql::open(self.path(), None).unwrap()
    }

    /// Writes rows of a new run and dies before the commit.
    pub fn write_without_commit(&self, run: &str) {
        let journal = self.lake.start_run(run, "job", Digest(2), false).unwrap();
        let batch = Posting::batch(&[posting(DAY, 1)]);
        let mut writer = journal.writer(0);
        writer.append(Table::Ledger, &batch, digest_of(&batch).unwrap()).unwrap();
        writer.finish_epoch().unwrap();
    }

    /// The files of a table.
    pub fn places(&self, table: Table) -> Vec<PathBuf> {
        let files = self.lake.files(table, &FileFilter::default()).unwrap();
        files.iter().map(|file| self.lake.place(&file.entry).unwrap()).collect()
    }
}

/// The result as text.
pub fn text(sql: &Sql, query: &str, format: Format) -> Result<String, QueryError> {
    let mut out = Vec::new();
    sql.run(query, format, &mut out)?;
    Ok(String::from_utf8(out).unwrap())
}

/// The rows of the result as CSV without the header.
pub fn rows(sql: &Sql, query: &str) -> Vec<String> {
    let text = text(sql, query, Format::Csv).unwrap_or_else(|error| panic!("{query}: {error}"));
    text.lines().skip(1).map(str::to_owned).collect()
}

/// What the error says.
pub fn error(sql: &Sql, query: &str) -> String {
    match text(sql, query, Format::Csv) {
        Ok(text) => panic!("{query} was answered with {text}"),
        Err(error) => error.to_string(),
    }
}
