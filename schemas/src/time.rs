//! Event time: nanoseconds since 1970 UTC, and spans of it. Nothing here knows what time it is.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};

/// A moment in event time: nanoseconds since 1970-01-01T00:00:00Z.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct EventTime(pub i64);

impl EventTime {
    /// Before every record.
    pub const MIN: EventTime = EventTime(i64::MIN);
    /// After every record.
    pub const MAX: EventTime = EventTime(i64::MAX);

    /// The calendar date in UTC as `YYYY-MM-DD`, the lake's partition key.
    pub fn date(self) -> String {
        self.timestamp().strftime("%Y-%m-%d").to_string()
    }

    /// The greatest multiple of `span` at or before this moment.
    pub fn floor(self, span: Span) -> EventTime {
        EventTime(self.0.div_euclid(span.0) * span.0)
    }

    /// This moment and `span` later; stops at [`EventTime::MAX`].
    pub fn plus(self, span: Span) -> EventTime {
        EventTime(self.0.saturating_add(span.0))
    }

    fn timestamp(self) -> jiff::Timestamp {
        jiff::Timestamp::from_nanosecond(self.0.into()).expect("64-bit nanoseconds are in range")
    }
}

impl fmt::Display for EventTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.timestamp())
    }
}

/// Text that is no moment or span.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Neither RFC 3339, a date, nor nanoseconds.
    #[error("`{0}` is no moment: write 2024-08-08T23:54:13Z, 2024-08-08, or Unix nanoseconds")]
    Moment(String),
    /// No number with a unit.
    #[error(
        "`{0}` is no span of time: write a whole number and ns, us, ms, s, m, h or d, as in 1m"
    )]
    Span(String),
}

impl FromStr for EventTime {
    type Err = TimeError;
    fn from_str(text: &str) -> Result<EventTime, TimeError> {
        let wrong = || TimeError::Moment(text.to_owned());
        if let Ok(ns) = text.parse::<i64>() {
            return Ok(EventTime(ns));
        }
        let full = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
        let moment: jiff::Timestamp = full.parse().map_err(|_| wrong())?;
        i64::try_from(moment.as_nanosecond()).map(EventTime).map_err(|_| wrong())
    }
}

/// A length of event time in nanoseconds; in job files `"250ms"`, `"1m"`, `"1d"`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Span(pub i64);

impl Span {
    /// One second.
    pub const SECOND: Span = Span(1_000_000_000);
    const UNITS: [(&'static str, i64); 7] = [
        ("d", 86_400_000_000_000),
        ("h", 3_600_000_000_000),
        ("m", 60_000_000_000),
        ("s", 1_000_000_000),
        ("ms", 1_000_000),
        ("us", 1_000),
        ("ns", 1),
    ];
}

impl FromStr for Span {
    type Err = TimeError;
    fn from_str(text: &str) -> Result<Span, TimeError> {
        let wrong = || TimeError::Span(text.to_owned());
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let count: i64 = text[..digits].parse().map_err(|_| wrong())?;
        let (_, unit) =
            Span::UNITS.iter().find(|(name, _)| *name == &text[digits..]).ok_or_else(wrong)?;
        count.checked_mul(*unit).map(Span).ok_or_else(wrong)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, unit) = Span::UNITS
            .iter()
            .find(|(_, unit)| self.0 % unit == 0 && self.0 != 0)
            .unwrap_or(&("s", 1_000_000_000));
        write!(f, "{}{name}", self.0 / unit)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Span, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_parse_and_print() {
        let moment: EventTime = "2024-08-08T23:54:13.25Z".parse().unwrap();
        assert_eq!(moment.0, 1_723_161_253_250_000_000);
        assert_eq!(moment.to_string(), "2024-08-08T23:54:13.25Z");
        assert_eq!(moment.date(), "2024-08-08");
        assert_eq!("2024-08-08".parse::<EventTime>().unwrap().0, 1_723_075_200_000_000_000);
        assert_eq!("17".parse::<EventTime>().unwrap(), EventTime(17));
        assert!("yesterday".parse::<EventTime>().is_err());
    }

    #[test]
    fn spans_round_trip_and_refuse_nonsense() {
        for text in ["250ms", "1m", "90s", "1d", "12h", "3us", "7ns", "0s"] {
            assert_eq!(text.parse::<Span>().unwrap().to_string(), text);
        }
        for text in ["", "m", "1.5m", "-1s", "1 m", "1min", "99999999999d"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }

    #[test]
    fn floor_goes_down_before_1970_too() {
        assert_eq!(EventTime(-1).floor(Span::SECOND), EventTime(-1_000_000_000));
    }
}
