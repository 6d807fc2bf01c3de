//! Quantile over a window of time.
//!
//! - Formula: `x in order at portion * (n - 1), between two of them in proportion, for now - from <
//!   t <= now - to`.
//! - Parameters: `on`, `portion`, `from`, `to`.
//! - Convention: linear between neighbours (Hyndman and Fan's type 7, as NumPy and R); null where
//!   nothing came.
//! - Warm-up: event time `from` since the first record; then null where nothing came.
//! - Cost: O(log n) an event.
//! - Source: R. J. Hyndman and Y. Fan, Sample Quantiles in Statistical Packages, 1996: type 7.

use super::{
    Ago, Length, Reads, Scales, Series,
    window::{Frame, Held, Ranked, Windowed},
};
use crate::{
    bars::BarTrade,
    indicators::{About, Portion, parameters},
    market::Top,
};
use schemas::decimal::ratio;

parameters! {
    /// The value that a given portion of what came in a window of time does not exceed.
    pub struct WindowQuantile {
        /// What is ranked.
        pub on: Series,
        /// The portion: 0.5 for the median.
        pub portion: Portion,
        /// The window begins so long ago; a record of just that age is out of it.
        pub from: Length,
        /// The window ends so long ago; a record of just that age is in it.
        pub to: Ago = "0s",
    }
}

impl Windowed for WindowQuantile {
    const ABOUT: About = About {
        title: "Quantile over a window of time",
        formula: "x in order at portion * (n - 1), between two of them in proportion, for now - \
                  from < t <= now - to",
        convention: "linear between neighbours (Hyndman and Fan's type 7, as NumPy and R); null \
                     where nothing came",
        warm_up: "event time from since the first record; then null where nothing came",
        cost: "O(log n) an event",
        source: "R. J. Hyndman and Y. Fan, Sample Quantiles in Statistical Packages, 1996: type 7",
    };
    type Memory = ();
    type Aggregate = Ranked;

    fn frame(&self) -> Frame {
        Frame::new(self.from, self.to)
    }

    fn reads(&self) -> Reads {
        self.on.reads()
    }

    fn unit(&self) -> &'static str {
        self.on.unit()
    }

    fn examples() -> Vec<Self> {
        Frame::examples()
            .map(|(on, from, to)| Self { on, portion: Portion::of(0.7), from, to })
            .into()
    }

    #[inline(always)]
    fn of_trade(&self, _: &mut (), trade: &BarTrade) -> Option<i64> {
        self.on.of_trade(trade)
    }

    #[inline(always)]
    fn of_quote(&self, _: &mut (), top: &Top) -> Option<i64> {
        self.on.of_quote(top)
    }

    fn read(&self, held: &mut Held<(), Ranked>, scales: Scales) -> f64 {
        let ranked = held.window.aggregate();
        let Some(last) = ranked.len().checked_sub(1) else { return f64::NAN };
        let place = self.portion.get() * last as f64;
        let Some((below, above)) = ranked.at(place as usize) else { return f64::NAN };
        let step = ratio(i128::from(above) - i128::from(below), self.on.one(scales));
        ratio(below.into(), self.on.one(scales)) + place.fract() * step
    }
}
