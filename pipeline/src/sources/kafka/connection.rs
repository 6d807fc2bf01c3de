//! The consumer that a worker's partitions share. One that has lost its brokers is replaced, and
//! each partition goes on where it was.

use super::InputError;
use super::ears::{Consumer, Ears};
use crate::kafka::{ClientError, KafkaAccess};
use rdkafka::consumer::Consumer as _;
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU32, Ordering::Relaxed},
};

/// The consumer that a worker's partitions share, which may be replaced by another.
pub(super) struct Connection {
    access: KafkaAccess,
    queue_kbytes: String,
    consumer: Mutex<Arc<Consumer>>,
    /// How often it was replaced: readers ask for this before they ask for the consumer.
    generation: AtomicU32,
}

impl Connection {
    /// A consumer whose queues hold so many KiB each.
    pub(super) fn open(
        ears: Ears,
        access: &KafkaAccess,
        queue_kbytes: usize,
    ) -> Result<Connection, InputError> {
        let (access, queue_kbytes) = (access.clone(), queue_kbytes.to_string());
        let consumer = Mutex::new(Arc::new(consumer(&ears, &access, &queue_kbytes)?));
        Ok(Connection { access, queue_kbytes, consumer, generation: AtomicU32::new(0) })
    }

    /// How often the consumer was replaced.
    pub(super) fn generation(&self) -> u32 {
        self.generation.load(Relaxed)
    }

    /// The consumer as it is now. Readers of a worker and whoever replaces it are one thread.
    pub(super) fn consumer(&self) -> Arc<Consumer> {
        Arc::clone(&self.consumer.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces the consumer of this generation, unless another reader has done so.
    pub(super) fn replace(&self, generation: u32) -> Result<(), InputError> {
        if self.generation() == generation {
            tracing::warn!(brokers = self.access.brokers, "without a connection: connecting anew");
            let ears = self.consumer().context().again();
            let new = Arc::new(consumer(&ears, &self.access, &self.queue_kbytes)?);
            *self.consumer.lock().unwrap_or_else(PoisonError::into_inner) = new;
            self.generation.store(generation + 1, Relaxed);
        }
        Ok(())
    }
}

fn consumer(ears: &Ears, access: &KafkaAccess, kbytes: &str) -> Result<Consumer, ClientError> {
    let settings = [
        ("queued.max.messages.kbytes", kbytes),
        ("queued.min.messages", "1000000"),
        // A full queue is looked at again this soon; the usual second would be a gap.
        ("fetch.queue.backoff.ms", "5"),
        // A queue that has room again waits for the request under way, so that is not to wait
        // long for idle partitions.
        ("fetch.wait.max.ms", "20"),
        ("statistics.interval.ms", "1000"),
        // Topics that were made anew or have grown are noticed this soon at the latest.
        ("topic.metadata.refresh.interval.ms", "30000"),
    ];
    ears.consumer(access, &settings)
}
