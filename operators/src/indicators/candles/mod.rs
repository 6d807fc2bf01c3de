//! Candlestick patterns: what a bar and the few before it look like.
//!
//! Each pattern is an entry of `patterns!` in one of the files here: a name, a warm-up and what
//! must hold, said in the words of [`Candles`]. To add one: its entry, and its line in the list of
//! all indicators.
//!
//! A candle's body is the distance between open and close, its shadows what stands out of it above
//! and below; it is white if it closes at its open or above, else black. What is long, short, near
//! or far is told by the mean of the candles before ([`Setting`]), with the settings that TA-Lib
//! begins with.
//!
//! The means are summed anew, oldest first, where a pattern asks for one. So the value of a row is
//! what TA-Lib gives for a series that begins with the first of the rows needed; over a longer one
//! TA-Lib carries sums on, whose rounding may decide where two sides are equal.

use serde::{Deserialize, Serialize};

use super::{About, Definition, OpenHighLowClose, Output, Penetration};

/// Candles that are kept: a power of two above the oldest that any pattern looks at.
const KEPT: usize = 16;

/// The last bars.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Candles {
    opens: [f64; KEPT],
    highs: [f64; KEPT],
    lows: [f64; KEPT],
    closes: [f64; KEPT],
    /// Bars seen, up to those of a warm-up.
    seen: usize,
    /// Where the newest stands in the rings.
    newest: usize,
}

/// The side of a candle that a mean is of.
#[derive(Debug, Clone, Copy)]
enum Side {
    Body,
    Range,
    Shadows,
}

/// What a candle is compared with: a factor on the mean of some candles before it.
#[derive(Debug, Clone, Copy)]
struct Setting {
    side: Side,
    /// Candles in the mean; 0 for the candle itself.
    rows: usize,
    factor: f64,
}

const fn setting(side: Side, rows: usize, factor: f64) -> Setting {
    Setting { side, rows, factor }
}

const BODY: Setting = setting(Side::Body, 10, 1.0);
const DOJI: Setting = setting(Side::Range, 10, 0.1);
const SHADOW_LONG: Setting = setting(Side::Body, 0, 1.0);
const SHADOW_VERY_LONG: Setting = setting(Side::Body, 0, 2.0);
const SHADOW_SHORT: Setting = setting(Side::Shadows, 10, 1.0);
const SHADOW_VERY_SHORT: Setting = setting(Side::Range, 10, 0.1);
const NEAR: Setting = setting(Side::Range, 5, 0.2);
const FAR: Setting = setting(Side::Range, 5, 0.6);
const EQUAL: Setting = setting(Side::Range, 5, 0.05);

/// What the patterns say of the candle that is `age` bars old, 0 the newest.
impl Candles {
    /// Takes a bar; whether there are more than `warm_up`.
    #[inline(always)]
    fn push(&mut self, bar: OpenHighLowClose, warm_up: usize) -> bool {
        self.newest = (self.newest + 1) % KEPT;
        self.opens[self.newest] = bar.open;
        self.highs[self.newest] = bar.high;
        self.lows[self.newest] = bar.low;
        self.closes[self.newest] = bar.close;
        let warm = self.seen >= warm_up;
        self.seen += usize::from(!warm);
        warm
    }

    #[inline(always)]
    fn place(&self, age: usize) -> usize {
        (self.newest + KEPT - age) % KEPT
    }

    #[inline(always)]
    fn open(&self, age: usize) -> f64 {
        self.opens[self.place(age)]
    }

    #[inline(always)]
    fn high(&self, age: usize) -> f64 {
        self.highs[self.place(age)]
    }

    #[inline(always)]
    fn low(&self, age: usize) -> f64 {
        self.lows[self.place(age)]
    }

    #[inline(always)]
    fn close(&self, age: usize) -> f64 {
        self.closes[self.place(age)]
    }

    #[inline(always)]
    fn white(&self, age: usize) -> bool {
        self.close(age) >= self.open(age)
    }

    #[inline(always)]
    fn black(&self, age: usize) -> bool {
        !self.white(age)
    }

    /// 1 if white, -1 if black.
    #[inline(always)]
    fn color(&self, age: usize) -> f64 {
        if self.white(age) { 1.0 } else { -1.0 }
    }

    /// One white, the other black.
    #[inline(always)]
    fn opposite(&self, age: usize, other: usize) -> bool {
        self.white(age) != self.white(other)
    }

    #[inline(always)]
    fn body(&self, age: usize) -> f64 {
        (self.close(age) - self.open(age)).abs()
    }

    #[inline(always)]
    fn range(&self, age: usize) -> f64 {
        self.high(age) - self.low(age)
    }

    /// The upper end of the body.
    #[inline(always)]
    fn top(&self, age: usize) -> f64 {
        if self.white(age) { self.close(age) } else { self.open(age) }
    }

    /// The lower end of the body.
    #[inline(always)]
    fn bottom(&self, age: usize) -> f64 {
        if self.white(age) { self.open(age) } else { self.close(age) }
    }

    #[inline(always)]
    fn upper_shadow(&self, age: usize) -> f64 {
        self.high(age) - self.top(age)
    }

    #[inline(always)]
    fn lower_shadow(&self, age: usize) -> f64 {
        self.bottom(age) - self.low(age)
    }

    /// The body stands above the other's.
    #[inline(always)]
    fn gaps_up(&self, age: usize, other: usize) -> bool {
        self.bottom(age) > self.top(other)
    }

    /// The body stands below the other's.
    #[inline(always)]
    fn gaps_down(&self, age: usize, other: usize) -> bool {
        self.top(age) < self.bottom(other)
    }

    /// The whole candle stands above the other.
    #[inline(always)]
    fn leaps_up(&self, age: usize, other: usize) -> bool {
        self.low(age) > self.high(other)
    }

    /// The whole candle stands below the other.
    #[inline(always)]
    fn leaps_down(&self, age: usize, other: usize) -> bool {
        self.high(age) < self.low(other)
    }

    #[inline(always)]
    fn measure(&self, side: Side, age: usize) -> f64 {
        match side {
            Side::Body => self.body(age),
            Side::Range => self.range(age),
            Side::Shadows => self.upper_shadow(age) + self.lower_shadow(age),
        }
    }

    /// What a setting means for a candle.
    #[inline(always)]
    fn usual(&self, setting: Setting, age: usize) -> f64 {
        let Setting { side, rows, factor } = setting;
        let mean = match rows {
            0 => self.measure(side, age),
            _ => {
                let mut sum = 0.0;
                for row in 0..rows {
                    sum += self.measure(side, age + rows - row);
                }
                sum / rows as f64
            }
        };
        // There are two shadows.
        factor * mean / if matches!(side, Side::Shadows) { 2.0 } else { 1.0 }
    }

    #[inline(always)]
    fn long(&self, age: usize) -> bool {
        self.body(age) > self.usual(BODY, age)
    }

    /// Not long: bodies of just the mean are.
    #[inline(always)]
    fn small(&self, age: usize) -> bool {
        self.body(age) <= self.usual(BODY, age)
    }

    #[inline(always)]
    fn short(&self, age: usize) -> bool {
        self.body(age) < self.usual(BODY, age)
    }

    /// Next to no body.
    #[inline(always)]
    fn doji(&self, age: usize) -> bool {
        self.body(age) <= self.usual(DOJI, age)
    }

    /// Next to no upper shadow.
    #[inline(always)]
    fn shaven_top(&self, age: usize) -> bool {
        self.upper_shadow(age) < self.usual(SHADOW_VERY_SHORT, age)
    }

    /// Next to no lower shadow.
    #[inline(always)]
    fn shaven_bottom(&self, age: usize) -> bool {
        self.lower_shadow(age) < self.usual(SHADOW_VERY_SHORT, age)
    }

    #[inline(always)]
    fn long_upper_shadow(&self, age: usize) -> bool {
        self.upper_shadow(age) > self.usual(SHADOW_LONG, age)
    }

    #[inline(always)]
    fn long_lower_shadow(&self, age: usize) -> bool {
        self.lower_shadow(age) > self.usual(SHADOW_LONG, age)
    }

    /// A long body with next to no shadows.
    #[inline(always)]
    fn marubozu(&self, age: usize) -> bool {
        self.long(age) && self.shaven_top(age) && self.shaven_bottom(age)
    }

    /// `price` is `level` but for what is next to nothing beside the candle of this age.
    #[inline(always)]
    fn equals(&self, price: f64, level: f64, age: usize) -> bool {
        let margin = self.usual(EQUAL, age);
        price <= level + margin && price >= level - margin
    }
}

/// The value of a pattern.
#[inline(always)]
fn when(found: bool, value: f64) -> f64 {
    if found { value } else { 0.0 }
}

/// Writes the indicators of some patterns.
///
/// `module::Type` with its documentation, its title, the rows of its warm-up, the default of its
/// `penetration` in per cent if it has one, its formula, and that in code.
macro_rules! patterns {
    (@examples) => { vec![Self {}] };
    (@examples $percent:literal) => {
        [f64::from($percent) / 100.0, 0.0, 0.8]
            .map(|share| Self { penetration: Penetration::of(share) })
            .into()
    };
    ($(
        $(#[doc = $doc:literal])+
        $module:ident :: $name:ident, $title:literal, $rows:literal
        $(, penetration $percent:literal $default:literal)?;
        $formula:literal,
        |$candles:ident $(, $share:ident)?| $value:expr;
    )+) => {$(
        #[doc = concat!($title, ".")]
        #[doc = ""]
        #[doc = concat!("- Formula: `", $formula, "`; else 0, candles counted from the oldest.")]
        #[doc = concat!("- Parameters: " $(, "`penetration`, left out: ", $default, "; ")?, "none \
                         else.")]
        #[doc = concat!("- Warm-up: ", $rows, " rows.")]
        #[doc = "- Cost: O(1) a row, 16 bars held."]
        #[doc = concat!("- Source: TA-Lib `", stringify!($name), "`.")]
        pub mod $module {
            use super::*;

            parameters! {
                $(#[doc = $doc])+
                pub struct $name {
                    $(
                        /// Share of a long body that a later candle must come back through.
                        pub penetration: Penetration<$percent> = $default,
                    )?
                }
            }

            impl Definition for $name {
                const ABOUT: About = About {
                    title: $title,
                    formula: $formula,
                    convention: "TA-Lib, with the candle settings that it begins with; means are \
                                 summed anew for each row; else 0",
                    warm_up: concat!($rows, " rows"),
                    cost: "O(1)",
                    source: concat!("TA-Lib ", stringify!($name)),
                };
                type Row = OpenHighLowClose;
                type Values = [f64; 1];
                type State = Candles;

                fn outputs(&self) -> Vec<Output> {
                    let doc = "Above 0 for rising prices, below for falling; 0 no pattern.";
                    Output::only($rows, doc)
                }

                fn examples() -> Vec<Self> {
                    patterns!(@examples $($percent)?)
                }

                fn fresh(&self) -> Candles {
                    Candles::default()
                }

                #[inline(always)]
                fn step(&self, $candles: &mut Candles, bar: OpenHighLowClose) -> [f64; 1] {
                    if !$candles.push(bar, $rows) {
                        return [f64::NAN];
                    }
                    let $candles = &*$candles;
                    $( let $share = self.penetration.get(); )?
                    [$value]
                }
            }
        }
    )+};
}

mod many;
mod one;
#[cfg(test)]
mod tests;
mod three;
mod two;

pub use many::*;
pub use one::*;
pub use three::*;
pub use two::*;
