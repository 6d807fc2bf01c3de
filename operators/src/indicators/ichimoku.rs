//! Ichimoku cloud.
//!
//! - Formula: `tenkan = mid(n), kijun = mid(m), senkou_a = ((tenkan + kijun) / 2)[t-m], senkou_b =
//!   mid(k)[t-m], mid = (highest high + lowest low) / 2`.
//! - Parameters: `tenkan` n, `kijun` m, `senkou` k.
//! - Convention: Stock.Indicators: the cloud is drawn `kijun` rows later, so it is what stood then;
//!   the lagging span is the close itself, drawn as many rows earlier, and is not given.
//! - Warm-up: n - 1, m - 1, the longer of n and m and once more m, less 1, and k + m - 1 rows.
//! - Cost: O(1) a row.
//! - Source: Goichi Hosoda, 1969; as Stock.Indicators has it.

use serde::{Deserialize, Serialize};

use super::{About, Definition, HighLow, Output, Period, Unit, extreme::Channel, window::Window};

parameters! {
    /// The middles of three ranges, two of them drawn ahead as a cloud: above it the trend is up.
    pub struct Ichimoku {
        /// Rows of the turning line; 9 is usual.
        pub tenkan: Period<1>,
        /// Rows of the base line, and how far the cloud is drawn ahead; 26 is usual.
        pub kijun: Period<1>,
        /// Rows of the second edge of the cloud; 52 is usual.
        pub senkou: Period<1>,
    }
}

/// The ranges, and the edges that wait to be drawn.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    ranges: [Channel; 3],
    edges: [Window; 2],
}

impl Definition for Ichimoku {
    const ABOUT: About = About {
        title: "Ichimoku cloud",
        formula: "tenkan = mid(n), kijun = mid(m), senkou_a = ((tenkan + kijun) / 2)[t-m], \
                      senkou_b = mid(k)[t-m], mid = (highest high + lowest low) / 2",
        convention: "Stock.Indicators: the cloud is drawn `kijun` rows later, so it is what \
                      stood then; the lagging span is the close itself, drawn as many rows \
                      earlier, and is not given",
        warm_up: "n - 1, m - 1, the longer of n and m and once more m, less 1, and k + m - 1 rows",
        cost: "O(1)",
        source: "Goichi Hosoda, 1969; as Stock.Indicators has it",
    };
    type Row = HighLow;
    type Values = [f64; 4];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let [tenkan, kijun, senkou] = [self.tenkan.get(), self.kijun.get(), self.senkou.get()];
        let output = |name, warm_up, doc| Output { name, warm_up, unit: Unit::Input, doc };
        vec![
            output("tenkan", tenkan - 1, "Turning line."),
            output("kijun", kijun - 1, "Base line."),
            output("senkou_a", tenkan.max(kijun) - 1 + kijun, "First edge of the cloud."),
            output("senkou_b", senkou - 1 + kijun, "Second edge of the cloud."),
        ]
    }

    fn examples() -> Vec<Self> {
        [[9, 26, 52], [1, 1, 1], [30, 7, 20], [2, 3, 5]]
            .map(|rows| {
                let [tenkan, kijun, senkou] = rows.map(Period::of);
                Self { tenkan, kijun, senkou }
            })
            .into()
    }

    fn fresh(&self) -> State {
        State::default()
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: HighLow) -> [f64; 4] {
        let periods = [self.tenkan.get(), self.kijun.get(), self.senkou.get()];
        let mut middle = |i: usize| state.ranges[i].push(bar, periods[i]).map(|r| r.middle());
        let [tenkan, kijun, senkou] = [middle(0), middle(1), middle(2)];
        let mut later = |i: usize, edge: Option<f64>| {
            edge.and_then(|edge| state.edges[i].push(edge, self.kijun.get()))
        };
        let a = later(0, tenkan.zip(kijun).map(|(tenkan, kijun)| (tenkan + kijun) / 2.0));
        let b = later(1, senkou);
        [tenkan, kijun, a, b].map(|line| line.unwrap_or(f64::NAN))
    }
}

#[cfg(test)]
mod tests {
    use super::Ichimoku;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let [tenkan, kijun, senkou] = [1, 2, 3].map(Period::of);
        let rows = [2.0, 4.0, 9.0, 7.0, 1.0].map(|price| [0.0, price, price, 0.0, 0.0]);
        let expected: [&[f64]; 4] = [
            &[2.0, 4.0, 9.0, 7.0, 1.0],
            &[NULL, 3.0, 6.5, 8.0, 4.0],
            &[NULL, NULL, NULL, 3.5, 7.75],
            &[NULL, NULL, NULL, NULL, 5.5],
        ];
        expect_bars(&Ichimoku { tenkan, kijun, senkou }, &rows, &expected);
    }
}
