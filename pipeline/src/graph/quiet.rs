//! Stretches of trades that can only move prices: no order is at work, nothing is due, and no exit
//! has anything to do.

use super::parcel::Rows;
use operators::account::AccountLoop;
use schemas::Chunk;
use std::ops::Range;

/// To look whether all accounts are quiet takes as long as so many rows.
pub(super) const QUIET_ROWS: usize = 16;

/// How many rows of `range`, all of them trades, lie before `until`: with no order at work and
/// nothing due, all they do is move prices.
pub(super) fn quiet_trades(chunk: &Chunk, rows: &Rows, range: &Range<usize>, until: i64) -> usize {
    let ts = |i: usize| chunk.ts[rows.get(i)];
    // Stretches are short: by strides, each twice the one before, the end of one is met with few
    // looks at rows that nobody has touched yet.
    let (mut from, mut stride) = (range.start, 1);
    while from + stride < range.end && ts(from + stride) < until {
        from += stride;
        stride *= 2;
    }
    let (mut low, mut high) = (from, range.end.min(from + stride));
    while low < high {
        let middle = (low + high) / 2;
        if ts(middle) < until { low = middle + 1 } else { high = middle }
    }
    low - range.start
}

/// The newest price of each instrument in a stretch of trades.
pub(super) struct Newest {
    /// By instrument; [`Newest::NONE`] between stretches.
    pub price: Vec<i64>,
    /// Those that have one.
    pub there: Vec<u32>,
}

impl Newest {
    /// No price: a trade at it is rejected.
    pub const NONE: i64 = i64::MIN;

    /// Looks at trades from the last one back, until every instrument has had one.
    pub fn look(&mut self, mut trades: impl Iterator<Item = (u32, i64)>) {
        while self.there.len() < self.price.len() {
            let Some((instrument, price)) = trades.next() else { return };
            let Some(newest) = self.price.get_mut(instrument as usize) else { continue };
            if *newest == Newest::NONE {
                *newest = price;
                self.there.push(instrument);
            }
        }
    }
}

/// Prices of each instrument between which no exit has anything to do, both excluded.
pub(super) struct Bands {
    of_instrument: Vec<(i64, i64)>,
    /// Those that an account with exits trades: instrument, account here, place in it.
    pub watched: Vec<(usize, usize, usize)>,
}

impl Bands {
    /// All prices.
    const CALM: (i64, i64) = (i64::MIN, i64::MAX);

    pub fn new(loops: &[AccountLoop], instruments: usize) -> Bands {
        let mut watched = Vec::new();
        for (account, of) in loops.iter().enumerate().filter(|(_, of)| of.has_exits()) {
            let places = of.spec().instruments.iter().enumerate();
            watched.extend(places.map(|(market, i)| (i.index as usize, account, market)));
        }
        Bands { of_instrument: vec![Bands::CALM; instruments], watched }
    }

    /// Asks the accounts; gives whether there is a price at which something happens.
    pub fn look(&mut self, loops: &[AccountLoop]) -> bool {
        for (instrument, ..) in &self.watched {
            self.of_instrument[*instrument] = Bands::CALM;
        }
        let mut any = false;
        for (instrument, account, market) in &self.watched {
            let (low, high) = loops[*account].band(*market);
            let band = &mut self.of_instrument[*instrument];
            *band = (band.0.max(low), band.1.min(high));
            any |= *band != Bands::CALM;
        }
        any
    }

    /// How many trades there are before one at which something happens.
    pub fn calm(&self, mut trades: impl Iterator<Item = (u32, i64)>, all: usize) -> usize {
        let leaves = |(instrument, price): (u32, i64)| {
            let band = self.of_instrument.get(instrument as usize);
            band.is_some_and(|(low, high)| price <= *low || price >= *high)
        };
        trades.position(leaves).unwrap_or(all)
    }
}
