//! Rows of a run as records of its topics.

use super::{OutRow, Outlet, OutputMode, OutputStream};
use crate::{kafka::partition_of, plan::Plan, sources::SourceKind};
use operators::outputs::Outputs;
use schemas::{
    Digest, OrderKey,
    records::{Fill, OrderEvent, Portfolio, Position, Reject, Signal},
    wire::results::{Alert, Lineage, Origin, ResultEncoder, ResultRecord, push_id},
};
use std::collections::BTreeMap;

/// Encodes rows for all sinks of a run.
pub struct Encoder {
    run: String,
    job_digest: Digest,
    /// Where records of a source rank come from.
    origins: BTreeMap<u16, Cause>,
    outlets: Vec<Streams>,
    signals: ResultEncoder<Signal>,
    orders: ResultEncoder<OrderEvent>,
    fills: ResultEncoder<Fill>,
    positions: ResultEncoder<Position>,
    portfolio: ResultEncoder<Portfolio>,
    alerts: ResultEncoder<Alert>,
}

/// What a source rank is.
struct Cause {
    name: String,
    is_topic: bool,
    /// The sink that its dead letters go to.
    dead_letters: Option<u16>,
}

/// What a sink takes.
struct Streams {
    sink: u16,
    /// Stream, first partition (counted over all topics), partitions.
    streams: Vec<(OutputStream, u32, u32)>,
    /// Do records carry their id in a header?
    with_id: bool,
}

impl Encoder {
    /// For the sinks of a plan, as [`Outlet::of_plan`] lists them.
    pub fn new(plan: &Plan, run: &str) -> Encoder {
        let mut dead = plan.kafka_sinks.len() as u16;
        let mut origins = BTreeMap::new();
        for source in &plan.sources {
            let SourceKind::Kafka(kafka) = &source.kind else {
                let name = source.name.clone();
                let cause = Cause { name, is_topic: false, dead_letters: None };
                origins.insert(source.rank, cause);
                continue;
            };
            let dead_letters = kafka.dead_letters.is_some().then_some(dead);
            dead += u16::from(dead_letters.is_some());
            for (place, input) in kafka.topics.iter().enumerate() {
                let cause = Cause { name: input.topic.clone(), is_topic: true, dead_letters };
                origins.insert(source.rank + place as u16, cause);
            }
        }
        Encoder::of(run, plan.digest(), origins, &Outlet::of_plan(plan, run))
    }

    fn of(
        run: &str,
        job_digest: Digest,
        origins: BTreeMap<u16, Cause>,
        outlets: &[Outlet],
    ) -> Encoder {
        Encoder {
            run: run.to_owned(),
            job_digest,
            origins,
            outlets: outlets.iter().map(Streams::of).collect(),
            signals: ResultEncoder::default(),
            orders: ResultEncoder::default(),
            fills: ResultEncoder::default(),
            positions: ResultEncoder::default(),
            portfolio: ResultEncoder::default(),
            alerts: ResultEncoder::default(),
        }
    }

    /// Appends the records that rows become, for every sink that takes them; [`OutRow::sort`] puts
    /// them into the order in which shards take them.
    pub fn encode(&self, outputs: &Outputs, out: &mut Vec<OutRow>) {
        self.stream(OutputStream::Signals, &self.signals, &outputs.signals, out);
        self.stream(OutputStream::Orders, &self.orders, &outputs.orders, out);
        self.stream(OutputStream::Fills, &self.fills, &outputs.fills, out);
        self.stream(OutputStream::Positions, &self.positions, &outputs.positions, out);
        self.stream(OutputStream::Portfolio, &self.portfolio, &outputs.portfolio, out);
        if self.takers(OutputStream::Alerts).next().is_some() {
            let quality = outputs.quality.iter().map(Alert::of_quality);
            let rejects = outputs.rejects.iter().map(Alert::of_reject);
            let refused = outputs.orders.iter().filter_map(Alert::of_order);
            let alerts: Vec<Alert> = quality.chain(rejects).chain(refused).collect();
            self.stream(OutputStream::Alerts, &self.alerts, &alerts, out);
        }
        outputs.rejects.iter().for_each(|reject| out.extend(self.dead_letter(reject)));
    }

    fn takers(&self, stream: OutputStream) -> impl Iterator<Item = (&Streams, u32, u32)> {
        self.outlets.iter().flat_map(move |outlet| {
            let taken = outlet.streams.iter().filter(move |(taken, ..)| *taken == stream);
            taken.map(move |(_, first, partitions)| (outlet, *first, *partitions))
        })
    }

    fn stream<R: ResultRecord>(
        &self,
        stream: OutputStream,
        encoder: &ResultEncoder<R>,
        rows: &[R],
        out: &mut Vec<OutRow>,
    ) {
        if rows.is_empty() || self.takers(stream).next().is_none() {
            return;
        }
        let mut line = String::new();
        for row in rows {
            line.clear();
            encoder.encode(row, &self.lineage(row.key()), &mut line);
            let record_key = row.record_key().as_bytes();
            for (outlet, first, partitions) in self.takers(stream) {
                out.push(OutRow {
                    sink: outlet.sink,
                    partition: first + partition_of(record_key, partitions),
                    key: *row.key(),
                    record_key: record_key.to_vec(),
                    value: line.clone().into_bytes(),
                    headers: match outlet.with_id {
                        true => vec![("id".into(), id(row.key()))],
                        false => Vec::new(),
                    },
                });
            }
        }
    }

    fn lineage(&self, key: &OrderKey) -> Lineage<'_> {
        let origin = match self.origins.get(&key.source_rank) {
            Some(cause) if cause.is_topic => Origin::Topic(&cause.name),
            Some(cause) => Origin::Source(&cause.name),
            None => Origin::Source(""),
        };
        Lineage { run: &self.run, origin, job_digest: self.job_digest }
    }

    /// A record of a topic that could not be used, as it was, if its source has dead letters.
    fn dead_letter(&self, reject: &Reject) -> Option<OutRow> {
        let cause = self.origins.get(&reject.key.source_rank)?;
        let headers = [
            ("topic", cause.name.clone().into_bytes()),
            ("partition", reject.key.source_partition.to_string().into_bytes()),
            ("offset", reject.key.source_offset.to_string().into_bytes()),
            ("reason", reject.reason.as_bytes().to_vec()),
        ];
        Some(OutRow {
            sink: cause.dead_letters?,
            partition: 0,
            key: reject.key,
            record_key: reject.instrument.as_deref().unwrap_or_default().as_bytes().to_vec(),
            value: reject.raw.as_bytes().to_vec(),
            headers: headers.map(|(name, value)| (name.into(), value)).into(),
        })
    }
}

impl Streams {
    fn of(outlet: &Outlet) -> Streams {
        let mut next = 0;
        let place = |target: &super::Target| {
            let first = next;
            next += target.partitions;
            target.stream.map(|stream| (stream, first, target.partitions))
        };
        Streams {
            sink: outlet.index,
            streams: outlet.targets.iter().filter_map(place).collect(),
            with_id: outlet.mode == OutputMode::AtLeastOnce,
        }
    }
}

fn id(key: &OrderKey) -> Vec<u8> {
    let mut id = String::new();
    push_id(&mut id, key);
    id.into_bytes()
}

#[cfg(test)]
mod tests;
