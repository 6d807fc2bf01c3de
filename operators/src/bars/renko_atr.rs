//! Renko bricks of a height that follows the market.

use super::BarOn;
use crate::indicators::{Period, parameters};
use serde::{Deserialize, Serialize};

parameters! {
    /// Renko bricks as high as prices range: each takes its height, Wilder's average true range,
    /// when the one before it is complete, and keeps it. The first begins with the event that makes
    /// the average; a turn takes two steps. One event that moves the price by more than 1,000 of
    /// them begins anew from its price, and with the height of then.
    pub struct RenkoAtrBar {
        /// Events of the average: bars or candles, where it is built from these.
        pub period: Period<1> = "14",
        /// What it is built from.
        pub on: BarOn = "trades",
    }
}

/// Wilder's average of true ranges, in units of a price.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct TrueRange {
    /// The last price, once there was one.
    close: Option<i64>,
    /// True ranges so far, up to as many as make the first average.
    seen: u32,
    /// Their sum until then, then the average.
    level: f64,
}

impl TrueRange {
    /// Takes the open, high, low and close of an event.
    pub(super) fn push(&mut self, [_, high, low, close]: [i64; 4], rows: u32) {
        let Some(last) = self.close.replace(close) else { return };
        let range = high.max(last).saturating_sub(low.min(last)) as f64;
        if self.seen < rows {
            self.seen += 1;
            self.level += range;
            if self.seen == rows {
                self.level /= f64::from(rows);
            }
        } else {
            self.level += (range - self.level) / f64::from(rows);
        }
    }

    /// The average, once there is one, as the height of a brick: at least one unit.
    pub(super) fn height(&self, rows: u32) -> Option<i64> {
        (self.seen >= rows).then(|| (self.level.round() as i64).max(1))
    }
}

#[cfg(test)]
mod tests {
    use crate::bars::{BarEvent, Builder, Rule};
    use schemas::{EventTime, OrderKey};

    /// Open, close and the event that completed each brick.
    fn bricks(events: &[[i64; 4]], rows: u32) -> Vec<(i64, i64, usize)> {
        let mut builder = Builder::new(Rule::RenkoAtr(rows));
        let mut found = Vec::new();
        for (place, prices) in events.iter().enumerate() {
            let at = EventTime(place as i64);
            let mut event = BarEvent::of_quote(at, 0, false);
            event.prices = *prices;
            builder.add(OrderKey::source(at, 0, 0, place as u64, 0), &event);
            while builder.complete {
                let [open, .., close] = builder.finish().event().prices;
                found.push((open, close, place));
            }
        }
        found
    }

    #[test]
    fn by_hand() {
        // Ranges 4 and 8: a height of 6 from 108 on. 121 makes two bricks, up to 120, and its own
        // range of 13 a height of 10, (6 + 13) / 2 rounded; 99 is two steps below, and its range of
        // 22 makes it 16, (9.5 + 22) / 2, which 85 does not fill.
        let events = [
            [100, 100, 100, 100],
            [100, 104, 100, 104],
            [104, 110, 102, 108],
            [108, 121, 108, 121],
            [121, 121, 99, 99],
            [99, 99, 84, 85],
            [85, 85, 84, 84],
        ];
        let expected = [(108, 114, 3), (114, 120, 3), (110, 100, 4), (100, 84, 6)];
        assert_eq!(bricks(&events, 2), expected);
    }

    #[test]
    fn a_height_that_is_far_too_small_is_given_up() {
        let events = [[7; 4], [7; 4], [5_007; 4], [5_008; 4], [12_000; 4]];
        // Both jumps are beginnings; between them a range of 1 makes a brick of 1.
        assert_eq!(bricks(&events, 1), [(5_007, 5_008, 3)]);
    }

    #[test]
    fn a_range_of_nothing_makes_bricks_of_one_unit() {
        let still = [[7; 4]; 5];
        assert_eq!(bricks(&still, 3), []);
        let then = [&still[..], &[[9; 4]]].concat();
        assert_eq!(bricks(&then, 3), [(7, 8, 5), (8, 9, 5)]);
    }
}
