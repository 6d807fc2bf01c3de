//! Moving averages by kind, for the indicators that let a job choose.

use serde::{Deserialize, Serialize};

use super::{
    dema::Dema,
    hma, kama,
    mama::{self, Mama},
    smooth::{Smoothed, cascade},
    t3, trima,
    window::{Mean, WeightedMean},
    zlema,
};

/// A kind of moving average. The numbers are those of TA-Lib.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaType {
    /// Simple: see [`super::sma`].
    Sma = 0,
    /// Exponential: see [`super::ema`].
    Ema = 1,
    /// Weighted: see [`super::wma`].
    Wma = 2,
    /// Double exponential: see [`super::dema`].
    Dema = 3,
    /// Triple exponential: see [`super::tema`].
    Tema = 4,
    /// Triangular: see [`super::trima`].
    Trima = 5,
    /// Kaufman's adaptive: see [`super::kama`].
    Kama = 6,
    /// MESA adaptive, limits 0.5 and 0.05, whatever the period: see [`super::mama`].
    Mama = 7,
    /// Tillson's T3 with volume factor 0.7: see [`super::t3`].
    T3 = 8,
    /// Hull: see [`super::hma`].
    Hma = 9,
    /// None: the value itself.
    None = 10,
    /// Exponential of values that are corrected for their lag: see [`super::zlema`].
    Zlema = 12,
    /// Wilder's: see [`super::rma`].
    Rma = 13,
}

impl MaType {
    /// Every kind.
    pub const ALL: [MaType; 13] = [
        MaType::Sma,
        MaType::Ema,
        MaType::Wma,
        MaType::Dema,
        MaType::Tema,
        MaType::Trima,
        MaType::Kama,
        MaType::Mama,
        MaType::T3,
        MaType::Hma,
        MaType::None,
        MaType::Zlema,
        MaType::Rma,
    ];

    /// The word in a job file.
    pub const fn name(self) -> &'static str {
        match self {
            MaType::Sma => "sma",
            MaType::Ema => "ema",
            MaType::Wma => "wma",
            MaType::Dema => "dema",
            MaType::Tema => "tema",
            MaType::Trima => "trima",
            MaType::Kama => "kama",
            MaType::Mama => "mama",
            MaType::T3 => "t3",
            MaType::Hma => "hma",
            MaType::None => "none",
            MaType::Zlema => "zlema",
            MaType::Rma => "rma",
        }
    }

    /// Rows without a value at the start. A period of 1 smooths nothing, whatever the kind.
    pub(super) fn warm_up(self, period: usize) -> usize {
        let rows = period - 1;
        match self {
            _ if period == 1 => 0,
            MaType::Sma | MaType::Ema | MaType::Wma | MaType::Trima | MaType::Rma => rows,
            MaType::Dema => 2 * rows,
            MaType::Tema => 3 * rows,
            MaType::Kama => period,
            MaType::Mama => mama::WARM_UP,
            MaType::T3 => 6 * rows,
            MaType::Hma => rows + period.isqrt() - 1,
            MaType::None => 0,
            MaType::Zlema => rows + rows / 2,
        }
    }
}

/// A running average of a kind that is known when the job runs. The most usual kinds stand in it
/// side by side, as a state that is an enum cannot stay in registers.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct MovingAverage {
    /// Rows that it leaves out at the start.
    late: usize,
    how: How,
    /// Of an exponential average: the share of a new value.
    share: f64,
    mean: Mean,
    smoothed: Smoothed,
    other: Option<Box<Running>>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum How {
    #[default]
    Not,
    Mean,
    Smoothed,
    Other,
}

#[derive(Debug, Serialize, Deserialize)]
#[expect(clippy::large_enum_variant, reason = "each stands in a box of its own")]
enum Running {
    Wma(WeightedMean),
    Dema([Smoothed; 2]),
    Tema([Smoothed; 3]),
    Trima(trima::State),
    Kama(kama::State),
    Mama(mama::State),
    T3(t3::State),
    Hma(hma::State),
    Zlema(zlema::State),
}

impl MovingAverage {
    /// An average that has seen nothing.
    pub(super) fn new(kind: MaType, period: usize) -> Self {
        let other = match kind {
            MaType::Wma => Some(Running::Wma(WeightedMean::default())),
            MaType::Dema => Some(Running::Dema(Default::default())),
            MaType::Tema => Some(Running::Tema(Default::default())),
            MaType::Trima => Some(Running::Trima(trima::State::default())),
            MaType::Kama => Some(Running::Kama(kama::State::default())),
            MaType::Mama => Some(Running::Mama(mama::State::default())),
            MaType::T3 => Some(Running::T3(t3::State::default())),
            MaType::Hma => Some(Running::Hma(hma::State::default())),
            MaType::Zlema => Some(Running::Zlema(zlema::State::default())),
            MaType::None | MaType::Sma | MaType::Ema | MaType::Rma => None,
        };
        let how = match kind {
            _ if period == 1 => How::Not,
            MaType::None => How::Not,
            MaType::Sma => How::Mean,
            MaType::Ema | MaType::Rma => How::Smoothed,
            _ => How::Other,
        };
        let rows = period as f64;
        let share = if kind == MaType::Rma { 1.0 / rows } else { 2.0 / (rows + 1.0) };
        Self { how, share, other: other.map(Box::new), ..Self::default() }
    }

    /// An average that starts so late that its first value comes after `warm_up` rows: TA-Lib
    /// starts averages that belong together in this way.
    pub(super) fn late(kind: MaType, period: usize, warm_up: usize) -> Self {
        Self { late: warm_up - kind.warm_up(period), ..Self::new(kind, period) }
    }

    /// Takes one value; the average, once there is one.
    #[inline(always)]
    pub(super) fn push(&mut self, value: f64, period: usize) -> Option<f64> {
        if self.late > 0 {
            self.late -= 1;
            return None;
        }
        match self.how {
            How::Not => Some(value),
            How::Mean => self.mean.push(value, period),
            How::Smoothed => self.smoothed.push(value, period, self.share),
            How::Other => self.other.as_deref_mut()?.push(value, period),
        }
    }
}

impl MovingAverage {
    /// [`Self::push`] of many values, NaN where there is no average; how many rows at the start
    /// have none.
    pub(super) fn run(&mut self, values: &[f64], period: usize, averages: &mut [f64]) -> usize {
        if self.late == 0 && self.how == How::Mean {
            return self.mean.run(values, period, averages);
        }
        let mut none = 0;
        for (value, average) in values.iter().zip(averages) {
            let found = self.push(*value, period);
            none += usize::from(found.is_none());
            *average = found.unwrap_or(f64::NAN);
        }
        none
    }
}

impl Running {
    fn push(&mut self, value: f64, period: usize) -> Option<f64> {
        match self {
            Running::Wma(state) => state.push(value, period),
            Running::Dema(state) => Dema::push(state, value, period),
            Running::Tema(state) => {
                cascade(state, value, period).map(|[e1, e2, e3]| 3.0 * e1 - 3.0 * e2 + e3)
            }
            Running::Trima(state) => state.push(value, period),
            Running::Kama(state) => state.push(value, period),
            Running::Mama(state) => state.push(value, Mama::USUAL).map(|[mama, _]| mama),
            Running::T3(state) => state.push(value, period, t3::USUAL),
            Running::Hma(state) => state.push(value, period),
            Running::Zlema(state) => state.push(value, period),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MaType, MovingAverage};

    #[test]
    fn every_kind_warms_up_as_it_says() {
        for kind in MaType::ALL {
            for period in [1, 2, 3, 5, 10, 16] {
                let mut average = MovingAverage::new(kind, period);
                let mut late = MovingAverage::late(kind, period, 99);
                for row in 0..120 {
                    let value = f64::from(row % 7);
                    let found = average.push(value, period);
                    assert_eq!(found.is_some(), row as usize >= kind.warm_up(period), "{kind:?}");
                    let found = late.push(value, period);
                    assert_eq!(found.is_some(), row >= 99, "{kind:?} {period} late, row {row}");
                }
            }
        }
    }

    #[test]
    fn every_kind_has_a_name() {
        for kind in MaType::ALL {
            let read: Result<MaType, serde::de::value::Error> = serde::Deserialize::deserialize(
                serde::de::IntoDeserializer::into_deserializer(kind.name()),
            );
            assert_eq!(read, Ok(kind));
        }
    }
}
