//! The engines of many instruments, and those among them that are stepped together because one
//! reads columns of another.
//!
//! Between two records of theirs, what falls due goes moment by moment, all of them at once: first
//! the bars of all that end then, then indicators, each for all before the next one, then what
//! models are asked and strategies are told. So at the end of a minute an indicator meets the bars
//! of that minute, whichever instrument traded last. What is told has the last of the moment's
//! causes in its key, since it may stand on any of them.

use super::{
    doubts::Stamps,
    engine::InstrumentEngine,
    foreign::ForeignNode,
    row::MarketRow,
    spec::{MarketSpec, Trigger},
};
use crate::{outputs::Outputs, restore::RestoreError};
use schemas::{EventTime, Instrument, OrderKey, chunk::Deltas};
use std::{ops::Range, sync::Arc};

#[cfg(test)]
mod tests;

/// Engines by place in the plan's list of instruments.
pub struct Markets {
    engines: Vec<Option<InstrumentEngine>>,
    clusters: Vec<Cluster>,
    /// The place of an instrument's cluster, if it has one.
    cluster_of: Vec<Option<usize>>,
}

impl Markets {
    /// Engines of the instruments that are `mine`, before the first record. All instruments of a
    /// cluster (see [`MarketSpec::clusters`]) are, or none.
    pub fn new(
        spec: &Arc<MarketSpec>,
        instruments: &[Instrument],
        mine: impl Fn(usize) -> bool,
    ) -> Markets {
        let engine = |(place, instrument): (usize, &Instrument)| {
            let instrument = Arc::new(instrument.clone());
            mine(place).then(|| InstrumentEngine::new(Arc::clone(spec), instrument, place as u32))
        };
        let engines: Vec<_> = instruments.iter().enumerate().map(engine).collect();
        let first = spec.clusters(instruments.len());
        let (mut clusters, mut cluster_of) = (Vec::new(), vec![None; instruments.len()]);
        for place in 0..instruments.len() {
            let of_it = |other: &usize| first[*other] as usize == place;
            let members: Vec<usize> = (0..instruments.len()).filter(of_it).collect();
            let alone = !spec.foreign.iter().any(|f| members.contains(&(f.instrument as usize)));
            if members.is_empty() || alone || !mine(place) {
                continue;
            }
            members.iter().for_each(|member| cluster_of[*member] = Some(clusters.len()));
            clusters.push(Cluster::new(spec, members));
        }
        Markets { engines, clusters, cluster_of }
    }

    /// Engines that nothing binds to others, so that each may be stepped by itself; none if any
    /// is bound.
    pub fn apart(&mut self) -> Option<&mut [Option<InstrumentEngine>]> {
        self.clusters.is_empty().then_some(&mut self.engines)
    }

    /// All engines that are here, with their places.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (usize, &mut InstrumentEngine)> {
        let places = self.engines.iter_mut().enumerate();
        places.filter_map(|(place, engine)| Some((place, engine.as_mut()?)))
    }

    /// Takes over the state of an instrument, if it is here.
    ///
    /// # Errors
    /// As [`InstrumentEngine::restore`].
    pub fn restore(&mut self, place: u32, bytes: &[u8]) -> Result<(), RestoreError> {
        let engine = self.engines.get_mut(place as usize).and_then(Option::as_mut);
        let Some(engine) = engine else { return Ok(()) };
        engine.restore(bytes)?;
        if let Some(cluster) = self.cluster_of[place as usize] {
            self.clusters[cluster].next_due = EventTime::MIN;
        }
        Ok(())
    }

    /// Steps a record of an instrument; of one that is not here nothing happens.
    #[inline(always)]
    pub fn on_row<'a>(
        &mut self,
        (key, instrument): (OrderKey, u32),
        row: &MarketRow<'_>,
        stamps: impl Into<Stamps<'a>>,
        out: &mut Outputs,
        triggers: &mut Vec<Trigger>,
    ) {
        let place = instrument as usize;
        let Some(Some(engine)) = self.engines.get_mut(place) else { return };
        match self.cluster_of[place] {
            None => engine.on_row(key, row, stamps, out, triggers),
            Some(cluster) => {
                let (engines, stamps) = (&mut self.engines, stamps.into());
                self.clusters[cluster].on_row(engines, (key, place), row, stamps, out, triggers);
            }
        }
    }

    /// Steps levels within a message about a book: neither its first nor its last. The key is
    /// that of the last of them.
    pub fn on_levels(
        &mut self,
        (key, instrument): (OrderKey, u32),
        (columns, slots): (&Deltas, Range<usize>),
    ) {
        if let Some(Some(engine)) = self.engines.get_mut(instrument as usize) {
            engine.on_levels(key, columns, slots);
        }
    }

    /// Fires what falls due before `end`.
    pub fn advance(&mut self, end: EventTime, out: &mut Outputs, triggers: &mut Vec<Trigger>) {
        for cluster in &mut self.clusters {
            cluster.advance(&mut self.engines, end, out, triggers);
        }
        for (engine, cluster) in self.engines.iter_mut().zip(&self.cluster_of) {
            if let (Some(engine), None) = (engine, cluster) {
                engine.advance(end, out, triggers);
            }
        }
    }
}

/// Instruments of which some read columns of others.
struct Cluster {
    /// Their places, ascending.
    members: Vec<usize>,
    /// What is read of members, and the places of those that it is read of.
    foreign: Vec<ForeignNode>,
    read: Vec<usize>,
    /// Which indicators read columns of other instruments.
    readers: Vec<bool>,
    /// Nothing of a member is due before this.
    next_due: EventTime,
}

/// What of an instrument falls due at a moment.
struct Due {
    place: usize,
    closing: Vec<bool>,
    timers: bool,
    news: bool,
    /// The last of its causes.
    cause: Option<OrderKey>,
}

impl Cluster {
    fn new(spec: &MarketSpec, members: Vec<usize>) -> Cluster {
        let here = |f: &&ForeignNode| members.contains(&(f.instrument as usize));
        let foreign: Vec<ForeignNode> = spec.foreign.iter().filter(here).copied().collect();
        let mut read: Vec<usize> = foreign.iter().map(|f| f.instrument as usize).collect();
        read.sort_unstable();
        read.dedup();
        let readers: Vec<bool> = spec.indicators.iter().map(|n| n.reads(&foreign)).collect();
        Cluster { members, foreign, read, readers, next_due: EventTime::MIN }
    }

    fn on_row(
        &mut self,
        engines: &mut [Option<InstrumentEngine>],
        (key, place): (OrderKey, usize),
        row: &MarketRow<'_>,
        stamps: Stamps<'_>,
        out: &mut Outputs,
        triggers: &mut Vec<Trigger>,
    ) {
        if self.next_due <= key.ts {
            self.advance(engines, EventTime(key.ts.0.saturating_add(1)), out, triggers);
        }
        if engine(engines, place).looks_at(row) {
            self.look(engines, key.ts);
            self.copy(engines, place);
        }
        let engine = engine(engines, place);
        engine.on_row(key, row, stamps, out, triggers);
        self.next_due = self.next_due.min(engine.next_due);
    }

    /// Fires what falls due before `end`.
    fn advance(
        &mut self,
        engines: &mut [Option<InstrumentEngine>],
        end: EventTime,
        out: &mut Outputs,
        triggers: &mut Vec<Trigger>,
    ) {
        self.members.iter().for_each(|member| engine(engines, *member).take_run());
        loop {
            let due = self.members.iter().map(|member| engine(engines, *member).next_due).min();
            self.next_due = due.unwrap_or(EventTime::MAX);
            if self.next_due >= end {
                return;
            }
            self.moment(engines, out, triggers);
        }
    }

    /// Everything that is due next.
    fn moment(
        &mut self,
        engines: &mut [Option<InstrumentEngine>],
        out: &mut Outputs,
        triggers: &mut Vec<Trigger>,
    ) {
        let now = self.next_due;
        let mut dues = Vec::new();
        for place in &self.members {
            let engine = engine(engines, *place);
            if engine.next_due == now {
                dues.push(engine.begin(now, out));
            }
        }
        if let Some(cause) = dues.iter().filter_map(|due| due.cause).max() {
            // What bars and indicators do not step stays as it is until the moment is over.
            self.look(engines, now);
            self.step_indicators(engines, &dues);
            let base = |due: &Due| cause.due(now, 0, due.place as u32, 0);
            for due in dues.iter().filter(|due| due.cause.is_some()) {
                self.copy(engines, due.place);
                let (closing, others) = (&due.closing, (due.timers, due.news));
                engine(engines, due.place).conclude(base(due), closing, others, out, triggers);
            }
            for due in dues.iter().filter(|due| due.cause.is_some()) {
                engine(engines, due.place).close_complete(base(due), out, triggers);
            }
        }
        dues.iter().for_each(|due| engine(engines, due.place).find_next_due());
    }

    /// Steps what the bars that ended move: each indicator for all before the next.
    fn step_indicators(&self, engines: &mut [Option<InstrumentEngine>], dues: &[Due]) {
        for due in dues {
            let engine = engine(engines, due.place);
            if engine.wants.looks {
                engine.look(self.next_due);
            }
        }
        for (indicator, reads) in self.readers.iter().enumerate() {
            for due in dues {
                let driver = engine(engines, due.place).spec.indicators[indicator].driver;
                if !driver.is_in(&due.closing) {
                    continue;
                }
                if *reads {
                    self.copy(engines, due.place);
                }
                engine(engines, due.place).step_indicator(indicator);
            }
        }
    }

    /// Looks at the members whose columns others read.
    fn look(&self, engines: &mut [Option<InstrumentEngine>], now: EventTime) {
        self.read.iter().for_each(|place| engine(engines, *place).look(now));
    }

    /// Copies columns of others to where a member reads them.
    fn copy(&self, engines: &mut [Option<InstrumentEngine>], reader: usize) {
        let tainted = self.read.iter().any(|place| engine(engines, *place).tainted());
        engine(engines, reader).foreign.tainted = tainted;
        for foreign in &self.foreign {
            let value = engine(engines, foreign.instrument as usize).row[foreign.column as usize];
            engine(engines, reader).row[foreign.slot as usize] = value;
        }
    }
}

/// The engine of a member.
fn engine(engines: &mut [Option<InstrumentEngine>], place: usize) -> &mut InstrumentEngine {
    engines[place].as_mut().expect("all members of a cluster are in one place")
}

impl InstrumentEngine {
    /// Ends the bars that end now, without a look at what they move.
    fn begin(&mut self, now: EventTime, out: &mut Outputs) -> Due {
        if self.doubts.next_due() == now {
            self.look_for_silence(now, out);
        }
        let mut due = Due {
            place: self.index as usize,
            closing: vec![false; self.bars.len()],
            timers: self.timers.contains(&now),
            news: false,
            cause: None,
        };
        for cause in self.causes(now) {
            let mut closing = self.closing(now, cause);
            due.news |= self.release_news(now, cause);
            self.finish_bars(cause.due(now, 0, self.index, 0), &mut closing, out);
            due.closing.iter_mut().zip(&closing).for_each(|(all, one)| *all |= one);
            due.cause = Some(cause);
        }
        due
    }

    /// Does anything look at columns when it takes this record?
    fn looks_at(&self, row: &MarketRow<'_>) -> bool {
        match row {
            MarketRow::Trade(_) => !self.wants.adds_only,
            MarketRow::Quote(_) => self.wants.quote || self.wants.quote_bars,
            MarketRow::Delta(_) | MarketRow::Order(_) => self.wants.book || self.wants.quote_bars,
            MarketRow::Candle(_) | MarketRow::Funding(_) | MarketRow::News { .. } => true,
        }
    }
}
