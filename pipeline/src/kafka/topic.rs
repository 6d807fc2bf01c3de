//! A topic as it is wanted.

use schemas::Span;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};

/// A topic that a job or a demonstration needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopicPlan {
    /// Its name.
    pub name: String,
    /// Its partitions; never changed afterwards, for keys would move.
    pub partitions: u32,
    /// Replicas of each partition; as many as the brokers have by default when none.
    pub replication: Option<u16>,
    /// How long records are kept; as long as the brokers keep by default when none.
    pub retention: Option<Retention>,
    /// What goes when it goes.
    pub cleanup: Cleanup,
}

/// How long records are kept, by their own timestamps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retention {
    /// For ever.
    Unlimited,
    /// So long; brokers count milliseconds.
    For(Span),
}

/// What goes when it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cleanup {
    /// Records past their retention.
    Delete,
    /// Records with a later one of their key.
    Compact,
}

/// Text that is no topic.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is no topic: {reason}; write NAME:PARTITIONS or NAME:PARTITIONS:RETENTION, as in \
         market:4:7d or market:4:forever"
)]
pub struct TopicError {
    text: String,
    reason: &'static str,
}

/// More than this costs any cluster more than it brings.
const PARTITIONS_MAX: u32 = 10_000;

impl TopicPlan {
    /// A topic of which only the name is known.
    pub(super) fn named(name: &str) -> TopicPlan {
        TopicPlan {
            name: name.to_owned(),
            partitions: 1,
            replication: None,
            retention: None,
            cleanup: Cleanup::Delete,
        }
    }
}

impl FromStr for TopicPlan {
    type Err = TopicError;
    fn from_str(text: &str) -> Result<TopicPlan, TopicError> {
        let wrong = |reason| TopicError { text: text.to_owned(), reason };
        let mut parts = text.splitn(3, ':');
        let name = parts.next().unwrap_or_default();
        if !is_topic_name(name) {
            return Err(wrong("a name has letters, digits, `.`, `_` and `-`, 249 at most"));
        }
        let partitions = parts.next().ok_or_else(|| wrong("it has no number of partitions"))?;
        let partitions = match partitions.parse() {
            Ok(count @ 1..=PARTITIONS_MAX) => count,
            _ => return Err(wrong("partitions are from 1 to 10000")),
        };
        let retention = parts.next().map(str::parse).transpose();
        let retention = retention.map_err(|_| wrong("retention is a span of time or `forever`"))?;
        Ok(TopicPlan { partitions, retention, ..TopicPlan::named(name) })
    }
}

/// May a topic be called this?
pub fn is_topic_name(name: &str) -> bool {
    let sound = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    matches!(name.len(), 1..=249) && !matches!(name, "." | "..") && name.bytes().all(sound)
}

impl Retention {
    const MS: i64 = 1_000_000;

    pub(super) fn of_ms(ms: i64) -> Retention {
        match ms.checked_mul(Retention::MS) {
            Some(span @ 0..) => Retention::For(Span(span)),
            _ => Retention::Unlimited,
        }
    }

    pub(super) fn as_ms(self) -> i64 {
        match self {
            Retention::Unlimited => -1,
            Retention::For(span) => span.0 / Retention::MS,
        }
    }
}

impl fmt::Display for Retention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Retention::Unlimited => f.write_str("forever"),
            Retention::For(span) => span.fmt(f),
        }
    }
}
impl FromStr for Retention {
    type Err = <Span as FromStr>::Err;
    fn from_str(text: &str) -> Result<Retention, <Span as FromStr>::Err> {
        match text {
            "forever" => Ok(Retention::Unlimited),
            text => text.parse().map(|span: Span| Retention::of_ms(span.0 / Retention::MS)),
        }
    }
}
impl Serialize for Retention {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Retention {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Retention, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Cleanup {
    pub(super) fn of(text: &str) -> Option<Cleanup> {
        [Cleanup::Delete, Cleanup::Compact].into_iter().find(|cleanup| cleanup.as_str() == text)
    }

    /// As brokers write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Cleanup::Delete => "delete",
            Cleanup::Compact => "compact",
        }
    }
}

impl fmt::Display for Cleanup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_read_with_their_partitions_and_retention() {
        let plan: TopicPlan = "a.b-c_d:12".parse().unwrap();
        assert_eq!((&*plan.name, plan.partitions, plan.retention), ("a.b-c_d", 12, None));
        let kept = |text: &str| text.parse::<TopicPlan>().unwrap().retention.unwrap();
        assert_eq!(kept("a:1:forever"), Retention::Unlimited);
        assert_eq!(kept("a:1:7d").as_ms(), 7 * 86_400_000);
        let long = format!("{}:1", "a".repeat(250));
        for text in ["a", "", ":4", "a:0", "a:x", "a:-1", "a b:1", "..:1", "a:1:soon", &long] {
            assert!(text.parse::<TopicPlan>().is_err(), "{text}");
        }
    }

    #[test]
    fn retention_is_what_brokers_call_it() {
        assert_eq!(Retention::of_ms(-1), Retention::Unlimited);
        assert_eq!(Retention::of_ms(i64::MAX), Retention::Unlimited);
        for text in ["forever", "7d", "90s", "250ms", "0s"] {
            let retention: Retention = text.parse().unwrap();
            assert_eq!(retention.to_string(), text);
            assert_eq!(Retention::of_ms(retention.as_ms()), retention);
        }
    }
}
