//! A partition in which nothing comes, by the clock: the one place of the source that has one.

use super::{Fence, FenceAnswer};
use schemas::{EventTime, Span};

/// How long nothing has come.
#[derive(Debug)]
pub(super) struct Idle {
    after: Span,
    /// When something came, or the last fence was decided.
    since: Option<EventTime>,
    /// Everything that is there has been read.
    at_end: bool,
    pending: bool,
}

impl Idle {
    pub(super) fn new(after: Span) -> Idle {
        Idle { after, since: None, at_end: false, pending: false }
    }

    /// Records came.
    pub(super) fn came(&mut self, now: EventTime) {
        self.since = Some(now);
    }

    /// Has everything that there is been read?
    pub(super) fn at_end(&mut self, at_end: bool) {
        self.at_end = at_end;
    }

    /// Up to when nothing can have been missed: `after` ago, if nothing has come since.
    pub(super) fn due(&mut self, now: EventTime) -> Option<EventTime> {
        let since = *self.since.get_or_insert(now);
        let quiet = now.0.saturating_sub(since.0) >= self.after.0;
        (self.at_end && !self.pending && quiet).then(|| EventTime(now.0 - self.after.0))
    }

    pub(super) fn proposed(&mut self) {
        self.pending = true;
    }

    pub(super) fn is_pending(&self) -> bool {
        self.pending
    }

    /// The fence to apply, if any; an error while there is no answer.
    pub(super) fn answered(
        &mut self,
        answer: FenceAnswer,
        now: EventTime,
    ) -> Result<Option<Fence>, ()> {
        if answer == FenceAnswer::Pending {
            return Err(());
        }
        (self.pending, self.since) = (false, Some(now));
        match answer {
            FenceAnswer::Durable(fence) => Ok(Some(fence)),
            _ => Ok(None),
        }
    }
}
