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

use super::{About, Definition, Kind, OpenHighLowClose, Output, Penetration, Row, Unit};
use look::*;

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

    /// Takes the last of many bars. It has taken the first `KEPT - 1`; the others were looked at
    /// where they stand.
    fn catch_up(&mut self, columns: &Columns<'_>) {
        let rows = columns[0].len();
        self.newest = (self.newest + rows - (2 * KEPT - 1)) % KEPT;
        for row in rows - KEPT..rows {
            self.push(OpenHighLowClose::at(columns, row), 0);
        }
    }

    #[inline(always)]
    fn place(&self, age: usize) -> usize {
        (self.newest + KEPT - age) % KEPT
    }
}

/// Opens, highs, lows and closes of some bars.
type Columns<'a> = <OpenHighLowClose as Row>::Columns<'a>;

/// The last bars up to one in the middle of a batch, where they stand: nothing is moved.
struct Span<'a>([&'a [f64; KEPT]; 4]);

/// Looks at each row of a batch that has all candles before it in the batch too: those from
/// `KEPT - 1` on.
#[inline(always)]
fn look_at_each(columns: &Columns<'_>, values: &mut [f64], look: impl Fn(&Span<'_>) -> f64) {
    let [opens, highs, lows, closes] = columns;
    let [opens, highs] = [opens, highs].map(|column| column.array_windows::<KEPT>());
    let [lows, closes] = [lows, closes].map(|column| column.array_windows::<KEPT>());
    let spans = opens.zip(highs).zip(lows).zip(closes);
    for ((((open, high), low), close), value) in spans.zip(&mut values[KEPT - 1..]) {
        *value = look(&Span([open, high, low, close]));
    }
}

impl Look for Candles {
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
}

impl Look for Span<'_> {
    #[inline(always)]
    fn open(&self, age: usize) -> f64 {
        self.0[0][KEPT - 1 - age]
    }

    #[inline(always)]
    fn high(&self, age: usize) -> f64 {
        self.0[1][KEPT - 1 - age]
    }

    #[inline(always)]
    fn low(&self, age: usize) -> f64 {
        self.0[2][KEPT - 1 - age]
    }

    #[inline(always)]
    fn close(&self, age: usize) -> f64 {
        self.0[3][KEPT - 1 - age]
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
        #[doc = "- Convention: TA-Lib, with the candle settings that it begins with; means are \
                 summed anew for each row."]
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
                    // These tell a pattern that was confirmed by twice as much.
                    let twice = Self::KIND.starts_with("cdlhikkake");
                    let unit = if twice { "-200 to 200" } else { "-100 to 100" };
                    Output::only($rows, Unit::Is(unit), doc)
                }

                fn examples() -> Vec<Self> {
                    patterns!(@examples $($percent)?)
                }

                fn fresh(&self) -> Candles {
                    Candles::default()
                }

                #[inline(always)]
                fn step(&self, candles: &mut Candles, bar: OpenHighLowClose) -> [f64; 1] {
                    let warm = candles.push(bar, $rows);
                    [if warm { self.look(candles) } else { f64::NAN }]
                }

                #[inline(always)]
                fn steps(
                    &self,
                    candles: &mut Candles,
                    bars: &Columns<'_>,
                    [values]: &mut [&mut [f64]; 1],
                ) {
                    const { assert!($rows < KEPT, "as many make it warm") };
                    let single = if values.len() < 2 * KEPT { values.len() } else { KEPT - 1 };
                    for (row, value) in values[..single].iter_mut().enumerate() {
                        [*value] = self.step(candles, OpenHighLowClose::at(bars, row));
                    }
                    if single < values.len() {
                        look_at_each(bars, values, |span| self.look(span));
                        candles.catch_up(bars);
                    }
                }
            }

            impl $name {
                #[inline(always)]
                fn look(&self, $candles: &impl Look) -> f64 {
                    $( let $share = self.penetration.get(); )?
                    $value
                }
            }
        }
    )+};
}

mod look;
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
