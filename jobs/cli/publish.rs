//! `tapeflow publish`: market data to topics.

use super::{
    Failure, Outcome,
    clock::{Stopwatch, now},
    files::{FileArgs, FileFormat, expanded},
    interrupt::stop_on_interrupt,
    kafka::{self, KafkaArgs},
    lake::{self, LakeArgs},
    output::{print, print_json},
    progress::Display,
    topics,
};
use crate::report::numbers::{grouped, table};
use crate::spec::{assumed_instrument, known_instrument};
use anyhow::{Error, anyhow};
use clap::{ArgGroup, Args};
use comfy_table::CellAlignment;
use pipeline::{
    kafka::{
        KafkaAccess, TopicPlan, create_topics, is_topic_name,
        publish::{
            Pace, PublishError, PublishRequest, Published, Routes, Stamp, Tape, TapeKind, publish,
        },
    },
    progress::Progress,
    sources::{SourceError, SourceKind, SourcePlan, synthetic::Synthetic},
};
use schemas::{Instrument, InstrumentId, Span};
use serde_json::json;
use std::{path::PathBuf, sync::Arc};

const EXAMPLES: &str = "\
Examples:
  tapeflow publish --topic market --partitions 4 --synthetic --symbols 8
  tapeflow publish --topic market --file ticks.jsonl --format jsonl --speed 10
  tapeflow publish --topic market --topic news=headlines --recording ID --speed flat --keep-ts

Each topic must have no other writer: the times of its records never go back.";

/// Publish market data to topics, as if it came now or as it came then
///
/// Messages are the JSON that jobs read from topics. Their key is venue:symbol, their partition
/// that which Kafka's Java clients choose for the key. Every partition gets heartbeats, so that
/// jobs need not wait for a quiet one, and a last one beyond the end. Kafka's timestamp of a
/// record is the time of sending. Ctrl-C ends it with everything written that was sent.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
#[command(group = ArgGroup::new("tape").required(true).args(["file", "recording", "synthetic"]))]
pub struct PublishArgs {
    #[command(flatten)]
    kafka: KafkaArgs,
    /// Topic that messages go to; KIND=NAME for one kind of them: trades, quotes, books, news,
    /// funding, metrics
    #[arg(long = "topic", value_name = "NAME|KIND=NAME", value_parser = route)]
    #[arg(default_value = "market")]
    topics: Vec<Route>,
    /// Make topics that are not there, with so many partitions
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    partitions: Option<u32>,
    /// Publish files, directories of them or quoted patterns: of hftbacktest in the order in
    /// which they continue each other
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "format")]
    file: Vec<PathBuf>,
    /// Format of the files
    #[arg(long, value_name = "FORMAT", value_enum, requires = "file")]
    format: Option<FileFormat>,
    #[command(flatten)]
    input: FileArgs,
    /// Publish this recording of the lake
    #[arg(long, value_name = "ID")]
    recording: Option<String>,
    #[command(flatten)]
    lake: LakeArgs,
    /// Publish an invented market, the same for the same arguments
    #[arg(long)]
    synthetic: bool,
    /// Instruments of the invented market
    #[arg(long, value_name = "N", default_value_t = 8, requires = "synthetic")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=10_000))]
    symbols: u32,
    /// Length of the invented market: so many messages instead of minutes
    #[arg(long, value_name = "N", requires = "synthetic", conflicts_with = "minutes")]
    events: Option<u64>,
    /// Length of the invented market in its own time
    #[arg(long, value_name = "M", default_value_t = 60, requires = "synthetic")]
    minutes: u64,
    /// Another seed gives another invented market
    #[arg(long, value_name = "S", default_value_t = 7, requires = "synthetic")]
    seed: u64,
    /// How fast: original, flat (as fast as it goes), or so many times as fast as it was
    #[arg(long, value_name = "SPEED", default_value = "original", value_parser = speed)]
    speed: Pace,
    /// So many messages a second instead, as in 5000/s
    #[arg(long, value_name = "N/s", value_parser = rate, conflicts_with = "speed")]
    rate: Option<Pace>,
    /// Keep the tape's own receive times instead of now: jobs over the topic then give the same
    /// whenever it was published
    #[arg(long)]
    keep_ts: bool,
    /// A partition without messages for so long gets a heartbeat [default: 10ms; with --keep-ts
    /// and no speed of the tape's own 1s, which is then the tape's time]
    #[arg(long, value_name = "SPAN")]
    heartbeat: Option<Span>,
    /// How far beyond the last message the last heartbeat lies
    #[arg(long, value_name = "SPAN", default_value = "1s")]
    end_after: Span,
    /// Print one JSON object instead of text
    #[arg(long)]
    json: bool,
    /// Show no progress
    #[arg(long)]
    quiet: bool,
}

/// A topic, for all kinds or for one.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Route(Option<TapeKind>, String);

fn route(text: &str) -> Result<Route, Error> {
    let (kind, topic) = match text.split_once('=') {
        None => (None, text),
        Some((kind, topic)) => {
            let found = TapeKind::ALL.into_iter().find(|k| k.as_str() == kind);
            let known = TapeKind::ALL.map(TapeKind::as_str).join(", ");
            (Some(found.ok_or_else(|| anyhow!("kinds are {known}"))?), topic)
        }
    };
    match is_topic_name(topic) {
        true => Ok(Route(kind, topic.to_owned())),
        false => Err(anyhow!("a topic's name has letters, digits, `.`, `_` and `-`")),
    }
}

fn speed(text: &str) -> Result<Pace, Error> {
    match text {
        "original" => Ok(Pace::Times(1.0)),
        "flat" => Ok(Pace::Flat),
        factor => positive(factor.trim_end_matches('x'))
            .map(Pace::Times)
            .ok_or_else(|| anyhow!("write original, flat, or a factor as in 10")),
    }
}

fn rate(text: &str) -> Result<Pace, Error> {
    let rate = positive(text.trim_end_matches("/s"));
    rate.map(Pace::Rate).ok_or_else(|| anyhow!("write messages a second, as in 5000/s"))
}

fn positive(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite() && *number > 0.0)
}

impl PublishArgs {
    /// Does it.
    pub fn execute(&self) -> Outcome {
        let pace = self.rate.unwrap_or(self.speed);
        let soon = !self.keep_ts || matches!(pace, Pace::Times(_));
        let heartbeat = self.heartbeat.unwrap_or(Span(if soon { 10 * MS } else { 1_000 * MS }));
        if heartbeat < Span(MS) {
            let error = anyhow!("--heartbeat {heartbeat} is too short: at least 1ms");
            return Err(Failure::NotStarted(error));
        }
        let access = self.kafka.access()?;
        let routes = self.routes()?;
        let tape = self.tape()?;
        self.make_topics(&access, &routes)?;
        let request = PublishRequest {
            access: &access,
            routes: &routes,
            stamp: if self.keep_ts { Stamp::Keep } else { Stamp::Now },
            pace,
            heartbeat,
            end_after: self.end_after,
        };
        let progress = Arc::new(Progress::default());
        stop_on_interrupt(&progress);
        let watch = Stopwatch::start();
        tracing::info!(topics = ?routes.topics(), "publish starts");
        let display = Display::start(&progress, self.quiet);
        let result = publish(&request, tape, &now, &progress);
        drop(display);
        let published = result.map_err(|error| failure(error, &progress))?;
        let seconds = watch.seconds();
        tracing::info!(messages = published.messages, seconds, "publish ended");
        match self.json {
            true => print_json(&with_rate(&published, seconds)),
            false => print(&text(&published, seconds)),
        }
    }

    fn routes(&self) -> Result<Routes, Failure> {
        let all: Vec<&String> =
            self.topics.iter().filter(|r| r.0.is_none()).map(|r| &r.1).collect();
        let own = |route: &Route| route.0.map(|kind| (kind, route.1.clone()));
        let own: Vec<(TapeKind, String)> = self.topics.iter().filter_map(own).collect();
        let twice = |(i, (kind, _)): (usize, &(TapeKind, String))| {
            own[..i].iter().any(|(other, _)| other == kind).then_some(*kind)
        };
        if let Some(kind) = own.iter().enumerate().find_map(twice) {
            return Err(Failure::NotStarted(anyhow!("{kind} are given two topics")));
        }
        match all[..] {
            [all] => Ok(Routes::new(all, &own)),
            // Every kind has one of its own: then no other is needed.
            [] if own.len() == TapeKind::ALL.len() => Ok(Routes::new(&own[0].1, &own)),
            [] => Err(Failure::NotStarted(anyhow!(
                "the other kinds have no topic: give one more --topic NAME, without a kind"
            ))),
            _ => Err(Failure::NotStarted(anyhow!(
                "give one --topic NAME for everything, others as KIND=NAME"
            ))),
        }
    }

    fn tape(&self) -> Result<Tape, Failure> {
        if let Some(recording) = &self.recording {
            let lake = self.lake.existing()?;
            return Tape::of_recording(&lake, recording).map_err(tape_failure);
        }
        let (source, instruments) = match self.format {
            None if self.input.speaks_of_files() => {
                let why = anyhow!("--symbol and --mapping go with --file only");
                return Err(Failure::NotStarted(why));
            }
            Some(format) => {
                let opened = self.input.open(format, expanded(&self.file)?)?;
                (opened.source, opened.instruments.iter().map(|i| facts(&i.id)).collect())
            }
            None => {
                let venue =
                    self.input.venue().map(str::to_owned).unwrap_or_else(|| "demo".to_owned());
                format!("{venue}:SYN").parse::<InstrumentId>().map_err(Failure::not_started)?;
                let market = Synthetic {
                    venue,
                    instruments: self.symbols,
                    minutes: self.events.is_none().then_some(self.minutes),
                    events: self.events,
                    seed: self.seed,
                    start: Synthetic::START,
                };
                let instruments = market.instruments();
                let kind = SourceKind::Synthetic(market);
                (SourcePlan { rank: 0, name: "synthetic".to_owned(), kind }, instruments)
            }
        };
        Tape::open(&[source], instruments).map_err(tape_failure)
    }

    fn make_topics(&self, access: &KafkaAccess, routes: &Routes) -> Outcome {
        let Some(partitions) = self.partitions else { return Ok(()) };
        let plan = |topic: &String| format!("{topic}:{partitions}").parse::<TopicPlan>();
        let plans: Result<Vec<TopicPlan>, _> = routes.topics().iter().map(plan).collect();
        let plans = plans.map_err(Failure::not_started)?;
        create_topics(access, &plans).map(drop).map_err(topics::failure)
    }
}

/// Of an instrument of which only the name is known no step of prices is known either: they are
/// written with as many places as it takes.
fn facts(id: &InstrumentId) -> Instrument {
    let assumed = || Instrument { tick: 0, lot: 0, ..assumed_instrument(id) };
    known_instrument(id).unwrap_or_else(assumed)
}

/// A millisecond in nanoseconds.
const MS: i64 = 1_000_000;

fn tape_failure(error: SourceError) -> Failure {
    match error {
        SourceError::Lake(error) => lake::failure(error),
        error => Failure::not_started(error),
    }
}

/// What was published and nothing sent has never started.
fn failure(error: PublishError, progress: &Progress) -> Failure {
    match error {
        PublishError::Client(error) if progress.events() == 0 => kafka::failure(error),
        PublishError::Back { .. } | PublishError::Ahead { .. } => Failure::not_started(error),
        error => Failure::failed(error),
    }
}

fn with_rate(published: &Published, seconds: f64) -> serde_json::Value {
    let mut value = serde_json::to_value(published).expect("results are plain data");
    value["wall_seconds"] = json!(seconds);
    value["messages_per_second"] = json!((published.messages as f64 / seconds.max(1e-9)) as u64);
    value
}

fn text(published: &Published, seconds: f64) -> String {
    let Published { messages, heartbeats, rejected, bytes, span, through, complete, partitions } =
        published;
    let mut rows = table(["topic", "partition", "messages", "from", "to"]);
    for partition in partitions {
        rows.add_row([
            partition.topic.clone(),
            partition.partition.to_string(),
            grouped(partition.messages),
            grouped(partition.from),
            grouped(partition.to),
        ]);
    }
    for column in 1..=4 {
        let column = rows.column_mut(column).expect("the table has five columns");
        column.set_cell_alignment(CellAlignment::Right);
    }
    let rate = grouped((*messages as f64 / seconds.max(1e-9)) as u64);
    let end = if *complete { "to the end of the tape" } else { "until it was stopped" };
    let mut text = format!(
        "Published {} messages and {} heartbeats {end}: {seconds:.1} s, {rate} messages/s, \
         {:.1} MB\n",
        grouped(*messages),
        grouped(*heartbeats),
        *bytes as f64 / 1e6,
    );
    if let Some((from, to)) = span {
        text.push_str(&format!("{from} to {to}"));
        if let Some(through) = through {
            text.push_str(&format!(", nothing more before {through}"));
        }
        text.push('\n');
    }
    if *rejected > 0 {
        text.push_str(&format!("{} lines could not be used\n", grouped(*rejected)));
    }
    format!("{text}\n{}\n", rows.trim_fmt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_rates_and_routes_are_read() {
        assert_eq!(speed("original").unwrap(), Pace::Times(1.0));
        assert_eq!(speed("flat").unwrap(), Pace::Flat);
        assert_eq!(speed("2.5x").unwrap(), Pace::Times(2.5));
        assert_eq!(rate("5000/s").unwrap(), Pace::Rate(5000.0));
        assert!(["0", "-1", "fast", "", "inf", "NaN"].iter().all(|t| speed(t).is_err()));
        assert!(["0/s", "many", "5/m"].iter().all(|t| rate(t).is_err()));
        assert_eq!(route("a.b").unwrap(), Route(None, "a.b".to_owned()));
        assert_eq!(route("news=n").unwrap(), Route(Some(TapeKind::News), "n".to_owned()));
        assert!(["bars=x", "news=", "a b"].iter().all(|t| route(t).is_err()));
    }
}
