//! What the market did after each fill, by the market that the account knows.
//!
//! A fill's markout at a horizon is the mid when that is over less its price, of a sale the other
//! way round: what was bought is worth more, or what was sold less. The mid is that of what was
//! received before the moment: what is due comes before what is received then. Fills in candles
//! have none, because a candle tells only when it is over where its prices stood.

use super::{AccountLoop, Pending, emit};
use crate::outputs::Outputs;
use schemas::{
    EventTime, OrderKey, Price, Side, Span, Text,
    records::{Liquidity, MarkSource, Markout},
};
use serde::{Deserialize, Serialize};

/// When the market is looked at after a fill.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct MarkoutSpec {
    /// How long after it, above 0 and ascending.
    pub horizons: Vec<Span>,
    /// Which fills are toxic, if the job says.
    pub toxic: Option<Toxic>,
}

/// Which fills are toxic.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Toxic {
    /// The horizon that tells; one of [`MarkoutSpec::horizons`].
    pub horizon: Span,
    /// Beyond this the price has moved against the fill.
    pub bar: ToxicBar,
    /// Half of what a toxic fill counts in the column `toxicity` is gone after so long.
    pub half_life: Span,
}

/// A distance that a fill is toxic beyond.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum ToxicBar {
    /// So many spreads, as they were at the fill.
    Spreads(f64),
    /// So many ticks.
    Ticks(f64),
}

/// A fill whose next horizon is not over.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Watched {
    strategy: u16,
    instrument: u32,
    fill: Text,
    side: Side,
    liquidity: Liquidity,
    price: Price,
    quantity: i64,
    /// At the fill, where both sides were displayed.
    mid: Option<Price>,
    /// At the fill; NaN is null.
    spread: f64,
    at: EventTime,
    /// When the strategy knows of it.
    known: EventTime,
    /// How many horizons are over.
    over: u32,
}

/// How many fills were toxic of late; each counts half after each half-life.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Toxicity {
    toxic: f64,
    fills: f64,
    at: EventTime,
}

impl Toxicity {
    fn faded(self, now: EventTime, half_life: Span) -> Toxicity {
        let since = now.0.saturating_sub(self.at.0).max(0);
        let lives = since as f64 / half_life.0 as f64;
        let left = (-lives).exp2();
        Toxicity { toxic: self.toxic * left, fills: self.fills * left, at: now }
    }

    fn add(&mut self, toxic: bool, now: EventTime, half_life: Span) {
        *self = self.faded(now, half_life);
        self.toxic += f64::from(u8::from(toxic));
        self.fills += 1.0;
    }

    /// The share of toxic fills, beside one good fill that never fades: who stops because of it
    /// sees it go back to 0.
    fn share(self, now: EventTime, half_life: Span) -> f64 {
        let now = self.faded(now, half_life);
        now.toxic / (1.0 + now.fills)
    }
}

impl AccountLoop {
    /// Will look at the market after the fill that was just told; `known` is when its strategy
    /// learns of it.
    pub(super) fn watch_fill(
        &mut self,
        key: OrderKey,
        known: EventTime,
        (strategy, market): (u16, usize),
        out: &Outputs,
    ) {
        let place = &self.markets[market];
        let first = self.spec.markouts.horizons.first();
        let (Some(first), false) = (first, place.exchange.needs_candles()) else { return };
        let fill = out.fills.last().expect("it was just told");
        let mark = place.exchange.view().read().mark();
        let mid = mark.filter(|(_, source)| *source == MarkSource::Mid);
        let watched = Watched {
            strategy,
            instrument: place.index,
            fill: fill.fill_id.clone(),
            side: fill.side,
            liquidity: fill.liquidity,
            price: fill.price,
            quantity: fill.quantity.raw,
            mid: mid.map(|(mid, _)| mid),
            spread: fill.fill_spread,
            at: key.ts,
            known,
            over: 0,
        };
        self.watch_until(key, key.ts.plus(*first), Box::new(watched));
    }

    fn watch_until(&mut self, key: OrderKey, due: EventTime, watched: Box<Watched>) {
        let due = key.due(due, self.spec.ordinals.markouts, 0, 0);
        self.schedule(due, Pending::Markout(watched));
    }

    /// A horizon of a fill is over.
    pub(super) fn mark_out(&mut self, key: OrderKey, mut watched: Box<Watched>, out: &mut Outputs) {
        let spec = self.spec.clone();
        let over = watched.over as usize;
        let horizon = spec.markouts.horizons[over];
        let market = self.market_of(watched.instrument);
        let (instrument, mid) = {
            let view = self.markets[market].view();
            (view.instrument().clone(), view.reference())
        };
        let sign = watched.side.sign();
        // One more decimal place holds every mid.
        let moved = mid.map(|(mid, _)| {
            let finer = 10_i64.pow(u32::from(mid.scale - watched.price.scale));
            Price::new(sign * (mid.raw - watched.price.raw * finer), mid.scale)
        });
        let signed = sign * watched.quantity;
        let since = |price: Price| {
            mid.map(|(mid, _)| instrument.value(mid, signed) - instrument.value(price, signed))
        };
        let (worth, drift) = (since(watched.price), watched.mid.and_then(since));
        let toxic = spec.markouts.toxic.filter(|toxic| toxic.horizon == horizon);
        let toxic = toxic.and_then(|toxic| {
            let bar = match toxic.bar {
                ToxicBar::Spreads(spreads) => spreads * watched.spread,
                ToxicBar::Ticks(ticks) => ticks * instrument.price_f64(instrument.tick),
            };
            let moved = moved?.to_f64();
            (!bar.is_nan()).then_some(moved < -bar)
        });
        let row_key = self.key(emit::MARKOUTS, key, spec.ordinals.markouts);
        out.markouts.push(Markout {
            key: row_key,
            instrument: Some(instrument.id.text().clone()),
            account: spec.name.clone(),
            strategy: spec.strategies[usize::from(watched.strategy)].name.clone(),
            fill_id: watched.fill.clone(),
            side: watched.side,
            liquidity: watched.liquidity,
            horizon: horizon.to_string().into(),
            horizon_ns: horizon.0 as u64,
            mid: mid.map_or(f64::NAN, |(mid, _)| mid.to_f64()),
            mid_source: mid.map(|(_, source)| source),
            r#move: moved.map_or(f64::NAN, Price::to_f64),
            worth,
            drift,
            currency: instrument.settle.clone(),
            toxic,
        });
        if let Some(toxic) = toxic {
            let due = key.due(watched.known, spec.ordinals.markouts, 0, 0);
            // Nobody judges a fill before it is known.
            if due.ts > key.ts {
                self.schedule(due, Pending::Toxic { instrument: watched.instrument, toxic });
            } else {
                self.count_toxic(key.ts, watched.instrument, toxic);
            }
        }
        watched.over += 1;
        if let Some(next) = spec.markouts.horizons.get(over + 1) {
            self.watch_until(key, watched.at.plus(*next), watched);
        }
    }

    /// A fill counts in `toxicity`.
    pub(super) fn count_toxic(&mut self, now: EventTime, instrument: u32, toxic: bool) {
        let Some(Toxic { half_life, .. }) = self.spec.markouts.toxic else { return };
        let market = self.market_of(instrument);
        self.markets[market].toxicity.add(toxic, now, half_life);
    }

    /// The column `toxicity`; null where the job does not say which fills are toxic.
    pub(super) fn toxicity(&self, market: usize, now: EventTime) -> f64 {
        let Some(Toxic { half_life, .. }) = self.spec.markouts.toxic else { return f64::NAN };
        self.markets[market].toxicity.share(now, half_life)
    }
}
