//! Same input, same bytes: runs a plan in many ways and compares every row with the oracle.

use crate::{
    RunError, RunRequest,
    graph::{Collected, RunOptions, SinkKind},
    lake::TableTotal,
    oracle::{interrupted, oracle},
    plan::Plan,
    run::run,
};
use arrow::{
    array::{Array, AsArray, RecordBatch},
    compute::{SortColumn, concat_batches, lexsort_to_indices, take_record_batch},
    datatypes::TimestampNanosecondType,
    util::display::array_value_to_string,
};
use schemas::{Digest, EventTime, Span, Table};
use serde::Serialize;
use std::{collections::BTreeMap, sync::Arc};

/// What was compared.
#[derive(Debug, Clone, Serialize)]
pub struct Verdict {
    /// Is everything equal?
    pub ok: bool,
    /// Every comparison.
    pub compared: Vec<Comparison>,
    /// Where the first one that is not equal goes apart.
    pub first_difference: Option<Difference>,
    /// What the oracle computed.
    #[serde(skip)]
    pub expected: BTreeMap<Table, TableTotal>,
}

impl Verdict {
    /// Adds a run of several processes, of which only the digests of these tables are known.
    pub fn add_run(
        &mut self,
        (processes, workers, quantum): (usize, usize, Span),
        tables: &[Table],
        found: &BTreeMap<Table, TableTotal>,
    ) -> &Comparison {
        let total = |all: &BTreeMap<Table, TableTotal>, table: &Table| {
            all.get(table).copied().unwrap_or_default()
        };
        let (mut rows, mut digest) = (0, Digest::default());
        let mut difference = None;
        for table in tables {
            let (expected, found) = (total(&self.expected, table), total(found, table));
            rows += expected.rows;
            digest.add(expected.digest);
            let words = |total: TableTotal| format!("{} rows, digest {}", total.rows, total.digest);
            if expected != found && difference.is_none() {
                difference = Some(Difference {
                    comparison: self.compared.len(),
                    table: *table,
                    row: expected.rows.min(found.rows) as usize,
                    columns: Vec::new(),
                    expected: Some(words(expected)),
                    found: Some(words(found)),
                });
            }
        }
        self.ok &= difference.is_none();
        self.compared.push(Comparison {
            against: "oracle",
            workers,
            processes,
            quantum,
            cut: None,
            restarts: 0,
            tables: tables.len(),
            rows,
            digest,
            equal: difference.is_none(),
        });
        self.first_difference = self.first_difference.take().or(difference);
        self.compared.last().expect("it was pushed a moment ago")
    }
}

/// A run compared.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    /// With what: `oracle`.
    pub against: &'static str,
    /// Worker threads of the run.
    pub workers: usize,
    /// Processes of the run.
    pub processes: usize,
    /// Quantum of the run.
    pub quantum: Span,
    /// The input was cut here, and rows before it are compared.
    pub cut: Option<EventTime>,
    /// At so many random times everything that runs was replaced by a new one that took over its
    /// state.
    pub restarts: usize,
    /// Tables compared.
    pub tables: usize,
    /// Rows compared.
    pub rows: u64,
    /// Sum of the digests of the tables.
    pub digest: Digest,
    /// Equal?
    pub equal: bool,
}

/// The first row that differs.
#[derive(Debug, Clone, Serialize)]
pub struct Difference {
    /// Which comparison.
    pub comparison: usize,
    /// Which table.
    pub table: Table,
    /// Row in order-key order, from 0.
    pub row: usize,
    /// Columns that differ: name, expected, found. Empty when a whole row is missing.
    pub columns: Vec<(String, String, String)>,
    /// The row that was expected, in words.
    pub expected: Option<String>,
    /// The row that was found, in words.
    pub found: Option<String>,
}

/// How a plan is verified.
#[derive(Debug, Clone)]
pub struct VerifyOptions {
    /// Worker counts.
    pub workers: Vec<usize>,
    /// Quantum of these runs.
    pub quantum: Span,
    /// Quantum of one more run, with the greatest worker count.
    pub other_quantum: Span,
    /// How many random cuts.
    pub cuts: usize,
    /// Seed of the cuts.
    pub seed: u64,
}

/// Runs the plan with each worker count, once with another quantum, and with its input cut at
/// random times, and compares each with the oracle. `tell` hears of each comparison.
///
/// # Errors
/// When the input cannot be read.
pub fn verify(
    plan: &Arc<Plan>,
    options: &VerifyOptions,
    tell: &mut dyn FnMut(&Comparison),
) -> Result<Verdict, RunError> {
    let (summary, expected) = oracle(plan, None)?;
    let expected = sorted(expected);
    let digest = summary.stats.tables.values().fold(Digest::default(), |mut all, t| {
        all.add(t.digest);
        all
    });
    let mut verdict = Verdict {
        ok: true,
        compared: Vec::new(),
        first_difference: None,
        expected: summary.stats.tables.clone(),
    };
    let most = options.workers.iter().copied().max().unwrap_or(1);
    let whole = options.workers.iter().map(|w| (*w, options.quantum, None));
    let other = [(most, options.other_quantum, None)];
    let cuts = cut_times(summary.from, summary.to, options.cuts, options.seed)
        .into_iter()
        .map(|cut| (most, options.quantum, Some(cut)));
    for (workers, quantum, cut) in whole.chain(other).chain(cuts) {
        let request = RunRequest {
            options: RunOptions {
                workers,
                quantum,
                to: cut,
                sink: SinkKind::Memory,
                ..RunOptions::new()
            },
            ..RunRequest::new(Arc::clone(plan))
        };
        let found = sorted(run(request)?.collected);
        let expected = match cut {
            Some(cut) => expected.iter().map(|(t, b)| (*t, before(plan, *t, b, cut))).collect(),
            None => expected.clone(),
        };
        let difference = compare(&expected, &found, verdict.compared.len());
        let comparison = Comparison {
            against: "oracle",
            workers,
            processes: 1,
            quantum,
            cut,
            restarts: 0,
            tables: expected.len(),
            rows: expected.values().map(|b| b.num_rows() as u64).sum(),
            digest,
            equal: difference.is_none(),
        };
        tell(&comparison);
        verdict.ok &= comparison.equal;
        verdict.compared.push(comparison);
        verdict.first_difference = verdict.first_difference.or(difference);
    }
    let restarts = cut_times(summary.from, summary.to, RESTARTS, options.seed);
    let found = sorted(interrupted(plan, None, &restarts)?.1);
    let difference = compare(&expected, &found, verdict.compared.len());
    let comparison = Comparison {
        against: "oracle",
        workers: 1,
        processes: 1,
        quantum: options.quantum,
        cut: None,
        restarts: restarts.len(),
        tables: expected.len(),
        rows: expected.values().map(|b| b.num_rows() as u64).sum(),
        digest,
        equal: difference.is_none(),
    };
    tell(&comparison);
    verdict.ok &= comparison.equal;
    verdict.compared.push(comparison);
    verdict.first_difference = verdict.first_difference.or(difference);
    Ok(verdict)
}

/// How often everything that runs is replaced by a new one that takes over its state.
const RESTARTS: usize = 20;

/// Random times within the input; the seed is the options' own.
fn cut_times(
    from: Option<EventTime>,
    to: Option<EventTime>,
    count: usize,
    seed: u64,
) -> Vec<EventTime> {
    let (Some(from), Some(to)) = (from, to) else { return Vec::new() };
    let span = (to.0 - from.0).max(1) as u64;
    let time = |i: usize| {
        let hash = Digest::of(&[seed.to_le_bytes(), (i as u64).to_le_bytes()].concat());
        EventTime(from.0 + (hash.0 as u64 % span) as i64)
    };
    let mut times: Vec<EventTime> = (0..count).map(time).collect();
    times.sort();
    times
}

/// Each table as one batch in order-key order.
fn sorted(collected: Collected) -> BTreeMap<Table, RecordBatch> {
    let mut tables = BTreeMap::new();
    for (table, batches) in collected {
        let batches: Vec<RecordBatch> = batches.into_iter().map(|b| b.batch).collect();
        let all = concat_batches(&batches[0].schema(), &batches).expect("one table, one schema");
        let mut keys = vec!["ts", "received", "source_rank", "source_partition", "source_offset"];
        keys.extend(["operator", "account", "instrument", "seq"]);
        // Rows of accounts count within the account, the others within the instrument.
        if all.column_by_name("account").is_some() {
            keys.retain(|k| *k != "instrument");
        }
        let columns: Vec<SortColumn> = keys
            .iter()
            .filter_map(|name| all.column_by_name(name))
            .map(|values| SortColumn { values: Arc::clone(values), options: None })
            .collect();
        let order = lexsort_to_indices(&columns, None).expect("keys are sortable");
        tables.insert(table, take_record_batch(&all, &order).expect("indices are in range"));
    }
    tables
}

/// The rows before a cut of the input; what accounts emit ends before that by their lag.
fn before(plan: &Plan, table: Table, batch: &RecordBatch, cut: EventTime) -> RecordBatch {
    let lag = if table.is_of_accounts() { plan.lag() } else { Span(0) };
    let cut = EventTime(cut.0.saturating_sub(lag.0));
    let ts = batch.column(0).as_primitive::<TimestampNanosecondType>();
    batch.slice(0, ts.values().partition_point(|ts| *ts < cut.0))
}

fn compare(
    expected: &BTreeMap<Table, RecordBatch>,
    found: &BTreeMap<Table, RecordBatch>,
    comparison: usize,
) -> Option<Difference> {
    for table in Table::ALL {
        let (left, right) = (expected.get(table), found.get(table));
        let rows = |batch: Option<&RecordBatch>| batch.map_or(0, RecordBatch::num_rows);
        if rows(left) == rows(right) && (rows(left) == 0 || left == right) {
            continue;
        }
        let same = |row: usize| match (left, right) {
            (Some(a), Some(b)) if row < a.num_rows() && row < b.num_rows() => {
                a.slice(row, 1) == b.slice(row, 1)
            }
            _ => false,
        };
        let row = (0..rows(left).max(rows(right))).find(|row| !same(*row)).unwrap_or(0);
        let cell = |batch: &RecordBatch, column: usize| {
            let array = batch.column(column);
            if array.is_null(row) {
                return "null".to_owned();
            }
            array_value_to_string(array, row).unwrap_or_default()
        };
        let words = |batch: Option<&RecordBatch>| {
            let batch = batch.filter(|b| row < b.num_rows())?;
            let names = batch.schema();
            let cells = (0..batch.num_columns())
                .map(|c| format!("{}={}", names.field(c).name(), cell(batch, c)));
            Some(cells.collect::<Vec<_>>().join(" "))
        };
        let (mut columns, names) = (Vec::new(), left.or(right).expect("a row differs").schema());
        if let (Some(a), Some(b)) = (left, right)
            && row < a.num_rows().min(b.num_rows())
        {
            for (c, field) in names.fields().iter().enumerate() {
                if a.column(c).slice(row, 1) != b.column(c).slice(row, 1) {
                    columns.push((field.name().clone(), cell(a, c), cell(b, c)));
                }
            }
        }
        let (expected, found) = (words(left), words(right));
        return Some(Difference { comparison, table: *table, row, columns, expected, found });
    }
    None
}
