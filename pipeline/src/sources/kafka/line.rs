//! The client through which partitions are read. One that has lost its brokers is replaced, and
//! each partition goes on where it was.

use super::InputError;
use super::ears::{Consumer, Ears};
use crate::kafka::{ClientError, KafkaAccess};
use rdkafka::consumer::Consumer as _;
use std::sync::{Arc, Mutex, PoisonError};

/// What several partitions are read through.
pub(super) struct Line {
    access: KafkaAccess,
    kbytes: String,
    /// How many clients there were before this one.
    now: Mutex<(u32, Arc<Consumer>)>,
}

impl Line {
    /// A client whose queues hold so many KiB each.
    pub(super) fn open(
        ears: Ears,
        access: &KafkaAccess,
        kbytes: usize,
    ) -> Result<Line, InputError> {
        let (access, kbytes) = (access.clone(), kbytes.to_string());
        let client = Arc::new(consumer(&ears, &access, &kbytes)?);
        Ok(Line { access, kbytes, now: Mutex::new((0, client)) })
    }

    /// The client, and how many there were before.
    pub(super) fn now(&self) -> (u32, Arc<Consumer>) {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces the client if it is still the one after so many.
    pub(super) fn renew(&self, after: u32) -> Result<(), InputError> {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        if now.0 == after {
            tracing::warn!(brokers = self.access.brokers, "without a connection: connecting anew");
            let client = consumer(&now.1.context().again(), &self.access, &self.kbytes)?;
            *now = (after + 1, Arc::new(client));
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
