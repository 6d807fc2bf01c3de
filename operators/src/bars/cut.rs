//! When a bar is complete.
//!
//! Up and down, in bars of imbalance and of runs, is the aggressor's side where the record says it;
//! else the direction of the last change of price (the tick rule). Imbalance and run bars follow
//! M. Lopez de Prado, Advances in Financial Machine Learning, 2018, 2.3.2, with means of sizes
//! instead of signed ones, so that bars up and down do not cancel, and with bounds on the usual
//! length, so that bars neither vanish nor grow without end.

use super::{BarEvent, BarKind, BarState, BrickStart, Empty, Feed, Measure, renko_atr::TrueRange};
use crate::features::Amount;
use schemas::{Instrument, Span, records::Clock};
use serde::{Deserialize, Serialize};

/// Bricks that one record may close; beyond, its price is a new beginning.
const BRICKS_MAX: i64 = 1_000;

/// What cuts a bar, in the integers of an instrument.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rule {
    /// Time.
    Time {
        /// Length.
        every: Span,
        /// By the exchange's clock?
        exchange: bool,
        /// Is there a bar where nothing came?
        carry: bool,
    },
    /// So many events.
    Count(u64),
    /// So much volume.
    Volume(i128),
    /// So much price times quantity.
    Notional(i128),
    /// More on one side than usual.
    Uneven {
        /// What is weighed.
        of: Measure,
        /// The larger side rather than the difference?
        run: bool,
        /// Events of the first bar.
        expected: f64,
        /// Weight of the newest bar in the means.
        share: f64,
    },
    /// So much from low to high.
    Range(i64),
    /// Bricks.
    Renko {
        /// Height.
        brick: i64,
        /// Where the first one begins.
        start: BrickStart,
    },
    /// Bricks as high as the average true range of so many events.
    RenkoAtr(u32),
}

impl Rule {
    /// The rule of a kind of bar that is built from this in the end.
    pub fn new(kind: &BarKind, instrument: &Instrument, feed: Feed) -> Rule {
        let places = instrument.price_scale + instrument.quantity_scale;
        let price = |amount: Amount| {
            let times = if feed == Feed::Quotes { 2 } else { 1 };
            let raw = amount.at(instrument.price_scale).saturating_mul(times);
            i64::try_from(raw).unwrap_or(i64::MAX)
        };
        let uneven = |of, expected: usize, bars: usize, run| Rule::Uneven {
            of,
            run,
            expected: expected as f64,
            share: 2.0 / (bars as f64 + 1.0),
        };
        match kind {
            BarKind::Time(time) => Rule::Time {
                every: time.every,
                exchange: time.clock == Clock::Exchange,
                carry: time.empty == Empty::Carry,
            },
            BarKind::Tick(bar) => Rule::Count(bar.count.get() as u64),
            BarKind::Volume(bar) => Rule::Volume(bar.quantity.at(instrument.quantity_scale)),
            BarKind::Dollar(bar) => {
                let multiplier = i128::from(instrument.multiplier).max(1);
                let notional = bar.notional.at(places);
                Rule::Notional(notional / multiplier + i128::from(notional % multiplier != 0))
            }
            BarKind::Imbalance(bar) => uneven(bar.of, bar.expected.get(), bar.bars.get(), false),
            BarKind::Run(bar) => uneven(bar.of, bar.expected.get(), bar.bars.get(), true),
            BarKind::Range(bar) => Rule::Range(price(bar.range)),
            BarKind::Renko(bar) => Rule::Renko { brick: price(bar.brick), start: bar.start },
            BarKind::RenkoAtr(bar) => Rule::RenkoAtr(bar.period.get() as u32),
        }
    }
}

/// What a rule remembers from one event or bar to the next.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Cut {
    /// The last price, and the direction of its last change.
    last: Option<i64>,
    side: i8,
    /// What was up and what was down in the bar under construction.
    up: i128,
    down: i128,
    /// Means over the bars before: events, and size for each; nothing before the first bar.
    usual: Option<(f64, f64)>,
    /// Close of the last brick and its direction.
    brick: Option<(i64, i8)>,
    /// Bricks to come, down if negative.
    bricks: i64,
    /// What their height follows, if it does, and the height of the brick under construction.
    range: TrueRange,
    height: Option<i64>,
}

impl Cut {
    /// Takes an event that was just added to a bar: is the bar complete?
    #[inline]
    pub(super) fn take(&mut self, rule: &Rule, event: &BarEvent, bar: &BarState) -> bool {
        match rule {
            Rule::Time { .. } => false,
            Rule::Count(count) => bar.events >= *count,
            Rule::Volume(volume) => i128::from(bar.volume) >= *volume,
            Rule::Notional(notional) => bar.notional >= *notional,
            Rule::Range(range) => bar.high.saturating_sub(bar.low) >= *range,
            Rule::Uneven { of, run, expected, share } => {
                self.weigh(*of, event);
                let size = match run {
                    true => self.up.max(self.down),
                    false => (self.up - self.down).abs(),
                } as f64;
                let events = bar.events as f64;
                let complete = match self.usual {
                    None => events >= *expected,
                    Some((length, each)) => size >= length * each,
                };
                if complete {
                    let (length, each) = self.usual.unwrap_or((*expected, size / events));
                    let length = length + share * (events - length);
                    let length = length.clamp(expected / 8.0, expected * 8.0);
                    self.usual = Some((length, each + share * (size / events - each)));
                    (self.up, self.down) = (0, 0);
                }
                complete
            }
            Rule::Renko { brick, start } => {
                self.step(*brick, *start, event.prices[3]);
                self.bricks != 0
            }
            Rule::RenkoAtr(rows) => {
                self.range.push(event.prices, *rows);
                self.height = self.height.or(self.range.height(*rows));
                if let Some(height) = self.height {
                    self.step(height, BrickStart::First, event.prices[3]);
                }
                self.bricks != 0
            }
        }
    }

    fn weigh(&mut self, of: Measure, event: &BarEvent) {
        let price = event.prices[3];
        let before = self.last.replace(price).unwrap_or(price);
        if event.side != 0 {
            self.side = event.side;
        } else if price != before {
            self.side = if price > before { 1 } else { -1 };
        }
        let size = match of {
            Measure::Count => 1,
            Measure::Volume => event.volume.into(),
            Measure::Notional => event.notional,
        };
        match self.side {
            1 => self.up = self.up.saturating_add(size),
            -1 => self.down = self.down.saturating_add(size),
            _ => {}
        }
    }

    /// Counts the bricks that a price completes.
    fn step(&mut self, brick: i64, start: BrickStart, price: i64) {
        let anew = match start {
            BrickStart::First => price,
            BrickStart::Multiple => nearest(price, brick),
        };
        let (base, direction) = *self.brick.get_or_insert((anew, 0));
        let moved = price.saturating_sub(base);
        let bricks = moved / brick;
        // The first brick against the last one begins at its open.
        let turns = direction != 0 && bricks.signum() == -i64::from(direction);
        let bricks = if turns { bricks + i64::from(direction) } else { bricks };
        if bricks.abs() > BRICKS_MAX {
            (self.brick, self.height) = (Some((anew, 0)), None);
        } else {
            self.bricks = bricks;
        }
    }

    /// Gives a complete bar the prices of its brick, if it is one; are there more to come?
    pub(super) fn finish(&mut self, rule: &Rule, bar: &mut BarState) -> bool {
        let brick = match rule {
            Rule::Renko { brick, .. } => Some(*brick),
            Rule::RenkoAtr(_) => self.height,
            _ => None,
        };
        let Some((brick, (base, direction))) = brick.zip(self.brick) else { return false };
        let step = self.bricks.signum();
        let turns = direction != 0 && step == -i64::from(direction);
        bar.open = if turns { base + step * brick } else { base };
        bar.close = bar.open + step * brick;
        (bar.high, bar.low) = (bar.open.max(bar.close), bar.open.min(bar.close));
        self.brick = Some((bar.close, step as i8));
        self.bricks -= step;
        if let (Rule::RenkoAtr(rows), 0) = (rule, self.bricks) {
            self.height = self.range.height(*rows);
        }
        self.bricks != 0
    }
}

/// The multiple of `unit` that is nearest to a price, of two the one further from 0.
fn nearest(price: i64, unit: i64) -> i64 {
    let rest = price % unit;
    let whole = price - rest;
    if rest.abs() >= unit - rest.abs() { whole.saturating_add(rest.signum() * unit) } else { whole }
}
