//! The text of a job file as a tree whose every key and value knows where it stands.
//!
//! Values given with `--set` are appended to the text, one a line, so that a span means a place in
//! the file or in one of them, and errors about either point at the token.

use super::errors::{JobError, Place};
use super::overrides::{self, insert, parse_value, split};
use super::translate;
use miette::NamedSource;
use serde::de::DeserializeOwned;
use serde_spanned::Spanned;
use std::{fmt::Display, ops::Range, path::Path};
use toml::de::{DeTable, DeValue, ValueDeserializer};

/// A value of the tree.
pub(super) type Node<'t> = Spanned<DeValue<'t>>;

/// What was given: the file and the overrides, which a [`Document`] borrows.
#[derive(Debug, Clone)]
pub struct Given {
    name: String,
    /// The file, then each override on a line.
    text: String,
    /// Where the file ends in `text`, and each override.
    ends: Vec<usize>,
}

impl Given {
    /// The text of the file that is called `name`, and what `path.to.key=value` shall set in it.
    pub fn new(name: &Path, text: &str, overrides: &[String]) -> Given {
        let mut given = Given {
            name: name.display().to_string(),
            text: text.to_owned(),
            ends: vec![text.len()],
        };
        for change in overrides {
            given.text.push('\n');
            given.text.push_str(change);
            given.ends.push(given.text.len());
        }
        given
    }

    /// The bytes of the file, or of an override from 1.
    fn part(&self, number: usize) -> Range<usize> {
        number.checked_sub(1).map_or(0, |before| self.ends[before] + 1)..self.ends[number]
    }

    /// An error about a span.
    fn error(&self, span: Range<usize>, message: impl Into<String>) -> JobError {
        let number = self.ends.iter().position(|end| span.start <= *end);
        let number = number.unwrap_or(self.ends.len() - 1);
        let part = self.part(number);
        let name = if number == 0 { &self.name } else { "--set" };
        let clip = |at: usize| at.clamp(part.start, part.end) - part.start;
        let span = clip(span.start)..clip(span.end);
        let source = NamedSource::new(name, self.text[part].to_owned());
        JobError::new(message).place(Place { source, span })
    }

    fn translate(&self, error: &toml::de::Error) -> JobError {
        let told = translate::translate(error.message());
        match error.span() {
            Some(span) => self.error(span, told.message).label(told.label).help_if(told.help),
            None => JobError::new(told.message).help_if(told.help),
        }
    }
}

/// A job file, parsed, with overrides applied.
#[derive(Debug, Clone)]
pub struct Document<'t> {
    given: &'t Given,
    root: Node<'t>,
}

impl<'t> Document<'t> {
    /// Parses what was given.
    ///
    /// # Errors
    /// When it is no TOML, or an override cannot be applied.
    pub fn parse(given: &'t Given) -> Result<Document<'t>, JobError> {
        let file = &given.text[given.part(0)];
        let table = DeTable::parse(file).map_err(|e| given.translate(&e))?;
        let root = Spanned::new(0..0, DeValue::Table(table.into_inner()));
        let mut document = Document { given, root };
        for number in 1..given.ends.len() {
            document.set(given.part(number))?;
        }
        Ok(document)
    }

    /// The whole file as a type.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, JobError> {
        self.deserialize(self.root.clone())
    }

    /// A part of the tree as a type.
    pub(super) fn deserialize<T: DeserializeOwned>(&self, node: Node<'t>) -> Result<T, JobError> {
        T::deserialize(ValueDeserializer::from(node)).map_err(|e| self.given.translate(&e))
    }

    /// The top of the tree.
    pub(super) fn top(&self) -> Cursor<'_, 't> {
        Cursor { given: self.given, key: 0..0, value: 0..0, node: Some(&self.root) }
    }

    /// The document with other values: by path, the bytes where that is written, and the value.
    pub(super) fn with<'s>(
        &self,
        values: impl Iterator<Item = (&'s str, &'s Range<usize>, &'s Node<'t>)>,
    ) -> Result<Document<'t>, JobError>
    where
        't: 's,
    {
        let mut changed = self.clone();
        for (path, at, value) in values {
            let steps: Vec<_> =
                overrides::steps(path).into_iter().map(|step| (step, at.clone())).collect();
            insert(&mut changed.root, &steps, value.clone())
                .map_err(|(span, message)| self.given.error(span, message))?;
        }
        Ok(changed)
    }

    /// A value as it is written.
    pub(super) fn text(&self, value: &Node<'_>) -> &str {
        &self.given.text[value.span()]
    }

    /// Applies `path.to.key=value`, which stands in these bytes.
    fn set(&mut self, part: Range<usize>) -> Result<(), JobError> {
        let given = self.given;
        let change = &given.text[part.clone()];
        let wrong = |why: &str| {
            let help = "write --set path.to.key=value, as in --set job.seed=8 or \
                        --set source.0.synthetic.minutes=60";
            given.error(part.clone(), why).help(help)
        };
        let (path, value) =
            split(change).ok_or_else(|| wrong("an override has a path and a value"))?;
        let mut at = part.start;
        let mut steps = Vec::new();
        for step in path {
            let name = step.trim_matches('"');
            if name.is_empty() {
                return Err(wrong("a part of the path is empty"));
            }
            steps.push((name, at..at + step.len()));
            at += step.len() + 1;
        }
        insert(&mut self.root, &steps, parse_value(value, at))
            .map_err(|(span, message)| given.error(span, message))
    }
}

/// Where a value stands, or would stand.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'a, 't> {
    given: &'t Given,
    key: Range<usize>,
    value: Range<usize>,
    node: Option<&'a Node<'t>>,
}

impl<'a, 't> Cursor<'a, 't> {
    /// The member of a table or the entry of a list; the place of what holds it if there is none.
    pub fn get(&self, step: impl Display) -> Cursor<'a, 't> {
        let step = step.to_string();
        let found = match self.node.map(Spanned::get_ref) {
            Some(DeValue::Table(table)) => {
                table.get_key_value(step.as_str()).map(|(key, value)| (key.span(), value))
            }
            Some(DeValue::Array(list)) => step
                .parse::<usize>()
                .ok()
                .and_then(|at| list.get(at))
                .map(|value| (value.span(), value)),
            _ => None,
        };
        match found {
            Some((key, node)) => {
                Cursor { given: self.given, key, value: node.span(), node: Some(node) }
            }
            None => Cursor { node: None, value: self.key.clone(), ..self.clone() },
        }
    }

    /// Is there a value?
    pub fn is_there(&self) -> bool {
        self.node.is_some()
    }

    /// The table.
    pub fn table(&self) -> Option<&'a DeTable<'t>> {
        self.node?.get_ref().as_table()
    }

    /// The keys of the table in the order in which they are written.
    pub fn keys(&self) -> Vec<String> {
        let mut keys: Vec<_> = self.table().into_iter().flat_map(|table| table.keys()).collect();
        keys.sort_by_key(|key| key.span().start);
        keys.into_iter().map(|key| key.get_ref().to_string()).collect()
    }

    /// An error about the value.
    pub fn error(&self, message: impl Into<String>) -> JobError {
        self.given.error(self.value.clone(), message)
    }

    /// An error about the key.
    pub fn key_error(&self, message: impl Into<String>) -> JobError {
        self.given.error(self.key.clone(), message)
    }

    /// An error about bytes of a text: exact where the text is written as it is.
    pub fn error_within(&self, inner: Range<usize>, message: impl Into<String>) -> JobError {
        let span = self.within(inner).unwrap_or_else(|| self.value.clone());
        self.given.error(span, message)
    }

    fn within(&self, inner: Range<usize>) -> Option<Range<usize>> {
        let text = self.node?.get_ref().as_str()?;
        // Quotes: one or three, and a line break after three does not count.
        [1, 3, 4, 5, 0].into_iter().find_map(|quote| {
            let start = self.value.start + quote;
            let written = self.given.text.get(start..start + text.len())?;
            let fits = start + text.len() <= self.value.end;
            (written == text && fits).then(|| start + inner.start..start + inner.end)
        })
    }
}
