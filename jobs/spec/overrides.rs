//! Values given with `--set`: `path.to.key=value`, put into the tree of the file.

use super::document::Node;
use serde_spanned::Spanned;
use std::ops::Range;
use toml::de::{DeArray, DeString, DeTable, DeValue};

/// Splits `a."b.c".d=value` at the first `=` outside quotes, and the path at its points.
pub(super) fn split(change: &str) -> Option<(Vec<&str>, &str)> {
    let (mut quoted, mut start, mut steps) = (false, 0, Vec::new());
    for (at, byte) in change.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'.' | b'=' if !quoted => {
                steps.push(&change[start..at]);
                start = at + 1;
                if byte == b'=' {
                    return Some((steps, &change[start..]));
                }
            }
            _ => {}
        }
    }
    None
}

/// The steps of a path.
pub(super) fn steps(path: &str) -> Vec<&str> {
    let mut quoted = false;
    let between = |byte: char| {
        quoted ^= byte == '"';
        byte == '.' && !quoted
    };
    path.split(between).map(|step| step.trim_matches('"')).collect()
}

/// A value as TOML, or else as text, with the spans that it has from `base` on.
pub(super) fn parse_value(value: &str, base: usize) -> Node<'_> {
    match DeValue::parse(value) {
        Ok(node) => shift(node, base),
        Err(_) => Spanned::new(base..base + value.len(), DeValue::String(value.into())),
    }
}

fn shift(node: Node<'_>, by: usize) -> Node<'_> {
    let span = node.span();
    let value = match node.into_inner() {
        DeValue::Array(list) => {
            let mut shifted = DeArray::new();
            list.into_iter().for_each(|entry| shifted.push(shift(entry, by)));
            DeValue::Array(shifted)
        }
        DeValue::Table(table) => {
            let mut shifted = DeTable::new();
            for (key, value) in table {
                let span = key.span();
                let key = Spanned::new(span.start + by..span.end + by, key.into_inner());
                shifted.insert(key, shift(value, by));
            }
            DeValue::Table(shifted)
        }
        plain => plain,
    };
    Spanned::new(span.start + by..span.end + by, value)
}

/// A name of the path and where it stands.
pub(super) type Step<'s> = (&'s str, Range<usize>);

pub(super) fn insert<'t>(
    node: &mut Node<'t>,
    path: &[Step<'_>],
    value: Node<'t>,
) -> Result<(), (Range<usize>, String)> {
    let Some(((step, span), rest)) = path.split_first() else {
        *node = value;
        return Ok(());
    };
    match node.get_mut() {
        DeValue::Table(table) => {
            // Replaced whole, so that an error about the key points at the override.
            let fresh = || Spanned::new(span.clone(), DeValue::Table(DeTable::new()));
            let mut inner = table.remove(*step).unwrap_or_else(fresh);
            let done = insert(&mut inner, rest, value);
            let key = DeString::Owned((*step).to_owned());
            table.insert(Spanned::new(span.clone(), key), inner);
            done
        }
        DeValue::Array(list) => {
            let count = list.len();
            match step.parse::<usize>().ok().and_then(|at| list.get_mut(at)) {
                Some(place) => insert(place, rest, value),
                None => {
                    let message = format!("`{step}` is no place in a list of {count}, from 0");
                    Err((span.clone(), message))
                }
            }
        }
        other => {
            let kind = other.type_str();
            Err((span.clone(), format!("there is no `{step}` in what is a {kind}")))
        }
    }
}
