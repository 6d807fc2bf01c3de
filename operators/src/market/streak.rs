//! Doubtful records that follow each other.

use schemas::EventTime;
use serde::{Deserialize, Serialize};

/// Doubtful records in a row: the first and the last of them, and how many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Streak(Option<(EventTime, EventTime, u64)>);

impl Streak {
    /// Is there one?
    pub fn lasts(&self) -> bool {
        self.0.is_some()
    }

    /// Takes as many doubtful records as came with the one before.
    pub fn repeat(&mut self, times: u64) {
        if let Some((_, _, records)) = &mut self.0 {
            *records += times;
        }
    }

    /// Takes a record: what is to be told, if anything. The first is told when it comes, the
    /// others once a sound one does.
    pub fn take(&mut self, doubtful: bool, at: EventTime) -> Option<(EventTime, EventTime, u64)> {
        match (&mut self.0, doubtful) {
            (None, true) => {
                self.0 = Some((at, at, 1));
                self.0
            }
            (Some((_, last, records)), true) => {
                (*last, *records) = (at, *records + 1);
                None
            }
            (Some((first, last, records)), false) => {
                let rest = (*first, *last, *records - 1);
                self.0 = None;
                Some(rest).filter(|rest| rest.2 > 0)
            }
            (None, false) => None,
        }
    }
}
