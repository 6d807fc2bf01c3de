//! Publishing a tape: market data goes to topics as the JSON of topics, as if it came now or as it
//! came then, with heartbeats in every partition.
//!
//! Each partition of these topics has one writer, this one: the times of its records never go
//! back, over restarts too, and a heartbeat says that nothing earlier will follow. Kafka's own
//! timestamp of a record is the time of sending, so that retention counts from then.

mod outlets;
mod pace;
mod tape;

pub use outlets::Routes;
pub use pace::Pace;
pub use tape::{Taken, Tape, TapeKind};

use super::{ClientError, KafkaAccess, Watch, client::said};
use crate::{progress::Progress, sources::SourceError};
use outlets::Outlets;
use pace::Pacer;
use rdkafka::{
    error::{KafkaError, RDKafkaErrorCode},
    producer::{BaseProducer, BaseRecord, Producer},
};
use schemas::{EventTime, Span, wire::encode_heartbeat};
use serde::Serialize;
use std::time::Duration;

/// How a tape is published.
#[derive(Debug, Clone)]
pub struct PublishRequest<'a> {
    /// The brokers.
    pub access: &'a KafkaAccess,
    /// Where messages go.
    pub routes: &'a Routes,
    /// The receive times that they carry.
    pub stamp: Stamp,
    /// How fast.
    pub pace: Pace,
    /// A partition without records for so long gets a heartbeat.
    pub heartbeat: Span,
    /// How far beyond the last record the last heartbeat is.
    pub end_after: Span,
}

/// Receive times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stamp {
    /// Each message is received when it is sent.
    Now,
    /// The tape's own: whoever reads the topic gets what the tape says, whenever it was published.
    Keep,
}

/// What was published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Published {
    /// Messages.
    pub messages: u64,
    /// Heartbeats.
    pub heartbeats: u64,
    /// Lines of the tape that could not be used.
    pub rejected: u64,
    /// Bytes of messages and heartbeats, before compression.
    pub bytes: u64,
    /// The time of the first and of the last message.
    pub span: Option<(EventTime, EventTime)>,
    /// Nothing before this will follow in any partition; none when it was stopped before that
    /// was known.
    pub through: Option<EventTime>,
    /// Did it come to the end of the tape?
    pub complete: bool,
    /// The records of each partition.
    pub partitions: Vec<PublishedPartition>,
}

/// What was published to a partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PublishedPartition {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: u32,
    /// Messages, without heartbeats.
    pub messages: u64,
    /// Offset of the first record.
    pub from: u64,
    /// Offset after the last record.
    pub to: u64,
}

/// Why a tape is not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// Brokers.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The tape.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Times would go back.
    #[error(
        "{topic}-{partition} holds records up to {last}, and the tape begins at {first}: its \
         records would all be late. Publish to another topic, or stamp the records anew"
    )]
    Back {
        /// The topic.
        topic: String,
        /// The partition.
        partition: u32,
        /// Its latest time.
        last: EventTime,
        /// The tape's earliest.
        first: EventTime,
    },
    /// Times would stand still.
    #[error(
        "{topic}-{partition} holds records from the future, up to {last}: what is received now \
         would be as late as that. Publish to another topic"
    )]
    Ahead {
        /// The topic.
        topic: String,
        /// The partition.
        partition: u32,
        /// Its latest time.
        last: EventTime,
    },
}

/// A topic that is ahead of the clock by more than that was not written by this clock.
const AHEAD_MAX: Span = Span(60_000_000_000);
/// How often librdkafka is asked what it could not deliver, messages.
const LOOK_EVERY: u64 = 256;
/// How long it waits for the next message at once: with less it would wake for every one.
const LEAST_WAIT: Duration = Duration::from_micros(500);
const MOST_WAIT: Duration = Duration::from_millis(50);
/// How long the last records may take.
const FLUSH_TIME: Duration = Duration::from_secs(60);

/// Publishes a tape. `clock` says what time it is; `progress` is told how far it has come, and may
/// ask it to stop, which is no error.
///
/// # Errors
/// When a topic is not there or its times lie ahead, the tape cannot be read, or a record cannot
/// be delivered within a minute.
pub fn publish(
    request: &PublishRequest<'_>,
    mut tape: Tape,
    clock: &dyn Fn() -> EventTime,
    progress: &Progress,
) -> Result<Published, PublishError> {
    let outlets = Outlets::open(request.access, request.routes, tape.instruments())?;
    check_times(request, &outlets, &tape, clock())?;
    let linger = if request.pace == Pace::Flat { "20" } else { "1" };
    let producer = request.access.producer(&[
        ("linger.ms", linger),
        ("batch.num.messages", "100000"),
        ("queue.buffering.max.messages", "500000"),
        ("queue.buffering.max.kbytes", "131072"),
        ("compression.codec", "lz4"),
        // With more, librdkafka's thread spins while messages wait for those of their partition
        // that are under way: a slow broker beside it gets slower still.
        ("max.in.flight.requests.per.connection", "1"),
        // A broker that starts again, and an election after it, are outlived.
        ("message.timeout.ms", "300000"),
    ])?;
    let latest = outlets.furthest().map_or(EventTime::MIN, |outlet| outlet.last);
    let mut run = Run {
        request,
        producer,
        outlets,
        clock,
        progress,
        line: String::with_capacity(4096),
        next_beat: EventTime::MIN,
        latest,
        told: 0,
        done: Published {
            messages: 0,
            heartbeats: 0,
            rejected: 0,
            bytes: 0,
            span: None,
            through: None,
            complete: false,
            partitions: Vec::new(),
        },
    };
    run.all(&mut tape)?;
    run.end()
}

fn check_times(
    request: &PublishRequest<'_>,
    outlets: &Outlets,
    tape: &Tape,
    now: EventTime,
) -> Result<(), PublishError> {
    let (Some(furthest), Some(first)) = (outlets.furthest(), tape.head()) else { return Ok(()) };
    let (topic, partition) = outlets.name(furthest);
    let (topic, last) = (topic.to_owned(), furthest.last);
    match request.stamp {
        Stamp::Keep if last > first => Err(PublishError::Back { topic, partition, last, first }),
        Stamp::Now if last > now.plus(AHEAD_MAX) => {
            Err(PublishError::Ahead { topic, partition, last })
        }
        _ => Ok(()),
    }
}

struct Run<'a> {
    request: &'a PublishRequest<'a>,
    producer: BaseProducer<Watch>,
    outlets: Outlets,
    clock: &'a dyn Fn() -> EventTime,
    progress: &'a Progress,
    line: String,
    /// When partitions are next looked at for heartbeats.
    next_beat: EventTime,
    /// The latest time of any partition.
    latest: EventTime,
    /// Messages that progress knows of.
    told: u64,
    done: Published,
}

impl Run<'_> {
    fn all(&mut self, tape: &mut Tape) -> Result<(), PublishError> {
        let Some(first) = tape.head() else {
            self.done.complete = true;
            return Ok(());
        };
        let pacer = Pacer::new(self.request.pace, (self.clock)(), first);
        while let Some(head) = tape.head() {
            let Some(now) = self.wait(&pacer, head)? else { return Ok(()) };
            self.line.clear();
            let stamp = (self.request.stamp == Stamp::Now).then_some(now);
            let before = self.done.messages;
            self.message(tape, stamp)?;
            if self.done.messages != before && self.done.messages.is_multiple_of(LOOK_EVERY) {
                self.look()?;
                self.tell(head);
            }
        }
        self.done.complete = true;
        Ok(())
    }

    /// Waits until a message is due, with heartbeats meanwhile, and gives the time; `None` when it
    /// is to stop.
    fn wait(&mut self, pacer: &Pacer, head: EventTime) -> Result<Option<EventTime>, PublishError> {
        loop {
            let now = (self.clock)();
            let position = match self.request.stamp {
                Stamp::Now => now,
                Stamp::Keep => pacer.position(now, head),
            };
            if position >= self.next_beat {
                self.beat(position)?;
            }
            if self.progress.stopped() {
                return Ok(None);
            }
            let due = pacer.due(head, self.done.messages).unwrap_or(now);
            if due <= now {
                return Ok(Some(now));
            }
            self.look()?;
            self.tell(position);
            // The client's own wait spins for what is below a millisecond.
            let wait = (due.0 - now.0).min(self.request.heartbeat.0).max(0) as u64;
            std::thread::park_timeout(Duration::from_nanos(wait).clamp(LEAST_WAIT, MOST_WAIT));
        }
    }

    /// Heartbeats for the partitions that had nothing for a while. Those of a tape that keeps its
    /// times stand at multiples of the interval, wherever it was when they were sent.
    fn beat(&mut self, position: EventTime) -> Result<(), PublishError> {
        let every = self.request.heartbeat;
        let at = match self.request.stamp {
            Stamp::Now => position,
            Stamp::Keep => position.floor(every),
        };
        self.next_beat = at.plus(every);
        for place in self.outlets.idle(at, every) {
            self.heartbeat(place, at)?;
        }
        Ok(())
    }

    fn heartbeat(&mut self, place: usize, at: EventTime) -> Result<(), PublishError> {
        let at = at.max(self.outlets.all[place].last);
        self.line.clear();
        encode_heartbeat(at, &mut self.line);
        self.outlets.all[place].last = at;
        self.latest = self.latest.max(at);
        self.done.heartbeats += 1;
        self.send(place, None)
    }

    fn message(&mut self, tape: &mut Tape, stamp: Option<EventTime>) -> Result<(), PublishError> {
        // Where it goes is known once it is taken, and its time must not go back there: so no
        // time is before that of any partition.
        let stamp = stamp.map(|now| now.max(self.latest));
        let Some(taken) = tape.take(stamp, &mut self.line)? else { return Ok(()) };
        let Some(kind) = taken.kind else {
            self.done.rejected += 1;
            return Ok(());
        };
        let place = self.outlets.place(kind, taken.instrument);
        let outlet = &mut self.outlets.all[place];
        outlet.last = outlet.last.max(taken.ts);
        self.latest = self.latest.max(taken.ts);
        outlet.messages += 1;
        self.done.messages += 1;
        let first = self.done.span.map_or(taken.ts, |(first, _)| first.min(taken.ts));
        let last = self.done.span.map_or(taken.ts, |(_, last)| last.max(taken.ts));
        self.done.span = Some((first, last));
        let key = taken.instrument.map(|i| &**tape.instruments()[i as usize].id.text());
        self.send(place, key)
    }

    /// Hands the line to librdkafka, and waits while its queue is full.
    fn send(&mut self, place: usize, key: Option<&str>) -> Result<(), PublishError> {
        let (topic, partition) = self.outlets.name(&self.outlets.all[place]);
        self.done.bytes += self.line.len() as u64;
        let mut record = BaseRecord::<str, str>::to(topic).partition(partition as i32);
        record.payload = Some(&self.line);
        record.key = key;
        loop {
            match self.producer.send(record) {
                Ok(()) => return Ok(()),
                Err((error, again)) if is_full(&error) => {
                    record = again;
                    self.producer.poll(Duration::from_millis(5));
                    self.look()?;
                }
                Err((error, _)) => {
                    let what = format!("send a record to {topic}-{partition}");
                    return Err(ClientError::Refused { what, reason: said(&error) }.into());
                }
            }
        }
    }

    /// Hears what could not be delivered.
    fn look(&self) -> Result<(), PublishError> {
        self.producer.poll(Duration::ZERO);
        let watch = self.producer.context();
        match watch.undelivered() {
            None => Ok(()),
            Some(reason) => {
                let reason = watch.trouble().map_or(reason.clone(), |t| format!("{reason} ({t})"));
                Err(ClientError::Refused { what: "deliver a record".to_owned(), reason }.into())
            }
        }
    }

    fn tell(&mut self, position: EventTime) {
        let new = self.done.messages - self.told;
        if new > 0 {
            self.progress.add(new as usize, position, position);
            self.told = self.done.messages;
        }
    }

    /// The last heartbeats, and the wait until everything is written.
    fn end(mut self) -> Result<Published, PublishError> {
        let reached = match self.request.stamp {
            Stamp::Now => self.latest.max((self.clock)()),
            Stamp::Keep => self.latest,
        };
        // A tape that keeps its times and was stopped may have more of the last one's.
        let known = self.done.complete || self.request.stamp == Stamp::Now;
        if known && reached > EventTime::MIN {
            let beyond = Span(self.request.end_after.0.max(1));
            let through = if self.done.complete { reached.plus(beyond) } else { reached };
            (0..self.outlets.all.len()).try_for_each(|place| self.heartbeat(place, through))?;
            self.done.through = Some(through);
        }
        if let Some((_, last)) = self.done.span {
            self.tell(last);
        }
        self.request.access.flush(&self.producer, FLUSH_TIME)?;
        for outlet in &self.outlets.all {
            let (topic, partition) = self.outlets.name(outlet);
            let client = self.producer.client();
            let (_, to) = self.request.access.offsets(client, topic, partition)?;
            self.done.partitions.push(PublishedPartition {
                topic: topic.to_owned(),
                partition,
                messages: outlet.messages,
                from: outlet.from,
                to,
            });
        }
        Ok(self.done)
    }
}

fn is_full(error: &KafkaError) -> bool {
    error.rdkafka_error_code() == Some(RDKafkaErrorCode::QueueFull)
}
