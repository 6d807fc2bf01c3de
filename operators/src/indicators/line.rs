//! The straight line of least squares through the last rows, and what is read off it.

use serde::{Deserialize, Serialize};

use super::{About, Definition, Output, Period, Unit, state::AT_ONCE, window::WeightedMean};

/// The two means that make a line.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Line(WeightedMean);

/// A line through the rows of a window.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fit {
    /// At the oldest row.
    pub(super) start: f64,
    /// At the newest row.
    pub(super) end: f64,
    /// Rise a row.
    pub(super) slope: f64,
}

impl Line {
    /// Takes one value; the line through the last `period`, once there are as many.
    #[inline(always)]
    pub(super) fn push(&mut self, value: f64, period: usize) -> Option<Fit> {
        let (weighted, mean) = self.0.push_with_mean(value, period)?;
        Some(Fit::of(weighted, mean, period))
    }
}

impl Fit {
    /// The line of a weighted and a plain mean.
    #[inline(always)]
    fn of(weighted: f64, mean: f64, period: usize) -> Fit {
        // A line's slope is in the difference of a mean and a mean with falling weights.
        let half = 3.0 * (weighted - mean);
        // The factor is the same for all rows: a division of each would take longer than all else.
        let slope = half * (2.0 / (period as f64 - 1.0));
        Fit { start: mean - half, end: mean + half, slope }
    }
}

/// Writes the indicators that read a number off the line: `module::Type` with its documentation,
/// its title and unit, its formula, and the formula in code.
macro_rules! lines {
    ($(
        $(#[doc = $doc:literal])+
        $module:ident :: $name:ident, $source:literal, $title:literal, $unit:expr;
        $formula:literal, |$fit:ident| $value:expr;
    )+) => {$(
        #[doc = concat!($title, ".")]
        #[doc = ""]
        #[doc = concat!("- Formula: `", $formula, ", the line of least squares being b + m * k at \
                         row k of the window, 0 the oldest`.")]
        #[doc = "- Parameters: `period` n."]
        #[doc = concat!("- Convention: TA-Lib ", $source, ": the sums do not drift, and a flat \
                         window gives a slope of exactly 0.")]
        #[doc = "- Warm-up: n - 1 rows."]
        #[doc = "- Cost: O(1) a row, 2n values held."]
        #[doc = concat!("- Source: TA-Lib `", $source, "`.")]
        pub mod $module {
            use super::*;

            parameters! {
                $(#[doc = $doc])+
                pub struct $name {
                    /// Rows of the line.
                    pub period: Period<2> = "14",
                }
            }

            impl Definition for $name {
                const ABOUT: About = About {
                    title: $title,
                    formula: concat!($formula, ", b + m * k the line of least squares at row k of \
                                     the window, 0 the oldest"),
                    convention: concat!("TA-Lib ", $source, ": the sums do not drift, and a flat \
                                        window gives a slope of exactly 0"),
                    warm_up: "n - 1 rows",
                    cost: "O(1)",
                    source: concat!("TA-Lib ", $source),
                };
                type Row = f64;
                type Values = [f64; 1];
                type State = Line;

                fn outputs(&self) -> Vec<Output> {
                    Output::only(self.period.get() - 1, $unit, concat!($title, "."))
                }

                fn examples() -> Vec<Self> {
                    [14, 2, 100].map(|rows| Self { period: Period::of(rows) }).into()
                }

                fn fresh(&self) -> Line {
                    Line::default()
                }

                #[inline(always)]
                fn step(&self, line: &mut Line, value: f64) -> [f64; 1] {
                    [line.push(value, self.period.get()).map_or(f64::NAN, |$fit| $value)]
                }

                #[inline(always)]
                fn steps(
                    &self,
                    Line(means): &mut Line,
                    [values]: &[&[f64]; 1],
                    [out]: &mut [&mut [f64]; 1],
                ) {
                    let mut plain = [0.0; AT_ONCE];
                    let (plain, period) = (&mut plain[..values.len()], self.period.get());
                    means.run::<true>(values, period, out, plain);
                    for (out, mean) in out.iter_mut().zip(plain) {
                        // Of NaN both are null, and so is what is read off them.
                        let $fit = Fit::of(*out, *mean, period);
                        *out = $value;
                    }
                }
            }
        }
    )+};
}

lines! {
    /// Where a straight line through the last values has come to.
    linearreg::Linearreg, "LINEARREG", "Linear regression", Unit::Input;
    "b + m * (n - 1)", |fit| fit.end;

    /// How steeply a straight line through the last values rises, as an angle.
    linearreg_angle::LinearregAngle, "LINEARREG_ANGLE", "Linear regression angle",
    Unit::Is("degrees");
    "atan(m) in degrees", |fit| fit.slope.atan().to_degrees();

    /// Where a straight line through the last values began.
    linearreg_intercept::LinearregIntercept, "LINEARREG_INTERCEPT", "Linear regression intercept",
    Unit::Input;
    "b", |fit| fit.start;

    /// How much a straight line through the last values rises a row.
    linearreg_slope::LinearregSlope, "LINEARREG_SLOPE", "Linear regression slope",
    Unit::Input;
    "m", |fit| fit.slope;

    /// What a straight line through the last values foretells for the next row.
    tsf::Tsf, "TSF", "Time series forecast", Unit::Input;
    "b + m * n", |fit| fit.end + fit.slope;
}

#[cfg(test)]
mod tests {
    use super::{
        linearreg::Linearreg, linearreg_angle::LinearregAngle,
        linearreg_intercept::LinearregIntercept, linearreg_slope::LinearregSlope, tsf::Tsf,
    };
    use crate::indicators::{
        Period,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        // Through 1 2 6 goes 0.5 + 2.5 k, through 2 6 4 goes 3 + k.
        let (period, values) = (Period::of(3), [1.0, 2.0, 6.0, 4.0]);
        expect_series(&Linearreg { period }, &values, &[NULL, NULL, 5.5, 5.0]);
        expect_series(&LinearregIntercept { period }, &values, &[NULL, NULL, 0.5, 3.0]);
        expect_series(&LinearregSlope { period }, &values, &[NULL, NULL, 2.5, 1.0]);
        expect_series(&Tsf { period }, &values, &[NULL, NULL, 8.0, 6.0]);
        let angles = [NULL, NULL, 2.5_f64.atan().to_degrees(), 45.0];
        expect_series(&LinearregAngle { period }, &values, &angles);
    }
}
