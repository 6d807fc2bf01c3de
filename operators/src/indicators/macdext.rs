//! Moving average convergence and divergence, any averages.
//!
//! - Formula: `macd = ma(fast) - ma(slow); signal = ma(macd); histogram = macd - signal`.
//! - Parameters: `fast`, `fast_ma`, `slow`, `slow_ma`, `signal`, `signal_ma`.
//! - Convention: TA-Lib MACDEXT: if `fast` is the longer period, the two averages change places;
//!   the one with fewer rows of warm-up starts so late that both have their first value together.
//! - Warm-up: that of the longer average and of the signal, all outputs.
//! - Cost: O(1), averages as their own a row.
//! - Source: TA-Lib `MACDEXT`.

use serde::{Deserialize, Serialize};

use super::{About, Definition, MaType, Output, Period, Smoother, Unit, average::MovingAverage};

parameters! {
    /// `macd` with averages of any kind.
    pub struct Macdext {
        /// Rows of the fast average.
        pub fast: Period<2> = "12",
        /// Kind of that average.
        pub fast_ma: Smoother<{ MaType::Sma as u8 }> = "sma",
        /// Rows of the slow average.
        pub slow: Period<2> = "26",
        /// Kind of that average.
        pub slow_ma: Smoother<{ MaType::Sma as u8 }> = "sma",
        /// Rows of the average of the difference.
        pub signal: Period<1> = "9",
        /// Kind of that average.
        pub signal_ma: Smoother<{ MaType::Sma as u8 }> = "sma",
    }
}

/// The three averages.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    fast: MovingAverage,
    slow: MovingAverage,
    signal: MovingAverage,
}

impl Definition for Macdext {
    const ABOUT: About = About {
        title: "Moving average convergence and divergence, any averages",
        formula: "macd = ma(fast) - ma(slow); signal = ma(macd); histogram = macd - signal",
        convention: "TA-Lib MACDEXT: if `fast` is the longer period, the two averages change \
                     places; the one with fewer rows of warm-up starts so late that both have \
                     their first value together",
        warm_up: "that of the longer average and of the signal, all outputs",
        cost: "O(1), averages as their own",
        source: "TA-Lib MACDEXT",
    };
    type Row = f64;
    type Values = [f64; 3];
    type State = State;

    fn outputs(&self) -> Vec<Output> {
        let warm_up = self.difference_warm_up() + self.signal_ma.get().warm_up(self.signal.get());
        vec![
            Output {
                name: "macd",
                warm_up,
                unit: Unit::Input,
                doc: "Fast average minus slow average.",
            },
            Output { name: "signal", warm_up, unit: Unit::Input, doc: "Average of `macd`." },
            Output { name: "histogram", warm_up, unit: Unit::Input, doc: "`macd` minus `signal`." },
        ]
    }

    fn examples() -> Vec<Self> {
        [
            (12, MaType::Sma, 26, MaType::Sma, 9, MaType::Sma),
            (2, MaType::Ema, 3, MaType::Wma, 1, MaType::Sma),
            (9, MaType::Tema, 5, MaType::Mama, 5, MaType::Kama),
        ]
        .map(|(fast, fast_ma, slow, slow_ma, signal, signal_ma)| Self {
            fast: Period::of(fast),
            fast_ma: Smoother::of(fast_ma),
            slow: Period::of(slow),
            slow_ma: Smoother::of(slow_ma),
            signal: Period::of(signal),
            signal_ma: Smoother::of(signal_ma),
        })
        .into()
    }

    fn fresh(&self) -> State {
        let warm_up = self.difference_warm_up();
        let late = |(ma, rows): (MaType, usize)| MovingAverage::late(ma, rows, warm_up);
        let [fast, slow] = self.averages().map(late);
        let signal = MovingAverage::new(self.signal_ma.get(), self.signal.get());
        State { fast, slow, signal }
    }

    #[inline(always)]
    fn step(&self, state: &mut State, value: f64) -> [f64; 3] {
        self.values(state, value).unwrap_or([f64::NAN; 3])
    }
}

impl Macdext {
    /// Kind and period of the fast and the slow average.
    fn averages(&self) -> [(MaType, usize); 2] {
        let fast = (self.fast_ma.get(), self.fast.get());
        let slow = (self.slow_ma.get(), self.slow.get());
        if slow.1 < fast.1 { [slow, fast] } else { [fast, slow] }
    }

    fn difference_warm_up(&self) -> usize {
        let [fast, slow] = self.averages().map(|(ma, rows)| ma.warm_up(rows));
        fast.max(slow)
    }

    #[inline(always)]
    fn values(&self, state: &mut State, value: f64) -> Option<[f64; 3]> {
        let [(_, fast), (_, slow)] = self.averages();
        let fast = state.fast.push(value, fast);
        let slow = state.slow.push(value, slow);
        let macd = fast? - slow?;
        let signal = state.signal.push(macd, self.signal.get())?;
        Some([macd, signal, macd - signal])
    }
}

#[cfg(test)]
mod tests {
    use super::Macdext;
    use crate::indicators::{
        MaType, Period, Smoother,
        testing::{NULL, expect},
    };

    #[test]
    fn by_hand() {
        let (two, three) = (Period::of(2), Period::of(3));
        let macdext = Macdext {
            fast: three,
            fast_ma: Smoother::of(MaType::Sma),
            slow: two,
            slow_ma: Smoother::of(MaType::Wma),
            signal: Period::of(2),
            signal_ma: Smoother::of(MaType::Sma),
        };
        // Weighted mean of two less mean of three: (3 + 16) / 3 - 4, (8 + 16) / 3 - 19 / 3.
        let (first, now) = (7.0 / 3.0, 5.0 / 3.0);
        let row = |value: f64| [NULL, NULL, NULL, value];
        let expected = [row(now), row(2.0), row(now - 2.0)];
        assert_eq!((first + now) / 2.0, 2.0);
        expect(&macdext, &[&[1.0, 3.0, 8.0, 8.0]], &[&expected[0], &expected[1], &expected[2]]);
    }
}
