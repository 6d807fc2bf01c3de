//! When each message of a tape is sent.

use schemas::EventTime;

/// How fast a tape runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// As fast as brokers take it.
    Flat,
    /// So many times as fast as it was recorded; 1 is the original speed.
    Times(f64),
    /// So many messages a second, evenly.
    Rate(f64),
}

/// A pace that has begun.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pacer {
    pace: Pace,
    /// The clock and the tape at the beginning.
    start: (EventTime, EventTime),
}

impl Pacer {
    pub fn new(pace: Pace, now: EventTime, head: EventTime) -> Pacer {
        Pacer { pace, start: (now, head) }
    }

    /// When, by the clock, a message is due that takes effect at `head` and has `before` others
    /// before it; `None` for at once.
    pub fn due(&self, head: EventTime, before: u64) -> Option<EventTime> {
        let after = match self.pace {
            Pace::Flat => return None,
            Pace::Times(factor) => head.0.saturating_sub(self.start.1.0) as f64 / factor,
            Pace::Rate(rate) => before as f64 * 1e9 / rate,
        };
        Some(EventTime(self.start.0.0.saturating_add(after as i64)))
    }

    /// Where the tape stands by the clock when `head` is its next message: it runs on between
    /// messages when its own time sets the pace.
    pub fn position(&self, now: EventTime, head: EventTime) -> EventTime {
        match self.pace {
            Pace::Flat | Pace::Rate(_) => head,
            Pace::Times(factor) => {
                let run = now.0.saturating_sub(self.start.0.0) as f64 * factor;
                EventTime(self.start.1.0.saturating_add(run as i64)).min(head)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_due_as_the_pace_says() {
        let (now, head) = (EventTime(1_000), EventTime(50));
        let due = |pace, at, before| Pacer::new(pace, now, head).due(EventTime(at), before);
        assert_eq!(due(Pace::Flat, 99, 9), None);
        assert_eq!(due(Pace::Times(1.0), 80, 9), Some(EventTime(1_030)));
        assert_eq!(due(Pace::Times(10.0), 80, 9), Some(EventTime(1_003)));
        assert_eq!(due(Pace::Times(0.5), 80, 9), Some(EventTime(1_060)));
        assert_eq!(due(Pace::Rate(1e9 / 7.0), 80, 3), Some(EventTime(1_021)));
        // A centuries-long tape does not overflow.
        assert!(due(Pace::Times(1e-9), i64::MAX, 0).unwrap() > now);
    }

    #[test]
    fn the_tape_runs_on_between_its_messages_and_not_beyond_the_next() {
        let pacer = Pacer::new(Pace::Times(2.0), EventTime(1_000), EventTime(50));
        assert_eq!(pacer.position(EventTime(1_010), EventTime(500)), EventTime(70));
        assert_eq!(pacer.position(EventTime(9_000), EventTime(500)), EventTime(500));
        let flat = Pacer::new(Pace::Flat, EventTime(1_000), EventTime(50));
        assert_eq!(flat.position(EventTime(1_010), EventTime(500)), EventTime(500));
    }
}
