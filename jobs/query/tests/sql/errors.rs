//! What people read when a query cannot be answered.

use crate::world::{World, error, rows, text};
use query::{Format, QueryError, Sql};
use std::fs;
use std::path::Path;

#[test]
fn unknown_tables_and_columns_are_named_with_what_could_be_meant() {
    let world = World::new();
    let sql = world.sql();
    let text = error(&sql, "SELECT 1 FROM trade");
    let expected =
        "there is no table `trade`; did you mean `trades`? (tables: instruments, trades,";
    assert!(text.starts_with(expected), "{text}");
    let text = error(&sql, "SELECT\n  prise FROM trades");
    let expected = "there is no column `prise` at line 2, column 3; did you mean `price`? \
        (columns: ts, instrument, ";
    assert!(text.starts_with(expected), "{text}");
    let text = error(&sql, "SELECT t.vneue FROM trades t JOIN quotes q ON t.ts = q.ts");
    assert!(text.contains("no column `t.vneue`") && text.contains("mean `venue`?"), "{text}");
    assert_eq!(text.matches("bid_price").count(), 0, "only the columns of `t`: {text}");
    let text = error(&sql, "SELECT ts FROM trades t JOIN quotes q ON t.ts = q.ts");
    assert_eq!(text, "`ts` is in several tables: write TABLE.ts");
    let text = error(&sql, "SELECT medain(price) FROM trades");
    assert_eq!(text, "there is no function `medain`; did you mean `median`?");
    let text = error(&sql, "SELECT ema(price, 12) FROM trades");
    let expected = "there is no function `ema` of single rows: write ema(…) OVER (ORDER BY ts)";
    assert_eq!(text, expected);
}

#[test]
fn syntax_errors_point_at_the_place_and_nothing_has_run() {
    let world = World::new();
    let sql = world.sql();
    let mut out = Vec::new();
    let error = sql.run("SELECT 1;\nSELECT 2 FROM;", Format::Csv, &mut out).unwrap_err();
    assert_eq!(
        error.to_string(),
        "syntax error at line 2, column 14: expected identifier, found ;"
    );
    assert!(error.never_started());
    assert!(out.is_empty());
}

#[test]
fn the_lake_is_read_only() {
    let world = World::new();
    let sql = world.sql();
    for query in [
        "INSERT INTO trades SELECT * FROM trades",
        "COPY (SELECT 1) TO 'x.csv'",
        "CREATE TABLE t AS SELECT 1",
        "DROP TABLE trades",
        "WITH a AS (SELECT 1) INSERT INTO trades SELECT * FROM a",
    ] {
        let text = error(&sql, query);
        assert!(text.contains("the lake is read-only"), "{query}: {text}");
    }
    let views = ["CREATE VIEW trades AS SELECT 1", "CREATE OR REPLACE VIEW \"trades\" AS SELECT 1"];
    for query in views.into_iter().chain(["DROP VIEW lake.trades", "DROP VIEW IF EXISTS trades"]) {
        let text = error(&sql, query);
        assert_eq!(text, "`trades` is a table of the lake, not a view: use another name");
    }
    assert_eq!(rows(&sql, "SELECT count(*) FROM trades"), ["4"]);
    assert!(error(&sql, "BEGIN").contains("is not supported here"));
}

#[test]
fn a_missing_lake_or_run_is_an_error_that_says_what_there_is() {
    let world = World::new();
    let open = |path: &Path, run| Sql::open(path, run).err().unwrap();
    let missing = open(&world.path().join("nothing"), None);
    assert!(missing.to_string().starts_with("there is no lake at "), "{missing}");
    let missing = open(world.path(), Some("alhpa")).to_string();
    let expected = "the lake has no run `alhpa`; did you mean `alpha`? (runs: alpha, beta)";
    assert_eq!(missing, expected);
    let empty = tempfile::tempdir().unwrap();
    let missing = open(empty.path(), Some("latest")).to_string();
    assert_eq!(missing, "the lake has no run `latest` (there are no runs)");
}

#[test]
fn files_are_tables_and_wrong_ones_are_explained() {
    let world = World::new();
    let sql = Sql::without_lake().unwrap();
    let csv = world.path().join("x.csv");
    fs::write(&csv, "a,b\n1,x\n2,y\n").unwrap();
    let query = format!("SELECT sum(a), max(b) FROM '{}'", csv.display());
    assert_eq!(rows(&sql, &query), ["3,y"]);
    fs::write(&csv, "c\n5\n").unwrap();
    let query = format!("SELECT c FROM '{}'", csv.display());
    assert_eq!(rows(&sql, &query), ["5"], "a changed file is read anew");
    let parquet = world.path().join("x.parquet");
    let mut file = fs::File::create(&parquet).unwrap();
    sql.run("SELECT 7 AS n, 'é' AS t", Format::Parquet, &mut file).unwrap();
    assert_eq!(rows(&sql, &format!("SELECT * FROM '{}'", parquet.display())), ["7,é"]);

    assert_eq!(rows(&sql, "SELECT count(*) FROM trades"), ["0"], "no lake, but its tables");
    let text = error(&sql, "SELECT * FROM 'missing.csv'");
    assert!(text.starts_with("cannot read 'missing.csv': No such file"), "{text}");
    let text = error(&sql, "SELECT * FROM missing.csv");
    assert!(text.contains("write the name of a file in quotes"), "{text}");
    let text = error(&sql, "SELECT * FROM 'a/b.xls'");
    assert!(text.contains("its name must end with one of .parquet, .csv"), "{text}");
}

#[test]
fn failures_of_the_run_and_of_the_output_are_told_apart() {
    let world = World::new();
    let sql = world.sql();
    let failed = text(&sql, "SELECT CAST(symbol AS INT) FROM trades", Format::Csv).unwrap_err();
    assert!(!failed.never_started() && matches!(failed, QueryError::Failed(_)), "{failed}");
    struct Closed;
    impl std::io::Write for Closed {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    for format in [Format::Table, Format::Csv, Format::Json, Format::Jsonl] {
        let failed = sql.run("SELECT 1", format, &mut Closed).unwrap_err();
        let QueryError::Output(error) = failed else { panic!("{failed}") };
        assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe, "{format:?}");
    }
}
