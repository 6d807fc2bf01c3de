//! Topics that are read and written.

use super::{Context, instruments::Known, lake, news, sources};
use crate::spec::{
    JobError, NewsMap,
    document::Cursor,
    raw::{KafkaInput, KafkaOutput, Record, StartText, StartWord, TopicFormat},
};
use pipeline::{
    kafka::KafkaAccess,
    lake::{JournalKind, Lake, REPLAYED},
    sinks::kafka::{KafkaSink, OutputTopic},
    sources::kafka::{History, KafkaSource, RecordFormat, StartAt, TopicInput},
};
use schemas::{Instrument, InstrumentId, Span};
use std::{collections::BTreeMap, num::NonZeroU32};

/// A clock that is further ahead than this is wrong.
const ALLOWED_SKEW: Span = Span(5_000_000_000);

/// A Kafka source, but for the places of its instruments, which are not known yet.
pub(super) struct Topics {
    pub source: KafkaSource,
    pub format: TopicFormat,
    /// What tags news.
    map: Option<NewsMap>,
}

impl Topics {
    /// The source as resolved.
    pub fn resolved(&self, first: u32, known: &[Known]) -> KafkaSource {
        let mut source = self.source.clone();
        let format = match (self.format, &self.map) {
            (TopicFormat::Binance, _) => RecordFormat::Binance { instrument: first },
            (TopicFormat::Json, None) => RecordFormat::Json,
            (TopicFormat::Json, Some(map)) => RecordFormat::News { tags: news::tags(map, known) },
        };
        source.topics.iter_mut().for_each(|topic| topic.format = format.clone());
        source
    }
}

/// Looks at a Kafka source.
pub(super) fn input(
    cx: &Context<'_>,
    input: &KafkaInput,
    at: &Cursor<'_, '_>,
) -> Result<(Topics, Vec<InstrumentId>), JobError> {
    let access = access(&input.brokers, &input.security, at)?;
    if input.topics.is_empty() {
        return Err(at.get("topics").error("the list names no topic").label("empty"));
    }
    for (i, topic) in input.topics.iter().enumerate() {
        check_topic(topic, &at.get("topics").get(i))?;
        if input.topics[..i].contains(topic) {
            let again = at.get("topics").get(i).error(format!("`{topic}` stands here twice"));
            return Err(again.label("again"));
        }
    }
    let names = at.get("instruments");
    if input.instruments.is_empty() {
        return Err(names.error("the list names no instrument").label("empty"));
    }
    let ids = input.instruments.iter().enumerate();
    let ids = ids.map(|(i, name)| sources::id(name, &names.get(i)));
    let ids = ids.collect::<Result<Vec<_>, JobError>>()?;
    let format = input.format.unwrap_or(TopicFormat::Json);
    if format == TopicFormat::Binance && ids.len() != 1 {
        return Err(names
            .error("Binance's records do not name the market: a source of them has one instrument")
            .label("not one"));
    }
    if let (TopicFormat::Binance, Some(_)) = (format, &input.map) {
        let error = at.get("map").key_error("`map` goes with the JSON of topics only");
        return Err(error.label("not with this format"));
    }
    let map = input.map.as_ref().map(|path| news::map(path, at)).transpose()?;
    for (key, span) in [
        ("allowed_delay", input.allowed_delay),
        ("allowed_skew", input.allowed_skew),
        ("fence_after", input.fence_after),
    ] {
        if span.is_some_and(|span| span.0 < 0) {
            return Err(at.get(key).error(format!("`{key}` is below zero")).label("negative"));
        }
    }
    if let Some(topic) = &input.dead_letters {
        check_topic(topic, &at.get("dead_letters"))?;
        if input.topics.contains(topic) {
            let error = at.get("dead_letters").error(format!("`{topic}` is read by this source"));
            return Err(error.label("it would read what it rejects"));
        }
    }
    let topic = |topic: &String| TopicInput {
        topic: topic.clone(),
        format: RecordFormat::Json,
        ranges: Vec::new(),
    };
    let source = KafkaSource {
        access,
        topics: input.topics.iter().map(topic).collect(),
        start: match &input.start {
            StartText::Word(StartWord::Earliest) => StartAt::Earliest,
            StartText::Word(StartWord::Latest) => StartAt::Latest,
            StartText::Time(moment) => StartAt::Time(moment.0),
        },
        allowed_delay: input.allowed_delay.unwrap_or_default(),
        allowed_skew: input.allowed_skew.unwrap_or(ALLOWED_SKEW),
        fence_after: input.fence_after.filter(|span| span.0 > 0),
        dead_letters: input.dead_letters.clone(),
        history: input.history.as_ref().map(|history| {
            let own = match &cx.spec.lake.record {
                Some(Record::Flag(true)) => cx.spec.job.name == history.recording,
                Some(Record::Name(name)) => *name == history.recording,
                _ => false,
            };
            let url = cx.spec.lake.url.clone().unwrap_or_else(|| "./lake".into());
            History {
                own: own && url == history.lake,
                url: history.lake.clone(),
                recording: history.recording.clone(),
                tables: REPLAYED.to_vec(),
                // Not known yet.
                instruments: Vec::new(),
            }
        }),
    };
    Ok((Topics { source, format, map }, ids))
}

/// The facts of instruments that the source's history knows.
pub(super) fn recorded(topics: &Topics, at: &Cursor<'_, '_>) -> Result<Vec<Instrument>, JobError> {
    let Some(history) = &topics.source.history else { return Ok(Vec::new()) };
    let at = at.get("history");
    lake::check_name(&history.recording)
        .map_err(|why| at.get("recording").error(why).label("not a name"))?;
    let url = history.url.clone();
    let found = Lake::open(&url)
        .and_then(|lake| lake.committed_in(JournalKind::Recording, &history.recording))
        .map_err(|error| at.get("lake").error(format!("cannot read the lake: {error}")))?;
    match found {
        Some(found) => Ok(found.facts.instruments),
        None if history.own => Ok(Vec::new()),
        None => Err(at
            .get("recording")
            .error(format!("the lake {url} holds no recording `{}`", history.recording))
            .label("not recorded")
            .help("a job with [lake] record = \"NAME\" makes one of the topics that it reads")),
    }
}

/// The place of the first of a source's instruments.
pub(super) fn first(ids: &[InstrumentId], known: &[Known]) -> u32 {
    let place = ids.first().and_then(|id| known.iter().position(|k| k.instrument.id == *id));
    place.unwrap_or_default() as u32
}

/// Kafka sinks as resolved.
pub(super) fn outputs(cx: &Context<'_>) -> Result<Vec<KafkaSink>, JobError> {
    let section = cx.at("kafka_sink");
    let mut written: BTreeMap<String, usize> = BTreeMap::new();
    let each = |(i, output): (usize, &KafkaOutput)| {
        let at = section.get(i);
        let access = access(&output.brokers, &output.security, &at)?;
        if output.streams.is_empty() {
            return Err(at.get("streams").error("the list names no stream").label("empty"));
        }
        if let Some(stream) = output.topics.keys().find(|s| !output.streams.contains(s)) {
            let error = at.get("topics").get(stream.as_str());
            let message = format!("`{stream}` is not among the streams of this sink");
            return Err(error.key_error(message).label("not sent"));
        }
        let mut topics: Vec<OutputTopic> = Vec::new();
        for (place, stream) in output.streams.iter().enumerate() {
            let given = output.topics.get(stream).cloned();
            let topic = given.unwrap_or_else(|| format!("{}.{stream}", cx.spec.job.name));
            check_topic(&topic, &at.get("topics").get(stream.as_str()))?;
            if written.insert(topic.clone(), i).is_some() {
                let error = at.get("streams").get(place);
                let message = format!("the topic `{topic}` has two writers");
                return Err(error.error(message).label("again"));
            }
            let partitions = output.partitions.map_or(1, NonZeroU32::get);
            topics.push(OutputTopic { stream: *stream, topic, partitions });
        }
        let shards = output.shards.map_or(1, NonZeroU32::get);
        let partitions: u32 = topics.iter().map(|topic| topic.partitions).sum();
        if shards > partitions {
            let message = format!("{shards} writers for {partitions} partitions");
            return Err(at.get("shards").error(message).label("too many"));
        }
        Ok(KafkaSink { access, topics, mode: output.mode, shards })
    };
    cx.spec.kafka_sink.iter().enumerate().map(each).collect()
}

fn access(
    brokers: &str,
    security: &BTreeMap<String, String>,
    at: &Cursor<'_, '_>,
) -> Result<KafkaAccess, JobError> {
    let access = KafkaAccess { brokers: brokers.to_owned(), security: security.clone() };
    access.check().map_err(|error| {
        let place = match security.keys().find(|key| error.to_string().contains(key.as_str())) {
            Some(setting) => at.get("security").get(setting),
            None => at.get("brokers"),
        };
        place.error(error.to_string()).label("here")
    })?;
    Ok(access)
}

/// Is it a name that a topic can have?
fn check_topic(name: &str, at: &Cursor<'_, '_>) -> Result<(), JobError> {
    let fine = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    match (1..=249).contains(&name.len()) && name.bytes().all(fine) && !matches!(name, "." | "..") {
        true => Ok(()),
        false => Err(at
            .error(format!("`{name}` cannot be a topic"))
            .label("not a topic")
            .help("letters, digits, `_`, `-` and `.`, at most 249")),
    }
}
