//! The prompt of `tapeflow sql`.

use super::{Failure, Outcome};
use query::{Format, QueryError, Sql, is_complete};
use rustyline::{
    CompletionType, Config, Context, Editor, Helper,
    completion::Completer,
    error::ReadlineError,
    highlight::Highlighter,
    hint::Hinter,
    history::DefaultHistory,
    validate::{ValidationContext, ValidationResult, Validator},
};
use std::{
    ffi::OsString,
    io::{self, Write},
    path::PathBuf,
};

const HELP: &str = "\
  SELECT …;     run a query; it may have many lines and ends with a semicolon
  \\d            tables
  \\d TABLE      columns of a table
  \\q            leave, as Ctrl-D does
";

/// Reads queries and prints their results until the user leaves.
pub fn prompt(sql: &Sql, format: Format) -> Outcome {
    let config = Config::builder().completion_type(CompletionType::List).build();
    let mut editor: Editor<Prompt, DefaultHistory> =
        Editor::with_config(config).map_err(Failure::not_started)?;
    editor.set_helper(Some(Prompt { sql }));
    let history = history_file(|name| std::env::var_os(name));
    if let Some(path) = &history {
        // The first time there is none.
        let _ = editor.load_history(path);
    }
    println!("\\d lists tables, \\? helps, \\q leaves");
    loop {
        match editor.readline("tapeflow> ") {
            Ok(text) => {
                // A history that cannot take a line is no reason to lose the line.
                let _ = editor.add_history_entry(text.trim());
                match answer(sql, &text, format, &mut io::stdout()) {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(error) => eprintln!("error: {error}"),
                }
            }
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(Failure::failed(error)),
        }
    }
    if let Some(path) = history {
        let saved = path.parent().map(std::fs::create_dir_all).transpose().is_ok()
            && editor.save_history(&path).is_ok();
        if !saved {
            tracing::warn!(path = %path.display(), "cannot save the history of queries");
        }
    }
    Ok(())
}

/// Answers one entry; `false` when the user wants to leave.
fn answer(
    sql: &Sql,
    text: &str,
    format: Format,
    out: &mut (dyn Write + Send),
) -> Result<bool, QueryError> {
    let words: Vec<&str> = text.trim().trim_end_matches(';').split_whitespace().collect();
    match words.as_slice() {
        [] => {}
        ["\\q"] | ["exit"] | ["quit"] => return Ok(false),
        ["\\?"] => out.write_all(HELP.as_bytes())?,
        ["\\d"] => sql.refresh().and_then(|()| sql.describe(None, out))?,
        ["\\d", table] => sql.refresh().and_then(|()| sql.describe(Some(table), out))?,
        [command, ..] if command.starts_with('\\') => {
            writeln!(out, "there is no command {command}; these there are:\n{HELP}")?;
        }
        _ => {
            sql.refresh()?;
            sql.run(text, format, out)?;
        }
    }
    Ok(true)
}

/// Where the entries are kept: the XDG state folder.
fn history_file(env: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let given = env("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let state = given.or_else(|| Some(PathBuf::from(env("HOME")?).join(".local/state")))?;
    Some(state.join("tapeflow").join("sql_history"))
}

/// What the line editor asks while one types.
struct Prompt<'a> {
    sql: &'a Sql,
}

impl Helper for Prompt<'_> {}
impl Highlighter for Prompt<'_> {}
impl Hinter for Prompt<'_> {
    type Hint = String;
}

impl Validator for Prompt<'_> {
    fn validate(&self, context: &mut ValidationContext) -> rustyline::Result<ValidationResult> {
        Ok(match is_complete(context.input()) {
            true => ValidationResult::Valid(None),
            false => ValidationResult::Incomplete,
        })
    }
}

impl Completer for Prompt<'_> {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let start = word_start(&line[..position]);
        Ok((start, self.sql.complete(&line[start..position])))
    }
}

/// Where the word begins that ends the text.
fn word_start(text: &str) -> usize {
    let of_word = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    text.rfind(|c| !of_word(c))
        .map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> (bool, String) {
        let sql = Sql::without_lake().unwrap();
        let mut out = Vec::new();
        let stay = answer(&sql, text, Format::Csv, &mut out).unwrap();
        (stay, String::from_utf8(out).unwrap())
    }

    #[test]
    fn queries_and_commands_are_answered() {
        assert_eq!(said("SELECT 1 AS one;"), (true, "one\n1\n".to_owned()));
        assert_eq!(said("  "), (true, String::new()));
        assert_eq!(said("\\q;"), (false, String::new()));
        assert!(said("\\d").1.contains("trades"));
        assert!(said("\\d trades").1.contains("price_raw"));
        assert!(said("\\x").1.starts_with("there is no command \\x"));
    }

    #[test]
    fn words_begin_after_what_is_no_name() {
        assert_eq!(word_start("SELECT t.pri"), 7);
        assert_eq!(word_start("sel"), 0);
        assert_eq!(word_start("sum("), 4);
        assert_eq!(word_start("'é"), 1);
        assert_eq!(word_start("×a"), 2);
    }

    #[test]
    fn history_lies_in_the_state_folder() {
        let env = |state: &'static str| {
            move |name: &str| match name {
                "XDG_STATE_HOME" => Some(OsString::from(state)),
                _ => Some(OsString::from("/home/me")),
            }
        };
        assert_eq!(history_file(env("/s")).unwrap(), PathBuf::from("/s/tapeflow/sql_history"));
        let home = PathBuf::from("/home/me/.local/state/tapeflow/sql_history");
        assert_eq!(history_file(env("relative")).unwrap(), home);
        assert_eq!(history_file(|_| None), None);
    }
}
