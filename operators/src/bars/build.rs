//! A bar that is built, closed and built again.

use super::{BarEvent, BarState, Cut, Rule};
use schemas::{EventTime, OrderKey};

/// Empty bars that one record may close by the exchange's clock: more than a weekend of seconds.
const EMPTY_MAX: i64 = 200_000;

/// A bar under construction with what cuts it.
#[derive(Debug, Clone)]
pub struct Builder {
    /// The bar.
    pub state: BarState,
    /// What its rule remembers.
    pub cut: Cut,
    /// Did an event complete it, so that it is to be closed now?
    pub complete: bool,
    rule: Rule,
}

impl Builder {
    /// A bar that has seen nothing.
    pub fn new(rule: Rule) -> Builder {
        Builder { state: BarState::default(), cut: Cut::default(), complete: false, rule }
    }

    /// Adds an event of the record with this key.
    #[inline(always)]
    pub fn add(&mut self, key: OrderKey, event: &BarEvent) {
        if let Rule::Time { every, .. } = self.rule {
            return self.state.add_within(every, key, event);
        }
        self.state.add(key, event);
        self.complete = self.cut.take(&self.rule, event, &self.state);
    }

    /// Is it cut by time alone?
    pub fn only_time_cuts(&self) -> bool {
        matches!(self.rule, Rule::Time { .. })
    }

    /// Is there something in it already, so that an event of its span does nothing but add?
    pub fn grows(&self) -> bool {
        self.state.events > 0
    }

    /// Adds events of trades, or of best bids and offers, that lie in its span, as one: the same
    /// as one after the other. `key` is that of the last.
    pub fn grow(&mut self, key: OrderKey, events: &BarEvent) {
        self.state.merge(key, events, events.trades);
    }

    /// Does a clock cut it, and is it over by now?
    pub fn is_over(&self, now: EventTime) -> bool {
        matches!(self.rule, Rule::Time { .. }) && self.state.is_open() && self.state.close_ts <= now
    }

    /// Does this lie in one span of the clock that cuts it, if one does?
    pub fn fits(&self, from: EventTime, to: EventTime) -> bool {
        match self.rule {
            Rule::Time { every, .. } => to <= from.floor(every).plus(every),
            _ => true,
        }
    }

    /// Gives up a bar that nothing came to, where the exchange's clock has gone on by more spans
    /// than anyone wants empty bars of: a date may be wrong by years.
    pub fn end_carrying(&mut self, now: EventTime) {
        let Rule::Time { every, exchange: true, carry: true } = self.rule else { return };
        let ahead = now.0.saturating_sub(self.state.close_ts.0) / every.0;
        if self.state.is_open() && self.state.events == 0 && ahead > EMPTY_MAX {
            self.state = BarState::default();
        }
    }

    /// When the passing of time alone closes it.
    pub fn due(&self) -> Option<EventTime> {
        let timed = matches!(self.rule, Rule::Time { exchange: false, .. });
        (timed && self.state.is_open()).then_some(self.state.close_ts)
    }

    /// The finished bar; the next one begins. [`Builder::complete`] stays where an event completed
    /// several.
    pub fn finish(&mut self) -> BarState {
        let mut bar = std::mem::take(&mut self.state);
        self.complete = self.cut.finish(&self.rule, &mut bar);
        match self.rule {
            Rule::Time { every, carry: true, .. } => self.state = bar.carry(every),
            // The bricks that follow at once begin and end where this one ended.
            _ if self.complete => {
                self.state.cause = bar.cause;
                (self.state.open_ts, self.state.close_ts) = (bar.close_ts, bar.close_ts);
            }
            _ => {}
        }
        bar
    }
}
