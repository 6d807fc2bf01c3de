//! A cell of a row, and what can be read from it.

use super::TimeUnit;
use schemas::{DecimalError, EventTime, decimal::parse_scaled};
use std::borrow::Cow;

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell<'a> {
    /// Nothing.
    Null,
    /// Text, of files that know nothing else; never empty.
    Text(&'a str),
    /// A whole number.
    Int(i64),
    /// A float.
    Float(f64),
    /// True or false.
    Bool(bool),
    /// A moment.
    Time(EventTime),
}

impl<'a> Cell<'a> {
    /// The cell of a text.
    pub fn of_text(text: &'a str) -> Cell<'a> {
        match text.trim_ascii() {
            "" => Cell::Null,
            text => Cell::Text(text),
        }
    }

    /// As text; `None` where there is nothing.
    pub fn text(self) -> Option<Cow<'a, str>> {
        Some(match self {
            Cell::Null => return None,
            Cell::Text(text) => Cow::Borrowed(text),
            Cell::Int(value) => Cow::Owned(value.to_string()),
            // Rust writes the shortest digits that are this float, without an exponent.
            Cell::Float(value) => Cow::Owned(value.to_string()),
            Cell::Bool(value) => Cow::Borrowed(if value { "true" } else { "false" }),
            Cell::Time(value) => Cow::Owned(value.to_string()),
        })
    }

    /// A decimal number at a scale.
    pub fn scaled(self, scale: u8) -> Result<i64, DecimalError> {
        let Some(text) = self.text() else { return Err(DecimalError::NotANumber) };
        // Programs write small numbers as 1e-05.
        if text.contains(['e', 'E'])
            && let Ok(value) = text.parse::<f64>()
            && value.is_finite()
        {
            return parse_scaled(&value.to_string(), scale);
        }
        parse_scaled(&text, scale)
    }

    /// A moment.
    pub fn time(self, unit: TimeUnit) -> Option<EventTime> {
        match self {
            Cell::Time(time) => Some(time),
            Cell::Int(value) => unit.to_ns(value),
            Cell::Float(value) => unit.float_to_ns(value),
            Cell::Text(text) => match text.parse::<i64>() {
                Ok(value) => unit.to_ns(value),
                Err(_) => match text.parse::<f64>() {
                    Ok(value) => unit.float_to_ns(value),
                    Err(_) => moment(text),
                },
            },
            Cell::Null | Cell::Bool(_) => None,
        }
    }
}

/// A date and time as text: with a zone, or in UTC; `T` or a space between the two.
fn moment(text: &str) -> Option<EventTime> {
    let text = text.replacen(' ', "T", 1);
    let zoned = text.ends_with('Z') || text.get(10..).is_some_and(|t| t.contains(['+', '-']));
    match (text.len(), zoned) {
        (10, _) => format!("{text}T00:00:00Z").parse().ok(),
        (_, true) => text.parse().ok(),
        (_, false) => format!("{text}Z").parse().ok(),
    }
}
