//! News about an instrument: when it takes effect, and who is told.

use super::{
    engine::InstrumentEngine,
    spec::{Trigger, TriggerOn},
};
use crate::{
    features::{FeatureSpec, sentiment::Heard},
    outputs::Outputs,
};
use schemas::{EventTime, OrderKey, records::QualityKind};

impl InstrumentEngine {
    /// An article about the instrument. Before its embargo ends it changes nothing: it starts no
    /// timer, and is the cause of none, either. A copy of one that is known has no effect at all
    /// and is told as a matter of quality.
    pub(super) fn on_news(
        &mut self,
        key: OrderKey,
        headline: &str,
        url: Option<&str>,
        out: &mut Outputs,
        triggers: &mut Vec<Trigger>,
    ) {
        if !self.wants.news {
            return;
        }
        if self.next_due <= key.ts {
            self.advance(EventTime(key.ts.0.saturating_add(1)), out, triggers);
        }
        let (mut now, mut again) = (false, false);
        for (mood, node) in self.moods.iter_mut().zip(&self.spec.features) {
            if let FeatureSpec::Sentiment(parameters) = &node.spec {
                match mood.see(parameters, key, headline, url) {
                    Heard::Now => now = true,
                    Heard::Later => {}
                    Heard::Again => again = true,
                }
                self.next_due = self.next_due.min(mood.next_due());
            }
        }
        if again {
            self.tell(key, QualityKind::Duplicate, (key.ts, key.ts), 1, out);
        }
        if now {
            self.moment(key, TriggerOn::News, out, triggers);
        }
    }

    /// Lets an article take effect wherever it is due; was it?
    pub(super) fn release_news(&mut self, due: EventTime, cause: OrderKey) -> bool {
        let mut released = false;
        for (mood, node) in self.moods.iter_mut().zip(&self.spec.features) {
            if let FeatureSpec::Sentiment(parameters) = &node.spec {
                released |= mood.release(parameters, due, cause);
            }
        }
        released
    }
}
