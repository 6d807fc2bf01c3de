//! When records take effect: receive times made to go forward, and kept from running away.

use super::fault::Fault;
use schemas::EventTime;

/// 2017-01-01: Binance opened in July of that year, so an earlier stamp is in another unit, or of
/// a clock that was never set.
const EARLIEST_NS: i64 = 1_483_228_800_000_000_000;

/// A year: no recording pauses for so long, and one stamp from 2099 would make every later record
/// late and end the job's time.
const MAX_AHEAD_NS: i64 = 366 * 86_400_000_000_000;

/// The greatest receive time so far.
#[derive(Debug, Default)]
pub(in crate::sources) struct Clock {
    last: Option<EventTime>,
}

impl Clock {
    /// When a record received at `stamp` takes effect; one that is refused changes nothing.
    pub(in crate::sources) fn admit(
        &mut self,
        stamp: i64,
        exchange_ts: Option<EventTime>,
    ) -> Result<EventTime, Fault> {
        let stamp = plausible(stamp)?;
        let ts = match (self.last, exchange_ts) {
            (Some(last), _) if stamp.0.saturating_sub(last.0) > MAX_AHEAD_NS => {
                return Err(Fault::TooLate(stamp, last));
            }
            (Some(last), _) => stamp.max(last),
            // Nothing came before that could vouch for the first one, but the venue may.
            (None, Some(venue)) if stamp.0.abs_diff(venue.0) > MAX_AHEAD_NS as u64 => {
                return Err(Fault::Apart(stamp, venue));
            }
            (None, _) => stamp,
        };
        self.last = Some(ts);
        Ok(ts)
    }

    /// The greatest receive time so far.
    pub(in crate::sources) fn last(&self) -> Option<EventTime> {
        self.last
    }
}

/// A stamp that may be a receive time.
pub(super) fn plausible(stamp: i64) -> Result<EventTime, Fault> {
    match stamp {
        ..=0 => Err(Fault::NotPositive(stamp)),
        1..EARLIEST_NS => Err(Fault::TooEarly(stamp)),
        _ => Ok(EventTime(stamp)),
    }
}

/// The receive time that a line begins with, and the rest.
pub(super) fn split(text: &str) -> Result<(i64, &str), Fault> {
    let (stamp, rest) = text.split_once(' ').ok_or(Fault::NoReceiveTime)?;
    if stamp.starts_with('+') {
        return Err(Fault::NoReceiveTime);
    }
    Ok((stamp.parse().map_err(|_| Fault::NoReceiveTime)?, rest))
}
