//! Who sends what: market orders that walk the book, limit orders, cancels, and makers who move
//! their quotes. All look at the book and, some better than others, at the value behind it.

use super::book::{Ladder, Level, MAX_LEVELS, MIN_LEVELS};
use super::facts::Profile;
use super::fair::Fair;
use super::rng::Rng;
use schemas::Side;

/// A usual half of the spread, as a fraction of the price.
const HALF_SPREAD: f64 = 0.5e-4;

/// What came, by how many others it brings about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    /// Takes what stands in the book.
    Market,
    /// Adds to the book.
    Limit,
    /// Takes back.
    Cancel,
    /// Takes back here and adds there.
    Requote,
}

impl Event {
    /// Events that follow from one of this kind, on average.
    pub(super) fn children(self) -> f64 {
        match self {
            Event::Market => 0.95,
            Event::Limit => 0.55,
            Event::Cancel => 0.5,
            Event::Requote => 0.6,
        }
    }
}

/// The book and those who trade in it.
#[derive(Debug, Clone)]
pub(super) struct Flow {
    rng: Rng,
    grid: f64,
    order: f64,
    pub(super) bids: Ladder,
    pub(super) asks: Ladder,
    /// The last aggressor: large orders come in pieces.
    last: Side,
    /// Executions of the last event, in the order in which they happened.
    pub(super) trades: Vec<(Side, Level)>,
    /// Levels that the last event touched; some of them more than once.
    pub(super) touched: Vec<(Side, i64)>,
}

impl Flow {
    /// With a full book around a value in ticks.
    pub(super) fn new(rng: Rng, profile: &Profile, value: f64) -> Flow {
        let mut flow = Flow {
            rng,
            grid: profile.grid,
            order: profile.order,
            bids: Ladder::new(Side::Buy),
            asks: Ladder::new(Side::Sell),
            last: Side::Buy,
            trades: Vec::new(),
            touched: Vec::new(),
        };
        let half = (value * HALF_SPREAD).max(0.5);
        for depth in 0..14 {
            let away = half + f64::from(depth) * flow.grid;
            for side in [Side::Buy, Side::Sell] {
                let price = flow.price(side, value, away);
                let lots = flow.lots(0.5 + 0.2 * f64::from(depth));
                flow.ladder(side).add(price, lots);
            }
        }
        flow.touched.clear();
        flow
    }

    /// Lets something happen.
    pub(super) fn step(&mut self, fair: &mut Fair) -> Event {
        self.trades.clear();
        self.touched.clear();
        let half = (fair.value() * HALF_SPREAD * fair.mood()).max(0.3);
        let (bid, ask) = (self.bids.best().price as f64, self.asks.best().price as f64);
        // How far the value has moved away from the middle, in half spreads.
        let gap = ((fair.value() - 0.5 * (bid + ask)) / half).clamp(-4.0, 4.0);
        let market = 0.13 + 0.03 * gap.abs();
        let wide = if ask - bid > 3.0 * half + 1.0 { 0.15 } else { 0.0 };
        let draw = self.rng.unit();
        if draw < market {
            self.market(gap, half, fair)
        } else if draw < market + 0.25 - wide {
            self.cancel(gap);
            Event::Cancel
        } else if draw < market + 0.47 - wide {
            self.requote(gap, half, fair.value());
            Event::Requote
        } else {
            let side = self.thinner(gap);
            self.limit(side, half, fair.value());
            Event::Limit
        }
    }

    fn ladder(&mut self, side: Side) -> &mut Ladder {
        match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        }
    }

    /// Takes levels up to a size, and no further beyond the value than seems sensible. A side that
    /// is too thin is spared; it gets an order instead.
    fn market(&mut self, gap: f64, half: f64, fair: &mut Fair) -> Event {
        let again = 0.12 * self.last.sign() as f64;
        let buys = self.rng.chance((0.5 + 0.17 * gap + again).clamp(0.04, 0.96));
        let side = if buys { Side::Buy } else { Side::Sell };
        let value = fair.value();
        if self.ladder(side.opposite()).levels().len() <= MIN_LEVELS {
            self.limit(side.opposite(), half, value);
            return Event::Limit;
        }
        // Sizes of trades have a heavy tail: this one's exponent is 2.
        let size = 0.5 * self.order / self.rng.unit().sqrt();
        let mut left = (size.min(80.0 * self.order) as i64).max(1);
        let sign = side.sign();
        let limit = value + sign as f64 * (4.0 * half + 2.0);
        let mut trades = std::mem::take(&mut self.trades);
        let other = self.ladder(side.opposite());
        let first = other.best().price;
        let mut worst = first;
        while left > 0 && other.levels().len() > MIN_LEVELS {
            let best = other.best();
            if !trades.is_empty() && (best.price as f64 - limit) * sign as f64 > 0.0 {
                break;
            }
            let lots = left.min(best.lots);
            trades.push((side, Level { price: best.price, lots }));
            other.take(other.levels().len() - 1, lots);
            (left, worst) = (left - lots, best.price);
        }
        let touched = trades.iter().map(|(_, level)| (side.opposite(), level.price));
        self.touched.extend(touched);
        let moved = (worst - first).abs() as f64;
        self.trades = trades;
        self.last = side;
        fair.reveal(side, 0.03 * self.grid + 0.05 * moved.min(4.0 * half));
        Event::Market
    }

    /// Adds an order on a side.
    fn limit(&mut self, side: Side, half: f64, value: f64) {
        let depth = (self.rng.unit() * self.rng.unit() * 15.0).floor();
        let away = half * self.rng.between(0.3, 1.3) + depth * self.grid;
        let price = self.price(side, value, away);
        let size = self.rng.between(0.3, 1.5) + 0.2 * depth;
        let lots = self.lots(size);
        let ladder = self.ladder(side);
        let price = if ladder.add(price, lots) {
            price
        } else {
            // Too far away to be of interest: it joins those who are first.
            let best = ladder.best().price;
            ladder.add(best, lots);
            best
        };
        self.touched.push((side, price));
        let ladder = self.ladder(side);
        if ladder.levels().len() > MAX_LEVELS {
            let worst = ladder.levels()[0];
            ladder.take(0, worst.lots);
            self.touched.push((side, worst.price));
        }
    }

    /// Takes back what the value has left behind, or anything.
    fn cancel(&mut self, gap: f64) {
        let side = self.stale(gap);
        let eager = gap.abs() > 0.8 && self.rng.chance(0.7);
        let whole = eager || self.rng.chance(0.55);
        let part = self.rng.between(0.2, 0.9);
        let count = self.ladder(side).levels().len();
        let place = if eager { count - 1 } else { self.rng.below(count) };
        let level = self.ladder(side).levels()[place];
        let lots = if whole && count > MIN_LEVELS {
            level.lots
        } else {
            // A level on a thin side keeps something.
            ((level.lots as f64 * part) as i64).clamp(1, (level.lots - 1).max(1))
        };
        if lots == level.lots && count <= MIN_LEVELS {
            let more = self.lots(1.0);
            self.ladder(side).add(level.price, more);
        } else {
            self.ladder(side).take(place, lots);
        }
        self.touched.push((side, level.price));
    }

    /// A maker follows the value: away with one quote, in with one or two.
    fn requote(&mut self, gap: f64, half: f64, value: f64) {
        self.cancel(gap);
        let side = self.touched[0].0;
        self.limit(side, half, value);
        if gap.abs() > 1.0 || self.rng.chance(0.3) {
            self.limit(side.opposite(), half, value);
        }
    }

    /// The side whose quotes are too generous for a gap.
    fn stale(&mut self, gap: f64) -> Side {
        let asks = self.rng.chance((0.5 + 0.25 * gap).clamp(0.05, 0.95));
        if asks { Side::Sell } else { Side::Buy }
    }

    /// The side that needs orders.
    fn thinner(&mut self, gap: f64) -> Side {
        let more = self.asks.levels().len() as f64 - self.bids.levels().len() as f64;
        let bids = self.rng.chance((0.5 + 0.08 * more + 0.05 * gap).clamp(0.05, 0.95));
        if bids { Side::Buy } else { Side::Sell }
    }

    /// A price so far from the value that does not cross the book; round ones are popular.
    fn price(&mut self, side: Side, value: f64, away: f64) -> i64 {
        let sign = side.sign();
        let target = value - sign as f64 * away;
        let step = if self.rng.chance(0.7) { self.grid } else { 1.0 };
        let steps = target / step;
        let price = (if sign > 0 { steps.floor() } else { steps.ceil() } * step) as i64;
        let other = match side {
            Side::Buy => self.asks.levels().last(),
            Side::Sell => self.bids.levels().last(),
        };
        let price = match (other, side) {
            (Some(other), Side::Buy) => price.min(other.price - 1),
            (Some(other), Side::Sell) => price.max(other.price + 1),
            (None, _) => price,
        };
        price.max(1)
    }

    fn lots(&mut self, size: f64) -> i64 {
        let lots = (self.order * size * self.rng.between(0.4, 1.6)) as i64;
        // People like round numbers.
        let round = if lots > 100 { lots - lots % 10 } else { lots };
        round.max(1)
    }
}
