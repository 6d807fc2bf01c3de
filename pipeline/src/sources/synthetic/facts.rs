//! What instruments there are, and what is typical of each.

use super::Synthetic;
use super::rng::Rng;
use schemas::decimal::power_of_ten;
use schemas::instrument::Kind;
use schemas::{Instrument, InstrumentId};

/// Decimal places of every price and quantity.
const SCALE: u8 = 8;

/// Price, tick, lot and order of a kind of instrument, in units of 10^-4.
const KINDS: [[i64; 4]; 8] = [
    [600_000_000, 1_000, 10, 200],
    [30_000_000, 100, 10, 4_000],
    [1_500_000, 100, 100, 60_000],
    [5_000, 1, 10_000, 20_000_000],
    [250_000, 10, 1_000, 400_000],
    [70_000, 10, 1_000, 1_500_000],
    [4_000_000, 100, 10, 20_000],
    [12_000, 1, 10_000, 8_000_000],
];

/// What is typical of an instrument.
#[derive(Debug, Clone)]
pub(super) struct Profile {
    /// Tick at the instrument's scale.
    pub(super) tick: i64,
    /// Lot at the instrument's scale.
    pub(super) lot: i64,
    /// Price at the start, in ticks.
    pub(super) price: f64,
    /// Ticks between popular prices.
    pub(super) grid: f64,
    /// A usual order, in lots.
    pub(super) order: f64,
    /// Share of the market's moves.
    pub(super) beta: f64,
    /// How busy it is; 1 is usual.
    pub(super) busy: f64,
}

impl Profile {
    pub(super) fn new(seed: u64, number: u32) -> Profile {
        let [price, tick, lot, order] = KINDS[number as usize % KINDS.len()];
        let mut rng = Rng::new(seed, "profile", number.into());
        let unit = power_of_ten(SCALE - 4);
        // Within a quarter, so that the levels of the kinds stay apart.
        let ticks = price as f64 / tick as f64 * rng.between(0.8, 1.25);
        Profile {
            tick: tick * unit,
            lot: lot * unit,
            price: ticks,
            grid: (ticks * 0.4e-4).round().max(1.0),
            order: (order / lot) as f64,
            beta: rng.between(0.6, 1.4),
            busy: rng.between(0.8, 1.2),
        }
    }
}

/// The facts of an instrument; numbers have as many digits as the last one needs, so that
/// symbols sort as they are numbered.
pub(super) fn instrument(market: &Synthetic, number: u32) -> Instrument {
    let [_, tick, lot, _] = KINDS[number as usize % KINDS.len()];
    let unit = power_of_ten(SCALE - 4);
    let symbol = symbol(market, number);
    Instrument {
        id: InstrumentId::new(&market.venue, &symbol),
        base: symbol.into(),
        quote: "USDT".into(),
        settle: "USDT".into(),
        kind: Kind::Perpetual,
        price_scale: SCALE,
        quantity_scale: SCALE,
        tick: tick * unit,
        lot: lot * unit,
        multiplier: 1,
        inverse: false,
    }
}

/// The symbol of an instrument.
pub(super) fn symbol(market: &Synthetic, number: u32) -> String {
    let digits = market.instruments.to_string().len().max(4);
    format!("SYN{:0digits$}", u64::from(number) + 1)
}
