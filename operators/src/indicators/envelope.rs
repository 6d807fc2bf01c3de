//! Moving average envelope.
//!
//! - Formula: `middle = ma(x, n); upper = middle * (1 + percent / 100); lower = middle * (1 -
//!   percent / 100)`.
//! - Parameters: `period` n, `percent`, `ma`.
//! - Convention: Stock.Indicators.
//! - Warm-up: that of the average, all outputs.
//! - Cost: O(1), `ma` as its own a row.
//! - Source: the plain definition; as Stock.Indicators has it.

use super::{
    About, Definition, MaType, Output, Percent, Period, Smoother, Unit, average::MovingAverage,
};

parameters! {
    /// A band around an average, as wide as a share of the average itself.
    pub struct Envelope {
        /// Rows of the average; 20 is usual.
        pub period: Period<1>,
        /// From the average to a band, in per cent of the average; 2.5 is usual.
        pub percent: Percent,
        /// Kind of the average.
        pub ma: Smoother<{ MaType::Sma as u8 }> = "sma",
    }
}

impl Definition for Envelope {
    const ABOUT: About = About {
        title: "Moving average envelope",
        formula: "middle = ma(x, n); upper = middle * (1 + percent / 100); lower = middle * (1 - \
                  percent / 100)",
        convention: "Stock.Indicators",
        warm_up: "that of the average, all outputs",
        cost: "O(1), `ma` as its own",
        source: "the plain definition; as Stock.Indicators has it",
    };
    type Row = f64;
    type Values = [f64; 3];
    type State = MovingAverage;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = self.ma.get().warm_up(self.period.get());
        vec![
            Output { name: "upper", warm_up, unit: Unit::Input, doc: "The upper band." },
            Output { name: "middle", warm_up, unit: Unit::Input, doc: "The average." },
            Output { name: "lower", warm_up, unit: Unit::Input, doc: "The lower band." },
        ]
    }

    fn examples() -> Vec<Self> {
        [(20, 2.5, MaType::Sma), (1, 0.0, MaType::Ema), (7, 100.0, MaType::Hma)]
            .map(|(rows, percent, ma)| Self {
                period: Period::of(rows),
                percent: Percent::of(percent),
                ma: Smoother::of(ma),
            })
            .into()
    }

    fn fresh(&self) -> MovingAverage {
        MovingAverage::new(self.ma.get(), self.period.get())
    }

    #[inline(always)]
    fn step(&self, average: &mut MovingAverage, value: f64) -> [f64; 3] {
        let middle = average.push(value, self.period.get()).unwrap_or(f64::NAN);
        let width = middle * (self.percent.get() / 100.0);
        [middle + width, middle, middle - width]
    }
}

#[cfg(test)]
mod tests {
    use super::Envelope;
    use crate::indicators::{
        MaType, Percent, Period, Smoother,
        testing::{NULL, expect},
    };

    #[test]
    fn by_hand() {
        let (period, percent) = (Period::of(2), Percent::of(50.0));
        let envelope = Envelope { period, percent, ma: Smoother::of(MaType::Sma) };
        expect(&envelope, &[&[1.0, 3.0]], &[&[NULL, 3.0], &[NULL, 2.0], &[NULL, 1.0]]);
    }
}
