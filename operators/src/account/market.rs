//! One instrument of an account: its market, and what the account has in it.

use super::{AccountInstrument, AccountSpec, exits, markouts::Toxicity};
use crate::{execution::PaperExchange, portfolio::Holding};
use schemas::{EventTime, Money, OrderKey, Price, Text, instrument::Rate};
use std::collections::BTreeMap;

/// One instrument of the account.
pub(super) struct Market {
    pub index: u32,
    pub exchange: PaperExchange,
    /// The market as it was received, where the venue matches by a clock of its own.
    pub seen: Option<Box<PaperExchange>>,
    /// Place of the way to its venue among [`super::AccountLoop::wires`].
    pub wire: usize,
    /// Place of what it settles in among [`super::AccountLoop::currencies`].
    pub currency: usize,
    pub holding: Holding,
    /// Open of the last candle, where candles fill orders.
    pub opened: Option<i64>,
    /// What the position was last valued at, and what came out.
    pub valued: Option<(Price, Money)>,
    /// Unrealised profit of the last row of `positions`.
    pub shown: Option<Money>,
    /// Funding rates that are known, by when they are due.
    pub funding: BTreeMap<EventTime, Rate>,
    /// Which of its fills were toxic.
    pub toxicity: Toxicity,
    /// Strategies with an exit that trade it: their numbers, and its place among what they trade.
    pub guards: Vec<(u16, u16)>,
    /// Prices between which no exit has anything to do: what their state amounts to.
    pub band: exits::Band,
}

impl Market {
    /// Before the first record; venues and currencies are those of the account, ascending.
    pub fn new(
        of: &AccountInstrument,
        spec: &AccountSpec,
        venues: &[&str],
        currencies: &[Text],
    ) -> Market {
        let market = || PaperExchange::new(of.instrument.clone(), of.execution.clone());
        let (venue, settles) = (of.instrument.id.venue(), &of.instrument.settle);
        Market {
            index: of.index,
            exchange: market(),
            seen: of.execution.clock.map(|_| Box::new(market())),
            wire: venues.binary_search(&venue).expect("it is one of them"),
            currency: currencies.binary_search(settles).expect("it is one of them"),
            holding: Holding::default(),
            opened: None,
            valued: None,
            shown: None,
            funding: BTreeMap::new(),
            toxicity: Toxicity::default(),
            guards: spec.guards(of.index),
            band: exits::CALM,
        }
    }

    /// What is known of the market: what decisions, risk and valuations go by.
    #[inline(always)]
    pub fn view(&self) -> &PaperExchange {
        self.seen.as_deref().unwrap_or(&self.exchange)
    }

    /// The turns of requests to its venue and of answers among all of a moment.
    pub fn turns(&self) -> [u8; 2] {
        match self.seen {
            Some(_) => [OrderKey::ARRIVED, OrderKey::ANSWERED],
            None => [OrderKey::DUE; 2],
        }
    }

    /// Is the price where no exit has anything to do?
    #[inline(always)]
    pub fn is_calm(&self) -> bool {
        let (low, high) = self.band;
        self.view().between(low, high)
    }

    /// Worth of the position at the mark less its cost.
    pub fn unrealised(&mut self) -> Money {
        let Some((mark, _)) = self.view().mark() else { return Money::ZERO };
        match self.valued {
            Some((at, value)) if at == mark => value,
            _ => {
                let value = self.holding.unrealised(self.exchange.instrument(), mark);
                self.valued = Some((mark, value));
                value
            }
        }
    }
}
