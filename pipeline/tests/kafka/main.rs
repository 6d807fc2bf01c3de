//! Topics, publishing and looking at it: with the broker inside the program, and, where
//! `TAPEFLOW_KAFKA` holds the address of one, with a real broker.

#![allow(clippy::disallowed_methods, reason = "waits for brokers, and not for ever")]

mod publish;
mod real;
mod source;

use pipeline::{
    kafka::{
        KafkaAccess,
        publish::{Pace, PublishRequest, Published, Routes, Stamp, Tape},
        tap::{TapFrom, TapRequest, tap},
    },
    progress::Progress,
    sources::{SourceKind, SourcePlan, synthetic::Synthetic},
};
use schemas::{EventTime, Span};

/// A record of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    partition: u32,
    offset: u64,
    key: Option<String>,
    value: String,
}

impl Seen {
    fn field(&self, name: &str) -> String {
        let value: serde_json::Value = serde_json::from_str(&self.value).unwrap();
        value[name].as_str().unwrap_or_else(|| panic!("{name} of {}", self.value)).to_owned()
    }

    fn ts(&self) -> EventTime {
        EventTime(self.field("ts").parse().unwrap())
    }

    fn is_heartbeat(&self) -> bool {
        self.field("type") == "heartbeat"
    }
}

/// A small market.
fn market() -> Synthetic {
    Synthetic {
        venue: "demo".to_owned(),
        instruments: 5,
        minutes: Some(5),
        events: None,
        seed: 11,
        start: Synthetic::START,
    }
}

fn tape() -> Tape {
    tape_of(market())
}

fn tape_of(market: Synthetic) -> Tape {
    let instruments = market.instruments();
    let kind = SourceKind::Synthetic(market);
    Tape::open(&[SourcePlan { rank: 0, name: "market".to_owned(), kind }], instruments).unwrap()
}

fn request<'a>(access: &'a KafkaAccess, routes: &'a Routes, stamp: Stamp) -> PublishRequest<'a> {
    PublishRequest {
        access,
        routes,
        stamp,
        pace: Pace::Flat,
        heartbeat: Span(100_000_000),
        end_after: Span::SECOND,
    }
}

/// Everything that is in a topic, partition by partition.
fn all(access: &KafkaAccess, topic: &str) -> Vec<Seen> {
    let topics = [topic.to_owned()];
    let request = TapRequest { access, topics: &topics, from: TapFrom::Beginning, until_end: true };
    let mut seen = Vec::new();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let count = tap(&request, &Progress::default(), &mut |record| {
        seen.push(Seen {
            partition: record.partition,
            offset: record.offset,
            key: record.key.map(text),
            value: text(record.value.unwrap()),
        });
        true
    });
    assert_eq!(count.unwrap(), seen.len() as u64);
    seen.sort_by_key(|record| (record.partition, record.offset));
    seen
}

/// Times never go back in a partition, and each ends with a heartbeat that says what was promised.
fn check_times(seen: &[Seen], published: &Published) {
    for partition in &published.partitions {
        let own: Vec<&Seen> = seen.iter().filter(|s| s.partition == partition.partition).collect();
        assert!(own.is_sorted_by_key(|record| record.ts()), "{partition:?}");
        let last = own.last().unwrap();
        assert!(last.is_heartbeat(), "{last:?}");
        assert_eq!(Some(last.ts()), published.through);
        let messages = own.iter().filter(|s| !s.is_heartbeat());
        let new = messages.filter(|s| s.offset >= partition.from).count();
        assert_eq!(new as u64, partition.messages);
    }
}
