//! How long orders and answers travel: distributions checked, logged orders read.

use crate::spec::{
    JobError,
    document::Cursor,
    raw::{self, DelayText, Drawn},
};
use operators::execution::{Delay, Latency, LatencyLog, LogRow};
use std::path::Path;

/// The latency of a venue; `seed` is the job's.
pub(super) fn resolve(
    written: &raw::Latency,
    seed: u64,
    at: &Cursor<'_, '_>,
) -> Result<Latency, JobError> {
    match written {
        raw::Latency { entry: None, response: None, file: Some(path) } => {
            let log = read(path).map_err(|why| {
                let help = "a line for each order, as in\nrequest_ts,exchange_ts,response_ts\n\
                            1723161253000000000,1723161253001200000,1723161253002000000\n\
                            in nanoseconds since 1970; an exchange_ts of 0 is a rejection";
                at.get("file").error(why).label("this file").help(help)
            })?;
            Ok(Latency::Logged(log))
        }
        raw::Latency { file: Some(_), .. } => Err(at
            .get("file")
            .key_error("a file of logged orders tells both ways")
            .label("not with `entry` or `response`")
            .help("leave out one or the other")),
        raw::Latency { entry, response, file: None } => {
            let needed = |key: &str| {
                let error = at.error(format!("`{key}` is missing")).label("needed here");
                error.help(
                    "latency = { entry = \"1ms\", response = \"1ms\" }, or of logged orders: \
                     latency = { file = \"latency.csv\" }",
                )
            };
            let entry = entry.as_ref().ok_or_else(|| needed("entry"))?;
            let response = response.as_ref().ok_or_else(|| needed("response"))?;
            let (entry, response) =
                (delay(entry, &at.get("entry"))?, delay(response, &at.get("response"))?);
            // What is never drawn does not follow from the seed.
            let drawn = |delay: &Delay| !matches!(delay, Delay::Constant(_));
            let seed = if drawn(&entry) || drawn(&response) { seed } else { 0 };
            Ok(Latency::Stated { entry, response, seed })
        }
    }
}

/// Longer than any way takes.
const DAY: i64 = 86_400_000_000_000;

fn delay(written: &DelayText, at: &Cursor<'_, '_>) -> Result<Delay, JobError> {
    let long = |at: Cursor<'_, '_>| at.error("no order travels for a day").label("too long");
    match written {
        DelayText::Constant(span) => Ok(Delay::Constant(*span)),
        DelayText::Drawn(Drawn { uniform: Some(u), log_normal: None, exponential: None }) => {
            let at = at.get("uniform");
            if u.to.0 > DAY {
                return Err(long(at.get("to")));
            }
            if u.from >= u.to {
                let error = at.get("to").error("the longest time is above the shortest");
                return Err(error.label("not above `from`"));
            }
            Ok(Delay::Uniform { from: u.from, to: u.to })
        }
        DelayText::Drawn(Drawn { uniform: None, log_normal: Some(n), exponential: None }) => {
            let at = at.get("log_normal");
            if !(1..=DAY).contains(&n.median.0) {
                let error = at.get("median").error("a median is above 0 and at most a day");
                return Err(error.label("out of range"));
            }
            if !(n.sigma > 0.0 && n.sigma <= 3.0) {
                let error = at.get("sigma").error("a sigma is above 0 and at most 3");
                return Err(error.label("out of range").help(
                    "it is the standard deviation of the logarithm: at 0.5 one time in six is 1.6 \
                     times the median or more",
                ));
            }
            let min = n.min.unwrap_or_default();
            if min >= n.median {
                let error = at.get("min").error("the shortest time is below the median");
                return Err(error.label("not below `median`"));
            }
            Ok(Delay::LogNormal { median: n.median, sigma: n.sigma, min })
        }
        DelayText::Drawn(Drawn { uniform: None, log_normal: None, exponential: Some(e) }) => {
            let at = at.get("exponential");
            if e.mean.0 > DAY {
                return Err(long(at.get("mean")));
            }
            if e.min >= e.mean {
                let error = at.get("mean").error("the mean is above the shortest time");
                return Err(error.label("not above `min`"));
            }
            Ok(Delay::Exponential { min: e.min, mean: e.mean })
        }
        DelayText::Drawn(_) => Err(at
            .error("a time is drawn from exactly one distribution")
            .label("not one")
            .help("as in { log_normal = { median = \"1ms\", sigma = 0.5, min = \"200us\" } }")),
    }
}

/// Columns of a file of logged orders, and what hftbacktest calls them.
const COLUMNS: [[&str; 2]; 3] =
    [["request_ts", "req_ts"], ["exchange_ts", "exch_ts"], ["response_ts", "resp_ts"]];

fn read(path: &Path) -> Result<LatencyLog, String> {
    let shown = path.display();
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|error| format!("cannot read {shown}: {error}"))?;
    parse(&text).map_err(|why| format!("{shown} is no log of orders: {why}"))
}

fn parse(text: &str) -> Result<LatencyLog, String> {
    let mut lines = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = lines.headers().map_err(|error| error.to_string())?.clone();
    let place = |names: &[&str; 2]| {
        let found = header.iter().position(|column| names.contains(&column));
        found.ok_or_else(|| format!("it has no column {}", names[0]))
    };
    let [request, exchange, response] =
        [place(&COLUMNS[0])?, place(&COLUMNS[1])?, place(&COLUMNS[2])?];
    let mut rows = Vec::new();
    for (i, line) in lines.records().enumerate() {
        let line = line.map_err(|error| error.to_string())?;
        let time = |column: usize| {
            let text = line.get(column).unwrap_or_default();
            text.parse::<i64>()
                .map_err(|_| format!("row {}: `{text}` is no whole number of nanoseconds", i + 1))
        };
        let (request, exchange, response) = (time(request)?, time(exchange)?, time(response)?);
        rows.push(LogRow { request, exchange, response });
    }
    LatencyLog::new(rows).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use operators::execution::Trip;
    use schemas::{EventTime, Span};

    #[test]
    fn logged_orders_are_read_by_the_names_of_their_columns() {
        let text = "id, resp_ts ,req_ts,exch_ts\na,1150,1000,1100\nb,2310,2000,2300\n";
        let log = Latency::Logged(parse(text).unwrap());
        let trip = |at| log.entry("", operators::execution::Message::Order, EventTime(at));
        assert_eq!(trip(1_500), Trip::Arrives(Span(200)));
        assert_eq!(log.response("", EventTime(1_700)), Span(30));
        for (text, why) in [
            ("request_ts,exchange_ts\n1,2\n", "it has no column response_ts"),
            ("request_ts,exchange_ts,response_ts\n1,,3\n", "row 1: `` is no whole number"),
            ("request_ts,exchange_ts,response_ts\n1,2,3\n1,2.5,3\n", "row 2: `2.5` is no"),
            ("request_ts,exchange_ts,response_ts\n", "no row tells of an order"),
            ("request_ts,exchange_ts,response_ts\n5,6,7\n4,6,7\n", "row 2 was sent before"),
            ("request_ts,exchange_ts,response_ts\n-5,9,17\n", "row 1 was sent before 1970"),
            ("request_ts,exchange_ts,response_ts\n5,9,7\n", "row 1 was answered before"),
        ] {
            let found = parse(text).unwrap_err();
            assert!(found.contains(why), "{found}");
        }
    }
}
