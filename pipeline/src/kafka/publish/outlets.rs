//! The partitions that a publisher writes: who goes where, and how far each has come.

use super::{PublishError, TapeKind};
use crate::{
    clock::Stopwatch,
    kafka::{ANSWER_TIME, ClientError, KafkaAccess, PATIENCE, Watch, is_passing, partition_of},
};
use rdkafka::{
    Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    error::KafkaError,
};
use schemas::{EventTime, Instrument, Span};
use serde::Deserialize;
use std::borrow::Cow;

/// Which topic each kind of message goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routes {
    /// Topics, each once.
    topics: Vec<String>,
    /// For each of [`TapeKind::ALL`] the place of its topic.
    of: [usize; TapeKind::ALL.len()],
}

impl Routes {
    /// Everything to one topic, but for some kinds that go to topics of their own.
    pub fn new(all: &str, others: &[(TapeKind, String)]) -> Routes {
        let mut routes = Routes { topics: Vec::new(), of: [0; TapeKind::ALL.len()] };
        for kind in TapeKind::ALL {
            let other = others.iter().find(|(other, _)| *other == kind);
            let topic = other.map_or(all, |(_, topic)| topic);
            let place = routes.topics.iter().position(|t| t == topic);
            routes.of[kind as usize] = place.unwrap_or(routes.topics.len());
            if place.is_none() {
                routes.topics.push(topic.to_owned());
            }
        }
        routes
    }

    /// The topics, each once.
    pub fn topics(&self) -> &[String] {
        &self.topics
    }
}

/// A partition that is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outlet {
    /// Place of its topic in the routes.
    pub topic: usize,
    pub partition: u32,
    /// The greatest time that its records carry.
    pub last: EventTime,
    /// The offset of the first record that we write.
    pub from: u64,
    /// Messages written, without heartbeats.
    pub messages: u64,
}

/// All partitions that are written, and the one of each instrument in each topic.
pub(super) struct Outlets {
    pub routes: Routes,
    pub all: Vec<Outlet>,
    /// For each topic: where its partitions begin in `all`.
    first: Vec<usize>,
    /// For each topic and instrument: the partition.
    of: Vec<Vec<u32>>,
}

impl Outlets {
    /// Looks at the topics as they are.
    pub fn open(
        access: &KafkaAccess,
        routes: &Routes,
        instruments: &[Instrument],
    ) -> Result<Outlets, PublishError> {
        // Records of a transaction that is still open count too: whoever writes it may commit it.
        let consumer = access.consumer(&[
            ("enable.partition.eof", "true"),
            ("isolation.level", "read_uncommitted"),
            ("fetch.wait.max.ms", "10"),
        ])?;
        let mut partitions = Vec::new();
        let mut all = Vec::new();
        for (topic, name) in routes.topics.iter().enumerate() {
            let count = access.partitions(consumer.client(), name)?;
            partitions.push(count);
            let ends = (0..count)
                .map(|partition| access.offsets(consumer.client(), name, partition))
                .collect::<Result<Vec<(u64, u64)>, ClientError>>()?;
            let stamps = last_stamps(access, &consumer, name, &ends)?;
            for (partition, (last, (_, from))) in stamps.into_iter().zip(ends).enumerate() {
                let partition = partition as u32;
                all.push(Outlet { topic, partition, last, from, messages: 0 });
            }
        }
        Ok(Outlets::new(routes.clone(), &partitions, all, instruments))
    }

    fn new(
        routes: Routes,
        partitions: &[u32],
        all: Vec<Outlet>,
        instruments: &[Instrument],
    ) -> Outlets {
        let place = |instrument: &Instrument, count: u32| {
            partition_of(instrument.id.text().as_bytes(), count)
        };
        let of = |count: &u32| instruments.iter().map(|i| place(i, *count)).collect();
        let first = partitions.iter().scan(0, |next, count| {
            let first = *next;
            *next += *count as usize;
            Some(first)
        });
        let (of, first) = (partitions.iter().map(of).collect(), first.collect());
        Outlets { routes, all, first, of }
    }

    /// Where a message goes. One without an instrument has no key, and goes to the first partition.
    pub fn place(&self, kind: TapeKind, instrument: Option<u32>) -> usize {
        let topic = self.routes.of[kind as usize];
        let partition = instrument.map_or(0, |i| self.of[topic][i as usize]);
        self.first[topic] + partition as usize
    }

    /// The partition whose records reach furthest, with the time.
    pub fn furthest(&self) -> Option<&Outlet> {
        self.all.iter().max_by_key(|outlet| outlet.last)
    }

    /// Partitions that had nothing for `every` as of `now`, in order.
    pub fn idle(&self, now: EventTime, every: Span) -> Vec<usize> {
        let idle = |(_, outlet): &(usize, &Outlet)| {
            outlet.last < now && now.0.saturating_sub(outlet.last.0) >= every.0
        };
        self.all.iter().enumerate().filter(idle).map(|(place, _)| place).collect()
    }

    /// The topic and partition of an outlet.
    pub fn name(&self, outlet: &Outlet) -> (&str, u32) {
        (&self.routes.topics[outlet.topic], outlet.partition)
    }
}

/// Records at the end of a partition that are looked at for their time; the last one would do,
/// were there no marks of transactions and no records of others.
const TAIL: u64 = 100;

/// The latest time in the tail of each partition of a topic, which has these ends.
fn last_stamps(
    access: &KafkaAccess,
    consumer: &BaseConsumer<Watch>,
    topic: &str,
    ends: &[(u64, u64)],
) -> Result<Vec<EventTime>, ClientError> {
    let unanswered = |error: &KafkaError| access.unanswered(consumer.context(), error);
    let mut stamps = vec![EventTime::MIN; ends.len()];
    let mut list = TopicPartitionList::new();
    for (partition, (low, high)) in ends.iter().enumerate().filter(|(_, (low, high))| low < high) {
        let begin = Offset::Offset((*low).max(high.saturating_sub(TAIL)) as i64);
        list.add_partition_offset(topic, partition as i32, begin).map_err(|e| unanswered(&e))?;
    }
    consumer.assign(&list).map_err(|e| unanswered(&e))?;
    let watch = Stopwatch::start();
    let mut open = list.count();
    let mut is_open = vec![true; ends.len()];
    while open > 0 {
        let ended = match consumer.poll(ANSWER_TIME) {
            Some(Ok(message)) => {
                let partition = message.partition() as usize;
                let last = &mut stamps[partition];
                *last = (*last).max(message.payload().and_then(stamp_of).unwrap_or(*last));
                (message.offset() as u64 + 1 >= ends[partition].1).then_some(partition)
            }
            Some(Err(KafkaError::PartitionEOF(partition))) => Some(partition as usize),
            Some(Err(error)) if is_passing(&error) && watch.elapsed() < PATIENCE => None,
            Some(Err(error)) => return Err(unanswered(&error)),
            None => return Err(unanswered(&KafkaError::NoMessageReceived)),
        };
        if let Some(partition) = ended
            && is_open[partition]
        {
            is_open[partition] = false;
            open -= 1;
        }
    }
    Ok(stamps)
}

/// The time that a record carries.
fn stamp_of(record: &[u8]) -> Option<EventTime> {
    #[derive(Deserialize)]
    struct Head<'a> {
        #[serde(borrow)]
        ts: Option<Cow<'a, str>>,
    }
    let head: Head<'_> = serde_json::from_slice(record).ok()?;
    head.ts?.parse().ok().map(EventTime)
}

#[cfg(test)]
mod tests {
    use super::super::tape::tests::market;
    use super::*;

    fn outlets() -> Outlets {
        let routes = Routes::new("market", &[(TapeKind::News, "news".to_owned())]);
        let outlet = |(topic, partition): &(usize, u32)| {
            let last = EventTime(100 * i64::from(*partition));
            Outlet { topic: *topic, partition: *partition, last, from: 0, messages: 0 }
        };
        let all = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1)].iter().map(outlet).collect();
        Outlets::new(routes, &[3, 2], all, &market().instruments())
    }

    #[test]
    fn each_instrument_keeps_to_its_partition_and_each_kind_to_its_topic() {
        let outlets = outlets();
        assert_eq!(outlets.routes.topics(), ["market", "news"]);
        for (place, instrument) in market().instruments().iter().enumerate() {
            let key = instrument.id.text().as_bytes();
            let trades = outlets.place(TapeKind::Trades, Some(place as u32));
            assert_eq!(trades, partition_of(key, 3) as usize);
            assert_eq!(trades, outlets.place(TapeKind::Books, Some(place as u32)));
            let news = outlets.place(TapeKind::News, Some(place as u32));
            assert_eq!(news, 3 + partition_of(key, 2) as usize);
        }
        assert_eq!(outlets.place(TapeKind::News, None), 3);
        assert_eq!(outlets.name(&outlets.all[4]), ("news", 1));
    }

    #[test]
    fn only_partitions_that_had_nothing_for_a_while_are_idle() {
        let outlets = outlets();
        assert_eq!(outlets.idle(EventTime(110), Span(10)), [0, 1, 3, 4]);
        assert_eq!(outlets.idle(EventTime(110), Span(50)), [0, 3]);
        assert_eq!(outlets.idle(EventTime(0), Span(10)), [0usize; 0]);
        assert_eq!(outlets.furthest().unwrap().partition, 2);
    }

    #[test]
    fn times_are_read_from_records_and_nothing_else() {
        let stamp = |text: &str| stamp_of(text.as_bytes());
        assert_eq!(stamp(r#"{"type":"trade","ts":"17","x":[1]}"#), Some(EventTime(17)));
        for text in ["", "{}", "[]", r#"{"ts":17}"#, r#"{"ts":"soon"}"#] {
            assert_eq!(stamp(text), None, "{text}");
        }
    }
}
