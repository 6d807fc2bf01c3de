//! The topic of a job's fences: one partition, written in transactions by whoever holds the job.

use super::{Fence, FenceAnswer, FenceLog, InputError, KnownFences};
use crate::kafka::{
    ANSWER_TIME, Cleanup, ClientError, KafkaAccess, TopicPlan, TopicsError, Watch, create_topics,
};
use rdkafka::{
    Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    error::KafkaError,
    producer::{BaseProducer, BaseRecord, Producer},
};
use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;
use std::time::Duration;

/// Fences that are written together at most.
const BATCH: usize = 1024;
/// How long the log may be silent while it is read at the start.
const READ_TIME: Duration = Duration::from_secs(30);

/// By topic and partition.
type Answers = BTreeMap<(String, u32), FenceAnswer>;

/// The fences of a job.
pub struct KafkaFences {
    known: Vec<Fence>,
    proposals: Sender<(Fence, u64)>,
    shared: Arc<Mutex<Shared>>,
    topic: String,
}

#[derive(Default)]
struct Shared {
    answers: Answers,
    /// Why nothing is written any more.
    lost: Option<String>,
}

impl KafkaFences {
    /// Takes over the log `JOB.fences`, which is made if it is not there: a run that still holds
    /// it cannot write to it any more. `sources` are the brokers of the topics that are fenced.
    ///
    /// # Errors
    /// When brokers do not answer, or the log holds what is no fence.
    pub fn open(
        access: &KafkaAccess,
        sources: &KafkaAccess,
        job: &str,
    ) -> Result<KafkaFences, InputError> {
        let topic = format!("{job}.fences");
        make(access, &topic)?;
        let id = format!("{job}/fences");
        let settings = [("transactional.id", &*id), ("linger.ms", "0")];
        let producer = access.producer(&settings)?;
        let lost = |error: &KafkaError| InputError::Fences {
            topic: topic.clone(),
            reason: error.to_string(),
        };
        // From here on no other run adds any, so what is read now is all there is.
        producer.init_transactions(READ_TIME).map_err(|error| lost(&error))?;
        let known = read(access, &topic)?;
        let ends = sources.consumer(&[])?;
        let shared = Arc::<Mutex<Shared>>::default();
        let (proposals, inbox) = channel();
        let last = known.iter().map(|f| ((f.topic.clone(), f.partition), f.from_offset)).collect();
        let shared_too = Arc::clone(&shared);
        let writer = Writer { topic: topic.clone(), producer, ends, last, shared: shared_too };
        let named = Builder::new().name("fences".to_owned());
        named.spawn(move || writer.run(&inbox)).map_err(|error| InputError::Fences {
            topic: topic.clone(),
            reason: error.to_string(),
        })?;
        Ok(KafkaFences { known, proposals, shared, topic })
    }

    /// The fences of a job, to read offsets again that were read with them; the run that holds the
    /// log goes on.
    ///
    /// # Errors
    /// As [`KafkaFences::open`].
    pub fn known(access: &KafkaAccess, job: &str) -> Result<KnownFences, InputError> {
        let topic = format!("{job}.fences");
        make(access, &topic)?;
        Ok(KnownFences::new(read(access, &topic)?))
    }

    /// All fences that were there when it was opened, by topic, partition, offset and time.
    pub fn all(&self) -> &[Fence] {
        &self.known
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FenceLog for KafkaFences {
    fn known(&self, topic: &str, partition: u32, from_offset: u64) -> Vec<Fence> {
        let mine = |f: &&Fence| f.topic == topic && f.partition == partition;
        let mine = self.known.iter().filter(mine);
        mine.filter(|fence| fence.from_offset >= from_offset).cloned().collect()
    }

    fn propose(&self, fence: Fence, end: u64) {
        let key = (fence.topic.clone(), fence.partition);
        let sent = self.proposals.send((fence, end));
        let mut shared = self.lock();
        // The writer may have answered already.
        shared.answers.entry(key).or_insert(FenceAnswer::Pending);
        if sent.is_err() {
            shared.lost.get_or_insert_with(|| "its writer has ended".to_owned());
        }
    }

    fn answer(&self, topic: &str, partition: u32) -> Result<FenceAnswer, InputError> {
        let mut shared = self.lock();
        if let Some(reason) = &shared.lost {
            return Err(InputError::Fences { topic: self.topic.clone(), reason: reason.clone() });
        }
        let key = (topic.to_owned(), partition);
        Ok(match shared.answers.get(&key) {
            None => FenceAnswer::None,
            Some(FenceAnswer::Pending) => FenceAnswer::Pending,
            Some(_) => shared.answers.remove(&key).unwrap_or(FenceAnswer::None),
        })
    }
}

/// Makes the log if it is not there; one that is there is taken as it is.
///
/// Of several fences at one offset the first and the last have keys that stay: what came before
/// any time was known goes by the first, all else by the last.
fn make(access: &KafkaAccess, topic: &str) -> Result<(), InputError> {
    let plan = TopicPlan {
        name: topic.to_owned(),
        partitions: 1,
        replication: None,
        retention: None,
        cleanup: Cleanup::Compact,
    };
    match create_topics(access, &[plan]) {
        Ok(_) | Err(TopicsError::Differ(_)) => Ok(()),
        Err(TopicsError::Client(error)) => Err(error.into()),
        Err(error) => {
            let (topic, reason) = (topic.to_owned(), error.to_string());
            Err(InputError::Fences { topic, reason })
        }
    }
}

/// Everything in the log.
fn read(access: &KafkaAccess, topic: &str) -> Result<Vec<Fence>, InputError> {
    let consumer: BaseConsumer<Watch> = access.consumer(&[("enable.partition.eof", "true")])?;
    let failed = |error: &KafkaError| access.unanswered(consumer.context(), error);
    let (first, end) = access.offsets(consumer.client(), topic, 0)?;
    let mut assignment = TopicPartitionList::new();
    assignment
        .add_partition_offset(topic, 0, Offset::Offset(first as i64))
        .and_then(|()| consumer.assign(&assignment))
        .map_err(|error| failed(&error))?;
    let mut fences = Vec::new();
    let mut reading = first < end;
    while reading {
        match consumer.poll(READ_TIME) {
            Some(Ok(message)) => {
                let text = message.payload().unwrap_or_default();
                fences.push(serde_json::from_slice(text).map_err(|error| {
                    let (topic, reason) = (topic.to_owned(), error.to_string());
                    InputError::FenceRecord { topic, offset: message.offset() as u64, reason }
                })?);
            }
            Some(Err(KafkaError::PartitionEOF(_))) => reading = false,
            // Connections that break are made again.
            Some(Err(error)) if error.rdkafka_error_code().is_none_or(super::ears::is_final) => {
                return Err(failed(&error).into());
            }
            Some(Err(_)) => {}
            None => {
                let reason = consumer.context().trouble().unwrap_or("no answer".to_owned());
                let brokers = access.brokers.clone();
                return Err(ClientError::Unreachable { brokers, reason }.into());
            }
        }
    }
    fences.sort();
    fences.dedup();
    Ok(fences)
}

/// The thread that writes.
struct Writer {
    topic: String,
    producer: BaseProducer<Watch>,
    /// Asks for the ends of the partitions that are fenced.
    ends: BaseConsumer<Watch>,
    /// The offset of the last fence of each partition.
    last: BTreeMap<(String, u32), u64>,
    shared: Arc<Mutex<Shared>>,
}

impl Writer {
    fn run(mut self, inbox: &Receiver<(Fence, u64)>) {
        while let Ok(first) = inbox.recv() {
            let mut batch = vec![first];
            batch.extend(inbox.try_iter().take(BATCH - 1));
            let (sound, refused): (Vec<_>, Vec<_>) =
                batch.into_iter().partition(|(fence, end)| self.is_at_end(fence, *end));
            let written = self.write(&sound);
            let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
            for (fence, _) in refused {
                let key = (fence.topic, fence.partition);
                shared.answers.insert(key, FenceAnswer::Refused);
            }
            if let Err(error) = written {
                // A commit without an answer may have happened: only a new start can tell.
                shared.lost = Some(error.to_string());
                return;
            }
            for (fence, _) in sound {
                let key = (fence.topic.clone(), fence.partition);
                shared.answers.insert(key, FenceAnswer::Durable(fence));
            }
        }
    }

    /// Does the partition still end there? A broker that does not answer may have more.
    fn is_at_end(&self, fence: &Fence, end: u64) -> bool {
        let partition = fence.partition as i32;
        let answer = self.ends.fetch_watermarks(&fence.topic, partition, ANSWER_TIME);
        answer.is_ok_and(|(_, high)| high.max(0) as u64 <= end)
    }

    fn write(&mut self, fences: &[(Fence, u64)]) -> Result<(), KafkaError> {
        if fences.is_empty() {
            return Ok(());
        }
        self.producer.begin_transaction()?;
        for (fence, _) in fences {
            let of = (fence.topic.clone(), fence.partition);
            let before = self.last.insert(of, fence.from_offset);
            let first = if before == Some(fence.from_offset) { "" } else { " first" };
            let (partition, offset) = (fence.partition, fence.from_offset);
            let key = format!("{}-{partition}@{offset}{first}", fence.topic);
            let value = serde_json::to_vec(fence).expect("a fence is JSON");
            let record = BaseRecord::to(&self.topic).partition(0).key(&key).payload(&value);
            self.producer.send(record).map_err(|(error, _)| error)?;
        }
        self.producer.commit_transaction(READ_TIME)
    }
}
