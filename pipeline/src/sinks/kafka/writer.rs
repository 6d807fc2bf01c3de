//! A producer of a shard: transactions that are repeated until their outcome is known.

use super::{OutRow, Outlet, SinkError};
use crate::{
    clock::Stopwatch,
    faults,
    kafka::{ANSWER_TIME, Watch},
};
use rdkafka::{
    error::{KafkaError, RDKafkaError, RDKafkaErrorCode},
    message::{Header, OwnedHeaders},
    producer::{BaseProducer, BaseRecord, Producer},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

pub(super) struct Writer {
    id: String,
    producer: BaseProducer<Watch>,
    outlet: Arc<Outlet>,
    /// Topic and partition by place.
    places: Vec<(String, i32)>,
    /// Nobody waits for the outcome any more.
    abandoned: Arc<AtomicBool>,
}

/// A record that is no row: a mark or the progress.
pub(super) struct Note<'a> {
    pub topic: &'a str,
    pub partition: u32,
    pub key: &'a str,
    pub value: &'a [u8],
}

/// How a transaction that was not committed goes on.
enum Trouble {
    /// It was aborted and can be repeated.
    Aborted(String),
    /// It cannot.
    Ends(SinkError),
}

impl<E: Into<SinkError>> From<E> for Trouble {
    fn from(error: E) -> Trouble {
        Trouble::Ends(error.into())
    }
}

/// Longer than a transaction may last: brokers have ended it by then.
const STUCK: Duration = Duration::from_secs(120);

/// How often a transaction is repeated that brokers abort.
const ATTEMPTS: u32 = 20;

impl Writer {
    /// Makes the producer; in transactional modes what is left of an earlier one is shut out and
    /// its open transaction aborted.
    pub fn open(outlet: &Arc<Outlet>, shard: u32) -> Result<Writer, SinkError> {
        let id = outlet.shard_id(shard);
        // Long enough for the rows of a batch to be handed over, and no longer.
        let mut settings = vec![("linger.ms", "0.5"), ("compression.type", "lz4")];
        if outlet.is_transactional() {
            settings.push(("transactional.id", &id));
            settings.push(("transaction.timeout.ms", "60000"));
        }
        let producer = outlet.access.producer(&settings)?;
        let places = outlet.partitions().map(|(t, p)| (t.to_owned(), p as i32)).collect();
        let outlet = Arc::clone(outlet);
        let writer = Writer { id, producer, outlet, places, abandoned: Arc::default() };
        if writer.outlet.is_transactional() {
            faults::hit("sink.before_init")?;
            writer.init()?;
            faults::hit("sink.after_init")?;
        }
        Ok(writer)
    }

    /// Waits until the transactions of an earlier producer have ended.
    fn init(&self) -> Result<(), SinkError> {
        const ATTEMPTS: u32 = 6;
        for _ in 1..ATTEMPTS {
            match self.producer.init_transactions(ANSWER_TIME) {
                Err(KafkaError::Transaction(error)) if error.is_retriable() => {
                    let reason = error.string();
                    tracing::warn!(id = self.id, reason, "waiting for the brokers");
                }
                Err(error) => return Err(self.ended("begin", &error)),
                Ok(()) => return Ok(()),
            }
        }
        let last = self.producer.init_transactions(ANSWER_TIME);
        last.map_err(|error| self.outlet.access.unanswered(self.producer.context(), &error).into())
    }

    /// Ends every wait from another thread.
    pub fn abandoned(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.abandoned)
    }

    /// Sends rows and notes in one transaction, and comes back when it is committed.
    pub fn transact(&self, rows: &[OutRow], notes: &[Note<'_>]) -> Result<(), SinkError> {
        for attempt in 1.. {
            match self.try_transact(rows, notes) {
                Ok(()) => break,
                Err(Trouble::Aborted(reason)) if attempt < ATTEMPTS => {
                    tracing::warn!(id = self.id, reason, attempt, "a transaction is repeated");
                    self.producer.poll(Duration::from_millis(100));
                }
                Err(Trouble::Aborted(reason)) => return Err(self.refused("commit", reason)),
                Err(Trouble::Ends(error)) => return Err(error),
            }
        }
        faults::hit("sink.after_commit")?;
        Ok(())
    }

    fn try_transact(&self, rows: &[OutRow], notes: &[Note<'_>]) -> Result<(), Trouble> {
        let watch = Stopwatch::start();
        self.producer.begin_transaction().map_err(|e| self.ended("begin a transaction", &e))?;
        faults::hit("sink.after_begin")?;
        for row in rows {
            self.row(row).map_err(|error| self.give_up("send a record", &error))?;
        }
        faults::hit("sink.before_progress")?;
        for note in notes {
            self.note(note).map_err(|error| self.give_up("send a record", &error))?;
        }
        faults::hit("sink.before_commit")?;
        let handed = watch.elapsed();
        self.wait_for_delivery()?;
        tracing::trace!(id = self.id, ?handed, delivered = ?watch.elapsed(), "records are written");
        // The fault loses the answer: the brokers commit, and we do not hear of it in time.
        let hurry = faults::hit("sink.commit").is_err();
        let mut time = if hurry { Duration::from_millis(1) } else { ANSWER_TIME };
        let mut waited = Stopwatch::start();
        loop {
            match self.producer.commit_transaction(time) {
                Ok(()) if hurry && time != ANSWER_TIME => {
                    // A broker as fast as that: the answer is lost here.
                    faults::hit("sink.commit_unknown")?;
                    return Ok(());
                }
                Ok(()) => return Ok(()),
                Err(error) if self.may_repeat(&error) => {
                    faults::hit("sink.commit_unknown")?;
                    let reason = error.to_string();
                    tracing::warn!(id = self.id, reason, "asking again whether it was committed");
                    self.alive()?;
                    self.check_stuck("commit", &mut waited)?;
                    time = ANSWER_TIME;
                }
                Err(error) => return Err(self.give_up("commit", &error)),
            }
        }
    }

    /// May the same call be made again, its outcome being unknown?
    fn may_repeat(&self, error: &KafkaError) -> bool {
        match error {
            KafkaError::Transaction(error) => {
                error.is_retriable() && !error.is_fatal() && !error.txn_requires_abort()
            }
            _ => false,
        }
    }

    /// Aborts the transaction, so that its rows can go again; what is fatal ends the shard.
    fn give_up(&self, what: &'static str, error: &KafkaError) -> Trouble {
        let fatal = |error: &KafkaError| match error {
            KafkaError::Transaction(error) => error.is_fatal(),
            _ => false,
        };
        if fatal(error) || self.producer.client().fatal_error().is_some() {
            return Trouble::Ends(self.ended(what, error));
        }
        let mut waited = Stopwatch::start();
        loop {
            match self.producer.abort_transaction(ANSWER_TIME) {
                Ok(()) => return Trouble::Aborted(error.to_string()),
                Err(again) if self.may_repeat(&again) => {
                    let reason = again.to_string();
                    tracing::warn!(id = self.id, reason, "asking again to abort a transaction");
                    let goes_on =
                        self.alive().and_then(|()| self.check_stuck("abort", &mut waited));
                    if let Err(error) = goes_on {
                        return Trouble::Ends(error);
                    }
                }
                Err(error) => return Trouble::Ends(self.ended("abort", &error)),
            }
        }
    }

    /// Everything that was sent is written.
    pub fn flush(&self) -> Result<(), SinkError> {
        self.wait_for_delivery()?;
        match self.producer.context().undelivered() {
            Some(reason) => Err(self.refused("deliver a record", reason)),
            None => Ok(()),
        }
    }

    /// Waits until every record was written or given up. The client's own ways of waiting look
    /// every 100 ms or all the time. Each look wakes its threads of all brokers, which would sleep
    /// over what a transaction has just been allowed to send; too many looks keep brokers busy.
    fn wait_for_delivery(&self) -> Result<(), SinkError> {
        const LOOK: Duration = Duration::from_micros(250);
        const LOOK_LATER: Duration = Duration::from_millis(5);
        // Who has waited so long waits for more than an answer.
        const LATER: Duration = Duration::from_millis(50);
        let (mut waited, mut said) = (Stopwatch::start(), Stopwatch::start());
        while self.producer.flush(Duration::ZERO).is_err() && self.alive().is_ok() {
            self.producer.poll(Duration::ZERO);
            let late = waited.elapsed() >= LATER;
            std::thread::park_timeout(if late { LOOK_LATER } else { LOOK });
            if said.elapsed() >= ANSWER_TIME {
                let reason = self.producer.context().trouble().unwrap_or_default();
                tracing::warn!(id = self.id, reason, "records wait for the brokers");
                said.restart();
            }
            self.check_stuck("deliver records", &mut waited)?;
        }
        match self.producer.in_flight_count() {
            0 => Ok(()),
            _ => self.alive(),
        }
    }

    /// While no broker answers there is nothing but to wait. Where they answer another client,
    /// this one has lost its way, and only a new start finds out what became of its transaction.
    fn check_stuck(&self, what: &'static str, waited: &mut Stopwatch) -> Result<(), SinkError> {
        if waited.elapsed() < STUCK {
            return Ok(());
        }
        waited.restart();
        let probe = self.outlet.access.producer(&[])?;
        match probe.client().fetch_metadata(None, ANSWER_TIME) {
            Ok(found) if !found.brokers().is_empty() => {
                let reason = format!(
                    "the brokers answer, but have not served this client for {} s: start the run \
                     again",
                    STUCK.as_secs()
                );
                Err(self.refused(what, reason))
            }
            _ => Ok(()),
        }
    }

    /// Tells librdkafka to report what happened; `undelivered` knows it then.
    pub fn poll(&self) -> Result<(), SinkError> {
        self.producer.poll(Duration::ZERO);
        match self.producer.context().undelivered() {
            Some(reason) if !self.outlet.is_transactional() => {
                Err(self.refused("deliver a record", reason))
            }
            _ => Ok(()),
        }
    }

    /// Hands a row to the producer.
    pub fn row(&self, row: &OutRow) -> Result<(), KafkaError> {
        let (topic, partition) = &self.places[row.partition as usize];
        let record = BaseRecord::<[u8], [u8]>::to(topic).partition(*partition).payload(&row.value);
        let record = if row.record_key.is_empty() { record } else { record.key(&row.record_key) };
        if row.headers.is_empty() {
            return self.send(record);
        }
        let mut headers = OwnedHeaders::new_with_capacity(row.headers.len());
        for (name, value) in &row.headers {
            headers = headers.insert(Header { key: name, value: Some(value) });
        }
        self.send(record.headers(headers))
    }

    /// Hands a mark or the progress to the producer.
    pub fn note(&self, note: &Note<'_>) -> Result<(), KafkaError> {
        let Note { topic, partition, key, value } = *note;
        let record = BaseRecord::<[u8], [u8]>::to(topic).partition(partition as i32);
        let record = record.payload(value);
        self.send(if key.is_empty() { record } else { record.key(key.as_bytes()) })
    }

    fn send(&self, mut record: BaseRecord<'_, [u8], [u8]>) -> Result<(), KafkaError> {
        loop {
            match self.producer.send(record) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), again))
                    if self.alive().is_ok() =>
                {
                    record = again;
                    self.producer.poll(Duration::from_millis(10));
                }
                Err((error, _)) => return Err(error),
            }
        }
    }

    fn alive(&self) -> Result<(), SinkError> {
        match self.abandoned.load(Ordering::Relaxed) {
            true => Err(self.refused("go on", "it was abandoned".to_owned())),
            false => Ok(()),
        }
    }

    fn refused(&self, what: &'static str, reason: String) -> SinkError {
        SinkError::Refused { id: self.id.clone(), what, reason }
    }

    /// An error after which this producer is of no use.
    pub fn ended(&self, what: &'static str, error: &KafkaError) -> SinkError {
        use RDKafkaErrorCode::{Fenced, InvalidProducerEpoch, ProducerFenced};
        let fatal = self.producer.client().fatal_error();
        let code = match error {
            KafkaError::Transaction(error) => Some(error.code()),
            error => error.rdkafka_error_code(),
        };
        let codes = [code, fatal.as_ref().map(|(code, _)| *code)];
        let fenced = |code| matches!(code, Fenced | ProducerFenced | InvalidProducerEpoch);
        if codes.into_iter().flatten().any(fenced) {
            return SinkError::Fenced { id: self.id.clone() };
        }
        let reason = match (fatal, error) {
            (Some((_, reason)), _) => reason,
            (None, KafkaError::Transaction(error)) => RDKafkaError::string(error),
            (None, error) => error.to_string(),
        };
        self.refused(what, reason)
    }
}
