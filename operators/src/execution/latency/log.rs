//! Latency as orders had it that somebody logged.
//!
//! Formulas: `hftbacktest` 2.4, `IntpOrderLatency`, but that a rejected row says before the first
//! and after the last one what it says inside, and that rows without a time of the venue are left
//! out where answers are found.

use super::{IN_LINE, Trip};
use schemas::{Digest, EventTime, Span};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, sync::Arc};

/// An order that was logged; all times are nanoseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogRow {
    /// When it was sent.
    pub request: i64,
    /// When the venue had it; 0 or less if the venue did not take it.
    pub exchange: i64,
    /// When the answer came.
    pub response: i64,
}

impl LogRow {
    fn is_rejected(&self) -> bool {
        self.exchange <= 0
    }
}

/// Why a log is none; rows are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// No order says how long an answer took.
    #[error("no row tells of an order that the venue took")]
    Empty,
    /// A request from before 1970.
    #[error("row {0} was sent before 1970")]
    Early(usize),
    /// The requests go back in time.
    #[error("row {0} was sent before the row above it: sort the rows by the time of the request")]
    Unsorted(usize),
    /// It was answered before it was sent, or before the venue had it.
    #[error("row {0} was answered before it was sent or came to the venue")]
    Backwards(usize),
}

/// Logged orders: what is sent between two of them takes what lies between theirs.
#[derive(Debug, Clone, PartialEq)]
pub struct LatencyLog {
    /// Ascending by request.
    rows: Arc<[LogRow]>,
    /// When the venue had those that it took, ascending, and how long their answers travelled.
    answers: Arc<[(i64, i64)]>,
}

/// What tells of a rejection is never known sooner than this, so that a request that is sent anew
/// whenever it comes to nothing does not do so for ever at one moment.
const SOONEST: i64 = 1_000;

impl LatencyLog {
    /// From rows in the order of their requests.
    ///
    /// # Errors
    /// When the rows are not in order, go back in time, or tell of no answer.
    pub fn new(rows: Vec<LogRow>) -> Result<LatencyLog, LogError> {
        for (i, row) in rows.iter().enumerate() {
            if row.request < 0 {
                return Err(LogError::Early(i + 1));
            }
            if i > 0 && row.request < rows[i - 1].request {
                return Err(LogError::Unsorted(i + 1));
            }
            if row.response < row.request.max(row.exchange) {
                return Err(LogError::Backwards(i + 1));
            }
        }
        let taken = rows.iter().filter(|row| !row.is_rejected());
        let mut answers: Vec<(i64, i64)> =
            taken.map(|row| (row.exchange, row.response - row.exchange)).collect();
        // Stable, so that of orders that came to the venue at once the one sent last rules.
        answers.sort_by_key(|(exchange, _)| *exchange);
        match answers.is_empty() {
            true => Err(LogError::Empty),
            false => Ok(LatencyLog { rows: rows.into(), answers: answers.into() }),
        }
    }

    /// What becomes of a request that is sent at `at`: it is rejected where one of the logged
    /// orders around it was, and where their clocks leave it less than no time.
    pub(super) fn entry(&self, EventTime(at): EventTime) -> Trip {
        let (before, after) = around(&self.rows, at, |row| row.request);
        let between = |took: fn(&LogRow) -> i64| {
            line(at, (before.request, took(before)), (after.request, took(after)))
        };
        let lost = |after: i64| Trip::Lost(Span(after.max(SOONEST)));
        if before.is_rejected() || after.is_rejected() {
            return lost(between(|row| row.response - row.request));
        }
        match between(|row| row.exchange - row.request) {
            negative if negative < 0 => lost(-negative),
            took => Trip::Arrives(Span(took)),
        }
    }

    /// How long the answer to what happens at the venue at `at` travels.
    pub(super) fn response(&self, EventTime(at): EventTime) -> Span {
        let (before, after) = around(&self.answers, at, |answer| answer.0);
        Span(line(at, *before, *after))
    }

    /// Half of the logged orders that the venue took arrived sooner.
    pub(super) fn median_entry(&self) -> Span {
        let taken = self.rows.iter().filter(|row| !row.is_rejected());
        let mut took: Vec<i64> = taken.map(|row| (row.exchange - row.request).max(0)).collect();
        took.sort_unstable();
        Span(took[took.len() / 2])
    }

    /// The digest of its rows.
    pub fn digest(&self) -> Digest {
        Digest::of(&postcard::to_stdvec(self).expect("times are plain data"))
    }

    /// Rows that the venue did not take, or had before they were sent.
    pub fn rejected(&self) -> usize {
        self.rows.iter().filter(|row| row.exchange < row.request).count()
    }
}

/// The rows around a moment; outside of all of them the nearest one twice.
fn around<T>(rows: &[T], at: i64, time: impl Fn(&T) -> i64) -> (&T, &T) {
    let next = rows.partition_point(|row| time(row) <= at);
    (&rows[next.saturating_sub(1)], &rows[if next == 0 { 0 } else { next.min(rows.len() - 1) }])
}

/// The value at `at` on the line through two points; of one point its own.
fn line(at: i64, (from, first): (i64, i64), (to, last): (i64, i64)) -> i64 {
    if to <= from {
        return first;
    }
    let rise = i128::from(last - first) * i128::from(at - from) / i128::from(to - from);
    first + rise as i64
}

impl fmt::Display for LatencyLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, last) = (&self.rows[0], &self.rows[self.rows.len() - 1]);
        write!(
            f,
            "as {} logged orders took from {} to {}, {} of them rejected; between two the line, \
             before and after them the nearest; {IN_LINE}",
            self.rows.len(),
            EventTime(first.request),
            EventTime(last.request),
            self.rejected()
        )
    }
}

impl Serialize for LatencyLog {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.rows.as_ref().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for LatencyLog {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        LatencyLog::new(Vec::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(rows: &[(i64, i64, i64)]) -> Result<LatencyLog, LogError> {
        let row = |&(request, exchange, response)| LogRow { request, exchange, response };
        LatencyLog::new(rows.iter().map(row).collect())
    }

    const MS: i64 = 1_000_000;

    #[test]
    fn times_lie_on_the_line_between_logged_orders() {
        let log = log(&[(1_000, 1_100, 1_150), (2_000, 2_300, 2_310)]).unwrap();
        let entry = |at| log.entry(EventTime(at));
        assert_eq!(entry(0), Trip::Arrives(Span(100)), "before the first: the nearest");
        assert_eq!(entry(1_000), Trip::Arrives(Span(100)));
        assert_eq!(entry(1_250), Trip::Arrives(Span(150)));
        assert_eq!(entry(1_999), Trip::Arrives(Span(299)));
        assert_eq!(entry(9_000), Trip::Arrives(Span(300)), "after the last: the nearest");
        // Answers go by the time at the venue: 50 at 1,100 and 10 at 2,300.
        let response = |at| log.response(EventTime(at)).0;
        assert_eq!([0, 1_100, 1_700, 2_300, 9_000].map(response), [50, 50, 30, 10, 10]);
        assert_eq!((log.rejected(), log.median_entry()), (0, Span(300)));
        let bytes = postcard::to_stdvec(&log).unwrap();
        assert_eq!(postcard::from_bytes::<LatencyLog>(&bytes).unwrap(), log);
    }

    #[test]
    fn around_a_rejection_requests_are_rejected() {
        let rows = [
            (10 * MS, 11 * MS, 12 * MS),
            (20 * MS, 0, 24 * MS),
            (30 * MS, 31 * MS, 33 * MS),
            (40 * MS, 39 * MS, 41 * MS),
        ];
        let log = log(&rows).unwrap();
        let entry = |ms| log.entry(EventTime(ms * MS));
        assert_eq!(entry(9), Trip::Arrives(Span(MS)));
        // The whole way there and back: 2 ms, then 4, then 3.
        assert_eq!(entry(15), Trip::Lost(Span(3 * MS)));
        assert_eq!(entry(20), Trip::Lost(Span(4 * MS)));
        assert_eq!(entry(25), Trip::Lost(Span(3_500_000)));
        // From 1 ms to -1 ms: at first less and less, then known after what is missing.
        assert_eq!(entry(32), Trip::Arrives(Span(600_000)));
        assert_eq!(entry(39), Trip::Lost(Span(800_000)));
        assert_eq!(entry(50), Trip::Lost(Span(MS)));
        // The rejected one has no time at the venue: 1 ms at 11, 2 ms at 31.
        assert_eq!(log.response(EventTime(21 * MS)), Span(1_500_000));
        assert_eq!(log.rejected(), 2);
    }

    #[test]
    fn what_is_no_log_is_refused() {
        assert_eq!(log(&[]), Err(LogError::Empty));
        assert_eq!(log(&[(1, 0, 2)]), Err(LogError::Empty));
        assert_eq!(log(&[(5, 6, 7), (4, 6, 7)]), Err(LogError::Unsorted(2)));
        assert_eq!(log(&[(i64::MIN, 0, i64::MAX)]), Err(LogError::Early(1)));
        assert_eq!(log(&[(5, 6, 5)]), Err(LogError::Backwards(1)));
        assert_eq!(log(&[(5, 0, 4)]), Err(LogError::Backwards(1)));
        // At once: the one sent last rules.
        let twice = log(&[(5, 6, 7), (5, 7, 9)]).unwrap();
        assert_eq!(twice.entry(EventTime(5)), Trip::Arrives(Span(2)));
    }
}
