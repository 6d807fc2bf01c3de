//! What a feature over one window of time has to say, and the rest of it.

use super::{Aggregate, Frame, Timed};
use crate::{
    bars::BarTrade,
    features::{Definition, Reads, Scales},
    indicators::{About, Kind, Parameters},
    market::Top,
};
use schemas::{EventTime, Span};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// A feature over one window of time. [`Definition`] follows.
///
/// Its value is null until the whole window has passed since the first record of its kind.
pub trait Windowed: Parameters + Kind {
    /// Title, formula, convention and cost.
    const ABOUT: About;
    /// What it remembers from one record to the next.
    type Memory: Default + Serialize + DeserializeOwned + Send + 'static;
    /// What it remembers of the window.
    type Aggregate: Aggregate;

    /// The window.
    fn frame(&self) -> Frame;

    /// Which records it takes.
    fn reads(&self) -> Reads;

    /// The unit of its value.
    fn unit(&self) -> &'static str;

    /// See [`Definition::examples`].
    fn examples() -> Vec<Self>;

    /// What a trade brings into the window.
    fn of_trade(
        &self,
        _: &mut Self::Memory,
        _: &BarTrade,
    ) -> Option<<Self::Aggregate as Aggregate>::Value> {
        None
    }

    /// What a best bid and offer brings into the window.
    fn of_quote(
        &self,
        _: &mut Self::Memory,
        _: &Top,
    ) -> Option<<Self::Aggregate as Aggregate>::Value> {
        None
    }

    /// The value of a window through which the whole of its length has passed.
    fn read(&self, held: &mut Held<Self::Memory, Self::Aggregate>, scales: Scales) -> f64;
}

/// State of a feature over one window.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(bound = "M: Serialize + DeserializeOwned")]
pub struct Held<M, A: Aggregate> {
    /// What is remembered from one record to the next.
    pub memory: M,
    /// The window.
    pub window: Timed<A>,
}

impl<W: Windowed> Definition for W {
    const ABOUT: About = W::ABOUT;
    type State = Held<W::Memory, W::Aggregate>;

    fn reads(&self) -> Reads {
        Windowed::reads(self)
    }

    fn unit(&self) -> &'static str {
        Windowed::unit(self)
    }

    fn warm_up(&self) -> Span {
        Span(self.frame().from)
    }

    fn examples() -> Vec<W> {
        Windowed::examples()
    }

    fn fault(&self) -> Option<(&'static str, &'static str)> {
        self.frame().fault()
    }

    #[inline(always)]
    fn trade(&self, state: &mut Self::State, _: Scales, at: EventTime, trade: &BarTrade) {
        state.window.see(at.0);
        if let Some(value) = self.of_trade(&mut state.memory, trade) {
            state.window.push(self.frame(), at.0, value);
        }
    }

    #[inline(always)]
    fn quote(&self, state: &mut Self::State, _: Scales, at: EventTime, top: &Top) {
        state.window.see(at.0);
        if let Some(value) = self.of_quote(&mut state.memory, top) {
            state.window.push(self.frame(), at.0, value);
        }
    }

    fn value(&self, state: &mut Self::State, scales: Scales, now: EventTime) -> f64 {
        if !state.window.is_warm(self.frame(), now.0) {
            return f64::NAN;
        }
        self.read(state, scales)
    }
}
