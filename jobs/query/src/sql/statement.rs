//! The statements of a text, and which of them are allowed.

use super::QueryError;
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast::{ObjectName, ObjectType, SetExpr, Statement as Sql};
use schemas::Table;

/// A statement that may run.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) statement: Statement,
    pub(crate) answer: Answer,
}

/// What a statement answers with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Rows.
    Rows,
    /// A plan: rows of long texts.
    Plan,
    /// Nothing.
    Nothing,
}

/// Splits a text at its semicolons and refuses what would write.
pub(crate) fn parse(text: &str) -> Result<Vec<Parsed>, QueryError> {
    let parsed = DFParserBuilder::new(text).build().and_then(|mut p| p.parse_statements());
    let statements = parsed.map_err(|error| QueryError::of(&error, 0))?;
    let check = |statement| Ok(Parsed { answer: answer(&statement)?, statement });
    statements.into_iter().map(check).collect()
}

fn answer(statement: &Statement) -> Result<Answer, QueryError> {
    match statement {
        Statement::Statement(sql) => answer_sql(sql),
        Statement::Explain(explain) => answer(&explain.statement).map(|_| Answer::Plan),
        Statement::Reset(_) => Ok(Answer::Nothing),
        Statement::CopyTo(_) => Err(QueryError::ReadOnly("COPY".to_owned())),
        Statement::CreateExternalTable(_) => {
            Err(QueryError::ReadOnly("CREATE EXTERNAL TABLE".to_owned()))
        }
    }
}

fn answer_sql(sql: &Sql) -> Result<Answer, QueryError> {
    match sql {
        Sql::Query(query) => match &*query.body {
            SetExpr::Insert(write)
            | SetExpr::Update(write)
            | SetExpr::Delete(write)
            | SetExpr::Merge(write) => answer_sql(write),
            _ => Ok(Answer::Rows),
        },
        Sql::ExplainTable { .. }
        | Sql::ShowTables { .. }
        | Sql::ShowColumns { .. }
        | Sql::ShowFunctions { .. }
        | Sql::ShowVariable { .. }
        | Sql::ShowVariables { .. } => Ok(Answer::Rows),
        Sql::Explain { statement, .. } => answer_sql(statement).map(|_| Answer::Plan),
        Sql::Set(_) => Ok(Answer::Nothing),
        Sql::CreateView(view) if !view.materialized => free(&view.name).map(|()| Answer::Nothing),
        Sql::Drop { object_type: ObjectType::View, names, .. } => {
            names.iter().try_for_each(free).map(|()| Answer::Nothing)
        }
        other => {
            let text = other.to_string();
            let words: Vec<&str> = text.split_whitespace().take(2).collect();
            let name = match &words[..] {
                [verb @ ("CREATE" | "DROP" | "ALTER"), object] => format!("{verb} {object}"),
                [verb, ..] => (*verb).to_owned(),
                [] => text.clone(),
            };
            Err(match words.first() {
                Some(
                    &("INSERT" | "UPDATE" | "DELETE" | "CREATE" | "DROP" | "ALTER" | "TRUNCATE"
                    | "MERGE"),
                ) => QueryError::ReadOnly(name),
                _ => QueryError::Unsupported(name),
            })
        }
    }
}

/// Is the name no table's, and so a view's?
fn free(name: &ObjectName) -> Result<(), QueryError> {
    let name = name.to_string().to_lowercase().replace('"', "");
    let last = name.rsplit('.').next().unwrap_or_default();
    if Table::parse(last).is_some() { Err(QueryError::Taken(last.to_owned())) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_is_allowed_and_writing_refused() {
        for (text, expected) in [
            ("SELECT 1", Answer::Rows),
            ("WITH a AS (SELECT 1) SELECT * FROM a", Answer::Rows),
            ("SHOW TABLES", Answer::Rows),
            ("DESCRIBE trades", Answer::Rows),
            ("EXPLAIN SELECT 1", Answer::Plan),
            ("CREATE VIEW v AS SELECT 1", Answer::Nothing),
            ("DROP VIEW v", Answer::Nothing),
            ("SET datafusion.execution.batch_size = 100", Answer::Nothing),
        ] {
            assert_eq!(parse(text).unwrap()[0].answer, expected, "{text}");
        }
        for (text, name) in [
            ("INSERT INTO trades VALUES (1)", "INSERT"),
            ("COPY trades TO 'x.csv'", "COPY"),
            ("CREATE TABLE t AS SELECT 1", "CREATE TABLE"),
            ("CREATE EXTERNAL TABLE t STORED AS CSV LOCATION 'x'", "CREATE EXTERNAL TABLE"),
            ("DROP TABLE trades", "DROP TABLE"),
            ("DELETE FROM trades", "DELETE"),
            ("EXPLAIN ANALYZE INSERT INTO trades VALUES (1)", "INSERT"),
        ] {
            let error = parse(text).unwrap_err();
            let expected = format!("{name} is refused, the lake is read-only: ");
            assert!(error.to_string().starts_with(&expected), "{text}: {error}");
        }
    }

    #[test]
    fn syntax_errors_have_a_place() {
        let error = parse("SELECT 1;\nSELECT a FROM )").unwrap_err();
        let QueryError::Syntax { line, .. } = &error else { panic!("{error}") };
        assert_eq!(*line, 2);
        assert!(error.to_string().starts_with("syntax error at line 2, column "), "{error}");
        assert_eq!(parse(" ; ;").unwrap().len(), 0);
    }
}
