//! What accounts are fed with: records when they were received, and those of venues with a clock of
//! their own when they happened there, too.

use super::{Shared, clocked::Clocked, parcel::Parcel, stash::Stash};

/// Records that have come but may not be stepped yet.
pub(super) enum Feed {
    /// They come when they were received.
    Received(Stash),
    /// Those of some venues come when they happened there, too.
    Clocked(Clocked),
}

impl Feed {
    pub fn new(shared: &Shared) -> Feed {
        Clocked::new(&shared.plan).map_or_else(|| Feed::Received(Stash::new()), Feed::Clocked)
    }

    pub fn push(&mut self, parcel: Parcel) {
        match self {
            Feed::Received(stash) => stash.push(parcel),
            Feed::Clocked(clocked) => clocked.push(parcel),
        }
    }

    pub fn end(&self) -> i64 {
        match self {
            Feed::Received(stash) => stash.end(),
            Feed::Clocked(clocked) => clocked.end(),
        }
    }
}
