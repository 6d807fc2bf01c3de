//! KDJ stochastic.
//!
//! - Formula: k and d as `stoch`; j = 3 * k - 2 * d.
//! - Parameters: `fastk`, `slowk`, `slowk_ma`, `slowd`, `slowd_ma`.
//! - Convention: TA-Lib KDJ: raw is 0 where the range is 0; all outputs start together.
//! - Warm-up: fastk - 1 rows and those of both averages, all outputs.
//! - Cost: O(1), averages as their own a row.
//! - Source: TA-Lib `KDJ`.

use super::{
    About, Definition, HighLowClose, MaType, Output, Period, Smoother, Unit, stoch::State,
};

parameters! {
    /// A stochastic oscillator with a third line that runs ahead of the other two.
    pub struct Kdj {
        /// Rows in the range.
        pub fastk: Period<1> = "9",
        /// Rows in the average that gives `k`.
        pub slowk: Period<1> = "3",
        /// Kind of that average.
        pub slowk_ma: Smoother<{ MaType::Rma as u8 }> = "rma",
        /// Rows in the average of `k`.
        pub slowd: Period<1> = "3",
        /// Kind of that average.
        pub slowd_ma: Smoother<{ MaType::Rma as u8 }> = "rma",
    }
}

impl Definition for Kdj {
    const ABOUT: About = About {
        title: "KDJ stochastic",
        formula: "k and d as `stoch`; j = 3 * k - 2 * d",
        convention: "TA-Lib KDJ: raw is 0 where the range is 0; all outputs start together",
        warm_up: "fastk - 1 rows and those of both averages, all outputs",
        cost: "O(1), averages as their own",
        source: "TA-Lib KDJ",
    };
    type Row = HighLowClose;
    type Values = [f64; 3];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = self.fastk.get() - 1
            + self.slowk_ma.get().warm_up(self.slowk.get())
            + self.slowd_ma.get().warm_up(self.slowd.get());
        vec![
            Output {
                name: "k",
                warm_up,
                unit: Unit::Is("0 to 100"),
                doc: "Smoothed place in the range, from 0 to 100.",
            },
            Output { name: "d", warm_up, unit: Unit::Is("0 to 100"), doc: "Average of `k`." },
            Output { name: "j", warm_up, unit: Unit::Is("number"), doc: "Not bounded." },
        ]
    }

    fn examples() -> Vec<Self> {
        [
            (9, 3, 3, MaType::Rma),
            (1, 1, 1, MaType::Ema),
            (14, 3, 5, MaType::Sma),
            (3, 50, 2, MaType::Wma),
        ]
        .map(|(fastk, slowk, slowd, ma)| Self {
            fastk: Period::of(fastk),
            slowk: Period::of(slowk),
            slowk_ma: Smoother::of(ma),
            slowd: Period::of(slowd),
            slowd_ma: Smoother::of(ma),
        })
        .into()
    }

    fn fresh(&self) -> State {
        State::new([self.slowk_ma.get(), self.slowd_ma.get()], [self.slowk.get(), self.slowd.get()])
    }

    #[inline(always)]
    fn step(&self, state: &mut State, bar: HighLowClose) -> [f64; 3] {
        let periods = [self.fastk.get(), self.slowk.get(), self.slowd.get()];
        state.push(&bar, periods).map_or([f64::NAN; 3], |[k, d]| [k, d, 3.0 * k - 2.0 * d])
    }
}

#[cfg(test)]
mod tests {
    use super::Kdj;
    use crate::indicators::{
        MaType, Period, Smoother,
        testing::{NULL, expect_bars},
    };

    #[test]
    fn by_hand() {
        let (two, rma) = (Period::of(2), Smoother::of(MaType::Rma));
        let kdj =
            Kdj { fastk: Period::of(1), slowk: two, slowk_ma: rma, slowd: two, slowd_ma: rma };
        // Raw 50, 0, 75: k 25, 50; d 37.5.
        let rows =
            [[0.0, 4.0, 2.0, 3.0, 0.0], [0.0, 6.0, 3.0, 3.0, 0.0], [0.0, 9.0, 5.0, 8.0, 0.0]];
        expect_bars(&kdj, &rows, &[&[NULL, NULL, 50.0], &[NULL, NULL, 37.5], &[NULL, NULL, 75.0]]);
    }
}
