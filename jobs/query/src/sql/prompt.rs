//! What a prompt needs: completion of words, and whether a statement is complete.

use super::{Sql, functions};
use datafusion::catalog::SchemaProvider;
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};
use schemas::Table;
use std::collections::BTreeSet;

/// The words of the statements that are allowed.
const KEYWORDS: &[&str] = &[
    "all",
    "analyze",
    "and",
    "as",
    "asc",
    "between",
    "by",
    "case",
    "cast",
    "create",
    "cross",
    "current",
    "date",
    "desc",
    "describe",
    "distinct",
    "drop",
    "else",
    "end",
    "except",
    "exists",
    "explain",
    "extract",
    "false",
    "filter",
    "first",
    "following",
    "from",
    "full",
    "group",
    "having",
    "ilike",
    "in",
    "inner",
    "intersect",
    "interval",
    "is",
    "join",
    "last",
    "left",
    "like",
    "limit",
    "not",
    "null",
    "nulls",
    "offset",
    "on",
    "or",
    "order",
    "outer",
    "over",
    "partition",
    "preceding",
    "qualify",
    "range",
    "right",
    "row",
    "rows",
    "select",
    "set",
    "show",
    "table",
    "tables",
    "then",
    "timestamp",
    "true",
    "unbounded",
    "union",
    "using",
    "values",
    "view",
    "when",
    "where",
    "window",
    "with",
];

impl Sql {
    /// The words that begin with this one: tables, columns, functions and keywords, in order.
    /// After `TABLE.` the columns of that table. Keywords keep the case of what was typed.
    pub fn complete(&self, prefix: &str) -> Vec<String> {
        if let Some((table, start)) = prefix.rsplit_once('.') {
            // What stands before the dot may be an alias: any column then.
            let columns = match self.columns(table) {
                Ok(columns) => columns.into_iter().map(|c| c.name).collect(),
                Err(_) => self.all_columns(),
            };
            let start = start.to_lowercase();
            let fitting: BTreeSet<_> =
                columns.into_iter().filter(|name| name.starts_with(&start)).collect();
            return fitting.into_iter().map(|name| format!("{table}.{name}")).collect();
        }
        let start = prefix.to_lowercase();
        let upper = prefix.chars().any(char::is_uppercase) && prefix == prefix.to_uppercase();
        let keyword = |k: &&str| if upper { k.to_uppercase() } else { (*k).to_owned() };
        let words: BTreeSet<String> = self
            .schema
            .table_names()
            .into_iter()
            .chain(self.all_columns())
            .chain(functions::names(&self.context.state()))
            .filter(|word| !KEYWORDS.contains(&&**word))
            .chain(KEYWORDS.iter().map(keyword))
            .filter(|word| word.to_lowercase().starts_with(&start))
            .collect();
        words.into_iter().collect()
    }

    fn all_columns(&self) -> Vec<String> {
        let columns = Table::ALL.iter().flat_map(|t| self.columns(t.name()).unwrap_or_default());
        columns.map(|c| c.name).collect()
    }
}

/// May the text be run, or does a prompt wait for more lines? Complete is what ends with a
/// semicolon outside of quotes and comments, a command such as `\d`, and nothing at all.
pub fn is_complete(text: &str) -> bool {
    let text = text.trim();
    if text.is_empty() || text.starts_with('\\') {
        return true;
    }
    match Tokenizer::new(&GenericDialect {}, text).tokenize() {
        Ok(tokens) => {
            let last = tokens.iter().rev().find(|t| !matches!(t, Token::Whitespace(_)));
            matches!(last, None | Some(Token::SemiColon))
        }
        // An open quote or comment waits for its end; other errors are for the parser to tell.
        Err(error) => {
            let message = error.message.to_lowercase();
            let open = message.contains("unterminated") || message.contains("eof");
            !open && text.ends_with(';')
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_end_at_a_semicolon_outside_of_quotes_and_comments() {
        for text in ["", "  ", "\\d trades", "SELECT 1;", "SELECT ';' ;  ", "SELECT 1; -- done"] {
            assert!(is_complete(text), "{text}");
        }
        for text in ["SELECT 1", "SELECT 'a;", "SELECT \"a;", "SELECT 1 /* ;", "SELECT 1 -- ;"] {
            assert!(!is_complete(text), "{text}");
        }
    }
}
