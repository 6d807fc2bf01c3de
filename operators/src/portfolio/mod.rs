//! Positions and cash, exact: cash is the sum of the ledger, equity is cash and what is open.

mod moments;
mod performance;

pub use performance::{BarStatistics, Performance};

use schemas::{Instrument, Money, Price};
use serde::{Deserialize, Serialize};

/// A position in one instrument. Its cost is exact; the average price is for display.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Holding {
    /// Signed quantity at the instrument's scale.
    pub quantity: i64,
    /// What the open quantity was acquired for, signed like it.
    pub cost: Money,
    /// Realised since the start, fees not included.
    pub realised: Money,
    /// Fees since the start.
    pub fees: Money,
}

impl Holding {
    /// Adds an execution of `signed` quantity; gives what it realises.
    ///
    /// What is closed takes its share of the cost (average cost), rounded once, half to even; the
    /// rest of the cost stays, so nothing is lost to rounding: realised + unrealised is always
    /// the value at the mark less everything ever paid.
    pub fn execute(&mut self, instrument: &Instrument, price: Price, signed: i64) -> Money {
        let opens = self.quantity.signum() * signed.signum() >= 0;
        if opens {
            self.cost += instrument.value(price, signed);
            self.quantity += signed;
            return Money::ZERO;
        }
        let closed = signed.abs().min(self.quantity.abs()) * signed.signum();
        let share = self.cost.share((-closed).into(), self.quantity.into());
        // The whole execution is valued once and what opens anew takes the rest, so that the
        // parts add up to the whole.
        let whole = instrument.value(price, signed);
        let opened = signed - closed;
        let opened_value = instrument.value(price, opened);
        let realised = opened_value - whole - share;
        self.cost = self.cost - share + opened_value;
        self.quantity += signed;
        self.realised += realised;
        realised
    }

    /// Worth at the mark less cost.
    pub fn unrealised(&self, instrument: &Instrument, mark: Price) -> Money {
        instrument.value(mark, self.quantity) - self.cost
    }

    /// Average price of what is open, for display; NaN when flat.
    pub fn average_price(&self, instrument: &Instrument) -> f64 {
        if self.quantity == 0 {
            return f64::NAN;
        }
        instrument.average_price(self.cost, self.quantity)
    }
}

/// One currency of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Purse {
    /// Sum of the ledger.
    pub cash: Money,
    /// Realised since the start, fees not included.
    pub realised: Money,
    /// Fees since the start.
    pub fees: Money,
    /// Funding since the start: received less paid.
    pub funding: Money,
    /// Highest equity so far.
    pub peak: Money,
}

impl Purse {
    /// Loss from the highest equity as a fraction of it; also remembers a new highest.
    pub fn drawdown(&mut self, equity: Money) -> f64 {
        self.peak = self.peak.max(equity);
        if self.peak <= Money::ZERO {
            return 0.0;
        }
        (self.peak - equity).0 as f64 / self.peak.0 as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use schemas::{InstrumentId, instrument::Kind};

    fn instrument(inverse: bool) -> Instrument {
        Instrument {
            id: InstrumentId::new("test", "AB"),
            base: "A".into(),
            quote: "B".into(),
            settle: "B".into(),
            kind: Kind::Perpetual,
            price_scale: 2,
            quantity_scale: 3,
            tick: 1,
            lot: 1,
            multiplier: 1,
            inverse,
        }
    }

    #[test]
    fn a_round_trip_realises_the_difference() {
        let (instrument, mut holding) = (instrument(false), Holding::default());
        assert_eq!(holding.execute(&instrument, Price::new(10_000, 2), 2_000), Money::ZERO);
        assert_eq!(holding.average_price(&instrument), 100.0);
        // Sell 3 at 110: closes 2 with a profit of 20, opens a short of 1.
        let realised = holding.execute(&instrument, Price::new(11_000, 2), -3_000);
        assert_eq!(realised, Money::parse("20").unwrap());
        assert_eq!(holding.quantity, -1_000);
        assert_eq!(holding.average_price(&instrument), 110.0);
        let mark = Price::new(10_500, 2);
        assert_eq!(holding.unrealised(&instrument, mark), Money::parse("5").unwrap());
    }

    proptest! {
        /// Realised and unrealised together are the value at the mark less all that was paid.
        #[test]
        fn nothing_is_lost_to_rounding(
            trades in prop::collection::vec((1i64..1_000_000, -5_000i64..5_000), 1..60),
            mark in 1i64..1_000_000,
            inverse: bool,
        ) {
            let instrument = instrument(inverse);
            let mut holding = Holding::default();
            let (mut paid, mut realised) = (Money::ZERO, Money::ZERO);
            for (price, signed) in trades {
                let price = Price::new(price, 2);
                paid += instrument.value(price, signed);
                realised += holding.execute(&instrument, price, signed);
            }
            let mark = Price::new(mark, 2);
            prop_assert_eq!(holding.realised, realised);
            prop_assert_eq!(
                realised + holding.unrealised(&instrument, mark),
                instrument.value(mark, holding.quantity) - paid
            );
        }
    }
}
