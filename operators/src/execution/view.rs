//! The market of an instrument as it is somewhere: at its venue, or where it is received.
//!
//! What accounts see there is the same for all of them, so those of one worker share it: however
//! many there are, a record goes into one book.

use super::{
    Marks,
    display::{Display, Shown},
};
use crate::market::{MarketRow, Top};
use schemas::{Instrument, OrderKey, Price, Side, chunk::Deltas, records::MarkSource};
use serde::{Deserialize, Serialize};
use std::{
    cell::{Ref, RefCell},
    collections::VecDeque,
    ops::Range,
    rc::Rc,
    sync::Arc,
};

/// The displayed market and the last trade of one instrument.
pub struct MarketView {
    instrument: Arc<Instrument>,
    /// Is the price that of candles, and nothing displayed?
    by_candles: bool,
    pub(super) display: Display,
    last_price: Option<i64>,
    /// That of the venue, where this is where its records are received. No book is kept here: what
    /// the venue's showed after a message is what is known when that comes.
    venue: Option<SharedView>,
    /// What is to be known of the book, where there is such a view of this one.
    ahead: Option<Ahead>,
}

/// What a book showed after each message that is not received yet.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Ahead {
    messages: u64,
    shown: VecDeque<(Offset, Shown)>,
}

/// Where a message stands in its source.
type Offset = (u16, u32, u64, u32);

fn offset(key: OrderKey) -> Offset {
    (key.source_rank, key.source_partition, key.source_offset, key.seq)
}

/// What a checkpoint keeps of a [`MarketView`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ViewState {
    display: Display,
    last_price: Option<i64>,
    ahead: Option<Ahead>,
}

/// What a record has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Moved {
    /// What is displayed may have changed.
    pub depth: bool,
    /// The price that exits watch may have moved.
    pub price: bool,
}

impl MarketView {
    /// Before the first record.
    pub fn new(instrument: Arc<Instrument>, by_candles: bool) -> MarketView {
        let (display, last_price) = (Display::default(), None);
        MarketView { instrument, by_candles, display, last_price, venue: None, ahead: None }
    }

    /// The instrument.
    pub fn instrument(&self) -> &Arc<Instrument> {
        &self.instrument
    }

    /// A record of the market, under its key.
    #[inline]
    pub fn apply(&mut self, key: OrderKey, row: &MarketRow<'_>) -> Moved {
        match row {
            MarketRow::Trade(trade) => {
                self.last_price = Some(trade.price);
                return Moved { depth: false, price: true };
            }
            // Positions are valued at what fills orders.
            MarketRow::Quote(_) | MarketRow::Order(_) if self.by_candles => {
                return Moved::default();
            }
            MarketRow::Quote(top) => self.display.on_quote(*top),
            MarketRow::Delta(level) => {
                if self.by_candles || !self.change(key, |display| display.on_delta(level)) {
                    return Moved::default();
                }
            }
            MarketRow::Order(order) => {
                if !self.change(key, |display| display.on_order(order)) {
                    return Moved::default();
                }
            }
            // Candles say what was, not what can be had: but for models that need them.
            MarketRow::Candle(candle) => {
                if self.by_candles {
                    self.last_price = Some(candle.prices[3]);
                }
                return Moved::default();
            }
            MarketRow::Funding(_) | MarketRow::News { .. } => return Moved::default(),
        }
        Moved { depth: true, price: self.last_price.is_none() }
    }

    /// Levels of a message about the book, of which none but the last may end it, under the key of
    /// the first.
    ///
    /// # Panics
    /// When the columns have no such rows.
    pub fn apply_levels(&mut self, key: OrderKey, columns: &Deltas, slots: Range<usize>) -> Moved {
        let levels = |display: &mut Display| display.on_deltas(columns, slots);
        let moved = !self.by_candles && self.change(key, levels);
        Moved { depth: moved, price: moved && self.last_price.is_none() }
    }

    /// Rows about the book, and whether they end a message.
    #[inline]
    fn change(&mut self, key: OrderKey, apply: impl FnOnce(&mut Display) -> bool) -> bool {
        if let Some(SharedView(venue)) = &self.venue {
            let shown = venue.borrow_mut().ahead.as_mut().and_then(|ahead| {
                // The first one, where records come in the order in which they happened.
                let at = ahead.shown.iter().position(|(of, _)| *of == offset(key))?;
                ahead.shown.remove(at)
            });
            return shown.map(|(_, shown)| self.display.on_shown(shown)).is_some();
        }
        let ends = apply(&mut self.display);
        if ends && let Some(ahead) = &mut self.ahead {
            ahead.messages += 1;
            ahead.shown.push_back((offset(key), self.display.book_shown(ahead.messages)));
        }
        ends
    }

    /// The last trade was at this price.
    #[inline(always)]
    pub fn move_price(&mut self, price: i64) {
        self.last_price = Some(price);
    }

    /// What positions are valued at: the mid, or the last trade.
    pub fn mark(&self) -> Option<(Price, MarkSource)> {
        let scale = self.instrument.price_scale;
        // Asked for every position each second, and where only trades come there is no top.
        if self.display.is_blind() {
            return self.last_price.map(|raw| (Price::new(raw, scale), MarkSource::Last));
        }
        match self.display.top().mid_doubled() {
            // Half a step more is exact with one more decimal place.
            Some(doubled) => Some((Price::new(doubled * 5, scale + 1), MarkSource::Mid)),
            None => self.last_price.map(|raw| (Price::new(raw, scale), MarkSource::Last)),
        }
    }

    /// What fills are compared with later: the mid, or the last trade where nothing was ever
    /// displayed. None while a gap has made the book void that alone would tell it, while a side
    /// is absent, and while the best bid is not below the best ask.
    pub fn reference(&self) -> Option<(Price, MarkSource)> {
        if self.display.is_void() {
            return None;
        }
        if !self.display.is_blind() {
            let top = self.display.top();
            if !top.is_complete() || top.bid >= top.ask {
                return None;
            }
        }
        self.mark()
    }

    /// Mid and spread now.
    pub fn marks(&self) -> Marks {
        let top = self.display.top();
        match top.mid_doubled() {
            Some(doubled) => Marks {
                mid: self.instrument.price_f64(doubled) / 2.0,
                spread: self.instrument.price_f64(top.ask - top.bid),
            },
            None => Marks { mid: f64::NAN, spread: f64::NAN },
        }
    }

    /// Best bid and offer.
    pub fn top(&self) -> Top {
        self.display.top()
    }

    /// Was there no trade yet?
    pub(super) fn never_traded(&self) -> bool {
        self.last_price.is_none()
    }

    /// The price that tells whether a position that an order of this side would end is ended: the
    /// last trade's; until there was one what the order could have, the best of the other side.
    pub(crate) fn watched(&self, side: Side) -> Option<i64> {
        self.last_price.or_else(|| {
            let top = self.display.top();
            match side {
                Side::Sell => (top.bid_quantity > 0).then_some(top.bid),
                Side::Buy => (top.ask_quantity > 0).then_some(top.ask),
            }
        })
    }

    /// Do the prices that are watched lie between these two?
    #[inline(always)]
    pub(crate) fn between(&self, low: i64, high: i64) -> bool {
        let within = |price: i64| low < price && price < high;
        match self.last_price {
            Some(price) => within(price),
            None => [Side::Buy, Side::Sell]
                .into_iter()
                .filter_map(|side| self.watched(side))
                .all(within),
        }
    }
}

/// A view that the accounts of a worker share: the clones of one are one.
#[derive(Clone)]
pub struct SharedView(Rc<RefCell<MarketView>>);

impl SharedView {
    /// Before the first record.
    pub fn new(instrument: Arc<Instrument>, by_candles: bool) -> SharedView {
        SharedView(Rc::new(RefCell::new(MarketView::new(instrument, by_candles))))
    }

    /// Where the records of a venue are received, before the first one: each goes into the venue's
    /// view, which has no other such view, before it comes here.
    pub fn received_from(venue: &SharedView) -> SharedView {
        venue.0.borrow_mut().ahead = Some(Ahead::default());
        let mut view = MarketView::new(venue.read().instrument.clone(), false);
        view.venue = Some(venue.clone());
        SharedView(Rc::new(RefCell::new(view)))
    }

    /// To read it. Whoever keeps what this gives keeps records from coming.
    #[inline(always)]
    pub fn read(&self) -> Ref<'_, MarketView> {
        self.0.borrow()
    }

    /// [`MarketView::apply`].
    #[inline(always)]
    pub fn apply(&self, key: OrderKey, row: &MarketRow<'_>) -> Moved {
        self.0.borrow_mut().apply(key, row)
    }

    /// [`MarketView::apply_levels`].
    ///
    /// # Panics
    /// When the columns have no such rows.
    pub fn apply_levels(&self, key: OrderKey, columns: &Deltas, slots: Range<usize>) -> Moved {
        self.0.borrow_mut().apply_levels(key, columns, slots)
    }

    /// [`MarketView::move_price`].
    #[inline(always)]
    pub fn move_price(&self, price: i64) {
        self.0.borrow_mut().move_price(price);
    }

    /// Everything that its next step depends on.
    pub(crate) fn state(&self) -> ViewState {
        let view = self.read();
        let (display, ahead) = (view.display.clone(), view.ahead.clone());
        ViewState { display, last_price: view.last_price, ahead }
    }

    /// Takes over what another one was.
    pub(crate) fn set_state(&self, state: ViewState) {
        let mut view = self.0.borrow_mut();
        (view.display, view.last_price, view.ahead) =
            (state.display, state.last_price, state.ahead);
    }
}

/// Is it the same one?
impl PartialEq for SharedView {
    fn eq(&self, other: &SharedView) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}
