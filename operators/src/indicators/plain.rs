//! Functions of one row, without a memory. To add one: its entry in `plain!`, and its line in the
//! list of all indicators.

use super::{About, Definition, HighLow, HighLowClose, OpenHighLowClose, Output, Pair, Unit};

/// Writes indicators from `module::Type` with its documentation, its title, what it reads
/// and gives, its formula, the choices in it, and the formula in code.
macro_rules! plain {
    ($(
        $(#[doc = $doc:literal])+
        $module:ident :: $name:ident, $title:literal of $row:ty, $unit:expr;
        $formula:literal, $convention:literal, |$input:ident| $value:expr;
    )+) => {$(
        #[doc = concat!($title, ".")]
        #[doc = ""]
        #[doc = concat!("- Formula: `", $formula, "`.")]
        #[doc = "- Parameters: none."]
        #[doc = "- Warm-up: none."]
        #[doc = "- Cost: O(1) a row."]
        #[doc = concat!("- Source: ", $convention, ".")]
        pub mod $module {
            use super::*;

            parameters! {
                $(#[doc = $doc])+
                pub struct $name {}
            }

            impl Definition for $name {
                const ABOUT: About = About {
                    title: $title,
                    formula: $formula,
                    convention: $convention,
                    warm_up: "none",
                    cost: "O(1)",
                    source: $convention,
                };
                type Row = $row;
                type Values = [f64; 1];
                type State = ();

                fn outputs(&self) -> Vec<Output> {
                    Output::only(0, $unit, concat!($title, "."))
                }

                fn examples() -> Vec<Self> {
                    vec![Self {}]
                }

                fn fresh(&self) -> Self::State {}

                #[inline(always)]
                fn step(&self, (): &mut (), $input: $row) -> [f64; 1] {
                    [$value]
                }
            }
        }
    )+};
}

plain! {
    /// The size of the value, without its sign.
    abs::Abs, "Absolute value" of f64, Unit::Input;
    "|x|", "Tulip Indicators abs", |x| x.abs();

    /// The angle whose cosine is the value.
    acos::Acos, "Arc cosine" of f64, Unit::Is("radians");
    "acos(x)", "TA-Lib ACOS: in radians; null beyond -1 and 1", |x| x.acos();

    /// Two series, one added to the other.
    add::Add, "Sum of two" of Pair, Unit::Input;
    "a + b", "TA-Lib ADD", |row| row.first + row.second;

    /// The angle whose sine is the value.
    asin::Asin, "Arc sine" of f64, Unit::Is("radians");
    "asin(x)", "TA-Lib ASIN: in radians; null beyond -1 and 1", |x| x.asin();

    /// The angle whose tangent is the value.
    atan::Atan, "Arc tangent" of f64, Unit::Is("radians");
    "atan(x)", "TA-Lib ATAN: in radians", |x| x.atan();

    /// The mean of the four prices of a bar.
    avgprice::Avgprice, "Average price" of OpenHighLowClose, Unit::Input;
    "(open + high + low + close) / 4", "TA-Lib AVGPRICE",
    |bar| (bar.high + bar.low + bar.close + bar.open) / 4.0;

    /// The value rounded up to a whole number.
    ceil::Ceil, "Ceiling" of f64, Unit::Input;
    "ceil(x)", "TA-Lib CEIL", |x| x.ceil();

    /// The cosine of an angle.
    cos::Cos, "Cosine" of f64, Unit::Is("-1 to 1");
    "cos(x)", "TA-Lib COS: of radians", |x| x.cos();

    /// The hyperbolic cosine.
    cosh::Cosh, "Hyperbolic cosine" of f64, Unit::Is("number");
    "cosh(x)", "TA-Lib COSH: null where the result is beyond all numbers", |x| x.cosh();

    /// One series in units of another.
    div::Div, "Quotient of two" of Pair, Unit::Is("number");
    "a / b", "TA-Lib DIV: null where b is 0", |row| row.first / row.second;

    /// e to the power of the value.
    exp::Exp, "Exponential" of f64, Unit::Is("number");
    "e^x", "TA-Lib EXP: null where the result is beyond all numbers", |x| x.exp();

    /// The value rounded down to a whole number.
    floor::Floor, "Floor" of f64, Unit::Input;
    "floor(x)", "TA-Lib FLOOR", |x| x.floor();

    /// Where in its range a bar closed.
    ibs::Ibs, "Internal bar strength" of HighLowClose, Unit::Is("0 to 1");
    "(close - low) / (high - low)", "the plain definition: 0.5 of a bar without range",
    |bar| if bar.high > bar.low { (bar.close - bar.low) / (bar.high - bar.low) } else { 0.5 };

    /// The natural logarithm: differences of it are relative changes.
    ln::Ln, "Natural logarithm" of f64, Unit::Is("number");
    "ln(x)", "TA-Lib LN: null at 0 and below", |x| x.ln();

    /// The logarithm to base 10.
    log10::Log10, "Logarithm to base 10" of f64, Unit::Is("number");
    "log10(x)", "TA-Lib LOG10: null at 0 and below", |x| x.log10();

    /// The middle of a bar's range.
    medprice::Medprice, "Median price" of HighLow, Unit::Input;
    "(high + low) / 2", "TA-Lib MEDPRICE", |bar| (bar.high + bar.low) / 2.0;

    /// Two series, one times the other.
    mult::Mult, "Product of two" of Pair, Unit::Is("number");
    "a * b", "TA-Lib MULT", |row| row.first * row.second;

    /// The nearest whole number.
    round::Round, "Rounding" of f64, Unit::Input;
    "round(x)", "Tulip Indicators round: halves away from 0", |x| x.round();

    /// The sine of an angle.
    sin::Sin, "Sine" of f64, Unit::Is("-1 to 1");
    "sin(x)", "TA-Lib SIN: of radians", |x| x.sin();

    /// The hyperbolic sine.
    sinh::Sinh, "Hyperbolic sine" of f64, Unit::Is("number");
    "sinh(x)", "TA-Lib SINH: null where the result is beyond all numbers", |x| x.sinh();

    /// The square root.
    sqrt::Sqrt, "Square root" of f64, Unit::Is("number");
    "sqrt(x)", "TA-Lib SQRT: null below 0", |x| x.sqrt();

    /// Two series, the second taken from the first: a spread.
    sub::Sub, "Difference of two" of Pair, Unit::Input;
    "a - b", "TA-Lib SUB", |row| row.first - row.second;

    /// The tangent of an angle.
    tan::Tan, "Tangent" of f64, Unit::Is("number");
    "tan(x)", "TA-Lib TAN: of radians", |x| x.tan();

    /// The hyperbolic tangent: any value brought between -1 and 1.
    tanh::Tanh, "Hyperbolic tangent" of f64, Unit::Is("-1 to 1");
    "tanh(x)", "TA-Lib TANH", |x| x.tanh();

    /// An angle in degrees.
    todeg::Todeg, "Degrees of radians" of f64, Unit::Is("degrees");
    "x * 180 / pi", "Tulip Indicators todeg", |x| x.to_degrees();

    /// An angle in radians.
    torad::Torad, "Radians of degrees" of f64, Unit::Is("radians");
    "x * pi / 180", "Tulip Indicators torad", |x| x.to_radians();

    /// The value without what comes after the point.
    trunc::Trunc, "Truncation" of f64, Unit::Input;
    "trunc(x)", "Tulip Indicators trunc: towards 0", |x| x.trunc();

    /// The mean of high, low and close.
    typprice::Typprice, "Typical price" of HighLowClose, Unit::Input;
    "(high + low + close) / 3", "TA-Lib TYPPRICE", |bar| bar.typical();

    /// The mean of high, low and close, the close counted twice.
    wclprice::Wclprice, "Weighted close" of HighLowClose, Unit::Input;
    "(high + low + 2 * close) / 4", "TA-Lib WCLPRICE",
    |bar| (bar.high + bar.low + 2.0 * bar.close) / 4.0;
}

#[cfg(test)]
mod tests {
    use super::{
        acos::Acos, avgprice::Avgprice, div::Div, ibs::Ibs, medprice::Medprice, round::Round,
        todeg::Todeg, trunc::Trunc, wclprice::Wclprice,
    };
    use crate::indicators::testing::{NULL, expect, expect_bars, expect_series};

    #[test]
    fn by_hand() {
        let bar = [[2.0, 9.0, 1.0, 4.0, 0.0]];
        expect_bars(&Avgprice {}, &bar, &[&[4.0]]);
        expect_bars(&Medprice {}, &bar, &[&[5.0]]);
        expect_bars(&Wclprice {}, &bar, &[&[4.5]]);
        expect_bars(&Ibs {}, &[bar[0], [0.0; 5]], &[&[0.375, 0.5]]);
        expect_series(&Round {}, &[2.5, -2.5, 0.4], &[3.0, -3.0, 0.0]);
        expect_series(&Trunc {}, &[2.5, -2.5, 0.4], &[2.0, -2.0, 0.0]);
        expect_series(&Todeg {}, &[std::f64::consts::PI], &[180.0]);
        expect(&Div {}, &[&[6.0, 6.0], &[4.0, 0.0]], &[&[1.5, NULL]]);
        expect_series(&Acos {}, &[1.0, 1.5], &[0.0, NULL]);
    }
}
