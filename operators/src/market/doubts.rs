//! What makes an instrument's data doubtful besides its book: silence, clocks that are apart,
//! prices far from their neighbours. Doubt is a row of `quality` where it begins, and taints what
//! is made while it lasts.

use super::engine::{InstrumentEngine, MarketRow, count};
use crate::{indicators::Portion, outputs::Outputs};
use schemas::{
    EventTime, OrderKey, Span,
    records::{Quality, QualityKind},
};
use serde::{Deserialize, Serialize};

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
}

impl DoubtSpec {
    /// Is there anything to doubt?
    pub(super) fn is_some(&self) -> bool {
        self.stale.is_some() || self.skew.is_some() || self.outlier.is_some()
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
    /// Records in a row whose clocks are apart, the first and the last of them.
    skewed: Option<(EventTime, EventTime, u64)>,
    outlier: bool,
    /// Price of the last trade that was none, and of the last one.
    prices: Option<(i64, i64)>,
}

impl Doubts {
    pub(super) fn any(&self) -> bool {
        self.stale || self.outlier || self.skewed.is_some()
    }

    /// When the passing of time alone changes anything.
    pub(super) fn next_due(&self) -> EventTime {
        self.look_at.unwrap_or(EventTime::MAX)
    }

    /// Takes the times of a record: what is to be told of clocks, if anything.
    fn skew(&mut self, apart: bool, at: EventTime) -> Option<(EventTime, EventTime, u64)> {
        match (&mut self.skewed, apart) {
            (None, true) => {
                self.skewed = Some((at, at, 1));
                Some((at, at, 1))
            }
            (Some((_, last, records)), true) => {
                (*last, *records) = (at, *records + 1);
                None
            }
            // The first was told when it came.
            (Some((first, last, records)), false) => {
                let rest = (*first, *last, *records - 1);
                self.skewed = None;
                Some(rest).filter(|rest| rest.2 > 0)
            }
            (None, false) => None,
        }
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
        exchange_ts: Option<EventTime>,
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
        if let (Some(most), Some(exchange)) = (spec.skew, exchange_ts) {
            let apart = key.ts.0.abs_diff(exchange.0) > most.0.unsigned_abs();
            if let Some((from, to, records)) = self.doubts.skew(apart, key.ts) {
                self.tell(key, QualityKind::Skew, (from, to), records, out);
            }
        }
        if let (Some(share), MarketRow::Trade(trade)) = (spec.outlier, row)
            && self.doubts.outlies(trade.price, share.get())
        {
            self.tell(key, QualityKind::Outlier, (key.ts, key.ts), 1, out);
        }
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
        market::{MARKET_COLUMNS, MarketSpec, Node, TriggerNode, TriggerOn},
    };
    use schemas::{Instrument, InstrumentId, instrument::Kind};
    use std::sync::Arc;

    const SECOND: i64 = Span::SECOND.0;

    fn engine() -> InstrumentEngine {
        let spec = MarketSpec {
            slots: MARKET_COLUMNS.len() as u32,
            bars: Vec::new(),
            indicators: Vec::new(),
            features: Vec::new(),
            models: Vec::new(),
            triggers: vec![TriggerNode {
                node: Node { name: "all".into(), ordinal: 1 },
                strategy: 0,
                on: TriggerOn::Every(Span(10 * SECOND)),
                instruments: vec![0],
                slots: Vec::new(),
            }],
            readings: None,
            doubts: DoubtSpec {
                stale: Some(Span(5 * SECOND)),
                skew: Some(Span(SECOND)),
                outlier: Some(Portion::of(0.1)),
            },
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
    /// behind; and whether each timer of ten seconds was tainted. State is taken and given back
    /// after each.
    fn told(trades: &[(i64, i64, i64)], end: i64) -> (Vec<String>, Vec<bool>) {
        let (mut out, mut triggers) = (Outputs::default(), Vec::new());
        let mut now = engine();
        for (place, (at, price, behind)) in trades.iter().enumerate() {
            let key = OrderKey::source(EventTime(at * SECOND), 0, 0, place as u64, 0);
            let trade = BarTrade { price: *price, quantity: 1, side: 1, tainted: false };
            let exchange = Some(EventTime((at - behind) * SECOND));
            now.on_row(key, &MarketRow::Trade(trade), exchange, &mut out, &mut triggers);
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
    fn a_price_is_far_off_until_another_is_there_too() {
        let trades = [(1, 100, 0), (2, 150, 0), (3, 101, 0), (4, 70, 0), (5, 71, 0), (6, 70, 0)];
        let (rows, _) = told(&trades, 7);
        assert_eq!(rows, ["outlier 2 to 2: 1", "outlier 4 to 4: 1"]);
    }
}
