//! Moving average.
//!
//! - Formula: `that of the kind`.
//! - Parameters: `period`, `ma`.
//! - Convention: TA-Lib MA: a period of 1 gives the value itself; `mama` has limits 0.5 and 0.05,
//!   `t3` a volume factor of 0.7.
//! - Warm-up: that of the kind; none for a period of 1.
//! - Cost: that of the kind a row.
//! - Source: TA-Lib `MA`.

use super::{About, Definition, MaType, Output, Period, Smoother, Unit, average::MovingAverage};

parameters! {
    /// A moving average of any kind.
    pub struct Ma {
        /// Rows of the average.
        pub period: Period<1> = "30",
        /// Kind of the average.
        pub ma: Smoother<{ MaType::Sma as u8 }> = "sma",
    }
}

impl Definition for Ma {
    const ABOUT: About = About {
        title: "Moving average",
        formula: "that of the kind",
        convention: "TA-Lib MA: a period of 1 gives the value itself; `mama` has limits 0.5 and \
                     0.05, `t3` a volume factor of 0.7",
        warm_up: "that of the kind; none for a period of 1",
        cost: "that of the kind",
        source: "TA-Lib MA",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = MovingAverage;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.ma.get().warm_up(self.period.get()), Unit::Input, "The average.")
    }

    fn examples() -> Vec<Self> {
        MaType::ALL
            .into_iter()
            .flat_map(|ma| [(30, ma), (1, ma), (7, ma)])
            .map(|(rows, ma)| Self { period: Period::of(rows), ma: Smoother::of(ma) })
            .collect()
    }

    fn fresh(&self) -> MovingAverage {
        MovingAverage::new(self.ma.get(), self.period.get())
    }

    #[inline(always)]
    fn step(&self, average: &mut MovingAverage, value: f64) -> [f64; 1] {
        [average.push(value, self.period.get()).unwrap_or(f64::NAN)]
    }

    #[inline(always)]
    fn steps(
        &self,
        average: &mut MovingAverage,
        [values]: &[&[f64]; 1],
        [averages]: &mut [&mut [f64]; 1],
    ) {
        average.run(values, self.period.get(), averages);
    }
}

#[cfg(test)]
mod tests {
    use super::Ma;
    use crate::indicators::{
        MaType, Period, Smoother,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        let ma = |rows, ma| Ma { period: Period::of(rows), ma: Smoother::of(ma) };
        expect_series(&ma(2, MaType::Sma), &[1.0, 3.0, 8.0], &[NULL, 2.0, 5.5]);
        expect_series(&ma(2, MaType::Wma), &[1.0, 4.0, 7.0], &[NULL, 3.0, 6.0]);
        expect_series(&ma(1, MaType::T3), &[1.0, 4.0, 7.0], &[1.0, 4.0, 7.0]);
    }
}
