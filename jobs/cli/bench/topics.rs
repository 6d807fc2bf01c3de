//! What runs on topics are measured against.

use super::print_line;
use crate::cli::{
    Failure, Outcome, clock::now, interrupt::stop_on_interrupt, kafka, kafka::KafkaArgs,
};
use clap::Args;
use pipeline::{
    kafka::tap::{TapFrom, TapRequest, tap},
    progress::Progress,
    sources::kafka::bare_read,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;

/// Read all that a topic holds with a bare consumer, and look at nothing
#[derive(Debug, Args)]
pub(super) struct ReadArgs {
    /// The topic
    #[arg(value_name = "TOPIC")]
    topic: String,
    #[command(flatten)]
    kafka: KafkaArgs,
}

/// See how long after their own times records come to a consumer of what is committed
///
/// A result's time is that of the record that caused it, as stamped by who published that, or the
/// time at which it fell due. Both clocks must be one. Ends with Ctrl-C, too.
#[derive(Debug, Args)]
pub(super) struct DelayArgs {
    /// The topics
    #[arg(value_name = "TOPIC", required = true)]
    topics: Vec<String>,
    #[command(flatten)]
    kafka: KafkaArgs,
    /// End after so long [default: goes on]
    #[arg(long, value_name = "S")]
    seconds: Option<f64>,
    /// Leave out what comes before so many seconds after the first record
    #[arg(long, value_name = "S", default_value_t = 0.0)]
    skip: f64,
    /// Print when each record was seen, its time and its type too, nanoseconds since 1970
    #[arg(long)]
    each: bool,
}

impl ReadArgs {
    pub(super) fn execute(&self) -> Outcome {
        let access = self.kafka.access()?;
        let read = bare_read(&access, &self.topic).map_err(Failure::not_started)?;
        print_line(&json!({
            "messages": read.messages,
            "bytes": read.bytes,
            "seconds": read.seconds,
            "messages_per_second": read.messages as f64 / read.seconds.max(1e-9),
        }))
    }
}

/// What is looked at of a record.
#[derive(Deserialize)]
struct Stamped<'a> {
    #[serde(borrow, rename = "type")]
    kind: &'a str,
    #[serde(borrow)]
    ts: Option<&'a str>,
}

/// What was seen, milliseconds.
#[derive(Serialize)]
struct Delays {
    records: usize,
    seconds: f64,
    p50_ms: Option<f64>,
    p90_ms: Option<f64>,
    p99_ms: Option<f64>,
    max_ms: Option<f64>,
}

impl DelayArgs {
    pub(super) fn execute(&self) -> Outcome {
        let access = self.kafka.access()?;
        let progress = Arc::new(Progress::default());
        stop_on_interrupt(&progress);
        if let Some(seconds) = self.seconds {
            stop_after(&progress, seconds);
        }
        let (topics, from) = (&self.topics[..], TapFrom::End);
        let request = TapRequest { access: &access, topics, from, until_end: false };
        let mut first = None;
        let mut last = 0;
        let mut delays: Vec<i64> = Vec::new();
        tap(&request, &progress, &mut |record| {
            let seen = now().0;
            let Some(Ok(stamped)) = record.value.map(serde_json::from_slice::<Stamped<'_>>) else {
                return true;
            };
            // Marks say how far a topic is complete; they are no results.
            let ts = stamped.ts.and_then(|ts| ts.parse::<i64>().ok());
            let (Some(ts), false) = (ts, stamped.kind == "complete") else { return true };
            if self.each {
                println!("{seen} {ts} {}", stamped.kind);
            }
            let first = *first.get_or_insert(seen);
            if (seen - first) as f64 >= self.skip * 1e9 {
                delays.push(seen - ts);
                last = seen;
            }
            true
        })
        .map_err(kafka::failure)?;
        delays.sort_unstable();
        let at = |part: usize| Some(*delays.get((delays.len().checked_sub(1)?) * part / 100)?);
        let ms = |part| at(part).map(|ns: i64| ns as f64 / 1e6);
        print_line(&Delays {
            records: delays.len(),
            seconds: first.map_or(0.0, |first| (last - first) as f64 / 1e9 - self.skip).max(0.0),
            p50_ms: ms(50),
            p90_ms: ms(90),
            p99_ms: ms(99),
            max_ms: ms(100),
        })
    }
}

fn stop_after(progress: &Arc<Progress>, seconds: f64) {
    let progress = Arc::clone(progress);
    let wait = move || {
        #[expect(clippy::disallowed_methods, reason = "no worker runs here")]
        std::thread::sleep(std::time::Duration::from_secs_f64(seconds.max(0.0)));
        progress.stop();
    };
    // Without this thread it ends with Ctrl-C only.
    let _ = std::thread::Builder::new().name("stop".to_owned()).spawn(wait);
}
