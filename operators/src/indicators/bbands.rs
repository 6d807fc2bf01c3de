//! Bollinger bands.
//!
//! - Formula: `middle = ma(n); upper = middle + up * stddev(n); lower = middle - down * stddev(n)`.
//! - Parameters: `period`, `up`, `down`, `ma`.
//! - Convention: TA-Lib BBANDS: deviation of the population (ddof 0), around the mean whatever the
//!   average.
//! - Warm-up: that of the average, at least n - 1 rows.
//! - Cost: O(1) a row, n values held.
//! - Source: TA-Lib `BBANDS`.

use serde::{Deserialize, Serialize};

use super::{
    About, Definition, Deviations, MaType, Output, Period, Smoother, Unit, average::MovingAverage,
    state::AT_ONCE, window::Moments,
};

parameters! {
    /// A band around a moving average, as wide as the values have been spread lately.
    pub struct Bbands {
        /// Rows in the window.
        pub period: Period<2> = "20",
        /// Standard deviations from the average to the upper band.
        pub up: Deviations = "2.0",
        /// Standard deviations from the average to the lower band.
        pub down: Deviations = "2.0",
        /// Kind of the average.
        pub ma: Smoother<{ MaType::Sma as u8 }> = "sma",
    }
}

/// Mean and deviation, and the average if it is not that mean.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    moments: Moments,
    average: Option<MovingAverage>,
}

impl Definition for Bbands {
    const ABOUT: About = About {
        title: "Bollinger bands",
        formula: "middle = ma(n); upper = middle + up * stddev(n); lower = middle - down * \
                  stddev(n)",
        convention: "TA-Lib BBANDS: deviation of the population (ddof 0), around the mean whatever \
                     the average",
        warm_up: "that of the average, at least n - 1 rows",
        cost: "O(1), `ma` as its own",
        source: "TA-Lib BBANDS",
    };
    type Row = f64;
    type Values = [f64; 3];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = self.ma.get().warm_up(self.period.get()).max(self.period.get() - 1);
        vec![
            Output { name: "upper", warm_up, unit: Unit::Input, doc: "The upper band." },
            Output { name: "middle", warm_up, unit: Unit::Input, doc: "The moving average." },
            Output { name: "lower", warm_up, unit: Unit::Input, doc: "The lower band." },
        ]
    }

    fn examples() -> Vec<Self> {
        [
            (20, 2.0, 2.0, MaType::Sma),
            (2, 1.0, 1.0, MaType::Sma),
            (5, 1.5, 2.5, MaType::T3),
            (200, 0.0, 3.0, MaType::Mama),
        ]
        .map(|(rows, up, down, ma)| Self {
            period: Period::of(rows),
            up: Deviations::of(up),
            down: Deviations::of(down),
            ma: Smoother::of(ma),
        })
        .into()
    }

    fn fresh(&self) -> State {
        let kind = self.ma.get();
        let other = kind != MaType::Sma;
        let average = other.then(|| MovingAverage::new(kind, self.period.get()));
        State { moments: Moments::default(), average }
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 3] {
        let moments = state.moments.push(value, self.period.get());
        let middle = match &mut state.average {
            Some(average) => average.push(value, self.period.get()),
            None => moments.map(|(mean, _)| mean),
        };
        let (Some(middle), Some((_, deviation))) = (middle, moments) else {
            return [f64::NAN; 3];
        };
        let (up, down) = (self.up.get(), self.down.get());
        [middle + up * deviation, middle, middle - down * deviation]
    }

    #[inline(always)]
    fn steps(
        &self,
        state: &mut State,
        [values]: &[&[f64]; 1],
        [above, middles, below]: &mut [&mut [f64]; 3],
    ) {
        // Variances first.
        state.moments.run(values, self.period.get(), middles, above);
        let mut averages = [0.0; AT_ONCE];
        if let Some(average) = &mut state.average {
            let averages = &mut averages[..values.len()];
            average.run(values, self.period.get(), averages);
            middles.copy_from_slice(averages);
        }
        let (up, down) = (self.up.get(), self.down.get());
        for row in 0..values.len() {
            let (deviation, middle) = (above[row].sqrt(), middles[row]);
            let there = !deviation.is_nan() && !middle.is_nan();
            middles[row] = if there { middle } else { f64::NAN };
            above[row] = middle + up * deviation;
            below[row] = middle - down * deviation;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Bbands;
    use crate::indicators::{
        Deviations, MaType, Period, Smoother,
        testing::{NULL, expect},
    };

    #[test]
    fn by_hand() {
        let (up, down) = (Deviations::of(2.0), Deviations::of(1.0));
        let bbands = |ma| Bbands { period: Period::of(2), up, down, ma: Smoother::of(ma) };
        let values: &[f64] = &[1.0, 3.0, 3.0];
        let [upper, middle, lower] = [[NULL, 4.0, 3.0], [NULL, 2.0, 3.0], [NULL, 1.0, 3.0]];
        expect(&bbands(MaType::Sma), &[values], &[&upper, &middle, &lower]);
        let [upper, middle, lower] =
            [[NULL, 13.0 / 3.0, 3.0], [NULL, 7.0 / 3.0, 3.0], [NULL, 4.0 / 3.0, 3.0]];
        expect(&bbands(MaType::Wma), &[values], &[&upper, &middle, &lower]);
    }
}
