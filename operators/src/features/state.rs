//! The traits that drivers use, and the running half of every feature that has one.

use super::{Definition, Reads, Scales};
use crate::{bars::BarTrade, indicators::SnapshotError, market::Top};
use schemas::{EventTime, Span};

/// A feature with running state, with its parameters. Every [`Definition`] is one.
pub trait Feature {
    /// The key in a job file.
    fn kind(&self) -> &'static str;

    /// Which records it takes.
    fn reads(&self) -> Reads;

    /// The unit of its value.
    fn unit(&self) -> &'static str;

    /// Event time from the first record until there is a value.
    fn warm_up(&self) -> Span;

    /// A parameter that does not go with the others, and why.
    fn fault(&self) -> Option<(&'static str, &'static str)>;

    /// A state that has seen nothing, for an instrument of these scales.
    fn start(&self, scales: Scales) -> Box<dyn FeatureState>;
}

/// A running feature: one for each instrument. Records come in event-time order.
pub trait FeatureState: Send {
    /// Takes trades. The values depend on them only, not on how they are cut into runs.
    fn trades(&mut self, run: &[(EventTime, BarTrade)]);

    /// Takes a best bid and offer.
    fn quote(&mut self, at: EventTime, top: &Top);

    /// The value as of `now`, which is never before a record that was taken; NaN is null. Looking
    /// changes no later value.
    fn value(&mut self, now: EventTime) -> f64;

    /// The state as bytes, with the kind and the parameters that it belongs to.
    fn snapshot(&self) -> Vec<u8>;

    /// Takes over a snapshot of the same feature; on error the state stays as it was.
    ///
    /// # Errors
    /// If the bytes are broken, or belong to another kind or to other parameters.
    fn restore(&mut self, bytes: &[u8]) -> Result<(), SnapshotError>;
}

impl<D: Definition> Feature for D {
    fn kind(&self) -> &'static str {
        D::KIND
    }

    fn reads(&self) -> Reads {
        Definition::reads(self)
    }

    fn unit(&self) -> &'static str {
        Definition::unit(self)
    }

    fn warm_up(&self) -> Span {
        Definition::warm_up(self)
    }

    fn fault(&self) -> Option<(&'static str, &'static str)> {
        Definition::fault(self)
    }

    fn start(&self, scales: Scales) -> Box<dyn FeatureState> {
        Box::new(Running { parameters: self.clone(), scales, state: D::State::default() })
    }
}

struct Running<D: Definition> {
    parameters: D,
    scales: Scales,
    state: D::State,
}

impl<D: Definition> FeatureState for Running<D> {
    fn trades(&mut self, run: &[(EventTime, BarTrade)]) {
        for (at, trade) in run {
            self.parameters.trade(&mut self.state, self.scales, *at, trade);
        }
    }

    fn quote(&mut self, at: EventTime, top: &Top) {
        self.parameters.quote(&mut self.state, self.scales, at, top);
    }

    fn value(&mut self, now: EventTime) -> f64 {
        let value = self.parameters.value(&mut self.state, self.scales, now);
        if value.is_finite() { value } else { f64::NAN }
    }

    fn snapshot(&self) -> Vec<u8> {
        postcard::to_stdvec(&(D::KIND, &self.parameters, &self.state))
            .expect("a state is plain numbers, which always encode")
    }

    fn restore(&mut self, bytes: &[u8]) -> Result<(), SnapshotError> {
        let kind = D::KIND;
        let broken = |source| SnapshotError::Broken { kind, source };
        let (found, rest) = postcard::take_from_bytes::<&str>(bytes).map_err(broken)?;
        if found != kind {
            return Err(SnapshotError::OtherKind { kind, found: found.to_owned() });
        }
        let (parameters, rest) = postcard::take_from_bytes::<D>(rest).map_err(broken)?;
        if parameters != self.parameters {
            return Err(SnapshotError::OtherParameters { kind });
        }
        let (state, rest) = postcard::take_from_bytes::<D::State>(rest).map_err(broken)?;
        if !rest.is_empty() {
            return Err(SnapshotError::Trailing { kind, bytes: rest.len() });
        }
        self.state = state;
        Ok(())
    }
}
