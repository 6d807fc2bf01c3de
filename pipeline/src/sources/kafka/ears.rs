//! What the client tells while it reads: its troubles, its statistics, and what topics are.
//!
//! The client knows the ids of topics but gives them to nobody. It does say when it learns one,
//! in its log: the only way to see that a topic was made anew while it is read.

use super::stats::KafkaMeter;
use crate::faults;
use crate::kafka::{ClientError, KafkaAccess, Watch};
use rdkafka::{
    ClientContext,
    config::RDKafkaLogLevel,
    consumer::{BaseConsumer, ConsumerContext},
    error::{KafkaError, RDKafkaErrorCode},
};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A consumer of ours.
pub(super) type Consumer = BaseConsumer<Ears>;

/// Statistics in a row, one a second, without any connection: longer than brokers need to agree on
/// another leader, and than a reconnection waits at most.
const LOST: u32 = 30;

/// Hears what a client says.
#[derive(Clone, Default)]
pub(super) struct Ears {
    watch: Watch,
    meter: KafkaMeter,
    heard: Arc<Mutex<Heard>>,
    /// Statistics since one told of a connection.
    alone: Arc<AtomicU32>,
}

#[derive(Default)]
struct Heard {
    /// Ids of topics as first heard.
    ids: BTreeMap<String, String>,
    /// Topics whose id has changed since.
    changed: BTreeMap<String, String>,
    /// Topics whose number of partitions has changed: what it was, and is.
    grown: BTreeMap<String, (u32, u32)>,
    /// Why nothing can be read any more.
    fatal: Option<String>,
    warned: bool,
    /// Anything at all.
    count: u64,
}

impl Ears {
    pub(super) fn new(meter: KafkaMeter) -> Ears {
        Ears { meter, ..Ears::default() }
    }

    /// For a client in the place of this one: what topics are stays known.
    pub(super) fn again(&self) -> Ears {
        Ears { alone: Arc::default(), ..self.clone() }
    }

    /// Was the client without any connection for so long that another one may fare better? One
    /// that is told of no brokers at all, as all of a cluster start or wake, forgets those that it
    /// knew and has nobody left to ask (librdkafka 2.12, issue 5301).
    pub(super) fn is_lost(&self) -> bool {
        self.alone.load(Ordering::Relaxed) >= LOST
    }

    /// A consumer with further settings, which talks to these ears.
    pub(super) fn consumer(
        &self,
        access: &KafkaAccess,
        settings: &[(&str, &str)],
    ) -> Result<Consumer, ClientError> {
        let mut config = access.config()?;
        let own = [
            // librdkafka wants a name even for a group that nobody joins.
            ("group.id", "tapeflow"),
            ("enable.auto.commit", "false"),
            ("enable.auto.offset.store", "false"),
            ("auto.offset.reset", "error"),
            ("isolation.level", "read_committed"),
            ("allow.auto.create.topics", "false"),
            ("enable.partition.eof", "true"),
            // Changes of topics are told there.
            ("debug", "metadata"),
        ];
        for (setting, value) in own.iter().chain(settings) {
            config.set(*setting, *value);
        }
        config.set_log_level(RDKafkaLogLevel::Debug);
        config.create_with_context(self.clone()).map_err(|error| ClientError::Refused {
            what: format!("read from {}", access.brokers),
            reason: match &error {
                KafkaError::ClientConfig(_, why, setting, _) => format!("{setting}: {why}"),
                error => error.to_string(),
            },
        })
    }

    /// Hears everything that the client has to say at the moment.
    pub(super) fn serve(&self, consumer: &Consumer) {
        loop {
            let before = self.lock().count;
            match consumer.poll(Duration::ZERO) {
                Some(Err(error)) => self.trouble(&error),
                // What is no record is not given back: only that something was heard shows that
                // there may be more.
                _ if self.lock().count == before => return,
                _ => {}
            }
        }
    }

    /// The id of a topic; `None` until it was heard.
    pub(super) fn id(&self, topic: &str) -> Option<String> {
        self.lock().ids.get(topic).cloned()
    }

    /// The id that a topic has now, if it is another than first heard.
    pub(super) fn changed(&self, topic: &str) -> Option<(String, String)> {
        let heard = self.lock();
        let is = heard.changed.get(topic)?.clone();
        Some((heard.ids.get(topic).cloned().unwrap_or_default(), is))
    }

    /// How many partitions a topic had and has, if that has changed.
    pub(super) fn grown(&self, topic: &str) -> Option<(u32, u32)> {
        self.lock().grown.get(topic).copied()
    }

    /// Why nothing can be read any more.
    pub(super) fn fatal(&self) -> Option<String> {
        self.lock().fatal.clone()
    }

    /// Records come again.
    pub(super) fn recovered(&self) {
        self.lock().warned = false;
    }

    /// What connections met.
    pub(super) fn watch(&self) -> &Watch {
        &self.watch
    }

    /// An error that is no record's.
    pub(super) fn trouble(&self, error: &KafkaError) {
        let mut heard = self.lock();
        match error.rdkafka_error_code() {
            _ if matches!(error, KafkaError::MessageConsumptionFatal(_)) => {
                heard.fatal = Some(error.to_string());
            }
            Some(code) if is_final(code) => heard.fatal = Some(code.to_string()),
            _ if !heard.warned => {
                heard.warned = true;
                let reason = self.watch.trouble().unwrap_or_else(|| error.to_string());
                tracing::warn!(reason, "brokers cannot be reached; reading goes on when they can");
            }
            _ => {}
        }
    }

    fn lock(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hear_id(&self, topic: &str, id: &str) {
        let mut heard = self.lock();
        // Nothing but zeros: a broker without ids, or a topic that is not there at the moment.
        if id.bytes().all(|byte| byte == b'A') {
            return;
        }
        match heard.ids.get(topic) {
            None => {
                heard.ids.insert(topic.to_owned(), id.to_owned());
            }
            Some(known) if known != id => {
                heard.changed.insert(topic.to_owned(), id.to_owned());
            }
            Some(_) => {}
        }
    }
}

/// Will trying again not help?
pub(super) fn is_final(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        code,
        Code::AutoOffsetReset
            | Code::OffsetOutOfRange
            | Code::UnknownTopic
            | Code::UnknownPartition
            | Code::UnknownTopicOrPartition
            | Code::UnknownTopicId
            | Code::TopicAuthorizationFailed
            | Code::GroupAuthorizationFailed
            | Code::ClusterAuthorizationFailed
            | Code::SaslAuthenticationFailed
            | Code::Authentication
            | Code::BadMessage
            | Code::InvalidMessage
            | Code::Fatal
    )
}

/// The topic and the id that a line of the log tells.
fn id_in(line: &str) -> Option<(&str, &str)> {
    let (head, tail) = line.split_once(" changed id from ")?;
    Some((head.rsplit(' ').next()?, tail.split_once(" to ")?.1.trim()))
}

/// The topic and the numbers of partitions, before and after, that a line of the log tells.
fn growth_in(line: &str) -> Option<(&str, u32, u32)> {
    let (head, tail) = line.split_once(" partition count changed from ")?;
    let (was, is) = tail.split_once(" to ")?;
    Some((head.rsplit(' ').next()?, was.parse().ok()?, is.trim().parse().ok()?))
}

impl ClientContext for Ears {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.lock().count += 1;
        if let Some((topic, id)) = id_in(message) {
            self.hear_id(topic, id);
        }
        // From or to none is a topic that comes or goes.
        if let Some((topic, was @ 1.., is @ 1..)) = growth_in(message) {
            self.lock().grown.insert(topic.to_owned(), (was, is));
        }
        // What was asked for to hear of topics is not worth a line a request.
        if facility != "METADATA" && facility != "METADATAUPDATE" {
            self.watch.log(level, facility, message);
        }
    }

    fn stats_raw(&self, statistics: &[u8]) {
        self.lock().count += 1;
        let connected = self.meter.hear(statistics, self.watch.trouble());
        let alone = if connected { 0 } else { self.alone.load(Ordering::Relaxed) + 1 };
        let alone = if faults::hit("source.lost").is_err() { LOST } else { alone };
        self.alone.store(alone, Ordering::Relaxed);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.lock().count += 1;
        if error.rdkafka_error_code() != Some(RDKafkaErrorCode::PartitionEOF) {
            self.watch.error(error, reason);
        }
    }
}

impl ConsumerContext for Ears {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_that_are_added_are_heard() {
        let ears = Ears::default();
        let say = |numbers: &str| {
            let line = format!("[thrd:main]: Topic ticks partition count changed from {numbers}");
            ears.log(RDKafkaLogLevel::Notice, "PARTCNT", &line);
            ears.grown("ticks")
        };
        assert_eq!((say("0 to 2"), say("2 to 0"), say("2 to 3")), (None, None, Some((2, 3))));
    }

    #[test]
    fn a_client_without_brokers_is_lost_after_a_while_and_not_before() {
        let ears = Ears::default();
        let tell = |ears: &Ears, brokers: &str| {
            ears.stats_raw(format!("{{\"brokers\":{{{brokers}}}}}").as_bytes());
            ears.is_lost()
        };
        let broker = |name: &str, state: &str, source: &str| {
            format!(r#""{name}":{{"state":"{state}","source":"{source}"}}"#)
        };
        // The internal one is always up, and nobody.
        let none = [broker("i", "UP", "internal"), broker("1", "TRY_CONNECT", "learned")].join(",");
        let some = [none.clone(), broker("2", "UP", "learned")].join(",");
        assert!((1..LOST).all(|_| !tell(&ears, &none)));
        assert!(!tell(&ears, &some), "a connection is enough");
        assert!((1..LOST).all(|_| !tell(&ears, &none)));
        assert!(tell(&ears, &none));
        assert!(!ears.again().is_lost(), "the next client has its own time");
    }

    #[test]
    fn a_topic_that_was_made_anew_is_heard() {
        let ears = Ears::default();
        let line = "[thrd:main]: Topic ticks changed id from AAAAAAAAAAAAAAAAAAAAAA to ";
        let say = |id: &str| ears.log(RDKafkaLogLevel::Debug, "METADATA", &format!("{line}{id}"));
        say("AAAAAAAAAAAAAAAAAAAAAA");
        assert_eq!(ears.id("ticks"), None);
        say("0gwnVtlQQZmhJpYw0-wWEA");
        say("0gwnVtlQQZmhJpYw0-wWEA");
        assert_eq!(ears.id("ticks").as_deref(), Some("0gwnVtlQQZmhJpYw0-wWEA"));
        assert_eq!(ears.changed("ticks"), None);
        say("AAAAAAAAAAAAAAAAAAAAAA");
        say("9zwnVtlQQZmhJpYw0-wWEA");
        assert_eq!(ears.changed("ticks").unwrap().1, "9zwnVtlQQZmhJpYw0-wWEA");
    }
}
