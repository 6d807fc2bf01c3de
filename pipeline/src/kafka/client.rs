//! Clients of a cluster: the settings that all of one kind share, and errors that say what
//! brokers answered rather than that they did not.

use super::access::{AccessError, KafkaAccess, is_secret};
use rdkafka::{
    ClientConfig, ClientContext,
    admin::AdminClient,
    client::Client,
    config::{FromClientConfigAndContext, RDKafkaLogLevel},
    consumer::{BaseConsumer, ConsumerContext},
    error::{KafkaError, RDKafkaErrorCode},
    metadata::Metadata,
    producer::{BaseProducer, DeliveryResult, Producer, ProducerContext},
};
use std::{
    net::{TcpStream, ToSocketAddrs},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// How long brokers may take to answer a question.
pub const ANSWER_TIME: Duration = Duration::from_secs(10);

/// Why brokers did not do what they were asked for.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Settings that cannot be used.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// No answer.
    #[error("cannot reach {brokers}: {reason}")]
    Unreachable {
        /// The brokers.
        brokers: String,
        /// What the last attempt met.
        reason: String,
    },
    /// A topic that is not there.
    #[error("there is no topic `{topic}` at {brokers}; `tapeflow topics create` makes topics")]
    NoTopic {
        /// The topic.
        topic: String,
        /// The brokers.
        brokers: String,
    },
    /// An answer that is no success.
    #[error("cannot {what}: {reason}")]
    Refused {
        /// What was asked for.
        what: String,
        /// What the brokers say.
        reason: String,
    },
}

/// What librdkafka tells while a client lives: its log goes to ours, and the last trouble is kept
/// for whoever has to explain why nothing came.
#[derive(Debug, Default, Clone)]
pub struct Watch(Arc<Mutex<Trouble>>);

#[derive(Debug, Default)]
struct Trouble {
    last: Option<String>,
    undelivered: Option<String>,
}

impl Watch {
    /// The last trouble with a connection.
    pub fn trouble(&self) -> Option<String> {
        self.lock().last.clone()
    }

    /// Why a record could not be delivered: the first one's reason.
    pub fn undelivered(&self) -> Option<String> {
        self.lock().undelivered.clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Trouble> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClientContext for Watch {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        use RDKafkaLogLevel::{Alert, Critical, Debug, Emerg, Error, Info, Notice, Warning};
        match level {
            // Every failed attempt to connect is one; who waits for the broker says so itself.
            Emerg | Alert | Critical | Error | Warning => {
                tracing::debug!(target: "kafka", facility, "{message}");
            }
            Notice | Info | Debug => tracing::trace!(target: "kafka", facility, "{message}"),
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(target: "kafka", %error, reason, "trouble");
        // "All brokers are down" follows every other trouble and says less.
        if error.rdkafka_error_code() != Some(RDKafkaErrorCode::AllBrokersDown) {
            self.lock().last = Some(reason.to_owned());
        }
    }
}

impl ConsumerContext for Watch {}

impl ProducerContext for Watch {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((error, _)) = result {
            self.lock().undelivered.get_or_insert_with(|| said(error));
        }
    }
}

impl KafkaAccess {
    /// A client of some kind with further settings: [`BaseProducer`], [`BaseConsumer`],
    /// [`AdminClient`].
    ///
    /// # Errors
    /// When a setting cannot be used.
    pub fn client<T, C>(&self, settings: &[(&str, &str)], context: C) -> Result<T, ClientError>
    where
        C: ClientContext,
        T: FromClientConfigAndContext<C>,
    {
        let mut config: ClientConfig = self.config()?;
        for (setting, value) in settings {
            config.set(*setting, *value);
        }
        T::from_config_and_context(&config, context).map_err(|error| {
            let reason = match &error {
                KafkaError::ClientConfig(_, why, setting, _) if is_secret(setting) => {
                    format!("{setting}: {why}")
                }
                error => said(error),
            };
            ClientError::Refused { what: format!("use the settings for {}", self.brokers), reason }
        })
    }

    /// A producer that brokers recognise, so that no record of it is written twice or out of
    /// order; it reports only what it could not deliver.
    ///
    /// # Errors
    /// As [`KafkaAccess::client`].
    pub fn producer(&self, settings: &[(&str, &str)]) -> Result<BaseProducer<Watch>, ClientError> {
        let own = [("enable.idempotence", "true"), ("delivery.report.only.error", "true")];
        self.client(&[&own[..], settings].concat(), Watch::default())
    }

    /// A consumer that belongs to no group, sees what is committed, and takes the partitions that
    /// it is assigned from the offsets that it is given: never a silent reset.
    ///
    /// # Errors
    /// As [`KafkaAccess::client`].
    pub fn consumer(&self, settings: &[(&str, &str)]) -> Result<BaseConsumer<Watch>, ClientError> {
        let own = [
            // librdkafka wants a name even for a group that nobody joins.
            ("group.id", "tapeflow"),
            ("enable.auto.commit", "false"),
            ("enable.auto.offset.store", "false"),
            ("auto.offset.reset", "error"),
            ("isolation.level", "read_committed"),
            ("allow.auto.create.topics", "false"),
        ];
        self.client(&[&own[..], settings].concat(), Watch::default())
    }

    /// A client for topics and their settings.
    ///
    /// # Errors
    /// As [`KafkaAccess::client`].
    pub fn admin(&self) -> Result<AdminClient<Watch>, ClientError> {
        self.client(&[], Watch::default())
    }

    /// What brokers say of all topics, or of one.
    ///
    /// # Errors
    /// When none answers in time.
    pub fn metadata(
        &self,
        client: &Client<Watch>,
        topic: Option<&str>,
    ) -> Result<Metadata, ClientError> {
        let answer = client.fetch_metadata(topic, ANSWER_TIME);
        answer.map_err(|error| self.unanswered(client.context(), &error))
    }

    /// How many partitions a topic has.
    ///
    /// # Errors
    /// When there is no such topic, or no broker answers in time.
    pub fn partitions(&self, client: &Client<Watch>, topic: &str) -> Result<u32, ClientError> {
        let metadata = self.metadata(client, Some(topic))?;
        let found = metadata.topics().iter().find(|t| t.name() == topic);
        match found {
            Some(found) if found.error().is_none() && !found.partitions().is_empty() => {
                Ok(found.partitions().len() as u32)
            }
            _ => {
                Err(ClientError::NoTopic { topic: topic.to_owned(), brokers: self.brokers.clone() })
            }
        }
    }

    /// The first offset of a partition, and the one after its last record.
    ///
    /// # Errors
    /// When no broker answers in time.
    pub fn offsets(
        &self,
        client: &Client<Watch>,
        topic: &str,
        partition: u32,
    ) -> Result<(u64, u64), ClientError> {
        let answer = client.fetch_watermarks(topic, partition as i32, ANSWER_TIME);
        let (low, high) = answer.map_err(|error| self.unanswered(client.context(), &error))?;
        Ok((low.max(0) as u64, high.max(0) as u64))
    }

    /// Waits until everything that was sent is written.
    ///
    /// # Errors
    /// When a record could not be delivered, or not within `time`.
    pub fn flush(&self, producer: &BaseProducer<Watch>, time: Duration) -> Result<(), ClientError> {
        let result = producer.flush(time);
        let watch = producer.context();
        if let Some(reason) = watch.undelivered() {
            return Err(ClientError::Refused { what: "deliver a record".to_owned(), reason });
        }
        result.map_err(|error| self.unanswered(watch, &error))
    }

    /// A question without an answer: what a connection meets says more than a timeout.
    pub fn unanswered(&self, watch: &Watch, error: &KafkaError) -> ClientError {
        use RDKafkaErrorCode::{
            AllBrokersDown, BrokerTransportFailure, OperationTimedOut, RequestTimedOut,
        };
        let brokers = self.brokers.clone();
        match code(error) {
            Some(AllBrokersDown | BrokerTransportFailure | OperationTimedOut | RequestTimedOut) => {
                let reason = watch.trouble().unwrap_or_else(|| attempt(&brokers));
                ClientError::Unreachable { brokers, reason }
            }
            _ => ClientError::Refused { what: format!("ask {brokers}"), reason: said(error) },
        }
    }
}

/// What a plain connection to the first of some brokers meets.
fn attempt(brokers: &str) -> String {
    let first = brokers.split(',').next().unwrap_or(brokers).trim();
    let connect = |address| TcpStream::connect_timeout(&address, Duration::from_secs(2));
    match first.to_socket_addrs().map(|mut found| found.next().map(connect)) {
        Ok(Some(Ok(_))) => {
            format!("{first} takes connections, but does not answer as a broker: does it want TLS?")
        }
        Ok(Some(Err(error))) | Err(error) => error.to_string(),
        Ok(None) => format!("{first} has no address"),
    }
}

/// How long a broker may be missing while something is read from the others.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Says only that a broker is missing for now: librdkafka goes on with the others, and tries again.
pub(crate) fn is_passing(error: &KafkaError) -> bool {
    use RDKafkaErrorCode::{AllBrokersDown, BrokerTransportFailure, OperationTimedOut, Resolve};
    let passing = [AllBrokersDown, BrokerTransportFailure, OperationTimedOut, Resolve];
    error.rdkafka_error_code().is_some_and(|code| passing.contains(&code))
}

/// An error in the words of librdkafka or the broker, without those of its wrapping.
pub(crate) fn said(error: &KafkaError) -> String {
    code(error).map_or_else(|| error.to_string(), words)
}

/// What librdkafka or the broker says, whatever was asked.
fn code(error: &KafkaError) -> Option<RDKafkaErrorCode> {
    match error {
        KafkaError::AdminOp(code) => Some(*code),
        KafkaError::NoMessageReceived => Some(RDKafkaErrorCode::OperationTimedOut),
        error => error.rdkafka_error_code(),
    }
}

/// `NotEnoughReplicas (Broker: Not enough in-sync replicas)` without the name of the code.
pub(crate) fn words(code: RDKafkaErrorCode) -> String {
    let text = code.to_string();
    let inner = text.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    let inner = inner.unwrap_or(&text);
    let inner = inner.strip_prefix("Broker: ").or(inner.strip_prefix("Local: ")).unwrap_or(inner);
    inner.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rdkafka::consumer::Consumer;

    #[test]
    fn a_broker_that_is_not_there_is_named_with_the_reason() {
        // Nothing listens on a port that was free a moment ago.
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let access = KafkaAccess::plain(free.to_string());
        let consumer = access.consumer(&[]).unwrap();
        let asked = consumer.client().fetch_metadata(None, Duration::from_secs(1)).err().unwrap();
        let error = access.unanswered(consumer.context(), &asked);
        assert!(matches!(error, ClientError::Unreachable { .. }), "{error}");
        let said = format!("cannot reach {free}: Connection refused (os error");
        assert!(error.to_string().starts_with(&said), "{error}");
    }

    #[test]
    fn errors_are_told_in_words() {
        let words = |code| said(&KafkaError::MessageProduction(code));
        assert_eq!(words(RDKafkaErrorCode::QueueFull), "Queue full");
        assert_eq!(words(RDKafkaErrorCode::NotEnoughReplicas), "Not enough in-sync replicas");
    }

    #[test]
    fn a_setting_that_librdkafka_refuses_is_named() {
        let access = KafkaAccess::plain("127.0.0.1:1");
        let error = access.consumer(&[("fetch.max.bytes", "many")]).err().unwrap().to_string();
        assert!(error.contains("fetch.max.bytes"), "{error}");
    }
}
