//! `tapeflow tap`: what is in topics.

use super::{Failure, Outcome, interrupt::stop_on_interrupt, kafka, kafka::KafkaArgs};
use anyhow::{Error, anyhow};
use clap::Args;
use pipeline::{
    kafka::tap::{TapFrom, TapRecord, TapRequest, tap},
    progress::Progress,
};
use schemas::EventTime;
use serde_json::{Map, Value, json};
use std::{
    fmt::Write as _,
    io::{self, BufWriter, Write},
    sync::Arc,
};

const EXAMPLES: &str = "\
Examples:
  tapeflow tap market
  tapeflow tap signals fills --from beginning --until-end
  tapeflow tap market --from 2024-08-08T23:54:13Z --count 10
  tapeflow tap market --from beginning --until-end --json > market.jsonl";

/// Show the records of topics, as they come or from the beginning
///
/// One line a record, in order within each partition. Only what is committed is shown: records of
/// transactions under way or aborted are not. Ends with Ctrl-C.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct TapArgs {
    /// The topics
    #[arg(value_name = "TOPIC", required = true)]
    topics: Vec<String>,
    #[command(flatten)]
    kafka: KafkaArgs,
    /// Where to begin: beginning, end, or a moment of Kafka's timestamps
    #[arg(long, value_name = "WHERE", default_value = "end", value_parser = from)]
    from: TapFrom,
    /// End after so many records
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// End where the topics end now, one topic after the other
    #[arg(long)]
    until_end: bool,
    /// Show heartbeats too
    #[arg(long)]
    heartbeats: bool,
    /// Print each record as it is instead of a line for people
    #[arg(long)]
    json: bool,
    /// Print an object a record: topic, partition, offset, key, headers, and the value as text
    #[arg(long, conflicts_with = "json")]
    full: bool,
}

fn from(text: &str) -> Result<TapFrom, Error> {
    match text {
        "beginning" => Ok(TapFrom::Beginning),
        "end" => Ok(TapFrom::End),
        moment => moment
            .parse()
            .map(TapFrom::Time)
            .map_err(|_| anyhow!("write beginning, end, or a moment as in 2024-08-08T23:54:13Z")),
    }
}

impl TapArgs {
    /// Does it.
    pub fn execute(&self) -> Outcome {
        let access = self.kafka.access()?;
        let (topics, from) = (&self.topics[..], self.from);
        let request = TapRequest { access: &access, topics, from, until_end: self.until_end };
        let progress = Arc::new(Progress::default());
        stop_on_interrupt(&progress);
        let mut shown = 0;
        let mut out = BufWriter::new(io::stdout().lock());
        let mut trouble = None;
        tap(&request, &progress, &mut |record| {
            let value = record.value.map(serde_json::from_slice::<Value>);
            let value = value.and_then(Result::ok);
            if !self.heartbeats && is_heartbeat(value.as_ref()) {
                return true;
            }
            let written = match (self.json, self.full) {
                (true, _) => raw(&record, &mut out),
                (_, true) => writeln!(out, "{}", full(&record)),
                _ => writeln!(out, "{}", line(&record, value.as_ref())),
            };
            // What is shown as it comes is shown at once.
            let written = written.and_then(|()| if self.until_end { Ok(()) } else { out.flush() });
            shown += 1;
            trouble = written.err();
            trouble.is_none() && self.count.is_none_or(|most| shown < most)
        })
        .map_err(kafka::failure)?;
        match trouble {
            Some(error) => Err(Failure::from(error)),
            None => Ok(out.flush()?),
        }
    }
}

fn is_heartbeat(value: Option<&Value>) -> bool {
    value.and_then(|value| value.get("type")).is_some_and(|kind| kind == "heartbeat")
}

/// The record itself on a line of its own; a deleted key is null.
fn raw(record: &TapRecord<'_>, out: &mut impl Write) -> io::Result<()> {
    out.write_all(record.value.unwrap_or(b"null"))?;
    out.write_all(b"\n")
}

/// A record with its place and headers. Bytes that are no UTF-8 are replaced.
fn full(record: &TapRecord<'_>) -> Value {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let header = |(name, value): &(&str, Option<&[u8]>)| json!([name, value.map(text)]);
    json!({
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "key": record.key.map(text),
        "headers": record.headers.iter().map(header).collect::<Vec<_>>(),
        "value": record.value.map(text),
    })
}

/// A record for people: its time, its place, what it is, of what, and the rest.
fn line(record: &TapRecord<'_>, value: Option<&Value>) -> String {
    let TapRecord { topic, partition, offset, .. } = record;
    let fields = value.and_then(Value::as_object);
    let text = |name: &str| fields.and_then(|f| f.get(name)).and_then(Value::as_str);
    let own = text("ts").and_then(|ts| ts.parse().ok()).map(EventTime);
    let kafkas = || record.timestamp_ms.map(|ms| EventTime(ms.saturating_mul(1_000_000)));
    let time = own.or_else(kafkas).map_or("-".to_owned(), |time| time.to_string());
    let key = record.key.map_or("-".to_owned(), shown);
    let mut line = format!("{time}  {topic}-{partition}@{offset}");
    match (fields, record.value) {
        (Some(fields), _) => {
            let _ = write!(line, "  {}  {key}", text("type").unwrap_or("?"));
            push_fields(fields, &mut line);
        }
        (None, None) => {
            let _ = write!(line, "  (deleted)  {key}");
        }
        (None, Some(bytes)) => {
            let _ = write!(line, "  (no JSON object)  {key}  {}", shown(bytes));
        }
    }
    line
}

/// Fields that the line has shown already, and those for programs: see `--json`.
const LEFT_OUT: [&str; 11] = [
    "type",
    "version",
    "venue",
    "symbol",
    "ts",
    "exchange_ts",
    "first_update_id",
    "previous_update_id",
    "update_id",
    "job_digest",
    "model_digest",
];

fn push_fields(fields: &Map<String, Value>, line: &mut String) {
    for (name, value) in fields.iter().filter(|(name, _)| !LEFT_OUT.contains(&name.as_str())) {
        let _ = match value {
            Value::Null => continue,
            Value::String(text) if !text.bytes().all(|b| b.is_ascii_graphic()) => {
                write!(line, "  {name}={text:?}")
            }
            Value::String(text) => write!(line, "  {name}={text}"),
            Value::Array(items) => match items.first() {
                None => write!(line, "  {name}=0"),
                Some(first) if items.len() == 1 => write!(line, "  {name}=1 ({})", level(first)),
                Some(first) => write!(line, "  {name}={} ({} …)", items.len(), level(first)),
            },
            other => write!(line, "  {name}={other}"),
        };
    }
}

/// A level of a book: `price x quantity`.
fn level(value: &Value) -> String {
    match value.as_array().map(Vec::as_slice) {
        Some([Value::String(price), Value::String(quantity)]) => format!("{price} x {quantity}"),
        _ => value.to_string(),
    }
}

/// Bytes that may be anything, without what a terminal would obey.
fn shown(bytes: &[u8]) -> String {
    const SOME: usize = 200;
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(SOME)]);
    text.escape_debug().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown_as(value: Option<&str>) -> String {
        let record = TapRecord {
            topic: "market",
            partition: 3,
            offset: 42,
            timestamp_ms: Some(1_723_161_253_123),
            key: Some(b"demo:A"),
            headers: Vec::new(),
            value: value.map(str::as_bytes),
        };
        let parsed = value.and_then(|value| serde_json::from_str(value).ok());
        line(&record, parsed.as_ref())
    }

    #[test]
    fn records_are_shown_on_a_line() {
        let trade = r#"{"type":"trade","version":1,"venue":"demo","symbol":"A",
            "ts":"1723161253250000000","price":"1.5","quantity":"2","side":"buy"}"#;
        let at =
            |time: &str, rest: &str| format!("2024-08-08T23:54:13.{time}Z  market-3@42  {rest}");
        let line = "trade  demo:A  price=1.5  quantity=2  side=buy";
        assert_eq!(shown_as(Some(trade)), at("25", line), "its own time");
        let book = r#"{"type":"book_delta","bids":[["1.4","3"],["1.3","0"]],"asks":[]}"#;
        let line = "book_delta  demo:A  asks=0  bids=2 (1.4 x 3 …)";
        assert_eq!(shown_as(Some(book)), at("123", line), "Kafka's time");
        assert_eq!(shown_as(None), at("123", "(deleted)  demo:A"));
        let line = r"(no JSON object)  demo:A  \u{1b}[2J hello";
        assert_eq!(shown_as(Some("\u{1b}[2J hello")), at("123", line), "no orders to a terminal");
    }

    #[test]
    fn places_to_begin_are_read() {
        assert_eq!(from("beginning").unwrap(), TapFrom::Beginning);
        assert_eq!(from("2024-08-08").unwrap(), TapFrom::Time("2024-08-08".parse().unwrap()));
        assert!(from("middle").is_err());
        assert!(is_heartbeat(Some(&serde_json::json!({"type": "heartbeat"}))));
    }
}
