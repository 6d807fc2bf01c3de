//! One instrument of an account: its market, and what the account has in it.

use super::{AccountInstrument, AccountSpec, exits, markouts::Toxicity};
use crate::{
    execution::{MarketView, PaperExchange, SharedView},
    portfolio::Holding,
};
use schemas::{EventTime, Money, OrderKey, Price, Text, instrument::Rate};
use std::{cell::Ref, collections::BTreeMap};

/// One instrument of the account.
pub(super) struct Market {
    pub index: u32,
    pub exchange: PaperExchange,
    /// The market as it was received, where the venue matches by a clock of its own.
    pub seen: Option<SharedView>,
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
        (venues, currencies): (&[&str], &[Text]),
        views: &mut Views,
    ) -> Market {
        let (at_venue, seen) = views.of(of);
        let (venue, settles) = (of.instrument.id.venue(), &of.instrument.settle);
        Market {
            index: of.index,
            exchange: PaperExchange::new(at_venue, of.execution.clone()),
            seen,
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
    pub fn view(&self) -> Ref<'_, MarketView> {
        self.seen.as_ref().unwrap_or(self.exchange.view()).read()
    }

    /// The view that a record of this key goes into.
    #[inline(always)]
    pub fn view_of(&self, key: OrderKey) -> &SharedView {
        match &self.seen {
            Some(seen) if key.received != OrderKey::AT_VENUE => seen,
            _ => self.exchange.view(),
        }
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
        let mark = self.view().mark();
        let Some((mark, _)) = mark else { return Money::ZERO };
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

/// Views of the markets that the accounts of a worker trade, each shared by all of them.
///
/// Whoever steps accounts that share views lets what falls due before a record happen in all of
/// them ([`super::AccountLoop::come_to`]), then puts the record into the view, once, and then lets
/// all of them meet it.
#[derive(Default)]
pub struct Views {
    at_venue: BTreeMap<u32, SharedView>,
    received: BTreeMap<u32, SharedView>,
}

impl Views {
    /// Those of an instrument: where orders meet it, and how it is received where that is another.
    fn of(&mut self, of: &AccountInstrument) -> (SharedView, Option<SharedView>) {
        let by_candles = of.execution.fill.model.needs_candles();
        let new = || SharedView::new(of.instrument.clone(), by_candles);
        if by_candles {
            // Within a candle the price goes where the account's own orders are.
            return (new(), None);
        }
        let received = self.received.entry(of.index);
        if of.execution.clock.is_none() {
            return (received.or_insert_with(new).clone(), None);
        }
        // The clock is the venue's: it is that of all accounts here.
        let at_venue = self.at_venue.entry(of.index).or_insert_with(new).clone();
        let received = received.or_insert_with(|| SharedView::received_from(&at_venue)).clone();
        (at_venue, Some(received))
    }

    /// The market of an instrument as it is received, if an account has it.
    pub fn received(&self, instrument: u32) -> Option<&SharedView> {
        self.received.get(&instrument)
    }

    /// The same as it is at a venue with a clock of its own.
    pub fn at_venue(&self, instrument: u32) -> Option<&SharedView> {
        self.at_venue.get(&instrument)
    }
}
