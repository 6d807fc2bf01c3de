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
        parse_scaled(&plain(&text)?, scale)
    }

    /// A number that need not be exact; `None` unless it is finite.
    pub fn float(self) -> Option<f64> {
        let value = match self {
            Cell::Float(value) => value,
            _ => self.text()?.parse().ok()?,
        };
        value.is_finite().then_some(value)
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

/// A number without an exponent: programs write small ones as 1e-05.
pub(in crate::sources) fn plain(text: &str) -> Result<Cow<'_, str>, DecimalError> {
    let Some((digits, power)) = text.split_once(['e', 'E']) else { return Ok(text.into()) };
    Ok(moved(digits, power).ok_or(DecimalError::NotANumber)?.into())
}

/// Powers of ten beyond it are no numbers of a market; those of all floats are within.
const POWER_MAX: i32 = 400;

/// The digits of a number with its point moved by a power of ten: never through a float, which
/// has 17 of them.
fn moved(digits: &str, power: &str) -> Option<String> {
    let power: i32 = power.parse().ok().filter(|power| (-POWER_MAX..=POWER_MAX).contains(power))?;
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", digits),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let all = [whole, part].concat();
    if all.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let point = whole.len() as i64 + i64::from(power);
    Some(match usize::try_from(point) {
        Ok(point) if point >= all.len() => format!("{sign}{all:0<point$}"),
        Ok(point) => format!("{sign}{}.{}", &all[..point], &all[point..]),
        Err(_) => format!("{sign}0.{}{all}", "0".repeat(point.unsigned_abs() as usize)),
    })
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
