//! An account as resolved.

use super::MarkoutSpec;
use crate::{
    execution::{ExecutionSpec, VenueClock},
    risk::RiskSpec,
    strategy::StrategySpec,
};
use schemas::{Instrument, Money, Text};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, sync::Arc};

/// A paper account, its strategies and their terms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AccountSpec {
    /// Name.
    pub name: Text,
    /// Its place among the plan's accounts, ascending by name: the state key of its rows.
    pub index: u32,
    /// Deposits by currency, ascending.
    pub cash: Vec<(Text, Money)>,
    /// Instruments that its strategies trade, ascending by index.
    pub instruments: Vec<AccountInstrument>,
    /// Its strategies, ascending by ordinal.
    pub strategies: Vec<StrategySpec>,
    /// Its limits.
    pub risk: RiskSpec,
    /// When the market is looked at after its fills.
    pub markouts: MarkoutSpec,
    /// Ordinals of what it emits.
    pub ordinals: AccountOrdinals,
}

impl AccountSpec {
    /// Venues of its instruments, ascending.
    pub(super) fn venues(&self) -> Vec<&str> {
        let all = self.instruments.iter().map(|i| i.instrument.id.venue());
        all.collect::<BTreeSet<&str>>().into_iter().collect()
    }

    /// The clock of an instrument's venue, if that matches by its own; `market` is its place in
    /// [`AccountSpec::instruments`].
    pub fn clock(&self, market: usize) -> Option<VenueClock> {
        self.instruments[market].execution.clock
    }

    /// Strategies with an exit that trade an instrument: their numbers, and its place among what
    /// they trade.
    pub(super) fn guards(&self, instrument: u32) -> Vec<(u16, u16)> {
        let place = |(number, strategy): (usize, &StrategySpec)| {
            let place = strategy.instruments.binary_search(&instrument).ok()?;
            strategy.exit.as_ref().map(|_| (number as u16, place as u16))
        };
        self.strategies.iter().enumerate().filter_map(place).collect()
    }
}

/// An instrument as an account trades it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AccountInstrument {
    /// Index in the plan's sorted list.
    pub index: u32,
    /// Facts.
    pub instrument: Arc<Instrument>,
    /// The venue's terms.
    pub execution: ExecutionSpec,
}

impl<'de> Deserialize<'de> for AccountInstrument {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Owned {
            index: u32,
            instrument: Instrument,
            execution: ExecutionSpec,
        }
        let Owned { index, instrument, execution } = Owned::deserialize(deserializer)?;
        Ok(AccountInstrument { index, instrument: Arc::new(instrument), execution })
    }
}

/// Ordinals of an account's rows, ascending in this order.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AccountOrdinals {
    /// Signals stand at their strategy's ordinal; orders here.
    pub orders: u16,
    /// Executions.
    pub fills: u16,
    /// Postings.
    pub ledger: u16,
    /// Positions.
    pub positions: u16,
    /// Account states.
    pub portfolio: u16,
    /// What the market did after executions.
    pub markouts: u16,
}
