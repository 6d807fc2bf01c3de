//! How long a shard rests between two transactions.
//!
//! Brokers answer a commit before they have written its marks, and refuse partitions to the next
//! transaction until they have; the client then asks again after 20 ms. A rest of the few
//! milliseconds that the marks take is shorter than that.

use crate::clock::Stopwatch;
use std::time::Duration;

/// A transaction that took so long may have been refused at first.
const REFUSED: Duration = Duration::from_millis(20);
/// The rest at first, at most, and what a refusal adds to it.
const FIRST: Duration = Duration::from_millis(2);
const MOST: Duration = Duration::from_millis(8);
const MORE: Duration = Duration::from_millis(1);
/// Every transaction in time takes this part off the rest.
const LESS: u32 = 512;

/// The rest of a shard, which learns from what its transactions take.
pub(super) struct Rest {
    length: Duration,
    /// Since the end of the last transaction.
    ended: Option<Stopwatch>,
    /// How long after the last one's end this one began.
    gap: Duration,
}

impl Rest {
    pub fn new() -> Rest {
        Rest { length: FIRST, ended: None, gap: Duration::MAX }
    }

    /// How much of the rest is left.
    pub fn left(&self) -> Duration {
        self.ended.map_or(Duration::ZERO, |ended| self.length.saturating_sub(ended.elapsed()))
    }

    /// A transaction begins.
    pub fn begin(&mut self) {
        self.gap = self.ended.map_or(Duration::MAX, |ended| ended.elapsed());
    }

    /// It has ended, after so long.
    pub fn end(&mut self, took: Duration) {
        // One that began long after the one before was late for another reason.
        if self.gap < REFUSED {
            self.length = match took >= REFUSED {
                true => (self.length + MORE).min(MOST),
                false => self.length - self.length / LESS,
            };
        }
        self.ended = Some(Stopwatch::start());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_make_it_longer_and_success_shorter() {
        let mut rest = Rest::new();
        assert_eq!(rest.left(), Duration::ZERO);
        rest.begin();
        rest.end(Duration::from_secs(1));
        assert_eq!(rest.length, FIRST, "nothing was before it");
        assert!(rest.left() <= FIRST);
        rest.gap = Duration::ZERO;
        rest.end(REFUSED);
        assert_eq!(rest.length, FIRST + MORE);
        (0..20).for_each(|_| rest.end(REFUSED));
        assert_eq!(rest.length, MOST);
        rest.end(Duration::from_millis(5));
        assert!(rest.length < MOST && rest.length > MOST - MORE);
    }
}
