//! A partition as a reader: what its queue holds goes to the intake, and nothing waits.

use super::connection::Connection;
use super::decode::Decoder;
use super::ears::{Consumer, Ears, is_final};
use super::fold::Rules;
use super::idle::Idle;
use super::intake::{Intake, Record};
use super::{InputError, LiveOptions, PartitionStart, Survey, Wake};
use crate::clock::now as wall_clock;
use crate::faults;
use crate::sources::{CHUNK_ROWS, LiveReader, Position, Reader, SourceError};
use rdkafka::{
    Message, Offset, Timestamp, TopicPartitionList,
    consumer::{Consumer as _, base_consumer::PartitionQueue},
    error::KafkaError,
    message::BorrowedMessage,
};
use schemas::{Chunk, EventTime, Instrument};
use std::{mem::replace, sync::Arc, time::Duration};

/// Records looked at in one call, if they give no rows.
const MOST_RECORDS: usize = 4 * CHUNK_ROWS;
/// What all queues of a worker may hold together.
const QUEUES_BYTES: usize = 256 << 20;
/// What one queue may hold: less starves a fast reader, more is only memory.
const QUEUE_KBYTES: (usize, usize) = (1024, 16 * 1024);

/// A partition.
struct PartitionReader {
    connection: Arc<Connection>,
    /// The consumer of this generation of the connection.
    consumer: Arc<Consumer>,
    generation: u32,
    queue: PartitionQueue<Ears>,
    intake: Intake,
    rank: u16,
    topic: String,
    start: PartitionStart,
    idle: Option<Idle>,
    options: LiveOptions,
}

/// Opens these partitions with one consumer.
pub(super) fn open(
    survey: &Survey,
    partitions: &[&PartitionStart],
    instruments: &[Instrument],
    options: &LiveOptions,
) -> Result<Vec<Box<dyn Reader>>, SourceError> {
    let source = &survey.source;
    if partitions.is_empty() {
        return Ok(Vec::new());
    }
    let kbytes = QUEUES_BYTES / 1024 / partitions.len();
    let kbytes = kbytes.clamp(QUEUE_KBYTES.0, QUEUE_KBYTES.1);
    let ears = Ears::new(options.meter.clone());
    let connection = Arc::new(Connection::open(ears, &source.access, kbytes)?);
    let (consumer, generation) = (connection.consumer(), connection.generation());
    let mut assignment = TopicPartitionList::new();
    let mut readers: Vec<Box<dyn Reader>> = Vec::new();
    for start in partitions {
        let input = &source.topics[start.topic];
        let topic = &input.topic;
        let stopped = |reason: String| InputError::Stopped {
            topic: topic.clone(),
            partition: start.partition,
            offset: start.offset,
            reason,
        };
        let offset = Offset::Offset(start.offset as i64);
        assignment
            .add_partition_offset(topic, start.partition as i32, offset)
            .map_err(|error| stopped(error.to_string()))?;
        // Before the assignment: what is fetched in between would land in the shared queue.
        let queue = queue_of(&consumer, topic, start.partition, options.wake.as_ref())
            .ok_or_else(|| stopped("it has no queue".to_owned()))?;
        let rules = Rules {
            allowed_delay: source.allowed_delay,
            allowed_skew: source.allowed_skew,
            checkpoint_every: options.checkpoint_every,
        };
        let boundary = options.resume.as_ref().map(|resume| resume.boundary);
        let mut fences = options.fences.known(topic, start.partition, start.offset);
        fences.retain(|fence| start.end.is_none_or(|end| fence.from_offset < end));
        let decoder = Decoder::new(&input.format, topic, instruments)?;
        let rank = survey.rank + start.topic as u16;
        readers.push(Box::new(PartitionReader {
            connection: Arc::clone(&connection),
            consumer: Arc::clone(&consumer),
            generation,
            queue,
            intake: Intake::new((rank, topic), start, rules, fences, boundary, decoder),
            rank,
            topic: topic.clone(),
            start: (*start).clone(),
            idle: source.fence_after.filter(|_| start.end.is_none()).map(Idle::new),
            options: options.clone(),
        }));
    }
    consumer.assign(&assignment).map_err(|error| InputError::Stopped {
        topic: source.topics[partitions[0].topic].topic.clone(),
        partition: partitions[0].partition,
        offset: partitions[0].offset,
        reason: error.to_string(),
    })?;
    Ok(readers)
}

/// The queue of a partition, which tells when it is no longer empty.
fn queue_of(
    consumer: &Arc<Consumer>,
    topic: &str,
    partition: u32,
    wake: Option<&Wake>,
) -> Option<PartitionQueue<Ears>> {
    let mut queue = consumer.split_partition_queue(topic, partition as i32)?;
    if let Some(wake) = wake.cloned() {
        queue.set_nonempty_callback(move || wake());
    }
    Some(queue)
}

impl PartitionReader {
    /// Goes over to the consumer that is used now, and on after the last record that was taken.
    fn follow(&mut self) -> Result<(), InputError> {
        if self.consumer.context().is_lost() {
            self.connection.replace(self.generation)?;
        }
        if self.connection.generation() == self.generation {
            return Ok(());
        }
        let consumer = self.connection.consumer();
        let (topic, partition) = (&self.topic, self.start.partition);
        let queue = queue_of(&consumer, topic, partition, self.options.wake.as_ref())
            .ok_or_else(|| self.stopped("it has no queue".to_owned()))?;
        if !self.intake.is_over() {
            let mut own = TopicPartitionList::new();
            let offset = Offset::Offset(self.intake.next_offset() as i64);
            own.add_partition_offset(topic, partition as i32, offset)
                .and_then(|()| consumer.incremental_assign(&own))
                .map_err(|error| self.stopped(error.to_string()))?;
        }
        let old = (replace(&mut self.queue, queue), replace(&mut self.consumer, consumer));
        self.generation = self.connection.generation();
        // A client without brokers may take its time to end.
        let end = std::thread::Builder::new().name("lost client".to_owned());
        drop(end.spawn(move || drop(old)));
        faults::hit("source.replaced").map_err(|fault| self.stopped(fault.to_string()))
    }

    /// Takes what the queue holds.
    fn read(&mut self, chunk: &mut Chunk) -> Result<(), InputError> {
        let mut records = 0;
        let end = self.start.end.unwrap_or(u64::MAX);
        let mut over = end == self.start.offset;
        while !over && chunk.len() < CHUNK_ROWS && records < MOST_RECORDS {
            match self.queue.poll(Duration::ZERO) {
                None => break,
                Some(Ok(message)) => {
                    let record = record_of(&message);
                    records += 1;
                    self.idle.iter_mut().for_each(|idle| idle.at_end(false));
                    over = record.offset + 1 >= end;
                    if record.offset < end {
                        self.intake.take(record, chunk)?;
                    }
                }
                // All that there was has been given, up to an end that is not before the range's.
                Some(Err(KafkaError::PartitionEOF(_))) => {
                    over = self.start.end.is_some();
                    self.idle.iter_mut().for_each(|idle| idle.at_end(true));
                }
                Some(Err(error)) => self.fault(error)?,
            }
        }
        if over {
            self.finish(end, chunk);
        }
        if records > 0 {
            self.consumer.context().recovered();
            self.idle.iter_mut().for_each(|idle| idle.came(wall_clock()));
        }
        Ok(())
    }

    /// Ends the reading of a range; what comes later is not fetched any more.
    fn finish(&mut self, end: u64, chunk: &mut Chunk) {
        self.intake.finish(end, chunk);
        let mut own = TopicPartitionList::new();
        own.add_partition(&self.topic, self.start.partition as i32);
        if let Err(error) = self.consumer.pause(&own) {
            tracing::debug!(%error, topic = self.topic, "a partition is fetched on");
        }
    }

    /// Reads until nothing is there, unless a fence is under way.
    fn advance(&mut self, chunk: &mut Chunk) -> Result<(), InputError> {
        if let Some(idle) = &mut self.idle
            && idle.is_pending()
        {
            let answer = self.options.fences.answer(&self.topic, self.start.partition)?;
            match idle.answered(answer, wall_clock()) {
                Err(()) => return Ok(()),
                Ok(Some(fence)) => self.intake.fence(fence, chunk),
                Ok(None) => {}
            }
        }
        self.intake.settle(chunk);
        if !self.intake.is_over() && chunk.len() < CHUNK_ROWS {
            self.read(chunk)?;
            self.intake.settle(chunk);
        }
        self.propose();
        Ok(())
    }

    /// Proposes a fence if nothing has come for long enough.
    fn propose(&mut self) {
        let Some(idle) = &mut self.idle else { return };
        let Some(ts) = idle.due(wall_clock()) else { return };
        if self.intake.reached().is_some_and(|reached| reached >= ts) {
            return;
        }
        let next = self.intake.next_offset();
        // Offsets without records at the end are behind the consumer, but not behind us.
        let end = self.consumer.position().ok().and_then(|positions| {
            let found = positions.find_partition(&self.topic, self.start.partition as i32)?;
            match found.offset() {
                Offset::Offset(offset) => Some(offset.max(0) as u64),
                _ => None,
            }
        });
        let fence = super::Fence {
            topic: self.topic.clone(),
            partition: self.start.partition,
            from_offset: next,
            ts,
        };
        idle.proposed();
        self.options.fences.propose(fence, end.unwrap_or(next).max(next));
    }

    /// Serves what is no record, so that it is known before what was read goes anywhere.
    fn serve(&self) -> Result<(), InputError> {
        let ears = self.consumer.context();
        ears.serve(&self.consumer);
        if let Some((was, is)) = ears.changed(&self.topic) {
            return Err(InputError::Recreated { topic: self.topic.clone(), was, is });
        }
        if let Some((was, is)) = ears.grown(&self.topic) {
            return Err(InputError::Partitions { topic: self.topic.clone(), was, is });
        }
        // The survey may have seen the topic before it was made anew.
        match ears.id(&self.topic) {
            Some(is) if !self.start.topic_id.is_empty() && is != self.start.topic_id => {
                let (topic, was) = (self.topic.clone(), self.start.topic_id.clone());
                return Err(InputError::Recreated { topic, was, is });
            }
            _ => {}
        }
        ears.fatal().map_or(Ok(()), |reason| Err(self.stopped(reason)))
    }

    /// An error of the partition: ends the run, or is met by trying again.
    fn fault(&self, error: KafkaError) -> Result<(), InputError> {
        match error.rdkafka_error_code() {
            Some(code) if is_final(code) => {
                // Why it is so may be known already.
                self.serve()?;
                Err(self.stopped(code.to_string()))
            }
            _ => {
                self.consumer.context().trouble(&error);
                Ok(())
            }
        }
    }

    fn stopped(&self, reason: String) -> InputError {
        InputError::Stopped {
            topic: self.topic.clone(),
            partition: self.start.partition,
            offset: self.intake.next_offset(),
            reason,
        }
    }
}

#[inline]
fn record_of<'a>(message: &'a BorrowedMessage<'_>) -> Record<'a> {
    let kafka_ms = match message.timestamp() {
        Timestamp::CreateTime(ms) | Timestamp::LogAppendTime(ms) => Some(ms),
        Timestamp::NotAvailable => None,
    };
    Record { offset: message.offset() as u64, kafka_ms, value: message.payload() }
}

impl Reader for PartitionReader {
    fn next(&mut self) -> Result<Option<Chunk>, SourceError> {
        let mut chunk = self.intake.chunk();
        self.follow()?;
        let read = self.advance(&mut chunk);
        // A topic that was made anew explains any other fault.
        self.serve()?;
        read?;
        let counts = self.intake.counts();
        let at = (self.intake.next_offset(), self.intake.reached());
        self.options.meter.count(&self.topic, self.start.partition, at, counts);
        Ok((!chunk.is_empty()).then_some(chunk))
    }

    fn live(&mut self) -> Option<&mut dyn LiveReader> {
        Some(self)
    }
}

impl LiveReader for PartitionReader {
    fn watermark(&self) -> EventTime {
        self.intake.watermark()
    }

    fn position_at(&mut self, boundary: EventTime) -> Position {
        let (offset, watermark) = self.intake.position_at(boundary);
        Position {
            source_rank: self.rank,
            topic: self.topic.clone(),
            topic_id: self.start.topic_id.clone(),
            partition: self.start.partition,
            offset,
            watermark,
        }
    }

    fn ended(&self) -> bool {
        self.intake.is_over()
    }

    fn attend(&mut self) -> Result<(), SourceError> {
        Ok(self.serve()?)
    }
}
