//! Explicit ranges of offsets: a part of topics, read as a batch.

use super::Failure;
use anyhow::anyhow;
use pipeline::{plan::Plan, sources::SourceKind};
use std::{fmt, str::FromStr};

/// `TOPIC:PARTITION:FROM-TO`; the last offset is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OffsetRange {
    topic: String,
    partition: u32,
    from: u64,
    to: u64,
}

impl FromStr for OffsetRange {
    type Err = String;

    fn from_str(text: &str) -> Result<OffsetRange, String> {
        let parse = || {
            let (rest, range) = text.rsplit_once(':')?;
            let (topic, partition) = rest.rsplit_once(':')?;
            let (from, to) = range.split_once('-')?;
            let (from, to) = (from.parse().ok()?, to.parse().ok()?);
            let range = OffsetRange {
                topic: topic.to_owned(),
                partition: partition.parse().ok()?,
                from,
                to,
            };
            (from <= to && !topic.is_empty()).then_some(range)
        };
        parse().ok_or_else(|| "write TOPIC:PARTITION:FROM-TO, as in md.trades:0:1000-2000".into())
    }
}

impl fmt::Display for OffsetRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let OffsetRange { topic, partition, from, to } = self;
        write!(f, "{topic}:{partition}:{from}-{to}")
    }
}

/// Makes a plan read these ranges and nothing else of its topics.
pub fn restrict(plan: &mut Plan, ranges: &[OffsetRange]) -> Result<(), Failure> {
    if ranges.is_empty() {
        return Ok(());
    }
    let mut left: Vec<&OffsetRange> = ranges.iter().collect();
    for source in &mut plan.sources {
        let SourceKind::Kafka(kafka) = &mut source.kind else { continue };
        for topic in &mut kafka.topics {
            left.retain(|range| {
                let mine = range.topic == topic.topic;
                if mine {
                    topic.ranges.push((range.partition, range.from, range.to));
                }
                !mine
            });
            topic.ranges.sort_unstable();
            let twice = topic.ranges.windows(2).any(|pair| pair[0].0 == pair[1].0);
            if topic.ranges.is_empty() || twice {
                let what = if twice { "names a partition twice" } else { "leaves it out" };
                let error = anyhow!("the job reads topic {}, and --offsets {what}", topic.topic);
                return Err(Failure::NotStarted(error));
            }
        }
    }
    match left.first() {
        None => Ok(()),
        Some(range) => {
            let error =
                anyhow!("--offsets names topic {}, which the job does not read", range.topic);
            Err(Failure::NotStarted(error))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read() {
        let range: OffsetRange = "md.trades:3:10-20".parse().unwrap();
        let expected = OffsetRange { topic: "md.trades".into(), partition: 3, from: 10, to: 20 };
        assert_eq!(range, expected);
        assert_eq!(range.to_string(), "md.trades:3:10-20");
        for wrong in ["md.trades", "md.trades:0", "md.trades:0:20-10", ":0:1-2", "a:b:1-2"] {
            assert!(wrong.parse::<OffsetRange>().is_err(), "{wrong}");
        }
    }
}
