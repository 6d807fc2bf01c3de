//! What makes an instrument's data doubtful besides its book: silence, clocks that are apart,
//! records that came late or twice, prices far from their neighbours. Doubt is a row of `quality`
//! where it begins, and taints what is made while it lasts.

use super::{
    engine::{InstrumentEngine, count},
    row::MarketRow,
    streak::Streak,
};
use crate::{
    indicators::{Period, Portion},
    outputs::Outputs,
};
use schemas::{
    Chunk, Digest, EventTime, OrderKey, Span,
    chunk::RowKind,
    records::{Quality, QualityKind},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, VecDeque};

/// What to doubt; nothing that is left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct DoubtSpec {
    /// An instrument without a record for so long.
    pub stale: Option<Span>,
    /// A record whose times of the venue and of receipt are further apart.
    pub skew: Option<Span>,
    /// A trade further than this share of the price from the last one, unless the one before it
    /// was there too.
    pub outlier: Option<Portion>,
    /// A record that says it was received so long before what its partition had already passed.
    pub late: Option<Span>,
    /// A trade with the venue's id of one among so many before it.
    pub duplicate: Option<Period<1>>,
}

impl DoubtSpec {
    /// Is there anything to doubt?
    pub(super) fn is_some(&self) -> bool {
        self.stale.is_some()
            || self.skew.is_some()
            || self.outlier.is_some()
            || self.late.is_some()
            || self.duplicate.is_some()
    }
}

/// What is known of a record besides what it says.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stamps<'a> {
    /// The venue's time.
    pub exchange: Option<EventTime>,
    /// How long before its place in the order of records it was received: zero unless it is late.
    pub late: Span,
    /// The venue's id of a trade; empty where none is known or nobody asked.
    pub trade_id: &'a str,
}

impl From<Option<EventTime>> for Stamps<'_> {
    fn from(exchange: Option<EventTime>) -> Self {
        Stamps { exchange, ..Stamps::default() }
    }
}

impl<'a> Stamps<'a> {
    /// Of a row of a chunk.
    #[inline(always)]
    pub fn of(chunk: &'a Chunk, row: usize) -> Stamps<'a> {
        let trade_id = match chunk.slot(row) {
            (RowKind::Trade, slot) => chunk.trades.id.get(slot),
            _ => "",
        };
        let late = Span(chunk.ts[row].saturating_sub(chunk.receive_time(row).0).max(0));
        Stamps { exchange: chunk.exchange_time(row), late, trade_id }
    }
}

/// The newest ids of trades, by their digests.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct NewestIds {
    in_order: VecDeque<u128>,
    /// The same, to look one up; made anew from them when state is restored.
    #[serde(skip)]
    known: BTreeSet<u128>,
}

impl NewestIds {
    /// Takes an id: is it there already?
    fn repeats(&mut self, id: &str, most: usize) -> bool {
        if self.known.len() != self.in_order.len() {
            self.known = self.in_order.iter().copied().collect();
        }
        let digest = Digest::of(id.as_bytes()).0;
        if !self.known.insert(digest) {
            return true;
        }
        self.in_order.push_back(digest);
        if self.in_order.len() > most
            && let Some(oldest) = self.in_order.pop_front()
        {
            self.known.remove(&oldest);
        }
        false
    }
}

/// What was last found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Doubts {
    /// The last record.
    heard: Option<OrderKey>,
    /// When to look whether anything has come since.
    look_at: Option<EventTime>,
    stale: bool,
    skewed: Streak,
    /// Records that do not fit the venue's own clock.
    unfit: Streak,
    late: Streak,
    outlier: bool,
    duplicate: bool,
    ids: NewestIds,
    /// Price of the last trade that was none, and of the last one.
    prices: Option<(i64, i64)>,
}

impl Doubts {
    pub(super) fn any(&self) -> bool {
        self.stale || self.outlier || self.duplicate || self.skewed.lasts() || self.late.lasts()
    }

    /// When the passing of time alone changes anything.
    pub(super) fn next_due(&self) -> EventTime {
        self.look_at.unwrap_or(EventTime::MAX)
    }

    /// Takes the price of a trade: is it far from its neighbours?
    fn outlies(&mut self, price: i64, share: f64) -> bool {
        let (sound, last) = *self.prices.get_or_insert((price, price));
        let far = |from: i64| (price - from).abs() as f64 > share * from.abs() as f64;
        self.outlier = far(sound) && far(last);
        self.prices = Some((if self.outlier { sound } else { price }, price));
        self.outlier
    }
}

impl InstrumentEngine {
    /// Is what is made now made of doubtful data?
    #[inline(always)]
    pub(super) fn tainted(&self) -> bool {
        self.book.tainted() || self.doubts.any()
    }

    /// Looks at a record before it is stepped.
    pub(super) fn doubt(
        &mut self,
        key: OrderKey,
        row: &MarketRow<'_>,
        stamps: &Stamps<'_>,
        out: &mut Outputs,
    ) {
        let spec = self.spec.doubts;
        if let Some(stale) = spec.stale {
            self.doubts.stale = false;
            self.doubts.heard = Some(key);
            if self.doubts.look_at.is_none() {
                self.doubts.look_at = Some(key.ts.plus(stale));
                self.find_next_due();
            }
        }
        if let (Some(most), Some(exchange)) = (spec.skew, stamps.exchange) {
            let apart = key.ts.0.abs_diff(exchange.0) > most.0.unsigned_abs();
            if let Some((from, to, records)) = self.doubts.skewed.take(apart, key.ts) {
                self.tell(key, QualityKind::Skew, (from, to), records, out);
            }
        }
        if let (Some(clock), Some(exchange)) = (self.spec.clocks.get(&self.index), stamps.exchange)
        {
            let unfit = !clock.fits(key.ts, exchange);
            if let Some((from, to, records)) = self.doubts.unfit.take(unfit, key.ts) {
                self.tell(key, QualityKind::Skew, (from, to), records, out);
            }
        }
        if let Some(most) = spec.late
            && let Some((from, to, records)) = self.doubts.late.take(stamps.late > most, key.ts)
        {
            self.tell(key, QualityKind::Late, (from, to), records, out);
        }
        if let (Some(most), MarketRow::Trade(_)) = (spec.duplicate, row) {
            let known = !stamps.trade_id.is_empty();
            self.doubts.duplicate = known && self.doubts.ids.repeats(stamps.trade_id, most.get());
            if self.doubts.duplicate {
                self.tell(key, QualityKind::Duplicate, (key.ts, key.ts), 1, out);
            }
        }
        if let (Some(share), MarketRow::Trade(trade)) = (spec.outlier, row)
            && self.doubts.outlies(trade.price, share.get())
        {
            self.tell(key, QualityKind::Outlier, (key.ts, key.ts), 1, out);
        }
    }

    /// So many records more came with the one before: at its moment, from the same message.
    pub(super) fn doubt_again(&mut self, records: u64) {
        let Doubts { skewed, unfit, late, .. } = &mut self.doubts;
        [skewed, unfit, late].into_iter().for_each(|streak| streak.repeat(records));
    }

    /// At the time for it: has anything come since? A record that comes at this very time is too
    /// late.
    pub(super) fn look_for_silence(&mut self, now: EventTime, out: &mut Outputs) {
        let (Some(stale), Some(heard)) = (self.spec.doubts.stale, self.doubts.heard) else {
            return;
        };
        let due = heard.ts.plus(stale);
        if due > now {
            self.doubts.look_at = Some(due);
            return;
        }
        (self.doubts.stale, self.doubts.look_at) = (true, None);
        let base = heard.due(now, 0, self.index, 0);
        self.tell(base, QualityKind::Stale, (heard.ts, now), 1, out);
    }

    /// Looks at the book at the end of a message.
    pub(super) fn judge_book(&mut self, key: OrderKey, gap: bool, out: &mut Outputs) {
        let crossed = self.book.crossed();
        if gap {
            self.tell(key, QualityKind::Gap, (key.ts, key.ts), 1, out);
        }
        if crossed && !self.crossed {
            self.tell(key, QualityKind::Crossed, (key.ts, key.ts), 1, out);
        }
        self.crossed = crossed;
    }

    /// A row of `quality`.
    pub(super) fn tell(
        &mut self,
        base: OrderKey,
        kind: QualityKind,
        (from_ts, to_ts): (EventTime, EventTime),
        records: u64,
        out: &mut Outputs,
    ) {
        let seq = count(&mut self.noted, base);
        out.quality.push(Quality {
            key: base.derived(self.spec.quality_ordinal, self.index, seq),
            instrument: Some(self.instrument.id.text().clone()),
            kind,
            from_ts,
            to_ts,
            count: records,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        bars::BarTrade,
        execution::VenueClock,
        market::{MARKET_COLUMNS, MarketSpec, Node, Trigger, TriggerNode, TriggerOn},
    };
    use schemas::{Instrument, InstrumentId, instrument::Kind};
    use std::sync::Arc;

    const SECOND: i64 = Span::SECOND.0;

    fn engine() -> InstrumentEngine {
        let spec = MarketSpec {
            slots: MARKET_COLUMNS.len() as u32,
            bars: Vec::new(),
            foreign: Vec::new(),
            indicators: Vec::new(),
            features: Vec::new(),
            models: Vec::new(),
            triggers: vec![TriggerNode {
                node: Node { name: "all".into(), ordinal: 1 },
                strategy: 0,
                on: TriggerOn::every(Span(10 * SECOND)),
                instruments: vec![0],
                slots: Vec::new(),
            }],
            readings: None,
            doubts: DoubtSpec {
                stale: Some(Span(5 * SECOND)),
                skew: Some(Span(SECOND)),
                outlier: Some(Portion::of(0.1)),
                late: Some(Span(SECOND)),
                duplicate: Some(Period::of(3)),
            },
            clocks: Default::default(),
            quality_ordinal: 2,
        };
        let instrument = Instrument {
            id: InstrumentId::new("demo", "A"),
            base: "A".into(),
            quote: "USD".into(),
            settle: "USD".into(),
            kind: Kind::Spot,
            price_scale: 0,
            quantity_scale: 0,
            tick: 1,
            lot: 1,
            multiplier: 1,
            inverse: false,
        };
        InstrumentEngine::new(Arc::new(spec), Arc::new(instrument), 0)
    }

    /// What is told of trades at these seconds, prices, and seconds that the venue's clock is
    /// behind; and whether each timer of ten seconds was tainted.
    fn told(trades: &[(i64, i64, i64)], end: i64) -> (Vec<String>, Vec<bool>) {
        let stamped = |(at, price, behind): &(i64, i64, i64)| {
            let exchange = EventTime((at - behind) * SECOND);
            (*at, *price, Stamps::from(Some(exchange)))
        };
        told_of(&trades.iter().map(stamped).collect::<Vec<_>>(), end)
    }

    /// The same of trades with all that is known of them. State is taken and given back after each.
    fn told_of(trades: &[(i64, i64, Stamps<'_>)], end: i64) -> (Vec<String>, Vec<bool>) {
        let (mut out, mut triggers) = (Outputs::default(), Vec::new());
        let mut now = engine();
        for (place, (at, price, stamps)) in trades.iter().enumerate() {
            let key = OrderKey::source(EventTime(at * SECOND), 0, 0, place as u64, 0);
            let trade = BarTrade { price: *price, quantity: 1, side: 1, tainted: false };
            now.on_row(key, &MarketRow::Trade(trade), *stamps, &mut out, &mut triggers);
            let state = now.snapshot();
            now = engine();
            now.restore(&state).expect("own snapshot");
        }
        now.advance(EventTime(end * SECOND), &mut out, &mut triggers);
        let mut keys: Vec<OrderKey> = out.quality.iter().map(|row| row.key).collect();
        keys.dedup();
        assert!(keys.len() == out.quality.len() && keys.is_sorted());
        let row = |q: &Quality| {
            let (from, to) = (q.from_ts.0 / SECOND, q.to_ts.0 / SECOND);
            format!("{} {from} to {to}: {}", q.kind, q.count)
        };
        let rows = out.quality.iter().map(row).collect();
        (rows, triggers.iter().map(|trigger| trigger.tainted).collect())
    }

    #[test]
    fn silence_is_told_once_and_taints_until_something_comes() {
        let (rows, tainted) = told(&[(1, 100, 0), (2, 100, 0), (12, 100, 0), (16, 100, 0)], 31);
        assert_eq!(rows, ["stale 2 to 7: 1", "stale 16 to 21: 1"]);
        // At 10 s, at 20 s and at 30 s.
        assert_eq!(tainted, [true, false, true]);
    }

    #[test]
    fn clocks_that_are_apart_are_told_where_it_begins_and_what_more_there_was_where_it_ends() {
        let trades =
            [(1, 100, 0), (2, 100, 2), (3, 100, -2), (4, 100, 2), (5, 100, 1), (6, 100, 3)];
        let (rows, _) = told(&trades, 7);
        assert_eq!(rows, ["skew 2 to 2: 1", "skew 2 to 4: 2", "skew 6 to 6: 1"]);
    }

    #[test]
    fn records_that_do_not_fit_the_clock_of_the_venue_are_told_and_taint_nothing() {
        // The venue is 2 s ahead, and records travel for up to 3 s.
        let clock = VenueClock { offset: 2 * SECOND, max_latency: Span(3 * SECOND) };
        let mut spec = MarketSpec::clone(&engine().spec);
        (spec.doubts, spec.clocks) = (DoubtSpec::default(), [(0, clock)].into());
        let of_timer = TriggerOn::Every { every: Span(4 * SECOND), offset: Span(SECOND) };
        spec.triggers[0].on = of_timer;
        let mut engine = InstrumentEngine::new(Arc::new(spec), engine().instrument.clone(), 0);
        let (mut out, mut triggers) = (Outputs::default(), Vec::new());
        for (at, travelled) in [(2, 0), (3, -1), (4, 4), (6, 3), (7, 9), (8, 1)] {
            let key = OrderKey::source(EventTime(at * SECOND), 0, 0, at as u64, 0);
            let stamps = Stamps::from(Some(EventTime((at + 2 - travelled) * SECOND)));
            let trade = BarTrade { price: 100, quantity: 1, side: 1, tainted: false };
            engine.on_row(key, &MarketRow::Trade(trade), stamps, &mut out, &mut triggers);
        }
        engine.advance(EventTime(14 * SECOND), &mut out, &mut triggers);
        let told = |q: &Quality| (q.kind, q.from_ts.0 / SECOND, q.to_ts.0 / SECOND, q.count);
        let told: Vec<_> = out.quality.iter().map(told).collect();
        let skew = QualityKind::Skew;
        assert_eq!(told, [(skew, 3, 3, 1), (skew, 3, 4, 1), (skew, 7, 7, 1)]);
        // The timer is a second after each fourth one.
        let at = |trigger: &Trigger| (trigger.key.ts.0 / SECOND, trigger.tainted);
        let timers: Vec<_> = triggers.iter().map(at).collect();
        assert_eq!(timers, [(5, false), (9, false), (13, false)]);
    }

    #[test]
    fn late_records_are_told_like_clocks_that_are_apart() {
        let late = |seconds| Stamps { late: Span(seconds * SECOND), ..Stamps::default() };
        let trades = [(1, 100, late(0)), (2, 100, late(1)), (3, 100, late(2)), (4, 100, late(5))];
        let (rows, tainted) = told_of(&trades, 11);
        assert_eq!(rows, ["late 3 to 3: 1", "stale 4 to 9: 1"]);
        assert_eq!(tainted, [true]);
        let more = [&trades[..], &[(5, 100, late(0))]].concat();
        assert_eq!(told_of(&more, 6).0, ["late 3 to 3: 1", "late 3 to 4: 1"]);
    }

    #[test]
    fn a_trade_comes_twice_if_its_id_is_among_the_newest() {
        let id = |trade_id| Stamps { trade_id, ..Stamps::default() };
        let ids = ["a", "b", "a", "", "", "c", "d", "a", "d"];
        let trades: Vec<_> = (1..).zip(ids).map(|(at, trade)| (at, 100, id(trade))).collect();
        let (rows, _) = told_of(&trades, 10);
        // Of the three newest, `a` is none any more when it comes for the third time.
        assert_eq!(rows, ["duplicate 3 to 3: 1", "duplicate 9 to 9: 1"]);
    }

    #[test]
    fn a_price_is_far_off_until_another_is_there_too() {
        let trades = [(1, 100, 0), (2, 150, 0), (3, 101, 0), (4, 70, 0), (5, 71, 0), (6, 70, 0)];
        let (rows, _) = told(&trades, 7);
        assert_eq!(rows, ["outlier 2 to 2: 1", "outlier 4 to 4: 1"]);
    }
}
