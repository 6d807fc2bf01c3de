//! Hilbert transform: trend or cycle.
//!
//! - Formula: `0 for half a cycle after sine and lead sine cross, and while the phase turns at the
//!   pace of the cycle; 1 else, and wherever the price is 1.5 per cent off its trendline`.
//! - Parameters: `unstable`.
//! - Convention: TA-Lib HT_TRENDMODE: the transform begins 37 rows after the first; over a price
//!   that has stood still the last bit decides, with TA-Lib too.
//! - Warm-up: 63 rows and `unstable`.
//! - Cost: O(cycle), at most 50 rows a row.
//! - Source: TA-Lib `HT_TRENDMODE`; John F. Ehlers, Rocket Science for Traders (2001).

use serde::{Deserialize, Serialize};

use super::{About, Definition, Output, Unit, Unstable, hilbert::Cycle};

parameters! {
    /// Whether the price trends or goes round in its dominant cycle.
    pub struct HtTrendmode {
        /// Rows held back after the warm-up while the recursion settles.
        pub unstable: Unstable = "0",
    }
}

/// The cycle, its last phase and sines, and the rows since these crossed.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    cycle: Cycle,
    phase: f64,
    sine: f64,
    lead: f64,
    since: u64,
}

impl Definition for HtTrendmode {
    const ABOUT: About = About {
        title: "Hilbert transform: trend or cycle",
        formula: "0 for half a cycle after sine and lead sine cross, and while the phase turns at \
                  the pace of the cycle; 1 else, and wherever the price is 1.5 per cent off its \
                  trendline",
        convention: "TA-Lib HT_TRENDMODE: the transform begins 37 rows after the first; over a \
                     price that has stood still the last bit decides, with TA-Lib too",
        warm_up: "63 rows and unstable",
        cost: "O(cycle), at most 50 rows",
        source: "TA-Lib HT_TRENDMODE; John F. Ehlers, Rocket Science for Traders (2001)",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        Output::only(Cycle::WARM_UP + self.unstable.get(), Unit::Is("0 or 1"), "1 trend, 0 cycle.")
    }

    fn examples() -> Vec<Self> {
        [0, 37].map(|unstable| Self { unstable: Unstable::of(unstable) }).into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    fn unstable(&self) -> usize {
        self.unstable.get()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 1] {
        [state.mode(value).unwrap_or(f64::NAN)]
    }
}

impl State {
    #[inline(always)]
    fn mode(&mut self, value: f64) -> Option<f64> {
        let price = self.cycle.push(value)?;
        let phase = self.cycle.phase();
        let (sine, lead) = (phase.to_radians().sin(), (phase + 45.0).to_radians().sin());
        let trend = self.cycle.trend();
        let period = self.cycle.period();
        let crossed =
            (sine > lead && self.sine <= self.lead) || (sine < lead && self.sine >= self.lead);
        if crossed {
            self.since = 0;
        }
        self.since += 1;
        let turned = phase - self.phase;
        let pace = 360.0 / period;
        let cycles = crossed
            || (self.since as f64) < 0.5 * period
            || (period != 0.0 && turned > 0.67 * pace && turned < 1.5 * pace);
        let far = trend != 0.0 && ((price - trend) / trend).abs() >= 0.015;
        (self.phase, self.sine, self.lead) = (phase, sine, lead);
        let trends = far || !cycles;
        self.cycle.is_warm().then_some(if trends { 1.0 } else { 0.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::HtTrendmode;
    use crate::indicators::{Unstable, testing::series};

    #[test]
    fn by_hand() {
        let wave: Vec<f64> =
            (0..300).map(|row| (f64::from(row) / 20.0 * std::f64::consts::TAU).sin()).collect();
        let near: Vec<f64> = wave.iter().map(|value| 1000.0 + value).collect();
        let found = series(&HtTrendmode { unstable: Unstable::of(0) }, &near);
        assert_eq!(found.iter().position(Option::is_some), Some(63));
        assert_eq!(found[250..], [Some(0.0); 50]);
        let line: Vec<f64> = (0..300).map(|row| 100.0 + f64::from(row)).collect();
        assert_eq!(series(&HtTrendmode { unstable: Unstable::of(0) }, &line)[299], Some(1.0));
    }
}
