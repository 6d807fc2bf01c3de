//! A number that holds until the next one comes, and its integral over time.

use super::Frame;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// A step function of event time: each number holds from its own time on. Where there is none,
/// time does not count.
///
/// Each step keeps the integral up to it as an integer, and the integral over a window is the
/// difference of two of them: exact, however long the run. O(1) an event, amortised; reading finds
/// the ends of a window in O(log n).
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Levels {
    /// The first of them holds at the beginning of the oldest window.
    steps: VecDeque<Step>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Step {
    at: i64,
    level: Option<i64>,
    before: Area,
}

/// An integral, and the time over which there was a number.
#[derive(Debug, Default, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Area {
    /// Number times nanoseconds.
    pub sum: i128,
    /// Nanoseconds.
    pub time: i128,
}

impl Step {
    fn until(&self, time: i64) -> Area {
        let Some(level) = self.level else { return self.before };
        let held = i128::from(time) - i128::from(self.at);
        Area { sum: self.before.sum + i128::from(level) * held, time: self.before.time + held }
    }
}

impl Levels {
    /// From `at` on there is this number, or none; what is older than `oldest` is forgotten.
    #[inline(always)]
    pub(in crate::features) fn push(&mut self, oldest: i64, at: i64, level: Option<i64>) {
        match self.steps.back_mut() {
            Some(last) if last.level == level => {}
            Some(last) if last.at == at => last.level = level,
            last => {
                let before = last.map_or(Area::default(), |last| last.until(at));
                self.steps.push_back(Step { at, level, before });
            }
        }
        let begin = at.saturating_sub(oldest);
        while self.steps.get(1).is_some_and(|next| next.at <= begin) {
            self.steps.pop_front();
        }
    }

    /// The integral over a window; nothing until the whole of it has passed since the first step.
    pub(in crate::features) fn area(&self, frame: Frame, now: i64) -> Option<Area> {
        let end = self.until(now.saturating_sub(frame.to))?;
        let begin = self.until(now.saturating_sub(frame.from))?;
        Some(Area { sum: end.sum - begin.sum, time: end.time - begin.time })
    }

    fn until(&self, time: i64) -> Option<Area> {
        let after = self.steps.partition_point(|step| step.at <= time);
        Some(self.steps[after.checked_sub(1)?].until(time))
    }
}
